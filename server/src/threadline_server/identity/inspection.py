"""A look at an identity database that changes nothing in it: no migration, no first key. For ``threadline doctor``."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import inspect, text
from sqlalchemy.exc import DBAPIError

from threadline_server.identity import postgresql
from threadline_server.identity.secret_text import digest
from threadline_server.identity.sqlite_file import DATABASE_FILE
from threadline_server.identity.tables import HEAD
from threadline_server.settings import Settings

_REVISION: Final = "SELECT version_num FROM alembic_version"
_HASHES: Final = "SELECT hash FROM api_keys WHERE revoked_at IS NULL"


@dataclass(frozen=True)
class Inspection:
    """``knows_key``: None when no key was asked about."""

    is_current: bool
    active_keys: int
    knows_key: bool | None


def inspect_identity(settings: Settings, api_key: str | None) -> Inspection | None:
    """What is in the database; None when there is none. Raises ValueError when it cannot be read."""
    found = _in_postgresql(settings.database) if settings.database else _in_file(settings.data_dir / DATABASE_FILE)
    if found is None:
        return None
    revision, hashes = found
    return Inspection(revision == HEAD, len(hashes), digest(api_key) in hashes if api_key else None)


def _in_file(path: Path) -> tuple[str, set[bytes]] | None:
    if not path.exists():
        return None
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
            if verdict != "ok":
                raise ValueError(verdict)
            (revision,) = connection.execute(_REVISION).fetchone()
            return revision, {row[0] for row in connection.execute(_HASHES)}
    except sqlite3.Error as error:
        raise ValueError(str(error)) from error


def _in_postgresql(url: str) -> tuple[str, set[bytes]] | None:
    engine = postgresql.connect(url)
    try:
        with engine.connect() as connection:
            if not inspect(connection).has_table("alembic_version"):
                return None
            revision = connection.execute(text(_REVISION)).scalar_one()
            return revision, {bytes(row[0]) for row in connection.execute(text(_HASHES))}
    except DBAPIError as error:
        raise ValueError(str(error.orig).splitlines()[0]) from error
    finally:
        engine.dispose()
