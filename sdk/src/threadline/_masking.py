"""``mask=``: every text that the program gave goes through a function of the program before it leaves the process.

It fails closed: what cannot be masked is replaced by ``<masking failed>``, and counted; it is never sent as it was.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from threadline import _values, semconv
from threadline._place import Mask, Place
from threadline._plain_values import dump
from threadline._records import AttributeValue, ErrorRecord, ScoreRecord, SpanRecord
from threadline._time_limit import TimeIsUp, TimeLimit
from threadline._trace_state import MAX_SESSION_ID_CHARACTERS
from threadline._values import JsonValue

Result = TypeVar("Result")

MASKING_FAILED = "<masking failed>"


_FIELDS = {
    semconv.INPUT: "input",
    semconv.OUTPUT: "output",
    semconv.METADATA: "metadata",
    semconv.MODEL_PARAMETERS: "model_parameters",
    semconv.TAGS: "tags",
    semconv.REQUEST_MODEL: "model_name",
    semconv.PROVIDER: "provider",
    semconv.EXCEPTION_TYPE: "error.type",
    semconv.EXCEPTION_MESSAGE: "error.message",
    semconv.EXCEPTION_STACK: "error.stack",
    semconv.SCORE_NAME: "score.name",
    semconv.SCORE_LABEL: "score.value",
    semconv.SCORE_COMMENT: "score.comment",
    semconv.SCORE_SOURCE: "score.source",
}
_WORDS_OF_OURS = {semconv.KIND: frozenset(semconv.KINDS), semconv.SCORE_TARGET: frozenset({"span", "session"})}
"""What is no text of the program, unless it has said something else."""


class Masking:
    """Masks spans, each within ``timeout_s``.

    Args:
        mask: The program's function.
        timeout_s: Seconds for all texts of one span.
        count_failures: Gets how many texts could not be masked, and why, without a word of them.
    """

    def __init__(self, mask: Mask, timeout_s: float, count_failures: Callable[[int, str], None]) -> None:
        self._mask = mask
        self._count_failures = count_failures
        self._limit = TimeLimit(timeout_s, "threadline-mask")
        self._limit.start()

    def runs_here(self) -> bool:
        """Returns whether the mask itself is what runs on this thread."""
        return self._limit.runs_here()

    def span(self, record: SpanRecord) -> SpanRecord:
        """Returns the span with every text masked."""
        kind = str(record.attributes.get(semconv.KIND, ""))
        return self._within_limit(lambda walk: _masked_span(record, walk), record.name, kind)

    def score(self, record: ScoreRecord) -> ScoreRecord:
        """Returns the score with every text masked, its id too where the program has chosen it."""
        return self._within_limit(lambda walk: _masked_score(record, walk), "", "")

    def foreign(self, change: Callable[[TextMask], Result], span_name: str) -> Result:
        """Returns what ``change`` makes of a span of another make, with what masks its texts.

        It may be called twice: the second time with a mask that fails for each text.
        """
        return self._within_limit(lambda walk: change(TextMask(walk)), span_name, "")

    def resource(self, attributes: Mapping[str, str]) -> dict[str, str]:
        """Returns what is said about the program with every text masked."""
        return self._within_limit(
            lambda walk: {name: walk.text(value, name) for name, value in attributes.items()}, "", ""
        )

    def _within_limit(self, masked: Callable[[_Walk], Result], span_name: str, span_kind: str) -> Result:
        walk = _Walk(self._mask, span_name, span_kind)
        try:
            result = self._limit.run(lambda: masked(walk))
        except TimeIsUp:
            walk = _Walk(_refuse, span_name, span_kind, why="it does not return in time")
            result = masked(walk)
        except BaseException as error:  # noqa: BLE001  # whatever it is, nothing leaves unmasked
            walk = _Walk(_refuse, span_name, span_kind, why=type(error).__name__)
            result = masked(walk)
        if walk.failures:
            self._count_failures(walk.failures, walk.why)
        return result


def _refuse(_text: str, _place: Place) -> str:
    raise TimeIsUp


class _Walk:
    """Masks the texts of one span, one after another."""

    def __init__(self, mask: Mask, span_name: str, span_kind: str, why: str = "") -> None:
        self.failures = 0
        self.why = why
        self._mask = mask
        self._span_name = span_name
        self._span_kind = span_kind

    def text(self, text: str, field: str, keys: tuple[str, ...] = (), *, is_key: bool = False) -> str:
        place = Place(field, keys, self._span_name, self._span_kind, is_key)
        try:
            masked: Any = self._mask(text, place)
            if issubclass(type(masked), str):
                return _values.text(masked)
            reason = f"it returned {type(masked).__name__}"
        except BaseException as error:  # noqa: BLE001  # SystemExit too: it would end a thread that is not the mask's
            reason = type(error).__name__
        self.failures += 1
        self.why = self.why or reason
        return MASKING_FAILED

    def value(self, value: JsonValue, field: str, keys: tuple[str, ...] = ()) -> JsonValue:
        if isinstance(value, str):
            return self.text(value, field, keys)
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, list):
            return [self.value(item, field, (*keys, str(index))) for index, item in enumerate(value)]
        if isinstance(value, dict):
            return self._object(value, field, keys)
        # A number of a card or telephone may be logged as one.
        number = dump(value)
        masked = self.text(number, field, keys)
        return value if masked == number else masked

    def _object(self, value: dict[str, JsonValue], field: str, keys: tuple[str, ...]) -> JsonValue:
        masked: dict[str, JsonValue] = {}
        for key, item in value.items():
            name = unique = self.text(key, field, keys, is_key=True)
            again = 1
            while unique in masked:
                again += 1
                unique = f"{name} ({again})"
            masked[unique] = self.value(item, field, (*keys, key))
        return masked


class TextMask:
    """Masks texts and attributes of a span that is none of our records."""

    def __init__(self, walk: _Walk) -> None:
        self._walk = walk

    def text(self, text: str, field: str) -> str:
        return self._walk.text(text, field)

    def attributes(self, attributes: Mapping[str, Any]) -> dict[str, Any]:
        return {name: self.attribute(name, value) for name, value in attributes.items()}

    def attribute(self, name: str, value: Any) -> Any:
        """Returns an attribute's value, masked as one of ours of the same name is."""
        if value is None or isinstance(value, (bool, int, float)):
            return value
        if isinstance(value, (list, tuple)):
            return [self.attribute(name, item) for item in value]
        return _masked_attribute(name, value if isinstance(value, str) else _values.text(value), self._walk)


