from decimal import Decimal

import orjson
import pytest

from server.tests.unit.ingest.spans import NOW_NS, SPAN_ID, TRACE_ID, normal
from threadline_server.model import RawEvent, Span, SpanError, Usage

LLM = {"openinference.span.kind": "LLM"}


def messages_of(**fields):
    """Normalised input messages of flattened fields: ``{"0.message.role": "user"}``."""
    flat = {f"llm.input_messages.{name}": value for name, value in fields.items()}
    return orjson.loads(normal({**LLM, **flat}).input_messages or b"[]")


def test_a_model_call_is_a_generation_with_everything_that_was_said():
    attributes = {
        "openinference.span.kind": "LLM",
        "session.id": "s-1",
        "user.id": "u-1",
        "llm.model_name": "gpt-4o-mini-2024-07-18",
        "llm.system": "openai",
        "llm.invocation_parameters": '{"temperature": 0.2}',
        "input.value": '{"messages": []}',
        "input.mime_type": "application/json",
        "output.value": '{"id": "chatcmpl-1", "choices": []}',
        "output.mime_type": "application/json",
        "llm.input_messages.0.message.role": "system",
        "llm.input_messages.0.message.content": "Be brief.",
        "llm.input_messages.1.message.role": "user",
        "llm.input_messages.1.message.content": "Hello!",
        "llm.output_messages.0.message.role": "assistant",
        "llm.output_messages.0.message.content": "Hi.",
        "llm.token_count.prompt": 120,
        "llm.token_count.completion": 17,
        "llm.token_count.total": 137,
        "llm.token_count.prompt_details.cache_read": 64,
        "llm.token_count.prompt_details.cache_write": 32,
        "llm.token_count.completion_details.reasoning": 5,
        "llm.cost.total": 0.01,
        "tag.tags": '["blue", "beta", "blue"]',
        "metadata": '{"plan": "pro", "n": 1}',
        "my.own": "kept",
    }
    span = normal(attributes)
    assert span == Span(
        trace_id=TRACE_ID,
        span_id=SPAN_ID,
        parent_id="",
        name="step",
        kind="generation",
        start_ns=NOW_NS,
        end_ns=NOW_NS + 1_000_000,
        session_id="s-1",
        user_id="u-1",
        dialect="openinference",
        model="gpt-4o-mini-2024-07-18",
        provider="openai",
        model_parameters=b'{"temperature": 0.2}',
        usage=Usage(prompt=120, completion=17, cached=64, cache_write=32, reasoning=5, total=137),
        cost_usd=span.cost_usd,
        response_id="chatcmpl-1",
        tags=("blue", "beta"),
        metadata={"plan": '"pro"', "n": "1"},
        input_text="Hello!",
        output_text="Hi.",
        said="Hello!\0Hi.",
        input=b'{"messages": []}',
        output=b'{"id": "chatcmpl-1", "choices": []}',
        input_messages=b'[{"role":"system","content":[{"type":"text","text":"Be brief."}]},'
        b'{"role":"user","content":[{"type":"text","text":"Hello!"}]}]',
        output_messages=b'[{"role":"assistant","content":[{"type":"text","text":"Hi."}]}]',
        attributes=span.attributes,
    )
    assert str(span.cost_usd) == "0.010000000000"
    stored = {"input.value", "output.value", "metadata", "llm.invocation_parameters"}
    assert set(orjson.loads(span.attributes)) == {
        name for name in attributes if name not in stored and "_messages." not in name
    }


@pytest.mark.parametrize(
    ("said", "kind"),
    [("LLM", "generation"), ("CHAIN", "span"), ("TOOL", "tool"), ("RETRIEVER", "retriever"), ("EMBEDDING", "embedding"),
     ("AGENT", "agent"), ("RERANKER", "reranker"), ("GUARDRAIL", "guardrail"), ("EVALUATOR", "evaluator"), ("PROMPT", "span"),
     ("llm", "generation"), ("UNKNOWN", "span"), (5, "span")],
)  # fmt: skip
def test_the_kind_is_the_conventions(said, kind):
    assert normal({"openinference.span.kind": said}).kind == kind


