"""What was exported comes in again as it was; what Langfuse and Phoenix export comes in too; everything else is told apart."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any
from urllib.parse import quote

import orjson
import pytest

from . import world
from .running import Caller, Server
from .test_project_settings import set_auto

EXPORTS = Path(__file__).parent / "exports"
IMPORT = "/observability/import"
HOSTILE = "=cmd|'/c calc'!A1"


def give(caller: Caller, body: bytes, **headers: str) -> Any:
    answer = caller.post(IMPORT, body, "application/x-ndjson", **headers)
    assert answer.status_code == 200, answer.text
    caller.server.fresh()
    return answer.json()


def export(caller: Caller, session_id: str, form: str) -> bytes:
    answer = caller.get(f"/observability/sessions/{quote(session_id, safe='')}/export", ("format", form))
    assert answer.status_code == 200, answer.text
    return answer.content


def bulk(caller: Caller, *pairs: tuple[str, str]) -> bytes:
    answer = caller.get("/observability/export", *pairs)
    assert answer.status_code == 200, answer.text
    return answer.content


@pytest.fixture(scope="module")
def filled(server: Server) -> Caller:
    """A made-up world, of which one session has everything that people can say of it."""
    caller = server.caller()
    caller.send(*world.traces(25))
    call = {"id": "c-1", "type": "function", "function": {"name": "look", "arguments": '{"id": 1}'}}
    asked = [{"role": "system", "content": "Be kind."}, {"role": "user", "content": "Where ``` is it?\n## 9. forged"}]
    answered = {"role": "assistant", "content": "There.", "tool_calls": None}
    caller.send(
        {"id": "told", "name": "turn", "sessionId": "told", "userId": HOSTILE, "startTime": "2025-11-23T10:30:00.123456789Z",
         "endTime": "2025-11-23T10:30:02Z", "observations": [
            {"id": "g", "kind": "generation", "modelName": "gpt-4o", "promptTokens": 5, "completionTokens": 7, "cost": 0.123456789012,
             "input": {"messages": asked}, "output": {"role": "assistant", "content": None, "tool_calls": [call]},
             "startTime": "2025-11-23T10:30:00.2Z", "endTime": "2025-11-23T10:30:01Z"},
            {"id": "t", "kind": "tool", "name": "look", "input": {"id": 1}, "output": "```\nshipped", "startTime": "2025-11-23T10:30:01Z",
             "endTime": "2025-11-23T10:30:01.1Z", "metadata": {"deep": [1, {"a": None}]}},
            {"id": "g2", "kind": "generation", "modelName": "gpt-4o", "promptTokens": 9, "completionTokens": 1, "output": answered,
             "input": {"messages": [*asked, {"role": "assistant", "content": None, "tool_calls": [call]},
                                    {"role": "tool", "tool_call_id": "c-1", "content": "```\nshipped"}]},
             "startTime": "2025-11-23T10:30:01.2Z", "endTime": "2025-11-23T10:30:02Z"},
            {"id": "bad", "name": "bad", "error": {"type": "E", "message": "m", "stack": "s"}}]}
    )  # fmt: skip
    said = {
        "title": "A *title*",
        "tags": ["vip"],
        "metadata": {"plan": {"a": 1}},
        "outcome": "solved",
        "bookmarked": True,
    }
    assert caller.patch("/observability/sessions/told", {**said, "ended": "2025-11-24T00:00:00Z"}).status_code == 200
    for score in (
        {"name": "kind", "value": True, "sessionId": "told", "comment": "c"},
        {"name": "depth", "value": 0.25, "traceId": "told"},
        {"name": "tone", "value": "warm", "traceId": "told", "spanId": "g", "source": "judge"},
    ):
        assert caller.post("/observability/scores", orjson.dumps(score)).status_code == 201
    for comment in (
        {"body": "All well?", "author": "ann", "sessionId": "told"},
        {"body": "Yes.\n=1", "traceId": "told"},
        {"body": "Here.", "traceId": "told", "spanId": "t"},
    ):
        assert caller.post("/observability/comments", orjson.dumps(comment)).status_code == 201
    server.fresh()
    return caller


def everything(caller: Caller, session_id: str) -> dict[str, Any]:
    return {
        "session": caller.session(session_id),
        "conversation": caller.session(session_id, "/conversation"),
        "scores": caller.session(session_id, "/scores"),
        "comments": caller.session(session_id, "/comments"),
        "traces": caller.session(session_id, "/traces", ("include", "spans"), ("limit", "200")),
        "file": export(caller, session_id, "json"),
    }


@pytest.mark.parametrize("form", ["json", "jsonl"])
def test_a_session_comes_in_again_with_all_that_is_known_and_said_of_it(form: str, filled: Caller) -> None:
    other = filled.server.caller()

    told = give(other, export(filled, "told", form))

    assert (told["format"], told["accepted"], told["rejected"], told["notKept"]) == ("threadline", 1, [], [])
    assert everything(other, "told") == everything(filled, "told")


def test_a_world_comes_in_again_by_one_bulk_file_compressed_and_a_second_time_changes_nothing(filled: Caller) -> None:
    other = filled.server.caller()
    file = bulk(filled, ("include", "traces"))

    give(other, gzip.compress(file), content_encoding="gzip")
    once = bulk(other, ("include", "traces"))
    give(other, file)

    assert once == file
    assert bulk(other, ("include", "traces")) == file
    assert other.sessions() == filled.sessions()


def test_what_was_said_since_the_export_stands(filled: Caller) -> None:
    other = filled.server.caller()
    file = export(filled, "told", "jsonl")
    give(other, file)
    assert other.patch("/observability/sessions/told", {"title": "Later", "outcome": None}).status_code == 200

    give(other, file)

    shown = other.session("told")
    assert (shown["title"], shown["outcome"], shown["bookmarked"]) == ("Later", None, True)


def test_what_was_taken_back_since_stays_away(filled: Caller) -> None:
    other = filled.server.caller()
    file = export(filled, "told", "json")
    give(other, file)
    comments = [entry["id"] for entry in other.session("told", "/comments")["data"]]
    for comment_id in comments:
        assert other.request("DELETE", f"/observability/comments/{comment_id}").status_code == 204

    give(other, file)

    assert len(comments) == 3
    assert other.session("told", "/comments")["data"] == []


@pytest.fixture
def made(server: Server) -> Caller:
    """A project that makes sessions for users' lone traces, of which one was titled when it had another id."""
    caller = server.caller()
    set_auto(caller, autoSessions=True)
    caller.send(lone(30), lone(40))
    assert caller.patch("/observability/sessions/auto:t30", {"title": "Mine", "tags": ["a"]}).status_code == 200
    comment = {"body": "So so.", "sessionId": "auto:t30"}
    assert caller.post("/observability/comments", orjson.dumps(comment)).status_code == 201
    caller.send(lone(20))
    assert [session["id"] for session in caller.sessions()] == ["auto:t20"]
    return caller


