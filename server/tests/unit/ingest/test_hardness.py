"""Whatever is sent: a decoder raises ``BadRequest`` or nothing, and what it hands on can be stored and read again."""

import contextlib
import json
import string

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from server.tests.unit.ingest.spans import NOW_NS, PARENT_ID, SPAN_ID, TRACE_ID, body_of, raw
from threadline_server.errors import BadRequest
from threadline_server.ingest.decode import native_json, otlp_json, otlp_protobuf
from threadline_server.ingest.normalise import DIALECTS, llama_index, normalise, openinference
from threadline_server.ingest.price import priced
from threadline_server.model import Drop, RawEvent
from threadline_server.store.rows import span_batch

ANY_TEXT = st.text(st.characters(codec=None, exclude_categories=[]), max_size=30)
"""Lone surrogates, NUL and all."""
STORABLE_TEXT = st.text(st.characters(codec="utf-8"), max_size=30)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats()
JSON_TEXTS = ("model_parameters", "input", "output", "input_messages", "output_messages", "attributes", "events",
                "links", "resource")  # fmt: skip


def nested(texts):
    return st.recursive(
        SCALARS | texts,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
        max_leaves=12,
    )


NAMES = sorted(
    {
        *(prefix for _, prefixes, _ in DIALECTS for prefix in prefixes),
        "session.id", "user.id", "metadata", "tag.tags", "error.type", "threadline.input", "threadline.metadata",
        "threadline.tags", "threadline.cost_usd", "threadline.model_parameters", "threadline.span.kind",
        "threadline.time_to_first_token_ms", "openinference.span.kind", "llm.token_count.prompt", "llm.cost.total",
        "llm.input_messages.0.message.role", "llm.input_messages.0.message.content",
        "llm.input_messages.0.message.tool_calls.0.tool_call.function.arguments",
        "llm.output_messages.1.message.contents.0.message_content.text", "gen_ai.operation.name", "gen_ai.usage.input_tokens",
        "gen_ai.input.messages", "gen_ai.output.messages", "gen_ai.system_instructions", "gen_ai.request.model",
        "gen_ai.prompt.0.content", "gen_ai.completion.0.tool_calls.0.arguments", "gen_ai.response.time_to_first_chunk",
        "retrieval.documents.0.document.content", "input.mime_type", "threadline.dropped_fields",
        "langfuse.observation.type", "langfuse.observation.usage_details", "langfuse.observation.cost_details",
        "langfuse.observation.completion_start_time", "langfuse.observation.level", "langfuse.trace.metadata.plan",
        "langfuse.trace.metadata", "langfuse.trace.tags", "langfuse.trace.name", "langsmith.span.kind", "langsmith.span.tags",
        "langsmith.metadata.usage_metadata", "langsmith.metadata.thread_id", "gen_ai.usage.input_token_details",
        "metadata.usage_object", "metadata.requester_metadata", "litellm.cost.total", "mlflow.spanType", "mlflow.spanInputs",
        "mlflow.spanOutputs", "mlflow.chat.tokenUsage", "mlflow.llm.cost", "mlflow.traceTag.a", "ai.operationId",
        "ai.prompt.messages", "ai.response.text", "ai.response.toolCalls", "ai.usage.inputTokens", "ai.usage.cachedInputTokens",
        "ai.model.provider", "ai.settings.context.tags", "ai.settings.temperature", "ai.toolCall.args", "traceloop.span.kind",
        "traceloop.association.properties.tags", "llm.prompts.0.content", "llm.completions.0.tool_calls.0.name",
        "llm.request.type", "logfire.msg_template", "logfire.msg", "events", "usage", "error", "name", "request_data",
        "response_data", "all_messages_events", "pydantic_ai.all_messages", "pydantic_ai.new_message_index", "tool_arguments",
        "gcp.vertex.agent.llm_request", "gcp.vertex.agent.llm_response", "gen_ai.tool.call.id", "group_id", "agent_trace_id",
        "input.value", "output.value", "llm.provider", "tool.parameters", "task_description", "metadata.path",
        "crewai.task.description", "crewai.crew.result", "traceloop.entity.output", "agentops.span.kind", "agentops.tool.input",
        "agentops.tool.output", "agentops.tags", "tool.result", "trace.metadata.session_id", "langchain.inputs",
        "gen_ai.sdk.version", "function.args", "function.kwargs", "gen_ai.usage.cost", "mastra.span.type",
        "mastra.agent_run.input", "mastra.agent_run.output", "mastra.tags", "mastra.metadata.sessionId",
        "ai.observability.span_type", "ai.observability.cost.cost", "ai.observability.call.kwargs.a",
        "ai.observability.record_root.input", "code.function.parameters.a.value", "code.function.return.value",
        "mcp.method.name", "span.type", "tool_input", "full_command", "gen_ai.agent.description",
    }
)  # fmt: skip
SCOPES = ["", "openlit.otel", "gemini-cli", llama_index.TASK_SCOPE, *openinference.FRAMEWORKS]
WORDS = st.sampled_from(
    [
        "LLM",
        "chat",
        "execute_tool",
        "RETRIEVER",
        "application/json",
        "generation",
        "[]",
        '{"a":1}',
        "-1",
        "{'a': 1}",
        "tool",
        "ERROR",
        '"CHAT_MODEL"',
        "ai.streamText.doStream",
        "Responses API with {",
        '[{"role":"user","content":"x"}]',
        '{"input":1,"output":2,"cache":{"a":3},"total":1e400}',
        '[{"event.name":"gen_ai.choice","message":{"content":[1]}}]',
        "CHAIN",
        "AGENT",
        "agent_run",
        "tools/call",
        "llm_call",
        "{\"messages\":[\"id='1' source='user' content='\\\\N{x}' type='TextMessage'\"]}",
        '{"raw":"said","task":7}',
        '{"tool_name":1,"raw_input":2,"raw_output":3,"blocks":[4]}',
        "StopEvent(result='x')",
        '{"text":"said","toolCalls":[1]}',
        "('a', {1: 2})",
    ]
)


