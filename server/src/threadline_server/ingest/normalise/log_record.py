"""A log record in any vocabulary -> a row beside the spans of its trace, or nothing where it says nothing of a conversation.

What is kept: records of a trace, of a session, and those that tell of a model call. A record of a trace becomes a row of kind
``log`` under its span: it says who and what was said, while tokens, errors and counts are the spans' own to tell. A record
without a trace stands in a trace made for it: coding agents' (``agents``) in one for each prompt, a whole model call in one
of its own, any other in one for its session. Ids follow from the content, so that the same record again changes nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any, Final

import msgspec
import orjson

from threadline_server.ingest import json_text
from threadline_server.ingest.normalise import agents, evaluation, normalise
from threadline_server.ingest.normalise.genai import opened
from threadline_server.model import LOG, Attributes, Drop, RawEvent, RawLog, RawSpan, Span

_CALL: Final = "gen_ai.client.inference.operation.details"
_MESSAGES: Final = frozenset(
    {"gen_ai.system.message", "gen_ai.user.message", "gen_ai.assistant.message", "gen_ai.tool.message", "gen_ai.choice"}
)
_ASKS: Final = "gen_ai.user.message"


def normalise_log(raw: RawLog) -> Span | Drop | None:
    """The row in our words; why it cannot be kept; None for a record that is of no conversation."""
    event = _event_name(raw)
    telling = agents.read(raw, event)
    if telling is agents.NOTHING:
        return None
    if telling is not None and telling.is_apart:
        raw = msgspec.structs.replace(raw, trace_id="", span_id="")
    found = agents.normalise(raw, telling) if telling is not None else normalise(_as_span(raw, event))
    if isinstance(found, Drop):
        return found
    record_id = _digest(8, raw.trace_id, raw.span_id, raw.time_ns, event, raw.body, raw.attributes)
    found = msgspec.structs.replace(found, span_id=record_id, parent_id=raw.span_id, events=_body(raw, event, found))
    if event == evaluation.EVENT:
        return _judged(raw, found)
    if raw.trace_id:
        return _beside_spans(found, raw.trace_id, event)
    if telling is not None:
        place = (found.session_id, telling.turn)
        return msgspec.structs.replace(found, trace_id=_digest(16, "turn", *place)) if any(place) else None
    if event == _CALL:
        return msgspec.structs.replace(found, trace_id=_digest(16, "call", record_id), kind="generation")
    return _beside_spans(found, _digest(16, "session", found.session_id), event) if found.session_id else None


def _judged(raw: RawLog, found: Span) -> Span | None:
    """The row of a score. One that names a session only stands in a trace of no session, for it is no turn of it."""
    scores = evaluation.score_of_record(raw.trace_id, raw.span_id, found.session_id, raw.attributes, raw.time_ns)
    if not scores:
        return None
    if not raw.trace_id:
        trace_id = _digest(16, "scores", found.session_id)
        found = msgspec.structs.replace(found, session_id="", user_id="")
        return msgspec.structs.replace(_beside_spans(found, trace_id, evaluation.EVENT), scores=scores)
    return msgspec.structs.replace(_beside_spans(found, raw.trace_id, evaluation.EVENT), scores=scores)


def in_order(rows: Iterable[Span]) -> list[Span]:
    """The rows of a request, those of one span and moment a nanosecond apart: their order is that in which they were sent.

    (Clocks of a millisecond give all messages of a call the same time.) Of versions of a row the later wins, so that a part of
    a request that comes again alone moves nothing.
    """
    places: dict[tuple[str, str, int], dict[str, int]] = {}
    placed = []
    for row in rows:
        if row.kind == LOG:
            moment = places.setdefault((row.trace_id, row.parent_id, row.end_ns), {})
            at = moment.setdefault(row.span_id, len(moment))
            row = msgspec.structs.replace(row, start_ns=row.start_ns + at, end_ns=row.end_ns + at)  # noqa: PLW2901
        placed.append(row)
    return placed


def _event_name(raw: RawLog) -> str:
    """Libraries before ``LogRecord.event_name`` use the attribute; some that have both fill the field with something else."""
    named = raw.attributes.get("event.name")
    return named if isinstance(named, str) and named else raw.name


def _as_span(raw: RawLog, event: str) -> RawSpan:
    """The record as the span dialects read it: a message is a span event to them, a call a span with attributes."""
    said = _said(raw, event)
    return RawSpan(
        raw.trace_id,
        "",
        raw.span_id,
        event,
        raw.time_ns,
        raw.time_ns,
        raw.attributes,
        events=(RawEvent(event, raw.time_ns, said),) if said else (),
        resource=raw.resource,
        scope=raw.scope,
        scope_version=raw.scope_version,
    )


def _said(raw: RawLog, event: str) -> Attributes:
    """The fields of a message: the body is an object or its JSON, else it is the text itself."""
    if event != _CALL and event not in _MESSAGES:
        return {}
    body = opened(raw.body if raw.body not in (None, "", {}) else raw.attributes.get("gen_ai.event.content"))
    if isinstance(body, dict):
        return body
    if event == _CALL or not body:
        return {}
    return {"message": {"content": body}} if event == "gen_ai.choice" else {"content": body}


def _beside_spans(found: Span, trace_id: str, event: str) -> Span:
    return msgspec.structs.replace(
        found,
        trace_id=trace_id,
        kind=LOG,
        start_ns=found.end_ns,
        status="",
        error=None,
        usage=None,
        cost_usd=None,
        time_to_first_token_ms=None,
        input_text=found.input_text if event not in _MESSAGES or event == _ASKS else "",
    )


def _body(raw: RawLog, event: str, found: Span) -> bytes:
    """What else the record told: its severity, and its body where that has not become messages."""
    told: dict[str, Any] = {"severity": raw.severity} if raw.severity else {}
    if raw.body not in (None, "", {}) and not (found.input_messages or found.output_messages):
        told["body"] = raw.body
    return json_text.dump([{"name": event, "timeNs": raw.time_ns, "attributes": told}]) if told else b""


def _digest(size: int, *parts: Any) -> str:
    try:
        text = orjson.dumps(parts, option=orjson.OPT_SORT_KEYS)
    except TypeError:
        text = json_text.dump(parts)
    return hashlib.blake2b(text, digest_size=size).hexdigest()
