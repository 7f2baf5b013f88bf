"""Suppose some text of a reader's became SQL: the connections that readers use can write nothing and reach nowhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from server.tests.spans import ask
from threadline_server.errors import QueryTooLarge, ThreadlineError
from threadline_server.store.database import READ_LIMITS, READERS, Database
from threadline_server.store.queries import Fragment

WRITES = [
    "INSERT INTO migrations (name, checksum) VALUES ('x', 'x')",
    "INSERT INTO migrations SELECT 'x', 'x', now64(3)",
    "ALTER TABLE migrations DELETE WHERE 1",
    "ALTER TABLE migrations UPDATE checksum = 'x' WHERE 1",
    "ALTER TABLE migrations ADD COLUMN x String",
    "DELETE FROM migrations WHERE 1",
    "DROP TABLE migrations",
    "TRUNCATE TABLE migrations",
    "RENAME TABLE migrations TO elsewhere",
    "DETACH TABLE migrations",
    "OPTIMIZE TABLE migrations FINAL",
    "EXCHANGE TABLES migrations AND spans",
    "CREATE TABLE x (a String) ENGINE = Memory",
    "CREATE TEMPORARY TABLE x (a String)",
    "CREATE TABLE x (a String) ENGINE = URL('http://127.0.0.1:9/', 'CSV')",
    "CREATE DATABASE x",
    "CREATE VIEW x AS SELECT 1",
    "CREATE MATERIALIZED VIEW x ENGINE = Memory AS SELECT 1",
    "CREATE FUNCTION x AS (a) -> a",
    "CREATE USER x",
    "CREATE DICTIONARY x (a String) PRIMARY KEY a SOURCE(EXECUTABLE(COMMAND 'id' FORMAT TSV)) LAYOUT(FLAT()) LIFETIME(1)",
    "GRANT ALL ON *.* TO default",
    "SYSTEM SHUTDOWN",
    "SYSTEM FLUSH LOGS",
    "BACKUP TABLE migrations TO File('x')",
]
SETTINGS = [
    "SET readonly = 0",
    "SET max_execution_time = 0",
    "SELECT 1 SETTINGS readonly = 0",
    "SELECT 1 SETTINGS max_memory_usage = 0",
]
OUTSIDE = [
    "SELECT * FROM file('/etc/hostname', 'LineAsString')",
    "SELECT * FROM file('{secret}', 'LineAsString')",
    "SELECT * FROM url('http://127.0.0.1:9/', 'LineAsString')",
    "SELECT * FROM s3('http://127.0.0.1:9/x', 'LineAsString')",
    "SELECT * FROM remote('127.0.0.1:9', system.one)",
    "SELECT * FROM mysql('127.0.0.1:9', 'a', 'b', 'c', 'd')",
    "SELECT * FROM postgresql('127.0.0.1:9', 'a', 'b', 'c', 'd')",
    "SELECT * FROM sqlite('{secret}', 'a')",
    "SELECT * FROM executable('id', 'TSV', 'a String')",
    "SELECT * FROM input('a String')",
    "INSERT INTO FUNCTION file('{secret}.out', 'TSV', 'a String') SELECT 'x'",
    "SELECT * FROM hdfs('hdfs://127.0.0.1:9/x', 'TSV', 'a String')",
    "SELECT * FROM mongodb('127.0.0.1:9', 'a', 'b', 'c', 'd', 'a String')",
    "SELECT * FROM jdbc('a', 'b')",
]
STACKED = [
    "SELECT 1; DROP TABLE migrations",
    "SELECT 1; INSERT INTO migrations (name, checksum) VALUES ('x', 'x')",
    "SET readonly = 0; DROP TABLE migrations",
    "SELECT 1; SET readonly = 0; DROP TABLE migrations",
]


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "secret"
    path.write_text("the secret\n")
    return path


def what_is_there(database: Database) -> list[object]:
    return [
        database.rows("applied_migrations", {}),
        ask(database, "SELECT name FROM system.tables WHERE database = currentDatabase() ORDER BY name"),
        ask(database, "SELECT count() AS databases FROM system.databases"),
    ]


@pytest.mark.parametrize("statement", [*WRITES, *SETTINGS, *OUTSIDE, *STACKED])
def test_a_reader_is_refused(statement: str, database: Database, secret: Path) -> None:
    before = what_is_there(database)

    with pytest.raises(ThreadlineError) as refused:
        ask(database, statement.replace("{secret}", str(secret)))

    assert "secret" not in refused.value.message + (refused.value.hint or "")
    assert what_is_there(database) == before
    assert [path.name for path in secret.parent.iterdir()] == ["secret"]


@pytest.mark.parametrize(
    "fragment",
    [
        " OR file('/etc/passwd') = ''", " INTO OUTFILE '/tmp/x'", "; KILL QUERY WHERE 1", " -- ", " /* ", " UNION ALL SELECT 1", " SETTINGS readonly = 0",
        " AND x = (SELECT 1 FROM y)", " FORMAT CSV", " AND `x` = 1", " AND x = '\\''", " AND url = ''",
    ],
)  # fmt: skip
def test_what_a_readers_rights_do_not_forbid_is_no_fragment(fragment: str, database: Database) -> None:
    with pytest.raises(ValueError, match="BUG: a fragment for"):
        database.rows("session_page", {"project_id": 1, "limit": 1}, where=Fragment(fragment))


def test_every_reader_keeps_its_limits(database: Database) -> None:
    limits = {**READ_LIMITS, "readonly": 1}
    asked = ", ".join(f"toInt64(getSetting('{name}')) AS {name}" for name in limits)

    assert [ask(database, f"SELECT {asked}") for _ in range(READERS)] == [[limits]] * READERS


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT number FROM numbers(1000000)",
        "SELECT groupArray(repeat('x', 1000) || toString(number)) FROM numbers(100000000)",
    ],
    ids=["rows", "memory"],
)
def test_a_query_over_a_limit_is_too_large_and_the_next_one_is_answered(statement: str, database: Database) -> None:
    with pytest.raises(QueryTooLarge, match="needs more time or memory"):
        ask(database, statement)

    assert ask(database, "SELECT 1 AS one") == [{"one": 1}]
