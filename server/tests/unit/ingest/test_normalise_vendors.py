"""What the recorded exports do not show of the vendors' vocabularies: older names, other providers, rarer facts."""

from decimal import Decimal

import orjson
import pytest

from server.tests.unit.ingest.spans import NOW_NS, normal
from threadline_server.ingest.normalise.prefixed import unrepresented
from threadline_server.ingest.token_counts import counts_of
from threadline_server.model import RawEvent, Usage


def json_of(value):
    return orjson.dumps(value).decode()


def text(role, words):
    return {"role": role, "content": [{"type": "text", "text": words}]}


def said(span):
    return orjson.loads(span.input_messages or b"[]"), orjson.loads(span.output_messages or b"[]")


ASKED = [{"role": "user", "content": "Weather in Paris?"}]
CALL = {"id": "c-1", "name": "weather", "arguments": {"city": "Paris"}}


@pytest.mark.parametrize(
    ("details", "counts"),
    [
        ({"input": 120, "output": 17, "total": 137}, {"prompt": 120, "completion": 17}),
        (
            {"input": 56, "output": 12, "total": 137, "input_cache_read": 64, "output_reasoning": 5},
            {"prompt": 120, "completion": 17, "cached": 64, "reasoning": 5},
        ),
        (
            {"input": 120, "output": 17, "total": 137, "input_cached_tokens": 64, "output_reasoning_tokens": 5},
            {"prompt": 120, "completion": 17, "cached": 64, "reasoning": 5},
        ),
        (
            {"input_tokens": 24, "output_tokens": 17, "cache_read_input_tokens": 64, "cache_creation_input_tokens": 32},
            {"prompt": 120, "completion": 17, "cached": 64, "cache_write": 32},
        ),
        (
            {
                "prompt_tokens": 120,
                "completion_tokens": 17,
                "prompt_tokens_details": {"cached_tokens": 64, "audio_tokens": 0},
                "completion_tokens_details": {"reasoning_tokens": 5},
            },
            {"prompt": 120, "completion": 17, "cached": 64, "reasoning": 5},
        ),
        ({"total": 9}, {"total": 9}),
        ({"input": -1, "output": "many", "characters": 7}, {}),
    ],
    ids=[
        "plain",
        "exclusive, LangChain",
        "inclusive, flat",
        "exclusive, Anthropic",
        "inclusive, nested",
        "a mere total",
        "nonsense",
    ],
)
def test_counts_by_name_are_told_apart_by_their_sum(details, counts):
    assert counts_of(details) == counts


def test_langfuse_tells_the_price_the_first_token_and_an_error_that_opentelemetry_did_not_see():
    span = normal(
        {
            "langfuse.observation.type": "generation",
            "langfuse.observation.model.name": "gpt-4o",
            "langfuse.observation.cost_details": json_of({"input": 0.25, "output": 0.5}),
            "langfuse.observation.completion_start_time": '"2026-11-23T10:30:00.250000Z"',
            "langfuse.observation.level": "ERROR",
            "langfuse.observation.status_message": "refused",
            "langfuse.observation.metadata.langfuse_session_id": "s-1",
            "langfuse.user.id": "u-1",
            "langfuse.release": "v2",
        },
        start_ns=NOW_NS,
    )
    assert (span.kind, span.model, span.cost_usd, span.time_to_first_token_ms) == (
        "generation",
        "gpt-4o",
        Decimal("0.75"),
        250,
    )
    assert (span.status, span.error.type, span.error.message) == ("error", "error", "refused")
    assert (span.session_id, span.user_id, span.release, span.dialect) == ("s-1", "u-1", "v2", "langfuse")


def test_langfuse_names_the_trace_on_its_root_and_the_name_it_came_with_is_kept():
    root = normal({"langfuse.trace.name": "checkout"}, name="handler")
    child = normal({"langfuse.trace.name": "checkout"}, name="step", parent_id="00f067aa0ba902b7")

    assert (root.name, child.name) == ("checkout", "step")
    assert orjson.loads(root.attributes)["threadline.sent_name"] == "handler"


def test_langsmiths_project_is_no_session_and_an_id_alone_is_one():
    project = {"langsmith.trace.session_name": "my-project", "langsmith.trace.session_id": "5e1f"}

    assert normal(project).session_id == ""
    assert normal({"langsmith.trace.session_id": "s-1"}).session_id == "s-1"
    assert normal({**project, "langsmith.metadata.thread_id": "s-2"}).session_id == "s-2"


