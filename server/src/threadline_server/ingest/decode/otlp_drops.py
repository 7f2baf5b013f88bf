"""What a client says it dropped: data points of one metric that Threadline's SDK sends (``semconv.DROPPED_SPANS``)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import msgspec
from google.protobuf.json_format import MessageToDict
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest

from threadline import semconv
from threadline_server.ingest.decode import otlp_protobuf
from threadline_server.ingest.decode.json_body import parse
from threadline_server.ingest.decode.otlp_json_fields import Malformed, objects, time_ns

_NAME: Final = semconv.DROPPED_SPANS.encode()
_MAX_TEXT: Final = 64
_MAX_SPANS: Final = 1 << 53


class ClientDrop(msgspec.Struct, frozen=True):
    """So many spans were dropped for one reason. The same report and reason again is the same drop."""

    report_id: str
    reason: str
    at_ns: int
    spans: int
    service: str


def read_protobuf(body: bytes) -> list[ClientDrop]:
    """The drops in a binary request. Raises ``BadRequest``."""
    if _NAME not in body:
        return []
    return _read(MessageToDict(otlp_protobuf.parsed(body, ExportMetricsServiceRequest())))


def read_json(body: bytes) -> list[ClientDrop]:
    """The drops in a JSON request. Raises ``BadRequest``."""
    return _read(parse(body)) if _NAME in body else []


def _read(request: Any) -> list[ClientDrop]:
    """What is malformed is left out: it is counted with the other metrics."""
    try:
        return [
            drop
            for of_resource in objects(request, "resourceMetrics", "resource_metrics")
            for of_scope in objects(of_resource, "scopeMetrics", "scope_metrics")
            for metric in objects(of_scope, "metrics", "metrics")
            if metric.get("name") == semconv.DROPPED_SPANS
            for drop in _drops(metric, _texts(of_resource.get("resource") or {}).get(semconv.SERVICE_NAME, ""))
        ]
    except (Malformed, AttributeError):
        return []


def _drops(metric: dict[str, Any], service: str) -> Iterator[ClientDrop]:
    for point in objects(metric.get("sum") or {}, "dataPoints", "data_points"):
        said = _texts(point)
        report_id, reason = said.get(semconv.DROP_REPORT_ID, ""), said.get(semconv.DROP_REASON, "")
        spans = time_ns(point, "asInt", "as_int")
        if 0 < len(report_id) <= _MAX_TEXT and 0 < len(reason) <= _MAX_TEXT and 0 < spans < _MAX_SPANS:
            yield ClientDrop(report_id, reason, time_ns(point, "timeUnixNano", "time_unix_nano"), spans, service)


def _texts(holder: dict[str, Any]) -> dict[str, str]:
    return {
        str(attribute.get("key")): text
        for attribute in objects(holder, "attributes", "attributes")
        if isinstance(text := (attribute.get("value") or {}).get("stringValue"), str)
    }
