"""Laws 1, 2, 3 and 5 of the contract as properties: random conversations in random deliveries, against the reference model."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, TypeVar

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from threadline_server.model import HOUR_NS, Span, Usage
from threadline_server.query import present, sessions, traces
from threadline_server.query.goal_conditions import NO_GOALS
from threadline_server.store.database import Database
from threadline_server.store.rollup import RollUp
from threadline_server.store.rows import span_batch, with_arrival

from . import reference

BASE_NS = 1_790_000_000_000_000_000
PROJECTS = itertools.count(1)
T = TypeVar("T")
PROPERTY = settings(
    max_examples=8,  # of up to eight worlds each
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)

amounts = st.integers(0, 5_000)
usages = st.builds(
    lambda p, c: Usage(prompt=p, completion=c, cached=p // 2, reasoning=c // 3, total=p + c), amounts, amounts
)


@st.composite
def spans_of_trace(draw: st.DrawFn, trace_id: str) -> list[Span]:
    """All versions of the spans and log records of a trace: any tree, orphans included; ids and users on any, usage on spans."""
    count = draw(st.integers(1, 6))
    found: list[Span] = []
    for index in range(count):
        start = BASE_NS + draw(st.integers(0, 5 * 3600)) * 1_000_000_000 + draw(st.integers(0, 999_999_999))
        kind = draw(st.sampled_from(["span", "generation", "tool", "agent", "log", "log"]))
        is_log = kind == "log"
        finished = Span(
            trace_id=trace_id,
            span_id=f"{trace_id}-{index}",
            parent_id=draw(
                st.sampled_from(["", "elsewhere", *(f"{trace_id}-{n}" for n in range(count) if n != index)])
            ),
            name=draw(st.sampled_from([f"step {index}", "step"])),
            kind=kind,
            start_ns=start,
            end_ns=start + (0 if is_log else draw(st.integers(0, 4_000)) * 1_000_000_000),
            status="" if is_log else draw(st.sampled_from(["", "ok", "error"])),
            session_id=draw(st.sampled_from(["", "", "s-1", "s-2", "s/ü '3'"])),
            user_id=draw(st.sampled_from(["", "u-1", "u-2"])),
            model=draw(st.sampled_from(["", "gpt-4o", "own-model"])),
            usage=None if is_log else draw(st.none() | usages),
            response_id=draw(st.sampled_from(["", "r-1", "r-2"])),
            cost_usd=None if is_log else draw(st.none() | st.integers(0, 10**12).map(lambda n: Decimal(n).scaleb(-12))),
            tags=tuple(draw(st.lists(st.sampled_from(["a", "b", "c"]), max_size=2))),
            metadata=draw(
                st.dictionaries(
                    st.sampled_from(["channel", "plan"]), st.sampled_from(['"web"', "3", "null"]), max_size=2
                )
            ),
        )
        found.append(finished)
        if draw(st.booleans()) and not is_log:
            found.append(msgspec.structs.replace(finished, end_ns=0, usage=None, cost_usd=None, status=""))
        if draw(st.booleans()) and draw(st.booleans()) and not is_log:
            moved = draw(st.sampled_from([0, -HOUR_NS, HOUR_NS]))
            later = finished.end_ns + HOUR_NS
            found.append(
                msgspec.structs.replace(finished, start_ns=finished.start_ns + moved, end_ns=later, session_id="s-1")
            )
    return found


small_worlds = (
    st.integers(1, 4)
    .flatmap(lambda count: st.tuples(*(spans_of_trace(f"t{n}") for n in range(count))))
    .map(lambda found: [span for trace in found for span in trace])
)


@st.composite
def side_by_side(draw: st.DrawFn, small: st.SearchStrategy[list[Span]], most: int = 8) -> list[Span]:
    """Worlds that share nothing but their project: a round of the roll-up takes as long for one as for several."""
    count = draw(st.sampled_from([1, most // 2, most, most, most]))
    return [of_world(number, span) for number in range(count) for span in draw(small)]


def of_world(number: int, span: Span) -> Span:
    """The span with names that are of this world only."""
    names = {field: getattr(span, field) for field in ("trace_id", "session_id", "user_id")}
    return msgspec.structs.replace(span, **{field: name and f"{name}~{number}" for field, name in names.items()})


def world_of(name: str) -> str:
    return name.rpartition("~")[2]


worlds = side_by_side(small_worlds)


@st.composite
def deliveries(draw: st.DrawFn, spans: Sequence[Span]) -> list[list[Span]]:
    """The spans in any order, each one to three times, split over requests."""
    sent = [span for span in draw(st.permutations(spans)) for _ in range(draw(st.integers(1, 3)))]
    return draw(parts_of(sent))


@st.composite
def parts_of(draw: st.DrawFn, things: Sequence[T]) -> list[list[T]]:
    """All of them in any order, in at most five parts."""
    order = draw(st.permutations(things))
    cuts = sorted(draw(st.sets(st.integers(1, max(1, len(order) - 1)), max_size=4)))
    return [list(order[a:b]) for a, b in itertools.pairwise([0, *cuts, len(order)]) if a < b]


@pytest.fixture
def rollup(database: Database) -> RollUp:
    ticks = itertools.count(1)
    return RollUp(database, lambda: next(ticks))


def deliver(database: Database, rollup: RollUp, requests: Sequence[Sequence[Span]]) -> int:
    """Store the requests in a project of their own and roll up after each; answers the project."""
    project_id = next(PROJECTS)
    arrival = 1
    for spans in requests:
        database.insert("spans", [with_arrival(span_batch(project_id, spans), arrival)])
        arrival += len(spans)
        rollup.run(project_id, hours_of(spans))
    return project_id


def hours_of(spans: Iterable[Span]) -> dict[str, set[int]]:
    """Trace id -> hours in which its spans begin."""
    hours: dict[str, set[int]] = {}
    for span in spans:
        hours.setdefault(span.trace_id, set()).add(span.start_ns // HOUR_NS)
    return hours


def listed(database: Database, project_id: int) -> dict[str, dict[str, Any]]:
    """Session id -> the numbers that the list shows, in the reference model's words."""
    page = sessions.list_sessions(database, project_id, [("limit", "200")], NO_GOALS)["data"]
    return {entry["id"]: in_reference_words(entry) for entry in page}


