"""OpenAI's own client against a stand-in for its API: what is recorded, and that the program notices nothing."""

import asyncio
import copy
import gc
import json

import httpx2
import openai
import pytest
from openai import AsyncOpenAI, AzureOpenAI, OpenAI
from openai.lib.streaming.chat import ChatCompletionStream
from pydantic import BaseModel

from threadline._clients import openai_chat
from threadline._guard import Guard
from threadline.openai import wrap

ASKED = {
    "model": "gpt-4o-mini",
    "messages": [{"role": "user", "content": "What is the weather in Paris?"}],
    "temperature": 0.2,
    "tools": [{"type": "function", "function": {"name": "get_weather", "parameters": {}}}],
}
GREETING = ASKED | {"messages": [{"role": "user", "content": "Hello, my name is Ada."}]}
STORY = ASKED | {"messages": [{"role": "user", "content": "Tell me a story."}]}
REFUSED = ASKED | {"messages": [{"role": "user", "content": "Please trigger a failure now."}]}
CALL = {"type": "function", "function": {"name": "get_weather", "arguments": '{"city": "Paris"}'}}
USAGE = {
    "gen_ai.usage.input_tokens": 120,
    "gen_ai.usage.output_tokens": 17,
    "gen_ai.usage.cache_read.input_tokens": 64,
    "gen_ai.usage.reasoning.output_tokens": 5,
}
TOLD = {"stream_options": {"include_usage": True}}


@pytest.fixture
def client(models, recorded):
    with wrap(OpenAI(base_url=f"{models}/v1", api_key="secret", max_retries=0)) as client:
        yield client


@pytest.fixture
def async_client(models, recorded):
    return wrap(AsyncOpenAI(base_url=f"{models}/v1", api_key="secret", max_retries=0))


def facts(span):
    """The attributes with their JSON read, without what differs from call to call."""
    told = {
        name: json.loads(value)
        if name.startswith("threadline.") and isinstance(value, str) and value[0] in "{["
        else value
        for name, value in span.attributes.items()
        if name not in {"gen_ai.response.id", "threadline.time_to_first_token_ms"}
    }
    for choice in told.get("threadline.output", {}).get("choices", []):
        for call in choice.get("message", {}).get("tool_calls", []):
            call.pop("id")
    return told


def chat(**differently):
    message = {"role": "assistant", "tool_calls": [CALL]}
    return {
        "threadline.span.kind": "generation",
        "threadline.input": {"messages": ASKED["messages"], "tools": ASKED["tools"]},
        "threadline.model_parameters": {"temperature": 0.2},
        "threadline.output": {"choices": [{"index": 0, "finish_reason": "tool_calls", "message": message}]},
        "gen_ai.request.model": "gpt-4o-mini",
        "gen_ai.response.model": "gpt-4o-mini-2024-07-18",
        "gen_ai.response.finish_reasons": ["tool_calls"],
    } | differently


def streamed(usage, **differently):
    message = {"role": "assistant", "content": "", "tool_calls": [CALL]}
    output = {"choices": [{"index": 0, "finish_reason": "tool_calls", "message": message}]}
    parameters = {"temperature": 0.2, "stream": True}
    return chat(**{"threadline.output": output, "threadline.model_parameters": parameters}, **usage, **differently)


def test_a_completion_is_a_generation_with_all_that_was_said(client, recorded):
    answer = client.chat.completions.create(**ASKED)
    assert type(answer) is openai.types.chat.ChatCompletion
    span = recorded.only
    assert (span.name, span.error, facts(span)) == ("chat gpt-4o-mini", None, chat(**USAGE))
    assert span.attributes["gen_ai.response.id"] == answer.id


def test_a_stream_read_to_its_end_tells_as_much(client, recorded):
    with client.chat.completions.create(stream=True, **TOLD, **ASKED) as stream:
        assert type(stream) is openai.Stream
        calls = [call for chunk in stream if chunk.choices for call in chunk.choices[0].delta.tool_calls or []]
    assert "".join(call.function.arguments for call in calls) == '{"city": "Paris"}'
    assert facts(recorded.only) == streamed(USAGE)
    assert recorded.only.attributes["threadline.time_to_first_token_ms"] > 0


