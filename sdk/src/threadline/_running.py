"""Spans that still run after a while are sent as they stand, so that a trace is seen before it ends.

If the program is killed, that is what remains of them; else the record of their end takes its place.
"""

from __future__ import annotations

import threading
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, NamedTuple

from threadline._guard import Guard
from threadline._sources import Clock

if TYPE_CHECKING:
    from threadline._trace_state import TraceState

_MOST_WATCHED = 10_000
"""Spans begun within the waiting time; where there are more, some are seen at their end only."""
_LAST_WORD_S = 0.2


class _Begun(NamedTuple):
    at_ns: int
    span_id: str
    state: TraceState


class RunningSpans:
    """Watches each span from its beginning until it has run for ``after_s``, on a thread of its own."""

    def __init__(self, clock: Clock, guard: Guard, after_s: float) -> None:
        self._clock = clock
        self._guard = guard
        self._after_ns = int(after_s * 1e9)
        self._begin()

    def _begin(self) -> None:
        # All wait equally long, so they become due in the order in which they came. Signal handlers may put too.
        self._begun: SimpleQueue[_Begun | None] = SimpleQueue()
        self._is_closing = threading.Event()
        self._lock = threading.RLock()
        self._thread: threading.Thread | None = None

    def after_fork_in_child(self) -> None:
        """Starts anew: the parent shows its own."""
        self._begin()

    def began(self, at_ns: int, span_id: str, state: TraceState) -> None:
        """Watches a span that began at ``at_ns`` of the monotonic clock."""
        if self._begun.qsize() < _MOST_WATCHED:
            self._begun.put(_Begun(at_ns, span_id, state))
            if self._thread is None:
                self._start()

    def close(self) -> None:
        """Sends what still runs, without waiting for its time."""
        self._is_closing.set()
        self._begun.put(None)
        thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(_LAST_WORD_S)
        while True:
            try:
                begun = self._begun.get_nowait()
            except Empty:
                return
            if begun is not None:
                self._show(begun)

    def _start(self) -> None:
        with self._lock:
            if self._thread is not None or self._is_closing.is_set():
                return
            thread = threading.Thread(
                target=self._work, args=(self._begun, self._is_closing), name="threadline-running", daemon=True
            )
            try:
                thread.start()
            except RuntimeError:  # the interpreter is shutting down, or there are too many threads
                return
            self._thread = thread

    def _work(self, begun: SimpleQueue[_Begun | None], is_closing: threading.Event) -> None:
        while (oldest := begun.get()) is not None:
            left_ns = oldest.at_ns + self._after_ns - self._clock.now().monotonic_ns
            if left_ns > 0:
                is_closing.wait(left_ns / 1e9)
            self._show(oldest)

    def _show(self, begun: _Begun) -> None:
        with self._guard:
            span = begun.state.unended.get(begun.span_id)
            if span is not None:
                span._record(0, None)  # noqa: SLF001
