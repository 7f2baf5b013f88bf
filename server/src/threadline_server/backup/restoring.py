"""``threadline restore``: a data directory made of a backup. A server does not start on one that was cut off."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

from threadline_server.backup import archive
from threadline_server.backup.archive import FILES, Backup, Tell
from threadline_server.backup.snapshot import STORE
from threadline_server.data_directory import LOCK_FILE, UNFINISHED_RESTORE, lock_data_directory
from threadline_server.errors import BadRequest, ThreadlineError
from threadline_server.identity.sqlite_file import DATABASE_FILE
from threadline_server.settings import Settings
from threadline_server.store.database import Database
from threadline_server.store.migrate import migrate, run_file

_IGNORED: Final = {LOCK_FILE, UNFINISHED_RESTORE}


def restore(folder: Path, settings: Settings, tell: Tell) -> Backup:
    """Fill the empty data directory (made if need be) from the backup in ``folder``, after checking every file of it.

    Raises BadRequest for a backup or a directory that will not do, StartupError for a backup of a newer version.
    """
    data_dir, store_dir = settings.data_dir, settings.store_dir
    if store_dir is None:
        raise BadRequest("cannot restore into this store: it is on a ClickHouse server", hint="Use its own RESTORE.")
    backup = archive.read(folder)
    _check_room(data_dir, store_dir)
    archive.check(folder, backup, tell)
    with lock_data_directory(data_dir):
        marker = data_dir / UNFINISHED_RESTORE
        try:
            marker.touch()
            shutil.rmtree(store_dir, ignore_errors=True)
            _fill_store(settings.store, backup, folder / FILES / STORE)
            shutil.copyfile(folder / FILES / DATABASE_FILE, data_dir / DATABASE_FILE)
            (data_dir / DATABASE_FILE).chmod(0o600)
            marker.unlink()
        except OSError as error:
            raise ThreadlineError(f"cannot restore into {data_dir}: {error.strerror or error}") from error
    return backup


def _check_room(data_dir: Path, store_dir: Path) -> None:
    is_cut_off = (data_dir / UNFINISHED_RESTORE).exists()
    there = {path.name for path in data_dir.iterdir()} if data_dir.is_dir() else set()
    if (there - _IGNORED and not is_cut_off) or (store_dir.exists() and not is_cut_off):
        raise BadRequest(f"cannot restore into {data_dir}: there is something in it", hint="Give an empty --data-dir.")


def _fill_store(store: str, backup: Backup, parts: Path) -> None:
    database = Database(store)
    try:
        migrate(database, only=backup.made.migrations)
        folders = {row["name"]: Path(row["folder"]) for row in database.rows("table_folders", {})}
        for table, folder in folders.items():
            if (parts / table).is_dir():
                shutil.copytree(parts / table, folder / "detached", dirs_exist_ok=True)
        run_file(database, "backup/attach.sql", tables=folders)
    finally:
        database.close()
