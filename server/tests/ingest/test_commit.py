"""Group commit: what waits together is written together, in order, and each sender hears of their own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import ExitStack
from typing import Any

import pyarrow as pa
import pytest

from server.tests.spans import ask, span, touched
from threadline_server.errors import Unavailable
from threadline_server.ingest import commit
from threadline_server.ingest.commit import Committer
from threadline_server.ingest.load import Load
from threadline_server.store.database import Database
from threadline_server.store.rows import span_batch

PATIENCE_S = 30


class Gate:
    """The real store; its inserts wait until they are let through, and fail when told to."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.sizes: list[int] = []
        self.begun = threading.Semaphore(0)
        self.open = threading.Event()
        self.open.set()
        self.failing: Callable[[Sequence[pa.RecordBatch]], Exception | None] = lambda _batches: None

    def insert(self, table: str, batches: Sequence[pa.RecordBatch]) -> None:
        self.sizes.append(sum(batch.num_rows for batch in batches))
        self.begun.release()
        assert self.open.wait(PATIENCE_S)
        if error := self.failing(batches):
            raise error
        self._database.insert(table, batches)


@pytest.fixture
def gate(database: Database) -> Gate:
    return Gate(database)


@pytest.fixture
def make(gate: Gate) -> Iterator[Callable[..., Committer]]:
    with ExitStack() as stack:

        def made(
            clock_ns: Callable[[], int] = lambda: 1_000,
            on_stored: Callable[[Load, int], None] = lambda _load, _ns: None,
        ) -> Committer:
            committer = Committer(gate, clock_ns, on_stored)  # type: ignore[arg-type]
            committer.start()
            stack.callback(committer.stop, PATIENCE_S)
            stack.callback(gate.open.set)
            return committer

        yield made


def load(project_id: int, *numbers: int, **facts: Any) -> Load:
    spans = [span(number, **facts) for number in numbers]
    return Load(project_id, span_batch(project_id, spans), touched(spans))


def stored(database: Database, project_id: int) -> list[tuple[str, int]]:
    """(span id, arrival) in order of arrival."""
    sql = "SELECT span_id, toString(received_ns) AS at FROM spans WHERE project_id = {project:UInt32} ORDER BY received_ns"
    return [(row["span_id"], int(row["at"])) for row in ask(database, sql, project=project_id)]


def in_one_group(committer: Committer, gate: Gate, first: Load, *others: Load) -> list[Future[None]]:
    """Submit all of them; ``others`` while ``first`` is being written."""
    gate.open.clear()
    futures = [committer.submit(first)]
    assert gate.begun.acquire(timeout=PATIENCE_S)
    futures += [committer.submit(other) for other in others]
    gate.open.set()
    return futures


def test_a_lone_load_is_written_at_once_and_told_after(
    gate: Gate, make: Callable[..., Committer], database: Database
) -> None:
    seen: list[tuple[str, ...]] = []
    own = load(9_001, 1, 2)
    committer = make(
        on_stored=lambda told, _ns: seen.append(tuple(name for name, _ in stored(database, told.project_id)))
    )

    committer.submit(own).result(PATIENCE_S)

    assert gate.sizes == [2]
    assert seen == [("s-1", "s-2")]


def test_what_waits_together_is_one_insert_in_the_order_of_submission(
    gate: Gate, make: Callable[..., Committer], database: Database
) -> None:
    futures = in_one_group(make(), gate, load(9_002, 5), load(9_002, 3, 4), load(9_002, 1), load(9_002, 2))

    assert [future.result(PATIENCE_S) for future in futures] == [None] * 4
    assert gate.sizes == [1, 4]
    assert stored(database, 9_002) == [("s-5", 1_024), ("s-3", 2_048), ("s-4", 3_072), ("s-1", 4_096), ("s-2", 5_120)]


def test_arrivals_never_repeat_nor_go_back_when_the_clock_does(
    make: Callable[..., Committer], database: Database
) -> None:
    readings = iter([5_000, 4_000, 5_001, 19_000])
    committer = make(clock_ns=lambda: next(readings))

    for number in range(4):
        committer.submit(load(9_003, 10 * number, 10 * number + 1)).result(PATIENCE_S)

    assert [at for _, at in stored(database, 9_003)] == [5_000, 6_024, 7_048, 8_072, 9_096, 10_120, 19_000, 20_024]