def storable(raw_span):
    """The span as a row, as it comes back: every text is UTF-8, every JSON text JSON."""
    span = normalise(raw_span)
    if isinstance(span, Drop):
        return
    span = priced(span)
    row = span_batch(1, [span]).to_pylist()[0]
    for text in row["texts"]:
        text.decode()
    for name in JSON_TEXTS:
        if text := getattr(span, name):
            assert text in row["texts"]
            orjson.loads(text)
    for value in span.metadata.values():
        orjson.loads(value)
    orjson.dumps([row["labels"], row["previews"], row["counts"], row["tags"], list(span.metadata)])


def all_storable(decode, body):
    with contextlib.suppress(BadRequest):
        spans, drops, received = decode(body, now_ns=NOW_NS)
        assert decode is native_json.decode or received == len(spans) + len(drops)
        for span in spans:
            storable(span)


@settings(deadline=None)
@given(body=st.binary(max_size=200))
def test_any_bytes_are_refused_or_read(body):
    for decode in (otlp_protobuf.decode, otlp_json.decode, native_json.decode):
        all_storable(decode, body)


@settings(deadline=None)
@given(data=st.data())
def test_a_damaged_body_is_refused_or_read(data):
    body = bytearray(body_of({"attributes": {"session.id": "s", "input.value": "text", "list": ["a", {"b": 1}]}}))
    for position, byte in data.draw(
        st.lists(st.tuples(st.integers(0, len(body) - 1), st.integers(0, 255)), max_size=4)
    ):
        body[position] = byte
    all_storable(otlp_protobuf.decode, bytes(body))


