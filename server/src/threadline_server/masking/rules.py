"""What a project says must never be stored: built-in detectors by name, and patterns of its own."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Any, Final, Protocol

import msgspec
import re2

from threadline_server.errors import BadRequest

DETECTORS: Final = ("apiKey", "iban", "card", "email", "phone")
"""The built-in detectors, in the order in which they are asked: docs/privacy.md says what each finds."""
MAX_PATTERNS: Final = 50
MAX_PATTERN: Final = 500
MAX_NAME: Final = 40
_MAX_PROGRAM_BYTES: Final = 1024 * 1024
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9 _.-]*")


class Pattern(Protocol):
    """What is used of a pattern that RE2 has compiled."""

    def search(self, text: str) -> Any: ...

    def finditer(self, text: str) -> Iterator[Any]: ...

    def sub(self, repl: str | Callable[[Any], str], text: str) -> str: ...


class OwnPattern(msgspec.Struct, frozen=True):
    """``pattern`` in the syntax of RE2; what it finds becomes ``[name]``."""

    name: str
    pattern: str


class MaskingRules(msgspec.Struct, frozen=True):
    """The rules of one project; without any, nothing is looked at."""

    detectors: tuple[str, ...] = ()
    patterns: tuple[OwnPattern, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.detectors or self.patterns)


NO_RULES: Final = MaskingRules()


def checked(detectors: Sequence[str], patterns: Sequence[OwnPattern]) -> MaskingRules:
    """Rules of these, in the order in which they are asked. Raises ``BadRequest`` for what is none."""
    unknown = sorted(set(detectors) - set(DETECTORS))
    if unknown:
        raise BadRequest(
            f"cannot use detector {unknown[0][:40]!r}: there is no such one", hint=f"There are {', '.join(DETECTORS)}."
        )
    if len(patterns) > MAX_PATTERNS:
        raise BadRequest(f"cannot use {len(patterns)} patterns: at most {MAX_PATTERNS}")
    names = [pattern.name for pattern in patterns]
    for own in patterns:
        if len(own.name) > MAX_NAME or not _NAME.fullmatch(own.name) or names.count(own.name) > 1:
            raise BadRequest(
                f"cannot use the pattern named {own.name[:MAX_NAME]!r}: names are unique, of at most {MAX_NAME} letters,"
                " digits, spaces and _.-"
            )
        _check(own)
    return MaskingRules(tuple(name for name in DETECTORS if name in detectors), tuple(patterns))


def _check(own: OwnPattern) -> None:
    if not 0 < len(own.pattern) <= MAX_PATTERN:
        raise BadRequest(f"cannot use pattern {own.name!r}: it must have 1 to {MAX_PATTERN} characters")
    try:
        found = compiled(own.pattern).search("")
    except (re2.error, UnicodeEncodeError) as error:
        raise BadRequest(
            f"cannot use pattern {own.name!r}: {_reason(error)}",
            hint="The syntax is RE2's: no look-around and no back-references, so that every text is read in linear time.",
        ) from error
    if found is not None:
        raise BadRequest(
            f"cannot use pattern {own.name!r}: it matches the empty text", hint="Let it ask for one character or more."
        )


def _reason(error: Exception) -> str:
    told = error.args[0] if error.args else ""
    return (told.decode("utf-8", "replace") if isinstance(told, bytes) else "it is no text in UTF-8")[:200]


@lru_cache(maxsize=1_000)
def compiled(pattern: str) -> Pattern:
    """The pattern as an automaton of bounded size. Raises ``re2.error``."""
    options = re2.Options()
    options.log_errors = False
    options.max_mem = _MAX_PROGRAM_BYTES
    made: Pattern = re2.compile(pattern, options)
    return made


def any_of(patterns: Sequence[str]) -> Pattern | None:
    """A pattern that finds something wherever one of these does, so that most texts are read once; None where that is too large."""
    try:
        return compiled("|".join(f"(?:{pattern})" for pattern in patterns)) if patterns else None
    except re2.error:
        return None
