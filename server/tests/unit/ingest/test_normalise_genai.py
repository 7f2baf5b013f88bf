from decimal import Decimal

import orjson
import pytest

from server.tests.unit.ingest.spans import NOW_NS, normal
from threadline_server.model import RawEvent, Usage

CHAT = {"gen_ai.operation.name": "chat"}


def json_of(value):
    return orjson.dumps(value).decode()


def text(role, words):
    return {"role": role, "content": [{"type": "text", "text": words}]}


def said(span):
    return orjson.loads(span.input_messages or b"[]"), orjson.loads(span.output_messages or b"[]")


GIVEN = [
    {"role": "user", "parts": [{"type": "text", "content": "Weather in Paris?"}]},
    {
        "role": "assistant",
        "parts": [
            {"type": "reasoning", "content": "hm"},
            {"type": "tool_call", "id": "c-1", "name": "weather", "arguments": {"city": "Paris"}},
        ],
    },
    {"role": "tool", "parts": [{"type": "tool_call_response", "id": "c-1", "result": "18C"}]},
]
ANSWERED = [{"role": "assistant", "parts": [{"type": "text", "content": "18C."}], "finish_reason": "stop"}]
READ = (
    [
        text("system", "Be brief."),
        text("user", "Weather in Paris?"),
        {
            "role": "assistant",
            "content": [{"type": "reasoning", "text": "hm"}],
            "toolCalls": [{"id": "c-1", "name": "weather", "arguments": {"city": "Paris"}}],
        },
        {"role": "tool", "content": [{"type": "text", "text": "18C"}], "toolCallId": "c-1"},
    ],
    [text("assistant", "18C.")],
)
SYSTEM = [{"type": "text", "content": "Be brief."}]


@pytest.mark.parametrize("wrap", [json_of, lambda value: value], ids=["as JSON text", "as a structured value"])
def test_messages_of_the_current_conventions_are_read(wrap):
    attributes = {
        **CHAT,
        "gen_ai.input.messages": wrap(GIVEN),
        "gen_ai.output.messages": wrap(ANSWERED),
        "gen_ai.system_instructions": wrap(SYSTEM),
    }
    span = normal(attributes)
    assert said(span) == READ
    assert (span.input_text, span.output_text) == ("Weather in Paris?", "18C.")
    assert (orjson.loads(span.input), orjson.loads(span.output)) == (GIVEN, ANSWERED)
    assert orjson.loads(span.attributes) == CHAT


def test_the_facts_of_a_call_stand_under_their_names():
    span = normal(
        {
            **CHAT,
            "gen_ai.conversation.id": "s-1",
            "gen_ai.provider.name": "openai",
            "gen_ai.request.model": "gpt-4o-mini",
            "gen_ai.response.model": "gpt-4o-mini-2024-07-18",
            "gen_ai.response.id": "chatcmpl-1",
            "gen_ai.request.temperature": 0.5,
            "gen_ai.request.max_tokens": 9,
            "gen_ai.usage.input_tokens": 120,
            "gen_ai.usage.output_tokens": 17,
            "gen_ai.usage.cache_read.input_tokens": 64,
            "gen_ai.usage.cache_creation.input_tokens": 32,
            "gen_ai.usage.reasoning.output_tokens": 5,
            "gen_ai.response.time_to_first_chunk": 0.0304,
        }
    )
    assert (span.kind, span.session_id, span.provider, span.dialect) == ("generation", "s-1", "openai", "genai")
    assert (span.model, span.response_id, span.time_to_first_token_ms) == ("gpt-4o-mini-2024-07-18", "chatcmpl-1", 30)
    assert span.model_parameters == b'{"temperature":0.5,"max_tokens":9}'
    assert span.usage == Usage(prompt=120, completion=17, cached=64, cache_write=32, reasoning=5, total=137)


@pytest.mark.parametrize(
    ("operation", "kind"),
    [("chat", "generation"), ("text_completion", "generation"), ("generate_content", "generation"),
     ("embeddings", "embedding"), ("execute_tool", "tool"), ("invoke_agent", "agent"), ("create_agent", "agent"),
     ("retrieval", "retriever"), ("dance", "span")],
)  # fmt: skip
def test_the_kind_is_the_operation(operation, kind):
    assert normal({"gen_ai.operation.name": operation}).kind == kind


