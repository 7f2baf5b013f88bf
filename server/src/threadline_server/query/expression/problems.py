"""What is wrong with an expression, and where."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Final

from threadline_server.errors import BadFilter

_BEFORE: Final = 40
_AFTER: Final = 40
_MOST_NAMED: Final = 60


class Problem(Exception):
    """``text[start:end]`` is not what is expected there."""

    def __init__(self, start: int, end: int, expected: str, *, found: str = "", hint: str = "") -> None:
        super().__init__(expected)
        self.start, self.end, self.expected, self.found, self.hint = start, end, expected, found, hint

    def about(self, text: str, parameter: str) -> BadFilter:
        """The answer to who wrote ``text``."""
        found = f", not {self.found}" if self.found else ""
        return BadFilter(
            f"cannot read {parameter!r} at position {self.start}: expected {self.expected}{found}",
            hint="\n".join(line for line in (*_excerpt(text, self.start, self.end), self.hint) if line),
            position=self.start,
        )


def _excerpt(text: str, start: int, end: int) -> tuple[str, str]:
    """The place in its surroundings, and carets below it."""
    first, last = max(0, start - _BEFORE), min(len(text), max(end, start) + _AFTER, start + 2 * _AFTER)
    shown = "".join(letter if letter.isprintable() else " " for letter in text[first:last])
    width = max(1, min(end, last) - start)
    return shown, " " * (start - first) + "^" * width


def similar(name: str, known: Iterable[str]) -> str:
    """A sentence that names what may have been meant, or all there is."""
    names = list(known)
    by_letters = {other.casefold(): other for other in names}
    close = get_close_matches(name.casefold()[:100], by_letters, n=3, cutoff=0.6)
    if close:
        return f"Did you mean {' or '.join(by_letters[found] for found in close)}?"
    if not names:
        return ""
    listed = ", ".join(names[:_MOST_NAMED])
    return (
        f"Known: {listed}." if len(names) <= _MOST_NAMED else f"Known: {listed}, and {len(names) - _MOST_NAMED} more."
    )
