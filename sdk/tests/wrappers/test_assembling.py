"""A law: whatever pieces an answer is streamed in, put together it is the answer."""

import json
from itertools import pairwise
from types import SimpleNamespace as Events

from hypothesis import given
from hypothesis import strategies as st
from openai.types.chat import ChatCompletionChunk
from openai.types.chat.chat_completion_chunk import ChoiceDelta
from openai.types.responses import ResponseErrorEvent

from threadline._clients.anthropic_messages import Messages
from threadline._clients.openai_chat import ChatCompletions
from threadline._clients.openai_responses import Responses

words = st.text(min_size=1, max_size=20)
names = st.sampled_from(["get_weather", "search"])


@st.composite
def pieces(draw, text):
    """``text`` in pieces of any length."""
    cuts = sorted({0, len(text), *draw(st.lists(st.integers(0, len(text)), max_size=4))})
    return [text[start:end] for start, end in pairwise(cuts)]


def chat_calls(draw):
    return [
        {"id": f"call_{at}", "type": "function", "function": {"name": draw(names), "arguments": draw(words)}}
        for at in range(draw(st.integers(0, 3)))
    ]


@st.composite
def completions(draw):
    """Choices and, for each of them, the deltas that say the same, all choices in any order among each other."""
    choices, queues = [], []
    for index in range(draw(st.integers(1, 3))):
        text, calls = draw(words), chat_calls(draw)
        message = {"role": "assistant", "content": text} | ({"tool_calls": calls} if calls else {})
        choices.append({"index": index, "message": message, "finish_reason": "stop"})
        deltas = [{"role": "assistant"}, *({"content": piece} for piece in draw(pieces(text)))]
        for at, call in enumerate(calls):
            begun = {"index": at, **call, "function": {**call["function"], "arguments": ""}}
            told = [
                {"index": at, "function": {"arguments": piece}} for piece in draw(pieces(call["function"]["arguments"]))
            ]
            deltas += [{"tool_calls": [piece]} for piece in (begun, *told)]
        queues.append([{"index": index, "delta": delta, "finish_reason": None} for delta in deltas])
        queues[-1].append({"index": index, "delta": {}, "finish_reason": "stop"})
    order = draw(st.permutations([at for at, queue in enumerate(queues) for _ in queue]))
    return choices, [queues[at].pop(0) for at in order]


@given(completions())
def test_chunks_of_several_choices_and_calls_make_the_completion(told):
    choices, streamed = told
    usage = {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}
    facts = {"id": "chatcmpl-1", "created": 1, "model": "gpt-4o", "object": "chat.completion.chunk"}
    assembler = ChatCompletions().assembler()
    for choice in streamed:
        assembler.take(ChatCompletionChunk.model_validate({**facts, "choices": [choice]}))
    assembler.take(ChatCompletionChunk.model_validate({**facts, "choices": [], "usage": usage}))
    assert assembler.whole() == {"id": "chatcmpl-1", "model": "gpt-4o", "usage": usage, "choices": choices}


def test_calls_without_an_index_are_told_apart_by_their_ids():
    def chunk(calls):
        delta = ChoiceDelta.model_construct(tool_calls=calls)
        return Events(choices=[Events(index=0, finish_reason=None, delta=delta)])

    assembler = ChatCompletions().assembler()
    assembler.take(chunk([{"id": "a", "function": {"name": "f", "arguments": "{"}}]))
    assembler.take(chunk([{"function": {"arguments": "}"}}]))
    assembler.take(chunk([{"id": "b", "function": {"name": "g", "arguments": "{}"}}]))
    (choice,) = assembler.whole()["choices"]
    assert choice["message"]["tool_calls"] == [
        {"id": "a", "function": {"name": "f", "arguments": "{}"}},
        {"id": "b", "function": {"name": "g", "arguments": "{}"}},
    ]


@st.composite
def messages(draw):
    blocks, events = [], []
    for index in range(draw(st.integers(1, 4))):
        if draw(st.booleans()):
            text = draw(words)
            blocks.append({"type": "text", "text": text})
            begun = {"type": "text", "text": ""}
            deltas = [Events(type="text_delta", text=piece) for piece in draw(pieces(text))]
        else:
            arguments = {"city": draw(words)}
            blocks.append({"type": "tool_use", "id": f"t{index}", "name": draw(names), "input": arguments})
            begun = blocks[-1] | {"input": {}}
            told = draw(pieces(json.dumps(arguments)))
            deltas = [Events(type="input_json_delta", partial_json=piece) for piece in told]
        events.append(Events(type="content_block_start", index=index, content_block=begun))
        events += [Events(type="content_block_delta", index=index, delta=delta) for delta in deltas]
        events.append(Events(type="content_block_stop", index=index))
    return blocks, events


@given(messages())
def test_events_of_blocks_make_the_message(told):
    blocks, events = told
    assembler = Messages().assembler()
    begun = {"id": "msg_1", "model": "claude", "usage": {"input_tokens": 3, "output_tokens": 1}}
    assembler.take(Events(type="message_start", message=begun))
    for event in events:
        assembler.take(event)
    assembler.take(Events(type="message_delta", delta={"stop_reason": "end_turn"}, usage={"output_tokens": 7}))
    assembler.take(Events(type="message_stop"))
    usage = {"input_tokens": 3, "output_tokens": 7}
    assert assembler.whole() == begun | {"stop_reason": "end_turn", "usage": usage, "content": blocks}


def test_arguments_that_break_off_are_kept_as_they_came():
    assembler = Messages().assembler()
    assembler.take(
        Events(type="content_block_start", index=0, content_block={"type": "tool_use", "name": "f", "input": {}})
    )
    delta = Events(type="input_json_delta", partial_json='{"city": "Par')
    assembler.take(Events(type="content_block_delta", index=0, delta=delta))
    assert assembler.whole() == {"content": [{"type": "tool_use", "name": "f", "input": '{"city": "Par'}]}


def test_a_response_that_fails_in_the_middle_says_why():
    assembler = Responses().assembler()
    assembler.take(Events(type="response.created", response={"id": "resp_1", "model": "gpt-4o"}))
    item = {"type": "message", "role": "assistant", "content": []}
    assembler.take(Events(type="response.output_item.added", output_index=0, item=item))
    delta = {"output_index": 0, "content_index": 0, "delta": "Once"}
    assert assembler.take(Events(type="response.output_text.delta", **delta))
    error = {
        "type": "error",
        "code": "server_error",
        "message": "the model is away",
        "param": None,
        "sequence_number": 3,
    }
    assembler.take(ResponseErrorEvent.model_validate(error))
    answer = Responses().answer(assembler.whole())
    content = [{"type": "output_text", "text": "Once"}]
    assert answer.output == {"output": [item | {"content": content}]}
    assert (answer.response_id, answer.failure) == ("resp_1", "server_error: the model is away")
