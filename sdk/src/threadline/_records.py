"""A finished span as it travels from the handles to the exporter, and what an exporter is."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import NamedTuple, Protocol, TypeAlias

from threadline import semconv
from threadline._values import JsonValue

AttributeValue: TypeAlias = str | bool | int | float | list[str]

_OVERHEAD_BYTES = 1_000
"""What a record occupies beside its texts: the tuple, the dictionary, the ids."""


class ErrorRecord(NamedTuple):
    """Why a span failed."""

    type: str
    """Name of the exception's class, such as ``RateLimitError``."""
    message: str
    stack: str
    """The formatted traceback; empty if there is none."""
    at_ns: int
    """Nanoseconds since the Unix epoch."""


class EventRecord(NamedTuple):
    """Something that is told of a span beside its facts, such as a score."""

    name: str
    at_ns: int
    """Nanoseconds since the Unix epoch."""
    attributes: Mapping[str, AttributeValue]


class SpanRecord(NamedTuple):
    """One span that has ended or still runs, with its values already turned into text."""

    trace_id: str
    """32 hexadecimal digits."""
    span_id: str
    """16 hexadecimal digits."""
    parent_id: str | None
    """The parent's ``span_id``; None for the root of a trace."""
    name: str
    start_ns: int
    """Nanoseconds since the Unix epoch."""
    end_ns: int
    """Nanoseconds since the Unix epoch; 0 while the span is running."""
    attributes: Mapping[str, AttributeValue]
    """Named by ``threadline.semconv``."""
    error: ErrorRecord | None
    events: tuple[EventRecord, ...] = ()

    @property
    def is_running(self) -> bool:
        """Whether this is the span as it stood before its end: the record of its end takes its place."""
        return self.end_ns == 0

    @property
    def kind(self) -> str:
        """Such as ``generation``."""
        return str(self.attributes.get(semconv.KIND, "span"))

    @property
    def session_id(self) -> str | None:
        """The session that the span belongs to."""
        return self._text(semconv.SESSION_ID)

    @property
    def user_id(self) -> str | None:
        """The user that the span belongs to."""
        return self._text(semconv.USER_ID)

    @property
    def input(self) -> JsonValue:
        """The input as JSON's types; None if there is none."""
        return self._decoded(semconv.INPUT)

    @property
    def output(self) -> JsonValue:
        """The output as JSON's types; None if there is none."""
        return self._decoded(semconv.OUTPUT)

    @property
    def metadata(self) -> JsonValue:
        """The metadata as JSON's types; None if there is none."""
        return self._decoded(semconv.METADATA)

    @property
    def tags(self) -> list[str]:
        """The tags, in the order in which they were given."""
        tags = self.attributes.get(semconv.TAGS)
        return list(tags) if isinstance(tags, list) else []

    def _text(self, attribute: str) -> str | None:
        value = self.attributes.get(attribute)
        return value if isinstance(value, str) else None

    def _decoded(self, attribute: str) -> JsonValue:
        text = self._text(attribute)
        value: JsonValue = None if text is None else json.loads(text)
        return value

    def size(self) -> int:
        """Returns about how many bytes of memory the record occupies."""
        texts = [value for value in self.attributes.values() if isinstance(value, str)]
        if self.error is not None:
            texts += (self.error.message, self.error.stack)
        for event in self.events:
            texts += [value for value in event.attributes.values() if isinstance(value, str)]
        return _OVERHEAD_BYTES + sum(map(sys.getsizeof, texts))


class ScoreRecord(NamedTuple):
    """A score that names by its ids what it is of: something recorded before, perhaps by another process."""

    trace_id: str | None
    """32 hexadecimal digits; None for a score of a session."""
    span_id: str | None
    """16 hexadecimal digits; None for a score of a whole trace."""
    at_ns: int
    """Nanoseconds since the Unix epoch."""
    attributes: Mapping[str, AttributeValue]
    """As those of a score's event, and of a score of a session its id."""
    names_itself: bool
    """Whether the program chose the score's id."""

    @property
    def session_id(self) -> str | None:
        """The session that is judged; None for a score of a trace or span."""
        value = self.attributes.get(semconv.SESSION_ID)
        return value if isinstance(value, str) else None

    def size(self) -> int:
        """Returns about how many bytes of memory the record occupies."""
        return _OVERHEAD_BYTES + sum(sys.getsizeof(value) for value in self.attributes.values())


class Waiting(NamedTuple):
    """How many spans, and scores by ids, that this process recorded are not delivered yet."""

    in_memory: int
    """They are lost if the process is killed."""
    on_disk: int
    """They survive it, and the next process delivers them."""


class Exporter(Protocol):
    """Takes spans and scores. No method may raise, and ``export`` and ``export_score`` may not block."""

    def export(self, record: SpanRecord) -> None:
        """Takes one span. Of one that is running nothing is lost when it cannot be taken: its end is still to come."""
        ...

    def export_score(self, record: ScoreRecord) -> None:
        """Takes a score of something that was recorded before."""
        ...

    def flush(self, timeout: float) -> bool:
        """Waits up to ``timeout`` seconds until everything taken so far is delivered, and returns whether it is."""
        ...

    def close(self, timeout: float) -> bool:
        """Does what ``flush`` does and takes nothing more."""
        ...

    def after_fork_in_child(self) -> None:
        """Starts anew in a forked child: what was waiting belongs to the parent."""
        ...
