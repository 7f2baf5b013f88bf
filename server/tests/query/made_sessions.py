"""Made-up sessions, straight into the table: few names, so that they repeat, equal times, sessions that are open, ended, told of."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import orjson
import pyarrow as pa
from hypothesis import strategies as st

from threadline_server.store.database import Database

NOW_MS = 1_764_000_000_000
IDLE_MS = 30 * 60_000
NAMES = ["a", "b", "c", "", "it's", "tag:a"]
TAGS = ["x", "y", "a", "'; --"]
VALUES: list[Any] = ["web", "3", 3, True, "", 0.5]
KEYS = ["k", "l", "'"]
OUTCOMES = ["solved", "a"]
JUDGED = ["helpful", "it's"]
MEANS = [None, 0.0, 0.5, 1.0]
LABELS = ["good", "true", "'"]
_PROJECTS = itertools.count(50_000)


@dataclass(frozen=True)
class Turn:
    name: str
    start_ms: int
    end_ms: int
    tags: tuple[str, ...] = ()
    metadata: dict[str, Any] = field(default_factory=dict)
    failed: bool = False
    tokens: int = 0
    cost: Decimal = Decimal(0)


@dataclass(frozen=True)
class Session:
    id: str
    turns: tuple[Turn, ...]
    said_tags: tuple[str, ...] = ()
    said_metadata: dict[str, Any] = field(default_factory=dict)
    outcome: str = ""
    outcome_ms: int = 0
    ended_ms: int = 0
    user: str = ""
    scores: dict[str, tuple[float | None, tuple[str, ...]]] = field(default_factory=dict)
    """Name -> (mean of those with a number, labels)."""

    @property
    def start_ms(self) -> int:
        return self.turns[0].start_ms

    @property
    def end_ms(self) -> int:
        return max(turn.end_ms for turn in self.turns)

    @property
    def tags(self) -> list[str]:
        return list(dict.fromkeys([*(tag for turn in self.turns for tag in turn.tags), *self.said_tags]))

    @property
    def metadata(self) -> dict[str, Any]:
        merged: dict[str, Any] = {}
        for told in [*(turn.metadata for turn in self.turns), self.said_metadata]:
            merged |= told
        return merged

    @property
    def is_active(self) -> bool:
        return not self.ended_ms and self.end_ms > NOW_MS - IDLE_MS


@st.composite
def sessions(draw: st.DrawFn, names: Sequence[str] = tuple(NAMES), least_turns: int = 1) -> list[Session]:
    """None to a dozen of them: one question costs as much about many sessions as about few."""
    return [
        _session(draw, f"s-{number}", names, least_turns)
        for number in range(draw(st.sampled_from([0, 1, 3, 6, 12, 12])))
    ]


def _session(draw: st.DrawFn, session_id: str, names: Sequence[str], least_turns: int) -> Session:
    begin = NOW_MS - draw(st.sampled_from([0, 1, IDLE_MS - 1, IDLE_MS, IDLE_MS + 1, 86_400_000]))
    turns = []
    for _ in range(draw(st.integers(least_turns, 7))):
        begin += draw(st.sampled_from([0, 0, 1, 1_000, 60_000]))
        turns.append(
            Turn(
                name=draw(st.sampled_from(names)),
                start_ms=begin,
                end_ms=begin + draw(st.sampled_from([0, 1, 90_000])),
                tags=tuple(draw(st.lists(st.sampled_from(TAGS), max_size=2, unique=True))),
                metadata=draw(st.dictionaries(st.sampled_from(KEYS), st.sampled_from(VALUES), max_size=2)),
                failed=draw(st.sampled_from([False, False, True])),
                tokens=draw(st.integers(0, 9)),
                cost=draw(st.sampled_from([Decimal(0), Decimal("0.000000000001"), Decimal("0.25")])),
            )
        )
    outcome = draw(st.sampled_from(["", "", *OUTCOMES]))
    return Session(
        session_id,
        tuple(turns),
        said_tags=tuple(draw(st.lists(st.sampled_from(TAGS), max_size=1))),
        said_metadata=draw(st.dictionaries(st.sampled_from(KEYS), st.sampled_from(VALUES), max_size=1)),
        outcome=outcome,
        outcome_ms=begin + draw(st.sampled_from([-60_001, -1, 0, 1, 90_000])) if outcome else 0,
        ended_ms=draw(st.sampled_from([0, 0, begin])),
        user=draw(st.sampled_from(["", "u", "it's"])),
        scores=draw(
            st.dictionaries(
                st.sampled_from(JUDGED),
                st.tuples(
                    st.sampled_from(MEANS), st.lists(st.sampled_from(LABELS), max_size=2, unique=True).map(tuple)
                ),
                max_size=2,
            )
        ),
    )


def stored(database: Database, made: Sequence[Session]) -> int:
    """A new project with these sessions."""
    project_id = next(_PROJECTS)
    if made:
        rows = list(_rows(project_id, made))
        columns = {name: pa.array([row[name] for row in rows], kind) for name, kind in _TYPES.items()}
        keys = ("project_id", "session_id", "start_time", "version")
        database.insert("session_keys", [pa.record_batch({name: columns[name] for name in keys})])
        database.insert("sessions", [pa.record_batch(columns)])
    return project_id


def _texts(metadata: dict[str, Any]) -> list[tuple[str, str]]:
    return [(key, orjson.dumps(value).decode()) for key, value in metadata.items()]


def _rows(project_id: int, made: Sequence[Session]) -> Iterator[dict[str, Any]]:
    for one in made:
        yield {
            "project_id": project_id, "session_id": one.id, "version": 1, "is_deleted": 0,
            "start_time": one.start_ms * 1_000_000, "end_time": one.end_ms * 1_000_000,
            "user_ids": [one.user] if one.user else [], "trace_count": len(one.turns),
            "error_count": sum(turn.failed for turn in one.turns), "tags": one.tags, "metadata": _texts(one.metadata),
            "outcome": one.outcome, "outcome_ms": one.outcome_ms, "ended_ms": one.ended_ms,
            "step_names": [turn.name for turn in one.turns], "step_tags": [list(turn.tags) for turn in one.turns],
            "step_metadata": [_texts(turn.metadata) for turn in one.turns],
            "step_start_ms": [turn.start_ms for turn in one.turns], "step_end_ms": [turn.end_ms for turn in one.turns],
            "step_failed": [turn.failed for turn in one.turns], "step_tokens": [turn.tokens for turn in one.turns],
            "step_costs": [turn.cost for turn in one.turns],
            "score_counts": [(name, 1) for name in one.scores],
            "score_means": [(name, mean) for name, (mean, _) in one.scores.items() if mean is not None],
            "score_labels": [(name, list(labels)) for name, (_, labels) in one.scores.items() if labels],
        }  # fmt: skip


_MAP = pa.map_(pa.string(), pa.string())
_TYPES = {
    "project_id": pa.uint32(), "session_id": pa.string(), "version": pa.uint64(), "is_deleted": pa.uint8(),
    "start_time": pa.timestamp("ns", "UTC"), "end_time": pa.timestamp("ns", "UTC"), "user_ids": pa.list_(pa.string()),
    "trace_count": pa.uint64(), "error_count": pa.uint64(), "tags": pa.list_(pa.string()), "metadata": _MAP,
    "outcome": pa.string(), "outcome_ms": pa.int64(), "ended_ms": pa.int64(), "step_names": pa.list_(pa.string()),
    "step_tags": pa.list_(pa.list_(pa.string())), "step_metadata": pa.list_(_MAP), "step_start_ms": pa.list_(pa.int64()),
    "step_end_ms": pa.list_(pa.int64()), "step_failed": pa.list_(pa.bool_()), "step_tokens": pa.list_(pa.uint64()),
    "step_costs": pa.list_(pa.decimal128(38, 12)), "score_counts": pa.map_(pa.string(), pa.uint64()),
    "score_means": pa.map_(pa.string(), pa.float64()), "score_labels": pa.map_(pa.string(), pa.list_(pa.string())),
}  # fmt: skip
