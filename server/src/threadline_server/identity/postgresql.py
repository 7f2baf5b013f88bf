"""The identity database of several servers: PostgreSQL. The driver comes with ``threadline-server[postgresql]``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from threadline_server.errors import StartupError

DRIVER: Final = "postgresql+psycopg"
CONNECT_TIMEOUT_S: Final = 5
LIMITS: Final = "SET LOCAL statement_timeout = '10s'; SET LOCAL idle_in_transaction_session_timeout = '60s'"
TURN_LIMITS: Final = "SET LOCAL statement_timeout = '60s'; SET LOCAL idle_in_transaction_session_timeout = '10min'"
_TURNS: Final = 0x7475_726E
"""Advisory locks of two numbers are other ones than those of one number."""
_WRITERS_LOCK: Final = 0x7468_7265_6164_6C6E
"""A number that is ours among the advisory locks of the database: "threadln"."""


def connect(url: str) -> Engine:
    """Connects when it is first used. Raises StartupError for an address that is none, or where the driver is missing."""
    try:
        engine = create_engine(
            make_url(url).set(drivername=DRIVER),
            # Nothing that a connection keeps from one transaction to the next: behind PgBouncer it may be another one then.
            connect_args={
                "connect_timeout": CONNECT_TIMEOUT_S,
                "application_name": "threadline",
                "prepare_threshold": None,
            },
            pool_pre_ping=True,
            max_overflow=10,
        )
    except (ArgumentError, ValueError) as error:
        raise StartupError(
            "cannot open the database of keys and projects: its address cannot be read",
            hint="Set THREADLINE_DATABASE to postgresql://user:password@host:port/name.",
        ) from error
    except (NoSuchModuleError, ImportError) as error:
        raise StartupError(
            "cannot open the database of keys and projects: the driver of PostgreSQL is not installed",
            hint="pip install 'threadline-server[postgresql]'",
        ) from error
    event.listen(engine, "begin", _begin)
    return engine


@contextmanager
def turn(engine: Engine, project_id: int) -> Iterator[int]:
    """While it is open, no other server has a turn of this project. Answers the time in nanoseconds, by a clock that all share."""
    with engine.connect() as connection:
        connection.execute(text(f"{TURN_LIMITS}; SELECT pg_advisory_xact_lock({_TURNS}, {int(project_id)})"))
        seconds = connection.execute(text("SELECT extract(epoch FROM clock_timestamp())")).scalar_one()
        yield int(seconds * 1_000_000_000)


def _begin(connection: Connection) -> None:
    # One writer at a time, of all servers, as in SQLite: what is looked up before it is written stays as it was. A reader sees one
    # state; a writer must not, for its state would be of before it waited.
    if connection.get_execution_options().get("writes", False):
        connection.exec_driver_sql(f"{LIMITS}; SELECT pg_advisory_xact_lock({_WRITERS_LOCK})")
    else:
        connection.exec_driver_sql(f"SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY; {LIMITS}")
