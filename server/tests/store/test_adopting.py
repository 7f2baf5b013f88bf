"""Servers that share a store: what one leaves undone another does."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pyarrow as pa
import pytest

from server.tests.spans import ask, span, touched
from server.tests.store.test_refresh import (
    PATIENCE_S,
    PROJECT,
    Clock,
    clock,
    counts,
    insert,
    make,
    rollup,
)
from threadline_server.store import adopting, refresh
from threadline_server.store.adopting import Adopter
from threadline_server.store.database import Database
from threadline_server.store.refresh import Refresher
from threadline_server.store.rollup import RollUp

__all__ = ["clock", "make", "rollup"]
MINUTE_NS = 60_000_000_000


@pytest.fixture
def shared(store: Database) -> Database:
    store.is_embedded = False
    return store


def servers(store: Database) -> list[str]:
    return [row["server"] for row in ask(store, "SELECT server FROM rollup_progress FINAL ORDER BY server")]


def round_of(refresher: Refresher, store: Database, clock: Clock, trace: str) -> None:
    """One round, so late that its progress is noted: a moment after its numbers are there."""
    noted = refresher.progress_ns
    insert(store, [span(1, trace=trace)], arrival_ns=(now := clock()))
    clock.now_ns += 2 * refresh.PROGRESS_EVERY_NS
    refresher.mark(PROJECT, touched([span(1, trace=trace)]), now)
    assert refresher.wait_until_fresh(PATIENCE_S)
    until = time.monotonic() + PATIENCE_S
    while refresher.progress_ns == noted:
        assert time.monotonic() < until
        time.sleep(0.01)


def test_what_a_dead_server_left_undone_is_done_by_another_and_its_name_forgotten(
    shared: Database, make: Callable[..., Refresher], clock: Clock
) -> None:
    dead, alive = make(server="dead"), make(server="alive")
    round_of(dead, shared, clock, "told")
    dead.stop(PATIENCE_S)
    insert(shared, [span(1, trace="lost")], arrival_ns=clock())
    adopter = Adopter(shared, alive, clock)
    adopter.look()
    before = counts(shared)

    clock.now_ns += adopting.DEAD_AFTER_NS
    round_of(alive, shared, clock, "later")
    adopter.look()
    assert alive.wait_until_fresh(PATIENCE_S)
    found = [servers(shared)]
    round_of(alive, shared, clock, "last")
    adopter.look()
    found.append(servers(shared))

    assert before == {"session": (1, 1)}
    assert counts(shared) == {"session": (4, 4)}
    assert found == [["alive", "dead"], ["alive"]]


def test_a_server_with_nothing_to_do_is_not_taken_for_dead(
    shared: Database, make: Callable[..., Refresher], clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refresh, "RETRY_ASIDE_S", 0.05)
    idle = make(server="idle")
    round_of(idle, shared, clock, "told")
    clock.now_ns += adopting.DEAD_AFTER_NS
    noted = idle.progress_ns
    while idle.progress_ns == noted:
        time.sleep(0.01)

    adopter = Adopter(shared, make(server="other"), clock)
    adopter.look()
    assert adopter._adopted == {}


def test_one_that_only_slept_keeps_its_note(shared: Database, make: Callable[..., Refresher], clock: Clock) -> None:
    asleep, awake = make(server="asleep"), make(server="awake")
    round_of(asleep, shared, clock, "told")
    clock.now_ns += adopting.DEAD_AFTER_NS
    adopter = Adopter(shared, awake, clock)
    adopter.look()
    round_of(asleep, shared, clock, "awake again")
    round_of(awake, shared, clock, "meanwhile")
    adopter.look()

    assert servers(shared) == ["asleep", "awake"]
    assert counts(shared) == {"session": (3, 3)}


class Interrupted(RollUp):
    """One that has read its spans and written nothing yet when another begins."""

    other: threading.Thread

    def _insert(self, table: str, rows: pa.Table) -> None:
        if table == "traces" and self.other.ident is None:
            self.other.start()
            self.other.join(1)  # as long as it wants, or until it waits for this one
        super()._insert(table, rows)


def test_two_servers_that_recompute_a_session_at_once_leave_nothing_of_it_out(shared: Database, clock: Clock) -> None:
    lock = threading.Lock()

    @contextmanager
    def turn(_project_id: int) -> Iterator[int]:
        with lock:
            yield clock()

    first, last = span(1, trace="first"), span(2, trace="last", after_s=7_200)
    insert(shared, [first, last])
    interrupted, other = Interrupted(shared, clock, turn=turn), RollUp(shared, clock, turn=turn)
    interrupted.other = threading.Thread(target=other.run, args=(PROJECT, touched([last])))
    interrupted.run(PROJECT, touched([first]))
    interrupted.other.join()

    assert counts(shared) == {"session": (2, 2)}
