"""Repricing as a property: afterwards the store is as if the prices of today had held from the start, whatever was delivered when."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from threadline_server.ingest.price import priced
from threadline_server.ingest.price_book import PriceBook
from threadline_server.ingest.reprice import Repricer
from threadline_server.model import ARRIVAL_STEP_NS, HOUR_NS, Price, Span, Usage
from threadline_server.query import analytics, present, sessions, traces
from threadline_server.query.goal_conditions import NO_GOALS
from threadline_server.store.database import Database
from threadline_server.store.refresh import Refresher
from threadline_server.store.rollup import RollUp
from threadline_server.store.rows import span_batch, with_arrival

BASE_NS = 1_790_000_000_000_000_000
PATIENCE_S = 30
PROPERTY = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
MODELS = ["", "gpt-4o", "house-7", "house-8", "odd"]


@dataclass(frozen=True)
class Asked:
    id: int
    project_id: int
    from_time: datetime | None = None
    to_time: datetime | None = None


class Ledger:
    """What was asked for, in memory; a repricing's end can be waited for."""

    def __init__(self, *left: Asked) -> None:
        self.left = left
        self.ended = threading.Semaphore(0)
        self.changed = 0
        self.states: list[str] = []

    def note(self, _repricing_id: int, state: str, *, looked_at: int, changed: int) -> None:
        self.states.append(state)
        if state != "running":
            self.changed = changed
            self.ended.release()

    def running(self) -> Sequence[Asked]:
        return self.left


class Source:
    """Prices that a test sets."""

    def __init__(self) -> None:
        self.prices: dict[int, list[Price]] = {}
        self.changes = 0

    def set(self, project_id: int, prices: list[Price]) -> None:
        self.prices = {**self.prices, project_id: prices}
        self.changes += 1

    def version(self) -> object:
        return self.changes

    def everything(self) -> dict[int, list[Price]]:
        return self.prices


