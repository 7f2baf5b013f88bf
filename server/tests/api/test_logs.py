"""What log records do to the sessions, traces and spans that the API shows."""

from __future__ import annotations

import orjson
import pytest

from . import otlp, recordings
from .running import Caller
from .test_recorded_logs import of_session
from .test_recorded_logs import send as send_recorded

LOGS = "/v1/logs"
USER = {"event_name": "gen_ai.user.message", "body": {"content": "Hi"}}
CHOICE = {"event_name": "gen_ai.choice", "body": {"message": {"content": "Hello"}}}


def send(caller: Caller, *logs: dict, spans: tuple[dict, ...] = ()) -> None:
    if spans:
        assert caller.post(otlp.PATH, otlp.body(otlp.PROTOBUF, *spans), otlp.PROTOBUF).status_code == 200
    assert caller.post(LOGS, otlp.logs_body(otlp.PROTOBUF, *logs), otlp.PROTOBUF).content == b""
    caller.server.fresh()


def root(**attributes):
    return otlp.span(1, **attributes)


def call(**attributes):
    return otlp.span(2, parent=1, gen_ai__operation__name="chat", gen_ai__request__model="gpt-4o", **attributes)


def test_a_log_record_puts_its_whole_trace_into_its_session_and_names_its_user(caller: Caller) -> None:
    send(caller, otlp.log(3, trace=1, span=2, session__id="by log", user__id="ada"), spans=(root(), call()))

    (session,) = caller.sessions()
    assert (session["id"], session["userId"]) == ("by log", "ada")
    assert (session["traceCount"], session["spanCount"]) == (1, 2)


def test_a_span_that_names_the_session_wins_over_a_log_record_that_came_first(caller: Caller) -> None:
    send(caller, otlp.log(0, trace=1, session__id="by log"), spans=(root(), call(session__id="by span")))

    assert [session["id"] for session in caller.sessions()] == ["by span"]


def test_a_generation_shows_the_words_of_its_records_where_it_has_none(caller: Caller) -> None:
    records = (otlp.log(2, trace=1, span=2) | USER, otlp.log(3, trace=1, span=2) | CHOICE)
    own = orjson.dumps([{"role": "user", "parts": [{"type": "text", "content": "Own words"}]}]).decode()
    send(caller, *records, spans=(root(session__id="s"), call(gen_ai__input__messages=own)))

    (trace,) = caller.session("s", "/traces", ("include", "spans"))["data"]
    generation = next(span for span in trace["spans"] if span["kind"] == "generation")
    (turn,) = caller.session("s", "/conversation")["data"]
    assert generation["input"] == orjson.loads(own)
    assert generation["output"] == [{"role": "assistant", "content": [{"type": "text", "text": "Hello"}]}]
    assert [(m["role"], m["content"][0]["text"], m["spanId"]) for m in turn["messages"]] == [
        ("user", "Own words", generation["id"]),
        ("assistant", "Hello", generation["id"]),
    ]


def test_a_trace_shows_its_records_beside_its_spans(caller: Caller) -> None:
    plain = otlp.log(3, trace=1, span=2, path="/") | {"body": "disk is full", "severity_number": 13}
    send(caller, plain, spans=(root(session__id="s"), call()))

    trace_id = root()["trace_id"].hex()
    trace = caller.read(f"/observability/traces/{trace_id}")
    (log,) = trace["logs"]
    assert {key: value for key, value in log.items() if key != "id"} == {
        "spanId": call()["span_id"].hex(),
        "time": "2025-11-23T10:30:03.000Z",
        "name": "",
        "severity": "WARN",
        "body": "disk is full",
        "attributes": {"path": "/"},
    }
    assert (trace["spanCount"], len(trace["spans"])) == (2, 2)
    exported = caller.session("s", "/export")["traces"][0]
    assert [(len(exported["spans"]), [each["id"] for each in exported["logs"]])] == [(2, [log["id"]])]


def test_a_trace_of_which_only_records_came_is_listed_once_a_span_has_come(caller: Caller) -> None:
    send(caller, otlp.log(3, trace=1, span=2))
    before = caller.stored_spans(), list(caller.pages("/observability/traces"))

    send(caller, spans=(root(), call()))

    (trace,) = caller.pages("/observability/traces")
    assert before == (0, [])
    assert (trace["spanCount"], trace["name"]) == (2, "span 1")