AI_V4 = {
    "ai.operationId": "ai.generateText.doGenerate",
    "ai.model.provider": "openai.chat",
    "ai.model.id": "gpt-4o",
    "ai.settings.temperature": 0.5,
    "ai.settings.maxRetries": 2,
    "ai.prompt.messages": json_of([{"role": "user", "content": [{"type": "text", "text": "Weather in Paris?"}]}]),
    "ai.response.toolCalls": json_of([{"toolCallId": "c-1", "toolName": "weather", "args": '{"city":"Paris"}'}]),
    "ai.usage.promptTokens": 120,
    "ai.usage.completionTokens": 17,
    "ai.telemetry.metadata.sessionId": "s-1",
    "ai.telemetry.metadata.userId": "u-1",
    "ai.telemetry.metadata.plan": "pro",
    "ai.telemetry.metadata.tags": ["blue"],
}


def test_the_ai_sdks_version_4_is_read():
    span = normal(AI_V4)
    assert said(span) == (
        [text("user", "Weather in Paris?")],
        [{"role": "assistant", "content": [], "toolCalls": [CALL]}],
    )
    assert (span.kind, span.model, span.provider, span.usage) == (
        "generation",
        "gpt-4o",
        "openai",
        Usage(120, 17, 0, 0, 0, 137),
    )
    assert (span.session_id, span.user_id, span.tags, span.metadata["plan"]) == ("s-1", "u-1", ("blue",), '"pro"')
    assert orjson.loads(span.model_parameters) == {"temperature": 0.5}


@pytest.mark.parametrize(
    ("provider", "counts"),
    [
        ("anthropic.messages", {"ai.usage.inputTokens": 56}),
        ("anthropic.messages", {"ai.usage.inputTokens": 120, "ai.usage.inputTokenDetails.cacheReadTokens": 64}),
        ("openai.chat", {"ai.usage.inputTokens": 120}),
    ],
    ids=["version 5, which left it out", "version 6, which tells the parts", "a provider that counts it in"],
)
def test_the_ai_sdks_cached_tokens_are_part_of_the_prompt(provider, counts):
    span = normal(
        {
            "ai.operationId": "ai.streamText.doStream",
            "ai.model.provider": provider,
            "ai.usage.outputTokens": 17,
            "ai.usage.cachedInputTokens": 64,
            **counts,
        }
    )
    assert span.usage == Usage(120, 17, 64, 0, 0, 137)


@pytest.mark.parametrize(
    ("attributes", "kind", "name"),
    [
        ({"ai.operationId": "ai.toolCall", "ai.toolCall.name": "weather", "ai.toolCall.id": "c-1"}, "tool", "weather"),
        ({"ai.operationId": "ai.embed.doEmbed", "ai.usage.tokens": 5}, "embedding", "step"),
        ({"ai.operationId": "ai.streamObject"}, "agent", "step"),
        ({"traceloop.span.kind": "tool", "traceloop.entity.name": "weather"}, "tool", "weather"),
        ({"traceloop.span.kind": "workflow"}, "span", "step"),
        ({"llm.request.type": "rerank"}, "reranker", "step"),
        ({"mlflow.spanType": '"RETRIEVER"'}, "retriever", "step"),
        ({"langsmith.span.kind": "llm"}, "generation", "step"),
        ({"langfuse.observation.type": "guardrail"}, "guardrail", "step"),
        ({"logfire.msg_template": "Function: {name}", "name": "weather"}, "tool", "weather"),
        ({"logfire.msg_template": "Embedding Creation with {request_data[model]!r}"}, "embedding", "step"),
    ],
)
def test_kinds_and_names_of_tools_are_told(attributes, kind, name):
    span = normal(attributes)
    assert (span.kind, span.name) == (kind, name)


