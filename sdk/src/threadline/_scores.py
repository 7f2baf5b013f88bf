"""A judgement of a span, a trace or a session, in OpenTelemetry's words: the event ``gen_ai.evaluation.result``.

One of what is at hand is an event of its span. One that names by ids what it is of is a log record, which needs no span:
what is judged may have been delivered long ago, by another process.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from threadline import _values, semconv
from threadline._records import AttributeValue, EventRecord, ScoreRecord
from threadline._trace_state import MAX_SESSION_ID_CHARACTERS

if TYPE_CHECKING:
    from threadline._recorder import Recorder
    from threadline._session import Session
    from threadline._spans import Span

ScoreValue: TypeAlias = float | bool | str
"""A number, yes or no, or the name of a category."""

_MAX_ID_CHARACTERS = 200
_HEXADECIMAL = frozenset("0123456789abcdef")


class Judged(NamedTuple):
    """The ids of what a score is of."""

    session_id: str | None = None
    trace_id: str | None = None
    span_id: str | None = None

    @staticmethod
    def of(thing: Span | Session | None) -> Judged:
        """Returns the ids of a handle."""
        if thing is None:
            return Judged()
        trace_id = getattr(thing, "trace_id", None)
        return Judged(session_id=thing.id) if trace_id is None else Judged(trace_id=trace_id, span_id=thing.id)

    def problem(self) -> str | None:
        """Returns why nothing can have these ids; None if something can."""
        session_id, trace_id, span_id = self
        if (session_id is None) == (trace_id is None) or (trace_id is None and span_id is not None):
            return "it must name a session_id, or a trace_id, or a trace_id and a span_id"
        if session_id is not None and not 1 <= len(session_id) <= MAX_SESSION_ID_CHARACTERS:
            return f"its session_id must have 1 to {MAX_SESSION_ID_CHARACTERS} characters"
        if trace_id is not None and not _is_id(trace_id, 32):
            return "its trace_id must have 32 hexadecimal digits"
        if span_id is not None and not _is_id(span_id, 16):
            return "its span_id must have 16 hexadecimal digits"
        return None


def score_by_ids(recorder: Recorder, event: EventRecord | None, judged: Judged, score_id: str | None = None) -> None:
    """Delivers a score of what has these ids; ignores it, with a word in the log, where nothing can have them.

    Args:
        recorder: Takes it.
        event: What is said.
        judged: Of what.
        score_id: The score's own id, where the program chooses it.
    """
    if event is None:
        return
    texts = Judged(*(None if given is None else _values.text(given) for given in judged))
    ids = texts._replace(
        trace_id=None if texts.trace_id is None else texts.trace_id.lower(),
        span_id=None if texts.span_id is None else texts.span_id.lower(),
    )
    problem = ids.problem()
    told = dict(event.attributes)
    if score_id is not None:
        told[semconv.SCORE_ID] = own = _values.text(score_id)
        if not 1 <= len(own) <= _MAX_ID_CHARACTERS:
            problem = problem or f"its id must have 1 to {_MAX_ID_CHARACTERS} characters"
    if problem is not None:
        recorder.notices.warn("score", f"ignored a score: {problem}")
        return
    if ids.session_id is not None:
        told[semconv.SESSION_ID] = ids.session_id
    recorder.record_score(ScoreRecord(ids.trace_id, ids.span_id, event.at_ns, told, score_id is not None))


def _is_id(text: str, digits: int) -> bool:
    return len(text) == digits and set(text) <= _HEXADECIMAL and set(text) != {"0"}


def score_event(
    recorder: Recorder, name: str, value: ScoreValue, comment: str | None, source: str | None, target: str | None
) -> EventRecord | None:
    """Returns the event that tells of a score; None, with a word in the log, where its value is none.

    Args:
        recorder: Knows the time.
        name: What is judged.
        value: How.
        comment: Why.
        source: Who judged.
        target: ``span`` or ``session``: what of the two the score is about; None where ids say it.
    """
    told: dict[str, AttributeValue] = {semconv.SCORE_NAME: _values.text(name)}
    number = _number(value)
    if number is not None:
        told[semconv.SCORE_VALUE] = number
    if isinstance(value, bool):
        told[semconv.SCORE_LABEL] = "true" if value else "false"
    elif number is None:
        if not isinstance(value, str):
            given = type(value).__name__  # never the value: it may be what a mask is there to hide
            recorder.notices.warn(
                "score", f"ignored a {given} as a score: it must be a finite number, a bool or a text"
            )
            return None
        told[semconv.SCORE_LABEL] = _values.text(value)
    if comment is not None:
        told[semconv.SCORE_COMMENT] = _values.text(comment)
    if source is not None:
        told[semconv.SCORE_SOURCE] = _values.text(source)
    told[semconv.SCORE_ID] = recorder.ids.span_id()
    if target is not None:
        told[semconv.SCORE_TARGET] = target
    return EventRecord(semconv.SCORE_EVENT, recorder.clock.now().wall_ns, told)


def _number(value: object) -> float | None:
    if isinstance(value, str):
        return None
    try:
        number = float(value)  # type: ignore[arg-type]  # numpy's and Decimal are numbers too
    except (TypeError, ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None
