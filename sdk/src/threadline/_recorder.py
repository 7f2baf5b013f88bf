"""What all handles of one ``Observability`` share: clocks, ids, where spans go, and what is done when they cannot."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING

from threadline._drops import Drops
from threadline._guard import Guard
from threadline._notices import Notices
from threadline._privacy import Privacy
from threadline._records import Exporter, ScoreRecord, SpanRecord
from threadline._sources import Clock, Ids, RandomIds, SystemClock
from threadline._user_sessions import UserSessions

if TYPE_CHECKING:
    from threadline._masking import Masking
    from threadline._running import RunningSpans
    from threadline._sampling import SampledExporter
    from threadline._trace_state import TraceState

_EVERYTHING = Privacy()


class Recorder:
    """Hands finished spans to the exporter, which comes and goes with ``init_observability`` and ``shutdown``."""

    def __init__(self) -> None:
        self.clock: Clock = SystemClock()
        self.ids: Ids = RandomIds()
        self.exporter: Exporter | None = None
        self.running: RunningSpans | None = None
        self.captures_content = _EVERYTHING.capture_content
        self.max_value_characters = _EVERYTHING.max_value_characters
        self.sampled: SampledExporter | None = None
        self.masking: Masking | None = None
        self.masking_failures = 0
        self._lock = threading.RLock()
        self.notices = Notices()
        self.drops = Drops(self.notices)
        self.guard = Guard(self.drops)
        self.user_sessions = UserSessions(self)
        self._process = os.getpid()
        self._noticing: dict[int, threading.RLock] = {}
        """By process: a lock that no parent can hold."""

    def use(
        self,
        exporter: Exporter,
        clock: Clock | None,
        ids: Ids | None,
        privacy: Privacy = _EVERYTHING,
        *,
        show_running_after_s: float | None = None,
    ) -> None:
        """Sends spans to ``exporter`` from now on, with the computer's time and ids unless others are given.

        Args:
            exporter: Takes them.
            clock: Tells the time.
            ids: Makes the ids.
            privacy: What of them is sent.
            show_running_after_s: How long a span runs until it is sent as it stands, once; None: only ended spans are sent.
        """
        self.captures_content = privacy.capture_content
        self.max_value_characters = privacy.max_value_characters
        self.sampled = None
        if privacy.sample_rate < 1:
            from threadline._sampling import SampledExporter  # it loads hashlib

            exporter = self.sampled = SampledExporter(exporter, privacy.sample_rate, self.drops)
        self.clock = clock or SystemClock()
        self.ids = ids or RandomIds()
        self.exporter = exporter
        if show_running_after_s is not None:
            from threadline._running import RunningSpans

            self.running = RunningSpans(self.clock, self.guard, show_running_after_s)

    def notice_fork(self) -> None:
        """Makes everything usable in a child whose fork Python was not told of, as that of uWSGI's workers.

        Called before anything that could wait for a thread or a lock which only the parent has.
        """
        process = os.getpid()
        if process != self._process:
            with self._noticing.setdefault(process, threading.RLock()):
                if process != self._process:
                    self.after_fork_in_child()

    def stop(self) -> Exporter | None:
        """Sends what still runs as it stands, then nothing more; returns the exporter, which is the caller's to close."""
        self.notice_fork()
        running, self.running = self.running, None
        if running is not None:
            running.close()
        exporter, self.exporter = self.exporter, None
        return exporter

    def record(self, record: SpanRecord, state: TraceState) -> None:
        """Passes one span on, or counts it as dropped when there is nowhere to send it: one that runs is not lost yet."""
        exporter = self._exporter(0 if record.is_running else 1)
        if exporter is None:
            return
        if (sampled := self.sampled) is not None and sampled is exporter:
            sampled.admit(record, state)
        else:
            exporter.export(record)

    def record_score(self, record: ScoreRecord) -> None:
        """Passes a score of what was recorded before on, or counts it as dropped."""
        exporter = self._exporter(1)
        if exporter is not None:
            exporter.export_score(record)

    def _exporter(self, lost: int) -> Exporter | None:
        """Returns where to send what was just recorded; where that is nowhere, as much is ``lost``."""
        self.notice_fork()
        if self.exporter is None:
            self.drops.count("not_initialized", lost)
        elif self.masking is not None and self.masking.runs_here():
            # Masking it would record another one, without end.
            self.notices.warn("spans of the mask", "spans that the function given as mask records are not sent")
        else:
            return self.exporter
        return None

    def count_masking_failures(self, texts: int, why: str) -> None:
        """Adds texts that could not be masked; ``why`` says nothing of what they were."""
        with self._lock:
            self.masking_failures += texts
            so_far = self.masking_failures
        self.notices.warn(
            "masking",
            f"texts replaced by <masking failed> so far: {so_far}; the function given as mask failed ({why}), correct it",
        )

    def after_fork_in_child(self) -> None:
        """Makes everything usable in a forked child."""
        self._lock = threading.RLock()
        self.masking_failures = 0
        self.notices.after_fork_in_child()
        self.drops.after_fork_in_child()
        self.user_sessions.after_fork_in_child()
        if self.running is not None:
            self.running.after_fork_in_child()
        if self.exporter is not None:
            self.exporter.after_fork_in_child()
        self._process = os.getpid()
