"""The table ``scores``, and what a session's row says of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pyarrow as pa

from threadline_server.model import Score
from threadline_server.store.database import Database

_NONE: Sequence[dict[str, Any]] = ()


def keep_scores(
    database: Database, scores: Iterable[tuple[int, Score]], version: int, *, is_deleted: bool = False
) -> None:
    """Store (project, score) rows; returns when they are fsynced. Of one id the later version stands."""
    keep_versions(database, [(project_id, score, version) for project_id, score in scores], is_deleted=is_deleted)


def keep_versions(database: Database, scores: Iterable[tuple[int, Score, int]], *, is_deleted: bool = False) -> None:
    """The same where each has a version of its own."""
    rows = [
        {
            "project_id": project_id,
            "trace_id": score.trace_id,
            "session_id": score.session_id,
            "score_id": score.score_id,
            "version": version,
            "is_deleted": int(is_deleted),
            "about": score.about,
            "span_id": score.span_id,
            "name": score.name,
            "kind": score.kind,
            "value": score.value,
            "label": score.label,
            "comment": score.comment,
            "source": score.source,
            "time": score.time_ns // 1_000_000,
        }
        for project_id, score, version in scores
    ]
    database.insert("scores", [pa.RecordBatch.from_pylist(rows, schema=_SCHEMA)])


def with_scores(database: Database, sessions: pa.Table, where: Mapping[str, Any] | None) -> pa.Table:
    """Rows of sessions with what was judged of each; ``where`` is what ``session_scores`` binds, None where there is nothing."""
    ids = sessions["session_id"].to_pylist()
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    if where is not None:
        for row in database.table("session_scores", where).to_pylist():
            found[row["session_id"]].append(row)
    judged = [found.get(session_id, _NONE) for session_id in ids]
    columns = {
        "score_counts": ([[(row["name"], row["times"]) for row in rows] for rows in judged], pa.uint64()),
        "score_means": ([[(row["name"], row["mean"]) for row in rows if row["mean"] is not None] for rows in judged], pa.float64()),
        "score_labels": ([[(row["name"], row["labels"]) for row in rows if row["labels"]] for rows in judged], pa.list_(pa.string())),
    }  # fmt: skip
    for name, (values, kind) in columns.items():
        sessions = sessions.append_column(name, pa.array(values, pa.map_(pa.string(), kind)))
    return sessions


_SCHEMA = pa.schema(
    {
        "project_id": pa.uint32(), "trace_id": pa.string(), "session_id": pa.string(), "score_id": pa.string(),
        "version": pa.uint64(), "is_deleted": pa.uint8(), "about": pa.string(), "span_id": pa.string(), "name": pa.string(),
        "kind": pa.string(), "value": pa.float64(), "label": pa.string(), "comment": pa.string(), "source": pa.string(),
        "time": pa.timestamp("ms", tz="UTC"),
    }
)  # fmt: skip
