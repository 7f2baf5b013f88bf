"""What a backup takes along, and in which order."""

from __future__ import annotations

import re

import pytest

from threadline_server.store.database import Database
from threadline_server.store.migrate import migrate, run_file, statements
from threadline_server.store.queries import sql_folder

MIGRATIONS = {"migrations"}
"""A restored store has them from being made."""


def tables_in(name: str) -> list[str]:
    text = (sql_folder() / "backup" / name).read_text(encoding="utf-8")
    return [statement.split()[2] for statement in statements(text)]


@pytest.mark.parametrize("name", ["freeze.sql", "attach.sql"])
def test_every_table_is_taken_along(name: str, database: Database) -> None:
    there = {row["name"] for row in database.rows("table_folders", {})}

    assert sorted(tables_in(name)) == sorted(there - MIGRATIONS)


def test_what_is_computed_comes_before_what_it_is_computed_from() -> None:
    frozen = tables_in("freeze.sql")

    assert [name for name in frozen if name in ("rollup_progress", "sessions", "traces", "spans")] == [
        "rollup_progress", "sessions", "traces", "spans",
    ]  # fmt: skip


def test_a_store_can_be_made_and_filled_as_an_older_version_made_it(new_store: object, database: Database) -> None:
    made = new_store()  # type: ignore[operator]

    applied = migrate(made, only=["0001_three_grains.sql", "0002_span_parts.sql"])

    run_file(made, "backup/attach.sql", tables={row["name"] for row in made.rows("table_folders", {})})

    assert applied == ["0001_three_grains.sql", "0002_span_parts.sql"]
    assert re.fullmatch(r"0003_\w+\.sql", migrate(made)[0])
