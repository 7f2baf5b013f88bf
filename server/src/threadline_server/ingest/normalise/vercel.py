"""Vercel's AI SDK: ``ai.*`` of versions 3 to 6 and of 7's legacy spans; 7 itself writes GenAI names and adds the caller's context.

Source: https://ai-sdk.dev/docs/ai-sdk-core/telemetry. The outer span of a call sums up its steps (``ai.generateText``), each step
that calls the model is a span below it (``ai.generateText.doGenerate``).
"""

from __future__ import annotations

from typing import Any, Final

from threadline_server import messages
from threadline_server.ingest import json_text
from threadline_server.ingest.normalise.draft import Draft, plain_text
from threadline_server.ingest.normalise.genai import opened
from threadline_server.ingest.normalise.prefixed import offer_metadata, under
from threadline_server.ingest.normalise.shape import Names
from threadline_server.model import Kind, RawSpan

NAME: Final = "vercel-ai"
PREFIXES: Final = ("ai.",)

_KINDS: Final[dict[str, Kind]] = {
    "ai.toolCall": "tool", "ai.generateText": "agent", "ai.streamText": "agent", "ai.generateObject": "agent",
    "ai.streamObject": "agent", "ai.embed": "span", "ai.embedMany": "span", "ai.rerank": "span",
}  # fmt: skip
_WORK: Final[dict[str, Kind]] = {
    "doGenerate": "generation", "doStream": "generation", "doEmbed": "embedding", "doRerank": "reranker",
}  # fmt: skip
_TEXTS: Final[Names] = (
    ("ai.response.model", "model"),
    ("gen_ai.response.model", "model"),
    ("ai.model.id", "model"),
    ("ai.response.id", "response_id"),
    ("ai.toolCall.id", "response_id"),
)
_COUNTS: Final[Names] = (
    ("ai.usage.inputTokens", "prompt"),
    ("ai.usage.promptTokens", "prompt"),
    ("ai.usage.outputTokens", "completion"),
    ("ai.usage.completionTokens", "completion"),
    ("ai.usage.tokens", "prompt"),
    ("ai.usage.totalTokens", "total"),
    ("ai.usage.inputTokenDetails.cacheReadTokens", "cached"),
    ("ai.usage.cachedInputTokens", "cached"),
    ("ai.usage.inputTokenDetails.cacheWriteTokens", "cache_write"),
    ("ai.usage.outputTokenDetails.reasoningTokens", "reasoning"),
    ("ai.usage.reasoningTokens", "reasoning"),
)
_CONTEXTS: Final = ("ai.telemetry.metadata.", "ai.settings.context.", "ai.settings.metadata.")
_SETTINGS: Final = "ai.settings."
_NO_PARAMETERS: Final = ("context.", "metadata.", "maxRetries", "maxSteps", "output")
_LATENCIES: Final = ("ai.response.msToFirstChunk", "ai.stream.msToFirstChunk")
_WITHOUT_THE_CACHE: Final = ("anthropic", "amazon-bedrock", "bedrock", "vertex.anthropic", "google.vertex.anthropic")
_DETAILS: Final = "ai.usage.inputTokenDetails."


def read(span: RawSpan, draft: Draft) -> None:
    attributes = span.attributes
    get = attributes.get
    operation = plain_text(get("ai.operationId"))
    if draft.kind is None:
        draft.kind = _KINDS.get(operation) or _WORK.get(operation.rpartition(".")[2])
    if draft.kind != "tool" or not draft.response_id:
        draft.offer_texts(attributes, _TEXTS)
    draft.offer_counts(attributes, _COUNTS)
    provider = plain_text(get("ai.model.provider"))
    if provider and not draft.provider:
        draft.provider = provider.partition(".")[0]
    if draft.cached and draft.prompt is not None and _left_out_the_cache(provider, attributes):
        draft.prompt, draft.total = draft.prompt + draft.cached, None
    for name in _LATENCIES:
        draft.offer_latency(name, get(name), unit_ms=1)
    for prefix in _CONTEXTS:
        offer_metadata(attributes, prefix, draft)
    _read_parameters(attributes, draft)
    if draft.kind == "tool":
        draft.name = draft.name or plain_text(get("ai.toolCall.name"))
        draft.offer_input("ai.toolCall.args", get("ai.toolCall.args"), is_json=True)
        draft.offer_output("ai.toolCall.result", get("ai.toolCall.result"), is_json=True)
    else:
        _read_content(attributes, draft)


def _left_out_the_cache(provider: str, attributes: dict[str, Any]) -> bool:
    """Some providers' prompt tokens went without the cached ones, until version 6 told their parts."""
    return provider.startswith(_WITHOUT_THE_CACHE) and not any(name.startswith(_DETAILS) for name in attributes)


def _read_parameters(attributes: dict[str, Any], draft: Draft) -> None:
    if draft.kind != "generation" or draft.model_parameters:
        return
    found = {key: value for _, key, value in under(attributes, _SETTINGS) if not key.startswith(_NO_PARAMETERS)}
    if found:
        draft.model_parameters = json_text.dump(found)


def _read_content(attributes: dict[str, Any], draft: Draft) -> None:
    get = attributes.get
    if draft.kind == "generation":
        given = opened(get("ai.prompt.messages"))
        if given and not draft.input_messages:
            draft.input_messages = messages.read(given, "user")
        answer = _answer(attributes)
        if answer and not draft.output_messages:
            draft.output_messages = messages.read([answer], "assistant")
    for name in ("ai.prompt.messages", "ai.prompt", "ai.value", "ai.values"):
        draft.offer_input(name, get(name), is_json=True)
    for name in ("ai.response.text", "ai.result.text"):
        draft.offer_output(name, get(name) or None, is_json=False)
    for name in ("ai.response.object", "ai.result.object", "ai.response.toolCalls", "ai.result.toolCalls"):
        draft.offer_output(name, get(name) or None, is_json=True)


def _answer(attributes: dict[str, Any]) -> dict[str, Any]:
    """The model's answer as one message; structured output is said as its JSON."""

    def told(field: str) -> Any:
        return attributes.get(f"ai.response.{field}") or attributes.get(f"ai.result.{field}")

    said = {
        "content": told("text") or told("object"),
        "reasoning": told("reasoning"),
        "toolCalls": opened(told("toolCalls")),
    }
    filled = {key: value for key, value in said.items() if value}
    return {"role": "assistant", **filled} if filled else {}
