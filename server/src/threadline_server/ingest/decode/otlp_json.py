"""OTLP's JSON: an ``ExportTraceServiceRequest`` -> raw spans.

Source: https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding. Ids are hexadecimal, 64-bit integers are texts
or numbers, enumerations are numbers or names, field names are camelCase; snake_case is read too, unknown fields are not.
"""

from __future__ import annotations

import time
from contextlib import suppress
from typing import Any, Final, Literal

from threadline_server.errors import BadRequest
from threadline_server.ingest import reasons
from threadline_server.ingest.decode import Decoded, otlp_protobuf, validity
from threadline_server.ingest.decode.json_body import parse
from threadline_server.model import Attributes, Drop, RawEvent, RawSpan

_MAX_DEPTH: Final = 100
"""Levels of nested attribute values, as in the binary encoding."""
_SPAN_KINDS: Final[dict[object, str]] = {
    key: name
    for number, name in enumerate(("", "internal", "server", "client", "producer", "consumer"))
    for key in (number, f"SPAN_KIND_{name.upper()}")
}
_STATUSES: Final[dict[object, Literal["", "ok", "error"]]] = {
    1: "ok", 2: "error", "STATUS_CODE_OK": "ok", "STATUS_CODE_ERROR": "error",
}  # fmt: skip
_PROTOBUF_START: Final = b"\x0a"


class _Malformed(ValueError):
    """A field has another type than the format says; the message names the field."""


def decode(body: bytes, *, now_ns: int | None = None) -> Decoded:
    """The spans of an ``ExportTraceServiceRequest``; ``now_ns`` bounds their times (default: the clock)."""
    latest_ns = (time.time_ns() if now_ns is None else now_ns) + validity.FUTURE_NS
    if not body:
        return [], [], 0
    try:
        request = parse(body)
    except BadRequest:
        if body.startswith(_PROTOBUF_START):  # some exporters call protobuf JSON
            with suppress(BadRequest):
                return otlp_protobuf.decode(body, now_ns=now_ns)
        raise
    try:
        return _read(request, latest_ns)
    except _Malformed as error:
        raise BadRequest(f"cannot read the body: {error}") from error


def _read(request: Any, latest_ns: int) -> Decoded:
    if not isinstance(request, dict):
        raise _Malformed("it is not a JSON object")
    for other in ("resourceLogs", "resourceMetrics"):
        if other in request and _field(request, "resourceSpans", "resource_spans") is None:
            raise _Malformed(f"it holds {other}, not resourceSpans")
    spans: list[RawSpan] = []
    drops: list[Drop] = []
    for resource_spans in _objects(request, "resourceSpans", "resource_spans"):
        resource = _attributes(_field(resource_spans, "resource", "resource") or {})
        for scope_spans in _objects(resource_spans, "scopeSpans", "scope_spans"):
            scope = _field(scope_spans, "scope", "scope") or {}
            if not isinstance(scope, dict):
                raise _Malformed("scope is not an object")
            names = (_text(scope, "name", "name"), _text(scope, "version", "version"))
            for span in _listed(scope_spans, "spans", "spans"):
                read = _span_or_drop(span, len(spans) + len(drops), resource, names, latest_ns)
                if isinstance(read, Drop):
                    drops.append(read)
                else:
                    spans.append(read)
    return spans, drops, len(spans) + len(drops)


def _span_or_drop(
    span: Any, index: int, resource: Attributes, scope: tuple[str, str], latest_ns: int
) -> RawSpan | Drop:
    try:
        if not isinstance(span, dict):
            raise _Malformed("the span is not an object")
        trace_id = _text(span, "traceId", "trace_id").lower()
        span_id = _text(span, "spanId", "span_id").lower()
        parent_id = _text(span, "parentSpanId", "parent_span_id").lower()
        start_ns = _time(span, "startTimeUnixNano", "start_time_unix_nano")
        end_ns = _time(span, "endTimeUnixNano", "end_time_unix_nano")
        fault = validity.id_fault(index, trace_id, span_id, parent_id)
        fault = fault or validity.time_fault(index, start_ns, end_ns, latest_ns)
        if fault is not None:
            return fault
        attributes = _attributes(span)
        status = span.get("status") or {}
        if not isinstance(status, dict):
            raise _Malformed("status is not an object")
        return RawSpan(
            trace_id,
            span_id,
            "" if parent_id == validity.NO_SPAN else parent_id,
            _text(span, "name", "name"),
            start_ns,
            validity.mended_end(start_ns, end_ns, attributes),
            attributes,
            _STATUSES.get(_scalar(status.get("code")), ""),
            _text(status, "message", "message"),
            tuple(_event(event) for event in _objects(span, "events", "events")),
            tuple(_link(link) for link in _objects(span, "links", "links")),
            resource,
            *scope,
            _SPAN_KINDS.get(_scalar(span.get("kind")), ""),
        )
    except _Malformed as error:
        return Drop(index, reasons.MALFORMED, str(error))


