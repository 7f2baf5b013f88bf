"""What is current here is so in threads, executors and tasks that were told."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

from threadline import Observability


def test_a_bound_function_runs_in_the_session_and_under_the_span_it_was_bound_in(recording):
    obs = recording.obs

    def work(name: str, *, again: bool) -> str:
        obs.tool(name).end()
        obs.trace("of its own").end()
        return f"{name} {again}"

    with obs.session("conversation-1", user_id="user-1"), obs.trace("turn") as trace:
        bound = obs.bind(work)
    results = []
    thread = threading.Thread(target=lambda: results.append(bound("search", again=True)))
    thread.start()
    thread.join()
    own = recording.named("of its own").attributes
    assert (results, recording.named("search").parent_id) == (["search True"], trace.id)
    assert (own["session.id"], own["user.id"]) == ("conversation-1", "user-1")


def test_afterwards_the_thread_is_where_it_was(recording):
    obs = recording.obs
    with obs.trace("turn"):
        bound = obs.bind(lambda: obs.trace("left open"))
    with obs.trace("elsewhere") as elsewhere:
        bound()
        obs.tool("after").end()
    assert recording.named("after").parent_id == elsewhere.id


def test_a_bound_function_can_run_many_times_at_once(recording):
    obs = recording.obs
    together = threading.Barrier(4)

    def work() -> None:
        together.wait(30)
        obs.tool("work").end()

    with obs.trace("turn") as trace:
        bound = obs.bind(work)
    threads = [threading.Thread(target=bound) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [span.parent_id for span in recording.spans if span.name == "work"] == [trace.id] * 4


def test_coroutines_and_generators_can_be_bound(recording):
    obs = recording.obs

    async def coroutine() -> None:
        await asyncio.sleep(0)
        obs.tool("coroutine").end()

    def generator():
        obs.tool("generator").end()
        yield

    async def async_generator():
        obs.tool("async generator").end()
        yield

    with obs.trace("turn") as trace:
        bound = [obs.bind(each) for each in (coroutine, generator, async_generator)]

    async def main() -> None:
        await bound[0]()
        list(bound[1]())
        async for _ in bound[2]():
            obs.tool("consumer").end()

    asyncio.run(main())
    assert {span.name: span.parent_id for span in recording.spans if span.name != "turn"} == {
        "coroutine": trace.id,
        "generator": trace.id,
        "async generator": trace.id,
        "consumer": None,
    }


def test_a_bound_executor_runs_each_job_where_it_was_submitted(recording):
    obs = recording.obs

    def work(number: int) -> int:
        obs.tool(f"work {number}").end()
        return number

    async def main(pool) -> None:
        with obs.session("conversation-2"), obs.trace("second") as second:
            await asyncio.get_running_loop().run_in_executor(pool, work, 3)
        assert recording.named("work 3").parent_id == second.id

    with obs.bind_executor(ThreadPoolExecutor(2)) as pool:
        with obs.session("conversation-1"), obs.trace("first") as first:
            assert pool.submit(work, number=1).result() == 1
            assert list(pool.map(work, [2])) == [2]
        asyncio.run(main(pool))
        pool.submit(work, 4).result()
    assert [recording.named(f"work {number}").parent_id for number in (1, 2, 4)] == [first.id, first.id, None]


def test_tasks_and_to_thread_inherit_what_is_current(recording):
    obs = recording.obs

    async def main() -> None:
        async with obs.session("conversation-1"), obs.trace("turn"):
            await asyncio.to_thread(lambda: obs.tool("thread").end())
            await asyncio.create_task(tool(obs))

    asyncio.run(main())
    assert {recording.named(name).parent_id for name in ("thread", "task")} == {recording.named("turn").span_id}


async def tool(obs: Observability) -> None:
    obs.tool("task").end()


def test_the_current_span_and_session_can_be_asked_for(obs):
    assert (obs.current_span(), obs.current_session()) == (None, None)
    with obs.session("conversation-1") as session, obs.trace("turn") as trace:
        assert (obs.current_span(), obs.current_session()) == (trace, session)
        with obs.generation("answer") as generation:
            assert obs.current_span() is generation


def test_flush_and_shutdown_can_be_awaited(recording):
    async def main() -> list[bool]:
        return [await recording.obs.aflush(timeout=1), await recording.obs.ashutdown(timeout=1)]

    assert (asyncio.run(main()), recording.obs.is_initialized()) == ([True, True], False)
