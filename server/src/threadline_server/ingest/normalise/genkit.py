"""Genkit (Google's framework for JavaScript, Go and Python): every action is a span whose input and output are its own JSON.

Source: https://genkit.dev/docs/observability and ``@genkit-ai/core`` 1.42 (``tracing/instrumentation``). ``genkit:type`` and
``genkit:metadata:subtype`` say what an action is. Session and user are the caller's: in the context of a flow, of which
``auth`` and ``secrets`` do not leave the program, or set by ``setCustomMetadataAttributes``.
"""

from __future__ import annotations

import re
from typing import Any, Final

from threadline_server import messages
from threadline_server.ingest import json_text
from threadline_server.ingest.json_text import as_object
from threadline_server.ingest.normalise.draft import Draft, plain_text
from threadline_server.ingest.normalise.prefixed import under, unquoted
from threadline_server.ingest.normalise.shape import Names
from threadline_server.messages import Message
from threadline_server.model import Kind, RawSpan

NAME: Final = "genkit"
PREFIXES: Final = ("genkit:",)

_METADATA: Final = "genkit:metadata:"
_CONTEXT: Final = "genkit:metadata:context"
_ITS_OWN: Final = re.compile(r"(?:subtype|context|resumed|interrupt)$|agent:|flow:")
"""What Genkit itself puts among the metadata."""
_REDACTED: Final = frozenset({"auth", "secrets"})
_KINDS: Final[dict[Any, Kind]] = {
    "model": "generation", "background-model": "generation", "tool": "tool", "tool.v2": "tool", "embedder": "embedding",
    "retriever": "retriever", "reranker": "reranker", "evaluator": "evaluator", "agent": "agent",
}  # fmt: skip
_SESSION: Final[Names] = (("genkit:sessionId", "session_id"), ("genkit:metadata:agent:sessionId", "session_id"))
_COUNTS: Final[Names] = (
    ("inputTokens", "prompt"),
    ("outputTokens", "completion"),
    ("totalTokens", "total"),
    ("cachedContentTokens", "cached"),
    ("thoughtsTokens", "reasoning"),
)
_OPENAI_PARTS: Final[tuple[tuple[str, Names], ...]] = (
    ("prompt_tokens_details", (("cached_tokens", "cached"),)),
    ("completion_tokens_details", (("reasoning_tokens", "reasoning"),)),
)


def read(span: RawSpan, draft: Draft) -> None:
    attributes = span.attributes
    get = attributes.get
    if draft.kind is None:
        draft.kind = _KINDS.get(get("genkit:metadata:subtype"), "span")
    draft.offer_input("genkit:input", get("genkit:input"), is_json=True)
    draft.offer_output("genkit:output", get("genkit:output"), is_json=True)
    draft.offer_texts(attributes, _SESSION)
    given, gave = as_object(draft.asked), as_object(draft.answered)
    asked, answered = _messages(given.get("messages"), "user"), _messages([gave.get("message")], "assistant")
    if draft.kind == "generation":
        draft.input_messages = draft.input_messages or asked
        draft.output_messages = draft.output_messages or answered
        _read_call(plain_text(get("genkit:name")), given, gave, draft)
    else:
        draft.asked, draft.answered = asked or draft.asked, answered or draft.answered
    _read_metadata(attributes, draft)


def _read_call(name: str, given: dict[str, Any], gave: dict[str, Any], draft: Draft) -> None:
    """A model's name begins with its plugin's; what the provider answered stands beside the message, as it came."""
    provider, _, asked_for = name.rpartition("/")
    raw = as_object(gave.get("raw") or gave.get("custom"))
    draft.provider = draft.provider or provider
    draft.model = draft.model or plain_text(raw.get("model")) or asked_for
    draft.response_id = draft.response_id or plain_text(raw.get("id") or raw.get("responseId"))
    if given.get("config"):
        draft.offer_parameters("genkit:input", given["config"])
    draft.offer_counts(as_object(gave.get("usage")), _COUNTS)
    for part, names in _OPENAI_PARTS:
        draft.offer_counts(as_object(as_object(raw.get("usage")).get(part)), names)


def _read_metadata(attributes: dict[str, Any], draft: Draft) -> None:
    for name, key, value in under(attributes, _METADATA):
        if not _ITS_OWN.match(key) and value not in ("", None):
            draft.offer_metadata([(key, unquoted(value))])
            draft.stored.add(name)
    context = json_text.load_object(attributes.get(_CONTEXT)) or {}
    draft.offer_metadata((key, value) for key, value in context.items() if key not in _REDACTED)


def _messages(held: Any, role: str) -> list[Message]:
    rows = held if isinstance(held, list) else []
    return messages.read([_spelled(row) for row in rows if isinstance(row, dict) and "content" in row], role)


def _spelled(row: dict[str, Any]) -> dict[str, Any]:
    content = row["content"]
    return {**row, "content": [_part(part) for part in content]} if isinstance(content, list) else row


def _part(part: Any) -> Any:
    """A part in words that other providers use too; a text is understood as it is."""
    told = as_object(part)
    if isinstance(call := told.get("toolRequest"), dict):
        return {"type": "tool_call", "id": call.get("ref"), "name": call.get("name"), "arguments": call.get("input")}
    if isinstance(result := told.get("toolResponse"), dict):
        said = {"name": result.get("name"), "content": result.get("content") or result.get("output")}
        return {"type": "tool_result", "toolCallId": result.get("ref"), **said}
    if isinstance(media := told.get("media"), dict):
        return {"type": "media", "url": media.get("url"), "mediaType": media.get("contentType")}
    if isinstance(told.get("reasoning"), str):
        return {"type": "reasoning", "text": told["reasoning"]}
    return part
