"""Erases what a project does not want to keep any longer: sessions whose last activity is too long ago, and traces without one.

A clock that is wrong must not take everything: a run erases at most a tenth of a project's sessions, the oldest first, and
there is none while the wall clock runs away from the one that only goes forward.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from threadline_server.erase.eraser import Eraser, Receipt
from threadline_server.errors import ThreadlineError
from threadline_server.identity.project_settings import ProjectSettings
from threadline_server.store.database import Database

log = logging.getLogger(__name__)

EVERY_S: Final = 3600.0
MOST_SHARE: Final = 0.1
"""Of a project's sessions, in one run; of traces without a session so many that ``AT_ONCE`` allows."""
LEAST: Final = 1
AT_ONCE: Final = 1_000
"""Sessions of one receipt."""
MOST_TRACES: Final = 100_000
JUMP_S: Final = 300.0
_DAY_NS: Final = 86_400 * 1_000_000_000


class Retention:
    """``clock_ns`` is the wall clock, ``monotonic_s`` one that nobody sets."""

    def __init__(
        self, database: Database, eraser: Eraser, clock_ns: Callable[[], int], monotonic_s: Callable[[], float]
    ) -> None:
        self._database = database
        self._eraser = eraser
        self._clock_ns = clock_ns
        self._monotonic_s = monotonic_s
        self._last: tuple[int, float] | None = None

    def run_if_due(self, settings: Mapping[int, ProjectSettings]) -> list[Receipt]:
        """One run over all projects, at the start and once an hour; what it erased."""
        now_ns, now_s = self._clock_ns(), self._monotonic_s()
        last, passed_s = self._last, 0.0
        if last is not None:
            passed_s = now_s - last[1]
            if passed_s < EVERY_S:
                return []
        self._last = (now_ns, now_s)
        if last is not None and abs((now_ns - last[0]) / 1e9 - passed_s) > JUMP_S:
            log.warning(
                "the clock was set by more than %.0f s: nothing is erased for its age before the next run", JUMP_S
            )
            return []
        return [
            receipt
            for project_id, project in settings.items()
            if project.retention_days is not None
            for receipt in self._erase(project_id, now_ns - project.retention_days * _DAY_NS)
        ]

    def _erase(self, project_id: int, until_ns: int) -> Iterator[Receipt]:
        try:
            total = self._database.rows("session_total", {"project_id": project_id})[0]["sessions"]
            allowed = max(LEAST, int(total * MOST_SHARE))
            while allowed > 0 and (sessions := self._expired(project_id, until_ns, min(allowed, AT_ONCE))):
                ids = [row["session_id"] for row in sessions]
                hours = sorted(set().union(*(row["trace_hours"] for row in sessions)))
                traces = self._traces(project_id, until_ns, ids, hours)
                yield self._eraser.erase_expired(project_id, ids, traces, until_ns)
                allowed -= len(ids)
            where = {"project_id": project_id, "until_ms": until_ns // 1_000_000}
            hours = [row["hour"] for row in self._database.rows("loose_hours", where)]
            if traces := self._traces(project_id, until_ns, [""], hours, AT_ONCE):
                yield self._eraser.erase_expired(project_id, [], traces, until_ns)
        except ThreadlineError as error:
            log.warning("cannot erase what project %d keeps no longer; the next run goes on: %s", project_id, error)

    def _expired(self, project_id: int, until_ns: int, limit: int) -> list[dict[str, Any]]:
        where = {"project_id": project_id, "until_ms": until_ns // 1_000_000, "limit": limit}
        rows: list[dict[str, Any]] = self._database.table("expired_sessions", where).to_pylist()
        return rows

    def _traces(
        self, project_id: int, until_ns: int, session_ids: Sequence[str], hours: Sequence[int], limit: int = MOST_TRACES
    ) -> list[dict[str, Any]]:
        where = {
            "project_id": project_id, "until_ms": until_ns // 1_000_000, "session_ids": list(session_ids),
            "hours": list(hours), "limit": limit,
        }  # fmt: skip
        rows: list[dict[str, Any]] = self._database.table("expired_traces", where).to_pylist()
        return rows