def test_a_tool_call_is_part_of_its_message_with_its_arguments_as_json():
    call = "0.message.tool_calls.0.tool_call"
    fields = {
        "0.message.role": "assistant",
        f"{call}.id": "c-1",
        f"{call}.function.name": "get_weather",
        f"{call}.function.arguments": '{"city": "Paris"}',
        "1.message.role": "tool",
        "1.message.content": "18C",
        "1.message.tool_call_id": "c-1",
        "1.message.name": "get_weather",
    }
    assert messages_of(**fields) == [
        {
            "role": "assistant",
            "content": [],
            "toolCalls": [{"id": "c-1", "name": "get_weather", "arguments": {"city": "Paris"}}],
        },
        {
            "role": "tool",
            "content": [{"type": "text", "text": "18C"}],
            "toolCallId": "c-1",
            "name": "get_weather",
        },
    ]


def test_contents_of_several_kinds_keep_their_order():
    content = "0.message.contents"
    fields = {
        "0.message.role": "user",
        f"{content}.1.message_content.type": "image",
        f"{content}.1.message_content.image.image.url": "https://example.org/a.png",
        f"{content}.0.message_content.type": "text",
        f"{content}.0.message_content.text": "What is this?",
        "0.message.content": "What is this?",
    }
    assert messages_of(**fields) == [
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "What is this?"},
                {"type": "image", "url": "https://example.org/a.png"},
            ],
        }
    ]


def test_messages_come_in_the_order_of_their_numbers_not_of_their_letters():
    fields = {
        f"{n}.message.{key}": value for n in (10, 9, 2) for key, value in (("role", "user"), ("content", f"m{n}"))
    }
    assert [message["content"][0]["text"] for message in messages_of(**fields)] == ["m2", "m9", "m10"]


def test_a_message_of_a_role_alone_says_nothing_and_stays_an_attribute():
    span = normal({**LLM, "llm.input_messages.0.message.role": "user"})
    assert span.input_messages == b""
    assert "llm.input_messages.0.message.role" in orjson.loads(span.attributes)


@pytest.mark.parametrize("index", ["99999", "-1", "", "x", "1.5", "٣"])
def test_what_is_no_sane_index_stays_an_attribute(index):
    name = f"llm.input_messages.{index}.message.content"
    span = normal({**LLM, name: "boo"})
    assert (span.input_messages, name in orjson.loads(span.attributes)) == (b"", True)


def test_a_chains_flattened_messages_are_not_believed():
    """LangChain's instrumentation writes the first message of the history there."""
    attributes = {
        "openinference.span.kind": "CHAIN",
        "input.value": '{"messages": [{"role": "user", "content": "first"}, {"role": "user", "content": "last"}]}',
        "input.mime_type": "application/json",
        "llm.input_messages.0.message.role": "user",
        "llm.input_messages.0.message.content": "first",
    }
    span = normal(attributes)
    assert (span.input_text, span.input_messages) == ("last", b"")


def test_text_is_text_and_json_is_json_by_the_mime_type():
    assert normal({"input.value": "5", "input.mime_type": "text/plain"}).input == b'"5"'
    assert normal({"input.value": "5", "input.mime_type": "application/json"}).input == b"5"
    assert normal({"input.value": "{broken", "input.mime_type": "application/json"}).input == b'"{broken"'
    assert normal({"input.value": '{"task": "go"}'}).input == b'{"task": "go"}'
    assert (
        normal({"input.value": '{"task": "go"}', "input.mime_type": "text/plain"}).input == b'"{\\"task\\": \\"go\\"}"'
    )


def test_the_preview_is_what_a_person_would_read():
    spoken = normal({"input.value": '{"message": "Hello!", "stream": true}', "input.mime_type": "application/json"})
    assert spoken.input_text == "Hello!"
    assert len(normal({"input.value": "x" * 900}).input_text) == 500


def test_what_a_retriever_found_is_its_output():
    attributes = {
        "openinference.span.kind": "RETRIEVER",
        "retrieval.documents.0.document.id": "d-1",
        "retrieval.documents.0.document.content": "text",
        "retrieval.documents.1.document.score": 0.5,
    }
    span = normal(attributes)
    assert orjson.loads(span.output) == [{"id": "d-1", "content": "text"}, {"score": 0.5}]
    assert orjson.loads(span.attributes) == {"openinference.span.kind": "RETRIEVER"}