def test_openllmetrys_first_names_are_read():
    span = normal(
        {
            "llm.request.type": "chat",
            "llm.vendor": "OpenAI",
            "llm.request.model": "gpt-4",
            "llm.response.model": "gpt-4-0613",
            "llm.prompts.0.role": "user",
            "llm.prompts.0.content": "Weather in Paris?",
            "llm.completions.0.role": "assistant",
            "llm.completions.0.content": "18C.",
            "llm.usage.prompt_tokens": 21,
            "llm.usage.completion_tokens": 9,
            "traceloop.association.properties.chat_id": "s-1",
            "traceloop.association.properties.userId": "u-1",
        }
    )
    assert said(span) == ([text("user", "Weather in Paris?")], [text("assistant", "18C.")])
    assert (span.model, span.provider, span.usage) == ("gpt-4-0613", "OpenAI", Usage(21, 9, 0, 0, 0, 30))
    assert (span.session_id, span.user_id, span.dialect) == ("s-1", "u-1", "openllmetry")


def test_logfires_calls_of_a_providers_client_are_read():
    span = normal(
        {
            "logfire.msg_template": "Chat Completion with {request_data[model]!r}",
            "logfire.msg": "Chat Completion with 'gpt-4o'",
            "request_data": json_of({"messages": ASKED, "model": "gpt-4o"}),
            "response_data": json_of(
                {
                    "message": {"role": "assistant", "content": "18C."},
                    "usage": {"prompt_tokens": 21, "completion_tokens": 9},
                }
            ),
        },
        name="Chat Completion with {request_data[model]!r}",
    )
    assert (span.kind, span.name, span.model) == ("generation", "Chat Completion with 'gpt-4o'", "gpt-4o")
    assert (span.input_text, span.output_text, span.usage) == ("Weather in Paris?", "18C.", Usage(21, 9, 0, 0, 0, 30))


def test_pydantic_ais_first_formats_are_read():
    events = [
        {"event.name": "gen_ai.user.message", "content": "Weather in Paris?", "role": "user"},
        {"event.name": "gen_ai.choice", "index": 0, "message": {"role": "assistant", "content": "18C."}},
    ]
    call = normal({"gen_ai.operation.name": "chat", "logfire.msg": "chat gpt-4o", "events": json_of(events)})
    run = normal({"agent_name": "assistant", "all_messages_events": json_of(events[:1]), "final_result": "18C."})
    tool = normal(
        {
            "gen_ai.tool.name": "weather",
            "logfire.msg": "running tool: weather",
            "tool_arguments": '{"city":"Paris"}',
            "tool_response": "18C",
        }
    )
    assert said(call) == ([text("user", "Weather in Paris?")], [text("assistant", "18C.")])
    assert (run.kind, run.input_text, run.output_text) == ("agent", "Weather in Paris?", "18C.")
    assert (tool.kind, tool.name, tool.input, tool.output) == ("tool", "weather", b'{"city":"Paris"}', b'"18C"')


@pytest.mark.parametrize("scrubbed", ["session.id", "session_id", "baggage.session_id"])
def test_a_scrubbed_id_is_none_and_hides_no_other(scrubbed):
    placeholder = {scrubbed: "[Scrubbed due to 'session']"}

    assert normal(placeholder).session_id == ""
    assert normal({**placeholder, "gen_ai.conversation.id": "s-1"}).session_id == "s-1"


@pytest.mark.parametrize(
    "name",
    [
        "session_id", "sessionId", "thread_id", "conversation_id", "conversation.id", "baggage.session.id", "metadata.session_id",
        "metadata.threadId", "langgraph.thread_id", "gcp.vertex.agent.session_id", "lmnr.association.properties.session_id",
        "mastra.metadata.threadId", "ai.telemetry.metadata.session_id", "ai.settings.context.sessionId", "langfuse.session.id",
        "langfuse.observation.metadata.thread_id", "langfuse.trace.metadata.langfuse_session_id", "langsmith.session.id",
        "langsmith.metadata.conversation_id", "mlflow.trace.session", "traceloop.association.properties.session_id",
        "traceloop.association.properties.thread_id", "gen_ai.conversation.id", "session.id",
    ],
)  # fmt: skip
def test_every_name_of_a_session_id_is_taken(name):
    assert normal({name: "s-1"}).session_id == "s-1"


@pytest.mark.parametrize("name", ["thread.id", "langsmith.trace.session_name", "llm.session_name"])
def test_what_names_something_else_is_no_session_id(name):
    assert normal({name: "s-1"}).session_id == ""


