"""OTLP over HTTP: ``POST /v1/traces``, answered in the request's encoding as the OTLP specification says.

Langfuse's and LangSmith's SDKs send the same to addresses of their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import orjson
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse
from starlette.requests import Request
from starlette.responses import Response

from threadline_server.errors import ThreadlineError, UnsupportedMediaType
from threadline_server.ingest import Intake
from threadline_server.ingest.decode import otlp_labelled, otlp_protobuf
from threadline_server.ingest.receive import media_type, read_body
from threadline_server.model import Drop
from threadline_server.serve.auth import authorize
from threadline_server.serve.problems import headers_of, unexpected

TRACES: Final = ("/v1/traces", "/api/public/otel/v1/traces", "/otel/v1/traces", "/api/v1/otel/v1/traces")
PROTOBUF: Final = "application/x-protobuf"
JSON: Final = "application/json"
_DECODERS: Final = {PROTOBUF: otlp_protobuf.decode, JSON: otlp_labelled.decode_json}
_GRPC_CODES: Final = {400: 3, 401: 16, 403: 7, 404: 5, 413: 8, 415: 3, 429: 8, 503: 14}
"""``google.rpc.Code`` of each HTTP status that an export can end with."""


async def export_traces(request: Request) -> Response:
    """Store the spans of an ``ExportTraceServiceRequest``."""
    kind = media_type(request.headers)
    try:
        principal = authorize(request.app.state.identity, request.scope["headers"], scope="ingest")
        if kind not in _DECODERS:
            raise UnsupportedMediaType(f"cannot read content type {kind[:60]!r}", hint=f"Send {PROTOBUF} or {JSON}.")
        body = await read_body(request.stream(), request.headers, request.app.state.settings.max_body_bytes)
        intake: Intake = request.app.state.intake
        outcome = await intake.take(principal.project_id, _DECODERS[kind], body)
    except ThreadlineError as error:
        if error.status not in _GRPC_CODES:
            return unexpected(error, method="POST", path=request.url.path)
        return refusal(error, kind)
    return accepted(outcome.rejected, kind)


def accepted(rejected: Sequence[Drop], kind: str) -> Response:
    """200, with a partial success that counts the rejected spans and tells the first reasons."""
    message = "; ".join(dict.fromkeys(drop.message for drop in rejected[:5]))
    if kind == JSON:
        partial = {"partialSuccess": {"rejectedSpans": str(len(rejected)), "errorMessage": message}} if rejected else {}
        return Response(orjson.dumps(partial), media_type=JSON)
    answer = ExportTraceServiceResponse()
    if rejected:
        answer.partial_success.rejected_spans = len(rejected)
        answer.partial_success.error_message = message
    return Response(answer.SerializeToString(), media_type=PROTOBUF)


def refusal(error: ThreadlineError, kind: str) -> Response:
    """An OTLP ``Status`` in the request's encoding; in JSON where that is not known."""
    code = _GRPC_CODES[error.status]
    message = f"{error.message}. {error.hint}" if error.hint else error.message
    headers = headers_of(error)
    if kind == PROTOBUF:
        return Response(Status(code=code, message=message).SerializeToString(), error.status, headers, PROTOBUF)
    return Response(orjson.dumps({"code": code, "message": message}), error.status, headers, JSON)
