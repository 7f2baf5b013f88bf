"""OTLP that says it is JSON: some exporters write protobuf under that label, which no JSON can be mistaken for."""

from __future__ import annotations

from typing import Final

from threadline_server.errors import BadRequest
from threadline_server.ingest.decode import Decoded, otlp_json, otlp_protobuf

_FIRST_FIELD: Final = b"\x0a"
"""The tag of ``resource_spans``. It is a line feed too, with which a JSON text may begin: hence JSON first."""


def decode_json(body: bytes, *, now_ns: int | None = None) -> Decoded:
    """The spans of an ``ExportTraceServiceRequest`` in JSON, or in protobuf where it is no JSON."""
    try:
        return otlp_json.decode(body, now_ns=now_ns)
    except BadRequest as not_json:
        if not body.startswith(_FIRST_FIELD):
            raise
        try:
            return otlp_protobuf.decode(body, now_ns=now_ns)
        except BadRequest:
            raise not_json from None
