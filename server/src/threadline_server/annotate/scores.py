"""Scores that are said over the API: of a session, a trace or a span, each found again by its id."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Final

import msgspec

from threadline_server.annotate.targets import Target, Targets
from threadline_server.errors import BadRequest, NotFound
from threadline_server.model import Score
from threadline_server.store.database import Database, Row
from threadline_server.store.refresh import Refresher
from threadline_server.store.scores import keep_scores

MAX_NAME: Final = 200
MAX_COMMENT: Final = 10_000
_NUMBER_OF: Final = {True: (1.0, "true"), False: (0.0, "false")}


class Judgement(msgspec.Struct, frozen=True):
    """What is said, of what."""

    target: Target
    name: str
    value: float | bool | str
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


class Judge:
    """Keeps scores and sees them into the rows of their sessions."""

    def __init__(self, database: Database, refresher: Refresher, clock_ns: Callable[[], int]) -> None:
        self._database = database
        self._targets = Targets(database, refresher)
        self._clock_ns = clock_ns

    def keep(self, project_id: int, said: Judgement) -> Row:
        """The score as it is kept. Raises ``NotFound`` for a session or trace that is not there, ``Unavailable``."""
        self._targets.find(project_id, said.target)
        now_ns = self._clock_ns()
        score = _score(said, now_ns)
        keep_scores(self._database, [(project_id, score)], now_ns)
        self._targets.show(project_id, score.session_id, score.trace_id, now_ns)
        return {**msgspec.to_builtins(score), "time_ms": now_ns // 1_000_000}

    def of(self, project_id: int, target: Target) -> list[Row]:
        """The latest scores of a session and its traces, or of a trace and its spans. Raises ``NotFound``."""
        return self._targets.said_on("scores_of", project_id, target)

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
            self._targets.show(project_id, row["session_id"], row["trace_id"], now_ns)


def _score(said: Judgement, now_ns: int) -> Score:
    value: float | None
    if isinstance(said.value, bool):
        kind, (value, label) = "boolean", _NUMBER_OF[said.value]
    elif isinstance(said.value, str):
        kind, value, label = "category", None, said.value
    else:
        kind, value, label = "numeric", float(said.value), ""
    about = "span" if said.target.span_id else "trace" if said.target.trace_id else "session"
    return Score(
        about=about,  # type: ignore[arg-type]
        trace_id=said.target.trace_id,
        session_id=said.target.session_id,
        span_id=said.target.span_id,
        score_id=said.score_id or secrets.token_hex(8),
        name=said.name.strip(),
        kind=kind,  # type: ignore[arg-type]
        value=value,
        label=label,
        comment=said.comment,
        source=said.source,
        time_ns=now_ns,
    )