ATTRIBUTES = st.lists(
    st.fixed_dictionaries(
        {
            "key": ANY_TEXT | st.sampled_from(NAMES),
            "value": st.dictionaries(
                st.sampled_from(["stringValue", "intValue", "doubleValue", "boolValue", "arrayValue", "kvlistValue"]),
                nested(ANY_TEXT) | st.fixed_dictionaries({"values": nested(ANY_TEXT)}),
                max_size=1,
            ),
        }
    ),
    max_size=5,
)
SPANS = st.fixed_dictionaries(
    {"traceId": st.just(TRACE_ID), "spanId": st.just(SPAN_ID), "startTimeUnixNano": st.just(str(NOW_NS))},
    optional={
        "parentSpanId": st.just(PARENT_ID) | nested(ANY_TEXT),
        "endTimeUnixNano": st.just(NOW_NS + 5) | nested(ANY_TEXT),
        "name": ANY_TEXT | nested(ANY_TEXT),
        "attributes": ATTRIBUTES | nested(ANY_TEXT),
        "events": st.lists(st.fixed_dictionaries({"name": ANY_TEXT, "attributes": ATTRIBUTES}), max_size=2),
        "links": nested(ANY_TEXT),
        "status": nested(ANY_TEXT) | st.fixed_dictionaries({"code": SCALARS, "message": ANY_TEXT}),
        "kind": nested(ANY_TEXT),
    },
)


@settings(deadline=None)
@given(spans=st.lists(SPANS, max_size=3), resource=nested(ANY_TEXT))
def test_any_otlp_json_is_refused_or_read(spans, resource):
    request = {"resourceSpans": [{"resource": resource, "scopeSpans": [{"spans": spans}]}]}
    all_storable(otlp_json.decode, json.dumps(request).encode())


TRACES = st.fixed_dictionaries(
    {},
    optional={
        **{
            key: ANY_TEXT | nested(ANY_TEXT)
            for key in ("id", "name", "sessionId", "userId", "modelName", "error", "status")
        },
        **{key: nested(ANY_TEXT) for key in ("input", "output", "metadata", "tags", "cost", "promptTokens", "extra")},
        **{key: st.just("2026-11-23T10:00:00Z") | ANY_TEXT for key in ("startTime", "endTime")},
    },
)


@settings(deadline=None)
@given(traces=st.lists(TRACES, max_size=2), observations=st.lists(TRACES, max_size=2))
def test_any_plain_json_is_refused_or_read(traces, observations):
    body = {"traces": [{**trace, "observations": observations} for trace in traces]}
    all_storable(native_json.decode, json.dumps(body).encode())


@settings(deadline=None)
@given(
    attributes=st.dictionaries(st.sampled_from(NAMES) | STORABLE_TEXT, WORDS | nested(STORABLE_TEXT), max_size=8),
    status=st.sampled_from(["", "ok", "error"]),
    event=st.sampled_from(
        ["exception", "gen_ai.user.message", "gen_ai.choice", "gen_ai.content.prompt", "tool.output", "other"]
    ),
    told=st.dictionaries(
        st.sampled_from(["content", "message", "tool_calls", "id", "exception.type", "gen_ai.prompt"]),
        nested(STORABLE_TEXT),
        max_size=3,
    ),
    scope=st.sampled_from(SCOPES),
)
def test_any_attributes_are_normalised(attributes, status, event, told, scope):
    events = (RawEvent(event, NOW_NS, told),)
    storable(raw(attributes, status=status, events=events, resource=attributes, scope=scope))


@settings(deadline=None)
@given(indexes=st.lists(st.text(string.digits + ".-x", max_size=6), max_size=20))
def test_any_indexes_are_bounded_by_what_was_sent(indexes):
    attributes = {f"llm.input_messages.{index}.message.content": "x" for index in indexes}
    span = normalise(raw({"openinference.span.kind": "LLM", **attributes}))
    assert len(orjson.loads(span.input_messages or b"[]")) <= len(attributes)
