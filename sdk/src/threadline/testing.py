"""For tests of programs that use Threadline: spans kept in memory, a clock and ids that can be foretold.

With pytest, ask for the fixture ``threadline_spans``, a ``MemoryExporter``; it comes with the package:

    def test_a_parcel_is_found(threadline_spans):
        answer_the_customer("Where is my parcel?")
        assert threadline_spans.tree().splitlines() == ["chat-turn", "  generate-response (generation)"]
        assert threadline_spans.one("chat-turn").output == {"response": "In Leipzig."}

Elsewhere ``recorded`` does the same:

    with recorded() as spans:
        answer_the_customer("Where is my parcel?")
    assert [span.name for span in spans.spans] == ["generate-response", "chat-turn"]
"""

from __future__ import annotations

import contextlib
import itertools
from collections import abc

from threadline import _context, _setup
from threadline._records import AttributeValue, ErrorRecord, EventRecord, Exporter, ScoreRecord, SpanRecord
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
    "ScoreRecord",
    "SpanRecord",
    "StepClock",
    "recorded",
]


class MemoryExporter:
    """Keeps finished spans instead of sending them.

    Attributes:
        spans: In the order in which they ended.
        scores: Those that name by ids what they are of; the others are among the events of their spans.
    """

    def __init__(self) -> None:
        self.spans: list[SpanRecord] = []
        self.scores: list[ScoreRecord] = []

    def named(self, name: str) -> list[SpanRecord]:
        """Returns the spans of that name, in the order in which they ended."""
        return [span for span in self.spans if span.name == name]

    def one(self, name: str) -> SpanRecord:
        """Returns the only span of that name.

        Raises:
            AssertionError: There is none, or more than one.
        """
        named = self.named(name)
        if len(named) != 1:
            raise AssertionError(f"there are {len(named)} spans named {name!r}; all spans:\n{self.tree()}")
        return named[0]

    def children(self, parent: SpanRecord) -> list[SpanRecord]:
        """Returns the spans that attach to ``parent``, in the order of their start."""
        return [span for span in self._by_start() if span.parent_id == parent.span_id]

    def tree(self) -> str:
        """Returns the spans as they nest, a line for each: its name, its kind unless ``span``, and how it failed."""
        known = {span.span_id for span in self.spans}
        roots = [span for span in self._by_start() if span.parent_id not in known]
        return "".join(line for root in roots for line in self._lines(root, 0))

    def clear(self) -> None:
        """Forgets the spans and scores."""
        self.spans.clear()
        self.scores.clear()

    def export(self, record: SpanRecord) -> None:
        self.spans.append(record)

    def export_score(self, record: ScoreRecord) -> None:
        self.scores.append(record)

    def flush(self, timeout: float) -> bool:
        return True

    def close(self, timeout: float) -> bool:
        return True

    def after_fork_in_child(self) -> None:
        self.spans = []
        self.scores = []

    def _by_start(self) -> list[SpanRecord]:
        # A span that ended after its trace comes twice; the later record holds.
        newest = {span.span_id: span for span in self.spans}
        return sorted(newest.values(), key=lambda span: span.start_ns)

    def _lines(self, span: SpanRecord, depth: int) -> abc.Iterator[str]:
        kind = "" if span.kind == "span" else f" ({span.kind})"
        failure = "" if span.error is None else f" failed: {span.error.type}: {span.error.message}"
        yield f"{'  ' * depth}{span.name}{kind}{failure}\n"
        for child in self.children(span):
            yield from self._lines(child, depth + 1)


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


@contextlib.contextmanager
def recorded(clock: Clock | None = None, ids: Ids | None = None) -> abc.Iterator[MemoryExporter]:
    """Keeps in memory what the whole process records inside ``with``; nothing is sent, and afterwards all is as before.

    The program under test may call ``init_observability`` as it always does: its ``mask`` and other settings hold, its
    address is not used, and it needs no key. One use at a time in a process; pytest-xdist's workers are processes.

    Args:
        clock: Tells the time; a ``StepClock`` unless given.
        ids: Makes the ids; ``CountedIds`` unless given.

    Yields:
        Where the spans are.
    """
    exporter = MemoryExporter()
    with _context.nothing_current(), _setup._process.held(exporter, clock or StepClock(), ids or CountedIds()):  # noqa: SLF001
        yield exporter
