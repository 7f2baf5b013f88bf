"""OpenLLMetry, Traceloop's instrumentations and SDK, beside the GenAI names that they share with everybody.

Source: ``opentelemetry-semantic-conventions-ai`` (SpanAttributes) and https://www.traceloop.com/docs/openllmetry. Association
properties are the caller's own; they go on every span. Versions before 0.5 wrote ``llm.*`` for what are ``gen_ai.*`` names now.
"""

from __future__ import annotations

from typing import Any, Final

from threadline_server import messages
from threadline_server.ingest.normalise import llama_index
from threadline_server.ingest.normalise.draft import Draft, plain_text
from threadline_server.ingest.normalise.flattened import FlatLists, in_order, unflatten
from threadline_server.ingest.normalise.prefixed import offer_metadata
from threadline_server.ingest.normalise.shape import Names
from threadline_server.messages import Message
from threadline_server.model import Kind, RawSpan

NAME: Final = "openllmetry"
PREFIXES: Final = (
    "traceloop.", "llm.request.type", "llm.request.functions.", "llm.usage.", "llm.prompts.", "llm.completions.", "llm.vendor",
    "llm.is_streaming", "llm.user",
)  # fmt: skip

_KINDS: Final[dict[str, Kind]] = {
    "tool": "tool",
    "agent": "agent",
    "task": "span",
    "workflow": "span",
    "unknown": "span",
}
REQUESTS: Final[dict[str, Kind]] = {
    "chat": "generation", "completion": "generation", "embedding": "embedding", "rerank": "reranker",
}  # fmt: skip
_ASSOCIATED: Final = "traceloop.association.properties."
_TEXTS: Final[Names] = (
    (_ASSOCIATED + "session_id", "session_id"),
    (_ASSOCIATED + "sessionId", "session_id"),
    (_ASSOCIATED + "conversation_id", "session_id"),
    (_ASSOCIATED + "thread_id", "session_id"),
    (_ASSOCIATED + "chat_id", "session_id"),
    (_ASSOCIATED + "user_id", "user_id"),
    (_ASSOCIATED + "userId", "user_id"),
    ("llm.user", "user_id"),
    ("gen_ai.response.model", "model"),
    ("llm.response.model", "model"),
    ("llm.request.model", "model"),
    ("llm.vendor", "provider"),
)
_COUNTS: Final[Names] = (
    ("llm.usage.prompt_tokens", "prompt"),
    ("llm.usage.completion_tokens", "completion"),
    ("llm.usage.cache_read_input_tokens", "cached"),
    ("llm.usage.cache_creation_input_tokens", "cache_write"),
    ("llm.usage.reasoning_tokens", "reasoning"),
    ("llm.usage.total_tokens", "total"),
)
_PROMPTS: Final = "llm.prompts."
_COMPLETIONS: Final = "llm.completions."
_LISTS: Final = FlatLists(_PROMPTS, _COMPLETIONS)


def read(span: RawSpan, draft: Draft) -> None:
    attributes = span.attributes
    get = attributes.get
    if draft.kind is None:
        draft.kind = _KINDS.get(plain_text(get("traceloop.span.kind"))) or REQUESTS.get(
            plain_text(get("llm.request.type"))
        )
    draft.offer_texts(attributes, _TEXTS)
    draft.offer_counts(attributes, _COUNTS)
    offer_metadata(attributes, _ASSOCIATED, draft)
    if draft.kind == "tool":
        draft.name = draft.name or plain_text(get("gen_ai.tool.name")) or plain_text(get("traceloop.entity.name"))
    draft.offer_input("traceloop.entity.input", get("traceloop.entity.input"), is_json=True)
    draft.offer_output("traceloop.entity.output", get("traceloop.entity.output"), is_json=True)
    if span.scope == llama_index.TASK_SCOPE:
        llama_index.read_task(draft)
    lists = _LISTS.gather(attributes, draft.shape_of(attributes))
    if _PROMPTS in lists and not draft.input_messages:
        draft.input_messages = _messages(lists[_PROMPTS].rows, "user")
        draft.stored.update(lists[_PROMPTS].names if draft.input_messages else ())
    if _COMPLETIONS in lists and not draft.output_messages:
        draft.output_messages = _messages(lists[_COMPLETIONS].rows, "assistant")
        draft.stored.update(lists[_COMPLETIONS].names if draft.output_messages else ())


def _messages(rows: dict[int, dict[str, Any]], role: str) -> list[Message]:
    found: list[Message] = []
    for index in sorted(rows):
        tree = unflatten(rows[index])
        spelled = {"role": plain_text(tree.get("role")) or role, "content": tree.get("content")}
        calls = in_order(tree.get("tool_calls"))
        if calls:
            spelled["tool_calls"] = calls
        if isinstance(tree.get("function_call"), dict):
            spelled["function_call"] = tree["function_call"]
        found += messages.read([spelled], role)
    return found
