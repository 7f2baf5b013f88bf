"""FAULTS.md row A8 for a store on a ClickHouse server: answers that are cut, and a server that is away for a while."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
import pytest

from server.tests.spans import ask
from threadline_server.errors import Unavailable
from threadline_server.store.database import READERS, WRITERS, Database

from .clickhouse_stub import ClickHouseStub, clickhouse

ROW = pa.record_batch({"name": ["made"], "checksum": ["c"]})


@pytest.fixture
def remote(store: Database, store_url: str) -> Iterator[ClickHouseStub]:
    name = str(ask(store, "SELECT currentDatabase() AS name")[0]["name"])
    with clickhouse(store_url.removeprefix("chdb://"), name) as stub:
        yield stub


@pytest.fixture
def opened(remote: ClickHouseStub) -> Iterator[Database]:
    database = Database(f"clickhouse://127.0.0.1:{remote.port}/default")
    yield database
    database.close()


def names(database: Database) -> list[str]:
    return sorted(str(row["name"]) for row in database.rows("applied_migrations", {}))


def test_a8_an_answer_that_is_cut_is_unavailable_and_never_a_shorter_one(
    remote: ClickHouseStub, opened: Database
) -> None:
    whole = names(opened)
    assert len(whole) > 5

    for _ in range(2 * READERS):
        remote.cut, remote.times = "migrations", 5  # the driver may ask again by itself
        with pytest.raises(Unavailable):
            names(opened)
        remote.times = 0
        assert names(opened) == whole


def test_a8_an_insert_whose_answer_is_cut_is_unavailable_and_counts_once_when_it_is_repeated(
    remote: ClickHouseStub, opened: Database
) -> None:
    before = names(opened)
    for _ in range(2 * WRITERS):
        remote.cut, remote.times = "INSERT", 1
        with pytest.raises(Unavailable):
            opened.insert("migrations", [ROW])
    opened.insert("migrations", [ROW])

    assert names(opened) == sorted([*before, "made"])


def test_a8_a_server_that_is_away_is_unavailable_and_is_used_again_once_it_is_back(
    remote: ClickHouseStub, opened: Database
) -> None:
    whole = names(opened)
    remote.stop()
    for _ in range(2 * READERS):
        with pytest.raises(Unavailable):
            names(opened)
    with pytest.raises(Unavailable):
        opened.insert("migrations", [ROW])

    back = ClickHouseStub(remote._engine, remote.port)
    try:
        assert [names(opened) for _ in range(2 * READERS)] == [whole] * 2 * READERS
        opened.insert("migrations", [ROW])
    finally:
        back.stop()