def _event(event: dict[str, Any]) -> RawEvent:
    return RawEvent(_text(event, "name", "name"), _time(event, "timeUnixNano", "time_unix_nano"), _attributes(event))


def _link(link: dict[str, Any]) -> Attributes:
    return {
        "traceId": _text(link, "traceId", "trace_id").lower(),
        "spanId": _text(link, "spanId", "span_id").lower(),
        "attributes": _attributes(link),
    }


def _field(holder: dict[str, Any], camel: str, snake: str) -> Any:
    value = holder.get(camel)
    return holder.get(snake) if value is None else value


def _scalar(value: Any) -> str | int | None:
    return value if isinstance(value, str | int) else None


def _text(holder: dict[str, Any], camel: str, snake: str) -> str:
    value = _field(holder, camel, snake)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise _Malformed(f"{camel} is not a text")
    return value


def _time(holder: dict[str, Any], camel: str, snake: str) -> int:
    value = _field(holder, camel, snake)
    if value is None:
        return 0
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 20:
        return int(value)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if not isinstance(value, int) or isinstance(value, bool):
        raise _Malformed(f"{camel} is not a whole number")
    return value


def _listed(holder: dict[str, Any], camel: str, snake: str) -> list[Any]:
    value = _field(holder, camel, snake)
    if value is None:
        return []
    if not isinstance(value, list):
        raise _Malformed(f"{camel} is not an array")
    return value


def _objects(holder: dict[str, Any], camel: str, snake: str) -> list[dict[str, Any]]:
    items = _listed(holder, camel, snake)
    if not all(isinstance(item, dict) for item in items):
        raise _Malformed(f"{camel} holds something that is not an object")
    return items


def _attributes(holder: Any) -> Attributes:
    """The attributes of an object that carries them; of a name that comes twice the last stands."""
    if not isinstance(holder, dict):
        raise _Malformed("resource is not an object")
    return {
        _text(pair, "key", "key"): _value(pair.get("value"), 0) for pair in _objects(holder, "attributes", "attributes")
    }


def _value(value: Any, depth: int) -> Any:
    """An ``AnyValue``, the usual kinds first."""
    if not isinstance(value, dict):
        if value is None:
            return None
        raise _Malformed("an attribute's value is not an object")
    if "stringValue" in value or "string_value" in value:
        return _text(value, "stringValue", "string_value")
    for (camel, snake), read in _VALUES:
        inner = _field(value, camel, snake)
        if inner is not None:
            return read(inner, depth)
    return None


def _integer(value: Any, _: int) -> Any:
    if isinstance(value, str) and len(value) <= 20 and value.removeprefix("-").isdecimal() and value.isascii():
        return int(value)
    if isinstance(value, int | float):
        return value
    raise _Malformed("an intValue is not a whole number")


def _double(value: Any, _: int) -> Any:
    if isinstance(value, int | float):
        return value
    try:
        return float(value)
    except (TypeError, ValueError) as error:
        raise _Malformed("a doubleValue is not a number") from error


def _array(value: Any, depth: int) -> Any:
    if depth >= _MAX_DEPTH:
        raise _Malformed("an attribute's value is nested too deeply")
    if not isinstance(value, dict):
        raise _Malformed("an arrayValue is not an object")
    return [_value(item, depth + 1) for item in _listed(value, "values", "values")]


def _mapping(value: Any, depth: int) -> Any:
    if depth >= _MAX_DEPTH:
        raise _Malformed("an attribute's value is nested too deeply")
    if not isinstance(value, dict):
        raise _Malformed("a kvlistValue is not an object")
    return {
        _text(pair, "key", "key"): _value(pair.get("value"), depth + 1) for pair in _objects(value, "values", "values")
    }


def _as_it_is(value: Any, _: int) -> Any:
    return value if isinstance(value, bool | str) else None


_VALUES: Final = (
    (("intValue", "int_value"), _integer),
    (("boolValue", "bool_value"), _as_it_is),
    (("doubleValue", "double_value"), _double),
    (("arrayValue", "array_value"), _array),
    (("kvlistValue", "kvlist_value"), _mapping),
    (("bytesValue", "bytes_value"), _as_it_is),
)
