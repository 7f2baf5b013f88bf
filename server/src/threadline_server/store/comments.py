"""The table ``comments``, and how many of them a session's row tells."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pyarrow as pa

from threadline_server.store.database import Database


def keep_comment(database: Database, project_id: int, comment: Mapping[str, Any], version: int) -> None:
    """Store a row, which names all columns but these two; returns when it is fsynced. Of one id the later version stands."""
    keep_comments(database, project_id, [(comment, version)])


def keep_comments(database: Database, project_id: int, comments: Iterable[tuple[Mapping[str, Any], int]]) -> None:
    """The same of several, each with its version."""
    rows = [{"project_id": project_id, "version": version, **comment} for comment, version in comments]
    database.insert("comments", [pa.RecordBatch.from_pylist(rows)])


def with_comment_counts(database: Database, sessions: pa.Table, where: Mapping[str, Any] | None) -> pa.Table:
    """Rows of sessions with the number of comments; ``where`` is what ``session_comments`` binds, None where there is nothing."""
    ids = sessions["session_id"].to_pylist()
    rows = [] if where is None else database.table("session_comments", where).to_pylist()
    counts = {row["session_id"]: row["times"] for row in rows}
    return sessions.append_column("comment_count", pa.array([counts.get(one, 0) for one in ids], pa.uint64()))
