"""Tasks, threads, finalisers and signals (row C5): parents are right, no span stays open, nothing is lost or torn."""

import asyncio
import faulthandler
import gc
import itertools
import json
import os
import signal
import subprocess
import sys
import textwrap
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from threadline import Observability
from threadline._recorder import Recorder
from threadline.testing import CountedIds, MemoryExporter, SpanRecord, StepClock


@pytest.fixture(autouse=True)
def _threads_change_as_often_as_can_be() -> Iterator[None]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    faulthandler.dump_traceback_later(120, exit=True)
    yield
    faulthandler.cancel_dump_traceback_later()
    sys.setswitchinterval(before)


def parents(spans: list[SpanRecord]) -> dict[str, str | None]:
    names = {span.span_id: span.name for span in spans}
    return {span.name: names.get(span.parent_id or "") for span in spans}


def test_of_64_threads_every_span_arrives_whole_and_under_its_parent(recording):
    obs, rounds = recording.obs, 100
    together = threading.Barrier(64)

    def work(thread: int) -> None:
        together.wait(60)
        for turn in range(rounds):
            name = f"{thread}.{turn}"
            with (
                obs.session(f"session {thread}", user_id=f"user {thread}"),
                obs.trace(name, metadata={"name": name}) as trace,
            ):
                with obs.generation(f"{name} answer", model_name=name) as generation:
                    generation.update(prompt_tokens=turn)
                obs.tool(f"{name} tool", parent=trace).end(output=name)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(64)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(recording.spans) == 64 * rounds * 3
    assert len({span.span_id for span in recording.spans}) == len(recording.spans)
    whole = Counter()
    for span in recording.spans:
        name = span.name.partition(" ")[0]
        thread, _, turn = name.partition(".")
        facts = {"session.id": f"session {thread}", "user.id": f"user {thread}"}
        if span.name == name:
            facts |= {
                "threadline.span.kind": "span",
                "threadline.metadata": json.dumps({"name": name}, separators=(",", ":")),
            }
        elif span.name.endswith("answer"):
            facts |= {
                "threadline.span.kind": "generation",
                "gen_ai.request.model": name,
                "gen_ai.usage.input_tokens": int(turn),
            }
        else:
            facts |= {"threadline.span.kind": "tool", "threadline.output": f'"{name}"'}
        assert span.attributes == facts
        whole[name] += 1
    assert set(whole.values()) == {3}
    tree = parents(recording.spans)
    assert all(parent == (None if " " not in name else name.partition(" ")[0]) for name, parent in tree.items())


def test_many_threads_in_one_trace_leave_nothing_open(recording):
    obs = recording.obs
    with obs.trace("turn") as trace, obs.bind_executor(ThreadPoolExecutor(16)) as pool:
        list(pool.map(lambda number: obs.span(f"step {number}").update(tags=[str(number)]).end(), range(2_000)))
        assert list(trace._state.unended) == [trace.id]
    steps = [span for span in recording.spans if span.name != "turn"]
    assert (len(steps), {span.parent_id for span in steps}) == (2_000, {trace.id})


