"""Our own export, ``threadline.session/1`` as JSON or JSON lines -> the very rows that it was made of.

A line is a session (``"format"``, with or without its ``traces``) or a trace with its ``spans`` and ``logs``; a file of one JSON
object is a session with all its traces. What stands on a session or trace and can be computed is not read: it is computed anew
from the spans. JSON texts are kept byte by byte. Everything is checked, since files are edited: one wrong trace refuses itself.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any, Final, Literal

import msgspec

from threadline_server.errors import BadRequest
from threadline_server.ingest import reasons
from threadline_server.ingest.decode import validity
from threadline_server.ingest.decode.native_fields import Refused
from threadline_server.ingest.decode.session_file_spans import SpanEntry, span_of
from threadline_server.model import Drop, SaidFact, SaidScore, Score, Span

FORMAT: Final = "threadline.session/1"
_MAX_ID: Final = 512


class GivenScore(msgspec.Struct, frozen=True, rename="camel"):
    id: str
    name: str
    kind: Literal["numeric", "boolean", "category"]
    said_unix_nano: str
    time: int
    span_id: str | None = None
    value: float | None = None
    label: str | None = None
    comment: str | None = None
    source: str | None = None


class Fact(msgspec.Struct, frozen=True, rename="camel"):
    """One thing said of a session: a field of ``annotate.session_facts``."""

    field: str
    value: Any
    said_unix_nano: str


class _Line(msgspec.Struct, frozen=True, rename="camel"):
    id: str = ""
    format: str = ""
    facts: list[Fact] = []
    given_scores: list[GivenScore] = []
    traces: list[msgspec.Raw] = []
    spans: list[SpanEntry] | None = None
    logs: list[SpanEntry] = []


class Read(msgspec.Struct):
    """What a file holds: ``received`` traces, of which those in ``drops`` cannot be used, and what was said of all."""

    spans: list[Span]
    drops: list[Drop]
    scores: list[SaidScore]
    facts: list[SaidFact]
    received: int = 0


def decode(body: bytes, *, now_ns: int | None = None) -> Read:
    """Everything in the file; ``now_ns`` is the arrival. Raises ``BadRequest`` for what is no JSON at all."""
    arrival_ns = time.time_ns() if now_ns is None else now_ns
    read = Read([], [], [], [])
    for line in lines_of(body):
        _take(line, read, arrival_ns)
    return read


def lines_of(body: bytes) -> Iterator[bytes | memoryview]:
    """The JSON texts of a body: one for each line where the first line is one, else the whole."""
    first, _, rest = body.lstrip(b"\xef\xbb\xbf \t\r\n").partition(b"\n")
    if not rest.strip() or not is_json(first):
        yield body.lstrip(b"\xef\xbb\xbf")
        return
    yield first
    start = len(body) - len(rest)
    while start < len(body):
        end = body.find(b"\n", start)
        end = len(body) if end < 0 else end
        if line := body[start:end].strip():
            yield line
        start = end + 1


def is_json(text: bytes) -> bool:
    try:
        msgspec.json.decode(text, type=msgspec.Raw)
    except (msgspec.DecodeError, RecursionError):
        return False
    return True


_LINE: Final = msgspec.json.Decoder(_Line)


def _take(line: bytes | memoryview, read: Read, arrival_ns: int) -> None:
    index = read.received
    try:
        str(line, "utf-8")  # the parser looks at the texts that it reads, and JSON texts are kept as they are
        entry = _LINE.decode(line)
        if not 0 < len(entry.id) <= _MAX_ID:
            raise Refused(reasons.MALFORMED, f"id is not a text of 1 to {_MAX_ID} characters")
        if entry.spans is not None:
            _take_trace(entry, read, arrival_ns)
        elif entry.format != FORMAT:
            raise Refused(reasons.MALFORMED, f"it is neither a trace with spans nor a session of format {FORMAT}")
        else:
            read.facts += [_fact(entry.id, fact, arrival_ns) for fact in entry.facts]
            read.scores += [_score(score, "", entry.id, arrival_ns) for score in entry.given_scores]
            for trace in entry.traces:
                _take(memoryview(trace), read, arrival_ns)
    except (msgspec.ValidationError, Refused, RecursionError) as error:
        reason = error.reason if isinstance(error, Refused) else reasons.MALFORMED
        read.drops.append(Drop(index, reason, _told(error)))
        read.received = index + 1
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        if index == 0 and not read.facts and not read.scores:
            raise BadRequest("cannot read the body: it is neither JSON nor JSON lines in UTF-8") from error
        read.drops.append(Drop(index, reasons.MALFORMED, "the line is not JSON in UTF-8"))
        read.received = index + 1


def _take_trace(entry: _Line, read: Read, arrival_ns: int) -> None:
    latest_ns = arrival_ns + validity.FUTURE_NS
    if not entry.spans and not entry.logs:
        raise Refused(reasons.MALFORMED, "the trace has no spans and no logs")
    spans = [span_of(each, entry.id, latest_ns) for each in (*(entry.spans or ()), *entry.logs)]
    scores = [_score(score, entry.id, "", arrival_ns) for score in entry.given_scores]
    read.spans += spans
    read.scores += scores
    read.received += 1


def _told(error: Exception) -> str:
    return "it is nested too deeply" if isinstance(error, RecursionError) else str(error)


def _fact(session_id: str, fact: Fact, arrival_ns: int) -> SaidFact:
    return SaidFact(session_id, fact.field, fact.value, said_ns(fact.said_unix_nano, arrival_ns))


def _score(given: GivenScore, trace_id: str, session_id: str, arrival_ns: int) -> SaidScore:
    if not given.name or not 0 < len(given.id) <= _MAX_ID:
        raise Refused(reasons.MALFORMED, "a score has an id and a name")
    if not 0 <= given.time * 1_000_000 <= arrival_ns + validity.FUTURE_NS:
        raise Refused(reasons.TIME_RANGE, "the time of a score is before 1970 or more than 2 days in the future")
    score = Score(
        about="session" if session_id else "span" if given.span_id else "trace",
        trace_id=trace_id,
        session_id=session_id,
        span_id=given.span_id or "",
        score_id=given.id,
        name=given.name,
        kind=given.kind,
        value=given.value,
        label=given.label or "",
        comment=given.comment or "",
        source=given.source or "",
        time_ns=given.time * 1_000_000,
    )
    return SaidScore(score, said_ns(given.said_unix_nano, arrival_ns))


def said_ns(text: str, arrival_ns: int) -> int:
    """When it was said, never after it arrived: what is said here later must win."""
    if not (text.isascii() and text.isdigit() and len(text) <= 19):
        raise Refused(reasons.MALFORMED, "saidUnixNano is not a whole number of nanoseconds")
    return min(int(text), arrival_ns)
