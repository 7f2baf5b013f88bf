"""Comments on sessions, traces and spans: kept, counted and found by, and gone with what they were on."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from .running import Caller
from .test_project_settings import set_auto
from .test_project_settings import turn as loose
from .test_scores import turn

COMMENTS = "/observability/comments"


def write(caller: Caller, body: str = "look", **place: Any) -> Any:
    return caller.post(COMMENTS, orjson.dumps({"body": body, **place}))


def bodies(caller: Caller, path: str, *pairs: tuple[str, str]) -> list[str]:
    return [one["body"] for one in caller.read(path, *pairs)["data"]]


def counts(caller: Caller) -> dict[str, int]:
    """Session id -> comments, by the list; the detail and the filter say the same."""
    told = {one["id"]: one["commentCount"] for one in caller.sessions()}
    assert {name: caller.session(name)["commentCount"] for name in told} == told
    for count in {0, *told.values()}:
        expected = {name for name, of in told.items() if of == count}
        assert {one["id"] for one in caller.sessions(("filter", f"comments = {count}"))} == expected
    return told


def test_comments_on_a_session_its_traces_and_their_spans_are_the_sessions(caller: Caller) -> None:
    caller.send(turn("t-1"), turn("t-2"), turn("t-3", "other"))

    answer = write(caller, "on the session", sessionId="s-1", author="Ada")
    write(caller, "on a trace", traceId="t-1")
    write(caller, "on a span", traceId="t-1", spanId="g-1")
    write(caller, "elsewhere", traceId="t-3")

    assert answer.status_code == 201
    told = answer.json()
    assert {**told, "id": "", "time": ""} == {
        "id": "", "sessionId": "s-1", "traceId": None, "spanId": None, "author": "Ada", "body": "on the session", "time": "",
    }  # fmt: skip
    assert caller.session("s-1", "/comments")["data"][0] == told
    assert counts(caller) == {"s-1": 3, "other": 1}
    whole = ["on the session", "on a trace", "on a span"]
    assert bodies(caller, "/observability/sessions/s-1/comments") == whole
    assert bodies(caller, COMMENTS, ("sessionId", "s-1")) == whole
    assert bodies(caller, COMMENTS, ("traceId", "t-1")) == whole[1:]
    assert bodies(caller, COMMENTS, ("traceId", "t-1"), ("spanId", "g-1")) == whole[2:]
    assert bodies(caller, COMMENTS, ("traceId", "t-2")) == []


def test_a_comment_is_taken_back_once(caller: Caller) -> None:
    caller.send(turn())
    ids = [write(caller, **place).json()["id"] for place in ({"sessionId": "s-1"}, {"traceId": "t-1"})]
    assert counts(caller) == {"s-1": 2}

    for left, comment_id in ((1, ids[0]), (0, ids[1])):
        assert caller.request("DELETE", f"{COMMENTS}/{comment_id}").status_code == 204
        assert counts(caller) == {"s-1": left}
        assert caller.request("DELETE", f"{COMMENTS}/{comment_id}").status_code == 404
    assert bodies(caller, "/observability/sessions/s-1/comments") == []


def test_later_telemetry_leaves_comments_and_one_on_a_trace_goes_with_it(caller: Caller) -> None:
    caller.send(turn("t-1", "before"), turn("t-2", "before"))
    write(caller, "trace", traceId="t-1")
    write(caller, "session", sessionId="before")

    caller.send({**turn("t-1", "after"), "endTime": "2025-11-23T10:31:00Z"}, turn("t-4", "before"))

    assert counts(caller) == {"before": 1, "after": 1}
    assert bodies(caller, "/observability/sessions/after/comments") == ["trace"]


def test_comments_on_automatic_sessions_that_become_one_are_all_there(caller: Caller) -> None:
    set_auto(caller, autoSessions=True)
    caller.send(loose("t-0", 0, "", "u-1"), loose("t-50", 50, "", "u-1"))
    written = [write(caller, name, sessionId=f"auto:{name}").json()["id"] for name in ("t-0", "t-50")]

    caller.send(loose("t-25", 25, "", "u-1"))

    assert counts(caller) == {"auto:t-0": 2}
    assert bodies(caller, "/observability/sessions/auto:t-0/comments") == ["t-0", "t-50"]
    assert caller.request("DELETE", f"{COMMENTS}/{written[1]}").status_code == 204
    assert counts(caller) == {"auto:t-0": 1}


def test_comments_go_with_what_is_erased(caller: Caller) -> None:
    caller.send(turn("t-1"), turn("t-2", "s-2"))
    for place in ({"sessionId": "s-1"}, {"traceId": "t-1"}, {"sessionId": "s-2"}):
        write(caller, **place)

    caller.request("DELETE", "/observability/sessions/s-1")
    assert counts(caller) == {"s-2": 1}
    assert caller.get(COMMENTS, ("traceId", "t-1")).status_code == 404


@pytest.mark.parametrize(
    "body",
    [{}, {"sessionId": "s-1"}, {"body": "x"}, {"body": " ", "sessionId": "s-1"}, {"body": "x" * 10_001, "sessionId": "s-1"},
     {"body": "x", "sessionId": "s-1", "traceId": "t-1"}, {"body": "x", "sessionId": "s-1", "spanId": "g-1"},
     {"body": "x", "sessionId": "s-1", "author": "a" * 201}, {"body": "x", "sessionId": "s-1", "stars": 5}],
)  # fmt: skip
def test_what_is_no_comment_is_400(body: dict[str, Any], caller: Caller) -> None:
    caller.send(turn())

    assert caller.post(COMMENTS, orjson.dumps(body)).status_code == 400
    assert counts(caller) == {"s-1": 0}


def test_what_is_not_there_or_anothers_is_404_and_to_write_needs_the_scope_ingest(caller: Caller) -> None:
    caller.send(turn())
    comment_id = write(caller, sessionId="s-1").json()["id"]
    stranger, reader = caller.server.caller(), caller.server.caller(caller.project_id, ["read"])

    assert [write(stranger, sessionId="s-1").status_code, write(stranger, traceId="t-1").status_code,
            stranger.request("DELETE", f"{COMMENTS}/{comment_id}").status_code,
            stranger.get("/observability/sessions/s-1/comments").status_code] == [404] * 4  # fmt: skip
    assert write(reader, sessionId="s-1").status_code == 403
    assert bodies(reader, "/observability/sessions/s-1/comments") == ["look"]
    assert counts(caller) == {"s-1": 1}
