"""Tries the rules on the sessions that a round of the roll-up touched, and on windows of time now and then.

A project without rules costs nothing, and one with rules costs ingest nothing: rounds only leave ids here, and a thread of its
own asks for them together. What was not tried when the server ended is tried after the next start, where every session of the
last hours is.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable, Collection
from typing import Final

from threadline_server.alert import measure
from threadline_server.alert.measure import Try
from threadline_server.errors import ThreadlineError, Unavailable
from threadline_server.identity.alert_events import AlertEvents
from threadline_server.identity.alert_rules import AlertRules
from threadline_server.query.goal_conditions import Goals
from threadline_server.store.database import Database
from threadline_server.store.rollup import IDLE_MS, Touched

log = logging.getLogger(__name__)

LOOK_EVERY_S: Final = 0.5
RETRY_S: Final = 2.0
RULES_EVERY_S: Final = 10.0
"""Where several servers share their rules, they are read so often."""
WINDOWS_EVERY_S: Final = 60.0
WINDOWS_TURN_S: Final = 0.5
"""Rules on windows are tried for so long at a time, then sessions have their turn."""
MOST_AT_ONCE: Final = 1_000
MOST_WAITING: Final = 50_000
"""Of a project; beyond, the sessions of the last hours are tried anew."""
LOOK_BACK_MS: Final = 2 * IDLE_MS
"""Sessions that are tried after a start or when a rule is new: those of the last hour, or of the longest open call asked for."""
MOST_LOOKED_BACK: Final = 10_000


class Watcher:
    """One thread. ``on_events`` is called when there may be something to deliver."""

    def __init__(
        self,
        database: Database,
        rules: AlertRules,
        events: AlertEvents,
        goals_of: Callable[[int], Goals],
        clock_ms: Callable[[], int],
        on_events: Callable[[], None],
    ) -> None:
        self._database = database
        self._rules = rules
        self._events = events
        self._goals_of = goals_of
        self._clock_ms = clock_ms
        self._on_events = on_events
        self._tries: dict[int, list[Try]] = {}
        self._waiting: dict[int, dict[str, None]] = defaultdict(dict)
        self._look_back: set[int] = set()
        self._due_ms: dict[tuple[int, str], int] = {}
        self._windows_due = self._rules_due = 0.0
        self._windows: deque[Try] = deque()
        """Rules on windows that are still to be tried this time."""
        self._are_rules_new = True
        self._is_busy = False
        self._changed = threading.Condition()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="alerts", daemon=True)

    def start(self) -> None:
        """Raises Unavailable."""
        self._tries = self._by_project()
        self._look_back = set(self._tries)
        self._thread.start()

    def stop(self) -> None:
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        self._thread.join()

    def watch(self, touched: Touched) -> None:
        """What a round of the roll-up changed. Only remembers, since the roll-up waits for it."""
        if touched.project_id not in self._tries or not touched.sessions:
            return
        with self._changed:
            waiting = self._waiting[touched.project_id]
            waiting.update(dict.fromkeys(touched.sessions))
            if len(waiting) > MOST_WAITING:
                waiting.clear()
                self._look_back.add(touched.project_id)
            self._changed.notify_all()

    def rules_changed(self) -> None:
        """Try the rules as they are now on the sessions that run."""
        with self._changed:
            self._are_rules_new = True
            self._changed.notify_all()

    def wait_until_tried(self, timeout_s: float) -> bool:
        """Block until nothing waits to be tried; False when that took too long."""
        with self._changed:
            return self._changed.wait_for(lambda: not (self._is_asked() or self._is_busy), timeout_s)

    def erase(self, project_id: int, session_ids: Collection[str]) -> None:
        """Forget these sessions. Raises Unavailable."""
        with self._changed:
            for session_id in session_ids:
                self._due_ms.pop((project_id, session_id), None)
        self._events.erase(project_id, session_ids)

    def _is_asked(self) -> bool:
        return bool(self._are_rules_new or self._look_back or self._windows or any(self._waiting.values()))

    def _run(self) -> None:
        pause_s = 0.0
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._stopping, pause_s)
                self._changed.wait_for(lambda: self._stopping or self._is_asked(), self._wait_s())
                if self._stopping:
                    return
                self._is_busy = True
            pause_s = LOOK_EVERY_S
            try:
                if not self._look():
                    pause_s = RETRY_S
            except Exception:
                log.exception("BUG: cannot try the alert rules, going on")
                pause_s = RETRY_S
            finally:
                with self._changed:
                    self._is_busy = False
                    self._changed.notify_all()

    def _wait_s(self) -> float | None:
        """Until the clock alone may make a rule hold, or another server may have changed one; None where neither can be."""
        waits = [max(0.0, (due_ms - self._clock_ms()) / 1_000) for due_ms in self._due_ms.values()]
        if not self._database.is_embedded:
            waits.append(max(0.0, self._rules_due - time.monotonic()))
        if any(one.condition.subject == "aggregate" for tries in self._tries.values() for one in tries):
            waits.append(max(0.0, self._windows_due - time.monotonic()))
        return min(waits, default=None)

    def _by_project(self) -> dict[int, list[Try]]:
        found: dict[int, list[Try]] = defaultdict(list)
        for one in measure.tried(self._rules.enabled()):
            found[one.rule.project_id].append(one)
        return dict(found)

    def _look(self) -> bool:
        """Try what is to be tried; False when something has to be tried again, which keeps nothing else waiting."""
        are_new = self._are_rules_new or (not self._database.is_embedded and self._rules_due <= time.monotonic())
        done = [self._attempt(self._read_rules)] if are_new else []
        with self._changed:
            look_back, self._look_back = self._look_back, set()
            self._queue_due(self._clock_ms())
        failed = {project_id for project_id in look_back if not self._attempt(self._queue_recent, project_id)}
        done.append(not failed)
        with self._changed:
            self._look_back |= failed
            waiting = [project_id for project_id, session_ids in self._waiting.items() if session_ids]
        done += [self._attempt(self._try_sessions, project_id) for project_id in waiting]
        done.append(self._attempt(self._try_windows))
        return all(done)

    def _attempt(self, doing: Callable[..., None], *arguments: int) -> bool:
        try:
            doing(*arguments)
        except ThreadlineError as error:
            log.warning("cannot try the alert rules, trying again: %s", error, exc_info=error.__cause__)
            return False
        return True

    def _read_rules(self) -> None:
        """Whose rules are other ones now, by whichever server, is found by comparing: so none is missed that is added meanwhile."""
        self._are_rules_new = False
        try:
            before, self._tries = self._tries, self._by_project()
        except ThreadlineError:
            self._are_rules_new = True
            raise
        self._rules_due = time.monotonic() + RULES_EVERY_S
        both = self._tries.keys() | before.keys()
        if changed := {project_id for project_id in both if self._tries.get(project_id) != before.get(project_id)}:
            self._windows_due = 0.0
            with self._changed:
                self._look_back |= changed

    def _queue_due(self, now_ms: int) -> None:
        """Sessions of which the clock alone may have made a rule hold."""
        for (project_id, session_id), due_ms in list(self._due_ms.items()):
            if due_ms <= now_ms:
                del self._due_ms[project_id, session_id]
                self._waiting[project_id][session_id] = None

    def _queue_recent(self, project_id: int) -> None:
        """Sessions of the last hours, those that events name included: they may be gone."""
        tries = self._tries.get(project_id, [])
        longest = max((one.condition.threshold for one in tries if one.condition.metric == "openToolCall"), default=0)
        where = {
            "project_id": project_id,
            "since_ms": self._clock_ms() - LOOK_BACK_MS - int(longest),
            "most": MOST_LOOKED_BACK,
        }
        recent = [row["session_id"] for row in self._database.rows("alert_recent", where)] if tries else []
        named = self._events.sessions(project_id)
        with self._changed:
            self._waiting[project_id].update(dict.fromkeys([*named, *recent]))

    def _take(self, project_id: int) -> list[str]:
        with self._changed:
            waiting = self._waiting[project_id]
            taken = list(waiting)[:MOST_AT_ONCE]
            for session_id in taken:
                del waiting[session_id]
        return taken

    def _try_sessions(self, project_id: int) -> None:
        session_ids = self._take(project_id)
        tries = [one for one in self._tries.get(project_id, []) if one.condition.subject == "session"]
        try:
            found = measure.of_sessions(
                self._database, project_id, tries, session_ids, self._goals_of(project_id), self._clock_ms()
            )
            if found.gone:
                self.erase(project_id, found.gone)
            held = self._events.open_of(project_id, session_ids)
            news = [one for one in found.findings if one.holds != ((one.rule_id, one.session_id) in held)]
            if news and self._events.record([one.rule for one in tries], news):
                self._on_events()
        except Unavailable:
            with self._changed:
                self._waiting[project_id].update(dict.fromkeys(session_ids))
            raise
        with self._changed:
            for session_id in session_ids:
                self._due_ms.pop((project_id, session_id), None)
            self._due_ms |= {(project_id, one): due_ms for one, due_ms in found.look_again_ms.items()}

    def _try_windows(self) -> None:
        now = time.monotonic()
        if self._windows_due <= now:
            self._windows_due = now + WINDOWS_EVERY_S
            every = (one for tries in self._tries.values() for one in tries)
            self._windows = deque(one for one in every if one.condition.subject == "aggregate")
        while self._windows and time.monotonic() < now + WINDOWS_TURN_S:
            one = self._windows.popleft()
            project_id = one.rule.project_id
            found = measure.of_window(self._database, project_id, one, self._goals_of(project_id), self._clock_ms())
            if found and self._events.record([one.rule], [found]):
                self._on_events()
