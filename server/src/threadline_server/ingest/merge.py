"""Spans that are told in parts: parts on disk -> all parts of their spans -> the spans anew -> commit (docs/adr/0005).

A request is answered when its parts and what was made of them are on disk. One thread does this for all requests that wait,
so a span is never made of fewer parts after it was made of more. What is made of more parts wins in the store over what was
made of fewer, on whichever server: its end is no earlier (makers see to that), its arrival is that of its last part plus a step for
each part.
"""

from __future__ import annotations

import logging
import threading
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final, TypeAlias

import msgspec
import orjson

from threadline_server.errors import Unavailable
from threadline_server.ingest import reasons
from threadline_server.ingest.commit import Committer
from threadline_server.ingest.decode import foreign_scores
from threadline_server.ingest.decode.piecewise import Maker, Piece
from threadline_server.ingest.decode.wires import MAKERS
from threadline_server.ingest.load import Load
from threadline_server.ingest.normalise import normalise
from threadline_server.ingest.price import priced
from threadline_server.ingest.price_book import OwnPricesOf, no_own_prices
from threadline_server.ingest.tariff import OwnPrices
from threadline_server.model import ARRIVAL_STEP_NS, HOUR_NS, Drop, Span, SpanPart
from threadline_server.store.database import Database
from threadline_server.store.parts import PartKey, StoredPart, keep_parts, parts_of
from threadline_server.store.rows import span_batch, with_arrivals

log = logging.getLogger(__name__)

MAX_ROUND_PARTS: Final = 2_000
MAX_WAITING_BYTES: Final = 64 * 1024 * 1024

Refusals: TypeAlias = dict[PartKey, Drop]
"""Spans that cannot be kept as they were told, and why."""


class _Waiting(msgspec.Struct, frozen=True):
    project_id: int
    parts: Sequence[SpanPart]
    size: int
    future: Future[Refusals]


class Merger:
    """Keeps parts and makes their spans, which ``committer`` stores."""

    def __init__(
        self,
        database: Database,
        committer: Committer,
        clock_ns: Callable[[], int],
        own_prices_of: OwnPricesOf = no_own_prices,
    ) -> None:
        self._database = database
        self._own_prices_of = own_prices_of
        self._committer = committer
        self._clock_ns = clock_ns
        self._waiting: deque[_Waiting] = deque()
        self._waiting_bytes = 0
        self._last_arrival_ns = 0
        self._lock = threading.Lock()
        self._stopping = False
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="merge")

    def submit(self, project_id: int, parts: Sequence[SpanPart]) -> Future[Refusals]:
        """A future that ends when the parts and their spans are on disk, or with the reason why they are not."""
        future: Future[Refusals] = Future()
        size = sum(len(part.body) for part in parts)
        with self._lock:
            if self._stopping:
                raise Unavailable("cannot store spans: the server is stopping")
            if self._waiting and self._waiting_bytes + size > MAX_WAITING_BYTES:
                raise Unavailable("cannot store spans: more is waiting to be written than fits", retry_after_s=1)
            self._waiting.append(_Waiting(project_id, parts, size, future))
            self._waiting_bytes += size
            self._thread.submit(self._round)
        return future

    def stop(self) -> None:
        """Finish what waits and take nothing more."""
        with self._lock:
            self._stopping = True
        self._thread.shutdown()

    def _round(self) -> None:
        """What waits now, together; each request has called for a round, so most find nothing left to do."""
        group: list[_Waiting] = []
        with self._lock:
            count = 0
            while self._waiting and (not group or count + len(self._waiting[0].parts) <= MAX_ROUND_PARTS):
                taken = self._waiting.popleft()
                self._waiting_bytes -= taken.size
                if taken.future.set_running_or_notify_cancel():
                    count += len(taken.parts)
                    group.append(taken)
        if group:
            self._run(group)

    def _run(self, group: Sequence[_Waiting]) -> None:
        try:
            refusals = self._store(group)
        except Exception as error:  # the thread must outlive whatever the engine raises, and the sender must try again
            if len(group) > 1:  # one request's data must not fail the others
                for member in group:
                    self._run([member])
                return
            if not isinstance(error, Unavailable):
                log.exception("BUG: cannot merge %d parts", len(group[0].parts))
                error = Unavailable("cannot store spans: an unexpected failure of the store")
            group[0].future.set_exception(error)
        else:
            for member in group:
                member.future.set_result(refusals[member.project_id])

    def _store(self, group: Sequence[_Waiting]) -> dict[int, Refusals]:
        now = max(self._clock_ns(), self._last_arrival_ns + 1)
        rows = [(member.project_id, part, now) for member in group for part in member.parts]
        self._last_arrival_ns = now
        keep_parts(self._database, rows)
        touched: dict[int, set[PartKey]] = defaultdict(set)
        for project_id, part, _ in rows:
            touched[project_id].add((part.wire, part.span_id))
        refusals: dict[int, Refusals] = {}
        commits: list[Future[None]] = []
        for project_id, keys in touched.items():
            made = {key for key in keys if key[0] in MAKERS}
            found = parts_of(self._database, project_id, made) if made else {}
            load, refusals[project_id] = _load(project_id, found, self._own_prices_of(project_id))
            judged = _judged(project_id, (part for id_, part, _ in rows if id_ == project_id), now)
            commits += [self._committer.submit(each) for each in (load, judged) if each is not None]
        for commit in commits:
            commit.result()
        return refusals


