"""Tells listeners which sessions began, changed, went idle and ended, as they are now.

Rounds of the roll-up say which sessions they touched. That is remembered by id alone, which costs nothing and holds nothing
of what was said; only when somebody listens is the store asked, a few times a second, once for all listeners of a project.
So a session that changes ten times between two looks is told once, and what is told is always the newest.
"""

from __future__ import annotations

import itertools
import logging
import secrets
import threading
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Sequence
from typing import Final

from threadline_server.errors import ThreadlineError, TooManyRequests
from threadline_server.live.changes import MOST_PENDING, MOST_WATCHED, Cause, Change, Project
from threadline_server.live.listener import Listener, Notice
from threadline_server.query import choosing, filters, parameters, present, sessions
from threadline_server.query.goal_conditions import Goals
from threadline_server.query.parameters import Pairs
from threadline_server.store.database import Database, Row
from threadline_server.store.rollup import Touched

log = logging.getLogger(__name__)

LOOK_EVERY_S: Final = 0.2
RETRY_S: Final = 1.0
LONGEST_WAIT_S: Final = 60.0
MOST_AT_ONCE: Final = 500
MOST_LISTENERS: Final = 200
MOST_LISTENERS_OF_PROJECT: Final = 50
MOST_PROJECTS: Final = 1_000
"""Projects whose changes are remembered."""


