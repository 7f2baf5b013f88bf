"""Keeps the roll-ups fresh: collects what became dirty and recomputes it in rounds, in the order of arrival.

A round starts as soon as something is dirty; under load, what becomes dirty during a round waits for the next, so rounds
grow with the load and cost little per trace. How far the roll-ups are complete is written down now and then; after a crash
everything that arrived later (less a margin) is recomputed, which changes nothing where it had been done already.

A trace that cannot be recomputed must not hold up the others: a round that fails for it is halved until the trace stands
alone, and it is set aside until it changes, nothing else is to be done, or the server starts again.
"""

from __future__ import annotations

import itertools
import logging
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from collections.abc import Set as AbstractSet
from typing import Final, TypeAlias

import msgspec
import pyarrow as pa

from threadline_server.errors import ThreadlineError, Unavailable
from threadline_server.store.database import Database
from threadline_server.store.rollup import RollUp, Touched

log = logging.getLogger(__name__)

ROUND_TRACES: Final = 5_000
FAR_BEHIND: Final = 50_000
"""Traces that wait; each takes 200 bytes until it is recomputed."""
REST: Final = 2
MOST_REST_S: Final = 0.25
QUIET_S: Final = 0.02
"""While spans keep coming, a round is followed by a rest this many times as long (at most so many seconds): planning a round
costs about as much as recomputing a thousand traces, so fewer and larger rounds leave the machine to ingest. As soon as
nothing has come for ``QUIET_S`` and nothing is on its way, the next round begins."""
PROGRESS_EVERY_NS: Final = 2_000_000_000
MARGIN_NS: Final = 60_000_000_000
RETRY_S: Final = 1.0
RETRY_ASIDE_S: Final = 60.0

TraceKey: TypeAlias = tuple[int, str]
"""(project id, trace id)."""
SessionKey: TypeAlias = tuple[int, str]
"""(project id, session id)."""


class Dirty(msgspec.Struct, frozen=True, gc=False):
    """In which hours new spans of a trace begin, and when the first of them arrived. Traces that came together share it."""

    hours: frozenset[int]
    since_ns: int


