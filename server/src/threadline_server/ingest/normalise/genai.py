"""OpenTelemetry's GenAI conventions. What older versions of them said of messages is read in ``genai_older``.

Source: https://opentelemetry.io/docs/specs/semconv/gen-ai/ (1.37 and later: ``gen_ai.input.messages`` and ``output.messages``
as JSON or structured values). ``input_tokens`` includes the cached and ``output_tokens`` the reasoning tokens. The Model Context
Protocol's SDKs tell a call of a tool by its method, its name at times in the span's name only (``MCP send tools/call weather``).
"""

from __future__ import annotations

from typing import Any, Final

from threadline_server import messages
from threadline_server.ingest import json_text
from threadline_server.ingest.normalise.draft import Draft, plain_text
from threadline_server.ingest.normalise.shape import Names
from threadline_server.messages import Message
from threadline_server.model import Kind, RawSpan

NAME: Final = "genai"
PREFIXES: Final = ("gen_ai.", "mcp.method.name")

_KINDS: Final[dict[Any, Kind]] = {
    "chat": "generation", "text_completion": "generation", "generate_content": "generation", "embeddings": "embedding",
    "chat.completions": "generation", "chat.streaming_completions": "generation", "text.completions": "generation",
    "text.streaming_completions": "generation", "responses": "generation", "completion": "generation",
    "message": "generation", "converse": "generation", "image_generation": "generation", "speech": "generation",
    "transcription": "generation", "rerank": "reranker",
    "execute_tool": "tool", "invoke_agent": "agent", "create_agent": "agent", "invoke_workflow": "agent",
    "retrieval": "retriever", "retrieve": "retriever",
}  # fmt: skip
_TEXTS: Final[Names] = (
    ("gen_ai.conversation.id", "session_id"),
    ("gen_ai.thread.id", "session_id"),
    ("gen_ai.response.model", "model"),
    ("gen_ai.request.model", "model"),
    ("gen_ai.provider.name", "provider"),
    ("gen_ai.system", "provider"),
    ("gen_ai.response.id", "response_id"),
)
_COUNTS: Final[Names] = (
    ("gen_ai.usage.input_tokens", "prompt"),
    ("gen_ai.usage.prompt_tokens", "prompt"),
    ("gen_ai.response.prompt_tokens", "prompt"),
    ("gen_ai.usage.output_tokens", "completion"),
    ("gen_ai.usage.completion_tokens", "completion"),
    ("gen_ai.response.completion_tokens", "completion"),
    ("gen_ai.usage.total_tokens", "total"),
    ("gen_ai.usage.cache_read.input_tokens", "cached"),
    ("gen_ai.usage.cache_read_input_tokens", "cached"),
    ("gen_ai.usage.details.cache_read_tokens", "cached"),
    ("gen_ai.usage.input_tokens.cached", "cached"),
    ("gen_ai.usage.cached_tokens", "cached"),
    ("gen_ai.usage.cached_input_tokens", "cached"),
    ("gen_ai.usage.cache_creation.input_tokens", "cache_write"),
    ("gen_ai.usage.cache_creation_input_tokens", "cache_write"),
    ("gen_ai.usage.cache_write.input_tokens", "cache_write"),
    ("gen_ai.usage.cache_write_input_tokens", "cache_write"),
    ("gen_ai.usage.details.cache_write_tokens", "cache_write"),
    ("gen_ai.usage.input_tokens.cache_write", "cache_write"),
    ("gen_ai.usage.reasoning.output_tokens", "reasoning"),
    ("gen_ai.usage.reasoning_tokens", "reasoning"),
    ("gen_ai.usage.output_tokens.reasoning", "reasoning"),
    ("gen_ai.usage.details.reasoning_tokens", "reasoning"),
    ("gen_ai.usage.experimental.reasoning_tokens", "reasoning"),
)
_COSTS: Final = ("gen_ai.usage.cost", "gen_ai.usage.total_cost", "gen_ai.cost.total_cost")
_FRAMEWORKS: Final = frozenset(
    {
        "strands-agents",
        "langchain",
        "langgraph",
        "crewai",
        "llamaindex",
        "agno",
        "gcp.vertex.agent",
        "autogen",
        "spring_ai",
        "microsoft.agent_framework",
    }
)
"""What some instrumentations put where the model's provider belongs."""
_RESPONSE: Final = "resp_"
"""How OpenAI's response ids begin: the answer that a call follows on, another one each time, which some put for a conversation."""
_PARAMETERS: Final = tuple(
    (f"gen_ai.request.{name}", name)
    for name in (
        "temperature", "top_p", "top_k", "max_tokens", "frequency_penalty", "presence_penalty", "stop_sequences", "seed",
        "choice.count", "encoding_formats", "reasoning.level", "stream",
    )
)  # fmt: skip
_MCP_CALL: Final = "tools/call"
_INPUT: Final = "gen_ai.input.messages"
_OUTPUT: Final = "gen_ai.output.messages"
_SYSTEM: Final = "gen_ai.system_instructions"