def in_reference_words(entry: Mapping[str, Any]) -> dict[str, Any]:
    same = {name: entry[name] for name in SAME}
    return same | {
        "start": milliseconds(entry["startTime"]),
        "end": milliseconds(entry["endTime"]),
        "totalCost": Decimal(repr(entry["totalCost"])),
        "models": {
            use["model"]: (use["totalTokens"], None if use["cost"] is None else Decimal(repr(use["cost"])))
            for use in entry["models"]
            if use["totalTokens"] or use["cost"] is not None
        },
    }


SAME = (
    "userId", "userIds", "traceCount", "spanCount", "generationCount", "toolCount", "errorCount", "duration", "activeDuration",
    "segments", "promptTokens", "completionTokens", "cachedTokens", "reasoningTokens", "totalTokens", "unpricedModels", "tags",
    "metadata",
)  # fmt: skip


def milliseconds(text: str) -> int:
    import datetime as dt

    return round(dt.datetime.fromisoformat(text).timestamp() * 1000)


def expected(spans: Sequence[Span]) -> dict[str, dict[str, Any]]:
    found = reference.sessions(spans)
    for numbers in found.values():
        numbers["models"] = {name: use for name, use in numbers["models"].items() if use[0] or use[1] is not None}
    return found


@PROPERTY
@given(data=st.data())
def test_any_delivery_of_the_same_spans_and_log_records_ends_in_the_numbers_of_the_reference(
    data: st.DataObject, database: Database, rollup: RollUp
) -> None:
    spans = data.draw(worlds)
    requests = data.draw(deliveries(spans))

    project_id = deliver(database, rollup, requests)

    assert listed(database, project_id) == expected(spans)


