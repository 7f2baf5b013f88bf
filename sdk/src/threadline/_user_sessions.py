"""``obs.session_for(user)``: a user's session goes on until it has been idle, in one process or in several."""

from __future__ import annotations

import math
import threading
from collections import OrderedDict
from collections.abc import MutableMapping
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, TypeAlias

from threadline import _values
from threadline._session import Session
from threadline._session_ids import short_user

if TYPE_CHECKING:
    from datetime import timedelta

    from threadline._recorder import Recorder

_MOST_USERS = 10_000
"""Remembered in memory; beyond it those who were active longest ago are forgotten, and start anew."""
_IDLE_S = 30 * 60.0
"""Unless the program says otherwise."""
_PREFIX = "threadline:session:"


class RedisLike(Protocol):
    """The two methods of ``redis.Redis`` that are used."""

    def get(self, name: str, /) -> object:
        """Returns the value, as text or bytes, or None."""
        ...

    def set(self, name: str, value: str, /, *, ex: int, nx: bool = False) -> object:
        """Sets the value for ``ex`` seconds; with ``nx`` only where there is none, else it returns something false."""
        ...


SessionStore: TypeAlias = "RedisLike | MutableMapping[str, str]"
"""Where the sessions of several processes are kept: a Redis client, or any mutable mapping that they share."""


class UserSession(Session):
    """A session of one user that goes on with the next turn; made by ``Observability.session_for``."""

    def __init__(self, id: str, user_id: str, keeper: UserSessions, idle_s: float, store: SessionStore | None) -> None:
        super().__init__(id, user_id, keeper.recorder)
        self._keeper = keeper
        self._idle_s = idle_s
        self._store = store

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        super().__exit__(kind, error, traceback)
        # A turn may take longer than the idle time.
        self._keeper.was_active(self, self._idle_s, self._store)


class UserSessions:
    """Remembers which session each user is in."""

    def __init__(self, recorder: Recorder) -> None:
        self.recorder = recorder
        self._memory: OrderedDict[str, str] = OrderedDict()
        self._lock = threading.RLock()

    def after_fork_in_child(self) -> None:
        """Replaces the lock: the thread that held it may not exist in the child."""
        self._lock = threading.RLock()

    def session(self, user_id: str, idle: timedelta | None, store: SessionStore | None, *, new: bool) -> UserSession:
        """Returns the user's session, or a new one after ``idle`` without any activity, or if ``new``."""
        user = _values.text(user_id)
        idle_s = _IDLE_S if idle is None else idle.total_seconds()
        fresh = f"user-{short_user(user)}-{self.recorder.ids.span_id()}"
        session_id = None
        if store is not None:
            try:
                session_id = self._in_store(store, _PREFIX + user, fresh, idle_s, new=new)
            except Exception as error:  # noqa: BLE001  # a database may fail in any way
                self._say(error)
        if session_id is None:
            session_id = self._in_memory(user, fresh, idle_s, new=new)
        return UserSession(session_id, user, self, idle_s, store)

    def was_active(self, session: UserSession, idle_s: float, store: SessionStore | None) -> None:
        """Begins the idle time of a session anew, unless the user is in another one meanwhile."""
        user = session.user_id or ""
        if store is not None:
            try:
                if _parse(store.get(_PREFIX + user), 0) == session.id:
                    _put(store, _PREFIX + user, self._entry(session.id), idle_s)
            except Exception as error:  # noqa: BLE001
                self._say(error)
        with self._lock:
            if _parse(self._memory.get(user), 0) == session.id:
                self._memory[user] = self._entry(session.id)

    def _in_memory(self, user: str, fresh: str, idle_s: float, *, new: bool) -> str:
        with self._lock:
            there = None if new else self._still_active(self._memory.get(user), idle_s)
            self._memory[user] = self._entry(there or fresh)
            self._memory.move_to_end(user)
            if len(self._memory) > _MOST_USERS:
                self._memory.popitem(last=False)
            return there or fresh

    def _in_store(self, store: SessionStore, key: str, fresh: str, idle_s: float, *, new: bool) -> str:
        found = None if new else store.get(key)
        there = self._still_active(found, idle_s)
        is_first = found is None and not new
        is_ours = _put(store, key, self._entry(there or fresh), idle_s, only_if_absent=is_first)
        if not is_ours:
            # Another process was quicker.
            there = self._still_active(store.get(key), idle_s)
        return there or fresh

    def _entry(self, session_id: str) -> str:
        return f"{self.recorder.clock.now().wall_ns} {session_id}"

    def _still_active(self, entry: object, idle_s: float) -> str | None:
        return _parse(entry, self.recorder.clock.now().wall_ns - int(idle_s * 1e9))

    def _say(self, error: Exception) -> None:
        self.recorder.notices.warn(
            "session_store",
            f"the store of session_for() failed ({type(error).__name__}); this process goes by its own memory meanwhile",
        )


def _parse(entry: object, since_ns: int) -> str | None:
    """Returns the session that ``entry`` names, if it was active at ``since_ns`` or later."""
    if isinstance(entry, bytes):
        entry = entry.decode("utf-8", "replace")
    if not isinstance(entry, str):
        return None
    at_ns, _, session_id = entry.partition(" ")
    is_active = at_ns.isascii() and at_ns.isdecimal() and len(at_ns) < 20 and int(at_ns) >= since_ns
    return session_id if is_active and session_id else None


def _put(store: SessionStore, key: str, entry: str, idle_s: float, *, only_if_absent: bool = False) -> bool:
    if isinstance(store, MutableMapping):
        if only_if_absent:
            return bool(store.setdefault(key, entry) == entry)
        store[key] = entry
        return True
    seconds = max(math.ceil(idle_s), 1)
    return bool(store.set(key, entry, ex=seconds, nx=True) if only_if_absent else store.set(key, entry, ex=seconds))
