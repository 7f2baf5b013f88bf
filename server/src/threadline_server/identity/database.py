"""The identity database: opening it, bringing its tables up to date, and transactions on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.exc import DataError, DBAPIError

from threadline_server.errors import BadRequest, StartupError, Unavailable
from threadline_server.identity import postgresql, sqlite_file
from threadline_server.identity.sqlite_file import DATABASE_FILE
from threadline_server.identity.tables import HEAD

_MIGRATIONS = Path(__file__).parent / "migrations"


class Database:
    """Transactions on an open identity database. Safe to use from several threads and processes.

    ``scrub`` has what was deleted leave the disk too, as far as that is ours to do.
    """

    def __init__(self, engine: Engine, scrub: Callable[[], None] = lambda: None) -> None:
        self.scrub = scrub
        self._engine = engine
        self._writing_engine = engine.execution_options(writes=True)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection whose reads see one state. Raises Unavailable."""
        with (
            _translated("cannot read the keys and projects: their database does not answer"),
            self._engine.connect() as connection,
        ):
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction: committed and on disk at the end of the block, or rolled back. Raises Unavailable."""
        with (
            _translated("cannot change the keys and projects: their database cannot be written now"),
            self._writing_engine.begin() as connection,
        ):
            yield connection

    @contextmanager
    def turn(self, project_id: int) -> Iterator[int]:
        """While it is open, no other server that shares the database has a turn of this project. Raises Unavailable.

        Answers the time in nanoseconds, by a clock that all share. Only of a database in PostgreSQL.
        """
        with (
            _translated("cannot take a turn among the servers: their database does not answer"),
            postgresql.turn(self._engine, project_id) as now_ns,
        ):
            yield now_ns

    def close(self) -> None:
        self._engine.dispose()


def open_database(data_dir: Path, url: str = "") -> Database:
    """Open (create, migrate) the database: at ``url``, or where there is none the file in an existing ``data_dir``.

    Raises StartupError.
    """
    return _open_at(url) if url else _open_file(data_dir / DATABASE_FILE)


def _open_file(path: Path) -> Database:
    try:
        engine = sqlite_file.connect(path)
        _migrate(engine)
    except OSError as error:
        raise StartupError(f"cannot open identity database {path}: {error.strerror}") from error
    except DBAPIError as error:
        raise StartupError(
            f"cannot open identity database {path}: {error.orig}",
            hint="Restore it from a backup, or move it away: the next start makes a new one with a new key.",
        ) from error
    return Database(engine, partial(sqlite_file.scrub, engine))


def _open_at(url: str) -> Database:
    engine = postgresql.connect(url)
    try:
        _migrate(engine)
    except DBAPIError as error:
        raise StartupError(
            f"cannot open the database of keys and projects: {str(error.orig).splitlines()[0]}",
            hint="Check THREADLINE_DATABASE, and whether its user may create tables there.",
        ) from error
    return Database(engine)


@contextmanager
def _translated(message: str) -> Iterator[None]:
    """What the database says against its use, as ours: ``message`` where it cannot be used now."""
    try:
        yield
    except DataError as error:
        raise BadRequest(
            "cannot keep what was sent: a text is too long, or holds a character that the database does not take",
            hint="Leave out the character NUL.",
        ) from error
    except DBAPIError as error:
        raise Unavailable(message) from error


def _migrate(engine: Engine) -> None:
    """Disposes of the engine where it raises."""
    try:
        with engine.connect() as connection:
            revision = _revision(connection)
        if revision != HEAD:
            _upgrade(engine, revision)
    except BaseException:
        engine.dispose()
        raise


def _upgrade(engine: Engine, revision: str | None) -> None:
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
