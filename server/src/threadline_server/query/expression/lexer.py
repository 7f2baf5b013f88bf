"""The words of a filter expression, each with the place where it stands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, Literal, TypeAlias

import msgspec

from threadline_server.query.expression.problems import Problem

Kind: TypeAlias = Literal["name", "text", "number", "duration", "time", "ago", "sign", "end"]


class Token(msgspec.Struct, frozen=True):
    """``value`` is what the token means: a text without its quotes, a name as it is written."""

    kind: Kind
    value: str
    start: int
    end: int


_UNIT: Final = r"(?:ms|s|m|h|d|w)"
_DURATION: Final = rf"(?:[0-9]+(?:\.[0-9]+)?{_UNIT})+(?![\w.])"
_TOKEN: Final = re.compile(
    rf"""
    (?P<blank>\s+)
  | (?P<time>[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}(?:[Tt][0-9:.]+(?:[Zz]|[+-][0-9]{{2}}:?[0-9]{{2}})?)?(?!\w))
  | (?P<ago>(?:now\s*)?-\s*{_DURATION}|now(?![\w.]))
  | (?P<duration>{_DURATION})
  | (?P<number>\$?-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{{1,3}})?(?![\w.]))
  | (?P<name>[^\W\d][\w]*(?:\.[\w-]+)*)
  | (?P<sign>!=|<=|>=|==|<>|[=<>()\[\],])
  | (?P<quote>["'])
    """,
    re.VERBOSE,
)
_ESCAPES: Final = {"n": "\n", "t": "\t", "r": "\r"}
_TEXT: Final = {quote: re.compile(rf"(?:[^\\{quote}]|\\.)*{quote}", re.DOTALL) for quote in "\"'"}
_ESCAPED: Final = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(.))", re.DOTALL)


def tokens(text: str) -> Iterator[Token]:
    """Every token and, at last, the end. Raises ``Problem`` at what is none."""
    at = 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            raise Problem(at, at + 1, "a name, a value or an operator", found=repr(text[at]))
        kind = found.lastgroup
        if kind == "quote":
            token = _quoted(text, at)
            yield token
            at = token.end
            continue
        if kind != "blank":
            yield Token(kind, found[0], at, found.end())  # type: ignore[arg-type]  # the groups are named after the kinds
        at = found.end()
    yield Token("end", "", len(text), len(text))


def _quoted(text: str, at: int) -> Token:
    found = _TEXT[text[at]].match(text, at + 1)
    if found is None:
        raise Problem(at, len(text), f"a closing {text[at]}", found="the end")
    return Token("text", _ESCAPED.sub(_unescaped, found[0][:-1]), at, found.end())


def _unescaped(found: re.Match[str]) -> str:
    if found[1] is None:
        return _ESCAPES.get(found[2], found[2])
    letter = chr(int(found[1], 16))
    return "\ufffd" if "\ud800" <= letter <= "\udfff" else letter
