"""What was erased, by digest: ids that were to be forgotten are not kept, and yet recognised when they come again."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final, Literal, NamedTuple, TypeAlias

import pyarrow as pa

from threadline_server.store.database import Database


class Trace(NamedTuple):
    """What tells whether a trace was erased."""

    trace_id: str
    session_id: str
    user_id: str
    start_ns: int
    end_ms: int
    span_count: int

    @property
    def is_loose(self) -> bool:
        """Whether it may be in an automatic session; a trace of which only log records came is none yet."""
        return bool(self.user_id and not self.session_id and self.span_count)


Kind: TypeAlias = Literal["session", "user", "trace"]
NO_END_NS: Final = 2**63 - 1
"""When a trace is erased until: its id is never used again, whatever its clock says."""


def digest(project_id: int, kind: Kind, name: str) -> str:
    """What stands for an id; ``sql/erasure.sql`` makes the same."""
    return hashlib.sha256(f"{project_id}\0{kind}\0{name}".encode("utf-8", "surrogatepass")).hexdigest()


def keep_erased(
    database: Database, project_id: int, erased: Mapping[Kind, Iterable[str]], erased_ns: int, version: int
) -> None:
    """Remember that these ids were erased at ``erased_ns``; returns when that is on disk."""
    rows = [(kind, digest(project_id, kind, name)) for kind, names in erased.items() for name in names]
    database.insert(
        "erasures",
        [
            pa.record_batch(
                {
                    "project_id": pa.array([project_id] * len(rows), pa.uint32()),
                    "kind": [kind for kind, _ in rows],
                    "digest": [text for _, text in rows],
                    "erased_ns": pa.array(
                        [NO_END_NS if kind == "trace" else erased_ns for kind, _ in rows], pa.int64()
                    ),
                    "version": pa.array([version] * len(rows), pa.uint64()),
                }
            )
        ],
    )


def keep_erased_stretches(
    database: Database, project_id: int, trace_ids: Sequence[str], idle_ms: int, erased_ns: int, version: int
) -> None:
    """Remember when whose activity was that of the automatic sessions of these traces, as the last round wrote them."""
    found = database.table("stretches_of", {"project_id": project_id, "trace_ids": list(trace_ids)}).to_pylist()
    if not found:
        return
    rows = [
        {
            "project_id": project_id,
            "digest": digest(project_id, "user", row["user_id"]),
            "from_ms": row["start_ns"] // 1_000_000 - idle_ms,
            "until_ms": row["end_ms"] + idle_ms,
            "erased_ns": erased_ns,
            "version": version,
        }
        for row in found
    ]
    database.insert("erased_stretches", [pa.RecordBatch.from_pylist(rows)])


def erased_among(database: Database, project_id: int, traces: Sequence[Trace]) -> Collection[str]:
    """Ids of those traces that belong to what was erased."""
    if not traces or not database.rows("erasure_count", {"project_id": project_id})[0]["erasures"]:
        return ()
    named = {trace.trace_id: _digests(project_id, trace) for trace in traces}
    asked = sorted({text for digests in named.values() for text in digests})
    found = database.table("erased", {"project_id": project_id, "digests": asked}).to_pylist()
    until = {row["digest"]: row["erased_ns"] for row in found}
    return {
        trace.trace_id
        for trace in traces
        if any(trace.start_ns <= until.get(text, -1) for text in named[trace.trace_id])
    } | _in_erased_stretches(database, project_id, [trace for trace in traces if trace.is_loose])


def _in_erased_stretches(database: Database, project_id: int, loose: Sequence[Trace]) -> set[str]:
    """Those that would have been in an automatic session when that was erased, had they come in time."""
    if not loose:
        return set()
    users = {trace.user_id: digest(project_id, "user", trace.user_id) for trace in loose}
    asked = {
        "project_id": project_id,
        "digests": sorted(users.values()),
        "first_ms": min(trace.start_ns for trace in loose) // 1_000_000,
        "last_ms": max(trace.end_ms for trace in loose),
    }
    stretches: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for row in database.table("erased_stretches", asked).to_pylist():
        stretches[row["digest"]].append(row)
    return {
        trace.trace_id
        for trace in loose
        for row in stretches[users[trace.user_id]]
        if row["from_ms"] <= trace.end_ms
        and trace.start_ns // 1_000_000 <= row["until_ms"]
        and trace.start_ns <= row["erased_ns"]
    }


def _digests(project_id: int, trace: Trace) -> list[str]:
    found = [digest(project_id, "trace", trace.trace_id)]
    if trace.session_id:
        found.append(digest(project_id, "session", trace.session_id))
    if trace.user_id:
        found.append(digest(project_id, "user", trace.user_id))
    return found