def test_a_group_holds_no_more_rows_than_one_commit_may(
    gate: Gate, make: Callable[..., Committer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commit, "MAX_COMMIT_ROWS", 5)

    futures = in_one_group(
        make(),
        gate,
        load(9_004, 0),
        load(9_004, 1, 2),
        load(9_004, 3, 4, 5),
        load(9_004, 6),
        load(9_004, *range(7, 17)),
        load(9_004, 17),
    )

    assert [future.result(PATIENCE_S) for future in futures] == [None] * 6
    assert gate.sizes == [1, 5, 1, 10, 1]


def test_over_the_bound_of_bytes_a_load_is_refused_and_none_of_it_kept(
    gate: Gate, make: Callable[..., Committer], monkeypatch: pytest.MonkeyPatch, database: Database
) -> None:
    small = load(9_005, 1)
    monkeypatch.setattr(commit, "MAX_WAITING_BYTES", 2 * small.batch.nbytes)
    committer = make()
    gate.open.clear()
    futures = [committer.submit(load(9_005, 1))]
    assert gate.begun.acquire(timeout=PATIENCE_S)

    futures += [committer.submit(load(9_005, 2)), committer.submit(load(9_005, 3))]
    with pytest.raises(Unavailable, match="more is waiting"):
        committer.submit(load(9_005, 4))
    gate.open.set()
    assert [future.result(PATIENCE_S) for future in futures] == [None] * 3
    committer.submit(load(9_005, 5)).result(PATIENCE_S)

    assert [name for name, _ in stored(database, 9_005)] == ["s-1", "s-2", "s-3", "s-5"]


def test_one_load_over_the_bound_is_taken_when_nothing_waits(
    make: Callable[..., Committer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commit, "MAX_WAITING_BYTES", 1)

    assert make().submit(load(9_006, 1)).result(PATIENCE_S) is None


def test_a_load_that_the_store_refuses_fails_alone(
    gate: Gate, make: Callable[..., Committer], database: Database
) -> None:
    bad = load(9_007, 2, name="poison")
    gate.failing = lambda batches: (
        Unavailable("cannot use the store now")
        if any("poison" in labels for batch in batches for labels in batch["labels"].to_pylist())
        else None
    )

    futures = in_one_group(make(), gate, load(9_007, 0), load(9_007, 1), bad, load(9_007, 3))

    assert [type(future.exception(PATIENCE_S)) for future in futures] == [
        type(None),
        type(None),
        Unavailable,
        type(None),
    ]
    assert [name for name, _ in stored(database, 9_007)] == ["s-0", "s-1", "s-3"]


def test_an_unforeseen_failure_is_told_as_unavailable_and_the_next_load_is_written(
    gate: Gate, make: Callable[..., Committer]
) -> None:
    committer = make()
    gate.failing = lambda _batches: RuntimeError("out of the blue")
    failed = committer.submit(load(9_008, 1)).exception(PATIENCE_S)
    gate.failing = lambda _batches: None

    assert isinstance(failed, Unavailable)
    assert committer.submit(load(9_008, 2)).result(PATIENCE_S) is None


def test_a_sender_who_has_gone_does_not_stop_the_others(
    gate: Gate, make: Callable[..., Committer], database: Database
) -> None:
    committer = make()
    gate.open.clear()
    being_written = committer.submit(load(9_009, 1))
    assert gate.begun.acquire(timeout=PATIENCE_S)
    waiting, last = committer.submit(load(9_009, 2)), committer.submit(load(9_009, 3))

    assert (being_written.cancel(), waiting.cancel()) == (False, True)
    gate.open.set()

    assert last.result(PATIENCE_S) is None
    assert committer.submit(load(9_009, 4)).result(PATIENCE_S) is None
    assert [name for name, _ in stored(database, 9_009)] == ["s-1", "s-3", "s-4"]


def test_a_roll_up_that_cannot_be_told_does_not_take_back_what_is_stored(
    make: Callable[..., Committer], database: Database
) -> None:
    def refuse(_load: Load) -> None:
        raise RuntimeError("out of the blue")

    committer = make(on_stored=refuse)

    assert [committer.submit(load(9_010, number)).result(PATIENCE_S) for number in (1, 2)] == [None, None]


def test_stopping_writes_what_waits_and_refuses_what_comes(
    gate: Gate, make: Callable[..., Committer], database: Database
) -> None:
    committer = make()
    futures = in_one_group(committer, gate, load(9_011, 1), load(9_011, 2), load(9_011, 3))

    committer.stop(PATIENCE_S)

    assert [future.result(0) for future in futures] == [None] * 3
    with pytest.raises(Unavailable, match="stopping"):
        committer.submit(load(9_011, 4))


def test_a_small_commit_waits_for_a_request_that_is_being_read(
    gate: Gate, make: Callable[..., Committer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commit, "PATIENCE_S", PATIENCE_S)
    committer = make()
    with committer.expecting():
        first = committer.submit(load(9_020, 1))
        second = committer.submit(load(9_020, 2))

    assert (first.result(PATIENCE_S), second.result(PATIENCE_S)) == (None, None)
    assert gate.sizes == [2]


def test_a_commit_of_enough_rows_waits_for_nobody(
    gate: Gate, make: Callable[..., Committer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commit, "PATIENCE_S", 2 * PATIENCE_S)
    monkeypatch.setattr(commit, "ENOUGH_ROWS", 2)
    committer = make()
    with committer.expecting():
        committer.submit(load(9_021, 1, 2)).result(PATIENCE_S)

    assert gate.sizes == [2]


def test_it_tells_whether_requests_are_being_read(make: Callable[..., Committer]) -> None:
    committer = make()
    with committer.expecting():
        during = committer.is_expecting()

    assert (during, committer.is_expecting()) == (True, False)