def test_a_call_without_an_operation_is_known_by_its_model_and_tokens():
    assert normal({"gen_ai.request.model": "m", "gen_ai.usage.input_tokens": 1}).kind == "generation"
    assert normal({"gen_ai.request.model": "m"}).kind == "span"


def test_a_tools_arguments_and_result_are_its_input_and_output():
    span = normal(
        {
            "gen_ai.operation.name": "execute_tool",
            "gen_ai.tool.name": "weather",
            "gen_ai.tool.call.arguments": '{"city": "Paris"}',
            "gen_ai.tool.call.result": '"18C"',
        }
    )
    assert (span.kind, span.input, span.output, span.output_text) == ("tool", b'{"city": "Paris"}', b'"18C"', "18C")
    assert span.name == "weather"
    assert orjson.loads(span.attributes) == {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": "weather",
        "threadline.sent_name": "step",
    }


def event(name, **attributes):
    return RawEvent(name, NOW_NS, attributes)


def test_one_event_per_message_is_read_as_messages():
    calls = [{"id": "c-1", "type": "function", "function": {"name": "weather", "arguments": '{"city":"Paris"}'}}]
    span = normal(
        CHAT,
        events=(
            event("gen_ai.system.message", content="Be brief."),
            event("gen_ai.user.message", content='[{"text": "Weather in Paris?"}]'),
            event("gen_ai.assistant.message", tool_calls=json_of(calls)),
            event("gen_ai.tool.message", content="18C", id="c-1"),
            event("gen_ai.choice", index=0, finish_reason="stop", message='{"role": "assistant", "content": "18C."}'),
        ),
    )
    assert said(span) == (
        [
            text("system", "Be brief."),
            text("user", "Weather in Paris?"),
            {"role": "assistant", "content": [], "toolCalls": [{"id": "c-1", "name": "weather", "arguments": {"city": "Paris"}}]},
            {"role": "tool", "content": [{"type": "text", "text": "18C"}], "toolCallId": "c-1"},
        ],
        [text("assistant", "18C.")],
    )  # fmt: skip
    assert len(orjson.loads(span.events)) == 5


def test_one_event_for_the_whole_call_is_read_as_messages():
    told = {"gen_ai.input.messages": GIVEN, "gen_ai.output.messages": ANSWERED, "gen_ai.system_instructions": SYSTEM}
    assert said(normal(CHAT, events=(RawEvent("gen_ai.client.inference.operation.details", NOW_NS, told),))) == READ


def test_the_events_of_the_first_conventions_are_read_as_messages():
    asked = event("gen_ai.content.prompt", **{"gen_ai.prompt": '[{"role": "user", "content": "Hello!"}]'})
    answered = event("gen_ai.content.completion", **{"gen_ai.completion": '[{"role": "assistant", "content": "Hi."}]'})
    assert said(normal(CHAT, events=(asked, answered))) == ([text("user", "Hello!")], [text("assistant", "Hi.")])


def test_one_attribute_per_field_is_read_as_messages():
    span = normal(
        {
            "gen_ai.prompt.0.role": "user",
            "gen_ai.prompt.0.content": "Hello!",
            "gen_ai.completion.0.role": "assistant",
            "gen_ai.completion.0.content": "",
            "gen_ai.completion.0.finish_reason": "tool_calls",
            "gen_ai.completion.0.tool_calls.0.id": "c-1",
            "gen_ai.completion.0.tool_calls.0.name": "weather",
            "gen_ai.completion.0.tool_calls.0.arguments": "{}",
            "gen_ai.prompt.999999999.content": "bomb",
        }
    )
    calls = [{"id": "c-1", "name": "weather", "arguments": {}}]
    assert said(span) == ([text("user", "Hello!")], [{"role": "assistant", "content": [], "toolCalls": calls}])
    assert orjson.loads(span.attributes) == {"gen_ai.prompt.999999999.content": "bomb"}


