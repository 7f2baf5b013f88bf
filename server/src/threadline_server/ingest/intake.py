"""One request's way through the pipe, and the counts that law 7 asks for: received = stored + rejected."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import Final, Literal, TypeAlias, TypeVar

import msgspec

from threadline_server.errors import BadRequest, ThreadlineError, Unavailable
from threadline_server.ingest import reasons
from threadline_server.ingest.commit import Committer, Load
from threadline_server.ingest.decode.piecewise import PartDecoder
from threadline_server.ingest.merge import Merger
from threadline_server.ingest.normalise import normalise
from threadline_server.ingest.normalise.log_record import in_order, normalise_log
from threadline_server.ingest.price import priced
from threadline_server.ingest.price_book import OwnPricesOf, no_own_prices
from threadline_server.ingest.refusals import RefusalLog
from threadline_server.ingest.tariff import OwnPrices
from threadline_server.model import HOUR_NS, Drop, RawLog, RawSpan, Span
from threadline_server.store.rows import span_batch

_Result = TypeVar("_Result")

Decoder: TypeAlias = Callable[[bytes], tuple[Sequence[RawSpan], Sequence[Drop], int]]
"""A body -> (its spans, what it could not use, how many it held). Raises ``BadRequest`` for a body that is none of its kind."""
LogDecoder: TypeAlias = Callable[[bytes], tuple[Sequence[RawLog], Sequence[Drop], int]]
"""The same for log records."""

DECODERS: Final = 1
"""Threads that decode. Decoding never lets go of the interpreter by itself, so a second one only takes turns with the first
(measured: 4,500 spans/s with two, 7,500 with one)."""


class Outcome(msgspec.Struct, frozen=True):
    """What became of a request: all of ``received`` is stored, but for ``rejected``. ``ignored`` came beside it."""

    received: int
    rejected: tuple[Drop, ...]
    ids: tuple[str, ...] = ()
    """Of what came in parts: each message's own id, by place."""
    ignored: int = 0
    """Log records that are of no conversation: accepted, and not stored."""


class Counts(msgspec.Struct, frozen=True):
    """Since the start of this process, per project: received = stored + rejected. ``ignored`` was accepted beside it."""

    received: int
    stored: int
    rejected: dict[str, int]
    ignored: dict[str, int] = {}


_Prepared: TypeAlias = tuple[list[Span], Outcome]


class Intake:
    """Decodes, normalises, prices and stores; answers when everything that was taken is on disk."""

    def __init__(
        self,
        committer: Committer,
        merger: Merger,
        own_prices_of: OwnPricesOf = no_own_prices,
        refusals: RefusalLog | None = None,
    ) -> None:
        self._committer = committer
        self._merger = merger
        self._own_prices_of = own_prices_of
        self._refusals = refusals
        self._threads = ThreadPoolExecutor(DECODERS, thread_name_prefix="decode")
        self._lock = threading.Lock()
        self._stopped = False
        self._received: Counter[int] = Counter()
        self._rejected: dict[int, Counter[str]] = {}
        self._ignored: dict[int, Counter[str]] = {}

    async def take(
        self, project_id: int, decode: Decoder, body: bytes, *, unit: Literal["span", "trace"] = "span"
    ) -> Outcome:
        """Store what the body holds, and none of a unit of which a part is refused.

        Raises ``BadRequest`` (nothing of the body can be read) or ``Unavailable`` (nothing is stored).
        """
        return await self._store(project_id, partial(_spans if unit == "span" else _traces, decode, body))

    async def take_logs(self, project_id: int, decode: LogDecoder, body: bytes) -> Outcome:
        """Store what the body's log records say of conversations. Raises ``BadRequest``, ``Unavailable``."""
        return await self._store(project_id, partial(_logs, decode, body))

    async def count_metrics(self, project_id: int, count: Callable[[bytes], int], body: bytes) -> None:
        """Count the data points of metrics, of which nothing is stored. Raises ``BadRequest``, ``Unavailable``."""
        points = await asyncio.wrap_future(self._submit(partial(count, body)))
        with self._lock:
            self._ignored.setdefault(project_id, Counter())[reasons.METRIC] += points
        self._note_refused(project_id, reasons.METRIC, points, "")

    async def _store(self, project_id: int, read: Callable[[OwnPrices | None], _Prepared]) -> Outcome:
        stored: Future[None] | None = None
        with self._committer.expecting():
            load, outcome = await asyncio.wrap_future(
                self._submit(partial(_prepare, project_id, read, self._own_prices_of))
            )
            if load is not None:
                stored = self._committer.submit(load)
        if stored is not None:
            await asyncio.wrap_future(stored)
        return self._counted(project_id, outcome)

    async def take_parts(self, project_id: int, decode: PartDecoder, body: bytes) -> Outcome:
        """The same for wires that tell of a span in several messages, which are what is counted here."""
        told = await asyncio.wrap_future(self._submit(partial(decode, body)))
        refusals = {}
        if told.parts:
            refusals = await asyncio.wrap_future(self._merger.submit(project_id, [part for _, part in told.parts]))
        refused = {
            index: msgspec.structs.replace(refusals[part.wire, part.span_id], index=index)
            for index, part in told.parts
            if (part.wire, part.span_id) in refusals
        }
        drops = sorted([*told.drops, *refused.values()], key=lambda drop: drop.index)
        return self._counted(project_id, Outcome(len(told.ids), tuple(drops), tuple(told.ids)))

    def _counted(self, project_id: int, outcome: Outcome) -> Outcome:
        with self._lock:
            self._received[project_id] += outcome.received
            self._rejected.setdefault(project_id, Counter()).update(drop.reason for drop in outcome.rejected)
            if outcome.ignored:
                self._ignored.setdefault(project_id, Counter())[reasons.APART] += outcome.ignored
        for drop in outcome.rejected:
            self._note_refused(project_id, drop.reason, 1, drop.message)
        if outcome.ignored:
            self._note_refused(project_id, reasons.APART, outcome.ignored, "")
        return outcome

    def _submit(self, work: Callable[[], _Result]) -> Future[_Result]:
        with self._lock:
            if self._stopped:
                raise Unavailable("cannot store spans: the server is stopping")
            return self._threads.submit(work)

    def _note_refused(self, project_id: int, reason: str, count: int, told: str) -> None:
        if self._refusals is not None:
            self._refusals.note(project_id, reason, count, told)

    @contextmanager
    def noting_refusals(self, project_id: int) -> Iterator[None]:
        """Takes note of a request that is refused as a whole for what its sender did."""
        try:
            yield
        except ThreadlineError as error:
            reason = reasons.UNREADABLE if isinstance(error, BadRequest) else error.code
            if reason in reasons.WHOLE_REQUESTS:
                self._note_refused(project_id, reason, 1, error.message)
            raise

    def write_refusals(self) -> None:
        """Write down what was refused so far. Raises Unavailable."""
        if self._refusals is not None:
            self._refusals.flush()

    def counts(self, project_id: int) -> Counts:
        """What was received, stored and rejected for a project."""
        with self._lock:
            rejected = dict(self._rejected.get(project_id, {}))
            received = self._received[project_id]
            ignored = dict(self._ignored.get(project_id, {}))
        return Counts(received, received - sum(rejected.values()), rejected, ignored)

    def stop(self) -> None:
        """Finish what is being decoded and take nothing more."""
        with self._lock:
            self._stopped = True
        self._threads.shutdown()
        self._merger.stop()