def test_a_request_that_does_not_ask_for_the_usage_of_a_stream_is_left_as_it_is(client, recorded):
    assert [chunk.usage for chunk in client.chat.completions.create(stream=True, **ASKED)] == [None] * 5
    assert facts(recorded.only) == streamed({})


def test_the_helper_for_streams_gives_its_own_events_and_final_completion(client, recorded):
    with client.chat.completions.stream(**TOLD, **ASKED) as stream:
        assert type(stream) is ChatCompletionStream
        kinds = {event.type for event in stream}
        call = stream.get_final_completion().choices[0].message.tool_calls[0]
    assert kinds >= {"chunk", "tool_calls.function.arguments.delta", "tool_calls.function.arguments.done"}
    assert (call.function.name, call.function.arguments) == ("get_weather", '{"city": "Paris"}')
    assert facts(recorded.only) == streamed(USAGE)


def said(span):
    (choice,) = json.loads(span.attributes["threadline.output"])["choices"]
    return choice["message"].get("content"), span.attributes.get("gen_ai.response.finish_reasons"), span.error


@pytest.mark.parametrize("leave", [lambda stream: stream.close(), lambda stream: stream.response.close()])
def test_a_stream_that_is_closed_early_ends_with_what_came(client, recorded, leave):
    stream = client.chat.completions.create(stream=True, **GREETING)
    words = [next(stream).choices[0].delta.content for _ in range(4)]
    assert recorded.spans == []
    leave(stream)
    assert said(recorded.only) == ("".join(words), None, None)


def test_a_stream_that_is_left_early_ends_with_its_block(client, recorded):
    with client.chat.completions.create(stream=True, **GREETING) as stream:
        for _ in stream:
            break
    assert said(recorded.only) == ("", None, None)


def test_a_stream_that_nobody_keeps_ends_when_it_is_collected(client, recorded):
    next(client.chat.completions.create(stream=True, **GREETING))
    gc.collect()
    assert said(recorded.only) == ("", None, None)


def test_a_stream_that_breaks_ends_as_failed_with_what_came(client, recorded):
    stream = client.chat.completions.create(stream=True, **STORY)
    words = []
    with pytest.raises(openai.APIConnectionError) as caught:
        words.extend(chunk.choices[0].delta.content for chunk in stream)
    text, finished, error = said(recorded.only)
    assert (text, finished) == ("Once upon a time there ", None) == ("".join(words), None)
    assert (error.type, error.message) == ("APIConnectionError", str(caught.value))


def test_an_error_reaches_the_program_as_the_same_object(client, recorded):
    with pytest.raises(openai.BadRequestError) as caught:
        client.chat.completions.create(**REFUSED)
    span = recorded.only
    assert (span.error.type, span.error.message) == ("BadRequestError", str(caught.value))
    assert span.attributes["http.response.status_code"] == 400
    assert caught.value.__traceback__.tb_next is not None


class Weather(BaseModel):
    city: str


def test_parsed_answers_are_recorded_as_what_the_model_said(client, recorded):
    tool = openai.pydantic_function_tool(Weather, name="get_weather")
    answer = client.chat.completions.parse(**ASKED | {"tools": [tool]})
    assert answer.choices[0].message.tool_calls[0].function.parsed_arguments == Weather(city="Paris")
    told = chat(**USAGE)["threadline.output"]
    assert facts(recorded.only)["threadline.output"] == told


def test_an_answer_that_does_not_parse_has_cost_its_tokens_all_the_same(client, recorded):
    with pytest.raises(ValueError, match="Weather"):
        client.chat.completions.parse(response_format=Weather, **{**GREETING, "tools": []})
    span = recorded.only
    assert (span.error.type, span.attributes["gen_ai.usage.input_tokens"]) == ("ValidationError", 21)
    assert json.loads(span.attributes["threadline.output"])["choices"][0]["message"]["content"].startswith("Hello Ada!")


def test_raw_answers_are_recorded_and_stay_raw(client, recorded):
    raw = client.chat.completions.with_raw_response.create(**ASKED)
    assert (raw.status_code, raw.parse().model) == (200, "gpt-4o-mini-2024-07-18")
    assert facts(recorded.only) | {"threadline.output": None} == chat(**USAGE, **{"threadline.output": None})


