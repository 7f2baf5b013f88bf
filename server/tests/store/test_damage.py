"""FAULTS.md row A10: one part is damaged, all others are read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from server.tests.spans import ask, span
from threadline_server.errors import Damaged
from threadline_server.store.damage import FOLDER, Quarantine
from threadline_server.store.database import Database
from threadline_server.store.queries import detachment
from threadline_server.store.rows import span_batch


def parts(database: Database, table: str) -> list[Path]:
    sql = "SELECT path FROM system.parts WHERE database = currentDatabase() AND table = {table:String} AND active ORDER BY name"
    return [Path(row["path"]) for row in ask(database, sql, table=table)]


def flip(part: Path, place: int) -> None:
    """One bit of what a part holds."""
    content = bytearray((part / "data.packed").read_bytes())
    content[place] ^= 1
    (part / "data.packed").write_bytes(content)


def readable(database: Database) -> list[str]:
    return [row["span_id"] for row in ask(database, "SELECT * , span_id FROM spans ORDER BY span_id")]


def until_unreadable(database: Database, part: Path) -> None:
    """Flip bits, one at a time, until one shows that is in a column (others are in what was read at the start)."""
    size = (part / "data.packed").stat().st_size
    for place in range(size // 2, size, 7):
        flip(part, place)
        try:
            database.check("spans", part.name)
        except Damaged:
            return
        flip(part, place)
    pytest.fail("nothing of the part was ever read")


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def quarantine(store: Database, tmp_path: Path, told: list[str]) -> Quarantine:
    made = Quarantine(store, tmp_path, tmp_path)
    made._on_computed = lambda: told.append("computed")
    return made


def test_a_part_that_cannot_be_read_is_moved_aside_and_the_others_are_read(
    store: Database, quarantine: Quarantine, tmp_path: Path, told: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    for day in range(3):
        store.insert("spans", [span_batch(1, [span(day, after_s=day * 86_400)])])
    asked: list[str] = []
    store.on_damage = lambda: asked.append("look")
    damaged = parts(store, "spans")[1]
    until_unreadable(store, damaged)

    moved = quarantine.sweep()

    assert (moved, readable(store), quarantine.sweep()) == (1, ["s-0", "s-2"], 0)
    assert [part.name.rpartition("-")[0] for part in (tmp_path / FOLDER).iterdir()] == [f"spans-{damaged.name}"]
    assert asked  # whoever reads what is damaged has it looked for
    assert told == []  # of what was sent, nothing can be computed
    assert "is damaged and was moved to" in caplog.text


def test_a_whole_store_is_left_as_it_is(store: Database, quarantine: Quarantine, tmp_path: Path) -> None:
    store.insert("spans", [span_batch(1, [span(1)])])

    quarantine.before_start()

    assert (quarantine.sweep(), readable(store)) == (0, ["s-1"])
    assert not (tmp_path / FOLDER).exists()


@pytest.mark.parametrize(("table", "part"), [("spans", "all_1_1_0'; DROP TABLE spans"), ("spans x", "all_1_1_0")])
def test_only_names_of_the_engine_are_taken(table: str, part: str) -> None:
    with pytest.raises(ValueError, match="BUG"):
        detachment(table, part)


def test_every_table_is_known_as_sent_or_computed(store: Database, new_store: Callable[[], Database]) -> None:
    from threadline_server.store.damage import COMPUTED

    assert {row["name"] for row in store.rows("table_folders", {})} >= COMPUTED
