"""What the first request would otherwise wait for: imports, the price list, and tables that are made at first use."""

from __future__ import annotations

from typing import Final

from google.protobuf.json_format import ParseDict
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from threadline_server.ingest.decode import otlp_protobuf
from threadline_server.ingest.prepare import NO_TERMS, prepare_spans

_TEXT: Final = '[{"role": "user", "content": "Hello!"}]'
_ATTRIBUTES: Final = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "openai",
    "gen_ai.request.model": "gpt-4o",
    "gen_ai.input.messages": _TEXT,
    "gen_ai.output.messages": _TEXT,
    "session.id": "warm-up",
    "user.id": "warm-up",
}


def warm_up() -> None:
    """Take one small export through decoding, normalising, pricing and columns; nothing is stored."""
    prepare_spans(0, NO_TERMS, "span", otlp_protobuf.decode, small_export())


def small_export() -> bytes:
    """One call of a model as an ``ExportTraceServiceRequest``."""
    attributes = [{"key": name, "value": {"stringValue": value}} for name, value in _ATTRIBUTES.items()]
    attributes += [{"key": f"gen_ai.usage.{kind}_tokens", "value": {"intValue": "1"}} for kind in ("input", "output")]
    span = {
        "traceId": "AAAAAAAAAAAAAAAAAAAAAQ==", "spanId": "AAAAAAAAAAE=", "name": "warm-up", "attributes": attributes,
        "startTimeUnixNano": "1700000000000000000", "endTimeUnixNano": "1700000001000000000",
    }  # fmt: skip
    export = ParseDict({"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}, ExportTraceServiceRequest())
    body: bytes = export.SerializeToString()
    return body