def read(span: RawSpan, draft: Draft) -> None:
    attributes = span.attributes
    get = attributes.get
    if draft.kind is None:
        said = get("gen_ai.operation.name")
        draft.kind = _KINDS.get(said.lower()) if isinstance(said, str) else None
        if draft.kind is None and ("gen_ai.tool.call.id" in attributes or get("mcp.method.name") == _MCP_CALL):
            draft.kind = "tool"
    draft.offer_texts(attributes, _TEXTS)
    if draft.session_id.startswith(_RESPONSE) and draft.session_id == get("gen_ai.conversation.id"):
        draft.session_id = ""
    if draft.provider in _FRAMEWORKS:
        draft.provider = ""
    draft.offer_counts(attributes, _COUNTS)
    for name in _COSTS:
        draft.offer_cost(name, get(name))
    draft.offer_latency(
        "gen_ai.response.time_to_first_chunk", get("gen_ai.response.time_to_first_chunk"), unit_ms=1_000
    )
    if not draft.model_parameters:
        names = draft.present(attributes, _PARAMETERS)
        parameters = {name: value for key, name in names if (value := get(key)) is not None}
        if parameters:
            draft.model_parameters = json_text.dump(parameters)
    if _INPUT in attributes or _OUTPUT in attributes or _SYSTEM in attributes:
        read_messages(attributes, draft)
    if draft.kind == "tool":
        draft.name = draft.name or plain_text(get("gen_ai.tool.name")) or span.name.partition(f"{_MCP_CALL} ")[2]
        draft.response_id = draft.response_id or plain_text(get("gen_ai.tool.call.id"))
        draft.offer_input("gen_ai.tool.call.arguments", get("gen_ai.tool.call.arguments"), is_json=True)
        draft.offer_output("gen_ai.tool.call.result", get("gen_ai.tool.call.result"), is_json=True)


def read_messages(attributes: dict[str, Any], draft: Draft) -> None:
    """Messages as the conventions have them since 1.37: [{role, parts: [{type, content}]}]."""
    given, answered, system = attributes.get(_INPUT), attributes.get(_OUTPUT), attributes.get(_SYSTEM)
    if not draft.input_messages:
        draft.input_messages = [*_instructions(system), *_said(given, "user")]
        draft.stored.add(_SYSTEM)
    if not draft.output_messages:
        draft.output_messages = _said(answered, "assistant")
    draft.offer_input(_INPUT, given, is_json=True)
    draft.offer_output(_OUTPUT, answered, is_json=True)


def opened(value: Any) -> Any:
    """The value that a text holds as JSON; any other value as it is."""
    if isinstance(value, str) and value[:1] in ("[", "{", '"'):
        found, parsed = json_text.load(value)
        return parsed if found else value
    return value


def _instructions(value: Any) -> list[Message]:
    """The system prompt: a text, or an array of parts."""
    held = opened(value)
    return messages.read([{"role": "system", "content": held}], "system") if held else []


def _said(value: Any, role: str) -> list[Message]:
    held = opened(value)
    if not held:
        return []
    plain = [_plain(item) for item in held] if isinstance(held, list) else [None]
    return messages.read(held, role) if None in plain else [message for message in plain if message is not None]


def _plain(item: Any) -> Message | None:
    """The usual message, of one text, without the way through every provider's shapes."""
    if type(item) is not dict or item.get("role") not in ("user", "assistant", "system"):
        return None
    parts = item.get("parts")
    if type(parts) is not list or len(parts) != 1 or type(parts[0]) is not dict or "name" in item:
        return None
    part = parts[0]
    text = part.get("content")
    if part.get("type") != "text" or type(text) is not str or not text:
        return None
    return {"role": item["role"], "content": [{"type": "text", "text": text}]}
