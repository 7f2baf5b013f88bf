"""A backup on disk: a folder with the files of a snapshot and a list of them with their checksums.

It is written beside its place and moved there once it is whole and on disk, so that a backup that is there is complete.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import Final, Literal

import msgspec

from threadline_server.backup.snapshot import Made
from threadline_server.data_directory import PRIVATE_DIRECTORY, opened_new, write_whole
from threadline_server.errors import BadRequest, ThreadlineError

LIST: Final = "backup.json"
FILES: Final = "files"
_PIECE: Final = 1024 * 1024

Tell = Callable[[int, int], None]
"""Called with the bytes done and the bytes in all."""


class Entry(msgspec.Struct, frozen=True):
    path: str
    """From the folder ``files``, with ``/``."""
    size: int
    sha256: str


class Backup(msgspec.Struct, frozen=True):
    """What stands in ``backup.json``."""

    made: Made
    entries: tuple[Entry, ...]
    format: Literal[1] = 1

    @property
    def size(self) -> int:
        return sum(entry.size for entry in self.entries)


def write(source: Path, made: Made, target: Path, tell: Tell) -> Backup:
    """Copy every file below ``source`` into the new backup ``target``. What breaks off leaves nothing.

    Raises BadRequest where there is something already or too little space, ThreadlineError where it cannot be written.
    """
    beside = beside_of(target)
    shutil.rmtree(beside, ignore_errors=True)
    try:
        files = sorted(path for path in source.rglob("*") if path.is_file())
        total = sum(path.stat().st_size for path in files)
        free = shutil.disk_usage(target.parent).free
        if free < total:
            raise BadRequest(f"cannot write {target}: it needs {total:,} bytes, and {free:,} are free there")
        beside.mkdir(mode=PRIVATE_DIRECTORY)
        backup = Backup(made, tuple(_copied(files, source, beside / FILES, total, tell)))
        write_whole(beside / LIST, msgspec.json.encode(backup))
        _sync_folder(beside)
        beside.rename(target)
        _sync_folder(target.parent)
    except OSError as error:
        raise ThreadlineError(f"cannot write {target}: {error.strerror or error}") from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return backup


def read(folder: Path) -> Backup:
    """What a backup holds, by its own word. Raises BadRequest for a folder that is none."""
    try:
        backup = msgspec.json.decode((folder / LIST).read_bytes(), type=Backup)
    except FileNotFoundError:
        raise BadRequest(
            f"cannot read {folder}: it holds no backup", hint=f"A whole backup has a file {LIST}."
        ) from None
    except (OSError, msgspec.DecodeError) as error:
        raise BadRequest(f"cannot read {folder / LIST}: {error}") from error
    for entry in backup.entries:
        path = PurePosixPath(entry.path)
        if path.is_absolute() or ".." in path.parts:
            raise BadRequest(f"cannot use {folder}: it names a file outside of itself")
    return backup


def check(folder: Path, backup: Backup, tell: Tell) -> None:
    """Every file as it was written. Raises BadRequest that names the first which is not."""
    done = 0
    for entry in backup.entries:
        path = folder / FILES / entry.path
        try:
            with path.open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise BadRequest(f"cannot restore {folder}: {entry.path} cannot be read ({error.strerror})") from error
        if found != entry.sha256:
            raise BadRequest(f"cannot restore {folder}: {entry.path} is damaged", hint="Use another backup.")
        done += entry.size
        tell(done, backup.size)


def beside_of(target: Path) -> Path:
    """Where a backup is written until it is whole."""
    return target.with_name(f".{target.name}.part")


def _copied(files: list[Path], source: Path, to: Path, total: int, tell: Tell) -> Iterator[Entry]:
    done = 0
    for path in files:
        relative = path.relative_to(source)
        for folder in reversed(relative.parents):
            (to / folder).mkdir(mode=PRIVATE_DIRECTORY, exist_ok=True)
        digest, size = hashlib.sha256(), 0
        with path.open("rb") as reading, opened_new(to / relative) as writing:
            while piece := reading.read(_PIECE):
                digest.update(piece)
                writing.write(piece)
                size += len(piece)
                tell(done + size, total)
            writing.flush()
            os.fsync(writing.fileno())
        done += size
        yield Entry(relative.as_posix(), size, digest.hexdigest())


def _sync_folder(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