def test_facts_that_come_while_a_span_is_read_tear_nothing(recording):
    span = recording.obs.span("busy")

    def add(thread: int) -> None:
        for number in range(1_000):
            fact = f"{thread}.{number}"
            span.update(metadata={fact: fact}, tags=[fact])

    threads = [threading.Thread(target=add, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        record = span._as_record(0, None)
        metadata = json.loads(record.attributes.get("threadline.metadata", "{}"))
        assert all(key == value for key, value in metadata.items())
    span.end()
    final = recording.named("busy").attributes
    facts = {f"{thread}.{number}" for thread in range(4) for number in range(1_000)}
    assert (set(json.loads(final["threadline.metadata"])), set(final["threadline.tags"])) == (facts, facts)


def test_of_two_threads_that_end_a_span_one_does(recording):
    for _ in range(200):
        span = recording.obs.span("once")
        threads = [threading.Thread(target=span.end) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(recording.spans) == 200


def test_a_failed_gather_leaves_nothing_open_and_every_parent_right(recording):
    obs = recording.obs

    async def work(number: int) -> None:
        async with obs.span(f"work {number}"):
            await asyncio.sleep(0)
            if number == 1:
                raise LookupError("no such parcel")
            async with obs.tool(f"tool {number}"):
                await asyncio.Event().wait()

    async def main() -> None:
        async with obs.trace("turn") as trace:
            tasks = [asyncio.create_task(work(number)) for number in range(3)]
            with pytest.raises(LookupError):
                await asyncio.gather(*tasks)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            assert list(trace._state.unended) == [trace.id]
            obs.event("after")

    asyncio.run(main())
    assert {span.name: span.error and span.error.type for span in recording.spans} == {
        "work 0": "CancelledError",
        "work 1": "LookupError",
        "work 2": "CancelledError",
        "tool 0": "CancelledError",
        "tool 2": "CancelledError",
        "after": None,
        "turn": None,
    }
    assert parents(recording.spans) == {
        "turn": None,
        **{f"work {number}": "turn" for number in range(3)},
        "tool 0": "work 0",
        "tool 2": "work 2",
        "after": "turn",
    }


def test_a_task_group_that_is_cancelled_by_a_timeout_closes_its_spans(recording):
    obs = recording.obs

    async def work(number: int) -> None:
        async with obs.span(f"work {number}"):
            await asyncio.Event().wait()

    async def main() -> None:
        async with obs.trace("turn"), asyncio.timeout(0.01), asyncio.TaskGroup() as group:
            for number in range(3):
                group.create_task(work(number))

    with pytest.raises(TimeoutError):
        asyncio.run(main())
    assert {span.name: span.error.type for span in recording.spans} == {
        **{f"work {number}": "CancelledError" for number in range(3)},
        "turn": "TimeoutError",
    }


steps = st.lists(st.tuples(st.integers(0, 3), st.sampled_from(["open", "close", "yield", "event"])), max_size=60)


@settings(max_examples=60)
@given(steps)
def test_whatever_the_schedule_each_task_sees_its_own_spans(schedule):
    """Four tasks open and close nested spans in any order; a model of plain stacks says what each parent has to be."""
    recorder, exporter = Recorder(), MemoryExporter()
    recorder.use(exporter, StepClock(), CountedIds())
    obs = Observability(recorder)
    expected: dict[str, str | None] = {}
    names = itertools.count()

    async def task(number: int) -> None:
        stack = [obs.trace(f"trace {number}")]
        for _, action in (step for step in schedule if step[0] == number):
            name = f"{number}: {next(names)}"
            if action == "open":
                expected[name] = stack[-1]._name
                stack.append(obs.span(name).__enter__())
            elif action == "event":
                expected[name] = stack[-1]._name
                obs.event(name)
            elif action == "close" and len(stack) > 1:
                stack.pop().__exit__(None, None, None)
            else:
                await asyncio.sleep(0)
        stack[0].end()

    async def main() -> None:
        await asyncio.gather(*(task(number) for number in range(4)))

    asyncio.run(main())
    expected |= {f"trace {number}": None for number in range(4)}
    assert parents(exporter.spans) == expected


def test_a_finaliser_that_records_while_we_record_is_no_harm(recording):
    obs = recording.obs

    class Noisy:
        def __init__(self) -> None:
            self.itself = self  # only the collector frees it, in the midst of whatever allocates

        def __del__(self) -> None:
            obs.event("finalised")

    before = gc.get_threshold()
    gc.set_threshold(5, 1, 1)
    try:
        for number in range(300):
            with obs.trace("turn", metadata={"number": number}):
                Noisy()
    finally:
        gc.set_threshold(*before)
        gc.collect()
    assert Counter(span.name for span in recording.spans) == {"turn": 300, "finalised": 300}


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs POSIX timers")
def test_a_signal_handler_that_records_interrupts_us_without_harm(server):
    program = """
        import os, signal, sys, time
        from threadline import init_observability
        obs = init_observability()
        count = 0

        def handler(number, frame):
            global count
            count += 1
            obs.event("signal", metadata={"count": count})

        signal.signal(signal.SIGALRM, handler)
        signal.setitimer(signal.ITIMER_REAL, 0.0005, 0.0005)
        for number in range(3000):
            with obs.trace("turn", input={"number": number}):
                obs.tool("tool").end()
        signal.setitimer(signal.ITIMER_REAL, 0)
        print(count, obs.flush(60), obs.dropped)
    """
    result = subprocess.run(
        [sys.executable, "-X", "faulthandler", "-W", "error", "-c", textwrap.dedent(program)],
        env=os.environ | {"THREADLINE_DSN": server.dsn},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert result.stderr == ""
    count, *rest = result.stdout.split()
    arrived = Counter(
        span["name"] for request in server.requests for span in request.spans if span["endTimeUnixNano"] != "0"
    )
    assert (rest, int(count) > 0) == (["True", "{}"], True)
    assert arrived == {"turn": 3_000, "tool": 3_000, "signal": int(count)}
