"""Which turns of two sessions belong together, in order, each at most once.

First by what was asked: a longest common subsequence over the users' words. Then, between two turns that asked the same, by
name, the same way. Of several longest ones it is that which passes over turns of the first session before those of the second.

The rows of the table are whole numbers of as many bits as the first session has turns (Hyyrö, "Bit-parallel LCS-length
computation revisited", 2004), and only some of them are kept: two sessions of 20,000 turns need a second at most, and 2 MB.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from itertools import pairwise
from math import isqrt
from typing import Literal, NamedTuple, TypeAlias

Match: TypeAlias = Literal["input", "name"]
Key: TypeAlias = str | None
"""What has to be equal; None and "" are equal to nothing."""


class Step(NamedTuple):
    """The places of two turns that belong together; of a turn that only one session has, the other is None."""

    a: int | None
    b: int | None
    match: Match | None

    @property
    def places(self) -> tuple[int | None, int | None]:
        return self.a, self.b


class Turn(NamedTuple):
    """What turns are aligned by."""

    input: Key
    name: Key


def normalised(text: str) -> str:
    """What makes two inputs the same: case, width, composition and blanks do not."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def align(a: Sequence[Turn], b: Sequence[Turn]) -> Iterator[Step]:
    """Every turn of both sessions once, in order."""
    asked = common([turn.input for turn in a], [turn.input for turn in b])
    for (from_a, from_b), (to_a, to_b) in pairwise([(-1, -1), *asked, (len(a), len(b))]):
        rest_a, rest_b = range(from_a + 1, to_a), range(from_b + 1, to_b)
        named = common([a[at].name for at in rest_a], [b[at].name for at in rest_b])
        yield from _filled(rest_a, rest_b, [(rest_a[i], rest_b[j]) for i, j in named])
        if to_a < len(a):
            yield Step(to_a, to_b, "input")


def _filled(a: range, b: range, named: Sequence[tuple[int, int]]) -> Iterator[Step]:
    """The pairs with what stands alone before, between and after them."""
    for (from_a, from_b), (to_a, to_b) in pairwise([(a.start - 1, b.start - 1), *named, (a.stop, b.stop)]):
        yield from (Step(at, None, None) for at in range(from_a + 1, to_a))
        yield from (Step(None, at, None) for at in range(from_b + 1, to_b))
        if to_a < a.stop:
            yield Step(to_a, to_b, "name")


def common(a: Sequence[Key], b: Sequence[Key]) -> list[tuple[int, int]]:
    """The places of a longest common subsequence."""
    if not a or not b:
        return []
    table = _Table(a, b)
    found = []
    i = j = 0
    while i < len(a) and j < len(b):
        if a[i] and a[i] == b[j]:
            found.append((i, j))
            i, j = i + 1, j + 1
        elif table.is_as_long_without(i, j):
            i += 1
        else:
            j += 1
    return found


class _Table:
    """How long the longest one is of the turns from any two places on.

    A row is of a place in ``b``. Its bits are the turns of ``a`` from the last to the first, 0 where the turn makes the longest
    one longer than it is without. Rows are computed from the last to the first; of these every ``_stride``-th is kept, and what
    is between them is made again when it is asked for.
    """

    def __init__(self, a: Sequence[Key], b: Sequence[Key]) -> None:
        self._b = b
        self._last = len(a) - 1
        self._all = (1 << len(a)) - 1
        self._where: dict[Key, int] = {}
        for at, key in enumerate(reversed(a)):
            if key:
                self._where[key] = self._where.get(key, 0) | 1 << at
        self._stride = isqrt(len(b)) + 1
        self._kept = {len(b): self._all}
        row = self._all
        for j in range(len(b) - 1, -1, -1):
            row = self._before(row, b[j])
            if j % self._stride == 0:
                self._kept[j] = row
        self._begin, self._rows = len(b), [self._all]

    def is_as_long_without(self, i: int, j: int) -> bool:
        """Whether the turn of ``a`` at ``i`` may be passed over; to be asked in the order of ``j``."""
        begin = j - j % self._stride
        if begin != self._begin:
            self._begin, self._rows = begin, self._from(begin)
        return bool(self._rows[j - begin] >> (self._last - i) & 1)

    def _from(self, begin: int) -> list[int]:
        end = min(begin + self._stride, len(self._b))
        rows = [self._kept[end]]
        for j in range(end - 1, begin - 1, -1):
            rows.append(self._before(rows[-1], self._b[j]))
        return rows[::-1]

    def _before(self, row: int, key: Key) -> int:
        fits = row & self._where.get(key, 0)
        return (row + fits | row - fits) & self._all if fits else row
