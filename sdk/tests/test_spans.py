import asyncio
import json
import typing

import pytest

from threadline import SpanKind, semconv
from threadline.testing import ErrorRecord, SpanRecord

TRACE_ID = f"{1:032x}"


def span_id(number: int) -> str:
    return f"{number:016x}"


def test_a_turn_of_a_conversation_is_recorded_whole(recording):
    obs = recording.obs
    trace = obs.trace(
        name="chat-turn",
        session_id="conversation-abc123",
        user_id="user-456",
        input={"message": "Hello!"},
        metadata={"channel": "web"},
        tags=["conversion"],
    )
    generation = obs.generation(name="generate-response", model_name="gpt-4o", input={"messages": []})
    generation.end(output={"content": "Hi."}, prompt_tokens=150, completion_tokens=50)
    trace.end(output={"response": "Hi."})

    whose = {"session.id": "conversation-abc123", "user.id": "user-456"}
    assert recording.spans == [
        SpanRecord(
            trace_id=TRACE_ID,
            span_id=span_id(2),
            parent_id=span_id(1),
            name="generate-response",
            start_ns=1_000,
            end_ns=2_000,
            attributes={
                "threadline.span.kind": "generation",
                "threadline.input": '{"messages":[]}',
                "gen_ai.request.model": "gpt-4o",
                "threadline.output": '{"content":"Hi."}',
                "gen_ai.usage.input_tokens": 150,
                "gen_ai.usage.output_tokens": 50,
                **whose,
            },
            error=None,
        ),
        SpanRecord(
            trace_id=TRACE_ID,
            span_id=span_id(1),
            parent_id=None,
            name="chat-turn",
            start_ns=0,
            end_ns=3_000,
            attributes={
                "threadline.span.kind": "span",
                "threadline.input": '{"message":"Hello!"}',
                "threadline.output": '{"response":"Hi."}',
                "threadline.metadata": '{"channel":"web"}',
                "threadline.tags": ["conversion"],
                **whose,
            },
            error=None,
        ),
    ]


def test_the_kinds_are_those_of_the_wire():
    assert typing.get_args(SpanKind) == semconv.KINDS


def test_each_call_records_its_kind(recording):
    obs = recording.obs
    with obs.trace("turn"):
        obs.generation("g").end()
        obs.tool("t").end()
        obs.event("e")
        obs.span("s").end()
        obs.span("r", kind="retriever").end()
    kinds = {span.name: span.attributes[semconv.KIND] for span in recording.spans}
    assert kinds == {"g": "generation", "t": "tool", "e": "event", "s": "span", "r": "retriever", "turn": "span"}


def test_names_have_defaults(recording):
    obs = recording.obs
    with obs.trace():
        obs.generation().end()
        obs.tool().end()
        obs.event()
        obs.span().end()
    assert [span.name for span in recording.spans] == ["generation", "tool", "event", "span", "trace"]


def test_an_event_has_ended_when_it_is_recorded(recording):
    event = recording.obs.event("clicked", input={"button": "buy"}, output=True)
    (span,) = recording.spans
    assert (event.has_ended, span.attributes["threadline.input"], span.attributes["threadline.output"]) == (
        True,
        '{"button":"buy"}',
        "true",
    )


def test_the_first_end_counts(recording):
    trace = recording.obs.trace()
    trace.end(output=1)
    trace.end(output=2)
    trace.error(ValueError())
    (span,) = recording.spans
    assert (span.attributes["threadline.output"], span.error) == ("1", None)


def test_a_block_ends_its_span_once(recording):
    with recording.obs.trace() as trace:
        trace.end()
    assert len(recording.spans) == 1


def test_later_facts_win_and_are_added(recording):
    span = recording.obs.span("draft", input=1, metadata={"a": 1, "b": 1}, tags=["x"])
    span.update(name="final", input=2, metadata={"b": 2}, tags=["y", "x"]).end(metadata={"c": 3})
    (record,) = recording.spans
    assert (record.name, record.attributes) == (
        "final",
        {
            "threadline.span.kind": "span",
            "threadline.input": "2",
            "threadline.metadata": '{"a":1,"b":2,"c":3}',
            "threadline.tags": ["x", "y"],
        },
    )