def _load(
    project_id: int, found: dict[PartKey, list[StoredPart]], own: OwnPrices | None
) -> tuple[Load | None, Refusals]:
    spans: list[Span] = []
    arrivals: list[int] = []
    refusals: Refusals = {}
    hours: dict[str, set[int]] = {}
    for key, stored in found.items():
        for span, arrived_ns in _made(key[0], stored):
            if isinstance(span, Drop):
                refusals[key] = span
                continue
            spans.append(priced(span, own))
            arrivals.append(arrived_ns)
            hours.setdefault(span.trace_id, set()).add(span.start_ns // HOUR_NS)
    if not spans:
        return None, refusals
    scores = tuple(score for span in spans for score in span.scores)
    batch = with_arrivals(span_batch(project_id, spans), arrivals)
    return Load(project_id, batch, hours, is_dated=True, scores=scores), refusals


def _judged(project_id: int, parts: Iterable[SpanPart], now_ns: int) -> Load | None:
    """The scores among these parts, which are of traces and sessions that other parts tell of."""
    told = [foreign_scores.score_of(part, now_ns) for part in parts if part.wire in foreign_scores.WIRES]
    scores = tuple(score for score in told if score is not None)
    if not scores:
        return None
    touched: dict[str, set[int]] = {score.trace_id: set() for score in scores if score.trace_id}
    return Load(project_id, with_arrivals(span_batch(project_id, []), []), touched, is_dated=True, scores=scores)


def _made(wire: str, stored: Sequence[StoredPart]) -> Iterator[tuple[Span | Drop, int]]:
    """The spans that these parts of one id make, in each trace that they name: parts that name none belong to all of them."""
    for trace_id in _traces(stored):
        own = [each for each in stored if each.part.trace_id in ("", trace_id)]
        span = _span(MAKERS[wire], trace_id, [_piece(each.part) for each in own])
        if span is not None:
            yield span, max(each.arrived_ns for each in own) + len(own) * ARRIVAL_STEP_NS


def _span(make: Maker, trace_id: str, pieces: Sequence[Piece]) -> Span | Drop | None:
    try:
        raw = make(trace_id, pieces)
        return None if raw is None else normalise(raw)
    except Exception:  # parts are kept for good: they must not refuse every later one of their span
        log.exception("BUG: cannot make a span of %d parts", len(pieces))
        return Drop(-1, reasons.MALFORMED, "it cannot be understood together with what was told before")


def _traces(stored: Iterable[StoredPart]) -> list[str]:
    """The traces that parts name; a beginning that names none is a trace of its own."""
    named = {each.part.trace_id or (each.part.span_id if each.part.step == 0 else "") for each in stored}
    return sorted(named - {""})


def _piece(part: SpanPart) -> Piece:
    return Piece(part.span_id, part.step, part.sent_ns, orjson.loads(part.body))