def test_the_first_token_event_gives_the_time_to_it():
    events = (RawEvent("First Token Stream Event", NOW_NS + 38_400_000, {}),)
    assert normal(LLM, events=events).time_to_first_token_ms == 38


def test_a_call_that_failed_names_the_model_that_was_asked():
    attributes = {**LLM, "llm.invocation_parameters": '{"model": "gpt-4o-mini"}'}
    events = (
        RawEvent("exception", NOW_NS, {"exception.type": "E", "exception.message": "m", "exception.stacktrace": "s"}),
    )
    span = normal(attributes, status="error", events=events)
    assert (span.model, span.status, span.error, span.events) == ("gpt-4o-mini", "error", SpanError("E", "m", "s"), b"")


def test_the_thread_of_langgraph_is_the_session_when_nothing_better_is():
    assert normal({"metadata": '{"thread_id": "t-9", "user_id": 4}'}).session_id == "t-9"
    assert normal({"metadata": '{"thread_id": "t-9", "user_id": 4}'}).user_id == "4"
    assert normal({"session.id": "s", "metadata": '{"thread_id": "t-9"}'}).session_id == "s"


def test_what_langgraph_notes_for_itself_is_no_metadata_and_stays_an_attribute():
    told = '{"plan": "pro", "langgraph_step": 2, "ls_provider": "openai", "checkpoint_ns": "a|b"}'
    span = normal({"metadata": told})
    assert (span.metadata, orjson.loads(span.attributes)) == ({"plan": '"pro"'}, {"metadata": told})


def test_metadata_that_is_no_object_stays_an_attribute():
    span = normal({"metadata": "just words"})
    assert (span.metadata, orjson.loads(span.attributes)) == ({}, {"metadata": "just words"})


@pytest.mark.parametrize(
    ("attributes", "given", "answered"),
    [
        (
            {
                "openinference.span.kind": "LLM",
                "llm.prompts.0.prompt.text": "Once",
                "llm.choices.0.completion.text": "upon a time",
            },
            "Once",
            "upon a time",
        ),
        (
            {
                "openinference.span.kind": "EMBEDDING",
                "embedding.embeddings.0.embedding.text": "one",
                "embedding.embeddings.1.embedding.text": "two",
            },
            ["one", "two"],
            None,
        ),
        (
            {
                "openinference.span.kind": "RERANKER",
                "reranker.query": "parcels",
                "reranker.output_documents.0.document.content": "A parcel",
            },
            "parcels",
            [{"content": "A parcel"}],
        ),
    ],
    ids=["a completion", "embeddings", "a reranker"],
)
def test_what_is_told_without_messages_is_input_and_output_too(attributes, given, answered):
    span = normal(attributes)
    assert (orjson.loads(span.input), orjson.loads(span.output or b"null")) == (given, answered)


def test_a_cost_told_in_parts_is_their_sum():
    span = normal({**LLM, "llm.cost.prompt": 0.1, "llm.cost.completion": 0.2})
    assert (span.cost_usd, normal({**LLM, "llm.cost.prompt": 0.0}).cost_usd) == (Decimal("0.3"), None)


def test_a_call_among_a_messages_contents_is_the_call_beside_it():
    called = {
        "tool_call.id": "c-1",
        "tool_call.function.name": "weather",
        "tool_call.function.arguments": '{"city": "Paris"}',
    }
    fields = {
        "0.message.role": "assistant",
        "0.message.contents.0.message_content.type": "reasoning",
        "0.message.contents.0.message_content.text": "Look it up.",
        "0.message.contents.1.message_content.type": "tool_use",
        **{f"0.message.contents.1.{name}": value for name, value in called.items()},
    }
    for beside in ({}, {f"0.message.tool_calls.0.{name}": value for name, value in called.items()}):
        (message,) = messages_of(**fields, **beside)
        assert message["content"] == [{"type": "reasoning", "text": "Look it up."}]
        assert message["toolCalls"] == [{"id": "c-1", "name": "weather", "arguments": {"city": "Paris"}}]


@pytest.mark.parametrize(
    "answer",
    [
        {"id": "r-1", "choices": []},
        {"id": "r-1", "output": []},
        {"id": "r-1", "type": "message", "content": [], "stop_reason": "end_turn"},
        {"response_id": "r-1", "candidates": []},
    ],
)
def test_the_responses_id_is_that_of_the_providers_answer(answer):
    told = {"output.value": orjson.dumps(answer).decode(), "output.mime_type": "application/json"}
    assert normal({**LLM, **told}).response_id == "r-1"


