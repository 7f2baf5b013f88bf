"""What makes a span storable: real ids, and times in nanoseconds that can be true.

A span that ends before it starts is kept with no duration and says so in ``threadline.dropped_fields``: clocks step back,
and what happened is worth more than how long it took. A missing end is a span that is still running.
"""

from __future__ import annotations

from typing import Final

from threadline_server.ingest import reasons
from threadline_server.model import Attributes, Drop

EARLIEST_NS: Final = 946_684_800_000_000_000
"""2000-01-01 UTC."""
FUTURE_NS: Final = 2 * 86_400 * 1_000_000_000
NO_TRACE: Final = "0" * 32
NO_SPAN: Final = "0" * 16
_UNITS: Final = ((1_000, "microseconds"), (1_000_000, "milliseconds"), (1_000_000_000, "seconds"))


def is_sound(trace_id: str, span_id: str, parent_id: str, start_ns: int, end_ns: int, latest_ns: int) -> bool:
    """Whether a span with ids from bytes needs no second look: the common case in one expression."""
    return (
        len(trace_id) == 32
        and len(span_id) == 16
        and (not parent_id or len(parent_id) == 16)
        and EARLIEST_NS <= start_ns <= latest_ns
        and (start_ns <= end_ns <= latest_ns or end_ns == 0)
        and trace_id != NO_TRACE
        and NO_SPAN not in (span_id, parent_id)
    )


def id_fault(index: int, trace_id: str, span_id: str, parent_id: str) -> Drop | None:
    """What is wrong with the ids of an OTLP span; a parent of zeros is none, as some exporters write it."""
    for text, digits, reason, what in (
        (trace_id, 32, reasons.TRACE_ID, "trace id"),
        (span_id, 16, reasons.SPAN_ID, "span id"),
    ):
        if not text:
            return Drop(index, reason, f"the {what} is missing")
        if len(text) != digits or not _is_hex(text):
            return Drop(index, reason, f"the {what} is not {digits} hexadecimal digits")
        if not text.strip("0"):
            return Drop(index, reason, f"the {what} is all zeros")
    if parent_id and (len(parent_id) != 16 or not _is_hex(parent_id)):
        return Drop(index, reasons.PARENT_ID, "the parent span id is not 16 hexadecimal digits")
    return None


def _is_hex(text: str) -> bool:
    return all(character in "0123456789abcdef" for character in text)


def time_fault(index: int, start_ns: int, end_ns: int, latest_ns: int) -> Drop | None:
    """What is wrong with a span's times; 0 as an end is a span that is still running."""
    if start_ns == 0:
        return Drop(index, reasons.TIME_MISSING, "the start time is missing")
    return _out_of_range(index, "start", start_ns, latest_ns) or (
        _out_of_range(index, "end", end_ns, latest_ns) if end_ns else None
    )


def _out_of_range(index: int, which: str, time_ns: int, latest_ns: int) -> Drop | None:
    if EARLIEST_NS <= time_ns <= latest_ns:
        return None
    for factor, unit in _UNITS:
        if EARLIEST_NS <= time_ns * factor <= latest_ns:
            return Drop(index, reasons.TIME_UNIT, f"the {which} time is in {unit}; OTLP times are nanoseconds")
    side = "before the year 2000" if time_ns < EARLIEST_NS else "more than 2 days in the future"
    return Drop(index, reasons.TIME_RANGE, f"the {which} time is {side}")


def mended_end(start_ns: int, end_ns: int, attributes: Attributes) -> int:
    """The end to store; where it was before the start, ``attributes`` say so."""
    if end_ns == 0 or end_ns >= start_ns:
        return end_ns
    note_dropped(attributes, "end time: before the start time")
    return start_ns


def note_dropped(attributes: Attributes, note: str) -> None:
    """Say on the span itself what of it is not stored."""
    noted = attributes.get(reasons.DROPPED_FIELDS)
    attributes[reasons.DROPPED_FIELDS] = [*(noted if isinstance(noted, list) else []), note]


def log_fault(index: int, trace_id: str, span_id: str, time_ns: int, latest_ns: int) -> Drop | None:
    """What is wrong with a log record, whose ids may be absent."""
    for text, digits, reason, what in (
        (trace_id, 32, reasons.TRACE_ID, "trace id"),
        (span_id, 16, reasons.SPAN_ID, "span id"),
    ):
        if text and (len(text) != digits or not _is_hex(text)):
            return Drop(index, reason, f"the {what} is not {digits} hexadecimal digits")
    if time_ns == 0:
        return Drop(index, reasons.TIME_MISSING, "the time is missing, and so is the time of its observation")
    return _out_of_range(index, "record's", time_ns, latest_ns)
