"""The identity database of one server: a file in its data directory."""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event

from threadline_server.data_directory import opened_new

DATABASE_FILE = "identity.db"
BUSY_TIMEOUT_S = 5


def connect(path: Path) -> Engine:
    """Creates the file where it is missing. Raises OSError."""
    _create(path)
    engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": BUSY_TIMEOUT_S})
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def scrub(engine: Engine) -> None:
    """Have what was deleted leave the disk too: the write-ahead log still holds it. Not while others read; then later."""
    raw = engine.raw_connection()
    try:
        raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        raw.close()


def _create(path: Path) -> None:
    # Never opened once it is there: closing a file lets go of every lock that this process has on it, SQLite's own
    # included. The next command that ends would take itself for the last user and delete the log under the server.
    with suppress(FileExistsError):
        opened_new(path).close()


def _prepare(connection: sqlite3.Connection, _record: object) -> None:
    # The driver would otherwise commit before every DDL statement, and a killed migration would stay half done.
    connection.isolation_level = None
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "secure_delete = ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    # A transaction that starts by reading and then writes cannot wait for another writer in SQLite: it fails.
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