def _prepare(
    project_id: int, read: Callable[[OwnPrices | None], _Prepared], own_prices_of: OwnPricesOf
) -> tuple[Load | None, Outcome]:
    spans, outcome = read(own_prices_of(project_id))
    if not spans:
        return None, outcome
    return Load(project_id, span_batch(project_id, spans), _touched(spans)), outcome


def _spans(decode: Decoder, body: bytes, own: OwnPrices | None) -> _Prepared:
    raw, undecodable, received = decode(body)
    spans: list[Span] = []
    drops = list(undecodable)
    for span in map(normalise, raw):
        if isinstance(span, Drop):
            drops.append(span)
        else:
            spans.append(priced(span, own))
    return spans, Outcome(received, tuple(drops))


def _logs(decode: LogDecoder, body: bytes, own: OwnPrices | None) -> _Prepared:
    raw, undecodable, received = decode(body)
    rows: list[Span] = []
    drops = list(undecodable)
    for row in map(normalise_log, raw):
        if isinstance(row, Drop):
            drops.append(row)
        elif row is not None:
            rows.append(priced(row, own))
    stored = len(rows) + len(drops)
    return in_order(rows), Outcome(stored, tuple(drops), ignored=received - stored)


def _traces(decode: Decoder, body: bytes, own: OwnPrices | None) -> _Prepared:
    """The same where the decoder counts traces, each of which begins with its root span."""
    raw, undecodable, received = decode(body)
    refused = {drop.index for drop in undecodable}
    place = -1
    places = iter([index for index in range(received) if index not in refused])
    found: dict[int, list[Span | Drop]] = {}
    for span in raw:
        if not span.parent_id:
            place = next(places)
        found.setdefault(place, []).append(normalise(span))
    spans: list[Span] = []
    drops = list(undecodable)
    for place, members in found.items():
        if faults := [member for member in members if isinstance(member, Drop)]:
            drops.append(msgspec.structs.replace(faults[0], index=place))
        else:
            spans += [priced(member, own) for member in members if isinstance(member, Span)]
    return spans, Outcome(received, tuple(sorted(drops, key=lambda drop: drop.index)))


def _touched(spans: Iterable[Span]) -> dict[str, set[int]]:
    hours: dict[str, set[int]] = {}
    for span in spans:
        hours.setdefault(span.trace_id, set()).add(span.start_ns // HOUR_NS)
    return hours