def lone(minute: int) -> dict[str, Any]:
    times = {"startTime": f"2025-11-23T10:{minute}:00Z", "endTime": f"2025-11-23T10:{minute}:01Z"}
    return {"id": f"t{minute}", "name": "turn", "userId": "u", **times}


@pytest.mark.parametrize("is_made_there_too", [False, True])
def test_a_session_that_was_made_for_lone_traces_comes_in_as_it_was_told_of(
    is_made_there_too: bool, made: Caller
) -> None:
    other = made.server.caller()
    set_auto(other, autoSessions=is_made_there_too)

    told = give(other, export(made, "auto:t20", "jsonl"))

    assert told["notKept"] == []
    ours, theirs = other.session("auto:t20"), made.session("auto:t20")
    assert (ours, ours["title"], ours["commentCount"]) == (theirs, "Mine", 1)
    assert other.session("auto:t20", "/conversation") == made.session("auto:t20", "/conversation")


def test_a_session_that_was_made_goes_on_as_one_after_an_import_into_its_own_project(made: Caller) -> None:
    give(made, export(made, "auto:t20", "jsonl"))

    made.send(lone(10))

    assert [(session["id"], session["title"], session["traceCount"]) for session in made.sessions()] == [
        ("auto:t10", "Mine", 4)
    ]


def test_costs_come_in_as_they_were_and_not_as_prices_are_now(filled: Caller) -> None:
    other = filled.server.caller()
    price = {"model": "gpt-4o", "input": "1000", "output": "1000"}
    assert other.post("/observability/prices", orjson.dumps(price)).status_code in (200, 201)

    give(other, export(filled, "told", "json"))

    assert other.session("told")["totalCost"] == filled.session("told")["totalCost"]


