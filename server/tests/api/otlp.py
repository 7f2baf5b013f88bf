"""Bodies of export requests for tests, in both encodings."""

from __future__ import annotations

import base64
from typing import Any

import orjson
from google.protobuf.json_format import MessageToDict
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest, ExportLogsServiceResponse
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
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


def log(number: int, *, trace: int | None = None, span: int | None = None, **attributes: Any) -> dict[str, Any]:
    """A good log record in plain words, of no trace unless one is named."""
    return {
        "trace_id": b"" if trace is None else trace.to_bytes(16, "big"),
        "span_id": b"" if span is None else span.to_bytes(8, "big"),
        "time_unix_nano": BASE_NS + number * 1_000_000_000,
        "attributes": attributes,
    }


def logs_body(kind: str, *logs: dict[str, Any], **resource: str) -> bytes:
    message = ExportLogsServiceRequest()
    resource_logs = message.resource_logs.add()
    _add_attributes(resource_logs.resource.attributes, resource)
    scope_logs = resource_logs.scope_logs.add()
    for fields in logs:
        given = dict(fields)
        attributes = given.pop("attributes", {})
        body = given.pop("body", None)
        record = scope_logs.log_records.add(**given)
        _add_attributes(record.attributes, attributes)
        if body is not None:
            _set(record.body, body)
    return message.SerializeToString() if kind == PROTOBUF else orjson.dumps(with_hex_ids(MessageToDict(message)))


def logs_answer(content: bytes) -> ExportLogsServiceResponse:
    return ExportLogsServiceResponse.FromString(content)


def metrics_body(kind: str) -> bytes:
    """One data point."""
    message = ExportMetricsServiceRequest()
    metric = message.resource_metrics.add().scope_metrics.add().metrics.add(name="tokens")
    metric.sum.data_points.add(as_int=7)
    return message.SerializeToString() if kind == PROTOBUF else orjson.dumps(MessageToDict(message))


def _add_attributes(target: Any, attributes: dict[str, Any]) -> None:
    for name, value in attributes.items():
        _set(target.add(key=name.replace("__", ".")).value, value)


def _set(target: Any, value: Any) -> None:
    if isinstance(value, bool):
        target.bool_value = value
    elif isinstance(value, int):
        target.int_value = value
    elif isinstance(value, float):
        target.double_value = value
    elif isinstance(value, dict):
        for name, inner in value.items():
            _set(target.kvlist_value.values.add(key=name).value, inner)
    elif isinstance(value, list):
        for inner in value:
            _set(target.array_value.values.add(), inner)
    elif value is not None:
        target.string_value = value


def with_hex_ids(value: Any) -> Any:
    """OTLP's JSON writes ids in hexadecimal, where protobuf's own JSON has base64."""
    if isinstance(value, list):
        return [with_hex_ids(item) for item in value]
    if not isinstance(value, dict):
        return value
    ids = ("traceId", "spanId", "parentSpanId")
    return {key: base64.b64decode(item).hex() if key in ids else with_hex_ids(item) for key, item in value.items()}
