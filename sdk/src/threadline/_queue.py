"""The way out of the program's threads: a bounded queue, and a background thread that empties it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from queue import Empty, SimpleQueue

from threadline._drops import DropReason, Drops
from threadline._gathering import Gathering, Limits, Prepare, PrepareScore
from threadline._guard import Guard
from threadline._otlp import encode_drop_report
from threadline._outbox import PATIENCE_S, Batch, Outbox
from threadline._records import ScoreRecord, SpanRecord, Waiting
from threadline._sending import Courier, Sends
from threadline._spool import Spool
from threadline._worker_exit import close_with_worker

_AWAY_AGE_S = 0.2
"""While the server is away, spans wait no longer than this for the disk."""
_TURN_S, _LONGEST_TURN_S = 0.0001, 0.01
_SPOOLING_S = 0.25
"""What ``close`` keeps of its time to write to disk."""


class _Mark:
    """Travels with the spans, so reaching it means that all before it are dealt with."""

    def __init__(self, *, is_last: bool) -> None:
        self.reached = threading.Event()
        self.is_last = is_last


class BackgroundExporter:
    """Takes spans from any thread, also from signal handlers and finalisers; its own threads do all the work.

    One thread prepares and encodes, and writes to disk what cannot leave; another one sends. So however long the server
    takes, spans are out of the program's memory soon.
    """

    def __init__(
        self,
        sender: Sends,
        drops: Drops,
        limits: Limits | None = None,
        *,
        prepare: Prepare | None = None,
        prepare_score: PrepareScore | None = None,
        resource: bytes = b"{}",
        spool: Callable[[], Spool] | None = None,
    ) -> None:
        self._sender = sender
        self._drops = drops
        self._prepare = prepare
        self._prepare_score = prepare_score
        self._resource = resource
        self._make_spool = spool
        self._limits = limits or Limits()
        self._is_closed = False
        self._begin()

    def _begin(self) -> None:
        self._lock = threading.RLock()
        # Unlike queue.Queue it may be used by a finaliser that interrupts its own thread inside put().
        self._inbox: SimpleQueue[SpanRecord | ScoreRecord | _Mark] = SimpleQueue()
        # Written by callers under the lock, and by the collecting thread alone: so neither waits for the other.
        self._taken_spans = self._taken_bytes = 0
        self._collected_spans = self._collected_bytes = 0
        self._thread: threading.Thread | None = None
        self._abandon = threading.Event()
        self._passing = threading.RLock()
        self._reported_drops = self._drops.total()
        spool = None if self._make_spool is None else self._make_spool()
        limits = self._limits
        self._outbox = Outbox(self._drops, spool, batch_spans=limits.batch_spans, batch_bytes=limits.batch_bytes)
        self._courier = Courier(self._outbox, self._sender, self._resource, self._drops)

    def after_fork_in_child(self) -> None:
        self._outbox.after_fork_in_child()
        self._begin()

    @property
    def waiting(self) -> Waiting:
        """What is not delivered yet."""
        in_memory = self._taken_spans - self._collected_spans + self._outbox.memory_spans
        return Waiting(in_memory, self._outbox.spooled_spans)

    def export(self, record: SpanRecord) -> None:
        # A span that still runs is not lost when it cannot be taken: its end is sent too.
        self._take(record, 0 if record.is_running else 1)

    def export_score(self, record: ScoreRecord) -> None:
        self._take(record, 1)

    def _take(self, record: SpanRecord | ScoreRecord, lost: int) -> None:
        """Queues a record; what cannot be taken is counted as so many ``lost``."""
        size = record.size()
        with self._lock:
            obstacle = self._obstacle(size)
            if obstacle is None:
                self._taken_spans += 1
                self._taken_bytes += size
                self._inbox.put(record)
        if obstacle is not None:
            self._drops.count(obstacle, lost)
        elif self._thread is None:
            self.start()
        elif self._is_pressed():
            # The more threads compete for the interpreter, the seldomer the collecting one gets it.
            time.sleep(min(_TURN_S * threading.active_count(), _LONGEST_TURN_S))

    def _obstacle(self, size: int) -> DropReason | None:
        if self._is_closed:
            return "shutdown"
        if size > self._limits.queue_bytes:
            return "too_large"
        outbox = self._outbox
        spans = self._taken_spans - self._collected_spans + outbox.memory_spans
        occupied = self._taken_bytes - self._collected_bytes + outbox.memory_bytes
        if spans < self._limits.queue_spans and occupied + size <= self._limits.queue_bytes:
            return None
        return outbox.why_full()

    def _is_pressed(self) -> bool:
        """Returns whether the caller should give the collecting thread a turn of the interpreter.

        A program that does nothing but record, tens of thousands of spans a second, would else leave it too few turns,
        and lose spans. Each 256th call does so while half of the queue is taken, each call from three quarters on.
        """
        share = max(
            (self._taken_spans - self._collected_spans) / max(self._limits.queue_spans, 1),
            (self._taken_bytes - self._collected_bytes) / max(self._limits.queue_bytes, 1),
        )
        return share > 0.5 and (share > 0.75 or self._taken_spans % 256 == 0)

    def start(self) -> None:
        """Starts the threads, if they do not run yet; a forked child does so with its first span."""
        with self._lock:
            if self._thread is not None:
                return
            thread = threading.Thread(target=self._work, args=(self._inbox,), name="threadline", daemon=True)
            try:
                thread.start()
            except RuntimeError:  # the interpreter is shutting down, or there are too many threads
                return
            self._thread = thread
        close_with_worker(self)

    def flush(self, timeout: float) -> bool:
        deadline = time.monotonic() + timeout
        is_delivered = self._reach(_Mark(is_last=False), deadline) and self._hand_over(deadline, give_up_early=False)
        return is_delivered and self._nothing_lost()

    def close(self, timeout: float) -> bool:
        now = time.monotonic()
        deadline = now + timeout - min(_SPOOLING_S, timeout / 4)
        mark = _Mark(is_last=True)
        with self._lock:
            if self._is_closed:
                return True
            self._is_closed = True
        is_collected = self._reach(mark, deadline)
        is_delivered = is_collected and self._hand_over(deadline, give_up_early=True)
        self._courier.stop()
        if not is_collected:
            # A hook of the program hangs, or the machine is very slow.
            with self._passing:
                self._abandon.set()
                self._drops.count("shutdown", self._taken_spans - self._collected_spans)
        self._outbox.end()
        while (report := self._drops.report()) is not None:
            if not self._outbox.keep_report(encode_drop_report(self._resource, report)):
                break
            self._drops.reported(report)
        self._outbox.close()
        return is_delivered and self._nothing_lost()

    def _reach(self, mark: _Mark, deadline: float) -> bool:
        """Waits until everything before the mark is collected."""
        with self._lock:
            if self._thread is None and self._taken_spans == 0:
                return True
            self._inbox.put(mark)
        self.start()
        if self._thread is None:
            self._work(self._inbox, is_here=True)
        return mark.reached.wait(max(deadline - time.monotonic(), 0.0))

    def _hand_over(self, deadline: float, *, give_up_early: bool) -> bool:
        """Waits until everything collected is delivered."""
        courier, failures = self._courier, self._courier.failures
        courier.hurry()
        if not courier.start():
            courier.deliver_here(deadline)

        def gave_up() -> bool:
            return courier.has_no_hope() or (give_up_early and courier.failures > failures)

        is_empty = self._outbox.wait_until_empty(deadline, gave_up)
        if is_empty and self._drops.report() is not None and courier.failures == failures:
            courier.hurry()
            self._outbox.wait_for(
                lambda: self._drops.report() is None or courier.has_no_hope() or courier.failures > failures, deadline
            )
        return is_empty

    def _nothing_lost(self) -> bool:
        lost = self._drops.total()
        is_same, self._reported_drops = lost == self._reported_drops, lost
        return is_same

    # --- the thread that collects ----------------------------------------------------------------------

    def _work(self, inbox: SimpleQueue[SpanRecord | ScoreRecord | _Mark], *, is_here: bool = False) -> None:
        with Guard(self._drops, spans=0):
            self._outbox.adopt()
        if not is_here:
            self._courier.start()
        gathering = self._gathering()
        while not self._abandon.is_set():
            item = self._next(inbox, gathering)
            if isinstance(item, (SpanRecord, ScoreRecord)):
                with Guard(self._drops):
                    gathering.add(item)
                if not gathering.is_full:
                    continue
            self._pass_on(gathering)
            gathering = self._gathering()
            if isinstance(item, _Mark):
                item.reached.set()
                if item.is_last or is_here:
                    return

    def _next(
        self, inbox: SimpleQueue[SpanRecord | ScoreRecord | _Mark], gathering: Gathering
    ) -> SpanRecord | ScoreRecord | _Mark | None:
        """Returns what comes next; None when it is time to pass on what was gathered."""
        timeout = gathering.time_left()
        if timeout is None and self._outbox.memory_spans:
            timeout = PATIENCE_S
        try:
            return inbox.get(timeout=timeout)
        except Empty:
            return None

    def _gathering(self) -> Gathering:
        age_s = self._limits.batch_age_s
        age_s = min(age_s, _AWAY_AGE_S) if self._outbox.is_away else age_s
        return Gathering(self._limits, self._prepare, self._prepare_score, age_s)

    def _pass_on(self, gathering: Gathering) -> None:
        with self._passing:
            if self._abandon.is_set():
                return
            with Guard(self._drops, spans=gathering.count):
                for kind, encoded in gathering.encoded.items():
                    if encoded:
                        self._outbox.put(Batch(self._resource, encoded, sum(map(len, encoded)), kind))
                if not gathering.count:
                    self._outbox.spill_what_waits()
            self._collected_spans += gathering.taken_spans
            self._collected_bytes += gathering.taken_bytes