def test_a_stream_that_was_not_read_is_nobodys_answer():
    span = normal({**LLM, "output.value": "<groq.Stream object at 0x7f78c34dc5d0>"})
    assert (span.output, span.output_text) == (b"", "")
    assert normal({**LLM, "output.value": "<b>Hello</b>"}).output_text == "<b>Hello</b>"


def test_the_texts_of_an_embedding_call_of_its_own_are_what_a_person_reads():
    span = normal(
        {
            "openinference.span.kind": "EMBEDDING",
            "input.value": '{"model": "m", "input": ["one", "two"]}',
            "input.mime_type": "application/json",
            "output.value": '{"data": [{"embedding": [1.0]}]}',
            "output.mime_type": "application/json",
            "embedding.embeddings.0.embedding.text": "one",
            "embedding.embeddings.1.embedding.text": "two",
        }
    )
    assert [message["content"][0]["text"] for message in orjson.loads(span.input_messages)] == ["one", "two"]
    assert (span.input_text, span.output_text) == ("two", "")
    assert orjson.loads(span.input)["model"] == "m"


def test_beeais_events_are_no_model_calls_and_an_error_is_nobodys_answer():
    scope = "openinference.instrumentation.beeai"
    event = {"openinference.span.kind": "LLM", "metadata.path": "backend.openai.chat.error", "input.value": "{}"}
    assert normal(event, scope=scope, name="error").kind == "event"
    run = {
        "openinference.span.kind": "LLM",
        "metadata.class_name": "OpenAIChatModel",
        "output.value": "ChatModelError: refused",
    }
    failed = normal(run, scope=scope, status="error")
    assert (failed.kind, failed.output_text, failed.output) == ("generation", "", b'"ChatModelError: refused"')


def test_autogens_agents_and_teams_are_told_in_words():
    scope = "openinference.instrumentation.autogen_agentchat"
    printed = [
        "id='1' source='user' models_usage=None metadata={} content=\"It's Ada.\\n\" type='TextMessage'",
        "id='2' source='critic' models_usage=RequestUsage(prompt_tokens=2) content='Hello' type='TextMessage'",
        "id='3' source='critic' content=[FunctionCall(id='c', name='w')] type='ToolCallRequestEvent'",
        "id='4' source='critic' content='unfinished",
        "id='5' source='critic' content='no \\N{such} letter' type='TextMessage'",
        "id='6' source='critic' content='a line\nthat ends' type='TextMessage'",
    ]
    agent = normal(
        {"openinference.span.kind": "AGENT", "input.value": orjson.dumps({"messages": printed}).decode()}, scope=scope
    )
    assert orjson.loads(agent.input_messages) == [
        {"role": "user", "content": [{"type": "text", "text": "It's Ada.\n"}]},
        {"role": "assistant", "content": [{"type": "text", "text": "Hello"}], "name": "critic"},
    ]
    said = [
        {"source": "user", "content": "Hi", "type": "TextMessage"},
        {"source": "critic", "content": "Ho", "type": "TextMessage"},
    ]
    team = {
        "openinference.span.kind": "CHAIN",
        "input.value": orjson.dumps({"task": "Hi", "cancellation_token": None}).decode(),
        "output.value": orjson.dumps({"messages": said, "stop_reason": "enough"}).decode(),
        "output.mime_type": "application/json",
    }
    told = normal(team, scope=scope)
    assert (told.input_text, told.output_text) == ("Hi", "Ho")


def test_the_model_that_answered_comes_before_the_model_that_was_asked_for():
    asked, told, answered = (
        {"llm.request.model_name": "a-1"},
        {"llm.model_name": "a-2"},
        {"llm.response.model_name": "a-2-0718"},
    )
    spans = [normal({**LLM, **asked}), normal({**LLM, **asked, **told}), normal({**LLM, **asked, **told, **answered})]
    assert [(span.dialect, span.model) for span in spans] == [
        ("openinference", "a-1"),
        ("openinference", "a-2"),
        ("openinference", "a-2-0718"),
    ]
