"""Scores, comments and facts of an import: kept as of the moment at which they were said, so that what was said since stands.

They are written once the roll-up knows the traces that came with them: of what is not there, or was erased, nothing is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any, Final, NamedTuple

import msgspec

from threadline_server.annotate.comments import MAX_AUTHOR, MAX_BODY
from threadline_server.annotate.session_facts import METADATA, batch, facts
from threadline_server.errors import BadRequest, Unavailable
from threadline_server.model import AUTO, SaidComment, SaidFact, SaidScore, Score
from threadline_server.store.comments import keep_comments
from threadline_server.store.database import Database
from threadline_server.store.refresh import Refresher
from threadline_server.store.scores import keep_versions

PATIENCE_S: Final = 30.0
_TYPES: Final[dict[str, Any]] = {"title": str, "outcome": str, "tags": list[str], "bookmarked": bool, "ended": int}
_LATEST_MS: Final = 9_214_646_400_000
"""2262: what a time column holds."""


class NotKept(msgspec.Struct, frozen=True):
    """What an import says and cannot be kept: of which session or trace, and why."""

    id: str
    message: str


class Said(NamedTuple):
    """What people had said of the sessions and traces of an import."""

    scores: Sequence[SaidScore]
    comments: Sequence[SaidComment]
    facts: Sequence[SaidFact]


class _There(NamedTuple):
    """Which of the traces and sessions of which something is said are there."""

    traces: Collection[str]
    sessions: Collection[str]

    def holds(self, place: Score | SaidComment) -> bool:
        return place.trace_id in self.traces if place.trace_id else place.session_id in self.sessions


class Restorer:
    """Keeps what imports say and sees it into the rows of their sessions."""

    def __init__(self, database: Database, refresher: Refresher, clock_ns: Callable[[], int]) -> None:
        self._database = database
        self._refresher = refresher
        self._clock_ns = clock_ns

    def keep(self, project_id: int, trace_ids: Collection[str], said: Said) -> list[NotKept]:
        """Returns what was not kept once all else is on disk and in the rows. Raises ``Unavailable``."""
        if not any(said):
            return []
        if not self._refresher.wait_until_done(project_id, trace_ids, PATIENCE_S):
            raise _behind()
        there = self._what_is_there(project_id, said)
        left = [
            NotKept(each.score.trace_id or each.score.session_id, "it is not there to be scored")
            for each in said.scores
            if not there.holds(each.score)
        ]
        if scores := [each for each in said.scores if there.holds(each.score)]:
            keep_versions(self._database, [(project_id, each.score, each.said_ns) for each in scores])
        left += self._keep_comments(project_id, said.comments, there)
        left += self._keep_facts(project_id, said.facts, there)
        self._roll_up(project_id, there)
        return left

    def _what_is_there(self, project_id: int, said: Said) -> _There:
        """Of what is said to be of a session that was made for traces: the traces after which it is called."""
        places: list[Score | SaidComment] = [*(each.score for each in said.scores), *said.comments]
        sessions = {each.session_id for each in places} | {each.session_id for each in said.facts}
        traces = {each.trace_id for each in places}
        made = {session_id for session_id in sessions if session_id.startswith(AUTO)}
        traces |= {session_id.removeprefix(AUTO) for session_id in made}
        known = self._known("known_traces", "trace_id", project_id, traces - {""})
        found = self._known("session_hours", "session_id", project_id, sessions - {""})
        return _There(known, found | {session_id for session_id in made if session_id.removeprefix(AUTO) in known})

    def _keep_comments(self, project_id: int, comments: Sequence[SaidComment], there: _There) -> list[NotKept]:
        left: list[NotKept] = []
        kept: list[tuple[dict[str, Any], int]] = []
        for each in comments:
            row = msgspec.structs.asdict(each)
            version = row.pop("said_ns")
            if not there.holds(each):
                left.append(NotKept(each.trace_id or each.session_id, "it is not there to be commented on"))
            elif not each.body.strip() or len(each.body) > MAX_BODY or len(each.author) > MAX_AUTHOR:
                told = f"a comment has 1 to {MAX_BODY} characters, its author at most {MAX_AUTHOR}"
                left.append(NotKept(each.trace_id or each.session_id, told))
            else:
                kept.append(({**row, "is_deleted": 0}, version))
        if kept:
            keep_comments(self._database, project_id, kept)
        return left

    def _known(self, block: str, column: str, project_id: int, ids: Collection[str]) -> set[str]:
        if not ids:
            return set()
        where = {"project_id": project_id, f"{column}s": sorted(ids)}
        return {row[column] for row in self._database.rows(block, where)}

    def _keep_facts(self, project_id: int, said: Sequence[SaidFact], there: _There) -> list[NotKept]:
        left: list[NotKept] = []
        batches = []
        for each in said:
            if each.session_id not in there.sessions:
                left.append(NotKept(each.session_id, f"cannot set {each.field!a}: the session is not there"))
                continue
            try:
                checked = facts(_named(each))
            except (BadRequest, msgspec.ValidationError) as error:
                left.append(NotKept(each.session_id, str(error)))
            else:
                batches.append(batch(project_id, each.session_id, each.said_ns, checked))
        if batches:
            self._database.insert("session_facts", batches)
        return left

    def _roll_up(self, project_id: int, there: _There) -> None:
        now_ns = self._clock_ns()
        self._refresher.mark(project_id, {trace_id: set() for trace_id in there.traces}, now_ns)
        for session_id in there.sessions:
            self._refresher.mark_session(project_id, session_id, now_ns)
        if not self._refresher.wait_until_done(project_id, there.traces, PATIENCE_S):
            raise _behind()
        for session_id in there.sessions:
            if not self._refresher.wait_until_said(project_id, session_id, PATIENCE_S):
                raise _behind()


def _named(each: SaidFact) -> dict[str, Any]:
    """The fact as ``facts`` takes it. Raises ``BadRequest``, ``msgspec.ValidationError``."""
    if each.field.startswith(METADATA):
        return {"metadata": {each.field.removeprefix(METADATA): each.value}}
    if each.field not in _TYPES:
        raise BadRequest(f"cannot set {each.field[:40]!a}: there is no such fact")
    value = msgspec.convert(each.value, _TYPES[each.field])
    if each.field == "ended" and not 0 < value < _LATEST_MS:
        raise BadRequest("cannot set 'ended': the time is out of range")
    return {each.field: value}


def _behind() -> Unavailable:
    return Unavailable(
        "cannot show the import yet: it is kept, and the roll-up is behind",
        hint="Send it again: that changes nothing that is there.",
        retry_after_s=5,
    )