def test_a_prompt_and_a_completion_of_one_text_are_input_and_output():
    span = normal({"gen_ai.prompt": '{"message": "Hello!"}', "gen_ai.completion": "Hi."})
    assert (span.input, span.output) == (b'{"message": "Hello!"}', b'"Hi."')
    assert (span.input_text, span.output_text) == ("Hello!", "Hi.")


def test_openinference_speaks_first_where_both_are_on_a_span():
    span = normal(
        {
            "openinference.span.kind": "CHAIN",
            "gen_ai.operation.name": "invoke_agent",
            "input.value": "from openinference",
            "gen_ai.input.messages": json_of([{"role": "user", "parts": [{"type": "text", "content": "from genai"}]}]),
            "llm.token_count.prompt": 10,
            "gen_ai.usage.input_tokens": 99,
            "gen_ai.usage.output_tokens": 5,
        }
    )
    assert (span.kind, span.input, span.dialect) == ("span", b'"from openinference"', "openinference")
    assert span.usage == Usage(prompt=10, completion=5, total=15)
    assert "gen_ai.input.messages" in orjson.loads(span.attributes)


def test_azure_tells_each_message_as_json_in_one_attribute_of_an_event():
    def event(name, value):
        return RawEvent(name, NOW_NS, {"gen_ai.event.content": json_of(value)})

    call = {"id": "c-1", "type": "function", "function": {"name": "weather", "arguments": '{"city": "Paris"}'}}
    span = normal(
        {"gen_ai.operation.name": "chat", "gen_ai.thread.id": "thread-1"},
        events=(
            event("gen_ai.system.message", {"role": "system", "content": "Be brief."}),
            event("gen_ai.user.message", {"role": "user", "content": "Weather in Paris?"}),
            event("gen_ai.choice", {"index": 0, "message": {"content": "", "tool_calls": [call]}}),
        ),
    )
    assert said(span) == (
        [text("system", "Be brief."), text("user", "Weather in Paris?")],
        [{"role": "assistant", "content": [], "toolCalls": READ[0][2]["toolCalls"]}],
    )
    assert span.session_id == "thread-1"


def test_without_a_choice_the_last_words_of_the_assistant_are_the_answer():
    def event(role, words):
        return RawEvent(f"gen_ai.{role}.message", NOW_NS, {"content": words})

    span = normal(CHAT, events=(event("assistant", "Hello."), event("user", "Well?"), event("assistant", "18C.")))
    assert said(span) == ([text("assistant", "Hello."), text("user", "Well?")], [text("assistant", "18C.")])


def test_a_tool_that_the_provider_runs_is_a_call_with_arguments_and_a_result():
    parts = [
        {"type": "server_tool_call", "id": "s-1", "name": "web_search", "server_tool_call": {"query": "Paris"}},
        {"type": "server_tool_call_response", "id": "s-1", "server_tool_call_response": {"result": "18C"}},
        {"type": "text", "content": "18C."},
    ]
    span = normal({**CHAT, "gen_ai.output.messages": json_of([{"role": "assistant", "parts": parts}])})
    call = {"id": "s-1", "name": "web_search", "arguments": {"query": "Paris"}}
    assert said(span)[1] == [
        {"role": "assistant", "content": [], "toolCalls": [call]},
        {"role": "tool", "content": [{"type": "text", "text": "18C"}], "toolCallId": "s-1"},
        text("assistant", "18C."),
    ]


@pytest.mark.parametrize(
    "told",
    [
        {"gen_ai.usage.input_tokens.cached": 64, "gen_ai.usage.output_tokens.reasoning": 5},
        {"gen_ai.usage.cached_tokens": 64, "gen_ai.usage.reasoning_tokens": 5},
        {"gen_ai.usage.cache_read.input_tokens": 64, "gen_ai.usage.reasoning.output_tokens": 5},
    ],
)
def test_parts_of_the_counts_are_read_under_other_names_of_theirs(told):
    span = normal({**CHAT, "gen_ai.usage.input_tokens": 120, "gen_ai.usage.output_tokens": 17, **told})
    assert span.usage == Usage(120, 17, 64, 0, 5, 137)


