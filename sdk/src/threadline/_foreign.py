"""A span of another tracer, as far as ours attach to it."""

from __future__ import annotations

from threadline._spans import Span
from threadline._trace_state import TraceState


class ForeignSpan(Span):
    """Stands for a span that somebody else records; none of its methods is called, it only is a parent."""

    def __init__(self, span_id: str, state: TraceState, *, is_outside: bool) -> None:
        self._id = span_id
        self._state = state
        self._is_outside = is_outside

    @property
    def has_ended(self) -> bool:
        """Never, as far as we know: whoever records it knows better."""
        return False
