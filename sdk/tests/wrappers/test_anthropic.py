"""Anthropic's own client against a stand-in for its API."""

import asyncio
import json

import anthropic
import pytest
from anthropic import Anthropic, AsyncAnthropic

from threadline.anthropic import wrap

TOOLS = [{"name": "get_weather", "description": "The weather in a city.", "input_schema": {"type": "object"}}]
ASKED = {
    "model": "claude-opus-4-8",
    "max_tokens": 200,
    "system": "Be brief.",
    "messages": [{"role": "user", "content": "What is the weather in Paris?"}],
    "tools": TOOLS,
}
STORY = ASKED | {"messages": [{"role": "user", "content": "Tell me a story."}]}
REFUSED = ASKED | {"messages": [{"role": "user", "content": "Please trigger a failure now."}]}


@pytest.fixture
def client(models, recorded):
    with wrap(Anthropic(base_url=models, api_key="secret", max_retries=0)) as client:
        yield client


@pytest.fixture
def async_client(models, recorded):
    return wrap(AsyncAnthropic(base_url=models, api_key="secret", max_retries=0))


def facts(span):
    told = {
        name: json.loads(value)
        if name.startswith("threadline.") and isinstance(value, str) and value[0] in "{["
        else value
        for name, value in span.attributes.items()
        if name not in {"gen_ai.response.id", "threadline.time_to_first_token_ms"}
    }
    for block in told.get("threadline.output", {}).get("content", []):
        block.pop("id", None)
    return told


def message(**parameters):
    return {
        "threadline.span.kind": "generation",
        "threadline.input": {"messages": ASKED["messages"], "system": "Be brief.", "tools": TOOLS},
        "threadline.model_parameters": {"max_tokens": 200, **parameters},
        "threadline.output": {
            "role": "assistant",
            "content": [{"type": "tool_use", "name": "get_weather", "input": {"city": "Paris"}}],
        },
        "gen_ai.request.model": "claude-opus-4-8",
        "gen_ai.response.model": "claude-sonnet-4-5-20250929",
        "gen_ai.response.finish_reasons": ["tool_use"],
        "gen_ai.usage.input_tokens": 120,
        "gen_ai.usage.output_tokens": 17,
        "gen_ai.usage.cache_read.input_tokens": 64,
        "gen_ai.usage.cache_creation.input_tokens": 32,
    }


def test_a_message_is_a_generation_whose_prompt_includes_the_cache(client, recorded):
    answer = client.messages.create(**ASKED)
    assert (type(answer), answer.usage.input_tokens) == (anthropic.types.Message, 24)
    assert (recorded.only.name, facts(recorded.only)) == ("chat claude-opus-4-8", message())


def test_a_stream_of_events_tells_the_same(client, recorded):
    with client.messages.create(stream=True, **ASKED) as stream:
        assert type(stream) is anthropic.Stream
        assert [event.type for event in stream][-1] == "message_stop"
    assert facts(recorded.only) == message(stream=True)
    assert recorded.only.attributes["threadline.time_to_first_token_ms"] > 0


def test_the_helper_for_streams_gives_its_final_message(client, recorded):
    with client.messages.stream(**ASKED) as stream:
        assert type(stream) is anthropic.MessageStream
        assert stream.get_final_message().content[0].input == {"city": "Paris"}
    assert facts(recorded.only) == message(stream=True)


def test_a_stream_of_text_that_is_left_early_ends_with_what_came(client, recorded):
    asked = ASKED | {"messages": [{"role": "user", "content": "Hello, my name is Ada."}]}
    with client.messages.stream(**asked) as stream:
        words = [next(stream.text_stream), next(stream.text_stream)]
    assert facts(recorded.only)["threadline.output"]["content"] == [{"type": "text", "text": "".join(words)}]


def test_a_stream_that_breaks_ends_as_failed_with_what_came(client, recorded):
    with pytest.raises(Exception, match="peer closed connection") as caught:
        list(client.messages.create(stream=True, **STORY))
    span = recorded.only
    assert (span.error.type, span.error.message) == (type(caught.value).__name__, str(caught.value))
    assert facts(span)["threadline.output"]["content"] == [{"type": "text", "text": "Once upon a time "}]


def test_an_error_reaches_the_program(client, recorded):
    with pytest.raises(anthropic.BadRequestError) as caught:
        client.messages.create(**REFUSED)
    span = recorded.only
    assert (span.error.type, span.error.message) == ("BadRequestError", str(caught.value))
    assert span.attributes["http.response.status_code"] == 400


def test_raw_and_copied_clients_record_too(client, recorded):
    assert client.messages.with_raw_response.create(**ASKED).parse().stop_reason == "tool_use"
    with client.messages.with_streaming_response.create(**ASKED) as raw:
        assert raw.parse().stop_reason == "tool_use"
    client.with_options(timeout=5).messages.create(**ASKED)
    client.beta.messages.create(**ASKED)
    assert [facts(span)["gen_ai.usage.input_tokens"] for span in recorded.spans] == [120] * 4


def test_tokens_that_are_only_counted_are_no_call_of_the_model(client, recorded):
    with pytest.raises(anthropic.NotFoundError):
        client.messages.count_tokens(model="claude-opus-4-8", messages=ASKED["messages"])
    assert recorded.spans == []


def test_what_opens_remote_tools_is_not_recorded(client, recorded):
    server = {"type": "url", "name": "shop", "url": "https://shop.example", "authorization_token": "secret"}
    client.beta.messages.create(mcp_servers=[server], **ASKED)
    assert "secret" not in str(recorded.only)


def test_asynchronous_calls_tell_the_same(async_client, recorded):
    async def calls():
        await async_client.messages.create(**ASKED)
        async for _ in await async_client.messages.create(stream=True, **ASKED):
            pass
        async with async_client.messages.stream(**ASKED) as stream:
            assert (await stream.get_final_message()).stop_reason == "tool_use"
        async with async_client.messages.stream(**STORY) as stream:
            await anext(stream)
        with pytest.raises(anthropic.BadRequestError):
            await async_client.messages.create(**REFUSED)

    asyncio.run(calls())
    plain, stream, helper, _, _ = (facts(span) for span in recorded.spans)
    assert plain == message()
    assert stream == helper == message(stream=True)
    assert [span.error and span.error.type for span in recorded.spans] == [None, None, None, None, "BadRequestError"]


def test_wrapping_twice_records_once(client, recorded):
    assert wrap(client) is client
    client.messages.create(**ASKED)
    assert len(recorded.spans) == 1
