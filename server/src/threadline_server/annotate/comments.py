"""Comments that people write on sessions, traces and spans."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Final

import msgspec

from threadline_server.annotate.targets import Target, Targets
from threadline_server.errors import BadRequest, NotFound
from threadline_server.store.comments import keep_comment
from threadline_server.store.database import Database, Row
from threadline_server.store.refresh import Refresher

MAX_BODY: Final = 10_000
MAX_AUTHOR: Final = 200


class Commenter:
    """Keeps comments and sees their number into the rows of sessions."""

    def __init__(self, database: Database, refresher: Refresher, clock_ns: Callable[[], int]) -> None:
        self._database = database
        self._targets = Targets(database, refresher)
        self._clock_ns = clock_ns

    def write(self, project_id: int, target: Target, body: str, author: str) -> Row:
        """The comment as it is kept. Raises ``BadRequest``, ``NotFound``, ``Unavailable``."""
        if not body.strip() or len(body) > MAX_BODY:
            raise BadRequest(f"cannot keep the comment: 'body' must have 1 to {MAX_BODY} characters")
        if len(author) > MAX_AUTHOR:
            raise BadRequest(f"cannot keep the comment: 'author' has {len(author)} characters, at most {MAX_AUTHOR}")
        self._targets.find(project_id, target)
        now_ns = self._clock_ns()
        place = msgspec.structs.asdict(target)
        told = {"comment_id": secrets.token_hex(8), "author": author.strip(), "body": body, **place}
        self._keep(project_id, {**told, "is_deleted": 0}, now_ns)
        return {**told, "time_ms": now_ns // 1_000_000}

    def on(self, project_id: int, target: Target) -> list[Row]:
        """The comments on a session and its traces, on a trace and its spans, or on a span. Raises ``NotFound``."""
        return self._targets.said_on("comments_of", project_id, target)

    def remove(self, project_id: int, comment_id: str) -> None:
        """Take a comment back. Raises ``NotFound``, ``Unavailable``."""
        found = self._database.rows("comment_place", {"project_id": project_id, "comment_id": comment_id})
        if not found:
            raise NotFound("cannot remove this comment: it is not there")
        now_ns = self._clock_ns()
        nothing = {"comment_id": comment_id, "span_id": "", "author": "", "body": "", "is_deleted": 1}
        self._keep(project_id, {**nothing, **found[0]}, now_ns)

    def _keep(self, project_id: int, row: Row, now_ns: int) -> None:
        keep_comment(self._database, project_id, row, now_ns)
        self._targets.show(project_id, row["session_id"], row["trace_id"], now_ns)
