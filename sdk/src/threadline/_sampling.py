"""``sample_rate=``: all of a session or nothing of it.

A session is kept where ``h < sample_rate * 2**64``; ``h`` is the first 8 bytes of the SHA-256 of the session id in UTF-8,
read as a big-endian integer. Every process and language that computes this decides alike. A trace without a session is
decided by its trace id, in 32 lower-case hexadecimal digits, in the same way.

While a trace has no session its ended spans wait: for the session, or for the end of the trace's root, which says that
there will be none. A score of a session by its id goes with the session; of one of a trace nothing says whether the trace
is kept, so it is sent.
"""

from __future__ import annotations

import hashlib
import threading

from threadline._drops import Drops
from threadline._records import Exporter, ScoreRecord, SpanRecord
from threadline._trace_state import TraceState

_MOST_HELD_BYTES = 4 * 1024 * 1024


def keeps(key: str, rate: float) -> bool:
    """Returns whether the session, or the trace without one, is among those that are sent."""
    hashed = int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big")
    # Exact: a double times a power of two.
    return hashed < int(rate * 2**64)


class SampledExporter:
    """Passes the spans of the sessions on that are kept, and counts the others as ``sampled_out``."""

    def __init__(self, exporter: Exporter, rate: float, drops: Drops, max_held_bytes: int = _MOST_HELD_BYTES) -> None:
        self._exporter = exporter
        self._rate = rate
        self._drops = drops
        self._max_held_bytes = max_held_bytes
        self._begin()

    def _begin(self) -> None:
        self._lock = threading.RLock()
        self._held: dict[TraceState, list[SpanRecord]] = {}
        """By trace, in the order of their first span."""
        self._held_bytes = 0

    def admit(self, record: SpanRecord, state: TraceState) -> None:
        """Takes one span of the trace whose state is given; once decided, a trace stays so.

        A span that still runs is shown only where that is decided; its end is told anyway.
        """
        with self._lock:
            if state.is_kept is None:
                key = state.session_id or (state.trace_id if state.root_has_ended else None)
                if key is None and record.end_ns == 0:
                    return
                ready = self._hold(record, state) if key is None else [*self._settle(state, key), (record, state)]
            else:
                ready = [(record, state)]
        for one, whose in ready:
            self._pass_on(one, is_kept=bool(whose.is_kept))

    def export(self, record: SpanRecord) -> None:
        state = TraceState(record.trace_id)
        state.session_id = record.session_id
        state.root_has_ended = record.end_ns != 0
        self.admit(record, state)

    def export_score(self, record: ScoreRecord) -> None:
        if record.session_id is None or keeps(record.session_id, self._rate):
            self._exporter.export_score(record)
        else:
            self._drops.count("sampled_out")

    def flush(self, timeout: float) -> bool:
        return self._exporter.flush(timeout)

    def close(self, timeout: float) -> bool:
        with self._lock:
            ready = [pair for state in list(self._held) for pair in self._settle(state, state.trace_id)]
        for record, state in ready:
            self._pass_on(record, is_kept=bool(state.is_kept))
        return self._exporter.close(timeout)

    def after_fork_in_child(self) -> None:
        self._begin()
        self._exporter.after_fork_in_child()

    def _hold(self, record: SpanRecord, state: TraceState) -> list[tuple[SpanRecord, TraceState]]:
        """Keeps the span back, and returns what has to leave for it: the trace that has waited longest."""
        self._held.setdefault(state, []).append(record)
        self._held_bytes += record.size()
        ready: list[tuple[SpanRecord, TraceState]] = []
        while self._held_bytes > self._max_held_bytes:
            oldest = next(iter(self._held))
            ready += self._settle(oldest, oldest.trace_id)
        return ready

    def _settle(self, state: TraceState, key: str) -> list[tuple[SpanRecord, TraceState]]:
        state.is_kept = keeps(key, self._rate)
        held = self._held.pop(state, [])
        self._held_bytes -= sum(record.size() for record in held)
        return [(record, state) for record in held]

    def _pass_on(self, record: SpanRecord, *, is_kept: bool) -> None:
        if is_kept:
            self._exporter.export(record)
        elif record.end_ns != 0:
            self._drops.count("sampled_out")
