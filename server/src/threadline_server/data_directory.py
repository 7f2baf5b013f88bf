"""The data directory: made private, and used by one server at a time."""

from __future__ import annotations

import fcntl
import os
import shutil
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from threadline_server.errors import DataDirectoryInUse, StartupError

LOCK_FILE = "lock"
UNFINISHED_RESTORE = "restore-unfinished"
"""A file that is there while a backup is being restored, and after that was cut off."""
LEAST_FREE_BYTES = 64 * 1024 * 1024
"""What arrives is refused below: the rest is for the roll-up, for deleting and for merging, which free space."""
PRIVATE_DIRECTORY = 0o700
PRIVATE_FILE = 0o600


def make_data_directory(path: Path) -> None:
    """Create ``path`` with mode 0700, or make an empty one that is already there private.

    One with files in it keeps its mode (it may be shared on purpose; ``threadline doctor`` reports it).
    Raises StartupError.
    """
    try:
        path.mkdir(mode=PRIVATE_DIRECTORY, parents=True, exist_ok=True)
        if not any(path.iterdir()):
            path.chmod(PRIVATE_DIRECTORY)
    except OSError as error:
        raise StartupError(
            f"cannot create data directory {path}: {error.strerror}",
            hint="Choose another --data-dir (THREADLINE_DATA_DIR).",
        ) from error


def has_room(path: Path, least_bytes: int = LEAST_FREE_BYTES) -> bool:
    """Whether the disk of ``path`` has as much free. Where that cannot be asked, the disk may answer for itself."""
    try:
        return shutil.disk_usage(path).free >= least_bytes
    except OSError:
        return True


def opened_new(path: Path) -> BinaryIO:
    """A file that was not there, for this user only. Raises OSError."""
    return os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, PRIVATE_FILE), "wb")


def write_whole(path: Path, content: bytes) -> None:
    """Replace a file as a whole, with mode 0600: a reader sees the old one or the new one. Raises OSError."""
    unfinished = path.with_suffix(f".{os.getpid()}.tmp")
    unfinished.unlink(missing_ok=True)
    with opened_new(unfinished) as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)


class DataDirectoryLock:
    """Held while a server runs. The kernel lets go of it when the process dies, however it dies."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self.path = path
        self._descriptor: int | None = descriptor

    def release(self) -> None:
        if self._descriptor is not None:
            os.ftruncate(self._descriptor, 0)
            os.close(self._descriptor)
            self._descriptor = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


def lock_data_directory(path: Path) -> DataDirectoryLock:
    """Create ``path`` if need be and take it for this process. Raises DataDirectoryInUse, StartupError."""
    make_data_directory(path)
    try:
        descriptor = os.open(path / LOCK_FILE, os.O_RDWR | os.O_CREAT, PRIVATE_FILE)
    except OSError as error:
        raise StartupError(f"cannot open data directory {path}: {error.strerror}") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        pid = _pid_in(path / LOCK_FILE)
        os.close(descriptor)
        raise DataDirectoryInUse(
            f"cannot open data directory {path}: it is in use by {_process(pid)}; stop it or choose another --data-dir"
        ) from error
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
    return DataDirectoryLock(path, descriptor)


def check_restored(path: Path) -> None:
    """Raises StartupError where restoring a backup was cut off: what is there is a part of it."""
    if (path / UNFINISHED_RESTORE).exists():
        raise StartupError(
            f"cannot open data directory {path}: a backup was not restored to its end", hint="Restore it again."
        )


def is_locked(path: Path) -> bool:
    """Whether a server uses the data directory now."""
    try:
        descriptor = os.open(path / LOCK_FILE, os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    else:
        return False
    finally:
        os.close(descriptor)


def holder_of(path: Path) -> str | None:
    """Who uses the data directory now, as text such as "process 4711"; None when nobody does."""
    return _process(_pid_in(path / LOCK_FILE)) if is_locked(path) else None


def _pid_in(lock_file: Path) -> int | None:
    try:
        text = lock_file.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return None
    return int(text) if text.isdigit() else None


def _process(pid: int | None) -> str:
    return "another process" if pid is None else f"process {pid}"
