"""``ExportTraceServiceRequest`` bodies for tests, in both encodings."""

from __future__ import annotations

import base64
from typing import Any

import orjson
from google.protobuf.json_format import MessageToDict
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

PROTOBUF = "application/x-protobuf"
JSON = "application/json"
PATH = "/v1/traces"
BASE_NS = 1_763_893_800_000_000_000  # 2025-11-23T10:30:00Z


def span(number: int, *, trace: int = 1, parent: int | None = None, **attributes: Any) -> dict[str, Any]:
    """A good span in plain words: its ids follow from the numbers."""
    return {
        "trace_id": trace.to_bytes(16, "big"),
        "span_id": number.to_bytes(8, "big"),
        "parent_span_id": b"" if parent is None else parent.to_bytes(8, "big"),
        "name": f"span {number}",
        "start_time_unix_nano": BASE_NS + number * 1_000_000_000,
        "end_time_unix_nano": BASE_NS + number * 1_000_000_000 + 500_000_000,
        "attributes": attributes,
    }


def request(*spans: dict[str, Any], **resource: str) -> ExportTraceServiceRequest:
    message = ExportTraceServiceRequest()
    resource_spans = message.resource_spans.add()
    _add_attributes(resource_spans.resource.attributes, resource)
    scope_spans = resource_spans.scope_spans.add()
    for fields in spans:
        given = dict(fields)
        attributes = given.pop("attributes", {})
        _add_attributes(scope_spans.spans.add(**given).attributes, attributes)
    return message


def body(kind: str, *spans: dict[str, Any], **resource: str) -> bytes:
    message = request(*spans, **resource)
    return message.SerializeToString() if kind == PROTOBUF else orjson.dumps(with_hex_ids(MessageToDict(message)))


def _add_attributes(target: Any, attributes: dict[str, Any]) -> None:
    for name, value in attributes.items():
        added = target.add(key=name.replace("__", "."))
        if isinstance(value, bool):
            added.value.bool_value = value
        elif isinstance(value, int):
            added.value.int_value = value
        elif isinstance(value, float):
            added.value.double_value = value
        else:
            added.value.string_value = value


def with_hex_ids(value: Any) -> Any:
    """OTLP's JSON writes ids in hexadecimal, where protobuf's own JSON has base64."""
    if isinstance(value, list):
        return [with_hex_ids(item) for item in value]
    if not isinstance(value, dict):
        return value
    ids = ("traceId", "spanId", "parentSpanId")
    return {key: base64.b64decode(item).hex() if key in ids else with_hex_ids(item) for key, item in value.items()}
