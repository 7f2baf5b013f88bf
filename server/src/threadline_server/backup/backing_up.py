"""``threadline backup``: a snapshot of a data directory, taken by its server or, where none runs, by ourselves; then a copy of it."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from threadline_server.backup import archive, snapshot
from threadline_server.backup.archive import Backup, Tell
from threadline_server.backup.desk import FAILED, WANTED
from threadline_server.backup.snapshot import FOLDER, Made
from threadline_server.data_directory import PRIVATE_DIRECTORY, is_locked, lock_data_directory
from threadline_server.errors import BadRequest, Conflict, ThreadlineError
from threadline_server.identity.sqlite_file import DATABASE_FILE
from threadline_server.settings import Settings

OWNER: Final = "owner"
PATIENCE_S: Final = 120.0
LOOK_EVERY_S: Final = 0.1
_NOT_COPIED: Final = (OWNER, snapshot.READY)


def back_up(settings: Settings, target: Path, tell: Tell) -> Backup:
    """Write the new folder ``target``. Raises BadRequest, Conflict, ThreadlineError; then there is no ``target``."""
    data_dir = settings.data_dir
    if settings.store_dir is None:
        raise BadRequest(
            "cannot back up this store: it is on a ClickHouse server",
            hint="Use its own BACKUP for the database, and copy identity.db from the data directory (pg_dump where THREADLINE_DATABASE is set).",
        )
    if not (data_dir / DATABASE_FILE).is_file():
        raise BadRequest(f"cannot back up {data_dir}: there is no data of Threadline", hint="Give its --data-dir.")
    if target.exists():
        raise BadRequest(f"cannot write {target}: it is there already", hint="Choose another name.")
    if not target.parent.is_dir():
        raise BadRequest(f"cannot write {target}: there is no folder {target.parent}")
    with _claimed(data_dir) as folder:
        made = _snapshot(settings, settings.store_dir, folder)
        for name in _NOT_COPIED:
            (folder / name).unlink(missing_ok=True)
        return archive.write(folder, made, target, tell)


@contextmanager
def _claimed(data_dir: Path) -> Iterator[Path]:
    """The folder of the snapshot, for us alone, and gone afterwards. One whose owner has died is cleared away."""
    folder = data_dir / FOLDER
    if folder.exists() and (pid := _alive(folder / OWNER)):
        raise Conflict(f"cannot back up {data_dir}: process {pid} is backing it up")
    shutil.rmtree(folder, ignore_errors=True)
    try:
        folder.mkdir(mode=PRIVATE_DIRECTORY)
        (folder / OWNER).write_text(str(os.getpid()), encoding="ascii")
    except OSError as error:
        raise ThreadlineError(f"cannot back up {data_dir}: {error.strerror}") from error
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _alive(owner: Path) -> int | None:
    try:
        pid = int(owner.read_text(encoding="ascii"))
        os.kill(pid, 0)
    except (OSError, ValueError):
        return None
    return pid


def _snapshot(settings: Settings, store_dir: Path, folder: Path) -> Made:
    data_dir = settings.data_dir
    if is_locked(data_dir):
        return _asked_for(data_dir, folder)
    from threadline_server.store.database import Database

    with lock_data_directory(data_dir):
        database = Database(settings.store)
        try:
            snapshot.take(database, data_dir, store_dir)
        finally:
            database.close()
    made = snapshot.made_in(folder)
    if made is None:
        raise ThreadlineError("BUG: the snapshot says nothing of itself")
    return made


def _asked_for(data_dir: Path, folder: Path) -> Made:
    """A snapshot by the running server."""
    (folder / WANTED).touch()
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        if made := snapshot.made_in(folder):
            return made
        if (folder / FAILED).exists():
            reason = (folder / FAILED).read_text(encoding="utf-8")
            raise ThreadlineError(f"cannot back up {data_dir}: its server could not: {reason}")
        if not is_locked(data_dir):
            raise ThreadlineError(f"cannot back up {data_dir}: its server stopped meanwhile", hint="Try again.")
        time.sleep(LOOK_EVERY_S)
    raise ThreadlineError(
        f"cannot back up {data_dir}: its server did not answer in {PATIENCE_S:.0f} s",
        hint="Is it of an older version? Stop it, or upgrade it.",
    )
