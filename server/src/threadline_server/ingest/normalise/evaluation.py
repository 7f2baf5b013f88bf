"""OpenTelemetry's evaluation event, on a span or as a log record -> scores.

Source: https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-events/ (``gen_ai.evaluation.result``). A score is about the
span that holds the event; ``threadline.score.target`` may say that it is about the session of its trace.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Final, Literal

from threadline import semconv
from threadline_server.ingest.normalise.draft import plain_text
from threadline_server.ingest.told_numbers import real_number
from threadline_server.model import Attributes, RawEvent, Score

EVENT: Final = semconv.SCORE_EVENT
_YES_NO: Final = {"true": 1.0, "false": 0.0}
MAX_LABEL: Final = 500


def scores_of(trace_id: str, span_id: str, events: Sequence[RawEvent]) -> tuple[Score, ...]:
    """The scores that the events of a span tell; an event that says nothing of a name or a value is none."""
    found = [_score(trace_id, span_id, "", event.attributes, event.time_ns) for event in events if event.name == EVENT]
    return tuple(score for score in found if score is not None)


def score_of_record(
    trace_id: str, span_id: str, session_id: str, attributes: Attributes, time_ns: int
) -> tuple[Score, ...]:
    """The score that a log record tells: of its span, its trace or, where it has neither, its session."""
    if not (trace_id or session_id):
        return ()
    score = _score(trace_id, span_id, "" if trace_id else session_id, attributes, time_ns)
    return () if score is None else (score,)


def _score(trace_id: str, span_id: str, session_id: str, told: Attributes, time_ns: int) -> Score | None:
    name = plain_text(told.get(semconv.SCORE_NAME))
    label = plain_text(told.get(semconv.SCORE_LABEL))[:MAX_LABEL]
    value = real_number(told.get(semconv.SCORE_VALUE))
    if not name or (value is None and not label):
        return None
    of_session = session_id != "" or told.get(semconv.SCORE_TARGET) == "session"
    return Score(
        about="session" if of_session else "span" if span_id else "trace",
        trace_id=trace_id,
        session_id=session_id,
        span_id="" if of_session else span_id,
        score_id=plain_text(told.get(semconv.SCORE_ID)) or _digest(trace_id, session_id, span_id, name, time_ns),
        name=name,
        kind=kind_of(value, label),
        value=_YES_NO.get(label) if value is None else value,
        label=label,
        comment=plain_text(told.get(semconv.SCORE_COMMENT)),
        source=plain_text(told.get(semconv.SCORE_SOURCE)),
        time_ns=time_ns,
    )


def kind_of(value: float | None, label: str) -> Literal["numeric", "boolean", "category"]:
    """What a score with this number and label is."""
    if label in _YES_NO:
        return "boolean"
    return "category" if label or value is None else "numeric"


def _digest(*parts: object) -> str:
    return hashlib.blake2b("\0".join(map(str, parts)).encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
