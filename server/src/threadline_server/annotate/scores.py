"""Scores that are said over the API: of a session, a trace or a span, each found again by its id."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any, Final

import msgspec

from threadline_server.errors import BadRequest, NotFound, Unavailable
from threadline_server.model import AUTO, Score
from threadline_server.store.database import Database, Row
from threadline_server.store.refresh import Refresher
from threadline_server.store.scores import keep_scores

MAX_NAME: Final = 200
MAX_COMMENT: Final = 10_000
MAX_SHOWN: Final = 1_000
PATIENCE_S: Final = 10.0
_NUMBER_OF: Final = {True: (1.0, "true"), False: (0.0, "false")}


class Judgement(msgspec.Struct, frozen=True):
    """What is said, of what: a trace (or one of its spans), else a session."""

    name: str
    value: float | bool | str
    session_id: str = ""
    trace_id: str = ""
    span_id: str = ""
    score_id: str = ""
    comment: str = ""
    source: str = ""

    def __post_init__(self) -> None:
        if not self.name.strip() or len(self.name) > MAX_NAME:
            raise BadRequest(f"cannot keep the score: 'name' must have 1 to {MAX_NAME} characters")
        if len(self.comment) > MAX_COMMENT:
            raise BadRequest(
                f"cannot keep the score: 'comment' has {len(self.comment)} characters, at most {MAX_COMMENT}"
            )
        if isinstance(self.value, str) and not 1 <= len(self.value) <= MAX_NAME:
            raise BadRequest(f"cannot keep the score: 'value' as a category must have 1 to {MAX_NAME} characters")
        if bool(self.session_id) == bool(self.trace_id) or (self.span_id and not self.trace_id):
            raise BadRequest(
                "cannot keep the score: it must name what it is of",
                hint="Give sessionId, or traceId, or traceId and spanId.",
            )


class Judge:
    """Keeps scores and sees them into the rows of their sessions."""

    def __init__(self, database: Database, refresher: Refresher, clock_ns: Callable[[], int]) -> None:
        self._database = database
        self._refresher = refresher
        self._clock_ns = clock_ns

    def keep(self, project_id: int, said: Judgement) -> Row:
        """The score as it is kept. Raises ``NotFound`` for a session or trace that is not there, ``Unavailable``."""
        self._place_of(project_id, said)
        now_ns = self._clock_ns()
        score = _score(said, now_ns)
        keep_scores(self._database, [(project_id, score)], now_ns)
        self._roll_up(project_id, score.trace_id, score.session_id, now_ns)
        return {**msgspec.to_builtins(score), "time_ms": now_ns // 1_000_000}

    def of_session(self, project_id: int, session_id: str) -> list[Row]:
        """The latest scores of a session and of its traces. Raises ``NotFound``."""
        known = self._database.rows("session_hours", {"project_id": project_id, "session_ids": [session_id]})
        if not known:
            raise NotFound("cannot find this session")
        where = {"project_id": project_id, "session_id": session_id, "hours": known[0]["trace_hours"]}
        traces = [row["trace_id"] for row in self._database.rows("traces_of_session_ids", where)]
        return self._scores(project_id, [session_id, *(f"{AUTO}{trace_id}" for trace_id in traces)], traces)

    def of_trace(self, project_id: int, trace_id: str) -> list[Row]:
        """The latest scores of a trace and its spans. Raises ``NotFound``."""
        if not self._database.rows("trace_place", {"project_id": project_id, "trace_id": trace_id}):
            raise NotFound("cannot find this trace")
        return self._scores(project_id, [], [trace_id])

    def remove(self, project_id: int, score_id: str) -> None:
        """Take a score back. Raises ``NotFound``, ``Unavailable``."""
        found = self._database.rows("score_place", {"project_id": project_id, "score_id": score_id})
        if not found:
            raise NotFound("cannot remove this score: it is not there")
        now_ns = self._clock_ns()
        for row in found:
            gone = Score(
                "trace", row["trace_id"], row["session_id"], "", score_id, "", "numeric", None, "", "", "", now_ns
            )
            keep_scores(self._database, [(project_id, gone)], now_ns, is_deleted=True)
            self._roll_up(project_id, row["trace_id"], row["session_id"], now_ns)

    def _scores(self, project_id: int, session_ids: list[str], traces: list[str]) -> list[Row]:
        where: dict[str, Any] = {
            "project_id": project_id,
            "session_ids": session_ids,
            "trace_ids": traces,
            "limit": MAX_SHOWN,
        }
        return self._database.rows("scores_of", where)

    def _place_of(self, project_id: int, said: Judgement) -> None:
        if said.trace_id:
            found = self._database.rows("trace_place", {"project_id": project_id, "trace_id": said.trace_id})
        else:
            found = self._database.rows("session_hours", {"project_id": project_id, "session_ids": [said.session_id]})
        if not found:
            raise NotFound(f"cannot score this {'trace' if said.trace_id else 'session'}: it is not there")

    def _roll_up(self, project_id: int, trace_id: str, session_id: str, now_ns: int) -> None:
        if trace_id:
            self._refresher.mark(project_id, {trace_id: set()}, now_ns)
            done = self._refresher.wait_until_done(project_id, [trace_id], PATIENCE_S)
        else:
            self._refresher.mark_session(project_id, session_id, now_ns)
            done = self._refresher.wait_until_said(project_id, session_id, PATIENCE_S)
            if session_id.startswith(AUTO):
                # What was an automatic session may be part of another by now: the one in which its first trace is.
                traces = [session_id.removeprefix(AUTO)]
                self._refresher.mark(project_id, {trace_id: set() for trace_id in traces}, now_ns)
                done = self._refresher.wait_until_done(project_id, traces, PATIENCE_S) and done
        if not done:
            raise Unavailable("cannot show the score yet: it is kept, and the roll-up is behind", retry_after_s=5)


def _score(said: Judgement, now_ns: int) -> Score:
    value: float | None
    if isinstance(said.value, bool):
        kind, (value, label) = "boolean", _NUMBER_OF[said.value]
    elif isinstance(said.value, str):
        kind, value, label = "category", None, said.value
    else:
        kind, value, label = "numeric", float(said.value), ""
    about = "span" if said.span_id else "trace" if said.trace_id else "session"
    return Score(
        about=about,  # type: ignore[arg-type]
        trace_id=said.trace_id,
        session_id=said.session_id,
        span_id=said.span_id,
        score_id=said.score_id or secrets.token_hex(8),
        name=said.name.strip(),
        kind=kind,  # type: ignore[arg-type]
        value=value,
        label=label,
        comment=said.comment,
        source=said.source,
        time_ns=now_ns,
    )
