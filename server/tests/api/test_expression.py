"""``filter=`` over the API: any expression chooses what a plain program would choose, everywhere that takes filters."""

from __future__ import annotations

import datetime as dt
import time
from typing import Any
from urllib.parse import quote

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from server.tests.query import expressions
from threadline_server.query import expression
from threadline_server.query.expression.tree import Node
from threadline_server.query.goal_conditions import goals_at
from threadline_server.query.sessions import list_sessions

from . import world
from .running import Caller, Server

SESSIONS = "/observability/sessions"
PROPERTY = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
start_ms = int(world.START.timestamp() * 1000)
NOW_NS = (start_ms + 20 * 86_400_000) * 1_000_000
trees = expressions.trees(
    texts=st.sampled_from(world.AWKWARD) | st.sampled_from(["v1", "v'2", "call", "a", "e", "ended", "idle"]),
    keys=st.sampled_from(world.NAMED),
    moments=st.integers(start_ms - 86_400_000, start_ms + 42 * 86_400_000),
)


@pytest.fixture(scope="module")
def filled(server: Server) -> Caller:
    caller = server.caller()
    sent = world.traces(60, seed=5)
    assert caller.send(*sent) == {"accepted": len(sent), "rejected": []}
    said = world.facts(sorted({trace["sessionId"] for trace in sent}), seed=6)
    for number, (session_id, facts) in enumerate(said.items()):
        ended = {"ended": True} if number % 3 == 0 else {}
        assert caller.patch(f"{SESSIONS}/{quote(session_id, safe='')}", {**facts, **ended}).status_code == 200
    return caller


@pytest.fixture(scope="module")
def sessions(filled: Caller) -> list[dict[str, Any]]:
    """Every session as the API shows it, with the names of its traces as ``steps``."""
    steps: dict[str, list[str]] = {}
    for trace in filled.pages("/observability/traces", ("limit", "200"), ("order", "asc")):
        steps.setdefault(trace["sessionId"], []).append(trace["name"])
    found = filled.sessions(("limit", "200"))
    return world.Entries({**entry, "steps": steps[entry["id"]]} for entry in found)


def ids(entries: Any) -> list[str]:
    return [entry["id"] for entry in entries]


@PROPERTY
@given(tree=trees)
def test_any_expression_chooses_what_a_plain_program_would_choose(
    tree: Node, filled: Caller, sessions: list[dict[str, Any]]
) -> None:
    text = expression.written(tree)
    pairs = [("filter", text), ("limit", "200")]

    shown = list_sessions(filled.server.database, filled.project_id, pairs, goals_at([], NOW_NS // 1_000_000))["data"]

    assert ids(shown) == ids(entry for entry in sessions if expressions.holds(tree, entry, NOW_NS))


@pytest.mark.parametrize("name", sorted(expressions.GETTERS))
def test_every_field_finds_every_session_by_its_value(
    name: str, filled: Caller, sessions: list[dict[str, Any]]
) -> None:
    for entry in sessions[:12]:
        found = expressions.GETTERS[name](entry)
        for value in found if isinstance(found, list) else [found]:
            text = f"{name} = {orjson.dumps(value).decode() if isinstance(value, str | bool) else value}"
            if name in ("startTime", "lastActivity"):
                moment = dt.datetime.fromtimestamp(value / 1_000_000_000, dt.UTC)
                text = f"{name} >= {moment:%Y-%m-%dT%H:%M:%S}.{value // 1_000_000 % 1000:03d}Z"
            assert entry["id"] in ids(filled.sessions(("filter", text), ("limit", "200"))), text


def test_an_expression_joins_the_other_filters(filled: Caller, sessions: list[dict[str, Any]]) -> None:
    pairs = [("filter", "turns >= 2"), ("hasError", "true")]

    assert (
        ids(filled.sessions(*pairs))
        == [entry["id"] for entry in sessions if entry["traceCount"] >= 2 and entry["errorCount"]]
        != []
    )


def test_analytics_and_users_take_the_same_expression(filled: Caller, sessions: list[dict[str, Any]]) -> None:
    pair = ("filter", "turns >= 2 and errors = 0")
    chosen = [entry for entry in sessions if entry["traceCount"] >= 2 and entry["errorCount"] == 0]

    totals = filled.read("/observability/analytics/sessions", pair)["totals"]
    users = {user["id"]: user["sessionCount"] for user in filled.pages("/observability/users", pair)}

    assert (totals["sessionCount"], totals["traceCount"]) == (len(chosen), sum(entry["traceCount"] for entry in chosen))
    assert users == {
        user: sum(user in entry["userIds"] for entry in chosen) for entry in chosen for user in entry["userIds"]
    }


def test_a_time_that_passes_is_asked_for_anew(caller: Caller) -> None:
    begun = dt.datetime.fromtimestamp(time.time() - 60, dt.UTC).isoformat()
    caller.send({"id": "t", "sessionId": "s", "startTime": begun, "endTime": begun})

    shown = {
        text: ids(caller.sessions(("filter", text)))
        for text in ("lastActivity > -1h", "lastActivity > -1s", 'status = "active"')
    }

    assert shown == {"lastActivity > -1h": ["s"], "lastActivity > -1s": [], 'status = "active"': ["s"]}


def test_an_expression_that_cannot_be_read_is_400_and_says_where(caller: Caller) -> None:
    answer = caller.get(SESSIONS, ("filter", 'cost > 0.5 and usr.id = "u1"'))

    assert (answer.status_code, answer.json()) == (
        400,
        {
            "error": {
                "code": "bad_filter",
                "message": "cannot read 'filter' at position 15: expected a field, not 'usr.id'",
                "hint": 'cost > 0.5 and usr.id = "u1"\n               ^^^^^^\nDid you mean user.id or userId or user?',
                "position": 15,
            }
        },
    )


def test_a_score_is_asked_for_by_its_name(caller: Caller) -> None:
    for number, value in enumerate([0.25, 0.75, "poor"]):
        begun = f"2026-11-2{number}T10:00:00Z"
        caller.send({"id": f"t{number}", "sessionId": f"s{number}", "startTime": begun, "endTime": begun})
        body = orjson.dumps({"name": "help's", "value": value, "sessionId": f"s{number}"})
        assert caller.post("/observability/scores", body).status_code == 201

    shown = {
        text: sorted(ids(caller.sessions(("filter", text))))
        for text in (
            'score("help\'s") > 0.5',
            "score(\"help's\") = 'poor'",
            'score("help\'s") exists',
            "score('x') not exists",
        )
    }

    assert list(shown.values()) == [["s1"], ["s2"], ["s0", "s1", "s2"], ["s0", "s1", "s2"]]


@PROPERTY
@given(
    text=st.text(max_size=80)
    | st.lists(
        st.sampled_from(
            [
                "cost",
                ">",
                "1",
                "tag",
                "=",
                "'a'",
                "(",
                ")",
                "and",
                "not",
                "\0",
                "'; DROP TABLE sessions; --",
                "{x:String}",
                "/*where*/",
            ]
        ),
        max_size=8,
    ).map(" ".join)
)
def test_no_text_makes_the_server_fail(text: str, caller: Caller) -> None:
    answer = caller.get(SESSIONS, ("filter", text.encode("utf-8", "replace").decode()))

    assert answer.status_code in (200, 400)
    assert caller.get(SESSIONS).status_code == 200
