"""Spans on disk while the server is away: what this process has written, and what it took over from processes that ended."""

from __future__ import annotations

import os
import stat
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Final, NamedTuple

from threadline import _spool_format as form
from threadline._drops import Drops
from threadline._notices import Notices
from threadline._spool_series import LOCK_SUFFIX, SEGMENT_BYTES, SEGMENT_SUFFIX, Series, Stored

MAX_AGE_S: Final = 7 * 24 * 3600.0
"""What could not be delivered for so long is deleted: conversations do not stay on a disk for ever."""
_RETRY_S: Final = 10.0
"""After a failure of the disk."""
_MAX_SCANNED: Final = 4096
"""Entries of the folder that are looked at in search of abandoned files."""
_MANY_SEGMENTS: Final = 16
"""With less room than these the folder is looked at before each write."""
_PRIVATE_FOLDER: Final = 0o700


class Taken(NamedTuple):
    """What is to be delivered next, and whose it is."""

    spool: Spool
    series: Series
    stored: Stored
    is_own: bool
    """Whether this process wrote it."""


class Spool:
    """A bounded queue on disk, shared by the processes that send to one server with one key.

    Not for several threads at once. No method raises: a disk that fails is a notice, and the spans stay in memory.
    """

    def __init__(
        self, folder: str, max_bytes: int, drops: Drops, notices: Notices, *, wall: Callable[[], float] = time.time
    ) -> None:
        self._folder = folder
        self._max_bytes = max_bytes
        self._drops = drops
        self._notices = notices
        self._wall = wall
        self._own: Series | None = None
        self._adopted: deque[Series] = deque()
        self._shunned: set[str] = set()
        self._unlooked_bytes = 0
        """How much may be written before the folder is looked at again."""
        self._retry_at = float("-inf")
        self._is_closed = False
        self.is_full = False
        """Whether the bound was reached when something was last to be written."""

    @property
    def has_own(self) -> bool:
        """Whether something of this process waits on disk."""
        return self._own is not None and not self._own.is_empty

    @property
    def has_adopted(self) -> bool:
        """Whether something of processes that have ended waits here."""
        return bool(self._adopted)

    @property
    def is_failing(self) -> bool:
        """Whether the disk failed a moment ago."""
        return time.monotonic() < self._retry_at

    @property
    def waiting_spans(self) -> int:
        """How many spans of this process wait on disk."""
        return 0 if self._own is None else self._own.waiting_spans

    def append(self, resource: bytes, spans: Sequence[bytes], kind: int = form.SPANS) -> bool:
        """Writes spans or scores behind all others of this process; returns whether they are on disk now."""
        return self._append(kind, form.join(resource, spans), len(spans))

    def append_report(self, report: bytes) -> bool:
        """Writes a report on dropped spans; it is small, so the bound does not apply to it."""
        return self._append(form.REPORT, report, 0)

    def peek(self, *, adopted: bool, max_spans: int, max_bytes: int) -> Taken | None:
        """Returns the oldest of this process, or of those that ended; None where there is nothing."""
        while (series := self._source(adopted=adopted)) is not None:
            try:
                expired_before = self._wall() - MAX_AGE_S
                stored = series.peek(max_spans=max_spans, max_bytes=max_bytes, expired_before=expired_before)
            except OSError as error:
                self._failed("read", error)
                self._let_go(series)
                continue
            if stored is not None:
                return Taken(self, series, stored, series is self._own)
            if not adopted:
                return None
            self._let_go(series)
        return None

    def advance(self, taken: Taken) -> None:
        """Records that this is dealt with, and counts what of it could not be read or was too old."""
        self._drops.count("corrupt", taken.stored.lost)
        self._drops.count("expired", taken.stored.expired)
        try:
            taken.series.advance(taken.stored)
        except OSError as error:
            # What cannot be marked as delivered must not be delivered again and again by this process.
            self._shunned.add(taken.series.name)
            self._failed("write", error)

    def adopt(self) -> None:
        """Takes over what processes that have ended left here."""
        held = self._shunned.union(series.name for series in self._held())
        try:
            with os.scandir(self._folder) as entries:
                names = [entry.name for entry, _ in zip(entries, range(_MAX_SCANNED), strict=False)]
        except OSError:
            return  # nothing was ever written here
        found = [name.removesuffix(LOCK_SUFFIX) for name in names if name.endswith(LOCK_SUFFIX)]
        for name in sorted(set(found) - held):
            with suppress(OSError):
                series = Series.adopt(self._folder, name)
                if series is None:
                    continue
                if series.is_empty:
                    series.close()
                else:
                    self._adopted.append(series)

    def close(self) -> None:
        """Lets go of all files."""
        self._is_closed = True
        for series in self._held():
            with suppress(OSError):
                series.close()

    def after_fork_in_child(self) -> None:
        """Lets go of the files, which stay the parent's."""
        self._is_closed = True
        for series in self._held():
            with suppress(OSError):
                series.after_fork_in_child()

    def _source(self, *, adopted: bool) -> Series | None:
        if adopted:
            return self._adopted[0] if self._adopted else None
        return self._own

    def _let_go(self, series: Series) -> None:
        if series is self._own:
            self._own = None
        else:
            self._adopted.remove(series)
        with suppress(OSError):
            series.close()

    def _held(self) -> list[Series]:
        return [series for series in (self._own, *self._adopted) if series is not None]

    def _append(self, kind: int, body: bytes, spans: int) -> bool:
        if self._is_closed or self.is_failing:
            return False
        try:
            # Beyond the bound the newest go: what is on disk is whole, and nobody deletes another process's files.
            self.is_full = kind != form.REPORT and not self._has_room(len(body))
            if self.is_full:
                text = f"the spool is full: {self._max_bytes} bytes of spans wait in {self._folder}"
                self._notices.warn("spool_full", f"{text}; newer ones wait in memory as far as they fit")
                return False
            if self._own is None:
                _make_private(self._folder)
                self._own = Series.create(self._folder)
            self._unlooked_bytes -= self._own.append(kind, body, spans)
        except OSError as error:
            self._failed("write", error)
            return False
        return True

    def _has_room(self, body_bytes: int) -> bool:
        """Looks at the folder once for each file that fills; every look may cost the thread a turn of the interpreter."""
        likely_bytes = body_bytes // 2
        if self._unlooked_bytes < likely_bytes:
            _make_private(self._folder)
            room = self._max_bytes - _size(self._folder)
            if room < likely_bytes:
                return False
            self._unlooked_bytes = SEGMENT_BYTES if room > _MANY_SEGMENTS * SEGMENT_BYTES else likely_bytes
        return True

    def _failed(self, verb: str, error: OSError) -> None:
        self._retry_at = time.monotonic() + _RETRY_S
        self._unlooked_bytes = 0
        reason = error.strerror or str(error)
        advice = "spans wait in memory only; set THREADLINE_SPOOL_DIR to a folder of yours, or THREADLINE_SPOOL=off"
        self._notices.warn("spool", f"cannot {verb} the spool in {self._folder}: {reason}; {advice}")


def _make_private(folder: str) -> None:
    """Makes the folder, or makes sure that an existing one is this user's alone."""
    os.makedirs(folder, _PRIVATE_FOLDER, exist_ok=True)
    found = os.lstat(folder)
    if not stat.S_ISDIR(found.st_mode):
        raise OSError("it is no folder")
    if hasattr(os, "getuid"):
        if found.st_uid != os.getuid():
            raise OSError("it belongs to another user")
        if stat.S_IMODE(found.st_mode) != _PRIVATE_FOLDER:
            os.chmod(folder, _PRIVATE_FOLDER)


def _size(folder: str) -> int:
    """The bytes of all processes' files."""
    total = 0
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.endswith(SEGMENT_SUFFIX):
                with suppress(OSError):  # just delivered by its process
                    total += entry.stat(follow_symlinks=False).st_size
    return total
