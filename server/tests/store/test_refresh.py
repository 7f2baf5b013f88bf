"""Keeping the roll-ups fresh: after a crash, beside failures, whatever stands in the way."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from contextlib import ExitStack, nullcontext
from typing import Any

import pyarrow as pa
import pytest

from server.tests.spans import ask, span, touched
from threadline_server.errors import QueryTooLarge, Unavailable
from threadline_server.model import ARRIVAL_STEP_NS, Span
from threadline_server.query import sessions
from threadline_server.query.goal_conditions import NO_GOALS
from threadline_server.store import refresh
from threadline_server.store.database import Database
from threadline_server.store.refresh import Refresher
from threadline_server.store.rollup import RollUp, Touched
from threadline_server.store.rows import span_batch, with_arrival

PATIENCE_S = 30
PROJECT = 1
LATER_NS = 1_800_000_000_000_000_000
CRASHES: dict[str, int] = {
    name: number
    for number, name in enumerate(
        (
            "traces", "tombstones of traces", "tombstones of words", "session_keys", "sessions", "tombstones of sessions", "trace_keys", "words",
        ),
        start=1,
    )
}  # fmt: skip


class Clock:
    """Every reading is later than the one before; it jumps when told to."""

    def __init__(self) -> None:
        self.now_ns = LATER_NS

    def __call__(self) -> int:
        self.now_ns += 1
        return self.now_ns


class Checked(RollUp):
    """The real roll-up, which fails when told to."""

    def __init__(self, database: Database, clock: Clock) -> None:
        super().__init__(database, clock)
        self.rounds: list[list[str]] = []
        self.failing: Callable[[Mapping[str, AbstractSet[int]]], Exception | None] = lambda _dirty: None

    def run(self, project_id: int, dirty: Mapping[str, AbstractSet[int]], *, since_ns: int = 0) -> Touched:
        self.rounds.append(sorted(dirty))
        if error := self.failing(dirty):
            raise error
        return super().run(project_id, dirty, since_ns=since_ns)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def rollup(store: Database, clock: Clock) -> Checked:
    return Checked(store, clock)


@pytest.fixture
def make(store: Database, rollup: Checked, clock: Clock) -> Iterator[Callable[..., Refresher]]:
    """Refreshers over one store: of one server after the other, with one roll-up, or of others, each with its own."""
    with ExitStack() as stack:

        def made(on_round: Callable[[Touched], None] = lambda _touched: None, *, server: str = "server") -> Refresher:
            refresher = Refresher(store, rollup if server == "server" else RollUp(store, clock), clock, server)
            refresher.watch(on_round)
            refresher.start()
            stack.callback(refresher.stop, PATIENCE_S)
            return refresher

        yield made


def insert(store: Database, spans: list[Span], *, arrival_ns: int = LATER_NS) -> None:
    store.insert("spans", [with_arrival(span_batch(PROJECT, spans), arrival_ns)])


def counts(store: Database) -> dict[str, tuple[int, int]]:
    """Session id -> its traces and spans."""
    found = sessions.list_sessions(store, PROJECT, [("limit", "200")], NO_GOALS)["data"]
    return {entry["id"]: (entry["traceCount"], entry["spanCount"]) for entry in found}


def test_what_is_marked_is_rolled_up_and_the_watcher_told(store: Database, make: Callable[..., Refresher]) -> None:
    told: list[Touched] = []
    refresher = make(told.append)
    spans = [span(1), span(2, trace="u", session_id="other")]
    insert(store, spans)

    refresher.mark(PROJECT, touched(spans), LATER_NS)

    assert refresher.wait_until_fresh(PATIENCE_S)
    assert counts(store) == {"session": (1, 1), "other": (1, 1)}
    assert sum(one.traces for one in told) == 2


def test_spans_of_before_a_crash_are_rolled_up_at_the_next_start(
    store: Database, make: Callable[..., Refresher]
) -> None:
    insert(store, [span(1), span(2), span(3, trace="u")])

    assert make().wait_until_fresh(PATIENCE_S)
    assert counts(store) == {"session": (2, 3)}


def test_what_was_said_before_a_crash_is_in_the_sessions_row_at_the_next_start(
    store: Database, make: Callable[..., Refresher]
) -> None:
    insert(store, [span(1)])
    make().stop(PATIENCE_S)
    said = {"project_id": PROJECT, "session_id": "session", "field": "title", "version": LATER_NS, "is_deleted": 0}
    store.insert("session_facts", [pa.RecordBatch.from_pylist([said | {"value": '"said"'}])])

    assert make().wait_until_fresh(PATIENCE_S)
    assert sessions.session_row(store, PROJECT, "session", NO_GOALS)["title"] == "said"


def test_only_what_arrived_since_the_last_note_of_progress_is_done_again(
    store: Database, make: Callable[..., Refresher], rollup: Checked, clock: Clock
) -> None:
    first = make()
    insert(store, [span(1, trace="old")], arrival_ns=(now := clock.now_ns))
    first.mark(PROJECT, touched([span(1, trace="old")]), now)
    first.stop(PATIENCE_S)
    clock.now_ns += 10 * refresh.MARGIN_NS
    second = make()
    insert(store, [span(1, trace="newer")], arrival_ns=(now := clock.now_ns))
    second.mark(PROJECT, touched([span(1, trace="newer")]), now)
    second.stop(PATIENCE_S)
    insert(store, [span(1, trace="lost")], arrival_ns=clock.now_ns)
    rollup.rounds.clear()

    assert make().wait_until_fresh(PATIENCE_S)

    assert sorted(itertools.chain(*rollup.rounds)) == ["lost", "newer"]
    assert counts(store) == {"session": (3, 3)}


def test_progress_never_passes_what_is_still_dirty(
    store: Database, make: Callable[..., Refresher], rollup: Checked, clock: Clock
) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def slow(dirty: Mapping[str, AbstractSet[int]]) -> None:
        if "first" in dirty:
            begun.set()
            assert go_on.wait(PATIENCE_S)

    rollup.failing = slow
    refresher = make()
    refresher.mark(PROJECT, {"first": {1}}, LATER_NS)
    assert begun.wait(PATIENCE_S)
    clock.now_ns += 10 * refresh.PROGRESS_EVERY_NS
    marked_ns = clock.now_ns
    refresher.mark(PROJECT, {"second": {1}}, marked_ns)
    clock.now_ns += 10 * refresh.PROGRESS_EVERY_NS
    go_on.set()
    assert refresher.wait_until_fresh(PATIENCE_S)

    notes = ask(store, "SELECT toString(complete_until_ns) AS until FROM rollup_progress ORDER BY complete_until_ns")
    assert int(notes[0]["until"]) == marked_ns


def test_a_crash_before_what_the_start_found_is_done_does_not_lose_sight_of_it(
    store: Database, make: Callable[..., Refresher], clock: Clock
) -> None:
    insert(store, [span(1)])
    arrived_ns = int(ask(store, "SELECT toString(min(received_ns)) AS first FROM spans")[0]["first"])
    clock.now_ns += 10 * refresh.MARGIN_NS
    dated: list[int] = []
    original = Refresher.mark

    def noted(self: Refresher, project_id: int, touched: Mapping[str, AbstractSet[int]], arrived_ns: int) -> None:
        dated.append(arrived_ns)
        original(self, project_id, touched, arrived_ns)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Refresher, "mark", noted)
        assert make().wait_until_fresh(PATIENCE_S)

    assert dated == [arrived_ns]


def test_a_store_that_cannot_write_is_tried_again_with_everything(
    store: Database, make: Callable[..., Refresher], rollup: Checked, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refresh, "RETRY_S", 0)
    refusals = iter(
        [Unavailable("cannot use the store now"), Unavailable("cannot use the store now"), None, *[None] * 9]
    )
    rollup.failing = lambda _dirty: next(refusals)
    spans = [span(1), span(2, trace="u")]
    insert(store, spans)
    refresher = make()

    refresher.mark(PROJECT, touched(spans), LATER_NS)

    assert refresher.wait_until_fresh(PATIENCE_S)
    assert rollup.rounds[:3] == [["t", "u"]] * 3
    assert counts(store) == {"session": (2, 2)}


@pytest.mark.parametrize("error", [QueryTooLarge("cannot answer this query"), RuntimeError("out of the blue")])
def test_a_trace_that_cannot_be_recomputed_holds_up_no_other(
    error: Exception, store: Database, make: Callable[..., Refresher], rollup: Checked
) -> None:
    spans = [span(number, trace=f"t{number}", session_id=f"s{number}") for number in range(9)]
    rollup.failing = lambda dirty: error if "t4" in dirty else None
    refresher = make()
    insert(store, spans)

    refresher.mark(PROJECT, touched(spans), LATER_NS)
    assert refresher.wait_until_fresh(PATIENCE_S)
    without = counts(store)
    rollup.failing = lambda _dirty: None
    refresher.mark(PROJECT, {"t4": set()}, LATER_NS)
    assert refresher.wait_until_fresh(PATIENCE_S)

    assert without == {f"s{number}": (1, 1) for number in range(9) if number != 4}
    assert counts(store) == {f"s{number}": (1, 1) for number in range(9)}


def test_a_trace_that_was_set_aside_is_tried_at_the_next_start(
    store: Database, make: Callable[..., Refresher], rollup: Checked, clock: Clock
) -> None:
    rollup.failing = lambda dirty: RuntimeError("out of the blue") if "t" in dirty else None
    first = make()
    insert(store, [span(1)], arrival_ns=(now := clock.now_ns))
    first.mark(PROJECT, touched([span(1)]), now)
    assert first.wait_until_fresh(PATIENCE_S)
    clock.now_ns += 10 * refresh.MARGIN_NS
    first.mark(PROJECT, {"another": {1}}, now)
    first.stop(PATIENCE_S)
    rollup.failing = lambda _dirty: None

    assert make().wait_until_fresh(PATIENCE_S)
    assert counts(store) == {"session": (1, 1)}


def test_a_trace_that_was_set_aside_is_tried_again_when_nothing_else_is_to_be_done(
    store: Database, make: Callable[..., Refresher], rollup: Checked, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refresh, "RETRY_ASIDE_S", 0.01)
    attempts = itertools.count()
    done = threading.Event()
    rollup.failing = lambda _dirty: RuntimeError("out of the blue") if next(attempts) < 3 else None
    insert(store, [span(1)])

    make(lambda _touched: done.set()).mark(PROJECT, touched([span(1)]), LATER_NS)

    assert done.wait(PATIENCE_S)
    assert counts(store) == {"session": (1, 1)}


@pytest.mark.parametrize("crash", CRASHES)
def test_a_crash_while_a_trace_moves_to_another_session_leaves_it_in_none_twice(
    crash: str, store: Database, rollup: Checked, monkeypatch: pytest.MonkeyPatch
) -> None:
    """First the trace has no root and stands in one session; then its root puts it into another, and the process ends half-way."""
    child, root = span(1, parent_id="s-0", session_id="before"), span(0, session_id="after")
    insert(store, [child])
    rollup.run(PROJECT, touched([child]))
    insert(store, [root], arrival_ns=LATER_NS + 1)
    with monkeypatch.context() as patch:
        _end_at(CRASHES[crash], store, patch)
        with pytest.raises(KeyboardInterrupt):
            rollup.run(PROJECT, touched([root]))

    rollup.run(PROJECT, touched([child, root]))

    assert counts(store) == {"after": (1, 2)}


@pytest.mark.parametrize(
    "crash", [None, "traces", "session_keys", "sessions", "tombstones of sessions", "trace_keys", "words"]
)
def test_a_session_that_turns_out_to_begin_on_another_day_is_there_once(
    crash: str | None, store: Database, rollup: Checked, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows lie by the day of the first start (ADR 0024): the one of the day before replaces the other, wherever the process ends."""
    first, earlier = span(1), span(2, trace="u", after_s=-86_400)
    insert(store, [first])
    rollup.run(PROJECT, touched([first]))
    insert(store, [earlier], arrival_ns=LATER_NS + 1)
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt) if crash else nullcontext():
        _end_at(crash and CRASHES[crash] - (2 if crash != "traces" else 0), store, patch)  # no trace moves
        rollup.run(PROJECT, touched([earlier]))
    _found_by_its_id(store)

    rollup.run(PROJECT, touched([first, earlier]))

    assert counts(store) == {"session": (2, 2)}
    assert _found_by_its_id(store) == [2]