def test_general_ids_on_mlflows_own_span_come_out_of_their_quotes_and_elsewhere_keep_them():
    quoted = {"session.id": '"s-1"', "user.id": '"u-1"'}
    ids = [
        (span.session_id, span.user_id) for span in (normal(quoted | {"mlflow.spanType": '"AGENT"'}), normal(quoted))
    ]
    assert ids == [("s-1", "u-1"), ('"s-1"', '"u-1"')]


def test_mlflows_values_come_out_of_their_quotes():
    span = normal(
        {
            "mlflow.spanType": '"CHAT_MODEL"',
            "mlflow.spanInputs": json_of({"model": "gpt-4o", "messages": ASKED, "temperature": 0.5}),
            "mlflow.spanOutputs": json_of(
                {"id": "r-1", "choices": [{"message": {"role": "assistant", "content": "18C."}}]}
            ),
            "mlflow.trace.session": '"s-1"',
            "mlflow.trace.user": "u-1",
            "mlflow.chat.tokenUsage": json_of(
                {"input_tokens": 120, "output_tokens": 17, "cache_read_input_tokens": 64}
            ),
            "mlflow.llm.cost": json_of({"total_cost": 0.5}),
        },
        events=(RawEvent("mlflow.chunk.item.0", NOW_NS + 40_000_000, {}),),
    )
    assert (span.session_id, span.user_id, span.model, span.response_id) == ("s-1", "u-1", "gpt-4o", "r-1")
    assert (span.usage, span.cost_usd, span.time_to_first_token_ms) == (
        Usage(120, 17, 64, 0, 0, 137),
        Decimal("0.5"),
        40,
    )
    assert (span.input_text, span.output_text, span.model_parameters) == (
        "Weather in Paris?",
        "18C.",
        b'{"temperature":0.5}',
    )


def test_adks_first_spans_hold_the_whole_request_and_response():
    span = normal(
        {
            "gen_ai.system": "gcp.vertex.agent",
            "gen_ai.request.model": "gemini-2.0-flash",
            "gcp.vertex.agent.session_id": "s-1",
            "gcp.vertex.agent.llm_request": json_of(
                {"contents": [{"role": "user", "parts": [{"text": "Weather in Paris?"}]}]}
            ),
            "gcp.vertex.agent.llm_response": json_of(
                {
                    "content": {"role": "model", "parts": [{"text": "18C."}]},
                    "usage_metadata": {
                        "prompt_token_count": 120,
                        "candidates_token_count": 12,
                        "thoughts_token_count": 5,
                    },
                }
            ),
        },
        name="call_llm",
    )
    assert (span.kind, span.session_id, span.provider) == ("generation", "s-1", "")
    assert (span.input_text, span.output_text, span.usage) == (
        "Weather in Paris?",
        "18C.",
        Usage(120, 17, 0, 0, 5, 137),
    )


def test_an_agent_of_strands_repeats_what_it_used_before():
    used = {
        "gen_ai.usage.input_tokens": 301,
        "gen_ai.usage.output_tokens": 38,
        "gen_ai.event.start_time": "2026-11-23T10:30:00Z",
    }

    assert normal({"gen_ai.operation.name": "invoke_agent", **used}).usage is None
    assert normal({"gen_ai.operation.name": "chat", **used}).usage == Usage(301, 38, 0, 0, 0, 339)


def test_a_proxys_caller_is_the_user_and_the_price_it_reckoned_stands():
    span = normal(
        {"metadata.user_api_key_end_user_id": "u-1", "litellm.cost.total": 0.5, "metadata.usage_object": "{'a': 1}"}
    )

    assert (span.user_id, span.cost_usd, span.dialect) == ("u-1", Decimal("0.5"), "litellm")


@pytest.mark.parametrize(
    ("shown", "value"),
    [
        ("{'cache_read': 64, 'audio': None}", {"cache_read": 64, "audio": None}),
        ("{'said': \"it's: None\", 'path': 'C:\\\\new'}", {"said": "it's: None", "path": "C:\\new"}),
        ('{"a": 1}', {"a": 1}),
        ("{'a': {1}}", {"a": "{1}"}),
        ("{'a': __import__('os')}", {}),
        (r"{'a': '\q'}", {}),
        ("{'a':" * 5_000, {}),
        (7, {}),
    ],
)
def test_an_object_that_python_wrote_is_read_and_nothing_of_it_is_run(shown, value):
    assert unrepresented(shown) == value


