"""Alerts when something is wrong: with the store, with another rule or project, with a webhook, or with the age of what comes."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from threadline_server.alert import measure
from threadline_server.errors import QueryTooLarge, ThreadlineError, Unavailable
from threadline_server.identity import alert_events
from threadline_server.query.goal_conditions import NO_GOALS

from .receiver import Receiver, receiving
from .running import PATIENCE_S, Caller, Server
from .test_alerts import ALERTS, add, feed, iso, tool, turn

HOUR_S = 3_600
DAY_S = 24 * HOUR_S
ANY = {"session": "traceCount", "above": 0}


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as made:
        yield made


def eventually(caller: Caller, number: int) -> list[dict[str, Any]]:
    """The feed as soon as it has so many, though something else may wait still to be tried."""
    deadline = time.monotonic() + PATIENCE_S
    while len(found := list(caller.pages(ALERTS))) < number and time.monotonic() < deadline:
        time.sleep(0.05)
    return found


def failing(
    server: Server, monkeypatch: pytest.MonkeyPatch, block: str, project_id: int, error: ThreadlineError
) -> None:
    """Have the store fail where this block is asked for of this project."""
    ask = server.database.rows

    def rows(name: str, values: Mapping[str, Any], **fragments: Any) -> Any:
        if name == block and values["project_id"] == project_id:
            raise error
        return ask(name, values, **fragments)

    monkeypatch.setattr(server.database, "rows", rows)


def test_a_project_that_cannot_be_tried_keeps_no_other_waiting_and_is_tried_again(
    caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = caller.server.caller()
    for one in (caller, other):
        add(one, ANY)
        add(one, {"aggregate": "sessionCount", "above": 0, "window": 60_000}, "window")
    feed(caller)
    with monkeypatch.context() as broken:
        failing(caller.server, broken, "alert_sessions", caller.project_id, Unavailable("cannot use the store now"))
        caller.send(turn(0))
        other.send(turn(0))
        of_other = [event["rule"]["name"] for event in eventually(other, 1)]
        of_broken = [event for event in caller.pages(ALERTS) if event["sessionId"]]

    assert (of_other, of_broken) == (["rule"], [])
    assert [event["sessionId"] for event in feed(caller)] == ["s-1"]


@pytest.mark.parametrize(("block", "kept"), [("chosen_among", "plain"), ("alert_tools", "plain")])
def test_a_rule_that_asks_too_much_says_nothing_and_keeps_no_other_from_firing(
    block: str, kept: str, caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(caller, {"session": "sameToolCalls", "above": 0}, "dear", filters={"tag": "vip"})
    add(caller, ANY, kept)
    caller.send(turn(0, "s-1", tool(0, {"q": 1}), tags=["vip"]))
    before = {event["rule"]["name"]: event["state"] for event in feed(caller)}
    failing(caller.server, monkeypatch, block, caller.project_id, QueryTooLarge("too much"))
    caller.send(turn(1, "s-1"), turn(0, "s-2", tool(1, {"q": 1}), tags=["vip"]))
    found = feed(caller)

    assert before == {"dear": "firing", kept: "firing"}
    assert {(event["rule"]["name"], event["sessionId"], event["state"]) for event in found} == {
        ("dear", "s-1", "firing"), (kept, "s-1", "firing"), (kept, "s-2", "firing"),
    }  # fmt: skip


def test_what_is_found_of_a_session_does_not_depend_on_those_it_is_tried_with(caller: Caller) -> None:
    add(caller, {"session": "sameToolCalls", "above": 2})
    early = [tool(n, {"q": 1}, ago_s=2 * HOUR_S, id=f"early-{n}") for n in range(3)]
    fewer = [tool(n, {"q": n}, ago_s=3 * HOUR_S, id=f"fewer-{n}") for n in range(3)]
    long_ago = {"startTime": iso(time.time() - 3 * HOUR_S), "endTime": iso(time.time() - 3 * HOUR_S + 10)}
    caller.send(turn(0, "looped-long-ago", *early), turn(0, "over", *fewer) | long_ago)

    assert feed(caller) == []


def test_a_call_that_is_open_for_hours_fires_in_a_session_that_goes_on(caller: Caller) -> None:
    add(caller, {"session": "openToolCall", "above": HOUR_S * 1_000})
    begun = iso(time.time() - 2 * HOUR_S)
    stuck = turn(0, "s-1", tool(0, {"q": 1}, ago_s=2 * HOUR_S, endTime=None)) | {"startTime": begun, "endTime": None}
    caller.send(stuck | {"observations": stuck["observations"][1:]}, turn(1, "s-1"))

    assert [event["sessionId"] for event in feed(caller)] == ["s-1"]


def test_what_is_imported_fires_nothing_but_what_it_mends_clears(caller: Caller) -> None:
    add(caller, {"session": "errorCount", "above": 0})
    old = {"startTime": iso(time.time() - 3 * DAY_S), "endTime": iso(time.time() - 3 * DAY_S + 1)}
    failed = {"error": {"type": "E", "message": "m"}}
    caller.send(turn(0, "imported", **failed) | old | {"observations": []}, turn(0, "runs", **failed))
    fired = [(event["sessionId"], event["state"]) for event in feed(caller)]
    caller.send(turn(0, "runs", endTime=iso(time.time())))

    assert fired == [("runs", "firing")]
    assert [(event["sessionId"], event["state"]) for event in feed(caller)] == [("runs", "cleared")]


def test_the_feed_keeps_the_newest_and_of_the_older_those_that_hold_within_bounds(
    caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alert_events, "MOST_EVENTS", 3)
    monkeypatch.setattr(alert_events, "MOST_HOLDING", 2)
    add(caller, {"session": "errorCount", "above": 0})
    failed = {"error": {"type": "E", "message": "m"}}
    kept = []
    for number in range(8):
        caller.send(turn(0, f"s-{number}", **failed))
        kept.append([event["sessionId"] for event in feed(caller)])
        if number == 4:
            caller.send(turn(0, "s-3", endTime=iso(time.time())))
            feed(caller)

    assert kept[3:] == [
        ["s-3", "s-2", "s-1", "s-0"],
        ["s-4", "s-3", "s-2", "s-1", "s-0"],
        ["s-5", "s-4", "s-3", "s-2", "s-1"],
        ["s-6", "s-5", "s-4", "s-2", "s-1"],
        ["s-7", "s-6", "s-5", "s-4", "s-2"],
    ]


def test_an_alert_that_a_webhook_does_not_take_holds_up_no_other(caller: Caller, receiver: Receiver) -> None:
    receiver.refuses = lambda call: call.told["alert"]["sessionId"] == "s-bad"
    add(caller, ANY, webhook={"url": receiver.url})
    caller.send(turn(0, "s-bad"))
    receiver.wait_for(1)
    caller.send(turn(0, "s-good"))
    deadline = time.monotonic() + PATIENCE_S
    while feed(caller)[0]["delivery"] != "delivered" and time.monotonic() < deadline:
        time.sleep(0.05)

    assert {event["sessionId"]: event["delivery"] for event in feed(caller)} == {
        "s-bad": "waiting", "s-good": "delivered",
    }  # fmt: skip


def test_that_an_alert_cleared_is_told_only_after_that_it_fired_was_taken(caller: Caller, receiver: Receiver) -> None:
    is_shut = True
    receiver.refuses = lambda _call: is_shut
    add(caller, {"session": "errorCount", "above": 0}, webhook={"url": receiver.url})
    caller.send(turn(0, error={"type": "E", "message": "m"}))
    receiver.wait_for(1)
    caller.send(turn(0, endTime=iso(time.time())))
    assert [event["state"] for event in feed(caller)] == ["cleared"]
    refused = len(receiver.wait_for(2))
    is_shut = False
    calls = receiver.wait_for(refused + 2)
    while "alert.cleared" not in (kinds := [call.told["type"] for call in calls]):
        calls = receiver.wait_for(len(calls) + 1)

    assert kinds == ["alert.fired"] * (len(kinds) - 1) + ["alert.cleared"]


CALLS = st.lists(
    st.tuples(
        st.sampled_from(["s-1", "s-2", "s-3", "s-4", "s-5", "s-6"]),
        st.integers(0, 3 * HOUR_S),
        st.sampled_from(["search", "book"]),
        st.sampled_from([1, 1, 1, 2, None]),
        st.booleans(),
    ),
    min_size=1,
    max_size=36,
    unique_by=lambda call: call[1],
)


def found_by_hand(calls: list[Any], now_s: int) -> dict[tuple[str, str], float]:
    """The reference: (metric, session) to value."""
    found: dict[tuple[str, str], float] = {}
    for session in {call[0] for call in calls}:
        mine = sorted((began_s, name, words, is_open) for one, began_s, name, words, is_open in calls if one == session)
        end_s = max(began_s if is_open else began_s + 1 for began_s, *_, is_open in mine)
        late = [(name, words) for began_s, name, words, _ in mine if began_s >= end_s - HOUR_S]
        runs = [len(list(run)) for (_, words), run in groupby(late) if words is not None]
        found["sameToolCalls", session] = max(runs, default=0) if late else 0
        begun = [began_s for began_s, *_, is_open in mine if is_open]
        found["openToolCall", session] = (now_s - min(begun)) * 1_000 if begun else 0
    return found


@settings(max_examples=8, deadline=None)
@given(calls=CALLS, order=st.randoms(use_true_random=False))
def test_loops_and_open_calls_are_what_a_reader_of_the_calls_would_find(
    server: Server, calls: list[Any], order: Any
) -> None:
    caller = server.caller()
    base_s = int(time.time()) - 4 * HOUR_S
    traces = []
    for number, (session, began_s, name, words, is_open) in enumerate(calls):
        begin, end = iso(base_s + began_s), None if is_open else iso(base_s + began_s + 1)
        call = {"id": f"{session}-{number}-c", "kind": "tool", "name": name, "startTime": begin, "endTime": end}
        call |= {} if words is None else {"input": {"q": words}}
        traces.append(
            {
                "id": f"{session}-{number}",
                "name": "t",
                "sessionId": session,
                "startTime": begin,
                "endTime": end,
                "observations": [call],
            }
        )
    order.shuffle(traces)
    middle = order.randrange(len(traces) + 1)
    for some in filter(None, (traces[:middle], traces[middle:])):
        caller.send(*some)
    for metric in ("sameToolCalls", "openToolCall"):
        add(caller, {"session": metric, "above": 0}, metric, enabled=False)
    tries = measure.tried(server.identity.alert_rules.of(caller.project_id))
    now_s = base_s + 4 * HOUR_S
    sessions = sorted({call[0] for call in calls})
    asked = [sessions, *([one] for one in sessions)]
    answers = [
        measure.of_sessions(server.database, caller.project_id, tries, some, NO_GOALS, now_s * 1_000) for some in asked
    ]
    by_hand = found_by_hand(calls, now_s - base_s)

    for some, answer in zip(asked, answers, strict=True):
        found = {(one.metric, one.session_id): one.value for one in answer.findings}
        assert found == {key: value for key, value in by_hand.items() if key[1] in some}