def _masked_span(record: SpanRecord, walk: _Walk) -> SpanRecord:
    error = record.error
    return record._replace(
        name=walk.text(record.name, "name"),
        attributes=_masked_attributes(record.attributes, walk),
        events=tuple(event._replace(attributes=_masked_attributes(event.attributes, walk)) for event in record.events),
        error=None if error is None else _masked_error(error, walk),
    )


def _masked_score(record: ScoreRecord, walk: _Walk) -> ScoreRecord:
    attributes = _masked_attributes(record.attributes, walk)
    if record.names_itself:
        attributes[semconv.SCORE_ID] = walk.text(str(attributes[semconv.SCORE_ID]), "score.id")
    return record._replace(attributes=attributes)


def _masked_attributes(attributes: Mapping[str, AttributeValue], walk: _Walk) -> dict[str, AttributeValue]:
    return {name: _masked_attribute(name, value, walk) for name, value in attributes.items()}


def _masked_attribute(name: str, value: AttributeValue, walk: _Walk) -> AttributeValue:
    field = _FIELDS.get(name, name)
    if isinstance(value, list):
        return [walk.text(item, field, (str(index),)) for index, item in enumerate(value)]
    if not isinstance(value, str) or name == semconv.SCORE_ID or value in _WORDS_OF_OURS.get(name, ()):
        return value
    if name in semconv.JSON_TEXTS:
        return _masked_json(name, value, field, walk)
    masked = walk.text(value, field)
    if name == semconv.SESSION_ID and not 1 <= len(masked) <= MAX_SESSION_ID_CHARACTERS:
        walk.failures += 1
        walk.why = walk.why or f"it returned a session id of {len(masked)} characters"
        return MASKING_FAILED
    return masked


def _masked_json(name: str, text: str, field: str, walk: _Walk) -> str:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return dump(walk.text(text, field))
    masked = walk.value(value, field)
    if name in semconv.JSON_OBJECTS and not isinstance(masked, dict):
        masked = {"value": masked}
    return dump(masked)


def _masked_error(error: ErrorRecord, walk: _Walk) -> ErrorRecord:
    return error._replace(
        type=walk.text(error.type, "error.type"),
        message=walk.text(error.message, "error.message") if error.message else "",
        stack=walk.text(error.stack, "error.stack") if error.stack else "",
    )
