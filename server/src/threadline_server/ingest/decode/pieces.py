"""Where a large body may be cut into bodies of its kind: what is read and written at one time is a piece, not twenty megabytes.

The places are those between two elements of the lists that a body consists of, the outermost first; an element that is too
large itself is cut in its own list. A piece is a stretch of the body with what must stand before and after it, such as the
resource of its spans. Nothing is copied before a piece is made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, NamedTuple, TypeAlias

from threadline_server.errors import TooLarge

WHOLE_BYTES: Final = 2 * 1024 * 1024
"""A body of no more is not looked at for places to cut: what exporters usually send."""
PIECE_BYTES: Final = 512 * 1024
"""What is no larger is not cut: as many bytes hold 10,000 spans that say nothing."""
LAST_BYTES: Final = 4 * PIECE_BYTES
ELEMENT_BYTES: Final = 300
"""In the innermost list, a piece is as large, each element counting as so many bytes beside its own: 6,000 spans that say nothing, or two megabytes of text."""
MOST_AROUND: Final = 256 * 1024
"""Bytes that every piece repeats."""
MOST_PARTS: Final = 200_000
"""Objects and lists within one element that is larger than a piece: each takes a hundred bytes or more once it is read."""

MOST_ELEMENTS: Final = 600_000
"""Of one list: as many spans that can be stored do not fit into the largest body, and a crowd of empty ones would be walked for half a minute."""


class Piece(NamedTuple):
    """``before``, the body from ``start`` to ``end``, ``after``: a body of the same kind."""

    before: bytes
    start: int
    end: int
    after: bytes

    def of(self, body: bytes) -> bytes:
        """The piece itself."""
        return b"".join((self.before, memoryview(body)[self.start : self.end], self.after))


class Listed(NamedTuple):
    """The list in a stretch of a body: runs of its elements, each run small or of one element, and what stands around."""

    runs: list[tuple[int, int]]
    around: Callable[[Piece], Piece]
    """A run, or a piece of one -> the stretch with no more than that in its list."""


class Format(NamedTuple):
    """How bodies of a kind are looked through: both raise ``BadRequest`` where they cannot be. Lists are ``depth`` deep."""

    depth: int
    listed: Callable[[bytes, int, int, int], Listed | None]
    """(body, start, end, depth) -> the list of the stretch at that depth of the format; None where there is none."""
    parts: Callable[[bytes, int, int, int], int]
    """The same -> how many objects and lists the stretch consists of."""


Cutter: TypeAlias = Callable[[bytes], list[Piece]]
"""A body -> its pieces, in order. Raises ``TooLarge``, ``BadRequest``."""


class Runs:
    """Gathers elements to runs. Raises ``TooLarge`` for very many."""

    def __init__(self, *, of_last: bool) -> None:
        self._most, self._each = (LAST_BYTES, ELEMENT_BYTES) if of_last else (PIECE_BYTES, 0)
        self._done: list[tuple[int, int]] = []
        self._start = self._end = -1
        self._count = self._added = 0

    def add(self, start: int, end: int) -> None:
        self._added += 1
        if self._added > MOST_ELEMENTS:
            raise TooLarge(
                f"cannot take the body: one of its lists has more than {MOST_ELEMENTS} elements",
                hint="Send smaller batches.",
            )
        if self._start < 0:
            self._start = start
        elif end - self._start + self._count * self._each > self._most:
            self._done.append((self._start, self._end))
            self._start, self._count = start, 0
        self._end = end
        self._count += 1

    def all(self) -> list[tuple[int, int]]:
        """The runs, once every element was added."""
        return self._done if self._start < 0 else [*self._done, (self._start, self._end)]


def cut(body: bytes, form: Format) -> list[Piece]:
    """The pieces of a body. Raises ``TooLarge`` for one that cannot be cut and would take too much memory as a whole."""
    return list(_pieces(body, Piece(b"", 0, len(body), b""), 0, form))


def _pieces(body: bytes, stretch: Piece, depth: int, form: Format) -> Iterator[Piece]:
    if stretch.end - stretch.start <= (LAST_BYTES if depth == form.depth else PIECE_BYTES):
        yield stretch
        return
    listed = form.listed(body, stretch.start, stretch.end, depth)
    if listed is None or not listed.runs:
        if form.parts(body, stretch.start, stretch.end, depth) > MOST_PARTS:
            raise TooLarge(
                f"cannot take the body: one of its elements holds more than {MOST_PARTS} objects and lists",
                hint="Send such data as text, or as several elements.",
            )
        yield stretch
        return
    for start, end in listed.runs:
        for inner in _pieces(body, Piece(b"", start, end, b""), depth + 1, form):
            piece = listed.around(inner)
            if len(piece.before) + len(piece.after) > MOST_AROUND:
                raise TooLarge(
                    f"cannot take the body: it is too large to repeat {len(piece.before) + len(piece.after)} bytes in each of its pieces",
                    hint="Send smaller batches, or less beside the list of spans, such as attributes of the resource.",
                )
            yield piece
