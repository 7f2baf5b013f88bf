"""The identity database: opening it, bringing its tables up to date, and transactions on it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.exc import DBAPIError

from threadline_server.data_directory import opened_new
from threadline_server.errors import StartupError, Unavailable
from threadline_server.identity.tables import HEAD

DATABASE_FILE = "identity.db"
BUSY_TIMEOUT_S = 5
_MIGRATIONS = Path(__file__).parent / "migrations"


class Database:
    """Transactions on an open identity database. Safe to use from several threads and processes."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._writing_engine = engine.execution_options(writes=True)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection whose reads see one state. Raises Unavailable."""
        try:
            with self._engine.connect() as connection:
                yield connection
        except DBAPIError as error:
            raise Unavailable("cannot read the keys and projects: their database does not answer") from error

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction: committed and on disk at the end of the block, or rolled back. Raises Unavailable."""
        try:
            with self._writing_engine.begin() as connection:
                yield connection
        except DBAPIError as error:
            raise Unavailable("cannot change the keys and projects: their database cannot be written now") from error

    def scrub(self) -> None:
        """Have what was deleted leave the disk too: the write-ahead log still holds it. Not while others read; then later."""
        raw = self._engine.raw_connection()
        try:
            raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            raw.close()

    def close(self) -> None:
        self._engine.dispose()


def open_database(data_dir: Path) -> Database:
    """Open (create, migrate) the database in an existing ``data_dir``. Raises StartupError."""
    path = data_dir / DATABASE_FILE
    try:
        _create(path)
        engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": BUSY_TIMEOUT_S})
        event.listen(engine, "connect", _prepare)
        event.listen(engine, "begin", _begin)
        try:
            _migrate(engine)
        except BaseException:
            engine.dispose()
            raise
    except OSError as error:
        raise StartupError(f"cannot open identity database {path}: {error.strerror}") from error
    except DBAPIError as error:
        raise StartupError(
            f"cannot open identity database {path}: {error.orig}",
            hint="Restore it from a backup, or move it away: the next start makes a new one with a new key.",
        ) from error
    return Database(engine)


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


def _migrate(engine: Engine) -> None:
    with engine.connect() as connection:
        revision = _revision(connection)
    if revision == HEAD:
        return

    # Half a second that only a first start and an upgrade have to pay for.
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    try:
        with engine.execution_options(writes=True).begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    except CommandError as error:
        raise StartupError(
            f"cannot open identity database: it is of revision {revision}, which this version does not know",
            hint="Start the newer version of Threadline that wrote it, or restore a backup.",
        ) from error


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
