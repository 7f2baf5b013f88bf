"""A snapshot: links to every file of the store and a copy of the identity database, below ``snapshot`` in the data directory.

It costs no space but for what the engine merges away meanwhile, and no time to speak of.
"""

from __future__ import annotations

import shutil
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Final

import msgspec

from threadline_server import __version__
from threadline_server.data_directory import PRIVATE_DIRECTORY, opened_new, write_whole
from threadline_server.errors import ThreadlineError, Unavailable
from threadline_server.identity.sqlite_file import DATABASE_FILE
from threadline_server.store.database import Database
from threadline_server.store.migrate import run_file

FOLDER: Final = "snapshot"
READY: Final = "ready.json"
STORE: Final = "store"
_SHADOW: Final = Path("shadow") / "backup"


class Made(msgspec.Struct, frozen=True):
    """What a snapshot says of itself."""

    made_at_ns: int
    server_version: str
    migrations: tuple[str, ...]
    """Those of the store, by name, in order: what a restored store is made with before it takes the parts in."""


def take(database: Database, data_dir: Path, store_dir: Path) -> None:
    """Fill ``data_dir/snapshot``, which is there and empty but for who asked for it. Raises ``Unavailable``."""
    folder = data_dir / FOLDER
    shadow = store_dir / _SHADOW
    try:
        shutil.rmtree(shadow, ignore_errors=True)
        made = Made(time.time_ns(), __version__, tuple(row["name"] for row in database.rows("applied_migrations", {})))
        run_file(database, "backup/freeze.sql")
        _gather(database, shadow, folder / STORE)
        _copy_identity(data_dir / DATABASE_FILE, folder / DATABASE_FILE)
        write_whole(folder / READY, msgspec.json.encode(made))
    except (OSError, sqlite3.Error) as error:
        raise Unavailable(f"cannot take a snapshot of {data_dir}: {error}") from error
    finally:
        shutil.rmtree(shadow, ignore_errors=True)


def _gather(database: Database, shadow: Path, to: Path) -> None:
    """Move what was linked, which lies as its table's folder does (``store/0f0/<uuid>``), to its table's name."""
    to.mkdir(mode=PRIVATE_DIRECTORY)
    for table in database.rows("table_folders", {}):
        linked = shadow.joinpath(*Path(table["folder"]).parts[-3:])
        if linked.is_dir():
            linked.rename(to / table["name"])
    if left := [path for path in shadow.glob("store/*/*") if path.is_dir()]:
        raise ThreadlineError(f"BUG: the snapshot has parts of no table of ours in {left[0]}")
    if not (to / "rollup_progress").is_dir():
        raise ThreadlineError(f"BUG: the engine put the snapshot elsewhere than in {shadow}")


def _copy_identity(path: Path, to: Path) -> None:
    """By SQLite's own means: another process may be writing to it."""
    opened_new(to).close()
    with closing(sqlite3.connect(path, timeout=30)) as source, closing(sqlite3.connect(to)) as copy:
        source.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE")


def made_in(folder: Path) -> Made | None:
    """What the snapshot in this folder says; None while it is being made. Raises ``ThreadlineError`` for another's file."""
    try:
        return msgspec.json.decode((folder / READY).read_bytes(), type=Made)
    except FileNotFoundError:
        return None
    except msgspec.DecodeError as error:
        raise ThreadlineError(f"cannot read {folder / READY}: it is not what a snapshot says of itself") from error
