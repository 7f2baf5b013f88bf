import threading
import time

import pytest

from threadline._time_limit import TimeIsUp, TimeLimit

LONG_S = 60.0


def test_the_answer_comes_from_another_thread_always_the_same():
    limit = TimeLimit(LONG_S, "name")
    first, second = (limit.run(threading.current_thread) for _ in range(2))
    assert (first is second, first is threading.current_thread(), first.name, first.daemon) == (
        True,
        False,
        "name",
        True,
    )


def test_what_is_raised_is_raised():
    with pytest.raises(ZeroDivisionError):
        TimeLimit(LONG_S, "name").run(lambda: 1 // 0)


def test_it_is_known_where_the_function_runs():
    limit = TimeLimit(LONG_S, "name")
    assert (limit.run(limit.runs_here), limit.runs_here()) == (True, False)


def test_calls_inside_a_call_of_another_thread_get_their_own_answers():
    limit, started = TimeLimit(LONG_S, "name"), threading.Event()
    answers: list[object] = []

    def outer() -> None:
        answers.append(limit.run(lambda: started.set() or "outer"))

    thread = threading.Thread(target=outer)
    thread.start()
    answers.append(limit.run(lambda: started.wait(LONG_S) and "inner"))
    thread.join(LONG_S)
    assert sorted(map(str, answers)) == ["inner", "outer"]


def test_three_that_hang_are_left_behind_and_then_nothing_runs_until_one_is_back():
    limit, gate = TimeLimit(0.01, "name"), threading.Event()
    for _ in range(3):
        with pytest.raises(TimeIsUp):
            limit.run(gate.wait)
    called = []
    with pytest.raises(TimeIsUp):
        limit.run(lambda: called.append(1))
    assert called == []
    gate.set()
    deadline = time.monotonic() + LONG_S
    while time.monotonic() < deadline:
        try:
            assert limit.run(lambda: "again") == "again"
            return
        except TimeIsUp:
            pass
    pytest.fail("it does not go on")


def test_where_no_thread_can_be_started_the_caller_runs_it(monkeypatch):
    def refuse(self: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    assert TimeLimit(LONG_S, "name").run(threading.current_thread) is threading.current_thread()


def test_another_process_has_a_thread_of_its_own(monkeypatch):
    limit = TimeLimit(LONG_S, "name")
    before = limit.run(threading.current_thread)
    monkeypatch.setattr("os.getpid", lambda: -1)
    assert limit.run(threading.current_thread) is not before


def test_its_thread_ends_with_it():
    limit = TimeLimit(LONG_S, "name")
    thread = limit.run(threading.current_thread)
    del limit
    thread.join(LONG_S)
    assert not thread.is_alive()
