"""What was erased, by digest: ids that were to be forgotten are not kept, and yet recognised when they come again."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final, Literal, TypeAlias

import pyarrow as pa

from threadline_server.store.database import Database

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


def erased_among(database: Database, project_id: int, traces: Sequence[Mapping[str, Any]]) -> Collection[str]:
    """Ids of those traces (``trace_id``, ``session_id``, ``user_id``, ``start_ns``) that belong to what was erased."""
    if not traces or not database.rows("erasure_count", {"project_id": project_id})[0]["erasures"]:
        return ()
    named = {row["trace_id"]: _digests(project_id, row) for row in traces}
    asked = sorted({text for digests in named.values() for text in digests})
    found = database.table("erased", {"project_id": project_id, "digests": asked}).to_pylist()
    until = {row["digest"]: row["erased_ns"] for row in found}
    return {
        row["trace_id"]
        for row in traces
        if any(row["start_ns"] <= until.get(text, -1) for text in named[row["trace_id"]])
    }


def _digests(project_id: int, row: Mapping[str, Any]) -> list[str]:
    found = [digest(project_id, "trace", row["trace_id"])]
    if row["session_id"]:
        found.append(digest(project_id, "session", row["session_id"]))
    if row["user_id"]:
        found.append(digest(project_id, "user", row["user_id"]))
    return found
