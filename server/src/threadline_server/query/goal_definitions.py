"""What a goal's ``when`` may say, checked: the words of the contract in, conditions out; errors name the field.

A new kind of condition is a row in ``_READERS`` here and one in ``query.goal_conditions``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

import msgspec

from threadline_server.errors import BadRequest

MAX_TEXT: Final = 500
MAX_KEYS: Final = 10
MAX_SEQUENCE: Final = 10

Value: TypeAlias = str | bool | int | float


class Tag(msgspec.Struct, frozen=True):
    """A turn, or the session, has this tag."""

    tag: str


class TraceName(msgspec.Struct, frozen=True):
    """A turn has this name."""

    name: str


class Metadata(msgspec.Struct, frozen=True):
    """A turn, or the session, has all of these."""

    pairs: Mapping[str, Value]


class Outcome(msgspec.Struct, frozen=True):
    """The caller said that it ended so."""

    outcome: str


class ErrorFree(msgspec.Struct, frozen=True):
    """The session is over and none of its turns failed."""


class Score(msgspec.Struct, frozen=True):
    """The session was judged so, whenever that was said: the mean of its scores of this name, or one of their labels."""

    name: str
    least: float | None
    most: float | None
    label: str | None


Condition: TypeAlias = Tag | TraceName | Metadata | Outcome | ErrorFree | Score
Definition: TypeAlias = tuple[Condition, ...]
"""One condition, or several that must come true one after the other."""


def read(when: Any) -> Definition:
    """The definition that ``when`` writes. Raises ``BadRequest``."""
    kind, value = _only_pair("when", when, [*_READERS, "sequence"])
    if kind != "sequence":
        return (_READERS[kind](f"when.{kind}", value),)
    where = "when.sequence"
    if not isinstance(value, list) or not 2 <= len(value) <= MAX_SEQUENCE:
        raise BadRequest(f"cannot use {where!r}: it must be a list of 2 to {MAX_SEQUENCE} conditions")
    conditions = tuple(_condition(f"{where}[{place}]", one) for place, one in enumerate(value))
    if any(isinstance(one, ErrorFree | Score) for one in conditions[:-1]):
        raise BadRequest(
            f"cannot use {where!r}: nothing comes after an errorFree end or a score",
            hint="Let it be the last condition.",
        )
    return conditions


def _condition(where: str, when: Any) -> Condition:
    kind, value = _only_pair(where, when, _READERS)
    return _READERS[kind](f"{where}.{kind}", value)


def _only_pair(where: str, when: Any, kinds: Any) -> tuple[str, Any]:
    if not isinstance(when, dict) or len(when) != 1 or next(iter(when)) not in kinds:
        told = ", ".join(map(str, when))[:80] if isinstance(when, dict) else type(when).__name__
        raise BadRequest(
            f"cannot use {where!r}: it must be an object with exactly one condition, not {told or 'an empty one'!r}",
            hint=f"Valid: {', '.join(kinds)}.",
        )
    found: tuple[str, Any] = next(iter(when.items()))
    return found


def _text(where: str, value: Any) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= MAX_TEXT:
        raise BadRequest(f"cannot use {where!r}: it must be a text of 1 to {MAX_TEXT} characters")
    return value


def _metadata(where: str, value: Any) -> Metadata:
    if not isinstance(value, dict) or not 0 < len(value) <= MAX_KEYS:
        raise BadRequest(f"cannot use {where!r}: it must be an object of 1 to {MAX_KEYS} keys with their values")
    for key, one in value.items():
        if len(key) > MAX_TEXT or not isinstance(one, Value) or (isinstance(one, str) and len(one) > MAX_TEXT):
            raise BadRequest(
                f"cannot use '{where}.{key[:40]}': a value is true, false, a number, or a text of up to {MAX_TEXT} characters"
            )
    return Metadata(value)


def _error_free(where: str, value: Any) -> ErrorFree:
    if value is not True:
        raise BadRequest(f"cannot use {where!r}: it must be true")
    return ErrorFree()


def _score(where: str, value: Any) -> Score:
    known = ("name", "min", "max", "label")
    if not isinstance(value, dict) or not value.keys() <= set(known) or len(value.keys() - {"name"}) == 0:
        raise BadRequest(f"cannot use {where!r}: it must be an object with a name and one or more of min, max, label")
    numbers = {key: value[key] for key in ("min", "max") if key in value}
    for key, number in numbers.items():
        if isinstance(number, bool) or not isinstance(number, int | float) or not math.isfinite(number):
            raise BadRequest(f"cannot use '{where}.{key}': it must be a number")
    label = _text(f"{where}.label", value["label"]) if "label" in value else None
    return Score(_text(f"{where}.name", value.get("name")), numbers.get("min"), numbers.get("max"), label)


_READERS: Final[Mapping[str, Callable[[str, Any], Condition]]] = {
    "tag": lambda where, value: Tag(_text(where, value)),
    "traceName": lambda where, value: TraceName(_text(where, value)),
    "metadata": _metadata,
    "outcome": lambda where, value: Outcome(_text(where, value)),
    "errorFree": _error_free,
    "score": _score,
}
