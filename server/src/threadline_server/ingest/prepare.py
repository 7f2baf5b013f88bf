"""From a request's body to what is written: decode -> mask -> normalise -> price -> columns. Pure, and alike in every process."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Final, Literal, TypeAlias

import msgspec
import pyarrow as pa

from threadline_server.errors import BadRequest
from threadline_server.ingest import masked
from threadline_server.ingest.decode import session_file
from threadline_server.ingest.decode.pieces import Cutter, Piece
from threadline_server.ingest.load import Load
from threadline_server.ingest.normalise import normalise
from threadline_server.ingest.normalise.log_record import in_order, normalise_log
from threadline_server.ingest.price import priced
from threadline_server.ingest.tariff import OwnPrices
from threadline_server.masking.masker import masker_of
from threadline_server.masking.rules import NO_RULES, MaskingRules
from threadline_server.model import HOUR_NS, Drop, RawLog, RawSpan, SaidComment, SaidFact, SaidScore, Score, Span
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


Understood: TypeAlias = tuple[Iterable[Span], Callable[[], Outcome]]
"""The spans of a body as they are asked for, and what became of it, once all of them have been."""

MOST_REFUSED: Final = 10_000
"""Of a body that comes in pieces: each of them is remembered until all are stored."""
AT_ONCE: Final = 2_000
"""Spans that are held as such at the same time: one of a few attributes takes ten kilobytes."""


class Terms(msgspec.Struct, frozen=True):
    """What a project says of all that it sends: its own prices, and what is to be masked."""

    prices: OwnPrices | None = None
    masking: MaskingRules = NO_RULES


NO_TERMS: Final = Terms()


def pieces_of(decode: Decoder | LogDecoder, cutter: Cutter, body: bytes) -> list[Piece]:
    """The pieces of a large body, each of which can be read: nothing is stored of a body that cannot be read to its end.

    Raises ``BadRequest``, ``TooLarge``.
    """
    pieces = cutter(body)
    refused = 0
    for piece in pieces if len(pieces) > 1 else ():
        drops = decode(piece.of(body))[1]
        refused += len(drops)
        if refused > MOST_REFUSED:
            raise BadRequest(
                f"cannot take the body: more than {MOST_REFUSED} of what it holds cannot be used: {drops[0].message}"
            )
    return pieces


def joined(outcomes: Sequence[Outcome]) -> Outcome:
    """What became of a body, given what became of its pieces."""
    drops: list[Drop] = []
    received = 0
    for outcome in outcomes:
        drops += [msgspec.structs.replace(drop, index=received + drop.index) for drop in outcome.rejected]
        received += outcome.received + outcome.ignored
    return Outcome(
        sum(outcome.received for outcome in outcomes),
        tuple(drops),
        ignored=sum(outcome.ignored for outcome in outcomes),
    )


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
    return _prepared(project_id, read.spans, lambda: outcome)


def _prepared(project_id: int, spans: Iterable[Span], outcome: Callable[[], Outcome]) -> Prepared:
    """A few spans at a time become columns, which are a tenth of their size; ``outcome`` is asked when all have."""
    batches: list[pa.RecordBatch] = []
    touched: dict[str, set[int]] = {}
    scores: list[Score] = []
    waiting = iter(spans)
    while some := list(islice(waiting, AT_ONCE)):
        batches.append(span_batch(project_id, some))
        for span in some:
            touched.setdefault(span.trace_id, set()).add(span.start_ns // HOUR_NS)
            scores += span.scores
    if not batches:
        return None, outcome()
    batch = batches[0] if len(batches) == 1 else pa.concat_batches(batches)
    return Load(project_id, batch, touched, scores=tuple(scores)), outcome()


def _spans(decode: Decoder, body: bytes, terms: Terms) -> Understood:
    raw, undecodable, received = decode(body)
    drops = list(undecodable)
    understood = map(masked.normalised(masked.span, normalise, terms.masking), _let_go(raw))
    return _kept(understood, terms, drops), lambda: Outcome(received, tuple(drops))


def _logs(decode: LogDecoder, body: bytes, terms: Terms) -> Understood:
    raw, undecodable, received = decode(body)
    drops = list(undecodable)
    understood = map(masked.normalised(masked.log_record, normalise_log, terms.masking), raw)
    rows = list(_kept((row for row in understood if row is not None), terms, drops))
    stored = len(rows) + len(drops)
    return in_order(rows), lambda: Outcome(stored, tuple(drops), ignored=received - stored)


def _traces(decode: Decoder, body: bytes, terms: Terms) -> Understood:
    """The same where the decoder counts traces, each of which begins with its root span."""
    raw, undecodable, received = decode(body)
    drops = list(undecodable)
    refused = {drop.index for drop in undecodable}
    places = iter([index for index in range(received) if index not in refused])
    understand = masked.normalised(masked.span, normalise, terms.masking)

    def whole_ones() -> Iterator[Span | Drop]:
        for trace in _by_trace(_let_go(raw)):
            place = next(places)
            members = [understand(span) for span in trace]
            fault = next((member for member in members if isinstance(member, Drop)), None)
            yield from members if fault is None else [msgspec.structs.replace(fault, index=place)]

    return _kept(whole_ones(), terms, drops), lambda: Outcome(received, tuple(sorted(drops, key=_index)))


def _kept(understood: Iterable[Span | Drop], terms: Terms, drops: list[Drop]) -> Iterator[Span]:
    """What can be stored, with its price; the rest is added to ``drops``."""
    for span in understood:
        if isinstance(span, Drop):
            drops.append(span)
        else:
            yield priced(span, terms.prices)


def _let_go(raw: Sequence[RawSpan]) -> Iterator[RawSpan]:
    """Each in turn, with nothing held of those that were taken."""
    held = deque(raw)
    if isinstance(raw, list):
        raw.clear()
    while held:
        yield held.popleft()


def _by_trace(spans: Iterable[RawSpan]) -> Iterator[list[RawSpan]]:
    trace: list[RawSpan] = []
    for span in spans:
        if not span.parent_id and trace:
            yield trace
            trace = []
        trace.append(span)
    if trace:
        yield trace


def _index(drop: Drop) -> int:
    return drop.index