def test_adks_reasoning_is_counted_once_behind_litellm_and_the_model_loses_its_prefix():
    used = {
        "gcp.vertex.agent.event_id": "e-1",
        "gen_ai.operation.name": "generate_content",
        "gen_ai.usage.input_tokens": 120,
        "gen_ai.usage.output_tokens": 22,
        "gen_ai.usage.reasoning.output_tokens": 5,
    }
    through = normal({**used, "gen_ai.provider.name": "openai", "gen_ai.request.model": "openai/gpt-4o-mini"})
    direct = normal({**used, "gen_ai.provider.name": "gcp.gemini", "gen_ai.request.model": "gemini-2.0-flash"})

    assert (through.model, through.usage) == ("gpt-4o-mini", Usage(120, 17, 0, 0, 5, 137))
    assert (direct.model, direct.usage) == ("gemini-2.0-flash", Usage(120, 22, 0, 0, 5, 142))


@pytest.mark.parametrize("name", ["litellm.session_id", "metadata.litellm_session_id"])
def test_litellms_session_is_the_session(name):
    assert normal({name: "s-1", "metadata.user_api_key_end_user_id": "u-1"}).session_id == "s-1"


def test_langfuses_observation_may_have_its_metadata_as_one_object():
    told = json_of({"sessionId": "s-1", "langfuse_user_id": "u-1"})
    span = normal({"langfuse.observation.type": "span", "langfuse.observation.metadata": told})
    assert (span.session_id, span.user_id) == ("s-1", "u-1")


CLAUDE_CODE = {"session.id": "s-1", "user.id": "u-1"}


def test_claude_codes_spans_count_with_bare_names_and_without_the_cache():
    span = normal(
        {
            **CLAUDE_CODE,
            "span.type": "llm_request",
            "model": "claude-opus-4-5",
            "gen_ai.system": "anthropic",
            "input_tokens": 24,
            "output_tokens": 17,
            "cache_read_tokens": 64,
            "cache_creation_tokens": 32,
            "ttft_ms": 250,
            "request_id": "req-1",
            "success": True,
        },
        name="claude_code.llm_request",
    )
    assert (span.dialect, span.kind, span.model, span.usage) == (
        "claude-code", "generation", "claude-opus-4-5", Usage(120, 17, 64, 32, 0, 137),
    )  # fmt: skip
    assert (span.session_id, span.user_id, span.time_to_first_token_ms, span.response_id) == (
        "s-1", "u-1", 250, "req-1",
    )  # fmt: skip


def test_claude_codes_interactions_and_tools_and_failed_requests_are_understood():
    asked = normal({**CLAUDE_CODE, "span.type": "interaction", "user_prompt": "Fix it"}, name="claude_code.interaction")
    secret = normal({"span.type": "interaction", "user_prompt": "<REDACTED>"}, name="claude_code.interaction")
    tool = normal({"span.type": "tool", "tool_name": "Bash", "tool_use_id": "t-1"}, name="claude_code.tool")
    failed = normal(
        {"span.type": "llm_request", "success": False, "error": "overloaded", "status_code": 529},
        name="claude_code.llm_request",
    )
    assert (asked.kind, said(asked)[0], secret.input_text) == ("agent", [text("user", "Fix it")], "")
    assert (tool.kind, tool.name, tool.response_id) == ("tool", "Bash", "t-1")
    assert (failed.status, failed.error.type, failed.error.message) == ("error", "529", "overloaded")


def test_a_span_type_of_other_programs_is_not_claude_codes():
    span = normal({"span.type": "llm_request", "input_tokens": 3, "model": "m"})
    assert (span.kind, span.usage, span.model) == ("span", None, "")


def test_spring_ai_names_the_conversation_on_the_chat_clients_span():
    span = normal(
        {
            "gen_ai.operation.name": "framework",
            "gen_ai.system": "spring_ai",
            "spring.ai.kind": "chat_client",
            "spring.ai.chat.client.conversation.id": "s-1",
        }
    )
    nobodys = normal({"spring.ai.kind": "chat_client", "spring.ai.chat.client.conversation.id": "default"})
    assert (span.dialect, span.kind, span.session_id, span.provider) == ("spring-ai", "agent", "s-1", "")
    assert nobodys.session_id == ""


