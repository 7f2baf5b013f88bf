"""Whose body is read next, and how much may wait: projects take turns, so that a noisy one delays itself and no other.

A body counts from when it has come until it is on disk. Over the bound, or over a project's share of it, the sender is told to
come back in a moment.
"""

from __future__ import annotations

import asyncio
import threading
from collections import Counter, deque
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import Future
from contextlib import asynccontextmanager, contextmanager
from typing import Final

from threadline_server.errors import Unavailable

MOST_BYTES: Final = 256 * 1024 * 1024
SHARE: Final = 0.5
"""Of these bytes, what one project may have waiting."""


class Turns:
    """At most ``at_once`` bodies are read at a time; the projects whose bodies wait are served one after the other."""

    def __init__(self, at_once: int, most_bytes: int = MOST_BYTES) -> None:
        self._free = at_once
        self._most_bytes = most_bytes
        self._bytes: Counter[int] = Counter()
        self._waiting: dict[int, deque[Future[None]]] = {}
        """By project; the first one is served next, and goes to the end."""
        self._lock = threading.Lock()

    @contextmanager
    def admitted(self, project_id: int, size: int) -> Iterator[None]:
        """While a body of so many bytes is on its way to the disk. Raises Unavailable where too many are."""
        with self._lock:
            own, all_ = self._bytes[project_id], self._bytes.total()
            if own and own + size > self._most_bytes * SHARE:
                raise Unavailable(
                    "cannot take more of this project now: what it sent before is being stored", retry_after_s=1
                )
            if all_ and all_ + size > self._most_bytes:
                raise Unavailable("cannot take more now: what came before is being stored", retry_after_s=1)
            self._bytes[project_id] += size
        try:
            yield
        finally:
            with self._lock:
                self._bytes[project_id] -= size
                if not self._bytes[project_id]:
                    del self._bytes[project_id]

    @asynccontextmanager
    async def turn(self, project_id: int) -> AsyncIterator[None]:
        """Waits for this project's turn."""
        place = self._place(project_id)
        if place is not None:
            try:
                await asyncio.wrap_future(place)
            except BaseException:
                if not place.cancel():  # its turn came while its sender went
                    self._pass_on()
                raise
        try:
            yield
        finally:
            self._pass_on()

    def waiting_bytes(self) -> int:
        """Of all bodies that are on their way to the disk."""
        with self._lock:
            return self._bytes.total()

    def _place(self, project_id: int) -> Future[None] | None:
        """Where to wait; None where it is this project's turn at once."""
        with self._lock:
            if self._free > 0:
                self._free -= 1
                return None
            place: Future[None] = Future()
            self._waiting.setdefault(project_id, deque()).append(place)
            return place

    def _pass_on(self) -> None:
        """The turn of the next one whose sender still waits."""
        while (place := self._next()) is not None:
            if place.set_running_or_notify_cancel():
                place.set_result(None)
                return

    def _next(self) -> Future[None] | None:
        with self._lock:
            if not self._waiting:
                self._free += 1
                return None
            project_id = next(iter(self._waiting))
            places = self._waiting.pop(project_id)
            place = places.popleft()
            if places:
                self._waiting[project_id] = places
            return place