def test_a_raw_stream_is_recorded_when_it_is_read(client, recorded):
    stream = client.chat.completions.with_raw_response.create(stream=True, **TOLD, **ASKED).parse()
    assert recorded.spans == []
    assert len(list(stream)) == 6
    assert facts(recorded.only) == streamed(USAGE)


@pytest.mark.parametrize(
    ("read", "tokens"),
    [(lambda raw: raw.parse(), 120), (lambda raw: raw.json(), 120), (lambda raw: list(raw.iter_bytes()), None)],
)
def test_an_answer_that_the_program_streams_itself_ends_with_it(client, recorded, read, tokens):
    with client.chat.completions.with_streaming_response.create(**ASKED) as raw:
        assert read(raw)
    assert recorded.only.attributes.get("gen_ai.usage.input_tokens") == tokens


def test_a_streaming_response_that_is_parsed_is_followed(client, recorded):
    with client.chat.completions.with_streaming_response.create(stream=True, **TOLD, **ASKED) as raw:
        assert len(list(raw.parse())) == 6
    assert facts(recorded.only) == streamed(USAGE)


def test_responses_are_generations_too(client, recorded):
    asked = {"model": "gpt-4o-mini", "instructions": "Be brief.", "input": "What is the weather in Paris?"}
    client.responses.create(**asked)
    list(client.responses.create(stream=True, **asked))
    with client.responses.stream(**asked) as stream:
        stream.until_done()
        assert stream.get_final_response().output[0].name == "get_weather"
    for span in recorded.spans:
        told = facts(span)
        (call,) = told["threadline.output"]["output"]
        assert (call["type"], call["name"], call["arguments"]) == ("function_call", "get_weather", '{"city": "Paris"}')
        assert told["threadline.input"] == {"instructions": "Be brief.", "input": "What is the weather in Paris?"}
        assert told | USAGE == told
    assert len(recorded.spans) == 3


def test_a_response_that_is_left_early_ends_with_what_came(client, recorded):
    stream = client.responses.create(model="gpt-4o-mini", input="Hello", stream=True)
    while next(stream).type != "response.output_text.delta":
        pass
    stream.close()
    assert facts(recorded.only)["threadline.output"]["output"][0]["content"][0]["text"] == "Hello "


def test_embeddings_are_recorded_without_their_vectors(client, recorded):
    answer = client.embeddings.create(model="text-embedding-3-small", input=["one two", "three"])
    assert answer.data[0].embedding == [1.0, 0.5, 0.25]
    assert facts(recorded.only) == {
        "threadline.span.kind": "embedding",
        "threadline.input": {"input": ["one two", "three"]},
        "threadline.model_parameters": {"encoding_format": "base64"},
        "threadline.output": {"embeddings": 2, "dimensions": 3},
        "gen_ai.request.model": "text-embedding-3-small",
        "gen_ai.response.model": "text-embedding-3-small",
        "gen_ai.usage.input_tokens": 3,
    }


def test_messages_that_are_the_librarys_own_objects_are_recorded_as_what_they_say(client, recorded):
    asked = client.chat.completions.create(**ASKED).choices[0].message
    result = {"role": "tool", "tool_call_id": asked.tool_calls[0].id, "content": "18C and cloudy"}
    client.chat.completions.create(**ASKED | {"messages": [*ASKED["messages"], asked, result]})
    _, again, told = facts(recorded.spans[1])["threadline.input"]["messages"]
    assert (again["role"], again["tool_calls"][0]["function"]) == ("assistant", CALL["function"])
    assert told == result


