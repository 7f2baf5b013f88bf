"""FAULTS.md rows B3, B5, B6, B8 and B10: spans that are well-formed and mean harm, through a whole server."""

from __future__ import annotations

import json
import math
from typing import Any

import orjson
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from . import otlp
from .running import Caller

DEPTH = 5_000
WIDTH = 5_000
NAMES = [
    "__proto__",
    "constructor",
    "__class__",
    "toString",
    "",
    " ",
    "a.b",
    "x" * 64_000,
    "'; DROP TABLE spans; --",
    "{x:String}",
]
AWKWARD = [
    "NaN",
    "Infinity",
    "-Infinity",
    "-1",
    "1e308",
    str(2**63),
    str(2**64),
    '"12"',
    '"a"',
    "true",
    "null",
    "[]",
    "0.5",
]
DAY_S = 86_400


def send(caller: Caller, *spans: dict[str, Any]) -> ExportTraceServiceResponse:
    answer = caller.post(otlp.PATH, otlp.body(otlp.PROTOBUF, *spans), otlp.PROTOBUF)
    assert answer.status_code == 200, answer.content
    caller.server.fresh()
    return ExportTraceServiceResponse.FromString(answer.content)


def read_everywhere(caller: Caller, session_id: str) -> None:
    """Every page of it can be asked for."""
    for below in ("", "/traces", "/conversation", "/metrics", "/export"):
        caller.session(session_id, below)


@pytest.mark.parametrize(
    ("parents", "count"),
    [
        (lambda number: number - 1 if number > 1 else None, DEPTH),
        (lambda number: 1 if number > 1 else None, WIDTH),
        (lambda number: number % 5 + 1, 5),
        (lambda number: number, 3),
        (lambda number: number + 1_000_000, 3),
    ],
    ids=["deep", "wide", "circle", "own parents", "orphans"],
)
def test_b3_a_deep_a_wide_and_a_circular_trace_are_stored_and_shown(parents: Any, count: int, caller: Caller) -> None:
    spans = [otlp.span(number, parent=parents(number), session__id="s") for number in range(1, count + 1)]
    for span in spans:
        span["attributes"] = {"session.id": "s"}
    for start in range(0, count, 1_000):
        assert send(caller, *spans[start : start + 1_000]).partial_success.rejected_spans == 0

    assert (caller.session("s")["traceCount"], caller.session("s")["spanCount"]) == (1, count)
    read_everywhere(caller, "s")


def test_b5_names_are_data_however_many_and_however_they_are_spelled(caller: Caller) -> None:
    many = {f"key.{number}": number for number in range(10_000)}
    bombs = {f"gen_ai.prompt.{number}.content": "x" for number in (0, 999_999_999, 10**18)}
    span = otlp.span(1)
    span["attributes"] = {"session.id": "s", **many, **bombs, **dict.fromkeys(NAMES, "told")}
    metadata = {name: {name: "told"} for name in NAMES}
    trace = {"id": "m", "name": "turn", "sessionId": "s", "metadata": metadata, "startTime": "2025-11-23T10:30:00Z", "endTime": "2025-11-23T10:30:01Z"}  # fmt: skip

    assert send(caller, span).partial_success.rejected_spans == 0
    assert caller.send(trace)["rejected"] == []

    exported = caller.session("s", "/export")
    told = orjson.dumps(exported)
    assert caller.session("s")["spanCount"] == 2
    for name in (*NAMES, "key.9999"):
        assert orjson.dumps(name)[1:-1] in told
    read_everywhere(caller, "s")


@pytest.mark.parametrize("field", ["promptTokens", "completionTokens", "totalTokens", "cost"])
def test_b6_a_number_that_is_none_costs_itself_and_no_total(field: str, caller: Caller) -> None:
    for place, number in enumerate(AWKWARD):
        head = json.dumps(
            {
                "id": f"t-{place}",
                "name": "turn",
                "sessionId": "s",
                "modelName": "gpt-4o",
                "startTime": "2025-11-23T10:30:00Z",
            }
        )
        answer = caller.post("/observability/traces", f'{head[:-1]}, "{field}": {number}}}'.encode())
        assert answer.status_code in {200, 400}, (number, answer.text)
    caller.server.fresh()

    whole = caller.session("s")
    totals = caller.read("/observability/analytics/sessions")["totals"]
    assert whole["traceCount"] >= 1
    assert all(math.isfinite(value) for value in (whole["totalTokens"], whole["totalCost"] or 0, totals["totalTokens"]))
    assert whole["totalTokens"] >= 0
    read_everywhere(caller, "s")


def test_b8_a_batch_of_all_days_is_stored_in_one_go(caller: Caller) -> None:
    """Spans of hundreds of days at once are a part for each day, which is more than the engine takes in one insert by itself."""
    spans = []
    for day in range(400):
        span = otlp.span(day + 1, trace=day + 1)
        span["start_time_unix_nano"] -= day * DAY_S * 10**9
        span["end_time_unix_nano"] -= day * DAY_S * 10**9
        span["attributes"] = {"session.id": "s"}
        spans.append(span)

    assert send(caller, *spans).partial_success.rejected_spans == 0
    assert caller.session("s")["spanCount"] == 400


def test_b10_very_many_empty_spans_are_refused_one_by_one_and_counted(caller: Caller) -> None:
    """A million in two megabytes: ``scope_spans { spans {} spans {} ... }``."""
    count = 1_000_000
    spans = b"\x12\x00" * count
    scope = b"\x12" + varint(len(spans)) + spans

    answer = caller.post(otlp.PATH, b"\x0a" + varint(len(scope)) + scope, otlp.PROTOBUF)

    assert answer.status_code in {200, 400, 413}
    if answer.status_code == 200:
        assert ExportTraceServiceResponse.FromString(answer.content).partial_success.rejected_spans == count
    assert len(answer.content) < 10_000


def varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])
