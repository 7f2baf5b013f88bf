"""Langfuse's ingestion API: ``{"batch": [{id, type, timestamp, body}]}`` and its scores -> parts.

Source: https://api.reference.langfuse.com (ingestion, score). A ``trace-create`` is an upsert that comes several times; the
``-update`` of an observation may come before its ``-create``. What makes spans of them is ``langfuse_spans``.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any, Final

from threadline_server.errors import BadRequest
from threadline_server.ingest import reasons
from threadline_server.ingest.decode import validity
from threadline_server.ingest.decode.json_body import parse
from threadline_server.ingest.decode.native_fields import Refused, identifier
from threadline_server.ingest.decode.piecewise import Told, Value, checked_session, instant, part_of, text_of
from threadline_server.model import Drop, SpanPart

TRACE: Final = "langfuse.trace"
OBSERVATION: Final = "langfuse.observation"
SCORE: Final = "langfuse.score"
LOG: Final = "langfuse.sdk-log"

_OBSERVED: Final = re.compile(
    r"(?P<kind>span|generation|event|agent|tool|chain|retriever|evaluator|embedding|guardrail|observation)-(?P<step>create|update)"
)
MOMENTS: Final = ("timestamp", "startTime", "endTime", "completionStartTime", "start_time", "end_time")


def check_moments(value: Value, latest_ns: int) -> None:
    """Raises ``Refused`` where one of the moments that the makers of spans read is none."""
    for key in MOMENTS:
        instant(value, key, latest_ns)


def decode(body: bytes, *, now_ns: int | None = None) -> Told:
    """The events of a batch; ``now_ns`` is the arrival."""
    latest_ns = (time.time_ns() if now_ns is None else now_ns) + validity.FUTURE_NS
    held = parse(body)
    if not isinstance(held, dict) or not isinstance(held.get("batch"), list):
        raise BadRequest('cannot read the body: it is not {"batch": [...]}')
    return _told(held["batch"], latest_ns, _event)


def decode_scores(body: bytes, *, now_ns: int | None = None) -> Told:
    """One score, or an array of them, as ``POST /api/public/scores`` takes them."""
    latest_ns = (time.time_ns() if now_ns is None else now_ns) + validity.FUTURE_NS
    held = parse(body)
    return _told(held if isinstance(held, list) else [held], latest_ns, _bare_score)


def _told(events: list[Any], latest_ns: int, read: Callable[[Value, int], SpanPart]) -> Told:
    parts: list[tuple[int, SpanPart]] = []
    drops: list[Drop] = []
    ids: list[str] = []
    for index, event in enumerate(events):
        ids.append(text_of(event, "id") if isinstance(event, dict) else "")
        try:
            if not isinstance(event, dict):
                raise Refused(reasons.MALFORMED, "it is not an object")
            parts.append((index, read(event, latest_ns)))
        except Refused as refusal:
            drops.append(Drop(index, refusal.reason, str(refusal)))
    return Told(parts, drops, ids)


def _event(event: Value, latest_ns: int) -> SpanPart:
    type_, body = event.get("type"), event.get("body")
    if not isinstance(body, dict):
        raise Refused(reasons.MALFORMED, "body is not an object")
    sent_ns = instant(event, "timestamp", latest_ns)
    if not sent_ns:
        raise Refused(reasons.TIME_MISSING, "timestamp is missing")
    if type_ == "score-create":
        return _score(body, identifier(event, "id", reasons.SPAN_ID), sent_ns)
    own_id = identifier(body, "id", reasons.SPAN_ID) or identifier(event, "id", reasons.SPAN_ID)
    if not own_id:
        raise Refused(reasons.SPAN_ID, "id is missing")
    check_moments(body, latest_ns)
    value = {"type": type_, "body": body}
    if type_ == "trace-create":
        checked_session(text_of(body, "sessionId"))
        return part_of(TRACE, own_id, own_id, value, step=0, sent_ns=sent_ns)
    if type_ == "sdk-log":
        return part_of(LOG, own_id, "", value, step=0, sent_ns=sent_ns)
    observed = _OBSERVED.fullmatch(type_) if isinstance(type_, str) else None
    if observed is None:
        raise Refused(reasons.MALFORMED, "type names no event of the ingestion API")
    trace_id = identifier(body, "traceId", reasons.TRACE_ID)
    identifier(body, "parentObservationId", reasons.PARENT_ID)
    step = 0 if observed["step"] == "create" else 1
    return part_of(OBSERVATION, own_id, trace_id, value, step=step, sent_ns=sent_ns)


def _bare_score(score: Value, latest_ns: int) -> SpanPart:
    return _score(score, "", instant(score, "timestamp", latest_ns))


def _score(score: Value, event_id: str, sent_ns: int) -> SpanPart:
    """Kept for whoever asks for scores; the same id again is the same score, changed."""
    if not text_of(score, "name") or score.get("value") is None:
        raise Refused(reasons.MALFORMED, "a score has a name and a value")
    trace_id = identifier(score, "traceId", reasons.TRACE_ID)
    unnamed = f"{trace_id}/{text_of(score, 'observationId', 'sessionId')}/{text_of(score, 'name')}"
    own_id = identifier(score, "id", reasons.SPAN_ID) or event_id or unnamed
    return part_of(SCORE, own_id, trace_id, {"score": score}, step=0, sent_ns=sent_ns)
