"""Every filter and sort, alone and combined, chooses what a plain program would choose; and law 9: values are values."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from threadline_server.query import filters

from . import world
from .running import Caller, Server

SESSIONS, TRACES = "/observability/sessions", "/observability/traces"
PROPERTY = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
any_text = st.text(st.characters(exclude_categories=("Cs",)), max_size=30)
texts = st.sampled_from(world.AWKWARD) | any_text
moments = st.integers(-86_400_000_000, 42 * 86_400_000_000).map(
    lambda micros: (world.START + world.dt.timedelta(microseconds=micros)).isoformat()
)
VALUES: dict[str, st.SearchStrategy[str]] = {
    "from": moments,
    "to": moments,
    "hasError": st.sampled_from(["true", "false"]),
    "status": st.sampled_from(["active", "idle", "ended"]),
    "bookmarked": st.sampled_from(["true", "false"]),
    "minCost": st.sampled_from(["0", "0.1", "0.5", "0.500000000001", "1e-12", "13.5"]),
    "maxCost": st.sampled_from(["0", "0.1", "0.5", "0.6", "1.250000000001", "13.5"]),
    "release": st.sampled_from(["", "v1", "v'2", "v3"]),
    **{f"{bound}Tokens": st.integers(0, 5_000).map(str) for bound in ("min", "max")},
    **{f"{bound}Traces": st.integers(0, 6).map(str) for bound in ("min", "max")},
    **{
        f"{bound}Duration": st.sampled_from(["0", "1", "15000", "1800000", "1800001", "7200000", "99999999999"])
        for bound in ("min", "max")
    },
}
metadata_pairs = st.tuples(
    st.sampled_from(world.NAMED).map("metadata.{}".format),
    texts
    | st.sampled_from(world.VALUES).map(lambda value: json.dumps(value, separators=(",", ":"), ensure_ascii=False)),
)


def pairs_of(tests: dict[str, world.Test]) -> st.SearchStrategy[list[tuple[str, str]]]:
    named = st.sampled_from(sorted(tests)).flatmap(lambda name: st.tuples(st.just(name), VALUES.get(name, texts)))
    return st.lists(named, max_size=3, unique_by=lambda pair: pair[0]).flatmap(
        lambda found: st.lists(metadata_pairs, max_size=1).map(lambda more: [*found, *more])
    )


@pytest.fixture(scope="module")
def filled(server: Server) -> Caller:
    caller = server.caller()
    sent = world.traces(60)
    assert caller.send(*sent) == {"accepted": len(sent), "rejected": []}
    for session_id, said in world.facts(sorted({trace["sessionId"] for trace in sent})).items():
        assert caller.patch(f"{SESSIONS}/{quote(session_id, safe='')}", said).status_code == 200
    return caller


@pytest.fixture(scope="module")
def sessions(filled: Caller) -> list[dict[str, Any]]:
    return world.Entries(filled.sessions(("limit", "200")))


@pytest.fixture(scope="module")
def traces(filled: Caller) -> list[dict[str, Any]]:
    return world.Entries(filled.pages(TRACES, ("limit", "200")))


def ids(entries: Any) -> list[str]:
    return [entry["id"] for entry in entries]


def test_the_reference_knows_every_filter_and_sort_of_the_server() -> None:
    assert set(world.SESSION_TESTS) == set(filters.names(filters.SESSION_FILTERS))
    assert set(world.TRACE_TESTS) == set(filters.names(filters.TRACE_FILTERS))
    assert set(world.SORTS) == set(filters.SESSION_SORTS)


def test_the_world_is_as_awkward_as_it_should_be(sessions: list[dict[str, Any]], traces: list[dict[str, Any]]) -> None:
    assert (len(sessions), len(traces)) == (60, len(world.traces(60)))
    assert {trace["name"] for trace in traces} >= {"it's", "nul\0byte", "🙂👩‍👩‍👧", "\\N"}
    assert {user for session in sessions for user in session["userIds"]} >= {"nul\0byte", "a\tb\nc\r"}


@pytest.mark.parametrize("order", ["asc", "desc"])
@pytest.mark.parametrize("sort", world.SORTS)
def test_every_sort_orders_by_its_value_and_then_by_id(
    sort: str, order: str, filled: Caller, sessions: list[dict[str, Any]]
) -> None:
    shown = filled.sessions(("sort", sort), ("order", order), ("limit", "23"))

    assert shown == world.ordered(sessions, sort, order)


@pytest.mark.parametrize("name", ["userId", "environment", "release", "model", "tag"])
def test_each_filter_on_a_text_finds_every_text_and_only_it(
    name: str, filled: Caller, sessions: list[dict[str, Any]]
) -> None:
    for value in [*world.AWKWARD, "v1", "v'2", "absent", "it''s", "%", "' OR '1'='1' --"]:
        assert filled.sessions((name, value)) == world.chosen(sessions, [(name, value)], world.SESSION_TESTS), value


@pytest.mark.parametrize("name", VALUES)
@settings(PROPERTY, max_examples=15)
@given(data=st.data())
def test_each_filter_on_an_amount_or_a_time_is_a_bound(
    name: str, data: st.DataObject, filled: Caller, sessions: list[dict[str, Any]]
) -> None:
    pair = (name, data.draw(VALUES[name]))

    assert filled.sessions(pair, ("limit", "200")) == world.chosen(sessions, [pair], world.SESSION_TESTS)


@PROPERTY
@given(
    pairs=pairs_of(world.SESSION_TESTS),
    sort=st.sampled_from(sorted(world.SORTS)),
    order=st.sampled_from(["asc", "desc"]),
    limit=st.integers(1, 60),
)
def test_filters_of_sessions_combine_and_page_in_any_order(
    pairs: list[tuple[str, str]], sort: str, order: str, limit: int, filled: Caller, sessions: list[dict[str, Any]]
) -> None:
    expected = world.ordered(world.chosen(sessions, pairs, world.SESSION_TESTS), sort, order)
    asked = [*pairs, ("sort", sort), ("order", order), ("limit", str(max(limit, len(expected) // 4 + 1)))]

    assert filled.sessions(*asked) == expected


@PROPERTY
@given(value=st.sampled_from(world.NAMED), more=st.sampled_from(world.NAMED))
def test_tags_repeat_and_all_of_them_must_be_there(
    value: str, more: str, filled: Caller, sessions: list[dict[str, Any]]
) -> None:
    pairs = [("tag", value), ("tag", more)]

    assert filled.sessions(*pairs) == world.chosen(sessions, pairs, world.SESSION_TESTS)


@PROPERTY
@given(pair=metadata_pairs | st.tuples(any_text.filter(bool).map("metadata.{}".format), any_text))
def test_metadata_is_found_by_any_key_and_value(
    pair: tuple[str, str], filled: Caller, sessions: list[dict[str, Any]]
) -> None:
    assert filled.sessions(pair) == world.chosen(sessions, [pair], world.SESSION_TESTS)


def test_every_metadata_value_finds_its_session(filled: Caller, sessions: list[dict[str, Any]]) -> None:
    for entry in sessions:
        for key, value in entry["metadata"].items():
            text = value if isinstance(value, str) else json.dumps(value, separators=(",", ":"), ensure_ascii=False)
            assert entry in filled.sessions((f"metadata.{key}", text))


@PROPERTY
@given(pairs=pairs_of(world.TRACE_TESTS), order=st.sampled_from(["asc", "desc"]), limit=st.integers(10, 100))
def test_filters_of_traces_combine_and_page(
    pairs: list[tuple[str, str]], order: str, limit: int, filled: Caller, traces: list[dict[str, Any]]
) -> None:
    expected = world.ordered(world.chosen(traces, pairs, world.TRACE_TESTS), "startTime", order)

    assert list(filled.pages(TRACES, *pairs, ("order", order), ("limit", str(limit)))) == expected


def test_traces_are_the_newest_first_unless_asked_otherwise(filled: Caller, traces: list[dict[str, Any]]) -> None:
    assert ids(traces) == ids(world.ordered(traces, "startTime", "desc"))


def test_each_session_has_the_traces_that_the_list_of_traces_has(
    filled: Caller, sessions: list[dict[str, Any]], traces: list[dict[str, Any]]
) -> None:
    for session in sessions[:20]:
        own = [trace for trace in traces if trace["sessionId"] == session["id"]]
        assert filled.session(session["id"], "/traces")["data"] == world.ordered(own, "startTime", "asc")
        assert list(filled.pages(TRACES, ("sessionId", session["id"]), ("order", "asc"))) == world.ordered(
            own, "startTime", "asc"
        )
