"""Repricing: the stored spans whose cost is ours to say get the cost that they would have if they came in now.

A page of spans at a time, beside ingest, each rolled up before the next is read. The pages are gone through again when a
price changes meanwhile, and in the end once more for what was priced just before the last change and stored just after it. A
repricing that a server's end cut off is done again at the next start, when every trace of it is rolled up anew: which of them
had been is not known.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final, Literal, Protocol

import msgspec

from threadline_server.errors import Unavailable
from threadline_server.ingest.price import cost_of
from threadline_server.ingest.price_book import PriceBook
from threadline_server.ingest.tariff import OwnPrices
from threadline_server.store.database import Database
from threadline_server.store.refresh import Refresher
from threadline_server.store.repricing import COPIES, PricedSpan, Range, copy_with_costs, pages

log = logging.getLogger(__name__)

SETTLE_S: Final = 3.0
"""A price that changed may still be used for so long: by another server, or between pricing a span and storing it."""
MARGIN_NS: Final = 60_000_000_000
RETRY_S: Final = 1.0
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Job(Protocol):
    """What was asked for: spans of a project that begin in a range."""

    @property
    def id(self) -> int: ...
    @property
    def project_id(self) -> int: ...
    @property
    def from_time(self) -> datetime | None: ...
    @property
    def to_time(self) -> datetime | None: ...


class Ledger(Protocol):
    """Where it is written what was asked for and how far it is."""

    def note(
        self, repricing_id: int, state: Literal["running", "done", "failed"], *, looked_at: int, changed: int
    ) -> None: ...
    def running(self) -> Sequence[Job]: ...


class Tally(msgspec.Struct):
    looked_at: int = 0
    changed: int = 0


class Stopped(Exception):
    """The server ends; what is left is done at its next start."""


class Repricer:
    """One thread that reprices, one request after the other."""

    def __init__(
        self,
        database: Database,
        refresher: Refresher,
        book: PriceBook,
        ledger: Ledger,
        *,
        clock_ns: Callable[[], int] = time.time_ns,
        settle_s: float = SETTLE_S,
    ) -> None:
        self._database = database
        self._refresher = refresher
        self._book = book
        self._ledger = ledger
        self._clock_ns = clock_ns
        self._settle_s = settle_s
        self._stopping = threading.Event()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="reprice")

    def start(self) -> None:
        """Take up what was cut off."""
        for job in self._ledger.running():
            self._thread.submit(self._run, job, is_resumed=True)

    def submit(self, job: Job) -> None:
        """Do it when those before it are done; where the server is stopping, at its next start."""
        if not self._stopping.is_set():
            self._thread.submit(self._run, job, is_resumed=False)

    def prices_changed(self) -> None:
        """Take over a price that was set or removed here, for this and for what comes in."""
        self._book.refresh()

    def stop(self) -> None:
        """Finish the page at hand; the rest is done at the next start."""
        self._stopping.set()
        self._thread.shutdown(cancel_futures=True)

    def _run(self, job: Job, *, is_resumed: bool) -> None:
        tally = Tally()
        try:
            self._reprice(job, tally, is_resumed=is_resumed)
            self._ledger.note(job.id, "done", looked_at=tally.looked_at, changed=tally.changed)
        except Stopped:
            log.info("repricing %d goes on at the next start", job.id)
        except Exception:
            log.exception("BUG: cannot reprice the spans of project %d", job.project_id)
            self._ledger.note(job.id, "failed", looked_at=tally.looked_at, changed=tally.changed)

    def _reprice(self, job: Job, tally: Tally, *, is_resumed: bool) -> None:
        within = Range(job.project_id)
        if job.from_time is not None:
            within = msgspec.structs.replace(within, from_ns=_ns(job.from_time))
        if job.to_time is not None:
            within = msgspec.structs.replace(within, to_ns=_ns(job.to_time))
        began_ns = self._clock_ns()
        while True:
            tally.looked_at = 0
            own = self._own_prices(job.project_id)
            self._all_pages(job, within, own, tally, rolls_up_all=is_resumed)
            if self._own_prices(job.project_id) is own:
                break
        self._wait(self._settle_s)
        within = msgspec.structs.replace(within, since_ns=max(0, began_ns - MARGIN_NS))
        looked_at = tally.looked_at
        self._all_pages(job, within, self._own_prices(job.project_id), tally)
        tally.looked_at = looked_at  # those were seen before, but for a few

    def _all_pages(
        self, job: Job, within: Range, own: OwnPrices | None, tally: Tally, *, rolls_up_all: bool = False
    ) -> None:
        while True:
            try:
                for page in pages(self._database, within):
                    began = time.monotonic()
                    self._one_page(job.project_id, page, own, tally, rolls_up_all=rolls_up_all)
                    self._ledger.note(job.id, "running", looked_at=tally.looked_at, changed=tally.changed)
                    self._wait(time.monotonic() - began)  # ingest comes first
                return
            except Unavailable as error:
                log.warning("cannot reprice, trying again: %s", error)
                self._wait(RETRY_S)

    def _one_page(
        self, project_id: int, page: Sequence[PricedSpan], own: OwnPrices | None, tally: Tally, *, rolls_up_all: bool
    ) -> None:
        self._wait(0)
        changes = _changes(page, own)
        try:
            for start in range(0, len(changes), COPIES):
                copy_with_costs(self._database, project_id, changes[start : start + COPIES])
        finally:
            self._roll_up(project_id, page if rolls_up_all else [span for span, _ in changes])
        tally.looked_at += len(page)
        tally.changed += len(changes)

    def _roll_up(self, project_id: int, spans: Sequence[PricedSpan]) -> None:
        if not spans:
            return
        touched: dict[str, set[int]] = {}
        for span in spans:
            touched.setdefault(span.trace_id, set()).add(span.hour)
        self._refresher.mark(project_id, touched, min(span.arrived_ns for span in spans))
        while not self._refresher.wait_until_done(project_id, touched, RETRY_S):
            self._wait(0)

    def _own_prices(self, project_id: int) -> OwnPrices | None:
        self._book.refresh()
        return self._book.of(project_id)

    def _wait(self, seconds: float) -> None:
        if self._stopping.wait(seconds):
            raise Stopped


def _changes(page: Iterable[PricedSpan], own: OwnPrices | None) -> list[tuple[PricedSpan, Decimal | None]]:
    """The spans whose cost is not what they would cost now, each with that."""
    costs = [(span, cost_of(span.usage, span.model, span.provider, span.start_ns, own)) for span in page]
    return [(span, cost) for span, cost in costs if cost != span.cost]


def _ns(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1) * 1_000
