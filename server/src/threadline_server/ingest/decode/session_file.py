"""Our own export, ``threadline.session/1`` as JSON or JSON lines -> the very rows that it was made of.

A line is a session (``"format"``, with or without its ``traces``) or a trace with its ``spans`` and ``logs``; a file of one JSON
object is a session with all its traces. What stands on a session or trace and can be computed is not read: it is computed anew
from the spans. JSON texts are kept byte by byte. Everything is checked, since files are edited: one wrong trace refuses itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, Literal

import msgspec

from threadline_server.errors import BadRequest
from threadline_server.ingest import reasons
from threadline_server.ingest.decode import validity
from threadline_server.ingest.decode.json_body import parse
from threadline_server.ingest.decode.native_fields import Refused
from threadline_server.ingest.decode.session_file_spans import SpanEntry, span_of
from threadline_server.model import AUTO, Drop, SaidComment, SaidFact, SaidScore, Score, Span

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


class GivenComment(msgspec.Struct, frozen=True, rename="camel"):
    id: str
    body: str
    said_unix_nano: str
    span_id: str | None = None
    author: str | None = None


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
    given_comments: list[GivenComment] = []
    session_id: str | None = None
    traces: list[msgspec.Raw] = []
    spans: list[SpanEntry] | None = None
    logs: list[SpanEntry] = []


class Read(msgspec.Struct):
    """What a file holds: ``received`` traces, of which those in ``drops`` cannot be used, and what was said of all."""

    spans: list[Span]
    drops: list[Drop]
    scores: list[SaidScore]
    facts: list[SaidFact]
    comments: list[SaidComment]
    received: int = 0


class To(msgspec.Struct, frozen=True):
    """Where a file comes in: when, and whether the project makes sessions of its own for traces that name none."""

    arrival_ns: int
    makes_sessions: bool = False


def decode(body: bytes, to: To) -> Read:
    """Everything in the file. Raises ``BadRequest`` for what is no JSON at all."""
    read = Read([], [], [], [], [])
    for line in lines_of(body):
        _take(line, read, to)
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
        parse(text)
    except BadRequest:
        return False
    return True


_LINE: Final = msgspec.json.Decoder(_Line)


def _take(line: bytes | memoryview, read: Read, to: To) -> None:
    index = read.received
    try:
        str(line, "utf-8")  # the parser looks at the texts that it reads, and JSON texts are kept as they are
        entry = _LINE.decode(line)
        if not 0 < len(entry.id) <= _MAX_ID:
            raise Refused(reasons.MALFORMED, f"id is not a text of 1 to {_MAX_ID} characters")
        if entry.spans is not None:
            _take_trace(entry, read, to)
        elif entry.format != FORMAT:
            raise Refused(reasons.MALFORMED, f"it is neither a trace with spans nor a session of format {FORMAT}")
        else:
            read.facts += [_fact(entry.id, fact, to.arrival_ns) for fact in entry.facts]
            read.scores += [_score(score, "", entry.id, to.arrival_ns) for score in entry.given_scores]
            read.comments += [_comment(comment, "", entry.id, to.arrival_ns) for comment in entry.given_comments]
            for trace in entry.traces:
                _take(memoryview(trace), read, to)
    except (msgspec.ValidationError, Refused, RecursionError) as error:
        reason = error.reason if isinstance(error, Refused) else reasons.MALFORMED
        read.drops.append(Drop(index, reason, _told(error)))
        read.received = index + 1
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        if not (index or read.facts or read.scores or read.comments or is_json(bytes(line))):
            raise BadRequest("cannot read the body: it is neither JSON nor JSON lines in UTF-8") from error
        read.drops.append(
            Drop(index, reasons.MALFORMED, "the line is not JSON in UTF-8, or holds half a surrogate pair")
        )
        read.received = index + 1


def _take_trace(entry: _Line, read: Read, to: To) -> None:
    latest_ns = to.arrival_ns + validity.FUTURE_NS
    if not entry.spans and not entry.logs:
        raise Refused(reasons.MALFORMED, "the trace has no spans and no logs")
    spans = [span_of(each, entry.id, latest_ns) for each in (*(entry.spans or ()), *entry.logs)]
    scores = [_score(score, entry.id, "", to.arrival_ns) for score in entry.given_scores]
    comments = [_comment(comment, entry.id, "", to.arrival_ns) for comment in entry.given_comments]
    read.spans += spans if to.makes_sessions else _in_their_session(spans, entry.session_id or "")
    read.scores += scores
    read.comments += comments
    read.received += 1


def _in_their_session(spans: list[Span], session_id: str) -> list[Span]:
    """The spans, of which the first names the automatic session that the trace was in, where none names another."""
    if not session_id.startswith(AUTO) or any(span.session_id for span in spans):
        return spans
    if len(session_id) > reasons.MAX_SESSION_ID:
        raise Refused(reasons.SESSION_ID, f"sessionId is longer than {reasons.MAX_SESSION_ID} characters")
    return [msgspec.structs.replace(spans[0], session_id=session_id), *spans[1:]]


def _told(error: Exception) -> str:
    return "it is nested too deeply" if isinstance(error, RecursionError) else str(error)


def _fact(session_id: str, fact: Fact, arrival_ns: int) -> SaidFact:
    return SaidFact(session_id, fact.field, fact.value, said_ns(fact.said_unix_nano, arrival_ns))


def _score(given: GivenScore, trace_id: str, session_id: str, arrival_ns: int) -> SaidScore:
    if not given.name or not 0 < len(given.id) <= _MAX_ID:
        raise Refused(reasons.MALFORMED, "a score has an id and a name")
    if not (given.label if given.kind == "category" else given.value is not None):
        raise Refused(
            reasons.MALFORMED, f"a score of kind {given.kind} has a {'label' if given.kind == 'category' else 'value'}"
        )
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


def _comment(given: GivenComment, trace_id: str, session_id: str, arrival_ns: int) -> SaidComment:
    if not 0 < len(given.id) <= _MAX_ID or len(given.span_id or "") > _MAX_ID:
        raise Refused(reasons.MALFORMED, f"id of a comment or its spanId is not a text of 1 to {_MAX_ID} characters")
    moment_ns = said_ns(given.said_unix_nano, arrival_ns)
    return SaidComment(session_id, trace_id, given.span_id or "", given.id, given.author or "", given.body, moment_ns)


def said_ns(text: str, arrival_ns: int) -> int:
    """When it was said, never after it arrived: what is said here later must win."""
    if not (text.isascii() and text.isdigit() and len(text) <= 19):
        raise Refused(reasons.MALFORMED, "saidUnixNano is not a whole number of nanoseconds")
    return min(int(text), arrival_ns)
