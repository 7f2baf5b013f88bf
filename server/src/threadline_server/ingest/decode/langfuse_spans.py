"""Langfuse's traces and observations, from all that was told of each, -> raw spans in our own words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, Literal

from threadline import semconv
from threadline_server.ingest.decode import token_shapes
from threadline_server.ingest.decode.piecewise import (
    Piece,
    Value,
    exception,
    instant,
    json_attributes,
    merged,
    object_of,
    root_id,
    text_of,
    texts,
)
from threadline_server.ingest.normalise import plumbing
from threadline_server.model import Attributes, RawEvent, RawSpan

_SCOPE: Final = "langfuse"
_EVER: Final = 2**63
_KINDS: Final = {
    "generation": "generation", "event": "event", "agent": "agent", "tool": "tool", "retriever": "retriever",
    "evaluator": "evaluator", "embedding": "embedding", "guardrail": "guardrail",
}  # fmt: skip
_READ: Final = frozenset(
    {"id", "traceId", "parentObservationId", "name", "type", "timestamp", "startTime", "endTime", "start_time", "end_time",
     "completionStartTime", "sessionId", "userId", "input", "output", "metadata", "tags", "release", "environment", "model",
     "modelParameters", "usage", "usageDetails", "costDetails", "statusMessage", "status_message"}
)  # fmt: skip


def trace_span(trace_id: str, pieces: Sequence[Piece]) -> RawSpan | None:
    """The root span of a trace: from the first to the last moment that it tells of itself, the one of its output included."""
    bodies = [piece.value["body"] for piece in pieces]
    fields = merged(bodies)
    moments = [time_ns for body in bodies for key in _TRACE_MOMENTS if (time_ns := instant(body, key, _EVER))]
    answered = [piece.sent_ns for piece in pieces if piece.value["body"].get("output") is not None]
    start_ns = min(moments, default=min(piece.sent_ns for piece in pieces))
    end_ns = max([*moments, *answered], default=0)
    return _span((trace_id, root_id(trace_id), ""), fields, (start_ns, end_ns), "span")


def observation_span(trace_id: str, pieces: Sequence[Piece]) -> RawSpan | None:
    """An observation below its parent, or below the trace's root; without an end it is running, but for an event.

    One that is created without a start starts when that was sent.
    """
    bodies = [piece.value["body"] for piece in pieces]
    fields = merged(bodies)
    kind = _kind(fields, pieces)
    starts = [
        time_ns
        for piece in pieces
        if (time_ns := instant(piece.value["body"], "startTime", _EVER) or (0 if piece.step else piece.sent_ns))
    ]
    ends = [time_ns for body in bodies if (time_ns := instant(body, "endTime", _EVER))]
    start_ns = min(starts, default=min([*ends, *(piece.sent_ns for piece in pieces)]))
    end_ns = max([*starts, *ends], default=0) if ends or kind == "event" else 0
    parent_id = text_of(fields, "parentObservationId") or root_id(trace_id)
    return _span((trace_id, pieces[0].span_id, parent_id), fields, (start_ns, end_ns), kind)


_TRACE_MOMENTS: Final = ("timestamp", "start_time", "end_time", "startTime", "endTime")


def _kind(fields: Value, pieces: Sequence[Piece]) -> str:
    """What its first message calls it; the newest form of the API names a type beside the message's."""
    said = str(pieces[0].value["type"]).partition("-")[0]
    if said == "observation":
        said = text_of(fields, "type").lower()
    return _KINDS.get(said, "span")


def _span(ids: tuple[str, str, str], fields: Value, times: tuple[int, int], kind: str) -> RawSpan:
    start_ns, end_ns = times
    failed = fields.get("level") == "ERROR"
    message = text_of(fields, "statusMessage", "status_message")
    status: Literal["", "error"] = "error" if failed else ""
    events = (RawEvent(semconv.EXCEPTION_EVENT, end_ns or start_ns, exception(message)),) if failed and message else ()
    attributes = _attributes(fields, start_ns) | {semconv.KIND: kind}
    if message and not failed:
        attributes["statusMessage"] = message
    return RawSpan(
        *ids,
        text_of(fields, "name"),
        start_ns,
        end_ns,
        attributes,
        status,
        message if failed else "",
        events,
        scope=_SCOPE,
    )


def _attributes(fields: Value, start_ns: int) -> Attributes:
    attributes: Attributes = {key: held for key, held in fields.items() if key not in _READ}
    attributes |= texts(
        {
            semconv.SESSION_ID: text_of(fields, "sessionId"),
            semconv.USER_ID: text_of(fields, "userId"),
            semconv.RELEASE: text_of(fields, "release"),
            semconv.ENVIRONMENT: text_of(fields, "environment"),
            semconv.REQUEST_MODEL: text_of(fields, "model"),
        }
    )
    said, noted = plumbing.parted(object_of(fields, "metadata"))
    other: Any = fields.get("metadata") if not isinstance(fields.get("metadata"), dict) else noted
    attributes |= json_attributes(
        {
            semconv.INPUT: fields.get("input"),
            semconv.OUTPUT: fields.get("output"),
            semconv.METADATA: said,
            semconv.MODEL_PARAMETERS: object_of(fields, "modelParameters"),
            "langfuse.metadata": other,
        }
    )
    tags = fields.get("tags")
    if isinstance(tags, list) and tags:
        attributes[semconv.TAGS] = [tag for tag in tags if isinstance(tag, str)]
    usage, details = object_of(fields, "usage"), object_of(fields, "usageDetails")
    attributes |= token_shapes.tokens(details, usage)
    dollars = token_shapes.cost(object_of(fields, "costDetails"), usage)
    if dollars is not None:
        attributes[semconv.COST_USD] = dollars
    first_ns = instant(fields, "completionStartTime", _EVER)
    if first_ns >= start_ns:
        attributes[semconv.TIME_TO_FIRST_TOKEN_MS] = (first_ns - start_ns) // 1_000_000
    return attributes
