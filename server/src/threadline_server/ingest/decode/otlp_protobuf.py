"""OTLP's binary protobuf: an ``ExportTraceServiceRequest`` -> raw spans.

Source: opentelemetry-proto 1.x, ``collector/trace/v1`` and ``trace/v1``. This is the hot path: one walk over each span, and
what is usual is asked first.
"""

from __future__ import annotations

import base64
import time
from collections.abc import Iterable
from typing import Any, Final, Literal, TypeVar

from google.protobuf.message import DecodeError, Message
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import ScopeSpans, Span

from threadline_server.errors import BadRequest
from threadline_server.ingest.decode import Decoded, validity
from threadline_server.ingest.decode.utf8 import repaired
from threadline_server.model import Attributes, Drop, RawEvent, RawSpan

_Request = TypeVar("_Request", bound=Message)

_SPAN_KINDS: Final = ("", "internal", "server", "client", "producer", "consumer")
_STATUSES: Final[tuple[Literal["", "ok", "error"], ...]] = ("", "ok", "error")


def decode(body: bytes, *, now_ns: int | None = None) -> Decoded:
    """The spans of an ``ExportTraceServiceRequest``; ``now_ns`` bounds their times (default: the clock)."""
    return read(
        parsed(body, ExportTraceServiceRequest()), (time.time_ns() if now_ns is None else now_ns) + validity.FUTURE_NS
    )


def parsed(body: bytes, request: _Request) -> _Request:
    """``request``, an empty message, filled from its binary form. Raises ``BadRequest`` for what is none."""
    try:
        request.ParseFromString(body)
    except DecodeError:
        try:  # a text of another encoding must not cost the batch
            request.ParseFromString(repaired(body, request.DESCRIPTOR))  # type: ignore[arg-type]
        except (DecodeError, ValueError, RecursionError) as error:
            raise BadRequest(f"cannot read the body: it is not a protobuf {request.DESCRIPTOR.name}") from error
    return request


def read(request: ExportTraceServiceRequest, latest_ns: int) -> Decoded:
    """The spans of a parsed request; times after ``latest_ns`` are refused."""
    spans: list[RawSpan] = []
    drops: list[Drop] = []
    for resource_spans in request.resource_spans:
        resource = attributes_of(resource_spans.resource.attributes)
        for scope_spans in resource_spans.scope_spans:
            _read_scope(scope_spans, resource, latest_ns, spans, drops)
    return spans, drops, len(spans) + len(drops)


def _read_scope(
    scope_spans: ScopeSpans, resource: Attributes, latest_ns: int, spans: list[RawSpan], drops: list[Drop]
) -> None:
    scope, version = scope_spans.scope.name, scope_spans.scope.version
    for span in scope_spans.spans:
        trace_id, span_id, parent_id = span.trace_id.hex(), span.span_id.hex(), span.parent_span_id.hex()
        start_ns, end_ns = span.start_time_unix_nano, span.end_time_unix_nano
        attributes = attributes_of(span.attributes)
        if not validity.is_sound(trace_id, span_id, parent_id, start_ns, end_ns, latest_ns):
            index = len(spans) + len(drops)
            fault = validity.id_fault(index, trace_id, span_id, parent_id)
            fault = fault or validity.time_fault(index, start_ns, end_ns, latest_ns)
            if fault is not None:
                drops.append(fault)
                continue
            parent_id = "" if parent_id == validity.NO_SPAN else parent_id
            end_ns = validity.mended_end(start_ns, end_ns, attributes)
        status, code = span.status, span.status.code
        kind = span.kind
        spans.append(
            RawSpan(
                trace_id,
                span_id,
                parent_id,
                span.name,
                start_ns,
                end_ns,
                attributes,
                _STATUSES[code] if 0 <= code < 3 else "",
                status.message,
                _events(span),
                _links(span),
                resource,
                scope,
                version,
                _SPAN_KINDS[kind] if 0 <= kind < 6 else "",
            )
        )


def _events(span: Span) -> tuple[RawEvent, ...]:
    events = span.events
    if not events:
        return ()
    return tuple([RawEvent(event.name, event.time_unix_nano, attributes_of(event.attributes)) for event in events])


def _links(span: Span) -> tuple[Attributes, ...]:
    links = span.links
    if not links:
        return ()
    return tuple(
        [
            {"traceId": link.trace_id.hex(), "spanId": link.span_id.hex(), "attributes": attributes_of(link.attributes)}
            for link in links
        ]
    )


def attributes_of(pairs: Iterable[KeyValue]) -> Attributes:
    """Attributes as a dict; of a name that comes twice the last stands."""
    return {pair.key: (value := pair.value).string_value or value.int_value or value_of(value) for pair in pairs}


def value_of(value: AnyValue) -> Any:
    match value.WhichOneof("value"):
        case "int_value":
            return value.int_value
        case "string_value":
            return value.string_value
        case "double_value":
            return value.double_value
        case "bool_value":
            return value.bool_value
        case "array_value":
            return [value_of(item) for item in value.array_value.values]
        case "kvlist_value":
            return attributes_of(value.kvlist_value.values)
        case "bytes_value":
            return base64.b64encode(value.bytes_value).decode()
        case _:
            return None
