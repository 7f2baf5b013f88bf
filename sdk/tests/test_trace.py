import asyncio
import gc
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

import pytest


def test_a_trace_is_current_from_its_start_to_its_end(recording):
    obs = recording.obs
    trace = obs.trace("turn")
    obs.tool("inside").end()
    trace.end()
    obs.tool("after").end()
    assert (recording.named("inside").parent_id, recording.named("after").parent_id) == (trace.id, None)


def test_a_trace_inside_another_is_a_trace_of_its_own(recording):
    obs = recording.obs
    outer, inner = obs.trace("outer"), obs.trace("inner")
    inner.end()
    obs.tool("tool").end()
    outer.end()
    assert (recording.named("inner").parent_id, recording.named("tool").parent_id) == (None, outer.id)


def test_traces_may_end_in_any_order(recording):
    obs = recording.obs
    first, second = obs.trace("first"), obs.trace("second")
    first.end()
    second.end()
    obs.tool("after").end()
    assert recording.named("after").parent_id is None


def test_the_end_of_a_trace_ends_what_is_open_in_it(recording):
    obs = recording.obs
    trace = obs.trace("turn")
    obs.generation("answer", model_name="gpt-4o")
    trace.end()
    assert [(span.name, span.end_ns, span.error) for span in recording.spans] == [
        ("answer", 2_000, None),
        ("turn", 2_000, None),
    ]


def test_the_end_of_another_span_ends_nothing_else(recording):
    obs = recording.obs
    with obs.trace("turn"):
        with obs.span("agent"):
            child = obs.tool("search")
        assert [span.name for span in recording.spans] == ["agent"]
        child.end()


def test_a_failed_trace_fails_what_is_open_in_it(recording):
    obs = recording.obs
    trace = obs.trace("turn")
    obs.tool("lookup").end()
    obs.generation("answer")
    trace.error(TimeoutError("the model did not answer"))
    assert {span.name: span.error and span.error.message for span in recording.spans} == {
        "lookup": None,
        "answer": "the model did not answer",
        "turn": "the model did not answer",
    }


def test_what_outlives_its_trace_is_delivered_again_with_its_own_end(recording):
    obs = recording.obs
    trace = obs.trace("turn")
    generation = obs.generation("title")
    trace.end()
    generation.end(output="Parcel", prompt_tokens=5)
    provisional, _, final = recording.spans
    assert (provisional.span_id, provisional.end_ns) == (final.span_id, 2_000)
    assert (final.end_ns, final.attributes["gen_ai.usage.input_tokens"]) == (3_000, 5)


def test_a_background_task_still_belongs_to_the_trace_that_started_it(recording):
    obs = recording.obs

    async def summarise(may_go: asyncio.Event) -> None:
        await may_go.wait()
        obs.generation("summary").end()

    async def turn() -> None:
        may_go = asyncio.Event()
        async with obs.trace("turn"):
            task = asyncio.create_task(summarise(may_go))
            await asyncio.sleep(0)
        may_go.set()
        await task

    asyncio.run(turn())
    assert recording.named("summary").trace_id == recording.named("turn").trace_id


def test_concurrent_tasks_have_traces_of_their_own(recording):
    obs = recording.obs

    async def turn(number: int) -> None:
        trace = obs.trace(f"turn-{number}")
        await asyncio.sleep(0)
        obs.tool(f"tool-{number}").end()
        await asyncio.sleep(0)
        await trace.end()

    async def main() -> None:
        await asyncio.gather(*(turn(number) for number in range(5)))

    asyncio.run(main())
    for number in range(5):
        assert recording.named(f"tool-{number}").parent_id == recording.named(f"turn-{number}").span_id


def test_a_thread_takes_its_parent_by_context_or_by_name(recording):
    obs = recording.obs
    with obs.trace("turn") as trace, ThreadPoolExecutor(1) as pool:
        pool.submit(copy_context().run, lambda: obs.tool("by context").end()).result()
        pool.submit(lambda: obs.tool("by name", parent=trace).end()).result()
        pool.submit(lambda: obs.tool("neither").end()).result()
    parents = {name: recording.named(name).parent_id for name in ("by context", "by name", "neither")}
    assert parents == {"by context": trace.id, "by name": trace.id, "neither": None}


def test_a_trace_can_be_ended_by_another_thread(recording):
    obs = recording.obs
    trace = obs.trace("turn")
    thread = threading.Thread(target=trace.end)
    thread.start()
    thread.join()
    assert recording.named("turn").parent_id is None


def test_traces_that_nobody_ends_do_not_pile_up(obs):
    forgotten = [weakref.ref(obs.trace()) for _ in range(5)]
    last = obs.trace()
    gc.collect()
    assert [reference() for reference in forgotten] == [None] * 5
    last.end()


def test_a_trace_learns_its_session_and_user_later(recording):
    trace = recording.obs.trace("turn")
    trace.update(session_id="conversation-1", user_id="user-1")
    recording.obs.tool("search").end()
    trace.end()
    for span in recording.spans:
        assert (span.attributes["session.id"], span.attributes["user.id"]) == ("conversation-1", "user-1")


@pytest.mark.parametrize("session_id", ["a b/c\"'é🙂", "x" * 512])
def test_a_session_id_is_any_text(recording, session_id):
    recording.obs.trace("turn", session_id=session_id).end()
    assert recording.named("turn").attributes["session.id"] == session_id


@pytest.mark.parametrize("session_id", ["", "x" * 513])
def test_an_impossible_session_id_is_reported_and_the_trace_kept(recording, caplog, session_id):
    recording.obs.trace("turn", session_id=session_id).end()
    assert "session.id" not in recording.named("turn").attributes
    assert f"ignored a session id of {len(session_id)} characters: it must have 1 to 512" in caplog.text


def test_many_threads_record_every_span_once(recording):
    obs = recording.obs

    def work(number: int) -> None:
        with obs.trace(f"turn-{number}"):
            for _ in range(50):
                obs.tool().end()

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(work, range(16)))
    assert len({span.span_id for span in recording.spans}) == len(recording.spans) == 16 * 51
