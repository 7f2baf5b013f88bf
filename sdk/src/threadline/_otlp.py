"""Spans and scores as OTLP/JSON: https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping

from threadline import semconv
from threadline._drops import DropReport
from threadline._records import AttributeValue, ErrorRecord, EventRecord, ScoreRecord, SpanRecord
from threadline._version import __version__

_INTERNAL, _CLIENT = 1, 3
_ERROR_STATUS = 2
_DELTA = 1
_CALLS_OF_ANOTHER_SERVICE = {"generation", "embedding"}


def _make_dump() -> Callable[[object], str]:
    """Returns what turns values into JSON.

    ``JSONEncoder.encode`` makes a new encoder for each call, which costs as much as encoding a span; so the encoder in C
    that it would make is made once, where there is one.
    """
    encoder = json.JSONEncoder(ensure_ascii=False, allow_nan=False, check_circular=False, separators=(",", ":"))
    make = getattr(json.encoder, "c_make_encoder", None)
    if make is None:
        return encoder.encode
    encode = make(None, encoder.default, json.encoder.encode_basestring, None, ":", ",", False, False, False)
    return lambda value: "".join(encode(value, 0))


_dump = _make_dump()


def encode_span(record: SpanRecord) -> bytes:
    """Returns one span's JSON."""
    kind = record.attributes.get(semconv.KIND)
    span: dict[str, object] = {
        "traceId": record.trace_id,
        "spanId": record.span_id,
        "name": record.name,
        "kind": _CLIENT if kind in _CALLS_OF_ANOTHER_SERVICE else _INTERNAL,
        "startTimeUnixNano": str(record.start_ns),
        "endTimeUnixNano": str(record.end_ns),
        "attributes": _attributes(record.attributes),
    }
    if record.parent_id is not None:
        span["parentSpanId"] = record.parent_id
    if record.events:
        span["events"] = [_event(event) for event in record.events]
    if record.error is not None:
        span["events"] = [_exception_event(record.error), *(_event(event) for event in record.events)]
        span["status"] = {"code": _ERROR_STATUS, "message": record.error.message}
    return _dump(span).encode()


def encode_score(record: ScoreRecord) -> bytes:
    """Returns the JSON of a score of what was recorded before: a log record, which needs no span to sit in."""
    told: dict[str, object] = {
        "timeUnixNano": str(record.at_ns),
        "eventName": semconv.SCORE_EVENT,
        "attributes": _attributes(record.attributes),
    }
    if record.trace_id is not None:
        told["traceId"] = record.trace_id
    if record.span_id is not None:
        told["spanId"] = record.span_id
    return _dump(told).encode()


def encode_resource(attributes: Mapping[str, AttributeValue]) -> bytes:
    """Returns the JSON of the program that the spans come from."""
    return _dump({"attributes": _attributes(attributes)}).encode()


def join_request(resource: bytes, spans: Iterable[bytes]) -> bytes:
    """Returns a request's body, made of parts that are JSON already."""
    scope = _dump({"name": semconv.SDK_NAME, "version": __version__}).encode()
    return b'{"resourceSpans":[{"resource":%b,"scopeSpans":[{"scope":%b,"spans":[%b]}]}]}' % (
        resource,
        scope,
        b",".join(spans),
    )


def join_scores(resource: bytes, scores: Iterable[bytes]) -> bytes:
    """Does with scores what ``join_request`` does with spans."""
    scope = _dump({"name": semconv.SDK_NAME, "version": __version__}).encode()
    return b'{"resourceLogs":[{"resource":%b,"scopeLogs":[{"scope":%b,"logRecords":[%b]}]}]}' % (
        resource,
        scope,
        b",".join(scores),
    )


def encode_drop_report(resource: bytes, report: DropReport) -> bytes:
    """Returns the body of a request that reports dropped spans: a metric, so that any OTLP server can read it."""
    at = str(report.at_ns)
    points = [
        {
            "attributes": _attributes({semconv.DROP_REASON: reason, semconv.DROP_REPORT_ID: report.id}),
            "startTimeUnixNano": at,
            "timeUnixNano": at,
            "asInt": str(spans),
        }
        for reason, spans in sorted(report.spans.items())
    ]
    counter = {"aggregationTemporality": _DELTA, "isMonotonic": True, "dataPoints": points}
    metric = _dump({"name": semconv.DROPPED_SPANS, "unit": "{span}", "sum": counter}).encode()
    scope = _dump({"name": semconv.SDK_NAME, "version": __version__}).encode()
    return b'{"resourceMetrics":[{"resource":%b,"scopeMetrics":[{"scope":%b,"metrics":[%b]}]}]}' % (
        resource,
        scope,
        metric,
    )


def rejected(answer: bytes) -> tuple[int, str]:
    """Reads from an answer how many spans or scores the server did not take, and its reason."""
    try:
        partial = json.loads(answer)["partialSuccess"]
        count = partial.get("rejectedSpans") or partial.get("rejectedLogRecords") or 0
        return int(count), str(partial.get("errorMessage") or "")
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError, OverflowError):
        return 0, ""


def _attributes(attributes: Mapping[str, AttributeValue]) -> list[object]:
    return [{"key": key, "value": _value(value)} for key, value in attributes.items()]


def _value(value: AttributeValue) -> dict[str, object]:
    match value:
        case str():
            return {"stringValue": value}
        case bool():
            return {"boolValue": value}
        case int():
            return {"intValue": str(value)}
        case float():
            return {"doubleValue": value}
        case _:
            return {"arrayValue": {"values": [{"stringValue": item} for item in value]}}


def _event(event: EventRecord) -> dict[str, object]:
    return {"timeUnixNano": str(event.at_ns), "name": event.name, "attributes": _attributes(event.attributes)}


def _exception_event(error: ErrorRecord) -> dict[str, object]:
    attributes: dict[str, AttributeValue] = {
        semconv.EXCEPTION_TYPE: error.type,
        semconv.EXCEPTION_MESSAGE: error.message,
    }
    if error.stack:
        attributes[semconv.EXCEPTION_STACK] = error.stack
    return _event(EventRecord(semconv.EXCEPTION_EVENT, error.at_ns, attributes))
