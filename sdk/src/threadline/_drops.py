"""Spans that do not arrive: each is counted under one reason."""

from __future__ import annotations

import threading
from collections import Counter
from typing import Literal, TypeAlias

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
    "shutdown",
    "internal_error",
]
"""Why a span did not arrive."""

MEANINGS: dict[DropReason, str] = {
    "not_initialized": "nothing says where to send them; call init_observability() or set THREADLINE_DSN",
    "sampled_out": "sample_rate leaves their sessions out",
    "queue_full": "they end faster than the server takes them, or the server is away",
    "too_large": "one span is larger than the server or the queue takes; log less in input and output",
    "unauthorized": "the server does not accept the API key; see the first message about it",
    "rejected": "the server took the request but not all spans in it",
    "refused": "the server does not take the request",
    "unreachable": "the server could not be reached for too long; check the endpoint and that the server runs",
    "shutdown": "the program ended before they could be delivered; call flush() earlier",
    "internal_error": "BUG: threadline failed; your program is not affected, please report this",
}


DELIBERATE: frozenset[DropReason] = frozenset({"sampled_out"})
"""What the program itself asked for: counted, but neither a loss nor worth a line in the log."""


class Drops:
    """Counts spans that do not arrive, and says so in the log."""

    def __init__(self, notices: Notices) -> None:
        self._notices = notices
        self._spans: Counter[DropReason] = Counter()
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

    def after_fork_in_child(self) -> None:
        """Starts from zero: the parent's drops are the parent's to report."""
        self._lock = threading.RLock()
        self._spans = Counter()