def test_values_are_recorded_as_they_were_when_given(recording):
    messages = ["first"]
    span = recording.obs.span(input=messages, metadata={"messages": messages})
    messages.append("second")
    span.end()
    (record,) = recording.spans
    assert (record.attributes["threadline.input"], record.attributes["threadline.metadata"]) == (
        '["first"]',
        '{"messages":["first"]}',
    )


def test_an_error_has_type_message_and_stack(recording):
    try:
        raise LookupError("no such parcel")
    except LookupError as error:
        recording.obs.trace().error(error)
    (span,) = recording.spans
    assert span.error is not None
    assert span.error._replace(stack="") == ErrorRecord("LookupError", "no such parcel", "", at_ns=1_000)
    assert span.error.stack.startswith("Traceback (most recent call last):")
    assert span.error.stack.endswith("LookupError: no such parcel\n")


def test_an_error_can_be_a_text(recording):
    recording.obs.trace().error("quota exceeded")
    assert recording.spans[0].error == ErrorRecord("Error", "quota exceeded", "", at_ns=1_000)


def test_an_exception_fails_the_block_and_goes_on(recording):
    with pytest.raises(ValueError, match="wrong"), recording.obs.span():
        raise ValueError("wrong")
    assert recording.spans[0].error.message == "wrong"


def test_a_closed_generator_has_not_failed(recording):
    def words():
        with recording.obs.span("stream"):
            yield "a"
            yield "b"

    stream = words()
    next(stream)
    stream.close()
    assert recording.named("stream").error is None


async def _cancelled_inside(obs):
    started = asyncio.Event()

    async def work():
        async with obs.span("work"):
            started.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(work())
    await started.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def test_a_cancelled_task_ends_its_span_as_cancelled(recording):
    asyncio.run(_cancelled_inside(recording.obs))
    assert recording.named("work").error.type == "CancelledError"


def test_ends_and_errors_may_be_awaited(recording):
    async def turn():
        async with recording.obs.trace("turn"):
            await recording.obs.generation().end(prompt_tokens=1)
            await recording.obs.tool().error(ValueError())

    asyncio.run(turn())
    assert [span.name for span in recording.spans] == ["generation", "tool", "turn"]


def test_spans_side_by_side_are_siblings(recording):
    obs = recording.obs
    with obs.trace("turn") as trace:
        first, second = obs.generation("first"), obs.generation("second")
        first.end()
        second.end()
    assert [recording.named(name).parent_id for name in ("first", "second")] == [trace.id, trace.id]


def test_a_block_is_the_parent_of_what_starts_in_it(recording):
    obs = recording.obs
    with obs.trace("turn"), obs.span("agent") as agent:
        with obs.tool("search") as tool:
            obs.generation("rank").end()
        obs.event("found")
    parents = {name: recording.named(name).parent_id for name in ("search", "rank", "found")}
    assert parents == {"search": agent.id, "rank": tool.id, "found": agent.id}


def test_a_parent_can_be_named(recording):
    obs = recording.obs
    with obs.trace("first") as first, obs.trace("second"):
        obs.tool("late", parent=first).end()
    late = recording.named("late")
    assert (late.parent_id, late.trace_id) == (first.id, first.trace_id)


def test_a_span_outside_every_trace_is_a_trace_of_its_own(recording):
    obs = recording.obs
    obs.generation("a").end()
    obs.generation("b").end()
    assert [(span.trace_id, span.parent_id) for span in recording.spans] == [(f"{1:032x}", None), (f"{2:032x}", None)]


def test_ids_are_readable_from_the_handles(recording):
    with recording.obs.trace(session_id="s", user_id="u"):
        span = recording.obs.span()
    assert (span.id, span.trace_id, span.session_id, span.user_id) == (span_id(2), TRACE_ID, "s", "u")


@pytest.mark.parametrize("wrong", [object(), 5, "text", [1], {"a": 1}, float("nan")])
def test_wrong_types_never_raise(recording, wrong):
    obs = recording.obs
    with (
        obs.session(wrong, user_id=wrong),
        obs.trace(wrong, session_id=wrong, user_id=wrong, metadata=wrong, tags=["a"]),
    ):
        span = obs.span(wrong, kind=wrong, parent=wrong)
        span.error(wrong)
    assert json.loads(recording.spans[1].attributes["threadline.metadata"])