def test_a_trace_is_told_alike_with_its_spans_and_without_and_they_come_in_time_order(caller: Caller) -> None:
    """Its texts are read from the rows of its spans where those are asked for: its root's, else its earliest span's, never a record's."""
    at_once = {"start_time_unix_nano": otlp.BASE_NS, "end_time_unix_nano": otlp.BASE_NS + 1}
    spans = (
        otlp.span(3, parent=2, **{"session.id": "s", "input.value": "late"}),
        otlp.span(1, parent=2, **{"session.id": "s", "input.value": "below", "output.value": "deep"}) | at_once,
        otlp.span(2, **{"session.id": "s", "input.value": "asked", "output.value": "answered"}) | at_once,
        otlp.span(5, trace=2, parent=9, **{"session.id": "s", "input.value": "later"}),
        otlp.span(4, trace=2, parent=9, **{"session.id": "s", "input.value": "first"}),
    )
    assert caller.post(otlp.PATH, otlp.body(otlp.PROTOBUF, *spans), otlp.PROTOBUF).status_code == 200
    words = '[{"role":"user","parts":[{"type":"text","content":"said"}]}]'
    send(caller, otlp.log(4, trace=2, span=4, **{"gen_ai.input.messages": words}))
    send(caller, otlp.log(6, trace=3, **{"session.id": "s", "event.name": "gen_ai.user.message"}))

    plain = caller.session("s", "/traces")["data"]
    told = caller.session("s", "/traces", ("include", "spans"))["data"]

    assert [{key: value for key, value in trace.items() if key not in ("spans", "logs")} for trace in told] == plain
    assert [(trace["input"], trace["output"], [int(span["id"], 16) for span in trace["spans"]]) for trace in told] == [
        ("asked", "answered", [2, 1, 3]),
        ("first", None, [4, 5]),
        (None, None, []),
    ]


def test_plain_log_records_are_accepted_counted_and_not_stored(caller: Caller) -> None:
    send(caller, otlp.log(1) | {"body": "listening"}, otlp.log(2, session__id="s"))

    assert caller.read("/observability/ingestion") == {
        "received": 1, "stored": 1, "rejected": {}, "ignored": {"log_record_apart": 1},
    }  # fmt: skip


@pytest.mark.parametrize("kind", [otlp.PROTOBUF, otlp.JSON])
def test_refused_records_are_told_in_a_partial_success(kind: str, caller: Caller) -> None:
    bad = otlp.log(2, trace=1) | {"time_unix_nano": 0}
    answer = caller.post(LOGS, otlp.logs_body(kind, otlp.log(1, trace=1), bad), kind)

    message = "the time is missing, and so is the time of its observation"
    if kind == otlp.JSON:
        assert answer.json() == {"partialSuccess": {"rejectedLogRecords": "1", "errorMessage": message}}
    else:
        partial = otlp.logs_answer(answer.content).partial_success
        assert (partial.rejected_log_records, partial.error_message) == (1, message)
    assert caller.read("/observability/ingestion")["rejected"] == {"time_missing": 1}


def test_a_coding_agent_that_sends_log_records_alone_has_its_sessions(caller: Caller) -> None:
    send_recorded(caller, recordings.requests("codex-cli"))

    sessions = {session["id"]: session for session in caller.sessions()}
    first = sessions["01a20758-0b52-71e2-a882-4a5c9e6dc1cf"]
    told = of_session(caller, first)
    assert len(sessions) == 2
    assert (first["promptTokens"], first["completionTokens"], first["cachedTokens"]) == (181, 21, 128)
    assert (told["firstInput"], told["spanCount"]) == ("Hello, my name is Ada.", 2)
    assert [turn["user"] for turn in told["turns"]] == [["Hello, my name is Ada.", "What is the weather in Paris?"]]
    assert [turn["calls"] for turn in told["turns"]] == [[("gpt-5-mini", 21, 9), ("gpt-5-mini", 160, 12)]]
