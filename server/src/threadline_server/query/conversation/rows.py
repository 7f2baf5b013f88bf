"""What the fold reads of the store: traces of one session and their spans, winning versions only."""

from __future__ import annotations

from decimal import Decimal

import msgspec


class TurnTrace(msgspec.Struct, frozen=True, gc=False):
    """A trace with its roll-up; times in nanoseconds, ``end_ns`` 0 while it runs."""

    trace_id: str
    name: str
    start_ns: int
    end_ns: int
    status: str = "ok"
    error_type: str = ""
    error_message: str = ""
    total_tokens: int = 0
    total_cost: Decimal | float | None = None
    """Passed on as it is."""
    is_first: bool = False
    """Whether the session begins with this trace."""


class TurnSpan(msgspec.Struct, frozen=True, gc=False):
    """A span as far as it can say something. The last four are JSON texts, empty where there is nothing."""

    trace_id: str
    span_id: str
    parent_id: str
    kind: str
    name: str
    start_ns: int
    end_ns: int
    """0 while the span runs."""
    status: str = ""
    error_type: str = ""
    error_message: str = ""
    model: str = ""
    response_id: str = ""
    tool_call_id: str = ""
    """Of a tool span, where its instrumentation tells it."""
    input_messages: bytes | str = b""
    """Normalised messages; where empty they are read from ``input``."""
    output_messages: bytes | str = b""
    input: bytes | str = b""
    output: bytes | str = b""

    @property
    def until_ns(self) -> int:
        return max(self.end_ns, self.start_ns)
