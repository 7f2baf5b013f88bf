"""OTLP over HTTP: ``POST /v1/traces``, ``/v1/logs`` and ``/v1/metrics``, answered in the request's encoding as OTLP says.

Langfuse's and LangSmith's SDKs send traces to addresses of their own.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final, TypeAlias

import orjson
from google.protobuf.json_format import MessageToDict
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceResponse
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceResponse
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse
from starlette.requests import Request
from starlette.responses import Response

from threadline_server.errors import ThreadlineError, UnsupportedMediaType
from threadline_server.ingest.decode import (
    otlp_drops,
    otlp_labelled,
    otlp_logs,
    otlp_metrics,
    otlp_pieces,
    otlp_protobuf,
)
from threadline_server.ingest.intake import Intake
from threadline_server.ingest.receive import media_type, read_body
from threadline_server.model import Drop
from threadline_server.serve.auth import principal_in
from threadline_server.serve.gate import refusing_with
from threadline_server.serve.problems import headers_of, unexpected

TRACES: Final = ("/v1/traces", "/api/public/otel/v1/traces", "/otel/v1/traces", "/api/v1/otel/v1/traces")
PROTOBUF: Final = "application/x-protobuf"
JSON: Final = "application/json"
GRPC_CODES: Final = {400: 3, 401: 16, 403: 7, 404: 5, 413: 8, 415: 3, 429: 8, 503: 14}
"""``google.rpc.Code`` of each HTTP status that an export can end with."""

Exported: TypeAlias = ExportTraceServiceResponse | ExportLogsServiceResponse | ExportMetricsServiceResponse
Taking: TypeAlias = Callable[[Intake, int, str, bytes], Awaitable[Exported]]
"""Stores what the body, in the encoding of this content type, holds for a project."""

_OF_TRACES: Final = (
    (otlp_protobuf.decode, otlp_pieces.cut_traces),
    (otlp_labelled.decode_json, otlp_pieces.cut_json_traces),
)
_OF_LOGS: Final = (
    (otlp_logs.decode_protobuf, otlp_pieces.cut_logs),
    (otlp_logs.decode_json, otlp_pieces.cut_json_logs),
)
"""What reads a body and what cuts a large one, for protobuf and for JSON."""


async def take_traces(intake: Intake, project_id: int, kind: str, body: bytes) -> ExportTraceServiceResponse:
    decode, cutter = _OF_TRACES[kind == JSON]
    outcome = await intake.take(project_id, decode, body, cutter=cutter)
    return ExportTraceServiceResponse(**_partial_success("rejected_spans", outcome.rejected))


async def take_logs(intake: Intake, project_id: int, kind: str, body: bytes) -> ExportLogsServiceResponse:
    decode, cutter = _OF_LOGS[kind == JSON]
    outcome = await intake.take_logs(project_id, decode, body, cutter=cutter)
    return ExportLogsServiceResponse(**_partial_success("rejected_log_records", outcome.rejected))


async def take_metrics(intake: Intake, project_id: int, kind: str, body: bytes) -> ExportMetricsServiceResponse:
    """Counts the data points; only what our own clients report as dropped is stored."""
    is_json = kind == JSON
    count = otlp_metrics.count_json if is_json else otlp_metrics.count_protobuf
    read_drops = otlp_drops.read_json if is_json else otlp_drops.read_protobuf
    await intake.take_metrics(project_id, count, read_drops, body)
    return ExportMetricsServiceResponse()


SIGNALS: Final[dict[str, Taking]] = {
    **dict.fromkeys(TRACES, take_traces),
    "/v1/logs": take_logs,
    "/v1/metrics": take_metrics,
}
"""What takes a body in, by the path that it is sent to."""


async def export(request: Request) -> Response:
    """Store what an export request of one of the three signals holds."""
    kind = media_type(request.headers)
    path = request.scope["path"]
    try:
        project_id = principal_in(request).project_id
        intake: Intake = request.app.state.intake
        with intake.noting_refusals(project_id):
            if kind not in {PROTOBUF, JSON}:
                raise UnsupportedMediaType(
                    f"cannot read content type {kind[:60]!r}", hint=f"Send {PROTOBUF} or {JSON}."
                )
            body = await read_body(request.stream(), request.headers, request.app.state.settings.max_body_bytes)
            answer = await SIGNALS[path](intake, project_id, kind, body)
    except ThreadlineError as error:
        if error.status not in GRPC_CODES:
            return unexpected(error, method="POST", path=path)
        return refusal(error, kind)
    if kind == JSON:
        return Response(orjson.dumps(MessageToDict(answer)), media_type=JSON)
    return Response(answer.SerializeToString(), media_type=PROTOBUF)


def _partial_success(counted_as: str, rejected: Sequence[Drop]) -> dict[str, Any]:
    """The one field of an answer, where something was rejected."""
    if not rejected:
        return {}
    return {"partial_success": {counted_as: len(rejected), "error_message": reasons_of(rejected)}}


def reasons_of(rejected: Sequence[Drop]) -> str:
    """The first reasons, for the sender."""
    return "; ".join(dict.fromkeys(drop.message for drop in rejected[:5]))


def told(error: ThreadlineError) -> str:
    """What an error says in one text."""
    return f"{error.message}. {error.hint}" if error.hint else error.message


def refusal(error: ThreadlineError, kind: str) -> Response:
    """An OTLP ``Status`` in the request's encoding; in JSON where that is not known."""
    code = GRPC_CODES[error.status]
    headers = headers_of(error)
    if kind == PROTOBUF:
        return Response(Status(code=code, message=told(error)).SerializeToString(), error.status, headers, PROTOBUF)
    return Response(orjson.dumps({"code": code, "message": told(error)}), error.status, headers, JSON)


refusing_with(export, lambda request, error: refusal(error, media_type(request.headers)))
