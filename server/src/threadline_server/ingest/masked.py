"""Everything that arrives, masked by a project's rules: spans and log records as they came, parts of spans, rows of an import.

It is done to what came, so that all that is made of it (texts of a list, words of the search, shortened values) is clean too.
Ids stay: of traces and spans, which hold them together, and of session and user, by which all is counted and erased.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar

import msgspec
import orjson

from threadline_server.ingest import json_text
from threadline_server.ingest.decode import foreign_scores, langfuse_batch, langsmith_runs, openai_agents
from threadline_server.ingest.decode.otlp_drops import ClientDrop
from threadline_server.ingest.decode.piecewise import PartDecoder, Told, object_of
from threadline_server.ingest.decode.session_file import Read
from threadline_server.masking.masker import Masker, masker_of
from threadline_server.masking.rules import MaskingRules
from threadline_server.model import (
    Drop,
    RawEvent,
    RawLog,
    RawSpan,
    SaidScore,
    Score,
    Span,
    SpanError,
    SpanPart,
)

_Row = TypeVar("_Row", Span | Drop, Span | Drop | None)
_Raw = TypeVar("_Raw", RawSpan, RawLog)
_Kept = TypeVar("_Kept", Span, Score)

_TEXTS: Final = (
    "name", "environment", "release", "service", "dialect", "scope", "span_kind", "model", "provider", "response_id",
    "input_text", "output_text", "said",
)  # fmt: skip
_JSON: Final = (
    "model_parameters", "input", "output", "input_messages", "output_messages", "attributes", "events", "links", "resource",
)  # fmt: skip
_OF_LANGSMITH: Final = tuple(("extra", "metadata", key) for key in (*langsmith_runs.SESSION_KEYS, "user_id"))
_OF_LANGFUSE: Final = tuple((key,) for key in langfuse_batch.MOMENTS)
KEPT: Final[dict[str, tuple[tuple[str, ...], ...]]] = {
    langfuse_batch.TRACE: (("id",), ("sessionId",), ("userId",), *_OF_LANGFUSE),
    langfuse_batch.OBSERVATION: (("id",), ("traceId",), ("parentObservationId",), ("type",), *_OF_LANGFUSE),
    langfuse_batch.LOG: (("id",),),
    langfuse_batch.SCORE: (("id",), ("traceId",), ("observationId",), ("sessionId",), ("dataType",)),
    langsmith_runs.RUN: (
        ("id",), ("trace_id",), ("parent_run_id",), ("dotted_order",), ("run_type",), ("session_id",),
        ("start_time",), ("end_time",), *_OF_LANGSMITH,
    ),
    langsmith_runs.FEEDBACK: (("id",), ("run_id",), ("trace_id",), ("session_id",)),
    openai_agents.TRACE: (("id",), ("group_id",), ("object",), ("metadata", "user_id"), ("metadata", "userId")),
    openai_agents.SPAN: (("id",), ("trace_id",), ("parent_id",), ("object",), ("started_at",), ("ended_at",)),
}  # fmt: skip
"""Wire -> which fields of its messages are ids, times that were checked, or words of the wire; by the way to them."""
_MESSAGES: Final = ("body", "score", "run", "feedback", "trace", "span")
"""Where in a part its message is."""


def normalised(
    mask: Callable[[Masker, _Raw], _Raw], normalise: Callable[[_Raw], _Row], rules: MaskingRules
) -> Callable[[_Raw], _Row]:
    """``normalise`` over what ``mask`` makes, the ids as they are without masking; itself where there are no rules."""
    if not rules:
        return normalise
    masker = masker_of(rules)

    def masking(raw: _Raw) -> _Row:
        plain = normalise(raw)
        if not isinstance(plain, Span):
            return plain
        masked = normalise(mask(masker, raw))
        return _with_ids(masked, plain) if isinstance(masked, Span) else masked

    return masking


def _with_ids(masked: Span, plain: Span) -> Span:
    scores = masked.scores
    if len(scores) == len(plain.scores):
        ids = ("score_id", "trace_id", "span_id", "session_id")
        scores = tuple(_keeping(own, was, ids) for own, was in zip(scores, plain.scores, strict=True))
    kept = _keeping(masked, plain, ("trace_id", "span_id", "parent_id", "session_id", "user_id"))
    return msgspec.structs.replace(kept, scores=scores)


def _keeping(masked: _Kept, plain: _Kept, names: Sequence[str]) -> _Kept:
    return msgspec.structs.replace(masked, **{name: getattr(plain, name) for name in names})


def span(masker: Masker, raw: RawSpan) -> RawSpan:
    return msgspec.structs.replace(
        raw,
        name=masker.text(raw.name),
        attributes=masker.attributes(raw.attributes),
        status_message=masker.text(raw.status_message),
        events=tuple(
            RawEvent(masker.name(event.name), event.time_ns, masker.attributes(event.attributes))
            for event in raw.events
        ),
        links=tuple(
            {
                name: value if name in ("trace_id", "span_id", "traceId", "spanId") else masker.value(value)
                for name, value in link.items()
            }
            for link in raw.links
        ),
        resource=masker.attributes(raw.resource),
        scope=masker.name(raw.scope),
        scope_version=masker.name(raw.scope_version),
    )


def log_record(masker: Masker, raw: RawLog) -> RawLog:
    return msgspec.structs.replace(
        raw,
        name=masker.name(raw.name),
        body=masker.value(raw.body),
        attributes=masker.attributes(raw.attributes),
        severity=masker.text(raw.severity),
        resource=masker.attributes(raw.resource),
        scope=masker.name(raw.scope),
        scope_version=masker.name(raw.scope_version),
    )


def told(decode: PartDecoder, rules: MaskingRules, body: bytes) -> Told:
    """The parts of a body, masked. Each keeps its digest, so that the same message again is the same part."""
    if not rules:
        return decode(body)
    masker = masker_of(rules)
    found = decode(body)
    parts = [(index, _part(masker, part)) for index, part in found.parts]
    return Told(parts, found.drops, found.ids)


def _part(masker: Masker, part: SpanPart) -> SpanPart:
    value = orjson.loads(part.body)
    for place in _MESSAGES:
        if isinstance(message := value.get(place), dict):
            value[place] = _message(masker, message, KEPT[part.wire])
    own_id = part.span_id
    before, slash, name = own_id.rpartition("/")
    if slash and part.wire in foreign_scores.WIRES and masker.text(name) != name:  # made of its name, for it has no id
        own_id = f"{before}/{hashlib.blake2b(name.encode(), digest_size=16).hexdigest()}"
    return msgspec.structs.replace(part, span_id=own_id, body=json_text.dump(value))


def _message(masker: Masker, message: dict[str, Any], kept: Sequence[tuple[str, ...]]) -> dict[str, Any]:
    masked = masker.attributes(message)
    for *way, last in kept:
        was, now = message, masked
        for step in way:
            was, now = object_of(was, step), object_of(now, step)
        if last in was:
            now[last] = was[last]
    return masked


def client_drops(rules: MaskingRules, drops: Sequence[ClientDrop]) -> Sequence[ClientDrop]:
    """What clients say of their own losses."""
    if not rules:
        return drops
    text = masker_of(rules).text
    return [msgspec.structs.replace(drop, reason=text(drop.reason), service=text(drop.service)) for drop in drops]


def row(masker: Masker, stored: Span) -> Span:
    """A row of an import. Its texts were made and shortened where it was exported from: each is looked at by itself."""
    error = stored.error
    return msgspec.structs.replace(
        stored,
        **{name: masker.text(getattr(stored, name)) for name in _TEXTS},
        **{name: masker.json(getattr(stored, name)) for name in _JSON},
        error=error and SpanError(masker.text(error.type), masker.text(error.message), masker.text(error.stack)),
        tags=tuple(map(masker.text, stored.tags)),
        metadata={masker.text(key): masker.json(value.encode()).decode() for key, value in stored.metadata.items()},
    )


def read(masker: Masker, file: Read) -> Read:
    """All that a file of ours holds."""
    return msgspec.structs.replace(
        file,
        spans=[row(masker, each) for each in file.spans],
        scores=[SaidScore(score(masker, said.score), said.said_ns) for said in file.scores],
        comments=[
            msgspec.structs.replace(said, author=masker.text(said.author), body=masker.text(said.body))
            for said in file.comments
        ],
        facts=[
            msgspec.structs.replace(said, field=masker.name(said.field), value=masker.value(said.value))
            for said in file.facts
        ],
    )


def score(masker: Masker, given: Score) -> Score:
    """A score that somebody gave."""
    texts = {name: masker.text(getattr(given, name)) for name in ("name", "label", "comment", "source")}
    return msgspec.structs.replace(given, **texts)
