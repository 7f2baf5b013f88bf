"""A judgement of a span, a trace or a session, in OpenTelemetry's words: the event ``gen_ai.evaluation.result``."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, TypeAlias

from threadline import _values, semconv
from threadline._records import AttributeValue, EventRecord

if TYPE_CHECKING:
    from threadline._recorder import Recorder

ScoreValue: TypeAlias = float | bool | str
"""A number, yes or no, or the name of a category."""


def score_event(
    recorder: Recorder, name: str, value: ScoreValue, comment: str | None, source: str | None, target: str
) -> EventRecord | None:
    """Returns the event that tells of a score; None, with a word in the log, where its value is none.

    Args:
        recorder: Knows the time.
        name: What is judged.
        value: How.
        comment: Why.
        source: Who judged.
        target: ``span`` or ``session``: what of the two the score is about.
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
    told |= {semconv.SCORE_ID: recorder.ids.span_id(), semconv.SCORE_TARGET: target}
    return EventRecord(semconv.SCORE_EVENT, recorder.clock.now().wall_ns, told)


def _number(value: object) -> float | None:
    if isinstance(value, str):
        return None
    try:
        number = float(value)  # type: ignore[arg-type]  # numpy's and Decimal are numbers too
    except (TypeError, ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None
