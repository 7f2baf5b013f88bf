"""Spans that do not arrive: each is counted under one reason, in the log and for the server."""

from __future__ import annotations

import os
import threading
import time
from collections import Counter
from typing import Literal, NamedTuple, TypeAlias

from threadline._notices import Notices

DropReason: TypeAlias = Literal[
    "not_initialized",
    "sampled_out",
    "queue_full",
    "too_large",
    "unauthorized",
    "rejected",
    "refused",
    "unreachable",
    "spool_full",
    "corrupt",
    "expired",
    "shutdown",
    "internal_error",
]
"""Why a span did not arrive."""

MEANINGS: dict[DropReason, str] = {
    "not_initialized": "nothing says where to send them; call init_observability() or set THREADLINE_DSN",
    "sampled_out": "sample_rate leaves their sessions out",
    "queue_full": "they end faster than they can be taken in; log less, or less at once",
    "too_large": "one span is larger than the server or the queue takes; log less in input and output",
    "unauthorized": "the server does not accept the API key; see the first message about it",
    "rejected": "the server took the request but not all spans in it",
    "refused": "the server does not take the request",
    "unreachable": "the server is away, the memory for waiting spans is full, and there is no spool that could be written",
    "spool_full": "the server has been away for so long that the spool is full; set THREADLINE_SPOOL_MAX_BYTES higher",
    "corrupt": "a part of the spool on disk is damaged; what could be read was delivered",
    "expired": "they waited on disk for more than 7 days",
    "shutdown": "the program ended before they could be delivered or written to disk; call flush() earlier",
    "internal_error": "BUG: threadline failed; your program is not affected, please report this",
}


DELIBERATE: frozenset[DropReason] = frozenset({"sampled_out"})
"""What the program itself asked for: counted, but neither a loss nor worth a line in the log."""


class DropReport(NamedTuple):
    """What a server is told: counts that no other report holds, under an id, so that it counts them once."""

    id: str
    at_ns: int
    spans: dict[DropReason, int]


class Drops:
    """Counts spans that do not arrive, and says so in the log."""

    def __init__(self, notices: Notices) -> None:
        self._notices = notices
        self._spans: Counter[DropReason] = Counter()
        self._reported: Counter[DropReason] = Counter()
        self._report: DropReport | None = None
        self._lock = threading.RLock()

    def count(self, reason: DropReason, spans: int = 1, detail: str = "") -> None:
        """Adds ``spans`` to ``reason``; ``detail`` says what happened this time."""
        if spans <= 0:
            return
        with self._lock:
            self._spans[reason] += spans
            so_far = self._spans[reason]
        if reason in DELIBERATE:
            return
        cause = f"{MEANINGS[reason]} ({detail})" if detail else MEANINGS[reason]
        self._notices.warn(reason, f"spans dropped as {reason} so far: {so_far}; {cause}")

    def by_reason(self) -> dict[DropReason, int]:
        """Returns how many spans were dropped, for each reason that occurred."""
        with self._lock:
            return dict(self._spans)

    def total(self) -> int:
        """Returns how many spans were lost, which those left out on purpose are not."""
        with self._lock:
            return sum(spans for reason, spans in self._spans.items() if reason not in DELIBERATE)

    def report(self) -> DropReport | None:
        """Returns what the server does not know yet, the same until ``reported``; None if it knows all."""
        with self._lock:
            if self._report is None and (unreported := self._spans - self._reported):
                self._report = DropReport(os.urandom(8).hex(), time.time_ns(), dict(unreported))
            return self._report

    def reported(self, report: DropReport) -> None:
        """The server knows of ``report``, or it is on disk."""
        with self._lock:
            if report is self._report:
                self._reported.update(report.spans)
                self._report = None

    def after_fork_in_child(self) -> None:
        """Starts from zero: the parent's drops are the parent's to report."""
        self._lock = threading.RLock()
        self._spans = Counter()
        self._reported = Counter()
        self._report = None
