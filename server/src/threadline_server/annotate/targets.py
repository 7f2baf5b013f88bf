"""What scores and comments are on: a session, a trace or a span. They follow their trace into whichever session it is in."""

from __future__ import annotations

from typing import Final

import msgspec

from threadline_server.errors import BadRequest, NotFound, Unavailable
from threadline_server.model import AUTO
from threadline_server.store.database import Database, Row
from threadline_server.store.refresh import Refresher

MAX_SHOWN: Final = 1_000
PATIENCE_S: Final = 10.0


class Target(msgspec.Struct, frozen=True):
    """A session, a trace, or a span of a trace."""

    session_id: str = ""
    trace_id: str = ""
    span_id: str = ""

    def __post_init__(self) -> None:
        if bool(self.session_id) == bool(self.trace_id) or (self.span_id and not self.trace_id):
            raise BadRequest(
                "cannot tell what this is on: it must name one thing",
                hint="Give sessionId, or traceId, or traceId and spanId.",
            )


class Targets:
    """Looks them up, and sees what is said on them into the rows of their sessions."""

    def __init__(self, database: Database, refresher: Refresher) -> None:
        self._database = database
        self._refresher = refresher

    def find(self, project_id: int, target: Target) -> list[int]:
        """The hours in which its traces begin. Raises ``NotFound``."""
        if target.trace_id:
            found = self._database.rows("trace_place", {"project_id": project_id, "trace_id": target.trace_id})
            hours = [row["hour"] for row in found]
        else:
            found = self._database.rows("session_hours", {"project_id": project_id, "session_ids": [target.session_id]})
            hours = found[0]["trace_hours"] if found else []
        if not found:
            raise NotFound(f"cannot find this {'trace' if target.trace_id else 'session'}")
        return hours

    def said_on(self, block: str, project_id: int, target: Target) -> list[Row]:
        """What ``scores_of`` or ``comments_of`` finds on a session and its traces, a trace and its spans, or a span.

        Raises ``NotFound``.
        """
        hours = self.find(project_id, target)
        traces, sessions = [target.trace_id], []
        if target.session_id:
            where = {"project_id": project_id, "session_id": target.session_id, "hours": hours}
            traces = [row["trace_id"] for row in self._database.rows("traces_of_session_ids", where)]
            sessions = [target.session_id, *(f"{AUTO}{trace_id}" for trace_id in traces)]
        where = {"project_id": project_id, "session_ids": sessions, "trace_ids": traces, "limit": MAX_SHOWN}
        found = self._database.rows(block, where)
        return [row for row in found if not target.span_id or row["span_id"] == target.span_id]

    def show(self, project_id: int, session_id: str, trace_id: str, said_ns: int) -> None:
        """Returns when what was said there is in the row of its session. Raises ``Unavailable``."""
        traces = [trace_id] if trace_id else []
        done = True
        if session_id and not trace_id:
            self._refresher.mark_session(project_id, session_id, said_ns)
            done = self._refresher.wait_until_said(project_id, session_id, PATIENCE_S)
            if session_id.startswith(AUTO):
                # What was an automatic session may be part of another by now: the one in which its first trace is.
                traces = [session_id.removeprefix(AUTO)]
        if traces:
            self._refresher.mark(project_id, {trace_id: set() for trace_id in traces}, said_ns)
            done = self._refresher.wait_until_done(project_id, traces, PATIENCE_S) and done
        if not done:
            raise Unavailable("cannot show this yet: it is kept, and the roll-up is behind", retry_after_s=5)
