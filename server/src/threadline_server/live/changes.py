"""What changed in one project: the last few thousand changes, those that wait to be told, and the sessions that are active."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Final, Literal, TypeAlias

import msgspec

from threadline_server.live.listener import Listener

REMEMBERED: Final = 4_096
"""Changes that a client which comes back can be told of."""
MOST_PENDING: Final = 5_000
MOST_WATCHED: Final = 10_000
"""Active sessions of a project that are told when they go idle, the last that changed."""

Cause: TypeAlias = Literal["began", "changed", "idle"]


class Change(msgspec.Struct, frozen=True):
    number: int
    session_id: str
    cause: Cause


class Project:
    """Not safe to use from several threads: its owner holds a lock."""

    def __init__(self) -> None:
        self.listeners: list[Listener] = []
        self.pending: dict[str, Change] = {}
        self.catching_up: list[tuple[Listener, list[Change]]] = []
        self.active_until_ms: dict[str, int] = {}
        """When a session goes idle unless something happens in it."""
        self.ended: dict[str, None] = {}
        """Sessions that were told as ended."""
        self.is_seeded = False
        self.is_being_told = False
        self._recent: deque[Change] = deque(maxlen=REMEMBERED)
        self._forgotten = 0

    def add(self, change: Change) -> None:
        """Remember a change, and have it told if somebody listens."""
        if len(self._recent) == REMEMBERED:
            self._forgotten = self._recent[0].number
        self._recent.append(change)
        if self.listeners:
            waiting = self.pending.pop(change.session_id, None)
            self.pending[change.session_id] = _joined(waiting, change)

    def since(self, number: int) -> list[Change] | None:
        """The last change of each session after that of ``number``; None where some are not remembered."""
        if number < self._forgotten:
            return None
        last: dict[str, Change] = {}
        for change in self._recent:
            if change.number > number:
                last[change.session_id] = _joined(last.pop(change.session_id, None), change)
        return list(last.values())

    def take_pending(self, most: int) -> list[Change]:
        """The oldest of the changes that wait."""
        return [self.pending.pop(session_id) for session_id in list(self.pending)[:most]]

    def watch(self, session_id: str, until_ms: int) -> None:
        """The session is active until then."""
        self.active_until_ms.pop(session_id, None)
        self.active_until_ms[session_id] = until_ms
        while len(self.active_until_ms) > MOST_WATCHED:
            del self.active_until_ms[next(iter(self.active_until_ms))]

    def tell_ended(self, session_id: str) -> bool:
        """Whether this is the first time that the session is told as ended."""
        if session_id in self.ended:
            return False
        self.ended[session_id] = None
        while len(self.ended) > MOST_WATCHED:
            del self.ended[next(iter(self.ended))]
        return True

    def due(self, now_ms: int) -> list[str]:
        """Sessions that were active and are not any more, by the clock alone."""
        found = [session_id for session_id, until_ms in self.active_until_ms.items() if until_ms <= now_ms]
        for session_id in found:
            del self.active_until_ms[session_id]
        return found

    def forget_who_listened(self) -> None:
        """Nobody listens any more: keep only what one who comes back needs."""
        self.pending, self.active_until_ms, self.ended, self.is_seeded = {}, {}, {}, False

    def seed(self, sessions: Iterable[tuple[str, int]]) -> None:
        for session_id, until_ms in sessions:
            if session_id not in self.active_until_ms:
                self.watch(session_id, until_ms)
        self.is_seeded = True


def _joined(before: Change | None, change: Change) -> Change:
    """One change for two: a session that began and then grew has begun."""
    cause = "began" if before is not None and before.cause == "began" else change.cause
    return Change(change.number, change.session_id, cause)
