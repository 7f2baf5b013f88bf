"""Idle time, status and the other settings of a project: they hold at once, over what is there already, everywhere alike."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest

from .running import PATIENCE_S, Caller

SETTINGS = "/observability/settings"
UNSET = {"idleMinutes": 30, "retentionDays": None, "autoSessions": False, "isApplied": True}


def put(caller: Caller, body: dict[str, Any]) -> Any:
    return caller.request("PUT", SETTINGS, content=orjson.dumps(body), headers={"content-type": "application/json"})


def turn(trace_id: str, minute: float, session: str = "s-1", user: str = "") -> dict[str, Any]:
    """A turn that begins so many minutes after a fixed moment and takes no time."""
    return at(datetime(2025, 11, 23, 10, tzinfo=UTC) + timedelta(minutes=minute), trace_id, session, user)


def at(moment: datetime, trace_id: str = "t-1", session: str = "s-1", user: str = "") -> dict[str, Any]:
    text = moment.isoformat()
    named = {name: value for name, value in (("sessionId", session), ("userId", user)) if value}
    return {"id": trace_id, "name": "turn", "startTime": text, "endTime": text, **named}


def everywhere(caller: Caller) -> list[tuple[Any, ...]]:
    """Segments and active duration of session s-1 wherever they are told."""
    detail = caller.session("s-1")
    listed = caller.sessions()[0]
    exported = caller.session("s-1", "/export")
    found = [(one["segments"], one["activeDuration"]) for one in (detail, listed, exported)]
    analytics = caller.read("/observability/analytics/sessions", ("groupBy", "environment"))
    lasting = [one["perSession"]["activeDuration"]["mean"] for one in (analytics, *analytics["groups"])]
    bins = analytics["perSession"]["activeDuration"]["histogram"]
    users = [one["activeDuration"] for one in (*caller.read("/observability/users")["data"], caller.read("/observability/users/u-1"))]  # fmt: skip
    assert [bin_["sessionCount"] for bin_ in bins] == [1]
    assert bins[0]["from"] <= detail["activeDuration"] < bins[0]["to"]
    assert {*lasting, *users} == {detail["activeDuration"]}
    expression = f"segments = {detail['segments']} and activeDuration = {detail['activeDuration']}ms"
    assert [one["id"] for one in caller.sessions(("filter", expression), ("sort", "activeDuration"))] == ["s-1"]
    return found


def test_another_idle_time_changes_segments_and_active_duration_of_the_past_at_once_everywhere(caller: Caller) -> None:
    caller.send(*(turn(f"t-{minute}", minute, user="u-1") for minute in (0, 1, 11, 51, 151)))
    minute = 60_000

    assert everywhere(caller) == [(3, 11 * minute)] * 3
    for idle_minutes, expected in ((1, (4, 1 * minute)), (10, (3, 11 * minute)), (9, (4, 1 * minute)), (40, (2, 51 * minute)),
                                   (100, (1, 151 * minute))):  # fmt: skip
        assert put(caller, {"idleMinutes": idle_minutes}).status_code == 200
        assert everywhere(caller) == [expected] * 3


def test_status_is_told_and_filtered_by_one_definition(caller: Caller) -> None:
    now = datetime.now(UTC)
    caller.send(
        at(now - timedelta(minutes=5), "t-1", "fresh"),
        at(now - timedelta(minutes=50), "t-2", "quiet"),
        at(now - timedelta(minutes=5), "t-3", "over"),
    )
    caller.patch("/observability/sessions/over", {"ended": True})

    def by_status(**_: Any) -> dict[str, str]:
        told = {one["id"]: one["status"] for one in caller.sessions()}
        for status in ("active", "idle", "ended"):
            expected = {name for name, of in told.items() if of == status}
            assert {one["id"] for one in caller.sessions(("status", status))} == expected
            assert {one["id"] for one in caller.sessions(("filter", f'status = "{status}"'))} == expected
        assert {name: caller.session(name)["status"] for name in told} == told
        return told

    assert by_status() == {"fresh": "active", "quiet": "idle", "over": "ended"}
    put(caller, {"idleMinutes": 120})
    assert by_status() == {"fresh": "active", "quiet": "active", "over": "ended"}
    put(caller, {"idleMinutes": 1})
    assert by_status() == {"fresh": "idle", "quiet": "idle", "over": "ended"}
    assert caller.get("/observability/sessions", ("status", "asleep")).status_code == 400


def test_what_a_goal_leaves_open_follows_the_idle_time(caller: Caller) -> None:
    caller.post("/observability/goals", orjson.dumps({"name": "done", "when": {"tag": "done"}}))
    caller.send(at(datetime.now(UTC) - timedelta(minutes=50)))

    def counted() -> tuple[int, int]:
        goal = caller.read("/observability/analytics/goals")["goals"][0]
        return goal["closed"], goal["open"]

    assert counted() == (1, 0)
    put(caller, {"idleMinutes": 60})
    assert counted() == (0, 1)


def test_what_is_not_named_stays_as_it_was_set(caller: Caller) -> None:
    assert caller.read(SETTINGS) == UNSET
    assert put(caller, {"retentionDays": 90}).json() == UNSET | {"retentionDays": 90}
    assert put(caller, {"idleMinutes": 5}).json() == UNSET | {"retentionDays": 90, "idleMinutes": 5}
    assert put(caller, {"retentionDays": None}).json() == UNSET | {"idleMinutes": 5}
    assert caller.read(SETTINGS) == UNSET | {"idleMinutes": 5}
    assert caller.server.caller().read(SETTINGS) == UNSET


@pytest.mark.parametrize(
    "body",
    [{"idleMinutes": 0}, {"idleMinutes": 10_081}, {"idleMinutes": "5"}, {"idleMinutes": 1.5}, {"idleMinutes": None},
     {"retentionDays": 0}, {"retentionDays": 10**9}, {"autoSessions": "yes"}, {"idle": 5}],
)  # fmt: skip
def test_what_is_no_setting_is_400(body: dict[str, Any], caller: Caller) -> None:
    assert put(caller, body).status_code == 400
    assert caller.read(SETTINGS) == UNSET


def test_to_change_settings_needs_the_scope_admin(caller: Caller) -> None:
    reader = caller.server.caller(caller.project_id, ["read"])

    assert reader.read(SETTINGS) == UNSET
    assert put(reader, {"idleMinutes": 5}).status_code == 403


def set_auto(caller: Caller, **settings: Any) -> None:
    """Change settings, and wait until the past is made by them."""
    assert put(caller, settings).status_code == 200
    deadline = time.monotonic() + PATIENCE_S
    while not caller.read(SETTINGS)["isApplied"]:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def traces_of(caller: Caller) -> dict[str, list[str]]:
    """Session id -> its traces."""
    return {
        one["id"]: [trace["id"] for trace in caller.session(one["id"], "/traces")["data"]] for one in caller.sessions()
    }


def test_traces_of_a_user_without_a_session_become_one_for_each_stretch_of_activity(caller: Caller) -> None:
    loose = [turn(f"t-{minute}", minute, session="", user="u-1") for minute in (0, 20, 60, 70)]
    caller.send(
        *loose, turn("other", 5, session="", user="u-2"), turn("named", 10, "s-1", "u-1"), turn("nobodys", 5, "")
    )
    assert list(traces_of(caller)) == ["s-1"]

    set_auto(caller, autoSessions=True)
    stretches = {"auto:t-0": ["t-0", "t-20"], "auto:t-60": ["t-60", "t-70"], "auto:other": ["other"], "s-1": ["named"]}
    assert traces_of(caller) == stretches
    assert caller.session("auto:t-0")["userIds"] == ["u-1"]

    set_auto(caller, idleMinutes=45)
    assert traces_of(caller) == {"auto:t-0": ["t-0", "t-20", "t-60", "t-70"], "auto:other": ["other"], "s-1": ["named"]}
    set_auto(caller, idleMinutes=30)
    assert traces_of(caller) == stretches
    set_auto(caller, autoSessions=False)
    assert list(traces_of(caller)) == ["s-1"]


def test_a_late_trace_that_joins_two_stretches_brings_together_what_was_said_of_them(caller: Caller) -> None:
    set_auto(caller, autoSessions=True)
    caller.send(turn("t-0", 0, "", "u-1"), turn("t-50", 50, "", "u-1"))
    caller.patch("/observability/sessions/auto:t-50", {"title": "said first", "outcome": "solved"})
    caller.patch("/observability/sessions/auto:t-0", {"title": "said last"})
    caller.post("/observability/scores", orjson.dumps({"name": "help", "value": 1, "sessionId": "auto:t-50"}))

    caller.send(turn("t-25", 25, "", "u-1"))

    assert traces_of(caller) == {"auto:t-0": ["t-0", "t-25", "t-50"]}
    session = caller.session("auto:t-0")
    assert (session["title"], session["outcome"], session["scores"][0]["count"]) == ("said last", "solved", 1)
    assert len(caller.session("auto:t-0", "/scores")["data"]) == 1


def test_a_session_id_that_comes_late_takes_the_trace_and_what_was_said_with_it(caller: Caller) -> None:
    set_auto(caller, autoSessions=True)
    caller.send(*(turn(f"t-{minute}", minute, "", "u-1") for minute in (0, 25, 50)))
    caller.patch("/observability/sessions/auto:t-0", {"title": "said"})
    assert traces_of(caller) == {"auto:t-0": ["t-0", "t-25", "t-50"]}

    caller.send({**turn("t-25", 25, "s-1", "u-1"), "tags": ["later"]})
    assert traces_of(caller) == {"auto:t-0": ["t-0"], "auto:t-50": ["t-50"], "s-1": ["t-25"]}
    caller.send({**turn("t-0", 0, "s-2", "u-1"), "tags": ["later"]})
    assert traces_of(caller) == {"s-2": ["t-0"], "auto:t-50": ["t-50"], "s-1": ["t-25"]}
    assert caller.session("s-2")["title"] == "said"


def test_an_automatic_session_that_is_erased_stays_so_whichever_of_its_traces_come_late(caller: Caller) -> None:
    set_auto(caller, autoSessions=True)
    caller.send(turn("t-0", 0, "", "u-1"), turn("t-20", 20, "", "u-1"))
    caller.patch("/observability/sessions/auto:t-0", {"title": "gone"})

    assert caller.request("DELETE", "/observability/sessions/auto:t-0").json()["traceCount"] == 2
    caller.send(turn("t-0", 0, "", "u-1"), turn("t-20", 20, "", "u-1"))
    caller.send(turn("t-10", 10, "", "u-1"), turn("t-45", 45, "", "u-1"))
    assert traces_of(caller) == {}

    caller.send(turn("t-55", 55, "", "u-1"), turn("named", 10, "s-1", "u-1"), turn("other", 10, "", "u-2"))
    assert traces_of(caller) == {"auto:t-55": ["t-55"], "s-1": ["named"], "auto:other": ["other"]}
    assert caller.session("auto:t-55")["title"] is None
    caller.request("DELETE", "/observability/users/u-1")
    assert traces_of(caller) == {"auto:other": ["other"]}