def test_refusals_and_sounds_are_told_without_the_sound_itself():
    audio = {"id": "audio_1", "data": "UklGRg==", "transcript": "Hello!", "expires_at": 1}
    choices = [
        {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "audio": audio}, "logprobs": {}},
        {"index": 1, "finish_reason": "content_filter", "message": {"role": "assistant", "refusal": "I cannot."}},
    ]
    usage = {"prompt_tokens_details": {"audio_tokens": 3}, "completion_tokens_details": {"audio_tokens": 4}}
    answer = openai_chat.ChatCompletions().answer({"choices": choices, "usage": usage})
    spoken, refused = answer.output["choices"]
    assert spoken["message"]["audio"] == {"id": "audio_1", "transcript": "Hello!", "expires_at": 1}
    assert (spoken.get("logprobs"), refused["message"]["refusal"]) == (None, "I cannot.")
    assert answer.finish_reasons == ("stop", "content_filter")
    assert (answer.usage.prompt_audio, answer.usage.completion_audio) == (3, 4)


def test_what_opens_remote_tools_is_not_recorded(client, recorded):
    tool = {"type": "mcp", "server_label": "shop", "authorization": "secret", "headers": {"X-Key": "secret"}}
    client.responses.create(
        model="gpt-4o-mini", input="Hello", tools=[tool], metadata={"k": "secret"}, extra_headers={"X": "secret"}
    )
    assert "secret" not in str(recorded.only)
    assert facts(recorded.only)["threadline.input"]["tools"] == [{"type": "mcp", "server_label": "shop"}]


def test_calls_belong_to_what_is_current(client, recorded):
    with recorded.obs.session("s-1", user_id="u-1"), recorded.obs.trace("chat-turn") as trace:
        client.chat.completions.create(**GREETING)
        stream = client.chat.completions.create(stream=True, **GREETING)
        with recorded.obs.span("other"):
            pass
        list(stream)
    other = recorded.named("other")
    assert [span.parent_id for span in recorded.spans] == [trace.id, trace.id, trace.id, None]
    assert {span.attributes["session.id"] for span in recorded.spans} == {"s-1"}
    assert other.trace_id == trace.trace_id


def test_a_wrapped_client_is_the_same_object_of_the_same_class_to_the_eye(models):
    client = OpenAI(base_url=models, api_key="none")
    assert wrap(client) is client
    assert isinstance(client, OpenAI)
    assert (repr(type(client)), type(client).__doc__) == (repr(OpenAI), OpenAI.__doc__)


def test_wrapping_twice_records_once(client, recorded):
    wrap(wrap(client)).chat.completions.create(**GREETING)
    assert len(recorded.spans) == 1


def test_what_is_copied_from_a_client_records_for_itself(client, recorded):
    for other in (client.with_options(timeout=5), client.copy(), copy.copy(client)):
        assert other is not client
        other.chat.completions.create(**GREETING)
    assert len(recorded.spans) == 3


def test_other_clients_are_left_alone(client, models, recorded):
    OpenAI(base_url=f"{models}/v1", api_key="none").chat.completions.create(**GREETING)
    assert recorded.spans == []


def test_what_is_no_client_is_refused_with_the_remedy():
    with pytest.raises(TypeError, match=r"cannot wrap a object: .* `pip install openai`"):
        wrap(object())


@pytest.mark.parametrize(
    ("url", "provider"),
    [
        ("https://api.openai.com/v1", "openai"),
        ("https://shop.openai.azure.com/openai/v1", "azure.ai.openai"),
        ("https://api.groq.com/openai/v1", "groq"),
        ("https://europe-west1-aiplatform.googleapis.com/v1", "gcp.vertex_ai"),
        ("https://bedrock-runtime.us-east-1.amazonaws.com/openai/v1", "aws.bedrock"),
        ("http://127.0.0.1:8000/v1", None),
        ("https://notapi.openai.com.example/v1", None),
    ],
)
def test_the_provider_is_who_the_address_says(url, provider):
    from threadline._clients.providers import provider_of

    assert provider_of(OpenAI(base_url=url, api_key="none")) == provider


def test_azures_client_records_with_its_provider(models, recorded):
    client = wrap(AzureOpenAI(azure_endpoint=models, api_key="none", api_version="2024-10-21", max_retries=0))
    with pytest.raises(openai.NotFoundError, match="deployments"):
        client.chat.completions.create(**GREETING)
    assert recorded.only.attributes["gen_ai.provider.name"] == "azure.ai.openai"