@pytest.mark.parametrize("crash", [None, *CRASHES])
def test_a_session_that_loses_its_first_day_is_there_once(
    crash: str | None, store: Database, rollup: Checked, monkeypatch: pytest.MonkeyPatch
) -> None:
    early, late = span(1, trace="u", parent_id="s-0", after_s=-86_400), span(2)
    insert(store, [early, late])
    rollup.run(PROJECT, touched([early, late]))
    root = span(0, trace="u", after_s=-86_400, session_id="after")
    insert(store, [root], arrival_ns=LATER_NS + 1)
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt) if crash else nullcontext():
        _end_at(crash and CRASHES[crash], store, patch)
        rollup.run(PROJECT, touched([root]))

    rollup.run(PROJECT, touched([early, late, root]))

    assert counts(store) == {"session": (1, 1), "after": (1, 2)}
    assert _found_by_its_id(store) == [1]


def _found_by_its_id(store: Database) -> list[int]:
    rows = sessions.rows_of(store, PROJECT, ["session"], NO_GOALS)
    assert rows != [], "whatever has been written, the way to a row is there"
    return [row["trace_count"] for row in rows]


def _end_at(number: int | None, store: Database, patch: pytest.MonkeyPatch) -> None:
    real, calls = store.insert, itertools.count(1)

    def insert_or_end(table: str, batches: list[pa.RecordBatch]) -> None:
        if next(calls) == number:
            raise KeyboardInterrupt
        real(table, batches)

    patch.setattr(store, "insert", insert_or_end)


