"""The table ``comments``, and how many of them a session's row tells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from threadline_server.store.database import Database


def keep_comment(database: Database, project_id: int, comment: Mapping[str, Any], version: int) -> None:
    """Store a row, which names all columns but these two; returns when it is fsynced. Of one id the later version stands."""
    row = {"project_id": project_id, "version": version, **comment}
    database.insert("comments", [pa.RecordBatch.from_pylist([row])])


def with_comment_counts(
    database: Database, project_id: int, sessions: pa.Table, hours: Sequence[int], said: Mapping[str, str]
) -> pa.Table:
    """Rows of sessions whose traces begin in these hours, with the number of comments. A project without comments asks nothing.

    ``said`` maps other ids under which something was said of a session to that session.
    """
    ids = sessions["session_id"].to_pylist()
    counts: dict[str, int] = {}
    if ids and database.rows("comment_total", {"project_id": project_id})[0]["comments"]:
        where = {
            "project_id": project_id,
            "hours": list(hours),
            "session_ids": ids,
            "said_of": list(said),
            "said_now": list(said.values()),
        }
        rows = database.table("session_comments", where).to_pylist()
        counts = {row["session_id"]: row["times"] for row in rows}
    return sessions.append_column("comment_count", pa.array([counts.get(one, 0) for one in ids], pa.uint64()))
