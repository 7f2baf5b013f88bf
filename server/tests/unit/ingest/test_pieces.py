"""Large bodies are cut into bodies of their kind, which hold the same."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from typing import Any

import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from server.tests.unit.ingest.spans import NOW_NS, put
from threadline_server.errors import BadRequest, ThreadlineError, TooLarge
from threadline_server.ingest.decode import native_json, otlp_json, otlp_labelled, otlp_logs, otlp_pieces, otlp_protobuf
from threadline_server.ingest.decode.json_pieces import MOST_BRACKETS
from threadline_server.ingest.decode.pieces import (
    LAST_BYTES,
    MOST_AROUND,
    MOST_ELEMENTS,
    MOST_PARTS,
    PIECE_BYTES,
    Cutter,
)
from threadline_server.ingest.decode.protobuf_pieces import MOST_OTHERS
from threadline_server.ingest.decode.protobuf_wire import as_varint
from threadline_server.ingest.prepare import Decoder, LogDecoder

ODD = 'a "quoted" ]}, [{ \\ \n "spans": [ text'
TEXT = ODD + "x" * 3_000


def in_pieces(cutter: Cutter, decode: Decoder | LogDecoder, body: bytes) -> tuple[list[Any], list[Any], int]:
    """What the pieces hold, one after the other, as the whole would tell it."""
    spans: list[Any] = []
    drops: list[Any] = []
    received = 0
    for piece in cutter(body):
        found, refused, count = decode(piece.of(body))
        spans += found
        drops += [(received + drop.index, drop.reason) for drop in refused]
        received += count
    return spans, drops, received


def whole(decode: Decoder | LogDecoder, body: bytes) -> tuple[list[Any], list[Any], int]:
    spans, drops, received = decode(body)
    return list(spans), [(drop.index, drop.reason) for drop in drops], received


def wrapped(tag: bytes, content: bytes) -> bytes:
    """A field of protobuf that holds this."""
    return tag + as_varint(len(content)) + content


def sizes(cutter: Cutter, body: bytes) -> list[int]:
    return [len(piece.of(body)) for piece in cutter(body)]


def binary(sizes_of_scopes: list[list[int]]) -> ExportTraceServiceRequest:
    """A request of so many spans in each scope of each resource; every seventh has no id."""
    request, numbers = ExportTraceServiceRequest(), itertools.count(1)
    for resource, scopes in enumerate(sizes_of_scopes):
        resource_spans = request.resource_spans.add(schema_url="https://example.org/schema")
        put(resource_spans.resource.attributes, "service.name", f"service-{resource}")
        for scope, count in enumerate(scopes):
            scope_spans = resource_spans.scope_spans.add()
            scope_spans.scope.name = f"scope-{scope}"
            for number in itertools.islice(numbers, count):
                span = scope_spans.spans.add(
                    trace_id=number.to_bytes(16, "big"),
                    span_id=b"" if number % 7 == 0 else number.to_bytes(8, "big"),
                    name="step",
                    start_time_unix_nano=NOW_NS,
                )
                put(span.attributes, "text", TEXT)
    return request


def spelt(sizes_of_scopes: list[list[int]], keys: tuple[str, str] = ("resourceSpans", "scopeSpans")) -> dict[str, Any]:
    """The same in JSON, with the resource and the scope behind what they are of."""
    numbers = itertools.count(1)
    return {
        keys[0]: [
            {
                keys[1]: [
                    {
                        "spans": [
                            {
                                "traceId": f"{number:032x}", "spanId": "" if number % 7 == 0 else f"{number:016x}", "startTimeUnixNano": str(NOW_NS),
                                "name": "step", "attributes": [{"key": "text", "value": {"stringValue": TEXT}}],
                            }
                            for number in itertools.islice(numbers, count)
                        ],
                        "scope": {"name": f"scope-{scope}"},
                    }
                    for scope, count in enumerate(scopes)
                ],
                "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": f"service-{resource}"}}]},
            }
            for resource, scopes in enumerate(sizes_of_scopes)
        ]
    }  # fmt: skip


def read_protobuf(body: bytes) -> Any:
    return otlp_protobuf.decode(body, now_ns=NOW_NS)


def read_json(body: bytes) -> Any:
    return otlp_json.decode(body, now_ns=NOW_NS)


def read_labelled(body: bytes) -> Any:
    return otlp_labelled.decode_json(body, now_ns=NOW_NS)


def read_native(body: bytes) -> Any:
    return native_json.decode(body, now_ns=NOW_NS)


SHAPES = {
    "one scope": [[900]],
    "many resources": [[1]] * 900,
    "small beside large": [[1, 2], [3, 900, 5], [1], [300]],
    "an empty scope": [[0, 900], [], [0]],
}


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_pieces_of_protobuf_hold_what_the_whole_holds(shape: list[list[int]]) -> None:
    body = binary(shape).SerializeToString()

    assert in_pieces(otlp_pieces.cut_traces, read_protobuf, body) == whole(read_protobuf, body)
    assert len(body) > LAST_BYTES
    assert max(sizes(otlp_pieces.cut_traces, body)) < LAST_BYTES + 500


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
@pytest.mark.parametrize("keys", [("resourceSpans", "scopeSpans"), ("resource_spans", "scope_spans")])
def test_pieces_of_json_hold_what_the_whole_holds(shape: list[list[int]], keys: tuple[str, str]) -> None:
    body = json.dumps(spelt(shape, keys), indent=1).encode()

    assert in_pieces(otlp_pieces.cut_json_traces, read_json, body) == whole(read_json, body)
    assert len(body) > LAST_BYTES
    assert max(sizes(otlp_pieces.cut_json_traces, body)) < LAST_BYTES + 500


def test_protobuf_that_is_called_json_is_cut_as_what_it_is() -> None:
    body = binary([[1_500]]).SerializeToString()

    assert in_pieces(otlp_pieces.cut_json_traces, read_labelled, body) == whole(read_labelled, body)
    assert len(sizes(otlp_pieces.cut_json_traces, body)) > 2


def test_json_may_begin_with_a_line_feed_and_hold_what_is_not_strict() -> None:
    request = spelt([[900]])
    request["resourceSpans"][0]["scopeSpans"][0]["spans"][3]["attributes"] += [
        {"key": "nothing", "value": {"doubleValue": float("nan")}},
        {"key": "half", "value": {"stringValue": "\ud800"}},
    ]
    body = b"\n" + json.dumps(request).encode()
    names = [attributes.get("half") for attributes in (span.attributes for span in read_json(body)[0])]

    cut = in_pieces(otlp_pieces.cut_json_traces, read_json, body)
    assert [span.attributes.get("half") for span in cut[0]] == names
    assert cut[1:] == whole(read_json, body)[1:]
    assert len(sizes(otlp_pieces.cut_json_traces, body)) > 1


def test_log_records_are_cut_alike_in_both_encodings() -> None:
    request = ExportLogsServiceRequest()
    resource_logs = request.resource_logs.add()
    put(resource_logs.resource.attributes, "service.name", "shop")
    scope_logs = resource_logs.scope_logs.add()
    for number in range(1_500):
        record = scope_logs.log_records.add(time_unix_nano=NOW_NS + number, event_name="event")
        record.body.string_value = TEXT
    records = [
        {"timeUnixNano": str(NOW_NS + number), "body": {"stringValue": TEXT}, "eventName": "event"} for number in range(1_500)
    ]  # fmt: skip
    spelt_out = json.dumps({"resourceLogs": [{"scopeLogs": [{"logRecords": records}]}]}).encode()

    for cutter, decode, body in (
        (otlp_pieces.cut_logs, otlp_logs.decode_protobuf, request.SerializeToString()),
        (otlp_pieces.cut_json_logs, otlp_logs.decode_json, spelt_out),
    ):
        assert in_pieces(cutter, decode, body) == whole(decode, body)
        assert len(sizes(cutter, body)) > 2


def test_what_is_no_trace_keeps_its_place_among_traces() -> None:
    traces: list[Any] = [
        {"id": f"t-{number}", "startTime": "2026-11-20T10:00:00Z", "input": TEXT} for number in range(1_500)
    ]
    traces[300:300] = [None, 5, "]}", []]
    traces = [7, *traces, "last"]
    body = json.dumps({"other": [[1], {"traces": []}], "traces": traces, "more": {"a": 1}}).encode()

    found, drops, received = in_pieces(native_json.cut, read_native, body)

    assert [span.trace_id for span in found] == [f"t-{number}" for number in range(1_500)]
    assert [place for place, _ in drops] == [0, 301, 302, 303, 304, 1_505]
    assert received == 1_506
    assert len(sizes(native_json.cut, body)) > 2


@pytest.mark.parametrize(
    "body",
    [
        b'{"id": "t", "startTime": "2026-11-20T10:00:00Z", "input": {"traces": [%s]}}',
        b'{"id": "t", "startTime": "2026-11-20T10:00:00Z", "a\\"traces": [%s]}',
        b'{"traces": [{"id": "u"}], "traces": [%s]}',
    ],
    ids=["a list of that name further in", "a name that ends like it", "the name twice"],
)
def test_a_list_of_another_place_is_not_cut(body: bytes) -> None:
    body %= b",".join([b'{"text": "%s"}' % (b"x" * 1_000)] * 1_000)

    assert sizes(native_json.cut, body) == [len(body)]


@pytest.mark.parametrize("length", [0, 1, 100, PIECE_BYTES])
def test_a_small_body_is_one_piece_whatever_it_is(length: int) -> None:
    body = b"[" * length

    for cutter in (native_json.cut, otlp_pieces.cut_traces, otlp_pieces.cut_json_traces):
        assert [piece.of(body) for piece in cutter(body)] == [body]


CUT_SHORT: dict[str, tuple[Cutter, Callable[[bytes], Any], bytes]] = {
    "protobuf": (otlp_pieces.cut_traces, read_protobuf, binary([[400]]).SerializeToString()),
    "json": (otlp_pieces.cut_json_traces, read_json, json.dumps(spelt([[400]])).encode()),
    "plain": (native_json.cut, read_native, json.dumps({"traces": [{"id": "t", "input": TEXT}] * 400}).encode()),
}


@pytest.mark.parametrize(("cutter", "decode", "body"), CUT_SHORT.values(), ids=CUT_SHORT)
@pytest.mark.parametrize("lost", [1, 2, 1_000])
def test_a_body_that_is_cut_short_is_refused(cutter: Cutter, decode: Decoder, body: bytes, lost: int) -> None:
    with pytest.raises(BadRequest):
        in_pieces(cutter, decode, body[:-lost])


def test_an_element_of_very_many_parts_is_refused() -> None:
    many = [{"id": "t", "observations": [{"id": "o"}] * (MOST_PARTS + 1)}]
    with pytest.raises(TooLarge, match="holds more than"):
        native_json.cut(json.dumps({"traces": many}).encode())
    with pytest.raises(TooLarge, match="holds more than"):
        native_json.cut(json.dumps(many[0]).encode())

    request = binary([[1]])
    for number in range(MOST_PARTS // 2 + 1):  # a pair and its value
        put(request.resource_spans[0].scope_spans[0].spans[0].attributes, f"k{number}", "v" * 20)
    with pytest.raises(TooLarge, match="holds more than"):
        otlp_pieces.cut_traces(request.SerializeToString())


LARGE = 19 * 1024 * 1024
SPAN_OF_NUMBERS = wrapped(b"\x12", wrapped(b"\x12", b"\x30\x00" * (LARGE // 2)))


@pytest.mark.parametrize(
    ("cutter", "body", "refusal", "says"),
    [
        (otlp_pieces.cut_traces, bytes(LARGE), BadRequest, "not a protobuf message"),
        (otlp_pieces.cut_traces, b"\x18\x00" * (LARGE // 2), TooLarge, f"more than {MOST_OTHERS} fields beside"),
        (otlp_pieces.cut_logs, b"\x0a\x00" * (LARGE // 2), TooLarge, f"more than {MOST_ELEMENTS} elements"),
        (otlp_pieces.cut_traces, wrapped(b"\x0a", SPAN_OF_NUMBERS), TooLarge, f"more than {MOST_PARTS} objects"),
        (otlp_pieces.cut_json_traces, b'{"resourceSpans":[' + b"{}," * (LARGE // 3) + b"{}]}", TooLarge, "elements"),
        (
            native_json.cut,
            b'{"traces":[' + b"[]," * (LARGE // 3) + b"[]]}",
            TooLarge,
            f"more than {MOST_ELEMENTS} elements",
        ),
        (
            native_json.cut,
            b'{"traces":[{"a":[' + b"[]," * (LARGE // 3) + b"[]]}]}",
            TooLarge,
            f"{MOST_BRACKETS // 2} objects",
        ),
        (native_json.cut, b'{"a":[' + b"[]," * (LARGE // 3) + b"[]]}", TooLarge, f"{MOST_BRACKETS // 2} objects"),
    ],
    ids=["zeros", "fields", "empty resources", "numbers", "empty objects", "empty lists", "lists of a trace", "lists"],
)
def test_a_body_made_of_nothing_is_not_walked_to_its_end(
    cutter: Cutter, body: bytes, refusal: type[ThreadlineError], says: str
) -> None:
    """Twenty kilobytes by gzip, and half a minute of a decoding process where each byte were looked at."""
    with pytest.raises(refusal, match=says):
        cutter(body)


def test_brackets_within_a_text_are_no_parts() -> None:
    body = json.dumps({"traces": [{"id": "t", "input": '[{"' * MOST_PARTS}]}).encode()

    assert sizes(native_json.cut, body) == [len(body)]


def test_what_each_piece_would_repeat_is_bounded() -> None:
    request = binary([[400]])
    put(request.resource_spans[0].resource.attributes, "large", "x" * MOST_AROUND)
    spelt_out = {"extra": "x" * MOST_AROUND, "traces": [{"id": "t", "input": TEXT}] * 400}

    with pytest.raises(TooLarge, match="repeat"):
        otlp_pieces.cut_traces(request.SerializeToString())
    with pytest.raises(TooLarge, match="repeat"):
        native_json.cut(json.dumps(spelt_out).encode())


def test_a_long_list_of_numbers_is_refused() -> None:
    with pytest.raises(BadRequest, match="not objects"):
        native_json.cut(b'{"traces": [' + b"1," * PIECE_BYTES + b"1]}")
