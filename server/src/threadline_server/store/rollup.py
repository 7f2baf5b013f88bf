"""Recomputes the traces that changed, then their sessions, from the winning versions of their spans.

Nothing is ever added to a stored number, so any order, repetition or splitting of the same spans ends in the same rows.
Every read is narrow: a trace's spans and a session's traces are found by the hours in which they begin, which the keys of
the tables start with. When an earlier span or a late root moves a trace to another hour or session, the row at the old key
is deleted by a tombstone and both sessions are recomputed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, TypeAlias

import msgspec
import pyarrow as pa

from threadline_server.store.database import Database
from threadline_server.store.usage import Use, spans_that_add_nothing

Hours: TypeAlias = set[int]
IDLE_MS: Final = 30 * 60 * 1000
"""A longer pause between activities separates two segments of a session."""

_KEY_COLUMNS: Final = ["trace_id", "hour", "session_id", "span_hours"]


class Touched(msgspec.Struct, frozen=True):
    """What one round changed in one project: for whoever watches."""

    project_id: int
    traces: int
    sessions: tuple[str, ...]


class RollUp:
    """Recomputation against one database. ``clock_ns`` gives the version of the rows written."""

    def __init__(self, database: Database, clock_ns: Callable[[], int], idle_ms: int = IDLE_MS) -> None:
        self._database = database
        self._clock_ns = clock_ns
        self._idle_ms = idle_ms
        self._version = 0

    def run(self, project_id: int, dirty: Mapping[str, Hours]) -> Touched:
        """Recompute these traces (id -> hours in which new spans begin) and every session that they are or were in."""
        self._version = version = max(self._clock_ns(), self._version + 1)  # a clock may step back, a version may not
        before = self._keys(project_id, dirty)
        hours = {
            trace_id: new | set(before[trace_id]["span_hours"] if trace_id in before else ())
            for trace_id, new in dirty.items()
        }
        rows = self._trace_rows(project_id, hours, version)
        keys = rows.select(_KEY_COLUMNS).to_pylist()
        moved = [
            before[key["trace_id"]]
            for key in keys
            if key["trace_id"] in before and _place(before[key["trace_id"]]) != _place(key)
        ]
        self._insert("traces", rows)
        self._delete(
            "traces",
            project_id,
            version,
            [{name: row[name] for name in ("hour", "session_id", "trace_id")} for row in moved],
        )
        sessions: dict[str, Hours] = defaultdict(set)
        for row in [*keys, *moved]:
            if row["session_id"]:
                sessions[row["session_id"]].add(row["hour"])
        self._sessions(project_id, sessions, version)
        # Last: whoever tries again after a failure must still find what the keys said before, to leave no session behind.
        self._insert("trace_keys", rows.select(["project_id", "version", "is_deleted", *_KEY_COLUMNS]))
        return Touched(project_id, len(keys), tuple(sessions))

    def _keys(self, project_id: int, trace_ids: Iterable[str]) -> dict[str, dict[str, Any]]:
        found = self._database.table("trace_keys", {"project_id": project_id, "trace_ids": list(trace_ids)})
        return {row["trace_id"]: row for row in found.to_pylist()}

    def _trace_rows(self, project_id: int, hours: Mapping[str, Hours], version: int) -> pa.Table:
        pairs = [(hour, trace_id) for trace_id, found in hours.items() for hour in found]
        where = {"project_id": project_id, "hours": [hour for hour, _ in pairs], "trace_ids": [id_ for _, id_ in pairs]}
        repeating = [
            (row["trace_id"], span_id)
            for row in self._database.table("usage_trees", where).to_pylist()
            for span_id in sorted(spans_that_add_nothing(Use(*branch.values()) for branch in row["tree"]))
        ]
        rows = self._database.table(
            "trace_rows",
            where
            | {
                "version": version,
                "repeating_traces": [trace_id for trace_id, _ in repeating],
                "repeating_spans": [span_id for _, span_id in repeating],
            },
        )
        return rows.drop_columns(["facts", "fact_names"])

    def _sessions(self, project_id: int, touched: Mapping[str, Hours], version: int) -> None:
        if not touched:
            return
        known = self._database.table(
            "session_hours", {"project_id": project_id, "session_ids": list(touched)}
        ).to_pylist()
        hours = {session_id: set(new) for session_id, new in touched.items()}
        for row in known:
            hours[row["session_id"]].update(row["trace_hours"])
        pairs = [(hour, session_id) for session_id, found in hours.items() for hour in found]
        rows = self._database.table(
            "session_rows",
            {
                "project_id": project_id,
                "hours": [hour for hour, _ in pairs],
                "session_ids": [session_id for _, session_id in pairs],
                "version": version,
                "idle_ms": self._idle_ms,
            },
        ).drop_columns(["facts", "fact_names"])
        self._insert("sessions", rows)
        emptied = touched.keys() - set(rows["session_id"].to_pylist())
        self._delete("sessions", project_id, version, [{"session_id": session_id} for session_id in sorted(emptied)])

    def _insert(self, table: str, rows: pa.Table) -> None:
        if rows.num_rows:
            self._database.insert(table, rows.to_batches())

    def _delete(self, table: str, project_id: int, version: int, keys: Sequence[Mapping[str, Any]]) -> None:
        if not keys:
            return
        tombstones = pa.RecordBatch.from_pylist(
            [{"project_id": project_id, "version": version, "is_deleted": 1, **key} for key in keys]
        )
        self._database.insert(table, [tombstones])


def _place(row: Mapping[str, Any]) -> tuple[int, str]:
    return row["hour"], row["session_id"]
