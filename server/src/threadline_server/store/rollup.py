"""Recomputes the traces that changed, then their sessions, from the winning versions of their spans.

Nothing is ever added to a stored number, so any order, repetition or splitting of the same spans ends in the same rows.
Every read is narrow: a trace's spans and a session's traces are found by the hours in which they begin, which the keys of
the tables start with. When an earlier span or a late root moves a trace to another hour or session, the row at the old key
is deleted by a tombstone and both sessions are recomputed; so is that of a session whose beginning moves to another day.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Final, TypeAlias

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from threadline_server.store.auto_sessions import Found, Loose, said_elsewhere, with_auto_sessions
from threadline_server.store.comments import with_comment_counts
from threadline_server.store.database import Database
from threadline_server.store.erasures import Trace, erased_among
from threadline_server.store.scores import with_scores
from threadline_server.store.turn_texts import TurnTexts
from threadline_server.store.usage import Use, repetition

Hours: TypeAlias = set[int]
IDLE_MS: Final = 30 * 60 * 1000
"""Unless a project sets another: a longer pause between activities separates two segments of a session."""

_BETWEEN: Final = ["stretches", "facts", "fact_names"]
"""Columns that only other columns are made of."""
_NOT_OF_A_SESSION: Final = [*_BETWEEN, "steps"]
_NOT_OF_A_TRACE: Final = [*_BETWEEN, "tree", "arrived_ns", "said"]
_HAS_TREE: Final = pc.list_value_length(pc.field("tree")) > 0
_KEY_COLUMNS: Final = ["trace_id", "hour", "session_id", "span_hours", "arrived_ns"]

_SESSION_KEY: Final = ["project_id", "session_id", "start_time", "version"]
_DAY_NS: Final = 86_400_000_000_000

_LATELY_NS: Final = 600_000_000_000
"""Traces are read together when their first spans arrived within this time of each other (at most)."""


class Touched(msgspec.Struct, frozen=True):
    """What one round changed in one project: for whoever watches."""

    project_id: int
    traces: int
    sessions: tuple[str, ...]
    erased: Mapping[str, Hours] = {}
    """Traces of which something came though they had been erased, and the hours of their spans."""
    began: frozenset[str] = frozenset()
    """Those of the sessions that were not there before."""
    version: int = 0
    """Of the sessions' rows that it wrote."""


