"""What the feed tells, to whom, and what it does when somebody cannot keep up."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import orjson
import pyarrow as pa
import pytest

from server.tests.spans import BASE_NS, SECOND_NS, span, touched
from threadline_server.errors import BadRequest, TooManyRequests
from threadline_server.live import changes, feed
from threadline_server.live.feed import Feed
from threadline_server.live.listener import MOST_WAITING, Listener, Notice
from threadline_server.live.others import Others
from threadline_server.model import ARRIVAL_STEP_NS
from threadline_server.query.goal_conditions import NO_GOALS
from threadline_server.store.database import Database
from threadline_server.store.rollup import RollUp, Touched
from threadline_server.store.rows import span_batch, with_arrival

PATIENCE_S = 20
PROJECT = 1
IDLE_MS = 1_800_000
NOW_MS = BASE_NS // 1_000_000 + 60_000


class Stage:
    """A feed over a store, by a clock that moves when told to."""

    def __init__(self, store: Database) -> None:
        self.now_ms = NOW_MS
        self.feed = Feed(store, lambda _project: NO_GOALS, lambda: self.now_ms)
        self._store = store
        self._arrived = BASE_NS
        self._also: list[Callable[[Touched], None]] = []
        self._versions = 0
        self._rollup = RollUp(store, self._version)

    def _version(self) -> int:
        self._versions += 1
        return self._versions

    def arrive(self, number: int, session: str = "s-1", **facts: Any) -> None:
        """One more trace of the session."""
        spans = [span(number, trace=f"{session}-{number}", session_id=session, **facts)]
        self._arrived += ARRIVAL_STEP_NS
        self._store.insert("spans", [with_arrival(span_batch(PROJECT, spans), self._arrived)])
        found = self._rollup.run(PROJECT, touched(spans))
        for watch in (self.feed.watch, *self._also):
            watch(found)

    def also(self, watch: Callable[[Touched], None]) -> None:
        """Have somebody else told of what arrives."""
        self._also.append(watch)

    def listen(self, *pairs: tuple[str, str], last_id: str | None = None) -> Ear:
        return Ear(self.feed, pairs, last_id)


def gone(session_id: str, *, version: int) -> pa.RecordBatch:
    """A row that says that a session of the tests is no more."""
    start = pa.array([BASE_NS + SECOND_NS], pa.timestamp("ns", "UTC"))
    return pa.RecordBatch.from_pydict({
        "project_id": pa.array([PROJECT], pa.uint32()), "session_id": [session_id], "version": pa.array([version], pa.uint64()),
        "is_deleted": pa.array([1], pa.uint8()), "start_time": start, "end_time": start,
    })  # fmt: skip


class Ear:
    """A listener that waits."""

    def __init__(self, to: Feed, pairs: tuple[tuple[str, str], ...], last_id: str | None) -> None:
        self._woken = threading.Event()
        self.listener = to.listen(PROJECT, pairs, last_id, self._woken.set)
        self.last_id: str | None = None
        self._feed = to

    def hear(self) -> list[tuple[str, str]]:
        """What waits as soon as something does: (kind, session)."""
        assert self._woken.wait(PATIENCE_S)
        self._woken.clear()
        has_missed, notices = self.listener.take()
        if notices:
            self.last_id = self._feed.event_id(notices[-1].number)
        return [("reset", "")] * has_missed + [(one.kind, one.session_id) for one in notices]

    def hear_of(self, session: str) -> list[tuple[str, str]]:
        """What waits, up to the first about this session."""
        heard: list[tuple[str, str]] = []
        while session not in {name for _, name in heard}:
            heard += self.hear()
        return heard


@pytest.fixture
def stage(store: Database) -> Iterator[Stage]:
    made = Stage(store)
    made.feed.start()
    yield made
    made.feed.stop()


def test_a_session_goes_idle_by_the_clock_once_and_comes_back(stage: Stage) -> None:
    stage.arrive(1)
    ear = stage.listen()
    stage.arrive(2)
    heard = [ear.hear()]
    stage.now_ms += IDLE_MS
    stage.arrive(1, "s-2", start_ns=stage.now_ms * 1_000_000, end_ns=stage.now_ms * 1_000_000)  # wakes the feed
    heard.append(sorted(ear.hear_of("s-2")))
    again = stage.now_ms * 1_000_000
    stage.arrive(3, start_ns=again, end_ns=again)
    heard.append(ear.hear())

    assert heard == [
        [("session.updated", "s-1")],
        [("session.idle", "s-1"), ("session.started", "s-2")],
        [("session.updated", "s-1")],
    ]


def test_a_session_that_was_active_before_anybody_listened_is_told_as_idle_too(stage: Stage) -> None:
    stage.arrive(1)
    stage.now_ms += IDLE_MS - 60_000
    ear = stage.listen()
    stage.arrive(1, "s-2")
    heard = ear.hear()
    stage.now_ms += 60_000
    stage.arrive(2, "s-2")
    heard += ear.hear_of("s-1")

    assert [one for one in heard if one[1] == "s-1"] == [("session.idle", "s-1")]


def test_who_comes_back_is_told_each_session_that_changed_meanwhile_once(stage: Stage) -> None:
    ear = stage.listen()
    stage.arrive(1)
    ear.hear()
    stage.feed.leave(ear.listener)
    for number in range(5):
        stage.arrive(10 + number)
        stage.arrive(number, "s-2")
    back = stage.listen(last_id=ear.last_id)

    assert sorted(back.hear()) == [("session.started", "s-2"), ("session.updated", "s-1")]


@pytest.mark.parametrize("last_id", ["0-1", "garbage", "-", "x" * 9_999, "\u0664-\u0661"])
def test_who_comes_back_with_an_id_that_is_not_remembered_begins_again(stage: Stage, last_id: str) -> None:
    assert stage.listen(last_id=last_id).hear() == [("reset", "")]


def test_what_is_too_long_ago_is_not_remembered(stage: Stage) -> None:
    ear = stage.listen()
    stage.arrive(1)
    ear.hear()
    stage.feed.leave(ear.listener)
    for number in range(changes.REMEMBERED + 1):
        stage.feed.watch(Touched(PROJECT, 1, (f"s-{number}",)))

    assert stage.listen(last_id=ear.last_id).hear() == [("reset", "")]


def test_too_many_changes_at_once_are_told_as_one_reset(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    ear = stage.listen()
    stage.feed.watch(Touched(PROJECT, 1, tuple(f"s-{number}" for number in range(changes.MOST_PENDING + 1))))

    assert ear.hear() == [("reset", "")]


def test_a_client_that_does_not_read_costs_a_bounded_memory_and_is_told_to_begin_again() -> None:
    slow = Listener(PROJECT, (), lambda: None)
    for number in range(MOST_WAITING + 10):
        slow.offer([Notice(number, "session.updated", "s", b"{}")])
    has_missed, left = slow.take()
    big = Listener(PROJECT, (), lambda: None)
    for number in range(10):
        big.offer([Notice(number, "session.updated", "s", bytes(1_000_000))])

    assert (has_missed, [one.number for one in left]) == (True, list(range(MOST_WAITING + 1, MOST_WAITING + 10)))
    assert sum(len(one.data) for one in big.take()[1]) <= 5_000_000


def test_listeners_with_filters_are_told_what_these_choose_with_whole_numbers(stage: Stage) -> None:
    ears = [stage.listen(("tag", "vip")), stage.listen(("minTraces", "2")), stage.listen()]
    stage.arrive(1, tags=("vip",))
    first = [ears[0].hear(), ears[2].hear()]
    stage.arrive(1, "s-2")
    stage.arrive(2, "s-2")
    ears[1]._woken.wait(PATIENCE_S)
    _, notices = ears[1].listener.take()

    assert first == [[("session.started", "s-1")]] * 2
    assert [orjson.loads(one.data)["traceCount"] for one in notices] == [2]
    assert ears[0].listener.take() == (False, [])


def test_the_number_of_streams_is_bounded_and_wrong_filters_are_refused(stage: Stage) -> None:
    ears = [stage.listen() for _ in range(feed.MOST_LISTENERS_OF_PROJECT)]
    with pytest.raises(TooManyRequests):
        stage.listen()
    stage.feed.leave(ears[0].listener)
    stage.listen()
    with pytest.raises(BadRequest):
        stage.listen(("unheard", "1"))
    with pytest.raises(BadRequest):
        stage.listen(("minCost", "much"))


def test_nobody_listening_means_nothing_is_read(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    monkeypatch.setattr(stage.feed._database, "rows", lambda block, *_, **__: read.append(block) or [])
    for number in range(3):
        stage.feed.watch(Touched(PROJECT, 1, (f"s-{number}",)))
    ear = stage.listen()
    assert read == [] or read[0] == "live_active"
    stage.feed.watch(Touched(PROJECT, 1, ("s-9",)))

    assert ear.hear() == [("session.removed", "s-9")]
    assert set(read) == {"live_active", "sessions_by_id"}


def test_the_end_sends_everybody_away(stage: Stage) -> None:
    ear = stage.listen()
    stage.feed.end_streams()

    assert ear.listener.is_over
    assert stage.listen().listener.is_over


@pytest.fixture
def others(store: Database, stage: Stage) -> Others:
    """What looks for other servers' changes, at a store that others could share."""
    store.is_embedded = False
    return Others(store, stage.feed, lambda: 0)


def test_what_another_server_changed_is_told_once(store: Database, stage: Stage, others: Others) -> None:
    other, ear = Stage(store), stage.listen()
    other.arrive(1, "s-0")
    others.look()  # what was there before is no news
    heard = []
    for number in range(2):
        other.arrive(number, "s-1")
        others.look()
        heard.append(ear.hear())
        others.look()
    stage.arrive(1, "s-2")

    assert heard == [[("session.updated", "s-1")]] * 2
    assert ear.hear() == [("session.started", "s-2")]


def test_what_this_server_changed_is_told_by_its_feed_alone(store: Database, stage: Stage, others: Others) -> None:
    ear = stage.listen()
    others.look()
    stage.also(others.watch)
    stage.arrive(1)
    heard = ear.hear()
    others.look()
    stage.arrive(1, "s-2")

    assert heard == [("session.started", "s-1")]
    assert ear.hear() == [("session.started", "s-2")]


def test_a_session_that_another_server_deleted_is_told_as_removed(
    store: Database, stage: Stage, others: Others
) -> None:
    stage.arrive(1)
    ear = stage.listen()
    others.look()
    store.insert("sessions", [gone("s-1", version=9)])
    others.look()

    assert ear.hear() == [("session.removed", "s-1")]
