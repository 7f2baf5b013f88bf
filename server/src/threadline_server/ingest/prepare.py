"""From a request's body to what is written: decode -> mask -> normalise -> price -> columns. Pure, and alike in every process."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final, Literal, TypeAlias

import msgspec

from threadline_server.ingest import masked
from threadline_server.ingest.decode import session_file
from threadline_server.ingest.load import Load
from threadline_server.ingest.normalise import normalise
from threadline_server.ingest.normalise.log_record import in_order, normalise_log
from threadline_server.ingest.price import priced
from threadline_server.ingest.tariff import OwnPrices
from threadline_server.masking.masker import masker_of
from threadline_server.masking.rules import NO_RULES, MaskingRules
from threadline_server.model import HOUR_NS, Drop, RawLog, RawSpan, SaidComment, SaidFact, SaidScore, Span
from threadline_server.store.rows import span_batch

Decoder: TypeAlias = Callable[[bytes], tuple[Sequence[RawSpan], Sequence[Drop], int]]
"""A body -> (its spans, what it could not use, how many it held). Raises ``BadRequest`` for a body that is none of its kind."""
LogDecoder: TypeAlias = Callable[[bytes], tuple[Sequence[RawLog], Sequence[Drop], int]]
"""The same for log records."""
Unit: TypeAlias = Literal["span", "trace"]
"""What a decoder counts, and what is stored as a whole or not at all."""


class Outcome(msgspec.Struct, frozen=True):
    """What became of a request: all of ``received`` is stored, but for ``rejected``. ``ignored`` came beside it."""

    received: int
    rejected: tuple[Drop, ...]
    ids: tuple[str, ...] = ()
    """Of what came in parts: each message's own id, by place."""
    ignored: int = 0
    """Log records that are of no conversation: accepted, and not stored."""


class Restored(Outcome, frozen=True):
    """The same of a file of ours, with what people had said of its sessions and traces: ``annotate.restoring`` keeps that."""

    scores: tuple[SaidScore, ...] = ()
    facts: tuple[SaidFact, ...] = ()
    comments: tuple[SaidComment, ...] = ()
    trace_ids: tuple[str, ...] = ()


Prepared: TypeAlias = tuple[Load | None, Outcome]
"""What is to be written, if anything is, and what to answer once it is."""


class Terms(msgspec.Struct, frozen=True):
    """What a project says of all that it sends: its own prices, and what is to be masked."""

    prices: OwnPrices | None = None
    masking: MaskingRules = NO_RULES


NO_TERMS: Final = Terms()


def prepare_spans(project_id: int, terms: Terms, unit: Unit, decode: Decoder, body: bytes) -> Prepared:
    """The spans of a body. Raises ``BadRequest``."""
    return _prepared(project_id, *(_spans if unit == "span" else _traces)(decode, body, terms))


def prepare_logs(project_id: int, terms: Terms, decode: LogDecoder, body: bytes) -> Prepared:
    """What the log records of a body say of conversations. Raises ``BadRequest``."""
    return _prepared(project_id, *_logs(decode, body, terms))


def prepare_restored(project_id: int, rules: MaskingRules, to: session_file.To, body: bytes) -> Prepared:
    """The rows of a file of ours as they were: neither normalised again nor priced. Raises ``BadRequest``."""
    read = session_file.decode(body, to)
    if rules:
        read = masked.read(masker_of(rules), read)
    drops = tuple(sorted(read.drops, key=lambda drop: drop.index))
    traces = tuple(dict.fromkeys(span.trace_id for span in read.spans))
    outcome = Restored(
        read.received,
        drops,
        scores=tuple(read.scores),
        facts=tuple(read.facts),
        comments=tuple(read.comments),
        trace_ids=traces,
    )
    return _prepared(project_id, read.spans, outcome)


def _prepared(project_id: int, spans: Sequence[Span], outcome: Outcome) -> Prepared:
    if not spans:
        return None, outcome
    scores = tuple(score for span in spans for score in span.scores)
    return Load(project_id, span_batch(project_id, spans), _touched(spans), scores=scores), outcome


def _spans(decode: Decoder, body: bytes, terms: Terms) -> tuple[list[Span], Outcome]:
    raw, undecodable, received = decode(body)
    spans: list[Span] = []
    drops = list(undecodable)
    for span in map(masked.normalised(masked.span, normalise, terms.masking), raw):
        if isinstance(span, Drop):
            drops.append(span)
        else:
            spans.append(priced(span, terms.prices))
    return spans, Outcome(received, tuple(drops))


def _logs(decode: LogDecoder, body: bytes, terms: Terms) -> tuple[list[Span], Outcome]:
    raw, undecodable, received = decode(body)
    rows: list[Span] = []
    drops = list(undecodable)
    for row in map(masked.normalised(masked.log_record, normalise_log, terms.masking), raw):
        if isinstance(row, Drop):
            drops.append(row)
        elif row is not None:
            rows.append(priced(row, terms.prices))
    stored = len(rows) + len(drops)
    return in_order(rows), Outcome(stored, tuple(drops), ignored=received - stored)


def _traces(decode: Decoder, body: bytes, terms: Terms) -> tuple[list[Span], Outcome]:
    """The same where the decoder counts traces, each of which begins with its root span."""
    raw, undecodable, received = decode(body)
    refused = {drop.index for drop in undecodable}
    understood = masked.normalised(masked.span, normalise, terms.masking)
    place = -1
    places = iter([index for index in range(received) if index not in refused])
    found: dict[int, list[Span | Drop]] = {}
    for span in raw:
        if not span.parent_id:
            place = next(places)
        found.setdefault(place, []).append(understood(span))
    spans: list[Span] = []
    drops = list(undecodable)
    for place, members in found.items():
        if faults := [member for member in members if isinstance(member, Drop)]:
            drops.append(msgspec.structs.replace(faults[0], index=place))
        else:
            spans += [priced(member, terms.prices) for member in members if isinstance(member, Span)]
    return spans, Outcome(received, tuple(sorted(drops, key=lambda drop: drop.index)))


def _touched(spans: Iterable[Span]) -> dict[str, set[int]]:
    hours: dict[str, set[int]] = {}
    for span in spans:
        hours.setdefault(span.trace_id, set()).add(span.start_ns // HOUR_NS)
    return hours