def test_spring_ais_tools_and_vector_stores_are_understood():
    tool = normal(
        {
            "spring.ai.kind": "tool_call",
            "spring.ai.tool.definition.name": "weather",
            "spring.ai.tool.call.arguments": '{"city":"Paris"}',
            "spring.ai.tool.call.result": '"18C"',
        },
        name="tool_call weather",
    )
    found = normal({"spring.ai.kind": "vector_store", "db.vector.query.content": "parcels"})
    assert (tool.kind, tool.name, orjson.loads(tool.input), orjson.loads(tool.output)) == (
        "tool", "weather", {"city": "Paris"}, "18C",
    )  # fmt: skip
    assert (found.kind, orjson.loads(found.input)) == ("retriever", "parcels")


def test_logfires_calls_of_gemini_are_read_from_their_events():
    events = [{"content": "Hello", "role": "user"}, {"index": 0, "message": {"role": "assistant", "content": ["Hi"]}}]
    span = normal(
        {
            "gen_ai.operation.name": "generate_content",
            "logfire.span_type": "span",
            "gen_ai.request.model": "gemini-2.0-flash",
            "events": json_of(events),
        }
    )
    assert said(span) == ([text("user", "Hello")], [text("assistant", "Hi")])


def test_the_outer_span_of_a_vercel_embedding_is_no_model_call():
    span = normal({"ai.operationId": "ai.embed", "ai.model.id": "text-embedding-3-small", "ai.usage.tokens": 7})
    assert (span.kind, span.usage) == ("span", Usage(7, 0, 0, 0, 0, 7))


def genkit(subtype, **facts):
    return {"genkit:type": "action", "genkit:metadata:subtype": subtype} | {
        f"genkit:{name}": json_of(value) if isinstance(value, dict | list) else value for name, value in facts.items()
    }


def test_a_model_call_of_genkit_has_its_parts_and_counts_thoughts_that_gemini_leaves_out():
    parts = [{"media": {"url": "https://a.example/b.png", "contentType": "image/png"}}, {"text": "What is this?"}]
    answer = [
        {"reasoning": "A picture."},
        {"toolRequest": {"ref": "c-1", "name": "weather", "input": {"city": "Paris"}}},
    ]
    usage = {"inputTokens": 10, "outputTokens": 4, "thoughtsTokens": 6, "totalTokens": 20, "cachedContentTokens": 3}
    span = normal(
        genkit(
            "model",
            name="googleai/gemini-2.5-flash",
            input={"messages": [{"role": "user", "content": parts}], "config": {"temperature": 0}},
            output={"message": {"role": "model", "content": answer}, "usage": {**usage, "inputImages": 1}},
        )
    )
    (asked,), (answered,) = said(span)
    assert (span.dialect, span.kind, span.provider, span.model) == (
        "genkit",
        "generation",
        "googleai",
        "gemini-2.5-flash",
    )
    assert [part["type"] for part in asked["content"]] == ["image", "text"]
    assert (answered["toolCalls"], answered["content"][0]["type"]) == ([CALL], "reasoning")
    assert (span.usage, orjson.loads(span.model_parameters)) == (Usage(10, 10, 3, 0, 6, 20), {"temperature": 0})


def test_session_and_user_of_genkit_are_in_the_context_or_set_by_the_program():
    context = {"auth": "<redacted>", "sessionId": "s-1", "userId": "u-1"}
    flow = normal(genkit("flow", **{"metadata:context": context}, input='"Hi"', output='"Hello"'))
    assert (flow.kind, flow.session_id, flow.user_id) == ("span", "s-1", "u-1")
    assert (flow.input_text, flow.output_text, "auth" in flow.metadata) == ("Hi", "Hello", False)
    told = normal(genkit("tool", **{"metadata:sessionId": "s-2", "metadata:interrupt": "{}"}))
    assert (told.kind, told.session_id, list(told.metadata)) == ("tool", "s-2", ["sessionId"])
    assert normal(genkit("agent", **{"metadata:agent:sessionId": "s-3"})).session_id == "s-3"
    asked = {"messages": [{"role": "user", "content": [{"text": "Hi"}]}], "model": "openai/gpt-4o-mini"}
    root = normal({"genkit:type": "util", "genkit:input": json_of(asked)}, parent_id="")
    assert (root.kind, root.input_text, root.usage) == ("span", "Hi", None)