class Refresher:
    """One thread that recomputes dirty traces and their sessions."""

    def __init__(
        self,
        database: Database,
        rollup: RollUp,
        clock_ns: Callable[[], int],
        server: str,
    ) -> None:
        self._database = database
        self._rollup = rollup
        rollup.texts.may_wait = True
        self._clock_ns = clock_ns
        self._server = server
        self._watchers: list[Callable[[Touched], None]] = []
        self._is_more_coming: Callable[[], bool] = lambda: False
        self._dirty: dict[TraceKey, Dirty] = {}
        self._aside: dict[TraceKey, Dirty] = {}
        self._taken: Collection[TraceKey] = ()
        self._said: dict[SessionKey, int] = {}
        """Sessions of which something was said, and when."""
        self._taken_said: Mapping[SessionKey, int] = {}
        self._changed = threading.Condition()
        self._marks = 0
        self._stopping = False
        self._idle = True
        self.progress_ns = 0
        """The arrival until which the roll-ups are known to be complete, as noted last."""
        self._thread = threading.Thread(target=self._run, name="refresh", daemon=True)

    def rest_while(self, is_more_coming: Callable[[], bool]) -> None:
        """Let rounds rest in full while this says that requests are being taken in; to be called before the start."""
        self._is_more_coming = is_more_coming

    def watch(self, on_round: Callable[[Touched], None]) -> None:
        """Have ``on_round`` told what each round changed; to be called before the start."""
        self._watchers.append(on_round)

    def start(self) -> None:
        self._idle = False
        self._thread.start()

    def mark(self, project_id: int, touched: Mapping[str, AbstractSet[int]], arrived_ns: int) -> None:
        """These traces have new spans, beginning in these hours; the first of them arrived at ``arrived_ns``."""
        same: dict[frozenset[int], Dirty] = {}
        with self._changed:
            for trace_id, hours in touched.items():
                key = (project_id, trace_id)
                new = frozenset(hours)
                new_dirty = same.get(new) or same.setdefault(new, Dirty(new, arrived_ns))
                held = self._aside.pop(key, None) or self._dirty.get(key)
                self._dirty[key] = new_dirty if held is None else _both(held, new_dirty)
            self._marks += 1
            self._changed.notify_all()

    def begin_again(self) -> None:
        """Recompute everything, since what was computed is damaged; as at a start that knows of no progress."""
        self._database.write("forget_progress", {})
        self._recover()

    def mark_session(self, project_id: int, session_id: str, said_ns: int) -> None:
        """Something was said of this session, and is on disk."""
        with self._changed:
            self._said.setdefault((project_id, session_id), said_ns)
            self._marks += 1
            self._changed.notify_all()

    def wait_until_said(self, project_id: int, session_id: str, timeout_s: float) -> bool:
        """Block until what was said of this session is in its row; False when that took too long."""
        key = (project_id, session_id)
        with self._changed:
            return self._changed.wait_for(lambda: key not in self._said and key not in self._taken_said, timeout_s)

    def wait_until_fresh(self, timeout_s: float) -> bool:
        """Block until nothing is dirty, what the start found and words that wait included; False when that took too long."""
        with self._changed:
            return self._changed.wait_for(
                lambda: not self._dirty and not self._said and self._idle and not self._rollup.texts, timeout_s
            )

    def wait_until_done(self, project_id: int, trace_ids: Collection[str], timeout_s: float) -> bool:
        """Block until these traces are recomputed (or set aside), whatever else is dirty; False when that took too long."""
        keys = [(project_id, trace_id) for trace_id in trace_ids]
        with self._changed:
            return self._changed.wait_for(
                lambda: not any(key in self._dirty or key in self._taken for key in keys), timeout_s
            )

    def is_alive(self) -> bool:
        return self._thread.is_alive()

    def waiting(self) -> int:
        """How many traces wait to be recomputed, those that are being so included."""
        return len(self._dirty) + len(self._taken)

    def is_far_behind(self) -> bool:
        """Whether so many wait that more of one large request should not be taken yet."""
        return self.waiting() > FAR_BEHIND

    def lag_s(self) -> float:
        """How long ago the oldest of them came in; 0 where none waits. A trace that was set aside is not waited for."""
        with self._changed:
            oldest = min((dirty.since_ns for dirty in self._dirty.values()), default=0)
        return max(0.0, (self._clock_ns() - oldest) / 1e9) if oldest else 0.0

    def stop(self, timeout_s: float) -> None:
        """Finish what is dirty if there is time, then end; what is left is recomputed at the next start."""
        self.wait_until_fresh(timeout_s)
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        self._thread.join(timeout_s)

    def _run(self) -> None:
        self._recover()
        self._rested()
        pause = threading.Event()
        while (taken := self._take()) is not None:
            began = time.monotonic()
            try:
                for project_id, traces in _by_project(taken).items():
                    self._refresh(project_id, traces)
                self._refresh_said()
                self._write_words(is_pressed=bool(taken))
                self._write_progress()
            except ThreadlineError as error:
                log.warning("cannot refresh the roll-ups, trying again: %s", error, exc_info=error.__cause__)
                self._put_back(taken)
                pause.wait(RETRY_S)
            except Exception:
                log.exception("BUG: cannot refresh the roll-ups, trying again")
                self._put_back(taken)
                pause.wait(RETRY_S)
            finally:
                self._rested()
            self._rest(REST * (time.monotonic() - began))

    def _rested(self) -> None:
        with self._changed:
            self._idle, self._taken, self._taken_said = True, (), {}
            self._changed.notify_all()

    def _refresh(self, project_id: int, traces: Mapping[str, Dirty]) -> None:
        try:
            done = self._rollup.run(
                project_id,
                {trace_id: dirty.hours for trace_id, dirty in traces.items()},
                since_ns=min(dirty.since_ns for dirty in traces.values()),
            )
        except Unavailable:
            raise
        except Exception:
            if len(traces) == 1:
                log.exception("cannot recompute a trace of project %d; its numbers stay as they are", project_id)
                self._set_aside(project_id, traces)
                return
            middle = len(traces) // 2
            for half in (slice(middle), slice(middle, None)):
                self._refresh(project_id, dict(list(traces.items())[half]))
        else:
            self._tell(done)

    def _tell(self, touched: Touched) -> None:
        for on_round in self._watchers:
            on_round(touched)

    def _write_words(self, *, is_pressed: bool) -> None:
        texts = self._rollup.texts
        if not is_pressed:
            texts.write()
        elif texts.is_due:
            texts.write_some()

    def _refresh_said(self) -> None:
        sessions: dict[int, list[str]] = defaultdict(list)
        for project_id, session_id in self._taken_said:
            sessions[project_id].append(session_id)
        for project_id, session_ids in sessions.items():
            self._tell(self._rollup.run_sessions(project_id, session_ids))

    def _set_aside(self, project_id: int, traces: Mapping[str, Dirty]) -> None:
        with self._changed:
            for trace_id, dirty in traces.items():
                key = (project_id, trace_id)
                held = self._dirty if key in self._dirty else self._aside
                held[key] = _both(held.get(key, dirty), dirty)

    def _rest(self, seconds: float) -> None:
        until = time.monotonic() + min(seconds, MOST_REST_S)
        with self._changed:
            while (left := until - time.monotonic()) > 0 and not self._stopping:
                seen = self._marks
                self._changed.wait(min(left, QUIET_S))
                if self._marks == seen and not self._is_more_coming():
                    return

    def _take(self) -> dict[TraceKey, Dirty] | None:
        with self._changed:
            while not (self._dirty or self._said or self._stopping):
                if (texts := bool(self._rollup.texts)) and not self._is_more_coming():
                    break
                if not self._changed.wait(QUIET_S if texts else RETRY_ASIDE_S) and not (texts or self._dirty):
                    self._dirty, self._aside = self._aside, {}
                    if not self._database.is_embedded:
                        break  # for a note of progress, by which others know that this server lives
            if self._stopping:
                return None
            self._idle = False
            self._taken = taken = {
                key: self._dirty.pop(key) for key in list(itertools.islice(self._dirty, ROUND_TRACES))
            }
            self._taken_said, self._said = self._said, {}
            return taken

    def _put_back(self, taken: Mapping[TraceKey, Dirty]) -> None:
        with self._changed:
            self._said = {**self._said, **self._taken_said}
            newer, self._dirty = self._dirty, dict(taken)
            for key, dirty in newer.items():
                self._dirty[key] = _both(self._dirty.get(key, dirty), dirty)

    def _recover(self) -> None:
        """Mark everything that arrived since the roll-ups were known to be complete."""
        try:
            progress = self._database.rows("progress", {})[0]
            self.recover(progress["complete_until_ns"] - MARGIN_NS if progress["servers"] else 0)
        except ThreadlineError:
            log.exception(
                "cannot find what was not rolled up; numbers of the last minute before the stop may be behind"
            )

    def recover(self, since_ns: int) -> None:
        """Mark everything that arrived since then. Raises Unavailable, QueryTooLarge."""
        found = self._database.table("dirty_since", {"since_ns": max(0, since_ns)})
        said = self._database.table("facts_since", {"since_ns": max(0, since_ns)})
        for row in found.to_pylist():
            # Dated by arrival: a crash before they are done, and another, must find them again.
            self.mark(row["project_id"], {row["trace_id"]: set(row["hours"])}, row["arrived_ns"])
        for row in said.to_pylist():
            if row["trace_id"]:
                self.mark(row["project_id"], {row["trace_id"]: set()}, row["version"])
            else:
                self.mark_session(row["project_id"], row["session_id"], row["version"])

    def _write_progress(self) -> None:
        now = self._clock_ns()
        with self._changed:
            waiting = [dirty.since_ns for some in (self._dirty, self._aside) for dirty in some.values()]
            waiting += self._said.values()
            waiting += [] if self._rollup.texts.arrived_ns is None else [self._rollup.texts.arrived_ns]
        complete_until_ns = min(waiting, default=now)
        if complete_until_ns - self.progress_ns < PROGRESS_EVERY_NS:
            return
        row = {"server": self._server, "version": now, "complete_until_ns": complete_until_ns}
        self._database.insert("rollup_progress", [pa.RecordBatch.from_pylist([row])])
        self.progress_ns = complete_until_ns


def _both(one: Dirty, other: Dirty) -> Dirty:
    return Dirty(one.hours | other.hours, min(one.since_ns, other.since_ns))


def _by_project(taken: Mapping[TraceKey, Dirty]) -> dict[int, dict[str, Dirty]]:
    projects: dict[int, dict[str, Dirty]] = defaultdict(dict)
    for (project_id, trace_id), dirty in taken.items():
        projects[project_id][trace_id] = dirty
    return projects
