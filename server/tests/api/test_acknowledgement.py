"""Law 6: a good answer is sent after the spans are stored. Law 7: received = stored + rejected, and each rejection is told."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

import orjson
import pyarrow as pa
import pytest
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from threadline_server.errors import Unavailable

from . import otlp
from .running import Caller

NATIVE = "/observability/traces"
TRACE = {
    "id": "t",
    "name": "turn",
    "sessionId": "s",
    "startTime": "2025-11-23T10:30:00Z",
    "endTime": "2025-11-23T10:30:01Z",
}
WAYS = {
    "OTLP protobuf": (otlp.PATH, otlp.PROTOBUF, otlp.body(otlp.PROTOBUF, otlp.span(1, session__id="s"))),
    "OTLP JSON": (otlp.PATH, otlp.JSON, otlp.body(otlp.JSON, otlp.span(1, session__id="s"))),
    "plain JSON": (NATIVE, otlp.JSON, orjson.dumps(TRACE)),
}


class Watched:
    """The store's real ``insert``, watched; and refusing while it is told to."""

    def __init__(self, caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
        self._insert = caller.server.database.insert
        self.returned = threading.Event()
        self.refusing = 0
        monkeypatch.setattr(caller.server.database, "insert", self)

    def __call__(self, table: str, batches: Sequence[pa.RecordBatch]) -> None:
        if table != "spans":
            self._insert(table, batches)
            return
        if self.refusing:
            self.refusing -= 1
            raise Unavailable("cannot use the store now")
        self._insert(table, batches)
        self.returned.set()


@pytest.fixture
def watched(caller: Caller, monkeypatch: pytest.MonkeyPatch) -> Watched:
    return Watched(caller, monkeypatch)


@pytest.mark.parametrize("way", WAYS)
def test_the_answer_begins_after_the_insert_has_returned(
    way: str, caller: Caller, watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, kind, body = WAYS[way]
    stored_when_answered: list[bool] = []
    real: ASGIApp = caller.server.web.app

    async def watching(scope: Scope, receive: Receive, send: Send) -> None:
        async def watching_send(message: Message) -> None:
            if message["type"] == "http.response.start":
                stored_when_answered.append(watched.returned.is_set())
            await send(message)

        await real(scope, receive, watching_send)

    monkeypatch.setattr(caller.server.web._transport, "app", watching)

    assert caller.post(path, body, kind).status_code == 200
    assert stored_when_answered == [True]


@pytest.mark.parametrize("way", WAYS)
def test_a_store_that_refuses_is_503_with_retry_after_and_the_next_request_works_by_itself(
    way: str, caller: Caller, watched: Watched
) -> None:
    path, kind, body = WAYS[way]
    watched.refusing = 1

    refused = caller.post(path, body, kind)
    caller.server.fresh()
    stored_before, counted_before = caller.stored_spans(), caller.read("/observability/ingestion")
    taken = caller.post(path, body, kind)
    caller.server.fresh()

    assert (refused.status_code, refused.headers["retry-after"]) == (503, "2")
    assert (stored_before, counted_before) == (0, {"received": 0, "stored": 0, "rejected": {}, "ignored": {}})
    assert taken.status_code == 200
    assert caller.stored_spans() == 1


@pytest.mark.parametrize("kind", [otlp.PROTOBUF, otlp.JSON])
def test_a_refusing_store_is_told_as_otlp_says(kind: str, caller: Caller, watched: Watched) -> None:
    watched.refusing = 1

    answer = caller.post(otlp.PATH, otlp.body(kind, otlp.span(1)), kind)

    assert answer.headers["content-type"] == kind
    assert status_of(answer.content, kind) == (14, "cannot use the store now")


@pytest.mark.parametrize("kind", [otlp.PROTOBUF, otlp.JSON])
def test_a_bad_span_among_good_ones_is_reported_and_counted_and_the_good_ones_are_stored(
    kind: str, caller: Caller
) -> None:
    spans = [otlp.span(number) for number in range(1, 501)]
    spans[100]["trace_id"] = b""
    spans[200]["span_id"] = bytes(8)
    spans[300]["start_time_unix_nano"] = 0
    spans[400]["attributes"] = {"session.id": "x" * 513}

    answer = caller.post(otlp.PATH, otlp.body(kind, *spans), kind)
    caller.server.fresh()

    rejected, message = partial_success(answer.content, kind)
    assert (answer.status_code, answer.headers["content-type"]) == (200, kind)
    assert rejected == 4
    assert message == (
        "the trace id is missing; the span id is all zeros; the start time is missing; the session id is longer than 512 characters"
    )
    assert caller.stored_spans() == 496
    assert caller.read("/observability/ingestion") == {
        "received": 500,
        "stored": 496,
        "rejected": {"invalid_trace_id": 1, "invalid_span_id": 1, "time_missing": 1, "invalid_session_id": 1},
        "ignored": {},
    }


@pytest.mark.parametrize("kind", [otlp.PROTOBUF, otlp.JSON])
def test_a_request_whose_spans_are_all_good_is_answered_with_an_empty_message(kind: str, caller: Caller) -> None:
    answer = caller.post(otlp.PATH, otlp.body(kind, otlp.span(1)), kind)

    assert (answer.status_code, answer.content) == (200, b"" if kind == otlp.PROTOBUF else b"{}")


def test_plain_json_tells_which_traces_were_refused_and_why(caller: Caller) -> None:
    answer = caller.send(
        TRACE,
        {**TRACE, "id": ""},
        {**TRACE, "id": "u", "startTime": "yesterday"},
        {**TRACE, "id": "v", "observations": [{"id": "o", "sessionId": "y" * 513}]},
        {**TRACE, "id": "w", "observations": [{"id": "o"}, {"id": "p"}]},
    )

    assert answer["accepted"] == 2
    assert [(entry["index"], entry["reason"]) for entry in answer["rejected"]] == [
        (1, "invalid_trace_id"), (2, "malformed"), (3, "invalid_session_id"),
    ]  # fmt: skip
    assert [trace["id"] for trace in caller.pages("/observability/traces")] == ["w", "t"]
    assert caller.read("/observability/ingestion") == {
        "received": 5,
        "stored": 2,
        "rejected": {"invalid_trace_id": 1, "malformed": 1, "invalid_session_id": 1},
        "ignored": {},
    }


@pytest.mark.parametrize("field", ["session.id", "gen_ai.conversation.id"])
def test_a_trace_is_refused_whole_whatever_name_its_too_long_session_id_has(field: str, caller: Caller) -> None:
    observations = [{"id": f"o-{number}", field: "z" * 513} for number in range(3)]
    own = {**TRACE, "id": "v", "observations": observations}

    answer = caller.send(TRACE, own, {**TRACE, "id": "w"})

    assert answer["accepted"] == 2
    assert [(entry["index"], entry["reason"]) for entry in answer["rejected"]] == [(1, "invalid_session_id")]
    assert sorted(trace["id"] for trace in caller.pages("/observability/traces")) == ["t", "w"]
    assert caller.read("/observability/ingestion") == {
        "received": 3,
        "stored": 2,
        "rejected": {"invalid_session_id": 1},
        "ignored": {},
    }


def test_ingestion_is_counted_per_project(caller: Caller) -> None:
    caller.send(TRACE)
    other = caller.server.caller()

    assert caller.read("/observability/ingestion")["received"] == 1
    assert other.read("/observability/ingestion") == {"received": 0, "stored": 0, "rejected": {}, "ignored": {}}


def status_of(content: bytes, kind: str) -> tuple[int, str]:
    if kind == otlp.JSON:
        told: dict[str, Any] = orjson.loads(content)
        return told["code"], told["message"]
    status = Status.FromString(content)
    return status.code, status.message


def partial_success(content: bytes, kind: str) -> tuple[int, str]:
    if kind == otlp.JSON:
        told: dict[str, Any] = orjson.loads(content)["partialSuccess"]
        return int(told["rejectedSpans"]), told["errorMessage"]
    partial = ExportTraceServiceResponse.FromString(content).partial_success
    return partial.rejected_spans, partial.error_message