@PROPERTY
@given(data=st.data())
def test_list_detail_metrics_traces_and_analytics_never_disagree(
    data: st.DataObject, database: Database, rollup: RollUp
) -> None:
    from threadline_server.query import analytics, exports

    project_id = deliver(database, rollup, data.draw(deliveries(data.draw(worlds))))

    page = sessions.list_sessions(database, project_id, [("limit", "200")], NO_GOALS)["data"]
    for entry in data.draw(st.permutations(page))[:6]:
        row = sessions.session_row(database, project_id, entry["id"], NO_GOALS)
        own = list(every_trace(database, project_id, entry["id"], data.draw(st.integers(1, 3))))
        exported = msgspec.json.decode(b"".join(exports.stream(database, project_id, row, "json")))
        assert present.session(row) == entry
        assert {key: exported[key] for key in entry} == entry
        assert [trace["id"] for trace in exported["traces"]] == [trace["id"] for trace in own]
        assert [len(trace["spans"]) for trace in exported["traces"]] == [trace["spanCount"] for trace in own]
        assert present.metrics(row)["totalTokens"] == entry["totalTokens"] == sum(trace["totalTokens"] for trace in own)
        assert (entry["traceCount"], entry["spanCount"]) == (len(own), sum(trace["spanCount"] for trace in own))
    totals = analytics.over_sessions(database, project_id, [], NO_GOALS)["totals"]
    assert (totals["sessionCount"], totals["traceCount"], totals["totalTokens"]) == (
        len(page),
        sum(entry["traceCount"] for entry in page),
        sum(entry["totalTokens"] for entry in page),
    )


def every_trace(database: Database, project_id: int, session_id: str, limit: int) -> Iterator[dict[str, Any]]:
    cursor: list[tuple[str, str]] = []
    while True:
        page = traces.list_session_traces(database, project_id, session_id, [("limit", str(limit)), *cursor])
        yield from page["data"]
        if page["nextCursor"] is None:
            return
        cursor = [("cursor", page["nextCursor"])]


@PROPERTY
@given(data=st.data())
def test_a_window_chooses_sessions_by_overlap_and_never_changes_their_numbers(
    data: st.DataObject, database: Database, rollup: RollUp
) -> None:
    project_id = deliver(database, rollup, data.draw(deliveries(data.draw(worlds))))
    everything = sessions.list_sessions(database, project_id, [("limit", "200")], NO_GOALS)["data"]
    start, end = sorted(data.draw(st.lists(st.integers(-7200, 6 * 3600), min_size=2, max_size=2, unique=True)))
    window = [
        (name, present.moment(BASE_NS // 1_000_000 + seconds * 1000))
        for name, seconds in (("from", start), ("to", end))
    ]

    shown = sessions.list_sessions(database, project_id, [("limit", "200"), *window], NO_GOALS)["data"]

    (_, start_text), (_, end_text) = window
    assert shown == [entry for entry in everything if entry["startTime"] < end_text and entry["endTime"] >= start_text]


@PROPERTY
@given(
    data=st.data(),
    sort=st.sampled_from(["lastActivity", "startTime", "duration", "totalTokens", "totalCost", "errorCount"]),
)
def test_pages_of_any_size_and_order_hold_every_session_once(
    data: st.DataObject, sort: str, database: Database, rollup: RollUp
) -> None:
    project_id = deliver(database, rollup, data.draw(deliveries(data.draw(worlds))))
    order, limit = data.draw(st.sampled_from(["asc", "desc"])), str(data.draw(st.integers(1, 6)))
    whole = sessions.list_sessions(
        database, project_id, [("limit", "200"), ("sort", sort), ("order", order)], NO_GOALS
    )["data"]

    paged: list[dict[str, Any]] = []
    cursor: list[tuple[str, str]] = []
    while True:
        page = sessions.list_sessions(
            database, project_id, [("limit", limit), ("sort", sort), ("order", order), *cursor], NO_GOALS
        )
        paged += page["data"]
        if page["nextCursor"] is None:
            break
        cursor = [("cursor", page["nextCursor"])]

    assert paged == whole
