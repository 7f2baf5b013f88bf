"""A look at an identity database that changes nothing in it: no migration, no first key. For ``threadline doctor``."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from threadline_server.identity.database import DATABASE_FILE
from threadline_server.identity.secret_text import digest
from threadline_server.identity.tables import HEAD


@dataclass(frozen=True)
class Inspection:
    """``knows_key``: None when no key was asked about."""

    is_current: bool
    active_keys: int
    knows_key: bool | None


def inspect_identity(data_dir: Path, api_key: str | None) -> Inspection | None:
    """What is in the database of ``data_dir``; None when there is none. Raises ValueError when it cannot be read."""
    path = data_dir / DATABASE_FILE
    if not path.exists():
        return None
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
            if verdict != "ok":
                raise ValueError(verdict)
            (revision,) = connection.execute("SELECT version_num FROM alembic_version").fetchone()
            hashes = {row[0] for row in connection.execute("SELECT hash FROM api_keys WHERE revoked_at IS NULL")}
    except sqlite3.Error as error:
        raise ValueError(str(error)) from error
    return Inspection(revision == HEAD, len(hashes), digest(api_key) in hashes if api_key else None)
