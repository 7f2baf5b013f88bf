"""What each kind of subject may be compared with, and how: tokens in, checked values out."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Final, Literal, TypeAlias

from threadline_server.errors import BadRequest
from threadline_server.query import parameters
from threadline_server.query.expression.lexer import Token
from threadline_server.query.expression.problems import Problem
from threadline_server.query.expression.tree import Ago, Moment, Operator, Value
from threadline_server.query.fields import FieldType

Kind: TypeAlias = FieldType | Literal["score"]

_ORDER: Final[tuple[Operator, ...]] = ("=", "!=", "<", "<=", ">", ">=", "in", "not in")
_TEXT: Final[tuple[Operator, ...]] = ("=", "!=", "in", "not in", "contains", "startsWith", "exists")
OPERATORS: Final[Mapping[Kind, tuple[Operator, ...]]] = {
    "number": _ORDER,
    "money": _ORDER,
    "duration": _ORDER,
    "time": _ORDER,
    "text": _TEXT,
    "texts": _TEXT,
    "flag": ("=", "!="),
    "value": (*_ORDER, "contains", "startsWith", "exists"),
    "score": (*_ORDER, "exists"),
}
KIND_OF_FUNCTION: Final[Mapping[str, Kind]] = {"goal": "flag", "score": "score"}
SPELLINGS: Final = {"==": "=", "<>": "!="}
_UNITS_MS: Final = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}
_PART: Final = re.compile(r"([0-9.]+)(ms|s|m|h|d|w)")
_LEAST: Final = Decimal("1e-30")
_MOST_DIGITS: Final = 80
_MOST_MS: Final = 100 * 366 * 86_400_000


def read(token: Token, kind: Kind, operator: Operator) -> Value:
    """What a token means for such a subject. Raises ``Problem``."""
    value = _READERS[kind](token, operator)
    if value is None:
        found = "the end" if token.kind == "end" else repr(token.value)[:60]
        hint = f'Write "{token.value[:60]}" in quotes.' if token.kind == "name" and kind in ("text", "texts") else ""
        raise Problem(token.start, token.end, _EXPECTED[kind], found=found, hint=hint)
    return value


def _number(token: Token, _operator: Operator) -> Value | None:
    digits = token.value
    if token.kind != "number" or not digits.isdigit() or len(digits) > 19 or int(digits) > parameters.MAX_INTEGER:
        return None
    return int(digits)


def _money(token: Token, _operator: Operator) -> Value | None:
    if token.kind != "number":
        return None
    try:
        return parameters.dollars("", token.value.removeprefix("$"))
    except BadRequest:
        return None


def _duration(token: Token, operator: Operator) -> Value | None:
    if token.kind == "number":
        return _number(token, operator)
    return _milliseconds(token.value) if token.kind == "duration" else None


def _milliseconds(text: str) -> int | None:
    total = sum((Decimal(amount) * _UNITS_MS[unit] for amount, unit in _PART.findall(text[:100])), Decimal(0))
    return round(total) if total <= _MOST_MS else None


def _time(token: Token, _operator: Operator) -> Value | None:
    if token.kind == "ago":
        ago = _milliseconds(token.value)
        return None if ago is None else Ago(ago)
    if token.kind not in ("time", "text"):
        return None
    try:
        return Moment(parameters.moment_ns("", token.value))
    except BadRequest:
        return None


def _text(token: Token, _operator: Operator) -> Value | None:
    return token.value if token.kind == "text" else None


def _flag(token: Token, _operator: Operator) -> Value | None:
    word = token.value.lower() if token.kind == "name" else ""
    return word == "true" if word in ("true", "false") else None


def _value(token: Token, operator: Operator) -> Value | None:
    if operator in ("contains", "startsWith"):
        return _text(token, operator)
    if operator in ("<", "<=", ">", ">="):
        return _real(token)
    if (flag := _flag(token, operator)) is not None:
        return flag
    return token.value if token.kind == "text" else _real(token)


def _score(token: Token, operator: Operator) -> Value | None:
    if token.kind == "text" and operator in ("=", "!=", "in", "not in"):
        return token.value
    return _real(token)


def _real(token: Token) -> Value | None:
    if token.kind != "number" or token.value[0] == "$" or len(token.value) > _MOST_DIGITS:
        return None
    number = Decimal(token.value)
    return number if not number or _LEAST <= abs(number) <= 1 / _LEAST else None


_READERS: Final[Mapping[Kind, Callable[[Token, Operator], Value | None]]] = {
    "number": _number, "money": _money, "duration": _duration, "time": _time, "text": _text, "texts": _text, "flag": _flag,
    "value": _value, "score": _score,
}  # fmt: skip
_EXPECTED: Final[Mapping[Kind, str]] = {
    "number": "a whole number",
    "money": "an amount of dollars, such as 0.5",
    "duration": "a duration, such as 5m, 2h30m or 1500 (milliseconds)",
    "time": "a time, such as 2026-11-23T10:30:00Z, -7d or now",
    "text": "a text in quotes",
    "texts": "a text in quotes",
    "flag": "true or false",
    "value": "a text in quotes, a number, true or false",
    "score": "a number, or the name of a category in quotes",
}
