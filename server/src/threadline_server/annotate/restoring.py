"""Scores and facts of an import: kept as of the moment at which they were said, so that what was said since stands.

They are written once the roll-up knows the traces that came with them: of what is not there, or was erased, nothing is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any, Final

import msgspec

from threadline_server.annotate.session_facts import METADATA, batch, facts
from threadline_server.errors import BadRequest, Unavailable
from threadline_server.model import SaidFact, SaidScore
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


class Restorer:
    """Keeps what imports say and sees it into the rows of their sessions."""

    def __init__(self, database: Database, refresher: Refresher, clock_ns: Callable[[], int]) -> None:
        self._database = database
        self._refresher = refresher
        self._clock_ns = clock_ns

    def keep(
        self, project_id: int, trace_ids: Collection[str], scores: Sequence[SaidScore], said: Sequence[SaidFact]
    ) -> list[NotKept]:
        """Returns what was not kept once all else is on disk and in the rows. Raises ``Unavailable``."""
        if not scores and not said:
            return []
        if not self._refresher.wait_until_done(project_id, trace_ids, PATIENCE_S):
            raise _behind()
        places = {each.session_id for each in said} | {each.score.session_id for each in scores}
        sessions = self._known("session_hours", "session_id", project_id, places - {""})
        traces = self._known("known_traces", "trace_id", project_id, {each.score.trace_id for each in scores} - {""})
        kept = [each for each in scores if each.score.trace_id in traces or each.score.session_id in sessions]
        left = [
            NotKept(each.score.trace_id or each.score.session_id, "it is not there to be scored")
            for each in scores
            if each not in kept
        ]
        if kept:
            keep_versions(self._database, [(project_id, each.score, each.said_ns) for each in kept])
        left += self._keep_facts(project_id, said, sessions)
        self._roll_up(project_id, kept, said, sessions)
        return left

    def _known(self, block: str, column: str, project_id: int, ids: Collection[str]) -> set[str]:
        if not ids:
            return set()
        where = {"project_id": project_id, f"{column}s": sorted(ids)}
        return {row[column] for row in self._database.rows(block, where)}

    def _keep_facts(self, project_id: int, said: Sequence[SaidFact], sessions: Collection[str]) -> list[NotKept]:
        left: list[NotKept] = []
        batches = []
        for each in said:
            if each.session_id not in sessions:
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

    def _roll_up(
        self, project_id: int, scores: Sequence[SaidScore], said: Sequence[SaidFact], sessions: Collection[str]
    ) -> None:
        now_ns = self._clock_ns()
        traces = {each.score.trace_id for each in scores} - {""}
        changed = {each.session_id for each in said} | {each.score.session_id for each in scores}
        self._refresher.mark(project_id, {trace_id: set() for trace_id in traces}, now_ns)
        for session_id in changed & set(sessions):
            self._refresher.mark_session(project_id, session_id, now_ns)
        if not self._refresher.wait_until_done(project_id, traces, PATIENCE_S):
            raise _behind()
        for session_id in changed & set(sessions):
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
