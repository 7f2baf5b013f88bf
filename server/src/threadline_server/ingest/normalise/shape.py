"""What spans with the same attribute names have in common, found out once: programs send the same few sets again and again."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, Final, TypeVar

Names = tuple[tuple[str, str], ...]
"""(attribute's name, field of the draft) pairs, in the order of preference."""
Found = TypeVar("Found")

MAX_KEPT: Final = 200
MAX_KEPT_CHARACTERS: Final = 20_000
"""Attributes of a span whose shape is kept, and the length of their names; larger sets seldom come twice."""


class Shape:
    """One set of attribute names, with what readers found out about it."""

    __slots__ = ("_memo", "_names", "_present")

    def __init__(self, names: tuple[str, ...]) -> None:
        self._names = frozenset(names)
        self._present: dict[int, tuple[Names, Names]] = {}
        self._memo: dict[Hashable, Any] = {}

    def present(self, names: Names) -> Names:
        """Those of ``names`` that a span of this shape has. Keyed by identity: tables of names are constants of their modules."""
        held = self._present.get(id(names))
        if held is None:  # `names` is held too, so that no other table ever gets its identity
            held = names, tuple(pair for pair in names if pair[0] in self._names)
            self._present[id(names)] = held
        return held[1]

    def once(self, key: Hashable, find: Callable[[], Found]) -> Found:
        """What ``find`` answers, asked at the first call with this key."""
        if key not in self._memo:
            self._memo[key] = find()
        found: Found = self._memo[key]
        return found
