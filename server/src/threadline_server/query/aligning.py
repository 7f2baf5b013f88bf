"""Which turns of two sessions belong together, in order, each at most once.

First by what was asked: a longest common subsequence over the users' words. Then, between two turns that asked the same, by
name, the same way. Of several longest ones it is that which passes over turns of the first session before those of the second.

The rows of the table are whole numbers of as many bits as the first session has turns (Hyyro, "Bit-parallel LCS-length
computation revisited", 2004), and only some of them are kept: two sessions of 20,000 turns need a second at most, and 2 MB.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Hashable, Iterator, Sequence
from itertools import pairwise
from math import isqrt
from typing import Literal, NamedTuple, TypeAlias

Match: TypeAlias = Literal["input", "name"]
Key: TypeAlias = Hashable | None
"""What has to be equal; None and "" are equal to nothing."""


class Step(NamedTuple):
    """The places of two turns that belong together; of a turn that only one session has, the other is None."""

    a: int | None
    b: int | None
    match: Match | None


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
    """The places of a longest common subsequence.

    Read from its end, a bit of a row is 0 where the turn of ``a`` makes the longest one longer than it is without it.
    """
    if not a or not b:
        return []
    where: dict[Key, int] = {}
    for at, key in enumerate(reversed(a)):
        if key:
            where[key] = where.get(key, 0) | 1 << at
    width = (1 << len(a)) - 1

    def before(row: int, key: Key) -> int:
        fits = row & where.get(key, 0)
        return (row + fits | row - fits) & width if fits else row

    stride = isqrt(len(b)) + 1
    kept = {}
    row = width
    for j in range(len(b), -1, -1):
        if j % stride == 0 or j == len(b):
            kept[j] = row
        if j:
            row = before(row, b[j - 1])

    def rows_of(block: int) -> list[int]:
        """The rows of one stretch, from those that were kept."""
        first, last = block * stride, min((block + 1) * stride, len(b))
        found = [kept[last]]
        for j in range(last - 1, first, -1):
            found.append(before(found[-1], b[j]))
        return [kept[first], *reversed(found)] if last > first else found

    found = []
    i = j = 0
    block, rows = -1, [0]
    while i < len(a) and j < len(b):
        if a[i] and a[i] == b[j]:
            found.append((i, j))
            i, j = i + 1, j + 1
            continue
        if j // stride != block:
            block = j // stride
            rows = rows_of(block)
        if rows[j - block * stride] >> (len(a) - 1 - i) & 1:
            i += 1
        else:
            j += 1
    return found
