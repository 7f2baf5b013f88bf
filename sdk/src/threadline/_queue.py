"""The way out of the program's threads: a bounded queue and one background thread that empties it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import NamedTuple, Protocol, TypeAlias

from threadline._drops import DropReason, Drops
from threadline._guard import Guard
from threadline._otlp import encode_span
from threadline._records import SpanRecord


Prepare: TypeAlias = Callable[[SpanRecord], SpanRecord | None]
"""What is done to each span on the background thread, before it is encoded or reaches a disk: masking, limits, sampling.
None: the span is not sent, and the hook itself has counted why."""


class Limits(NamedTuple):
    """How much may wait, and what makes a batch."""

    queue_spans: int = 10_000
    queue_bytes: int = 24 * 1024 * 1024
    """Memory that waiting spans may occupy, about."""
    batch_spans: int = 512
    batch_bytes: int = 1024 * 1024
    """Before compression."""
    batch_age_s: float = 1.0


class Sends(Protocol):
    """Something that delivers batches; see ``Sender``."""

    def send(self, spans: Sequence[bytes], pause: Callable[[float], None]) -> None:
        """Delivers the spans or counts why not."""
        ...


class _Mark:
    """Travels with the spans, so reaching it means that all before it are dealt with."""

    def __init__(self, *, is_last: bool) -> None:
        self.reached = threading.Event()
        self.is_last = is_last


class _Abandoned(Exception):
    """The program ends; what is still waiting has been counted."""


class _Batch:
    """Spans that leave together."""

    def __init__(self, limits: Limits, prepare: Prepare | None) -> None:
        self.spans: list[bytes] = []
        self.taken_spans = 0
        self.taken_bytes = 0
        self._limits = limits
        self._prepare = prepare
        self._wire_bytes = 0
        self._due: float | None = None

    def add(self, record: SpanRecord) -> None:
        if self._due is None:
            self._due = time.monotonic() + self._limits.batch_age_s
        self.taken_spans += 1
        self.taken_bytes += record.size()
        prepared = record if self._prepare is None else self._prepare(record)
        if prepared is None:
            return
        span = encode_span(prepared)
        self.spans.append(span)
        self._wire_bytes += len(span)

    @property
    def is_full(self) -> bool:
        return len(self.spans) >= self._limits.batch_spans or self._wire_bytes >= self._limits.batch_bytes

    def time_left(self) -> float | None:
        """Seconds until the batch must leave; None while it is empty."""
        return None if self._due is None else max(self._due - time.monotonic(), 0.0)


class BackgroundExporter:
    """Takes spans from any thread, also from signal handlers and finalisers, and delivers them from its own."""

    def __init__(
        self, sender: Sends, drops: Drops, limits: Limits | None = None, *, prepare: Prepare | None = None
    ) -> None:
        self._sender = sender
        self._drops = drops
        self._prepare = prepare
        self._limits = limits or Limits()
        self._is_closed = False
        self._begin()

    def _begin(self) -> None:
        self._lock = threading.RLock()
        # Unlike queue.Queue it may be used by a finaliser that interrupts its own thread inside put().
        self._inbox: SimpleQueue[SpanRecord | _Mark] = SimpleQueue()
        self._waiting_spans = 0
        self._waiting_bytes = 0
        self._thread: threading.Thread | None = None
        self._abandon = threading.Event()
        self._reported_drops = self._drops.total()

    def after_fork_in_child(self) -> None:
        self._begin()

    def export(self, record: SpanRecord) -> None:
        size = record.size()
        with self._lock:
            obstacle = self._obstacle(size)
            if obstacle is None:
                self._waiting_spans += 1
                self._waiting_bytes += size
                self._inbox.put(record)
        if obstacle is not None:
            # A span that still runs is not lost with this: its end is sent too.
            self._drops.count(obstacle, 0 if record.is_running else 1)
        elif self._thread is None:
            self.start()

    def _obstacle(self, size: int) -> DropReason | None:
        if self._is_closed:
            return "shutdown"
        if size > self._limits.queue_bytes:
            return "too_large"
        if self._waiting_spans >= self._limits.queue_spans or self._waiting_bytes + size > self._limits.queue_bytes:
            return "queue_full"
        return None

    def start(self) -> None:
        """Starts the thread, if it does not run yet; a forked child does so with its first span."""
        with self._lock:
            if self._thread is not None:
                return
            self._thread = threading.Thread(target=self._work, args=(self._inbox,), name="threadline", daemon=True)
            try:
                self._thread.start()
            except RuntimeError:  # the interpreter is shutting down, or there are too many threads
                self._thread = None

    def flush(self, timeout: float) -> bool:
        return self._reach(_Mark(is_last=False), timeout) and self._nothing_lost()

    def close(self, timeout: float) -> bool:
        mark = _Mark(is_last=True)
        with self._lock:
            self._is_closed = True
        if not self._reach(mark, timeout):
            with self._lock:
                self._abandon.set()
                lost, self._waiting_spans = self._waiting_spans, 0
            self._drops.count("shutdown", lost)
        return self._nothing_lost()

    def _reach(self, mark: _Mark, timeout: float) -> bool:
        with self._lock:
            if self._thread is None and self._waiting_spans == 0:
                return True
            self._inbox.put(mark)
        self.start()
        return mark.reached.wait(max(timeout, 0.0))

    def _nothing_lost(self) -> bool:
        lost = self._drops.total()
        is_same, self._reported_drops = lost == self._reported_drops, lost
        return is_same

    # --- the thread -------------------------------------------------------------------------------------

    def _work(self, inbox: SimpleQueue[SpanRecord | _Mark]) -> None:
        batch = _Batch(self._limits, self._prepare)
        while not self._abandon.is_set():
            try:
                item = inbox.get(timeout=batch.time_left())
            except Empty:
                item = None
            if isinstance(item, SpanRecord):
                with Guard(self._drops):
                    batch.add(item)
                if not batch.is_full:
                    continue
            self._deliver(batch)
            batch = _Batch(self._limits, self._prepare)
            if isinstance(item, _Mark):
                item.reached.set()
                if item.is_last:
                    return

    def _deliver(self, batch: _Batch) -> None:
        if batch.spans:
            with Guard(self._drops, spans=len(batch.spans)), suppress(_Abandoned):
                self._sender.send(batch.spans, self._pause)
        with self._lock:
            self._waiting_spans -= batch.taken_spans
            self._waiting_bytes -= batch.taken_bytes

    def _pause(self, seconds: float) -> None:
        if self._abandon.wait(seconds):
            raise _Abandoned
