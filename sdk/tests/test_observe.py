import asyncio
import functools
import gc
import inspect
from collections.abc import AsyncIterator, Iterator

import pytest

from threadline import get_observability, init_observability, observe
from threadline.testing import CountedIds, MemoryExporter, SpanRecord, StepClock


@pytest.fixture
def spans() -> Iterator[list[SpanRecord]]:
    exporter = MemoryExporter()
    obs = init_observability(exporter=exporter, clock=StepClock(0, 1_000_000), ids=CountedIds())
    yield exporter.spans
    obs.shutdown()


def facts(span: SpanRecord) -> dict[str, object]:
    named = {"threadline.span.kind": "kind", "threadline.input": "input", "threadline.output": "output"}
    told = {named[name]: value for name, value in span.attributes.items() if name in named}
    return {"name": span.name, **told, "error": span.error and span.error.type}


def parents(spans: list[SpanRecord]) -> dict[str, str | None]:
    names = {span.span_id: span.name for span in spans}
    return {span.name: names.get(span.parent_id or "") for span in spans}


def test_a_call_is_a_span_with_its_arguments_by_name_and_its_result(spans):
    @observe
    def add(first, second=2, *more, scale=1):
        return (first + second + sum(more)) * scale

    assert add(1, 2, 3, 4, scale=10) == 100
    assert [facts(span) for span in spans] == [
        {
            "name": "add",
            "kind": "span",
            "input": '{"first":1,"second":2,"more":[3,4],"scale":10}',
            "output": "100",
            "error": None,
        }
    ]


def test_a_call_without_arguments_and_result_has_neither(spans):
    @observe
    def tick():
        pass

    tick()
    assert facts(spans[0]) == {"name": "tick", "kind": "span", "error": None}


def test_name_and_kind_can_be_given_and_values_left_out(spans):
    @observe(name="lookup", kind="tool", capture_input=False, capture_output=False)
    def secret(card):
        return card

    assert secret("4111") == "4111"
    assert facts(spans[0]) == {"name": "lookup", "kind": "tool", "error": None}


class Agent:
    @observe
    def method(self, question):
        return question

    @classmethod
    @observe
    def below(cls, question):
        return question

    @observe
    @classmethod
    def above(cls, question):
        return question

    @observe
    @staticmethod
    def static(question):
        return question

    def __call__(self, question):
        return question


def test_the_object_of_a_method_is_no_argument(spans):
    agent = Agent()
    bound = observe(agent.method.__func__.__get__(agent))
    for call in (agent.method, Agent.below, agent.above, agent.static, bound, observe(agent)):
        assert call("why?") == "why?"
    assert {span.attributes["threadline.input"] for span in spans} == {'{"question":"why?"}'}
    assert [span.name for span in spans] == ["method", "below", "above", "static", "method", "method", "Agent"]


def test_callables_without_names_of_arguments_are_recorded_too(spans):
    assert observe(functools.partial(int, base=2))("11") == 3
    assert observe(max)(1, 2) == 2
    assert [facts(span)["input"] for span in spans] == ['{"args":["11"]}', '{"args":[1,2]}']


def test_calls_inside_are_children(spans):
    @observe
    def inner():
        get_observability().event("found")

    @observe
    def outer():
        inner()

    outer()
    assert parents(spans) == {"found": "inner", "inner": "outer", "outer": None}


def test_an_exception_fails_the_span_and_goes_on(spans):
    @observe
    def fail():
        raise LookupError("no such parcel")

    with pytest.raises(LookupError, match="no such parcel"):
        fail()
    assert facts(spans[0])["error"] == "LookupError"


def test_coroutines_are_awaited(spans):
    @observe
    async def inner(number):
        await asyncio.sleep(0)
        return number

    @observe
    async def outer():
        return await asyncio.gather(*(inner(number) for number in range(3)))

    assert asyncio.run(outer()) == [0, 1, 2]
    assert [facts(span).get("output") for span in spans] == ["0", "1", "2", "[0,1,2]"]
    assert {span.parent_id for span in spans[:3]} == {spans[3].span_id}


def test_a_cancelled_coroutine_is_recorded_as_cancelled(spans):
    @observe
    async def wait():
        await asyncio.Event().wait()

    async def main():
        task = asyncio.create_task(wait())
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    assert (spans[0].error.type, spans[0].error.message) == ("CancelledError", "cancelled")


def test_a_generator_is_recorded_until_it_is_exhausted(spans):
    @observe(kind="generation")
    def words(text):
        yield from text.split()
        return "all"

    def read():
        return (yield from words("a b"))

    reading = read()
    assert list(reading) == ["a", "b"]
    assert facts(spans[0]) == {
        "name": "words",
        "kind": "generation",
        "input": '{"text":"a b"}',
        "output": '"ab"',
        "error": None,
    }
    assert spans[0].attributes["threadline.time_to_first_token_ms"] == 1


def test_what_is_yielded_is_a_list_unless_all_of_it_is_text(spans):
    @observe
    def mixed():
        yield "a"
        yield 1

    list(mixed())
    assert facts(spans[0])["output"] == '["a",1]'


def test_of_an_endless_generator_the_beginning_is_kept(spans, monkeypatch):
    monkeypatch.setattr("threadline._observe._MOST_ITEMS", 2)

    @observe
    def numbers():
        yield from range(5)

    list(numbers())
    assert facts(spans[0])["output"] == '[0,1,"[truncated: 3 more items]"]'


