"""Comments that people write on sessions, traces and spans. They follow their trace into whichever session it is in."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Final

import msgspec

from threadline_server.errors import BadRequest, NotFound, Unavailable
from threadline_server.model import AUTO
from threadline_server.store.comments import keep_comment
from threadline_server.store.database import Database, Row
from threadline_server.store.refresh import Refresher

MAX_BODY: Final = 10_000
MAX_AUTHOR: Final = 200
MAX_SHOWN: Final = 1_000
PATIENCE_S: Final = 10.0


class Target(msgspec.Struct, frozen=True):
    """What a comment is on: a session, a trace, or a span of a trace."""

    session_id: str = ""
    trace_id: str = ""
    span_id: str = ""

    def __post_init__(self) -> None:
        if bool(self.session_id) == bool(self.trace_id) or (self.span_id and not self.trace_id):
            raise BadRequest(
                "cannot find what the comment is on: it must name one thing",
                hint="Give sessionId, or traceId, or traceId and spanId.",
            )


class Commenter:
    """Keeps comments and sees their number into the rows of sessions."""

    def __init__(self, database: Database, refresher: Refresher, clock_ns: Callable[[], int]) -> None:
        self._database = database
        self._refresher = refresher
        self._clock_ns = clock_ns

    def write(self, project_id: int, target: Target, body: str, author: str) -> Row:
        """The comment as it is kept. Raises ``BadRequest``, ``NotFound``, ``Unavailable``."""
        if not body.strip() or len(body) > MAX_BODY:
            raise BadRequest(f"cannot keep the comment: 'body' must have 1 to {MAX_BODY} characters")
        if len(author) > MAX_AUTHOR:
            raise BadRequest(f"cannot keep the comment: 'author' has {len(author)} characters, at most {MAX_AUTHOR}")
        self._place_of(project_id, target)
        now_ns = self._clock_ns()
        place = msgspec.structs.asdict(target)
        told = {"comment_id": secrets.token_hex(8), "author": author.strip(), "body": body, **place}
        self._keep(project_id, {**told, "is_deleted": 0}, now_ns)
        return {**told, "time_ms": now_ns // 1_000_000}

    def on(self, project_id: int, target: Target) -> list[Row]:
        """The comments on a session and its traces, on a trace and its spans, or on a span. Raises ``NotFound``."""
        hours = self._place_of(project_id, target)
        traces, sessions = [target.trace_id], []
        if target.session_id:
            where = {"project_id": project_id, "session_id": target.session_id, "hours": hours}
            traces = [row["trace_id"] for row in self._database.rows("traces_of_session_ids", where)]
            sessions = [target.session_id, *(f"{AUTO}{trace_id}" for trace_id in traces)]
        where = {"project_id": project_id, "session_ids": sessions, "trace_ids": traces, "limit": MAX_SHOWN}
        found = self._database.rows("comments_of", where)
        return [row for row in found if not target.span_id or row["span_id"] == target.span_id]

    def remove(self, project_id: int, comment_id: str) -> None:
        """Take a comment back. Raises ``NotFound``, ``Unavailable``."""
        found = self._database.rows("comment_place", {"project_id": project_id, "comment_id": comment_id})
        if not found:
            raise NotFound("cannot remove this comment: it is not there")
        now_ns = self._clock_ns()
        nothing = {"comment_id": comment_id, "span_id": "", "author": "", "body": "", "is_deleted": 1}
        self._keep(project_id, {**nothing, **found[0]}, now_ns)

    def _place_of(self, project_id: int, target: Target) -> list[int]:
        """The hours in which its traces begin."""
        if target.trace_id:
            found = self._database.rows("trace_place", {"project_id": project_id, "trace_id": target.trace_id})
            hours = [row["hour"] for row in found]
        else:
            found = self._database.rows("session_hours", {"project_id": project_id, "session_ids": [target.session_id]})
            hours = found[0]["trace_hours"] if found else []
        if not found:
            raise NotFound(f"cannot find this {'trace' if target.trace_id else 'session'}")
        return hours

    def _keep(self, project_id: int, row: Row, now_ns: int) -> None:
        keep_comment(self._database, project_id, row, now_ns)
        if trace_id := row["trace_id"]:
            self._refresher.mark(project_id, {trace_id: set()}, now_ns)
            done = self._refresher.wait_until_done(project_id, [trace_id], PATIENCE_S)
        else:
            self._refresher.mark_session(project_id, row["session_id"], now_ns)
            done = self._refresher.wait_until_said(project_id, row["session_id"], PATIENCE_S)
            if row["session_id"].startswith(AUTO):
                # What was an automatic session may be part of another by now: the one in which its first trace is.
                traces = [row["session_id"].removeprefix(AUTO)]
                self._refresher.mark(project_id, {trace_id: set() for trace_id in traces}, now_ns)
                done = self._refresher.wait_until_done(project_id, traces, PATIENCE_S) and done
        if not done:
            raise Unavailable("cannot show the comment yet: it is kept, and the roll-up is behind", retry_after_s=5)