def test_an_erased_session_does_not_come_in_again(filled: Caller) -> None:
    other = filled.server.caller()
    file = export(filled, "told", "jsonl")
    give(other, file)
    assert other.request("DELETE", "/observability/sessions/told").status_code in (200, 202)

    told = give(other, file)

    assert other.sessions() == []
    assert {entry["id"] for entry in told["notKept"]} == {"told"}


def test_what_is_wrong_in_a_file_is_told_by_its_place_and_the_rest_is_stored(filled: Caller) -> None:
    other = filled.server.caller()
    head, trace = export(filled, "told", "jsonl").splitlines()
    wrong = orjson.loads(trace) | {"id": "wrong"}
    wrong["spans"][0]["promptTokens"] = -1

    told = give(other, b"\n".join([head, b"{", orjson.dumps(wrong), trace, b'{"spans": 1, "id": "x"}']))

    assert [(one["index"], one["reason"]) for one in told["rejected"]] == [
        (0, "malformed"),
        (1, "malformed"),
        (3, "malformed"),
    ]
    assert told["accepted"] == 1
    counts = other.read("/observability/ingestion")
    assert counts["received"] == counts["stored"] + sum(counts["rejected"].values()) == 4


def test_a_trace_of_langfuse_with_a_moment_that_is_none_is_refused_by_its_name(filled: Caller) -> None:
    trace = {"id": "t", "timestamp": "2025-11-23 10:30:00.000000", "public": False, "completion_start_time": "soon"}

    told = give(filled.server.caller(), orjson.dumps([trace]))

    assert (told["format"], told["accepted"]) == ("langfuse", 0)
    assert [(one["index"], one["reason"]) for one in told["rejected"]] == [(0, "malformed")]
    assert told["rejected"][0]["message"].startswith("completionStartTime is not an ISO 8601 time")


@pytest.mark.parametrize(
    ("body", "word"),
    [(b'{"resourceSpans": []}', "/v1/traces"), (b"[]", "nothing that is known"), (b"a,b\r\n", "not JSON"), (b'{"a": 1}', "nothing")],
)  # fmt: skip
def test_a_file_of_nobodys_is_refused_with_what_to_do(body: bytes, word: str, filled: Caller) -> None:
    answer = filled.post(IMPORT, body)

    assert answer.status_code == 400
    assert word in answer.json()["error"]["message"]


def test_to_import_needs_the_scope_ingest(server: Server) -> None:
    assert server.caller(scopes=["read"]).post(IMPORT, b"{}").status_code == 403


def test_otlp_comes_in_at_its_own_address_with_the_same_numbers(filled: Caller) -> None:
    other = filled.server.caller()
    for session in filled.sessions():
        assert other.post("/v1/traces", export(filled, session["id"], "otlp")).status_code == 200
    filled.server.fresh()

    # (Which of two turns of one moment is the first is decided by their ids, and OTLP takes digests of ids that are not its own.)
    for theirs in filled.sessions():
        assert numbers(other.session(theirs["id"])) == numbers(theirs)


def numbers(session: dict[str, Any]) -> dict[str, Any]:
    named = ("id", "models", "tools", "unpricedModels", "startTime", "endTime")
    counts = {name: value for name, value in session.items() if type(value) in (int, float) and name != "commentCount"}
    return counts | {name: session[name] for name in named} | {"users": sorted(session["userIds"])}


@pytest.mark.parametrize("name", sorted(path.name for path in EXPORTS.glob("*.json*")))
def test_foreign_exports_come_in_as_sessions(name: str, server: Server) -> None:
    caller = server.caller()

    told = give(caller, (EXPORTS / name).read_bytes())
    again = give(caller, (EXPORTS / name).read_bytes())

    (session,) = caller.sessions()
    turns = caller.session(session["id"], "/conversation")["data"]
    texts = [part["text"] for turn in turns for message in turn["messages"] for part in message["content"]]
    assert (told["format"], told["rejected"], again["rejected"]) == (name.split("-", maxsplit=1)[0], [], [])
    assert {key: session[key] for key in ("id", "userId", "traceCount", "promptTokens", "completionTokens", "totalCost")} == {
        "id": "chat-7", "userId": "u-1", "traceCount": 1, "promptTokens": 12, "completionTokens": 5, "totalCost": 0.0021,
    }  # fmt: skip
    assert texts == ["Where is my order?", "It has shipped."]
