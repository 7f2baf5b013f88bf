"""The thread that sends: the only one that waits for the network."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Final, Protocol

from threadline._drops import Drops
from threadline._export import Later
from threadline._guard import Guard
from threadline._otlp import encode_drop_report
from threadline._outbox import Outbox, Parcel

ADOPT_EVERY_S: Final = 60.0
REPORT_EVERY_S: Final = 10.0


class Sends(Protocol):
    """Something that delivers; see ``Sender``."""

    is_locked_out: bool

    def attempt(self, parcel: Parcel) -> Later | None:
        """Delivers, or counts why not, or says when to try again."""
        ...

    def report(self, report: bytes) -> Later | None:
        """Tells of dropped spans."""
        ...


class Courier:
    """Carries what is in the outbox to the server, in order, for as long as it takes."""

    def __init__(
        self,
        outbox: Outbox,
        sender: Sends,
        resource: bytes,
        drops: Drops,
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._outbox = outbox
        self._sender = sender
        self._resource = resource
        self._drops = drops
        self._monotonic = monotonic
        self._not_before = float("-inf")
        self._is_asked = False
        self._is_hurried = False
        self._is_stopped = False
        self._report_at = float("-inf")
        self._adopt_at = monotonic() + ADOPT_EVERY_S
        self._thread: threading.Thread | None = None
        self._starting = threading.RLock()
        self.failures = 0
        """Attempts after which the server was found away."""

    def start(self) -> bool:
        """Starts the thread, if it does not run yet; returns whether it runs."""
        with self._starting:
            if self._thread is None:
                thread = threading.Thread(target=self._work, name="threadline-send", daemon=True)
                try:
                    thread.start()
                except RuntimeError:  # the interpreter is shutting down, or there are too many threads
                    return False
                self._thread = thread
        return True

    def hurry(self) -> None:
        """Makes the next attempt at once, unless the server has asked for a pause."""
        self._is_hurried = True
        self._outbox.wake.set()

    def stop(self) -> None:
        """Makes no further attempt."""
        self._is_stopped = True
        self._outbox.wake.set()

    def has_no_hope(self) -> bool:
        """Returns whether nothing more is sent by this process."""
        return self._sender.is_locked_out

    def deliver_here(self, deadline: float) -> None:
        """Does in the calling thread what the thread would do, where that cannot be started any more."""
        while not self._is_stopped and self._monotonic() < deadline and self.step() == 0:
            pass

    def step(self) -> float:
        """Makes one attempt, if it is time; returns how many seconds to wait for the next step."""
        wait = self._not_before - self._monotonic()
        if wait > 0 and (self._is_asked or not self._is_hurried):
            if self._is_hurried:
                self._is_hurried = False
                self._give_up_for_now()
            return wait
        if self._sender.is_locked_out:
            # What is on disk stays there: a key may be refused by mistake, and the next process tries it again.
            self._outbox.lock_out()
        parcel = self._outbox.take()
        if parcel is None:
            return self._rest()
        spans = parcel.spans
        later: Later | None = None
        with Guard(self._drops, spans=spans):
            later = self._sender.attempt(parcel)
        return self._after(parcel, later)

    def _work(self) -> None:
        while not self._is_stopped:
            seconds = self.step()
            if seconds > 0:
                self._outbox.wake.wait(seconds)
                self._outbox.wake.clear()

    def _after(self, parcel: Parcel, later: Later | None) -> float:
        if later is not None:
            return self._put_off(later)
        self._not_before = float("-inf")
        if not self._sender.is_locked_out:
            self._outbox.done(parcel)
        return 0

    def _rest(self) -> float:
        """What is done while nothing waits."""
        now = self._monotonic()
        if now >= self._adopt_at:
            self._adopt_at = now + ADOPT_EVERY_S
            self._outbox.adopt()
        if (now >= self._report_at or self._is_hurried) and not self._sender.is_locked_out:
            self._report_at = now + REPORT_EVERY_S
            report = self._drops.report()
            if report is not None:
                later = self._sender.report(encode_drop_report(self._resource, report))
                if later is not None:
                    self._report_at = now
                    return self._put_off(later)
                self._drops.reported(report)
        self._is_hurried = False
        with self._outbox.changed:
            self._outbox.changed.notify_all()
        return REPORT_EVERY_S

    def _put_off(self, later: Later) -> float:
        self._not_before = self._monotonic() + later.delay_s
        self._is_asked = later.is_asked
        self._is_hurried = False
        self._give_up_for_now()
        return later.delay_s

    def _give_up_for_now(self) -> None:
        self.failures += 1
        self._outbox.failed()