class Shop:
    """A store with its roll-up, prices and repricer; each test example is a project of its own."""

    def __init__(self, store: Database) -> None:
        self.store = store
        self.source = Source()
        self.book = PriceBook(self.source)
        self.refresher = Refresher(store, RollUp(store, time.time_ns), time.time_ns, "laws")
        self.refresher.start()
        self.ledger = Ledger()
        self.repricer = Repricer(store, self.refresher, self.book, self.ledger, settle_s=0)
        self.projects = itertools.count(1)
        self.arrival_ns = BASE_NS

    def close(self) -> None:
        self.repricer.stop()
        self.refresher.stop(PATIENCE_S)

    def deliver(self, project_id: int, spans: Sequence[Span]) -> None:
        """Price them as they come in, and store them."""
        if not spans:
            return
        self.book.refresh()
        rows = [priced(span, self.book.of(project_id)) for span in spans]
        self.store.insert("spans", [with_arrival(span_batch(project_id, rows), self.arrival_ns)])
        hours: dict[str, set[int]] = {}
        for span in spans:
            hours.setdefault(span.trace_id, set()).add(span.start_ns // HOUR_NS)
        self.refresher.mark(project_id, hours, self.arrival_ns)
        self.arrival_ns += ARRIVAL_STEP_NS * len(spans)

    def reprice(self, project_id: int) -> int:
        """How many spans got another cost."""
        self.repricer.submit(Asked(1, project_id))
        assert self.ledger.ended.acquire(timeout=PATIENCE_S)
        return self.ledger.changed

    def answers(self, project_id: int) -> dict[str, Any]:
        """Everything that tells costs, once the roll-ups are fresh; the parts of each answer must add up."""
        assert self.refresher.wait_until_fresh(PATIENCE_S)
        listed = sessions.list_sessions(self.store, project_id, [("limit", "200")], NO_GOALS)["data"]
        shown: dict[str, Any] = {}
        for entry in listed:
            row = sessions.session_row(self.store, project_id, entry["id"], NO_GOALS)
            found = traces.list_session_traces(self.store, project_id, entry["id"], [("limit", "200")])["data"]
            assert present.session(row) == entry
            assert present.metrics(row)["totalCost"] == entry["totalCost"]
            assert sum(trace["totalCost"] for trace in found) == pytest.approx(entry["totalCost"], abs=1e-12)
            shown[entry["id"]] = (
                entry,
                sorted((trace["id"], trace["totalCost"], trace["unpricedModels"]) for trace in found),
            )
        total = analytics.over_sessions(self.store, project_id, [], NO_GOALS)["totals"]["totalCost"]
        assert total == pytest.approx(sum(entry["totalCost"] for entry in listed), abs=1e-11)
        return shown


@pytest.fixture
def shop(store: Database) -> Iterator[Shop]:
    made = Shop(store)
    yield made
    made.close()


amounts = st.integers(0, 5_000)
usages = st.builds(
    lambda p, c: Usage(prompt=p, completion=c, cached=p // 2, reasoning=c // 3, total=p + c), amounts, amounts
)


@st.composite
def span_versions(draw: st.DrawFn, trace_id: str, number: int) -> list[Span]:
    start = BASE_NS + draw(st.integers(0, 3 * 3600)) * 1_000_000_000
    facts: dict[str, Any] = {
        "trace_id": trace_id, "span_id": f"{trace_id}-{number}", "parent_id": "" if number == 0 else f"{trace_id}-{number - 1}",
        "name": "call", "kind": "generation", "start_ns": start, "session_id": f"s-{trace_id}",
        "model": draw(st.sampled_from(MODELS)), "provider": draw(st.sampled_from(["", "house"])),
    }  # fmt: skip
    given_cost = draw(st.none() | st.just(Decimal("0.125")))
    usage = draw(st.none() | usages)
    versions = [Span(end_ns=start + 1_000_000_000, usage=usage, cost_usd=given_cost, **facts)]
    if draw(st.booleans()):
        versions.append(Span(end_ns=0, **facts))
    if draw(st.booleans()):
        versions.append(
            Span(end_ns=start + 2_000_000_000, usage=draw(st.none() | usages), cost_usd=given_cost, **facts)
        )
    return versions


spans_of_project = st.lists(st.integers(1, 3), min_size=1, max_size=3).flatmap(
    lambda sizes: st.tuples(
        *(span_versions(f"t{trace}", number) for trace, size in enumerate(sizes) for number in range(size))
    ).map(lambda found: [span for versions in found for span in versions])
)
price_lists = st.lists(
    st.builds(
        lambda number, model, provider, amount: Price(number, model, provider, Decimal(amount), Decimal(2 * amount)),
        st.integers(1, 1_000),
        st.sampled_from(["gpt-4o", "house-*", "house-7", "*"]),
        st.sampled_from(["", "house"]),
        st.integers(0, 20),
    ),
    max_size=3,
    unique_by=lambda price: price.id,
)


@given(data=st.data(), spans=spans_of_project, before=price_lists, after=price_lists)
@PROPERTY
def test_repricing_leaves_what_would_be_there_had_todays_prices_always_held(
    shop: Shop, data: st.DataObject, spans: list[Span], before: list[Price], after: list[Price]
) -> None:
    """Some spans come before the price changes, some after it, some before and after the repricing."""
    project_id, ideal_id = next(shop.projects), next(shop.projects)
    shop.source.set(project_id, before)
    shop.source.set(ideal_id, after)
    sent = data.draw(st.permutations(spans))
    first, second = sorted(data.draw(st.tuples(st.integers(0, len(sent)), st.integers(0, len(sent)))))
    again = data.draw(st.lists(st.sampled_from(spans), max_size=4))

    shop.deliver(project_id, sent[:first])
    shop.source.set(project_id, after)
    shop.deliver(project_id, sent[first:second])
    shop.reprice(project_id)
    shop.deliver(project_id, [*sent[second:], *again])
    shop.deliver(ideal_id, spans)
    once = shop.answers(project_id)

    assert once == shop.answers(ideal_id)
    assert shop.reprice(project_id) == 0
    assert shop.answers(project_id) == once


def call(number: int, **facts: Any) -> Span:
    whole: dict[str, Any] = {
        "trace_id": "t", "span_id": f"s-{number}", "parent_id": "", "name": "call", "kind": "generation", "start_ns": BASE_NS,
        "end_ns": BASE_NS + 1, "session_id": "s", "model": "house-7", "usage": Usage(prompt=1_000_000, total=1_000_000),
    }  # fmt: skip
    return Span(**whole | facts)


def dollars(amount: int) -> list[Price]:
    return [Price(1, "house-*", "", Decimal(amount), Decimal(0))]


def test_a_version_that_arrives_while_another_is_repriced_wins_over_the_copy(shop: Shop, store: Database) -> None:
    """However soon after the first it arrived, and wherever the copy is written."""
    project_id = next(shop.projects)
    shop.deliver(project_id, [call(1, name="earlier"), call(1, name="later", usage=None)])
    shop.source.set(project_id, dollars(3))

    shop.reprice(project_id)

    assert shop.refresher.wait_until_fresh(PATIENCE_S)
    found = traces.one_trace(store, project_id, "t")["spans"]
    assert [(span["name"], span["cost"]) for span in found] == [("later", None)]


def test_a_repricing_of_more_than_a_page_reaches_every_span(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("threadline_server.store.repricing.PAGE", 3)
    monkeypatch.setattr("threadline_server.ingest.reprice.COPIES", 2)
    project_id = next(shop.projects)
    shop.deliver(project_id, [call(number, start_ns=BASE_NS + number % 3 * HOUR_NS, end_ns=0) for number in range(20)])
    shop.source.set(project_id, dollars(2))

    assert shop.reprice(project_id) == 20
    assert shop.answers(project_id)["s"][0]["totalCost"] == 40


def test_a_price_that_changes_while_spans_are_repriced_is_the_one_they_get(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("threadline_server.store.repricing.PAGE", 2)
    project_id = next(shop.projects)
    shop.deliver(project_id, [call(number) for number in range(6)])
    shop.source.set(project_id, dollars(2))
    real = shop.refresher.mark

    def mark_and_change(*arguments: Any) -> None:
        real(*arguments)
        if shop.source.prices[project_id] == dollars(2):
            shop.source.set(project_id, dollars(5))

    monkeypatch.setattr(shop.refresher, "mark", mark_and_change)
    shop.reprice(project_id)

    assert shop.answers(project_id)["s"][0]["totalCost"] == 30


def test_what_a_crash_left_repriced_and_not_rolled_up_is_rolled_up_at_the_next_start(shop: Shop) -> None:
    project_id = next(shop.projects)
    shop.deliver(project_id, [call(1)])
    assert shop.answers(project_id)["s"][0]["unpricedModels"] == ["house-7"]
    shop.source.set(project_id, dollars(2))
    real, shop.refresher.mark = shop.refresher.mark, lambda *_: None  # type: ignore[method-assign]
    shop.reprice(project_id)
    shop.refresher.mark = real  # type: ignore[method-assign]
    assert shop.answers(project_id)["s"][0]["totalCost"] == 0
    ledger = Ledger(Asked(1, project_id))
    next_start = Repricer(shop.store, shop.refresher, shop.book, ledger, settle_s=0)

    next_start.start()

    assert ledger.ended.acquire(timeout=PATIENCE_S)
    next_start.stop()
    assert (ledger.changed, shop.answers(project_id)["s"][0]["totalCost"]) == (0, 2)


def test_a_stopped_repricing_is_left_running_for_the_next_start(shop: Shop) -> None:
    project_id = next(shop.projects)
    shop.deliver(project_id, [call(1)])
    shop.source.set(project_id, dollars(2))
    shop.repricer.stop()

    shop.repricer.submit(Asked(1, project_id))

    assert shop.ledger.states == []
    assert shop.answers(project_id)["s"][0]["unpricedModels"] == ["house-7"]
