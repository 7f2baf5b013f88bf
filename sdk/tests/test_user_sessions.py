from collections import UserDict
from datetime import timedelta
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from threadline import Observability
from threadline._recorder import Recorder
from threadline.testing import CountedIds, Instant, MemoryExporter

MINUTE_NS = 60 * 1_000_000_000
IDLE = timedelta(minutes=30)


class HandClock:
    def __init__(self) -> None:
        self.minutes = 0

    def now(self) -> Instant:
        ns = 1_700_000_000_000_000_000 + self.minutes * MINUTE_NS
        return Instant(ns, ns)


class FakeRedis:
    """The two methods of redis.Redis, with its expiry and its bytes."""

    def __init__(self, clock: HandClock) -> None:
        self.values: dict[str, tuple[bytes, float]] = {}
        self._clock = clock

    def get(self, name: str) -> bytes | None:
        value, until = self.values.get(name, (None, 0))
        return value if self._clock.minutes * 60 < until else None

    def set(self, name: str, value: str, ex: int, nx: bool = False) -> bool | None:
        if nx and self.get(name) is not None:
            return None
        self.values[name] = (value.encode(), self._clock.minutes * 60 + ex)
        return True


def process(clock: HandClock, start: int = 1) -> Observability:
    recorder, ids = Recorder(), CountedIds()
    ids._spans = count(start)
    recorder.use(MemoryExporter(), clock, ids)
    return Observability(recorder)


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture(params=["memory", "dict", "mapping", "redis"])
def store(request, clock):
    return {"memory": None, "dict": {}, "mapping": UserDict(), "redis": FakeRedis(clock)}[request.param]


def test_a_session_goes_on_until_the_user_was_idle(clock, store):
    obs, ids = process(clock), []
    for minutes in (0, 29, 58, 89, 90, 121):
        clock.minutes = minutes
        ids.append(obs.session_for("ann", idle=IDLE, store=store).id)
    assert ids == [f"user-ann-{number:016x}" for number in (1, 1, 1, 4, 4, 6)]


def test_a_new_session_starts_when_it_is_asked_for_and_goes_on(clock, store):
    obs = process(clock)
    ids = [obs.session_for("ann", new=new, store=store).id for new in (False, True, False)]
    assert (ids[0] != ids[1], ids[1] == ids[2]) == (True, True)


def test_users_have_sessions_of_their_own(clock, store):
    obs = process(clock)
    assert obs.session_for("ann", store=store).id != obs.session_for("bob", store=store).id


def test_a_turn_longer_than_the_idle_time_does_not_end_the_session(clock, store):
    obs = process(clock)
    with obs.session_for("ann", store=store) as first:
        clock.minutes = 25
        with obs.session_for("ann", store=store):
            clock.minutes = 50
    clock.minutes = 75
    assert obs.session_for("ann", store=store).id == first.id


def test_everything_inside_is_stamped(clock, store):
    obs = process(clock)
    with obs.session_for("ann", metadata={"channel": "web"}, tags=["beta"], store=store) as session:
        obs.trace("turn").end()
    (span,) = obs._recorder.exporter.spans
    assert dict(span.attributes) == {
        "threadline.span.kind": "span",
        "session.id": session.id,
        "user.id": "ann",
        "threadline.metadata": '{"channel":"web"}',
        "threadline.tags": ["beta"],
    }


@pytest.mark.parametrize("make", [lambda clock: {}, FakeRedis])
def test_processes_with_one_store_share_the_session(clock, make):
    store = make(clock)
    one, two = process(clock), process(clock, start=100)
    started = one.session_for("ann", store=store).id
    assert two.session_for("ann", store=store).id == started
    renewed = two.session_for("ann", new=True, store=store).id
    assert one.session_for("ann", store=store).id == renewed != started


def test_of_two_processes_that_start_at_once_one_starts_the_session(clock):
    class Slow(FakeRedis):
        """Answers that there is nothing, and then another process is quicker."""

        def get(self, name):
            found = super().get(name)
            if found is None:
                FakeRedis.set(self, name, f"{clock.now().wall_ns} theirs", ex=60)
            return found

    assert process(clock).session_for("ann", store=Slow(clock)).id == "theirs"


@pytest.mark.parametrize(
    "answer", [ConnectionError("away"), 5, b"\xff", "garbage", "-1 x", "1e3 x", f"{'9' * 30} x", "5"]
)
def test_a_store_that_fails_or_holds_rubbish_is_done_without(clock, caplog, answer):
    class Broken:
        def get(self, name):
            if isinstance(answer, Exception):
                raise answer
            return answer

        def set(self, name, value, *, ex, nx=False):
            raise ConnectionError("away")

    obs = process(clock)
    with obs.session_for("ann", store=Broken()) as first:
        pass
    assert obs.session_for("ann", store=Broken()).id == first.id == "user-ann-0000000000000001"
    assert "the store of session_for() failed (ConnectionError)" in caplog.text


def test_the_memory_forgets_who_was_active_longest_ago(clock, monkeypatch):
    monkeypatch.setattr("threadline._user_sessions._MOST_USERS", 2)
    obs = process(clock)
    ann, bob = obs.session_for("ann").id, obs.session_for("bob").id
    assert obs.session_for("ann").id == ann
    obs.session_for("cyd")
    assert (obs.session_for("ann").id == ann, obs.session_for("bob").id == bob) == (True, False)


def test_a_very_long_user_id_fits(clock):
    obs = process(clock)
    ids = {obs.session_for("x" * 5_000 + end).id for end in "ab"}
    assert (len(ids), max(map(len, ids)) <= 512) == (2, True)


@given(st.lists(st.tuples(st.integers(0, 45), st.booleans()), min_size=1, max_size=20))
def test_the_number_of_sessions_is_that_of_idle_gaps_and_wishes(steps):
    clock = HandClock()
    obs, seen, expected = process(clock), [], 0
    for number, (gap, new) in enumerate(steps):
        clock.minutes += gap
        expected += number == 0 or new or gap > 30
        seen.append(obs.session_for("ann", new=new).id)
    assert len(set(seen)) == expected
