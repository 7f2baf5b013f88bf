"""Words that wait behind the numbers: written a few at a time while there is other work, and none of them lost."""

from __future__ import annotations

import datetime as dt

import pyarrow as pa
import pytest

from threadline_server.store import turn_texts
from threadline_server.store.database import Database
from threadline_server.store.turn_texts import FEW_ROWS, TurnTexts

TIME = dt.datetime(2026, 11, 26, 10, 30, tzinfo=dt.UTC)


def traces(ids: range, version: int, said: str = "words") -> pa.Table:
    return pa.table(
        {
            "project_id": pa.array([1] * len(ids), pa.uint32()),
            "session_id": ["s"] * len(ids),
            "hour": pa.array([480_000] * len(ids), pa.uint32()),
            "trace_id": [f"{number:06}" for number in ids],
            "version": pa.array([version] * len(ids), pa.uint64()),
            "is_deleted": pa.array([0] * len(ids), pa.uint8()),
            "start_time": pa.array([TIME] * len(ids), pa.timestamp("ms", tz="UTC")),
            "said": [[said]] * len(ids),
        }
    )


def waiting(store: Database, *rows: pa.Table) -> TurnTexts:
    texts = TurnTexts(store)
    texts.may_wait = True
    for number, some in enumerate(rows):
        texts.keep(some, 1_000 + number)
    return texts


def written(store: Database) -> list[str]:
    """The ids of the traces whose words are there."""
    store.blocks["written"] = "SELECT trace_id FROM turn_texts ORDER BY trace_id"
    return [row["trace_id"] for row in store.rows("written", {})]


def names(ids: range) -> list[str]:
    return [f"{number:06}" for number in ids]


def test_those_that_wait_longest_come_first(store: Database) -> None:
    texts = waiting(store, traces(range(FEW_ROWS), 1), traces(range(FEW_ROWS, FEW_ROWS + 9), 2))

    texts.write_some()

    assert (written(store), bool(texts), texts.arrived_ns) == (names(range(FEW_ROWS)), True, 1_000)


def test_what_was_left_is_written_later(store: Database) -> None:
    texts = waiting(store, traces(range(FEW_ROWS + 9), 1))
    texts.write_some()

    texts.write_some()

    assert (written(store), bool(texts), texts.arrived_ns) == (names(range(FEW_ROWS + 9)), False, None)


def test_of_a_trace_that_grew_meanwhile_only_the_last_words_are_written(store: Database) -> None:
    texts = waiting(store, traces(range(3), 1, "begun"), traces(range(1, 2), 2, "begun and ended"))

    texts.write_some()

    store.blocks["said"] = "SELECT trace_id, version, said FROM turn_texts ORDER BY trace_id"
    assert store.rows("said", {}) == [
        {"trace_id": "000000", "version": 1, "said": ["begun"]},
        {"trace_id": "000001", "version": 2, "said": ["begun and ended"]},
        {"trace_id": "000002", "version": 1, "said": ["begun"]},
    ]


def test_more_than_the_bound_never_waits(store: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = traces(range(3 * FEW_ROWS), 1)
    monkeypatch.setattr(turn_texts, "MOST_BYTES", rows.nbytes // 3)
    texts = waiting(store, rows)

    texts.write_some()

    assert len(written(store)) == pytest.approx(2 * FEW_ROWS, abs=2)
