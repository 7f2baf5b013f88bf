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
from threadline_server.ingest.decode.otlp_json_fields import (
    Malformed,
    attributes_of,
    check_signal,
    field,
    listed,
    objects,
    scalar,
    text,
    time_ns,
)
from threadline_server.model import Attributes, Drop, RawEvent, RawSpan

_SPAN_KINDS: Final[dict[object, str]] = {
    key: name
    for number, name in enumerate(("", "internal", "server", "client", "producer", "consumer"))
    for key in (number, f"SPAN_KIND_{name.upper()}")
}
_STATUSES: Final[dict[object, Literal["", "ok", "error"]]] = {
    1: "ok", 2: "error", "STATUS_CODE_OK": "ok", "STATUS_CODE_ERROR": "error",
}  # fmt: skip
_PROTOBUF_START: Final = b"\x0a"


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
    except Malformed as error:
        raise BadRequest(f"cannot read the body: {error}") from error


def _read(request: Any, latest_ns: int) -> Decoded:
    check_signal(request, "resourceSpans", "resource_spans")
    spans: list[RawSpan] = []
    drops: list[Drop] = []
    for resource_spans in objects(request, "resourceSpans", "resource_spans"):
        resource = attributes_of(field(resource_spans, "resource", "resource") or {})
        for scope_spans in objects(resource_spans, "scopeSpans", "scope_spans"):
            scope = field(scope_spans, "scope", "scope") or {}
            if not isinstance(scope, dict):
                raise Malformed("scope is not an object")
            names = (text(scope, "name", "name"), text(scope, "version", "version"))
            for span in listed(scope_spans, "spans", "spans"):
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
            raise Malformed("the span is not an object")
        trace_id = text(span, "traceId", "trace_id").lower()
        span_id = text(span, "spanId", "span_id").lower()
        parent_id = text(span, "parentSpanId", "parent_span_id").lower()
        start_ns = time_ns(span, "startTimeUnixNano", "start_time_unix_nano")
        end_ns = time_ns(span, "endTimeUnixNano", "end_time_unix_nano")
        fault = validity.id_fault(index, trace_id, span_id, parent_id)
        fault = fault or validity.time_fault(index, start_ns, end_ns, latest_ns)
        if fault is not None:
            return fault
        attributes = attributes_of(span)
        status = span.get("status") or {}
        if not isinstance(status, dict):
            raise Malformed("status is not an object")
        return RawSpan(
            trace_id,
            span_id,
            "" if parent_id == validity.NO_SPAN else parent_id,
            text(span, "name", "name"),
            start_ns,
            validity.mended_end(start_ns, end_ns, attributes),
            attributes,
            _STATUSES.get(scalar(status.get("code")), ""),
            text(status, "message", "message"),
            tuple(_event(event) for event in objects(span, "events", "events")),
            tuple(_link(link) for link in objects(span, "links", "links")),
            resource,
            *scope,
            _SPAN_KINDS.get(scalar(span.get("kind")), ""),
        )
    except Malformed as error:
        return Drop(index, reasons.MALFORMED, str(error))


def _event(event: dict[str, Any]) -> RawEvent:
    return RawEvent(text(event, "name", "name"), time_ns(event, "timeUnixNano", "time_unix_nano"), attributes_of(event))


def _link(link: dict[str, Any]) -> Attributes:
    return {
        "traceId": text(link, "traceId", "trace_id").lower(),
        "spanId": text(link, "spanId", "span_id").lower(),
        "attributes": attributes_of(link),
    }
