"""The OpenAI Agents SDK's own exporter: ``{"data": [{"object": "trace"}, {"object": "trace.span"}, ...]}`` -> parts -> raw spans.

Source: https://openai.github.io/openai-agents-python/tracing. A trace names its conversation (``group_id``) but no time; each
request therefore also tells the root when the spans that it holds began and ended. Neither models nor texts are in it.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any, Final, Literal

from threadline import semconv
from threadline_server.errors import BadRequest
from threadline_server.ingest import json_text, reasons
from threadline_server.ingest.decode import token_shapes, validity
from threadline_server.ingest.decode.json_body import parse
from threadline_server.ingest.decode.native_fields import Refused, identifier
from threadline_server.ingest.decode.piecewise import (
    Piece,
    Told,
    Value,
    checked_session,
    exception,
    instant,
    json_attributes,
    merged,
    object_of,
    part_of,
    root_id,
    text_of,
    texts,
)
from threadline_server.model import Attributes, Drop, RawEvent, RawSpan, SpanPart

TRACE: Final = "openai.trace"
SPAN: Final = "openai.span"

_SCOPE: Final = "openai-agents"
_EVER: Final = 2**63
_KINDS: Final = {
    "response": "generation", "generation": "generation", "function": "tool", "agent": "agent", "guardrail": "guardrail",
}  # fmt: skip
_READ_DATA: Final = frozenset({"name", "input", "output", "usage", "model", "model_config", "response_id"})


def decode(body: bytes, *, now_ns: int | None = None) -> Told:
    """The traces and spans of a request; ``now_ns`` is the arrival."""
    latest_ns = (time.time_ns() if now_ns is None else now_ns) + validity.FUTURE_NS
    held = parse(body)
    if not isinstance(held, dict) or not isinstance(held.get("data"), list):
        raise BadRequest('cannot read the body: it is not {"data": [...]}')
    parts: list[tuple[int, SpanPart]] = []
    drops: list[Drop] = []
    ids: list[str] = []
    seen: dict[str, tuple[int, list[int]]] = {}
    for index, item in enumerate(held["data"]):
        ids.append(text_of(item, "id") if isinstance(item, dict) else "")
        try:
            part, moments = _part(item, latest_ns)
        except Refused as refusal:
            drops.append(Drop(index, refusal.reason, str(refusal)))
            continue
        parts.append((index, part))
        if moments:
            seen.setdefault(part.trace_id, (index, []))[1].extend(moments)
    for trace_id, (index, moments) in seen.items():
        span = {"from": min(moments), "until": max(moments)}
        parts.append((index, part_of(TRACE, trace_id, trace_id, {"seen": span}, step=1, sent_ns=0)))
    return Told(parts, drops, ids)


def _part(item: Any, latest_ns: int) -> tuple[SpanPart, list[int]]:
    """The part that an item is, and the moments that it tells."""
    if not isinstance(item, dict):
        raise Refused(reasons.MALFORMED, "the item is not an object")
    if item.get("object") == "trace":
        trace_id = identifier(item, "id", reasons.TRACE_ID)
        if not trace_id:
            raise Refused(reasons.TRACE_ID, "id is missing")
        checked_session(text_of(item, "group_id"))
        return part_of(TRACE, trace_id, trace_id, {"trace": item}, step=0, sent_ns=0), []
    if item.get("object") != "trace.span":
        raise Refused(reasons.MALFORMED, "object is neither trace nor trace.span")
    span_id, trace_id = identifier(item, "id", reasons.SPAN_ID), identifier(item, "trace_id", reasons.TRACE_ID)
    identifier(item, "parent_id", reasons.PARENT_ID)
    if not span_id:
        raise Refused(reasons.SPAN_ID, "id is missing")
    if not trace_id:
        raise Refused(reasons.TRACE_ID, "trace_id is missing")
    start_ns, end_ns = instant(item, "started_at", latest_ns), instant(item, "ended_at", latest_ns)
    if not start_ns:
        raise Refused(reasons.TIME_MISSING, "started_at is missing")
    part = part_of(SPAN, span_id, trace_id, {"span": item}, step=0, sent_ns=end_ns)
    return part, [start_ns, end_ns] if end_ns else [start_ns]


def trace_span(trace_id: str, pieces: Sequence[Piece]) -> RawSpan | None:
    """The trace's root: from the first to the last moment of its spans. None while it has none."""
    seen = [piece.value["seen"] for piece in pieces if "seen" in piece.value]
    fields = merged(piece.value["trace"] for piece in pieces if "trace" in piece.value)
    if not seen:
        return None
    metadata = object_of(fields, "metadata")
    attributes = texts(
        {
            semconv.KIND: "span",
            semconv.SESSION_ID: text_of(fields, "group_id"),
            semconv.USER_ID: text_of(metadata, "user_id", "userId"),
        }
    ) | json_attributes({semconv.METADATA: metadata})
    start_ns, end_ns = min(span["from"] for span in seen), max(span["until"] for span in seen)
    name = text_of(fields, "workflow_name")
    return RawSpan(trace_id, root_id(trace_id), "", name, start_ns, end_ns, attributes, scope=_SCOPE)


def step_span(trace_id: str, pieces: Sequence[Piece]) -> RawSpan | None:
    """A span of the SDK below its parent, or below the trace's root."""
    items = [piece.value["span"] for piece in pieces]
    fields = merged(items)
    data = object_of(fields, "span_data")
    starts = [time_ns for item in items if (time_ns := instant(item, "started_at", _EVER))]
    ends = [time_ns for item in items if (time_ns := instant(item, "ended_at", _EVER))]
    start_ns, end_ns = min(starts), max([*starts, *ends]) if ends else 0
    error = object_of(fields, "error")
    status: Literal["", "error"] = "error" if error else ""
    message = ": ".join(filter(None, (text_of(error, "message"), text_of(object_of(error, "data"), "error"))))
    return RawSpan(
        trace_id,
        pieces[0].span_id,
        text_of(fields, "parent_id") or root_id(trace_id),
        text_of(data, "name", "type"),
        start_ns,
        end_ns,
        _attributes(data),
        status,
        message,
        (RawEvent(semconv.EXCEPTION_EVENT, end_ns or start_ns, exception(message)),) if message else (),
        scope=_SCOPE,
    )


def _attributes(data: Value) -> Attributes:
    """Steps that repeat what the model calls below them used say so in ``data``: it stays an attribute."""
    attributes: Attributes = {
        f"span_data.{key}": held for key, held in data.items() if key not in _READ_DATA and held not in (None, {}, [])
    }
    attributes |= texts(
        {
            semconv.KIND: _KINDS.get(text_of(data, "type"), "span"),
            semconv.REQUEST_MODEL: text_of(data, "model"),
            "gen_ai.response.id": text_of(data, "response_id"),
        }
    )
    attributes |= json_attributes(
        {
            semconv.INPUT: _opened(data.get("input")),
            semconv.OUTPUT: data.get("output"),
            semconv.MODEL_PARAMETERS: object_of(data, "model_config"),
        }
    )
    return attributes | token_shapes.tokens(object_of(data, "usage"), {})


def _opened(value: Any) -> Any:
    """A tool's arguments, which come as JSON text."""
    found, parsed = json_text.load(value) if isinstance(value, str) and value[:1] == "{" else (False, None)
    return parsed if found else value
