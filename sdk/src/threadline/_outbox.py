"""What is ready to leave, oldest first: in memory while the server takes it, on disk while it is away."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Final

from threadline._drops import DropReason, Drops
from threadline._spool import Spool, Taken
from threadline._spool_format import SPANS

PATIENCE_S: Final = 1.0
"""How long a batch waits in memory for a server that is slow."""
PATIENCE_BYTES: Final = 4 * 1024 * 1024
"""How much waits there."""


class Batch:
    """Encoded spans, or scores, that leave together."""

    def __init__(self, resource: bytes, spans: list[bytes], size: int, kind: int = SPANS) -> None:
        self.kind = kind
        self.resource = resource
        self.spans = spans
        self.size = size
        """Bytes that they occupy."""
        self.since = time.monotonic()
        self.spool: Spool | None = None
        """Where it is, once it is on disk."""


class Parcel:
    """What the sender has in hand: spans of one program, in as many pieces as the server wants them, or a report."""

    def __init__(
        self,
        origin: Batch | Taken,
        resource: bytes,
        spans: list[bytes],
        report: bytes | None = None,
        *,
        kind: int = SPANS,
    ) -> None:
        self.origin = origin
        self.kind = kind
        """``SPANS`` or ``SCORES``: what the pieces are made of."""
        self.resource = resource
        self.pieces = deque([spans] if spans else [])
        self.report = report

    @property
    def spans(self) -> int:
        return sum(map(len, self.pieces))


class Outbox:
    """A queue with a disk below it, between the thread that collects and the one that sends."""

    def __init__(self, drops: Drops, spool: Spool | None, *, batch_spans: int, batch_bytes: int) -> None:
        self._drops = drops
        self._spool = spool
        self._limits = (batch_spans, batch_bytes)
        self._memory: deque[Batch] = deque()
        self._in_hand: Parcel | None = None
        self._entered_spans = 0
        self._done_spans = 0
        self._is_away = False
        self._obstacle: DropReason | None = None
        """Why nothing more is taken."""
        self.changed = threading.Condition()
        self.wake = threading.Event()
        """Set when there is something to do for the thread that sends."""
        self.memory_spans = 0
        self.memory_bytes = 0

    @property
    def is_away(self) -> bool:
        """Whether the server did not take what was last sent."""
        return self._is_away

    def why_full(self) -> DropReason:
        """Returns why memory is not free for more."""
        if self._spool is not None and self._spool.is_full:
            return "spool_full"
        is_without_disk = self._spool is None or self._spool.is_failing
        return "unreachable" if self._is_away and is_without_disk else "queue_full"

    @property
    def spooled_spans(self) -> int:
        return 0 if self._spool is None else self._spool.waiting_spans

    def put(self, batch: Batch) -> None:
        """Takes a batch behind all others."""
        with self.changed:
            if self._obstacle is not None:
                self._drops.count(self._obstacle, len(batch.spans))
                return
            self._entered_spans += len(batch.spans)
            self._memory.append(batch)
            self.memory_spans += len(batch.spans)
            self.memory_bytes += batch.size
            self.spill_what_waits()
        self.wake.set()

    def spill_what_waits(self) -> None:
        """Moves to disk what should not wait in memory: behind what is there already, while the server is away or slow."""
        with self.changed:
            if self._spool is None or not self._memory:
                return
            waited_s = time.monotonic() - self._memory[0].since
            is_slow = waited_s > PATIENCE_S or self.memory_bytes > PATIENCE_BYTES
            if self._is_away or self._spool.has_own or is_slow:
                self._spill()

    def take(self) -> Parcel | None:
        """Returns what to send next, the same until ``done``; None if nothing waits."""
        with self.changed:
            if self._in_hand is None and self._obstacle is None:
                self._in_hand = self._next()
            return self._in_hand

    def done(self, parcel: Parcel) -> None:
        """Forgets what was taken: it is delivered, or counted as dropped."""
        with self.changed:
            self._is_away = False
            if self._in_hand is not parcel:
                return
            self._in_hand = None
            self._forget(parcel.origin)
            self.changed.notify_all()

    def failed(self) -> None:
        """The server is away: nothing waits in memory from now on."""
        with self.changed:
            self._is_away = True
            self.spill_what_waits()
            self.changed.notify_all()

    def lock_out(self) -> None:
        """The server does not accept the key: nothing more is taken, and what is on disk stays there."""
        with self.changed:
            self._obstacle = "unauthorized"
            self._drops.count("unauthorized", self._clear())
            self.changed.notify_all()

    def adopt(self) -> None:
        """Looks for what processes that have ended left on disk."""
        with self.changed:
            if self._spool is not None and self._obstacle is None:
                self._spool.adopt()
        self.wake.set()

    def wait_until_empty(self, deadline: float, gave_up: Callable[[], bool]) -> bool:
        """Waits until all that is here now is delivered; returns whether it is.

        Args:
            deadline: By ``time.monotonic``.
            gave_up: Whether there is no hope; looked at whenever something has changed.
        """
        with self.changed:
            target = self._entered_spans
            self.wait_for(lambda: self._is_through(target) or gave_up(), deadline)
            return self._is_through(target)

    def wait_for(self, is_so: Callable[[], bool], deadline: float) -> None:
        """Waits until something is so, looked at whenever something has changed here."""
        with self.changed:
            self.changed.wait_for(is_so, max(deadline - time.monotonic(), 0.0))

    def end(self) -> None:
        """Takes nothing more and moves everything to disk; what cannot be kept there is counted."""
        with self.changed:
            self._spill()
            self._drops.count("shutdown", self._clear())
            self._obstacle = "shutdown"

    def keep_report(self, report: bytes) -> bool:
        """Writes a report on dropped spans to disk, for the next process to send; returns whether it is there."""
        with self.changed:
            return self._spool is not None and self._spool.append_report(report)

    def close(self) -> None:
        """Lets go of the files."""
        with self.changed:
            if self._spool is not None:
                self._spool.close()

    def after_fork_in_child(self) -> None:
        """Lets go of the parent's files. The locks of this object may be held by threads that are gone."""
        if self._spool is not None:
            self._spool.after_fork_in_child()

    def _is_through(self, target: int) -> bool:
        return self._done_spans >= target and not (self._spool is not None and self._spool.has_adopted)

    def _next(self) -> Parcel | None:
        for adopted in (False, True):
            if self._spool is not None and (taken := self._peek(self._spool, adopted=adopted)) is not None:
                stored = taken.stored
                return Parcel(taken, stored.resource, stored.spans, stored.report, kind=stored.kind)
            if not adopted and self._memory:
                batch = self._memory[0]
                return Parcel(batch, batch.resource, batch.spans, kind=batch.kind)
        return None

    def _peek(self, spool: Spool, *, adopted: bool) -> Taken | None:
        """Passes over what holds nothing to send."""
        max_spans, max_bytes = self._limits
        while (taken := spool.peek(adopted=adopted, max_spans=max_spans, max_bytes=max_bytes)) is not None:
            if taken.stored.spans or taken.stored.report:
                return taken
            self._advance(taken)
        return None

    def _forget(self, origin: Batch | Taken) -> None:
        first: Taken | None = None
        if isinstance(origin, Taken):
            first = origin
        elif origin.spool is not None:
            # It went to disk while it was on its way, so it is the first there.
            first = origin.spool.peek(adopted=False, max_spans=1, max_bytes=0)
        else:
            self._drop_first()
            self._done_spans += len(origin.spans)
        if first is not None:
            self._advance(first)
        if not self._memory and not (self._spool is not None and self._spool.has_own):
            self._done_spans = self._entered_spans

    def _advance(self, taken: Taken) -> None:
        if taken.is_own:
            self._done_spans += len(taken.stored.spans) + taken.stored.lost + taken.stored.expired
        taken.spool.advance(taken)

    def _clear(self) -> int:
        lost = self.memory_spans
        self._done_spans += lost
        self._memory.clear()
        self.memory_spans = self.memory_bytes = 0
        self._in_hand = None
        return lost

    def _spill(self) -> None:
        while self._memory and self._spool is not None:
            batch = self._memory[0]
            if not self._spool.append(batch.resource, batch.spans, batch.kind):
                return
            batch.spool = self._spool
            self._drop_first()

    def _drop_first(self) -> None:
        batch = self._memory.popleft()
        self.memory_spans -= len(batch.spans)
        self.memory_bytes -= batch.size