def test_a_generator_returns_and_is_sent_values_and_exceptions_as_before(spans):
    @observe
    def echo():
        heard = []
        while len(heard) < 2:
            try:
                heard.append((yield len(heard)))
            except KeyError as error:
                heard.append(error.args[0])
        return heard

    generator = echo()
    assert [next(generator), generator.send("x")] == [0, 1]
    with pytest.raises(StopIteration) as stop:
        generator.throw(KeyError("y"))
    assert stop.value.value == ["x", "y"]
    assert facts(spans[0])["error"] is None


@pytest.mark.parametrize("leave", ["close", "forget"])
def test_a_generator_that_is_not_exhausted_ends_its_span_without_an_error(spans, leave):
    closed = []

    @observe
    def words():
        try:
            yield "a"
            yield "b"
        finally:
            closed.append(True)

    generator = words()
    next(generator)
    if leave == "close":
        generator.close()
    else:
        del generator
        gc.collect()
    assert (closed, facts(spans[0])) == ([True], {"name": "words", "kind": "span", "output": '"a"', "error": None})


def test_a_generator_is_current_in_its_own_steps_only(spans):
    @observe
    def stream():
        obs = get_observability()
        with obs.span("inside"):
            obs.event("first")
            yield 1
            obs.event("second")
        yield 2

    obs = get_observability()
    with obs.trace("turn"):
        for number in stream():
            obs.event(f"consumed {number}")
    assert parents(spans) == {
        "first": "inside",
        "second": "inside",
        "inside": "stream",
        "stream": "turn",
        "consumed 1": "turn",
        "consumed 2": "turn",
        "turn": None,
    }


def test_a_generator_that_fails_fails_its_span(spans):
    @observe
    def words():
        yield "a"
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        list(words())
    assert facts(spans[0]) == {"name": "words", "kind": "span", "output": '"a"', "error": "ValueError"}


async def collect(items: AsyncIterator[object]) -> list[object]:
    return [item async for item in items]


def test_an_asynchronous_generator_is_recorded_until_it_is_exhausted(spans):
    @observe(kind="generation")
    async def words(text):
        for word in text.split():
            await asyncio.sleep(0)
            get_observability().event(word)
            yield word

    async def main():
        async with get_observability().trace("turn"):
            found = await collect(words("a b"))
            get_observability().event("after")
            return found

    assert asyncio.run(main()) == ["a", "b"]
    assert parents(spans) == {"a": "words", "b": "words", "words": "turn", "after": "turn", "turn": None}
    assert facts(spans[2])["output"] == '"ab"'


def test_an_asynchronous_generator_is_sent_values_and_exceptions_as_before(spans):
    heard = []

    @observe
    async def echo():
        while True:
            try:
                heard.append((yield len(heard)))
            except KeyError as error:
                heard.append(error.args[0])

    async def main():
        generator = echo()
        assert [await anext(generator), await generator.asend("x"), await generator.athrow(KeyError("y"))] == [0, 1, 2]
        await generator.aclose()

    asyncio.run(main())
    assert (heard, facts(spans[0])["output"], facts(spans[0])["error"]) == (["x", "y"], "[0,1,2]", None)


def test_an_asynchronous_generator_that_is_not_exhausted_ends_its_span(spans):
    async def main():
        obs, closed = get_observability(), asyncio.Event()

        @observe
        async def words():
            try:
                yield "a"
                yield "b"
            finally:
                await asyncio.sleep(0)
                closed.set()

        async with obs.trace("turn"):
            async for _ in words():
                break
            gc.collect()
            await closed.wait()  # the loop closes what nobody holds any longer
            await asyncio.sleep(0)
            obs.event("after")

    asyncio.run(main())
    assert (facts(spans[0]), parents(spans)["after"]) == (
        {"name": "words", "kind": "span", "output": '"a"', "error": None},
        "turn",
    )


def test_an_asynchronous_generator_that_is_cancelled_is_recorded_as_cancelled(spans):
    @observe
    async def words():
        yield "a"
        await asyncio.Event().wait()

    async def main():
        task = asyncio.create_task(collect(words()))
        for _ in range(3):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(main())
    assert facts(spans[0])["error"] == "CancelledError"


def test_what_is_observed_stays_what_it_was():
    def function(first: int, *, second: str = "x") -> str:
        """Says what it does."""

    async def coroutine(): ...

    def generator():
        yield

    async def async_generator():
        yield

    assert inspect.signature(observe(function)) == inspect.signature(function)
    assert observe(function).__doc__ == "Says what it does."
    checks = [inspect.iscoroutinefunction, inspect.isgeneratorfunction, inspect.isasyncgenfunction]
    made = [[check(observe(each)) for check in checks] for each in (function, coroutine, generator, async_generator)]
    assert made == [[False] * 3, [True, False, False], [False, True, False], [False, False, True]]


def test_without_any_initialisation_functions_run_as_they_are():
    @observe
    def double(number):
        return number * 2

    assert double(2) == 4


def test_what_cannot_be_called_fails_when_it_is_called_and_not_before(spans):
    for wrapped in (observe(5), get_observability().bind(5)):
        with pytest.raises(TypeError, match="not callable"):
            wrapped()