def test_what_we_get_wrong_never_reaches_the_program(client, recorded, monkeypatch):
    monkeypatch.setattr(Guard, "reraise", False)
    before = recorded.obs.dropped
    monkeypatch.setattr(openai_chat, "_choice", None)
    monkeypatch.setattr(openai_chat, "_merge", None)
    assert client.chat.completions.create(**ASKED).choices[0].finish_reason == "tool_calls"
    assert len(list(client.chat.completions.create(stream=True, **ASKED))) == 5
    assert [span.name for span in recorded.spans] == ["chat gpt-4o-mini"] * 2
    assert {reason for reason, count in recorded.obs.dropped.items() if count > before.get(reason, 0)} == {
        "internal_error"
    }


def test_an_answer_of_an_unknown_make_is_recorded_without_what_it_says(recorded):
    from threadline._clients.calls import Call
    from threadline._clients.wrapping import _Request

    call = Call(recorded.obs, openai_chat.ChatCompletions(), ASKED, None)
    _Request(call, ASKED, (), {}).answered(iter([]))
    assert (recorded.only.name, recorded.only.attributes.get("threadline.output")) == ("chat gpt-4o-mini", None)


def test_a_client_works_where_nothing_is_initialised(client, recorded):
    recorded.obs.shutdown()
    assert client.chat.completions.create(**ASKED).choices[0].finish_reason == "tool_calls"


async def _async_calls(client):
    await client.chat.completions.create(**ASKED)
    stream = await client.chat.completions.create(stream=True, **TOLD, **ASKED)
    assert type(stream) is openai.AsyncStream
    assert len([chunk async for chunk in stream]) == 6
    async with client.chat.completions.stream(**TOLD, **ASKED) as helper:
        await helper.until_done()
    assert (await client.chat.completions.with_raw_response.create(**ASKED)).parse().model == "gpt-4o-mini-2024-07-18"
    async with client.chat.completions.with_streaming_response.create(**ASKED) as raw:
        assert (await raw.parse()).model == "gpt-4o-mini-2024-07-18"


def test_asynchronous_calls_tell_the_same(async_client, recorded):
    asyncio.run(_async_calls(async_client))
    plain, stream, helper, raw, streaming = (facts(span) for span in recorded.spans)
    assert plain == chat(**USAGE)
    assert stream == helper == streamed(USAGE)
    assert raw == streaming == chat(**USAGE, **{"threadline.output": raw["threadline.output"]})


def test_asynchronous_streams_end_however_they_are_left(async_client, recorded):
    async def leave_early():
        stream = await async_client.chat.completions.create(stream=True, **GREETING)
        await anext(stream)
        await stream.close()
        async with await async_client.chat.completions.create(stream=True, **GREETING) as stream:
            await anext(stream)
        with pytest.raises(openai.APIConnectionError):
            [chunk async for chunk in await async_client.chat.completions.create(stream=True, **STORY)]
        with pytest.raises(openai.BadRequestError):
            await async_client.chat.completions.create(**REFUSED)

    asyncio.run(leave_early())
    assert [span.error and span.error.type for span in recorded.spans] == [
        None,
        None,
        "APIConnectionError",
        "BadRequestError",
    ]


def test_a_call_that_is_cancelled_has_failed(recorded):
    has_begun = asyncio.Event()

    async def never_answers(request):
        has_begun.set()
        await asyncio.Event().wait()

    async def main():
        transport = httpx2.MockTransport(never_answers)
        client = wrap(AsyncOpenAI(api_key="none", http_client=httpx2.AsyncClient(transport=transport)))
        call = asyncio.create_task(client.chat.completions.create(**ASKED))
        await has_begun.wait()
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call

    asyncio.run(main())
    assert (recorded.only.error.type, recorded.only.attributes["gen_ai.provider.name"]) == ("CancelledError", "openai")


def test_calls_side_by_side_are_siblings(async_client, recorded):
    async def turn():
        with recorded.obs.trace("chat-turn"):
            await asyncio.gather(*(async_client.chat.completions.create(**GREETING) for _ in range(5)))

    asyncio.run(turn())
    root = recorded.named("chat-turn")
    assert [span.parent_id for span in recorded.spans if span is not root] == [root.span_id] * 5