def test_numbers_follow_when_the_clock_steps_back(store: Database, rollup: Checked, clock: Clock) -> None:
    insert(store, [span(1)])
    rollup.run(PROJECT, touched([span(1)]))
    clock.now_ns -= 3_600_000_000_000
    insert(store, [span(2)])

    rollup.run(PROJECT, touched([span(2)]))

    assert counts(store) == {"session": (1, 2)}


def test_waiting_ends_when_the_patience_does(make: Callable[..., Refresher], rollup: Checked) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def slow(_dirty: Mapping[str, Any]) -> None:
        begun.set()
        assert go_on.wait(PATIENCE_S)

    rollup.failing = slow
    refresher = make()
    refresher.mark(PROJECT, {"t": {1}}, LATER_NS)
    assert begun.wait(PATIENCE_S)

    assert not refresher.wait_until_fresh(0)
    go_on.set()
    assert refresher.wait_until_fresh(PATIENCE_S)


def test_a_round_reads_only_what_arrived_since_its_traces_began(store: Database, rollup: Checked) -> None:
    insert(store, [span(1, trace="long ago")], arrival_ns=LATER_NS)
    rollup.run(PROJECT, touched([span(1, trace="long ago")]), since_ns=LATER_NS)
    lately_ns = LATER_NS + 3_600_000_000_000
    insert(store, [span(2, trace="long ago"), span(3, trace="new"), span(4, trace="new")], arrival_ns=lately_ns)

    rollup.run(
        PROJECT, touched([span(2, trace="long ago"), span(3, trace="new")]), since_ns=lately_ns + 2 * ARRIVAL_STEP_NS
    )

    assert counts(store) == {"session": (2, 3)}


def test_one_can_wait_for_some_traces_whatever_else_is_dirty(
    store: Database, make: Callable[..., Refresher], rollup: Checked
) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def slow(dirty: Mapping[str, AbstractSet[int]]) -> None:
        if "slow" in dirty:
            begun.set()
            assert go_on.wait(PATIENCE_S)

    rollup.failing = slow
    insert(store, [span(1, trace="quick")])
    refresher = make()
    assert refresher.wait_until_fresh(PATIENCE_S)
    refresher.mark(PROJECT, {"slow": {1}}, LATER_NS)
    assert begun.wait(PATIENCE_S)
    refresher.mark(PROJECT, {"waiting": {1}}, LATER_NS)

    waits = [refresher.wait_until_done(PROJECT, [name], 0) for name in ("quick", "slow", "waiting")]
    go_on.set()

    assert waits == [True, False, False]
    assert refresher.wait_until_done(PROJECT, ["slow", "waiting"], PATIENCE_S)