@pytest.mark.parametrize(
    ("attributes", "kind"),
    [
        ({"gen_ai.operation.name": "CHAT"}, "generation"),
        ({"gen_ai.operation.name": "responses"}, "generation"),
        ({"gen_ai.operation.name": "rerank"}, "reranker"),
        ({"gen_ai.tool.name": "weather", "gen_ai.tool.call.id": "c-1"}, "tool"),
        ({"mcp.method.name": "tools/call", "gen_ai.tool.name": "weather"}, "tool"),
        ({"mcp.method.name": "tools/list", "gen_ai.provider.name": "x"}, "span"),
    ],
)
def test_the_kind_shows_under_other_words_too(attributes, kind):
    assert normal(attributes).kind == kind


@pytest.mark.parametrize("name", ["gen_ai.usage.cost", "gen_ai.usage.total_cost", "gen_ai.cost.total_cost"])
def test_a_cost_by_any_of_its_names_stands(name):
    assert normal({**CHAT, name: 0.25}).cost_usd == Decimal("0.25")


def test_semantic_kernel_before_the_conventions_counts_below_the_response():
    span = normal(
        {
            "gen_ai.operation.name": "chat.completions",
            "gen_ai.response.prompt_tokens": 21,
            "gen_ai.response.completion_tokens": 9,
        }
    )
    assert (span.kind, span.usage) == ("generation", Usage(21, 9, 0, 0, 0, 30))


def google(role, **part):
    """A content as Google's SDK dumps it: every field of a part, most of them empty."""
    empty = dict.fromkeys(("video_metadata", "thought", "inline_data", "function_call", "function_response", "text"))
    return {"parts": [{**empty, **part}], "role": role}


def test_the_events_of_googles_instrumentation_hold_its_own_contents():
    call, result = {"id": "c-1", "name": "weather", "args": {"city": "Paris"}}, {"response": {"result": "18C"}}
    span = normal(
        CHAT,
        events=(
            event("gen_ai.user.message", content=google("user", text="Weather in Paris?")),
            event("gen_ai.user.message", content=google("model", function_call=call)),
            event("gen_ai.user.message", content=google("user", function_response={**result, "id": "c-1"})),
            event("gen_ai.choice", index=0, content=google("model", text="18C."), finish_reason="STOP"),
        ),
    )
    assert said(span) == (
        [
            text("user", "Weather in Paris?"),
            {
                "role": "assistant",
                "content": [],
                "toolCalls": [{"id": "c-1", "name": "weather", "arguments": {"city": "Paris"}}],
            },
            {**text("tool", "18C"), "toolCallId": "c-1"},
        ],
        [text("assistant", "18C.")],
    )


def test_googles_older_instrumentation_tells_a_tools_parameters_one_by_one():
    span = normal(
        {
            "gen_ai.operation.name": "execute_tool",
            "gen_ai.tool.name": "weather",
            "code.function.parameters.city.type": "str",
            "code.function.parameters.city.value": "Paris",
            "code.function.return.type": "str",
            "code.function.return.value": "18C",
        }
    )
    assert (orjson.loads(span.input), orjson.loads(span.output)) == ({"city": "Paris"}, "18C")
    assert "code.function.parameters.city.value" not in orjson.loads(span.attributes)


def test_the_answer_that_a_call_follows_on_is_no_conversation():
    assert normal({**CHAT, "gen_ai.conversation.id": "resp_0af7"}).session_id == ""
    assert normal({**CHAT, "gen_ai.conversation.id": "resp_0af7", "session.id": "resp_1"}).session_id == "resp_1"


def test_a_tools_result_is_not_what_a_person_asked():
    result = {"role": "tool", "parts": [{"type": "tool_call_response", "id": "c-1", "response": "18C"}]}
    told = {"gen_ai.input.messages": json_of([result]), "gen_ai.system_instructions": json_of(SYSTEM)}
    assert normal({**CHAT, **told}).input_text == ""


def test_a_call_that_the_protocol_of_tools_tells_by_its_method_has_the_tools_name():
    sent = normal({"mcp.method.name": "tools/call"}, name="MCP send tools/call get_weather")
    assert (sent.kind, sent.name) == ("tool", "get_weather")
    listed = normal({"mcp.method.name": "tools/list"}, name="tools/list")
    assert (listed.kind, listed.name) == ("span", "tools/list")
