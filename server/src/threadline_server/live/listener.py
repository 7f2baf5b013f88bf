"""One client of the stream: what waits for it, within bounds."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from threadline_server.query.parameters import Pairs

MOST_WAITING: Final = 1_000
MOST_WAITING_BYTES: Final = 4 * 1024 * 1024
"""What a client has not taken by then is dropped, and it is told to load the list again."""


class Notice(msgspec.Struct, frozen=True):
    """One event. ``number`` counts what changed since the server started."""

    number: int
    kind: str
    session_id: str
    data: bytes


class Listener:
    """What waits for one client. ``wake`` is called, from any thread, when there is something to take."""

    def __init__(self, project_id: int, pairs: Pairs, wake: Callable[[], None]) -> None:
        self.project_id = project_id
        self.pairs = tuple(pairs)
        self._wake = wake
        self._lock = threading.Lock()
        self._waiting: list[Notice] = []
        self._bytes = 0
        self._has_missed = False
        self._is_over = False

    @property
    def is_over(self) -> bool:
        return self._is_over

    @property
    def is_waiting(self) -> bool:
        """Whether there is something to take."""
        return bool(self._waiting) or self._has_missed

    def offer(self, notices: Sequence[Notice]) -> None:
        """Add to what waits; never blocks."""
        if not notices:
            return
        with self._lock:
            self._waiting.extend(notices)
            self._bytes += sum(len(notice.data) for notice in notices)
            is_too_much = len(self._waiting) > MOST_WAITING or self._bytes > MOST_WAITING_BYTES
        if is_too_much:
            self.miss()
        else:
            self._wake()

    def miss(self) -> None:
        """Something cannot be told: what waits is worth nothing without it."""
        with self._lock:
            self._waiting, self._bytes, self._has_missed = [], 0, True
        self._wake()

    def end(self) -> None:
        self._is_over = True
        self._wake()

    def take(self) -> tuple[bool, list[Notice]]:
        """Whether something was missed, and what came after that."""
        with self._lock:
            taken = self._has_missed, self._waiting
            self._waiting, self._bytes, self._has_missed = [], 0, False
        return taken
