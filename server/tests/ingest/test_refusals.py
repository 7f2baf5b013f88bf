"""What was refused, kept for the report on a project's data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pytest

from server.tests.spans import ask
from threadline_server.errors import Unavailable
from threadline_server.ingest.refusals import MAX_EXAMPLE, RefusalLog
from threadline_server.store.database import Database

MINUTE_NS = 60_000_000_000
MINUTE = 40_000_000
"""In 2046: what lies 90 days back is forgotten."""
KEPT = """SELECT project_id, minute, reason, sum(refused) AS refused, any(example) AS example FROM refusals
GROUP BY project_id, minute, reason ORDER BY project_id, minute, reason"""


def kept(store: Database) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in ask(store, KEPT)]


def test_refusals_add_up_by_project_minute_and_reason_with_the_first_that_was_told(store: Database) -> None:
    now = [MINUTE * MINUTE_NS]
    refusals = RefusalLog(store, lambda: now[0])
    refusals.note(1, "malformed", 1, "first")
    refusals.note(1, "malformed", 2, "second")
    refusals.note(1, "metric", 70, "")
    refusals.note(2, "malformed", 1, "x" * 1_000)
    refusals.flush()
    now[0] += MINUTE_NS
    refusals.note(1, "malformed", 1, "later")
    refusals.flush()
    refusals.flush()

    assert kept(store) == [
        (1, MINUTE, "malformed", 3, "first"),
        (1, MINUTE, "metric", 70, ""),
        (1, MINUTE + 1, "malformed", 1, "later"),
        (2, MINUTE, "malformed", 1, "x" * MAX_EXAMPLE),
    ]


def test_what_cannot_be_written_now_is_written_later(store: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    refusals = RefusalLog(store, lambda: MINUTE * MINUTE_NS)
    refusals.note(1, "malformed", 1, "first")

    def full(_table: str, _batches: Sequence[pa.RecordBatch]) -> None:
        refusals.note(1, "malformed", 1, "meanwhile")
        raise Unavailable("cannot write to the store: the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(store, "insert", full)
        with pytest.raises(Unavailable):
            refusals.flush()
    refusals.start()
    refusals.stop()

    assert kept(store) == [(1, MINUTE, "malformed", 2, "meanwhile")]
