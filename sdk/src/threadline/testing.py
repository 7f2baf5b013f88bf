"""For tests of programs that use Threadline: spans kept in memory, a clock and ids that can be foretold.

Example:
    exporter = MemoryExporter()
    init_observability(exporter=exporter, clock=StepClock(), ids=CountedIds())
    answer_the_customer("Where is my parcel?")
    assert [span.name for span in exporter.spans] == ["generate-response", "chat-turn"]
"""

from __future__ import annotations

import itertools

from threadline._records import AttributeValue, ErrorRecord, EventRecord, Exporter, SpanRecord
from threadline._sources import Clock, Ids, Instant

__all__ = [
    "AttributeValue",
    "Clock",
    "CountedIds",
    "ErrorRecord",
    "EventRecord",
    "Exporter",
    "Ids",
    "Instant",
    "MemoryExporter",
    "SpanRecord",
    "StepClock",
]


class MemoryExporter:
    """Keeps finished spans instead of sending them.

    Attributes:
        spans: In the order in which they ended.
    """

    def __init__(self) -> None:
        self.spans: list[SpanRecord] = []

    def export(self, record: SpanRecord) -> None:
        self.spans.append(record)

    def flush(self, timeout: float) -> bool:
        return True

    def close(self, timeout: float) -> bool:
        return True

    def after_fork_in_child(self) -> None:
        self.spans = []


class StepClock:
    """A clock that moves by one step whenever it is asked.

    Args:
        start_ns: The first answer, in nanoseconds since the Unix epoch.
        step_ns: Nanoseconds between two answers.
    """

    def __init__(self, start_ns: int = 1_700_000_000_000_000_000, step_ns: int = 1_000_000_000) -> None:
        self._moments = itertools.count(start_ns, step_ns)

    def now(self) -> Instant:
        moment = next(self._moments)
        return Instant(moment, moment)


class CountedIds:
    """Ids 1, 2, 3, ..., traces and spans counted apart."""

    def __init__(self) -> None:
        self._traces = itertools.count(1)
        self._spans = itertools.count(1)

    def trace_id(self) -> str:
        return f"{next(self._traces):032x}"

    def span_id(self) -> str:
        return f"{next(self._spans):016x}"