class RollUp:
    """Recomputation against one database. ``clock_ns`` gives the version of the rows written.

    ``auto_idle_ms`` answers for a project the idle time by which sessions are made for traces without one, 0 for none.
    Where several servers share the database, ``turn`` lets one at a time recompute what is of a project, and answers the time by a
    clock that they share: two that read before either has written would each leave out what the other adds.
    """

    def __init__(
        self,
        database: Database,
        clock_ns: Callable[[], int],
        auto_idle_ms: Callable[[int], int] = lambda _project_id: 0,
        turn: Callable[[int], AbstractContextManager[int]] | None = None,
    ) -> None:
        self._database = database
        self._turn = turn or (lambda _project_id: nullcontext(clock_ns()))
        self._auto_idle_ms = auto_idle_ms
        self._version = 0
        self.texts = TurnTexts(database)

    def run(self, project_id: int, dirty: Mapping[str, AbstractSet[int]], *, since_ns: int = 0) -> Touched:
        """Recompute these traces (id -> hours in which new spans begin) and every session that they are or were in.

        No span arrived before ``since_ns`` but those that an earlier round has seen.
        """
        with self._turn(project_id) as now_ns:
            return self._round(project_id, dirty, since_ns, self._next_version(now_ns))

    def _round(self, project_id: int, dirty: Mapping[str, AbstractSet[int]], since_ns: int, version: int) -> Touched:
        found, loose = with_auto_sessions(
            self._database,
            project_id,
            self._auto_idle_ms(project_id),
            self._found(project_id, dirty, version, since_ns),
            lambda others: self._found(project_id, {trace_id: set() for trace_id in others}, version, version),
        )
        before, hours, rows, erased = found
        keys = rows.select(_KEY_COLUMNS).to_pylist()
        moved = [
            before[key["trace_id"]]
            for key in keys
            if key["trace_id"] in before and _place(before[key["trace_id"]]) != _place(key)
        ] + [before[trace_id] for trace_id in erased if trace_id in before]
        left = [{name: row[name] for name in ("hour", "session_id", "trace_id")} for row in moved]
        self._insert("traces", rows.drop_columns(_NOT_OF_A_TRACE))
        if erased:
            self.texts.forget(project_id, erased)
        for table in ("traces", "turn_texts"):
            self._delete(table, project_id, version, left)
        sessions: dict[str, Hours] = defaultdict(set)
        for row in [*keys, *moved]:
            if row["session_id"]:
                sessions[row["session_id"]].add(row["hour"])
        began = self._sessions(project_id, sessions, version)
        # Last: whoever tries again after a failure must still find what the keys said before, to leave no session behind.
        self._insert("trace_keys", rows.select(["project_id", "version", "is_deleted", *_KEY_COLUMNS]))
        self._delete(
            "trace_keys", project_id, version, [{"trace_id": trace_id} for trace_id in erased if trace_id in before]
        )
        self._keep_loose(project_id, version, loose)
        self.texts.keep(rows, since_ns)
        late = {trace_id: hours[trace_id] for trace_id in erased}
        return Touched(project_id, len(keys), tuple(sessions), late, began, version)

    def _found(self, project_id: int, dirty: Mapping[str, AbstractSet[int]], version: int, since_ns: int) -> Found:
        before = self._keys(project_id, dirty)
        hours = {
            trace_id: {*new, *(before[trace_id]["span_hours"] if trace_id in before else ())}
            for trace_id, new in dirty.items()
        }
        rows = pa.concat_tables(
            self._trace_rows(project_id, {trace_id: hours[trace_id] for trace_id in some}, version, arrived_ns)
            for arrived_ns, some in _by_arrival(dirty, before, since_ns)
        )
        rows, erased = self._without_erased(project_id, rows)
        return Found(before, hours, rows, frozenset(erased))

    def _keep_loose(self, project_id: int, version: int, loose: Loose) -> None:
        if loose.entries:
            same = {"project_id": project_id, "version": version, "is_deleted": 0}
            self._database.insert(
                "loose_traces", [pa.RecordBatch.from_pylist([{**same, **entry} for entry in loose.entries])]
            )
        self._delete("loose_traces", project_id, version, loose.gone)

    def _without_erased(self, project_id: int, rows: pa.Table) -> tuple[pa.Table, Collection[str]]:
        """The traces that may be shown, and the ids of those that were erased, whenever their spans came."""
        columns = [rows[name].to_pylist() for name in ("trace_id", "session_id", "user_id")]
        starts, ends = (rows[name].cast(pa.int64()).to_pylist() for name in ("start_time", "end_time"))
        columns += [starts, [end_ns // 1_000_000 for end_ns in ends], rows["span_count"].to_pylist()]
        erased = erased_among(self._database, project_id, [Trace(*told) for told in zip(*columns, strict=True)])
        if not erased:
            return rows, ()
        return rows.filter(pc.invert(pc.is_in(rows["trace_id"], pa.array(sorted(erased))))), erased

    def run_sessions(self, project_id: int, session_ids: Iterable[str]) -> Touched:
        """Recompute these sessions, of which something was said. One without traces is none."""
        touched = tuple(session_ids)
        with self._turn(project_id) as now_ns:
            version = self._next_version(now_ns)
            self._sessions(project_id, {session_id: set() for session_id in touched}, version)
        return Touched(project_id, 0, touched, version=version)

    def _next_version(self, now_ns: int) -> int:
        """A clock may step back, a version may not."""
        self._version = max(now_ns, self._version + 1)
        return self._version

    def _keys(self, project_id: int, trace_ids: Iterable[str]) -> dict[str, dict[str, Any]]:
        found = self._database.table("trace_keys", {"project_id": project_id, "trace_ids": list(trace_ids)})
        return {row["trace_id"]: row for row in found.to_pylist()}

    def _trace_rows(self, project_id: int, hours: Mapping[str, Hours], version: int, arrived_ns: int) -> pa.Table:
        """These traces, none of whose spans arrived before ``arrived_ns``."""
        where = {
            "project_id": project_id,
            "hours": list(set().union(*hours.values())),
            "trace_ids": list(hours),
            "arrived_ns": arrived_ns,
            "version": version,
        }
        rows = self._database.table("trace_rows", where | repetition({}))
        trees = rows.select(["trace_id", "tree"]).filter(_HAS_TREE).to_pylist()
        uses = {row["trace_id"]: [Use(*branch.values()) for branch in row["tree"]] for row in trees}
        repeating = repetition(uses)
        again = list(dict.fromkeys([*repeating["repeating_traces"], *repeating["told_again_traces"]]))
        if not again:
            return rows
        found = self._database.table("trace_rows", where | {"trace_ids": again} | repeating)
        return pa.concat_tables([rows.filter(pc.invert(pc.is_in(rows["trace_id"], pa.array(again)))), found])

    def _sessions(self, project_id: int, touched: Mapping[str, Hours], version: int) -> frozenset[str]:
        """Recompute sessions; answers which of them were not there before."""
        if not touched:
            return frozenset()
        known = self._database.table(
            "session_hours", {"project_id": project_id, "session_ids": list(touched)}
        ).to_pylist()
        hours = {session_id: set(new) for session_id, new in touched.items()}
        for row in known:
            hours[row["session_id"]].update(row["trace_hours"])
        everywhere = sorted(set().union(*hours.values()))
        is_auto = self._auto_idle_ms(project_id) > 0
        said = said_elsewhere(self._database, project_id, list(hours), everywhere) if is_auto else {}
        count = self._database.rows("said_count", {"project_id": project_id})[0]
        where = {"project_id": project_id, "hours": everywhere, "session_ids": list(hours), "version": version}
        of_said = {"said_of": list(said), "said_now": list(said.values())}
        rows = (
            self._database.table("session_rows_said", where | of_said)
            if count["facts"]
            else self._database.table("session_rows", where)
        ).drop_columns(_NOT_OF_A_SESSION)
        before = {(row["session_id"], row["start_ns"]) for row in known}
        starts = list(zip(rows["session_id"].to_pylist(), rows["start_time"].cast(pa.int64()).to_pylist(), strict=True))
        # First: who looks for a session must find the way to its row, wherever a round is cut off.
        is_new = pa.array([start not in before for start in starts], pa.bool_())
        self._insert("session_keys", rows.select(_SESSION_KEY).filter(is_new))
        told = {"project_id": project_id, "hours": everywhere, "session_ids": rows["session_id"].to_pylist(), **of_said}
        rows = with_scores(self._database, rows, told if count["scores"] else None)
        self._insert("sessions", with_comment_counts(self._database, rows, told if count["comments"] else None))
        days = {session_id: start_ns // _DAY_NS for session_id, start_ns in starts}
        self._forget_sessions(
            project_id, version, [start for start in before if days.get(start[0]) != start[1] // _DAY_NS]
        )
        return frozenset(days.keys() - {session_id for session_id, _ in before})

    def _forget_sessions(self, project_id: int, version: int, starts: Sequence[tuple[str, int]]) -> None:
        """Those that lost their last trace, or began on another day than their rows say; ``starts`` names the rows."""
        if not starts:
            return
        session_ids, starts_ns = zip(*sorted(starts), strict=True)
        same = {"project_id": project_id, "version": version, "is_deleted": 1}
        columns = {name: pa.repeat(value, len(starts)) for name, value in same.items()}
        columns |= {"session_id": pa.array(session_ids), "start_time": pa.array(starts_ns, pa.timestamp("ns", "UTC"))}
        self._database.insert("sessions", [pa.RecordBatch.from_pydict(columns)])

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


def _by_arrival(
    dirty: Iterable[str], before: Mapping[str, Mapping[str, Any]], since_ns: int
) -> list[tuple[int, list[str]]]:
    """The traces in one or two lots, each with the earliest arrival of its spans.

    A part of ``spans`` in which nothing arrived since then is not opened. So that one trace of last week does not cost
    all others that, those that began long ago are read apart.
    """
    arrived = {
        trace_id: min(since_ns, before[trace_id]["arrived_ns"]) if trace_id in before else since_ns
        for trace_id in dirty
    }
    lately = [trace_id for trace_id, ns in arrived.items() if ns >= since_ns - _LATELY_NS]
    long_ago = [trace_id for trace_id, ns in arrived.items() if ns < since_ns - _LATELY_NS]
    return [(min(arrived[trace_id] for trace_id in lot), lot) for lot in (lately, long_ago) if lot]
