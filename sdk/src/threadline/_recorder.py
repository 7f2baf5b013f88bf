"""What all handles of one ``Observability`` share: clocks, ids, where spans go, and what is done when they cannot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from threadline._drops import Drops
from threadline._guard import Guard
from threadline._notices import Notices
from threadline._records import Exporter, SpanRecord
from threadline._sources import Clock, Ids, RandomIds, SystemClock
from threadline._user_sessions import UserSessions

if TYPE_CHECKING:
    from threadline._running import RunningSpans


class Recorder:
    """Hands finished spans to the exporter, which comes and goes with ``init_observability`` and ``shutdown``."""

    def __init__(self) -> None:
        self.clock: Clock = SystemClock()
        self.ids: Ids = RandomIds()
        self.exporter: Exporter | None = None
        self.running: RunningSpans | None = None
        self.notices = Notices()
        self.drops = Drops(self.notices)
        self.guard = Guard(self.drops)
        self.user_sessions = UserSessions(self)

    def use(
        self, exporter: Exporter, clock: Clock | None, ids: Ids | None, *, show_running_after_s: float | None = None
    ) -> None:
        """Sends spans to ``exporter`` from now on, with the computer's time and ids unless others are given.

        Args:
            exporter: Takes them.
            clock: Tells the time.
            ids: Makes the ids.
            show_running_after_s: How long a span runs until it is sent as it stands, once; None: only ended spans are sent.
        """
        self.clock = clock or SystemClock()
        self.ids = ids or RandomIds()
        self.exporter = exporter
        if show_running_after_s is not None:
            from threadline._running import RunningSpans

            self.running = RunningSpans(self.clock, self.guard, show_running_after_s)

    def stop(self) -> Exporter | None:
        """Sends what still runs as it stands, then nothing more; returns the exporter, which is the caller's to close."""
        running, self.running = self.running, None
        if running is not None:
            running.close()
        exporter, self.exporter = self.exporter, None
        return exporter

    def record(self, record: SpanRecord) -> None:
        """Passes one span on, or counts it as dropped when there is nowhere to send it: one that runs is not lost yet."""
        exporter = self.exporter
        if exporter is None:
            self.drops.count("not_initialized", 0 if record.is_running else 1)
        else:
            exporter.export(record)

    def after_fork_in_child(self) -> None:
        """Makes everything usable in a forked child."""
        self.notices.after_fork_in_child()
        self.drops.after_fork_in_child()
        self.user_sessions.after_fork_in_child()
        if self.running is not None:
            self.running.after_fork_in_child()
        if self.exporter is not None:
            self.exporter.after_fork_in_child()
