"""Where a large body of OTLP may be cut, in either encoding; some exporters write protobuf and call it JSON."""

from __future__ import annotations

from contextlib import suppress
from typing import Final

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from threadline_server.errors import BadRequest
from threadline_server.ingest.decode.json_pieces import json_format
from threadline_server.ingest.decode.pieces import Format, Piece, cut
from threadline_server.ingest.decode.protobuf_pieces import protobuf_format

_FIRST_FIELD: Final = b"\x0a"
"""The tag with which a request in protobuf begins, and a line feed, with which one in JSON may."""
_JSON_TRACES: Final = json_format(("resourceSpans", "resource_spans"), ("scopeSpans", "scope_spans"), ("spans",))
_JSON_LOGS: Final = json_format(
    ("resourceLogs", "resource_logs"), ("scopeLogs", "scope_logs"), ("logRecords", "log_records")
)
_TRACES: Final = protobuf_format(ExportTraceServiceRequest.DESCRIPTOR)
_LOGS: Final = protobuf_format(ExportLogsServiceRequest.DESCRIPTOR)


def cut_traces(body: bytes) -> list[Piece]:
    """The pieces of an ``ExportTraceServiceRequest``."""
    return cut(body, _TRACES)


def cut_json_traces(body: bytes) -> list[Piece]:
    """The same of one that says it is JSON."""
    return _as_it_is(body, _TRACES, _JSON_TRACES)


def cut_logs(body: bytes) -> list[Piece]:
    """The pieces of an ``ExportLogsServiceRequest``."""
    return cut(body, _LOGS)


def cut_json_logs(body: bytes) -> list[Piece]:
    """The same of one that says it is JSON."""
    return _as_it_is(body, _LOGS, _JSON_LOGS)


def _as_it_is(body: bytes, protobuf: Format, json: Format) -> list[Piece]:
    if body.startswith(_FIRST_FIELD):
        with suppress(BadRequest):
            return cut(body, protobuf)
    return cut(body, json)