class Feed:
    """One thread that tells. ``goals_of`` answers a project's goals as they are now."""

    def __init__(
        self,
        database: Database,
        goals_of: Callable[[int], Goals],
        clock_ms: Callable[[], int],
    ) -> None:
        self._database = database
        self._goals_of = goals_of
        self._clock_ms = clock_ms
        self._run_id = secrets.token_hex(4)
        self._numbers = itertools.count(1)
        self._number = 0
        self._projects: OrderedDict[int, Project] = OrderedDict()
        self._changed = threading.Condition()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="live", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def end_streams(self) -> None:
        """Send every listener away: the server is stopping."""
        self._stopping.set()
        with self._changed:
            for project in self._projects.values():
                for listener in project.listeners:
                    listener.end()
            self._changed.notify_all()

    def stop(self) -> None:
        self.end_streams()
        self._thread.join()

    def watch(self, touched: Touched) -> None:
        """What a round of the roll-up changed. Only remembers, since the roll-up waits for it."""
        if not touched.sessions:
            return
        with self._changed:
            project = self._project(touched.project_id)
            for session_id in touched.sessions:
                self._add(project, session_id, "began" if session_id in touched.began else "changed")
            if len(project.pending) > MOST_PENDING:
                project.pending.clear()
                for listener in project.listeners:
                    listener.miss()
            self._changed.notify_all()

    def listen(self, project_id: int, pairs: Pairs, last_id: str | None, wake: Callable[[], None]) -> Listener:
        """A listener to the sessions that the query string chooses; after ``last_id``, if that is an event of this feed.

        Raises ``BadRequest``, ``TooManyRequests``.
        """
        parameters.check_known(pairs, choosing.PARAMETERS, [filters.METADATA])
        choosing.choose(pairs, self._goals_of(project_id))
        listener = Listener(project_id, pairs, wake)
        with self._changed:
            project = self._project(project_id)
            everybody = sum(len(one.listeners) for one in self._projects.values())
            if everybody >= MOST_LISTENERS or len(project.listeners) >= MOST_LISTENERS_OF_PROJECT:
                raise TooManyRequests(
                    "cannot open another live stream: there are too many already",
                    hint="Close one that is not needed.",
                    retry_after_s=10,
                )
            if last_id:
                number = self._number_of(last_id)
                missed = None if number is None else project.since(number)
                if missed is None:
                    listener.miss()
                elif missed:
                    project.catching_up.append((listener, missed))
            project.listeners.append(listener)
            if self._stopping.is_set():
                listener.end()
            self._changed.notify_all()
        return listener

    def leave(self, listener: Listener) -> None:
        with self._changed:
            project = self._projects[listener.project_id]
            project.listeners.remove(listener)
            project.catching_up = [entry for entry in project.catching_up if entry[0] is not listener]
            if not project.listeners:
                project.forget_who_listened()

    def listened(self) -> set[int]:
        """Projects that somebody listens to."""
        with self._changed:
            return {project_id for project_id, project in self._projects.items() if project.listeners}

    def event_id(self, number: int) -> str:
        return f"{self._run_id}-{number}"

    def told_until(self, project_id: int) -> str | None:
        """The id that stands for everything so far; None while something waits to be told."""
        with self._changed:
            project = self._projects[project_id]
            is_behind = project.pending or project.catching_up or project.is_being_told
            return None if is_behind else self.event_id(self._number)

    def _number_of(self, event_id: str) -> int | None:
        run_id, _, number = event_id.partition("-")
        if run_id != self._run_id or not (number.isascii() and number.isdigit() and len(number) < 19):
            return None
        return int(number) if int(number) <= self._number else None

    def _project(self, project_id: int) -> Project:
        project = self._projects.setdefault(project_id, Project())
        self._projects.move_to_end(project_id)
        if len(self._projects) > MOST_PROJECTS:
            quiet = next((key for key, one in self._projects.items() if not one.listeners), None)
            if quiet is not None and quiet != project_id:
                del self._projects[quiet]
        return project

    def _add(self, project: Project, session_id: str, cause: Cause) -> None:
        self._number = next(self._numbers)
        project.add(Change(self._number, session_id, cause))

    def _run(self) -> None:
        while not self._stopping.is_set():
            with self._changed:
                self._changed.wait_for(self._is_something_to_do, self._wait_s())
                listened = [project_id for project_id, project in self._projects.items() if project.listeners]
            pause_s = LOOK_EVERY_S
            for project_id in listened:
                try:
                    self._tell(project_id)
                except Exception as error:
                    said = error if isinstance(error, ThreadlineError) else None
                    log.warning("cannot tell what changed, going on: %s", said or "BUG", exc_info=error)
                    pause_s = RETRY_S
                    with self._changed:
                        for listener in self._projects[project_id].listeners:
                            listener.miss()
                finally:
                    self._projects[project_id].is_being_told = False
            self._stopping.wait(pause_s)

    def _is_something_to_do(self) -> bool:
        return self._stopping.is_set() or any(
            project.pending or project.catching_up or not project.is_seeded
            for project in self._projects.values()
            if project.listeners
        )

    def _wait_s(self) -> float:
        """Until the next session goes idle."""
        listened = (project for project in self._projects.values() if project.listeners)
        due = [until_ms for project in listened for until_ms in project.active_until_ms.values()]
        if not due:
            return LONGEST_WAIT_S
        return min(LONGEST_WAIT_S, max(0.0, (min(due) - self._clock_ms()) / 1_000))

    def _tell(self, project_id: int) -> None:
        project = self._projects[project_id]
        if not project.is_seeded:
            self._seed(project_id, project)
        now_ms = self._clock_ms()
        with self._changed:
            for session_id in project.due(now_ms):
                if session_id not in project.pending:
                    self._add(project, session_id, "idle")
            changes = project.take_pending(MOST_AT_ONCE)
            catching_up, project.catching_up = project.catching_up, []
            listeners = [*project.listeners]
            project.is_being_told = True
        told = list(
            dict.fromkeys(change.session_id for some in (changes, *(one for _, one in catching_up)) for change in some)
        )
        if not told:
            return
        goals = self._goals_of(project_id)
        rows: dict[str, Row] = {}
        for begin in range(0, len(told), MOST_AT_ONCE):
            some = told[begin : begin + MOST_AT_ONCE]
            rows |= {row["session_id"]: row for row in sessions.rows_of(self._database, project_id, some, goals)}
        for listener, missed in catching_up:
            self._offer(project_id, goals, [listener], self._notices(project, missed, rows, now_ms, goals.idle_ms))
        self._offer(project_id, goals, listeners, self._notices(project, changes, rows, now_ms, goals.idle_ms))

    def _seed(self, project_id: int, project: Project) -> None:
        idle_ms = self._goals_of(project_id).idle_ms
        where = {"project_id": project_id, "since_ms": self._clock_ms() - idle_ms, "most": MOST_WATCHED}
        found = self._database.rows("live_active", where)
        with self._changed:
            project.seed((row["session_id"], row["end_ms"] + idle_ms) for row in found)

    def _notices(
        self, project: Project, changes: Sequence[Change], rows: dict[str, Row], now_ms: int, idle_ms: int
    ) -> list[Notice]:
        found = []
        for change in sorted(changes, key=lambda one: one.number):
            row = rows.get(change.session_id)
            kind = (
                "session.removed" if row is None else self._kind(project, change, row, now_ms, row["end_ms"] + idle_ms)
            )
            if kind:
                data = {"id": change.session_id} if row is None else present.session(row)
                found.append(Notice(change.number, kind, change.session_id, present.encoded(data)))
        return found

    def _kind(self, project: Project, change: Change, row: Row, now_ms: int, until_ms: int) -> str | None:
        """``until_ms`` is when the session goes idle."""
        with self._changed:
            if row["ended_ms"]:
                project.active_until_ms.pop(change.session_id, None)
                if project.tell_ended(change.session_id):
                    return "session.ended"
            elif until_ms > now_ms:
                project.ended.pop(change.session_id, None)
                project.watch(change.session_id, until_ms)
        if change.cause == "idle":
            return "session.idle" if until_ms <= now_ms and not row["ended_ms"] else None
        return "session.started" if change.cause == "began" else "session.updated"

    def _offer(self, project_id: int, goals: Goals, listeners: Sequence[Listener], notices: Sequence[Notice]) -> None:
        """To each listener what its filters choose; those with the same filters are asked for together."""
        alike: dict[tuple[tuple[str, str], ...], list[Listener]] = defaultdict(list)
        for listener in listeners:
            alike[listener.pairs].append(listener)
        for pairs, some in alike.items():
            chosen = notices
            if pairs and notices:
                try:
                    choice = choosing.choose(pairs, goals)
                except ThreadlineError:  # a goal that is not there any more
                    for listener in some:
                        listener.miss()
                        listener.end()
                    continue
                ids = [notice.session_id for notice in notices]
                where = {"project_id": project_id, "session_ids": ids, **choice.values}
                found = {row["session_id"] for row in self._database.rows("chosen_among", where, where=choice.where)}
                chosen = [one for one in notices if one.session_id in found or one.kind == "session.removed"]
            for listener in some:
                listener.offer(chosen)
