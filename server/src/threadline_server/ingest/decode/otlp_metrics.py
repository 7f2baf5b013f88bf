"""OTLP's metrics, in both encodings, as far as they are read: how many data points an ``ExportMetricsServiceRequest`` holds."""

from __future__ import annotations

from typing import Any, Final

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest

from threadline_server.errors import BadRequest
from threadline_server.ingest.decode import otlp_json_fields, otlp_protobuf
from threadline_server.ingest.decode.json_body import parse
from threadline_server.ingest.decode.otlp_json_fields import Malformed, field, objects

_KINDS: Final = ("gauge", "sum", "histogram", "exponential_histogram", "summary")


def count_protobuf(body: bytes) -> int:
    """The data points of a binary request. Raises ``BadRequest``."""
    return count(otlp_protobuf.parsed(body, ExportMetricsServiceRequest()))


def count(request: ExportMetricsServiceRequest) -> int:
    return sum(
        len(getattr(metric, kind).data_points)
        for resource_metrics in request.resource_metrics
        for scope_metrics in resource_metrics.scope_metrics
        for metric in scope_metrics.metrics
        if (kind := metric.WhichOneof("data")) is not None
    )


def count_json(body: bytes) -> int:
    """The data points of a JSON request. Raises ``BadRequest``."""
    if not body:
        return 0
    request = parse(body)
    try:
        otlp_json_fields.check_signal(request, "resourceMetrics", "resource_metrics")
        return sum(
            _points(metric)
            for resource_metrics in objects(request, "resourceMetrics", "resource_metrics")
            for scope_metrics in objects(resource_metrics, "scopeMetrics", "scope_metrics")
            for metric in objects(scope_metrics, "metrics", "metrics")
        )
    except Malformed as error:
        raise BadRequest(f"cannot read the body: {error}") from error


def _points(metric: dict[str, Any]) -> int:
    for kind in _KINDS:
        first, *more = kind.split("_")
        data = field(metric, first + "".join(map(str.title, more)), kind)
        if data is not None:
            if not isinstance(data, dict):
                raise Malformed(f"{kind} is not an object")
            return len(objects(data, "dataPoints", "data_points"))
    return 0
