"""The files that one process has spooled, under one lock: written by it, and read by it or by who adopts them."""

from __future__ import annotations

import os
from collections import deque
from contextlib import suppress
from itertools import islice
from typing import NamedTuple, Self

from threadline import _spool_format as form
from threadline import _spool_lock

SEGMENT_BYTES = 1024 * 1024
"""A file that has reached this size is not written to any more."""
LOCK_SUFFIX = ".lock"
SEGMENT_SUFFIX = ".spool"
_APPEND = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | getattr(os, "O_BINARY", 0)


class Stored(NamedTuple):
    """The oldest that is not delivered: spans or scores of one program, or a report on dropped ones."""

    resource: bytes
    spans: list[bytes]
    report: bytes | None
    lost: int
    """Spans before the end of it that could not be read."""
    expired: int
    """Spans that are too old to be sent."""
    after: form.Position
    kind: int = form.SPANS
    """Of what is in ``spans``."""


class _Segment:
    """One file, and what of it is known here."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.spans = 0
        self.bytes = 0


class Series:
    """A first-in, first-out queue on disk. Not for several threads at once; every method may raise ``OSError``."""

    def __init__(self, folder: str, name: str, lock: int) -> None:
        self.name = name
        self.waiting_spans = 0
        """Spans written by this object and not delivered."""
        self._prefix = os.path.join(folder, name)
        self._lock: int | None = lock
        self._segments: deque[_Segment] = deque()
        self._writing: int | None = None
        self._reading: _Reader | None = None
        self._number = 0

    @classmethod
    def create(cls, folder: str) -> Self:
        """Begins a series of its own name."""
        name = f"{os.getpid()}-{os.urandom(6).hex()}"
        lock = _spool_lock.take(os.path.join(folder, name + LOCK_SUFFIX), is_new=True)
        if lock is None:
            raise OSError("the lock of a new file of the spool is taken")
        return cls(folder, name, lock)

    @classmethod
    def adopt(cls, folder: str, name: str) -> Self | None:
        """Takes over a series that nobody holds; None if somebody does."""
        lock = _spool_lock.take(os.path.join(folder, name + LOCK_SUFFIX), is_new=False)
        if lock is None:
            return None
        series = cls(folder, name, lock)
        found = (entry for entry in os.listdir(folder) if entry.endswith(SEGMENT_SUFFIX))
        mine = sorted(entry for entry in found if entry.startswith(f"{name}-"))
        series._segments.extend(_Segment(os.path.join(folder, entry)) for entry in mine)
        return series

    @property
    def is_empty(self) -> bool:
        return not self._segments

    def append(self, kind: int, body: bytes, spans: int) -> int:
        """Writes a record behind the others and returns its length in bytes."""
        descriptor = self._begin_segment() if self._writing is None else self._writing
        segment = self._segments[-1]
        packed = form.record(kind, body, spans=spans, before=segment.spans)
        self._write(descriptor, segment, packed)
        segment.spans += spans
        self.waiting_spans += spans
        if segment.bytes >= SEGMENT_BYTES:
            self._seal()
        return len(packed)

    def peek(self, *, max_spans: int, max_bytes: int, expired_before: float) -> Stored | None:
        """Returns the oldest records that make a batch, one at least; None if there is nothing."""
        while self._segments:
            if self._reading is None:
                if len(self._segments) == 1:
                    self._seal()
                self._reading = _Reader(self._segments[0], expired_before)
            stored = self._reading.peek(max_spans, max_bytes)
            if stored is not None:
                return stored
            self._remove_first()
        return None

    def advance(self, stored: Stored) -> None:
        """Records that everything up to the end of ``stored`` is dealt with."""
        if self._reading is None:
            return
        self._reading.advance(stored)
        self.waiting_spans = max(self.waiting_spans - len(stored.spans) - stored.lost - stored.expired, 0)
        if self._reading.is_finished:
            self._remove_first()
        else:
            self._reading.save()

    def close(self) -> None:
        """Lets go of the series; what is in it is for whoever adopts it."""
        self._seal()
        if self._lock is not None:
            if self.is_empty:
                with suppress(OSError):
                    os.unlink(self._prefix + LOCK_SUFFIX)
            os.close(self._lock)
            self._lock = None

    def after_fork_in_child(self) -> None:
        """Lets go of what the child has inherited; the lock and the files stay the parent's."""
        for descriptor in (self._writing, self._lock):
            if descriptor is not None:
                os.close(descriptor)
        self._writing = self._lock = None

    def _begin_segment(self) -> int:
        self._number += 1
        path = f"{self._prefix}-{self._number:08d}{SEGMENT_SUFFIX}"
        descriptor = self._writing = os.open(path, _APPEND, _spool_lock.PRIVATE_FILE)
        self._segments.append(_Segment(path))
        self._write(descriptor, self._segments[-1], form.head(form.Position()))
        return descriptor

    def _write(self, descriptor: int, segment: _Segment, packed: bytes) -> None:
        """Writes all of it or nothing, as far as the disk lets us."""
        try:
            if os.write(descriptor, packed) != len(packed):
                raise OSError("no space left for the spool")
        except OSError:
            with suppress(OSError):
                os.ftruncate(descriptor, segment.bytes)
            self._seal()
            if segment.bytes <= form.HEAD_BYTES:
                self._segments.pop()
                with suppress(OSError):
                    os.unlink(segment.path)
            raise
        segment.bytes += len(packed)

    def _seal(self) -> None:
        if self._writing is not None:
            os.close(self._writing)
            self._writing = None

    def _remove_first(self) -> None:
        self._reading = None
        segment = self._segments.popleft()
        with suppress(FileNotFoundError):
            os.unlink(segment.path)


class _Reader:
    """The oldest file of a series, in memory."""

    def __init__(self, segment: _Segment, expired_before: float) -> None:
        self._path = segment.path
        self._is_expired = False
        self._records: deque[form.Record] = deque()
        self._position = form.Position()
        try:
            with open(segment.path, "rb") as file:
                self._is_expired = os.fstat(file.fileno()).st_mtime < expired_before
                data = file.read()
        except FileNotFoundError:
            self._records.append(form.end(self._position, segment.spans))
        else:
            self._records.extend(form.records(data, form.position(data)))

    @property
    def is_finished(self) -> bool:
        return not self._records or (self._records[0].is_end and not self._records[0].lost)

    def peek(self, max_spans: int, max_bytes: int) -> Stored | None:
        """Returns the records at the front that are of one kind and one program, up to the limits."""
        if self.is_finished:
            return None
        first = self._records[0]
        if first.is_end or first.kind == form.REPORT:
            return Stored(b"", [], first.body or None, first.lost, 0, first.after)
        resource, spans = form.split(first.body)
        lost, after, size = first.lost, first.after, len(first.body)
        following = islice(self._records, 1, None)
        # There is always an end behind the last record of spans.
        while (record := next(following)).kind == first.kind:
            size += len(record.body)
            of, more = form.split(record.body)
            if of != resource or size > max_bytes or len(spans) + record.spans > max_spans:
                break
            spans += more
            lost, after = lost + record.lost, record.after
        if self._is_expired:
            return Stored(b"", [], None, lost, len(spans), after)
        return Stored(resource, spans, None, lost, 0, after, first.kind)

    def advance(self, stored: Stored) -> None:
        self._position = stored.after
        while self._records and self._records[0].after.offset <= stored.after.offset:
            self._records.popleft()

    def save(self) -> None:
        with open(self._path, "r+b") as file:
            file.write(form.head(self._position))
