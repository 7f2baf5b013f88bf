"""LangChain's messages and results in the shapes that the server reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from langchain_core.documents import Document
from langchain_core.messages import BaseMessage
from langchain_core.outputs import ChatGeneration, LLMResult

from threadline._clients import anthropic_messages, openai_chat
from threadline._clients.answers import Answer, Json, Usage, count, text

_MAX_DEPTH = 8
_ROLES = {"human": "user", "ai": "assistant", "AIMessageChunk": "assistant", "function": "tool"}
_PROVIDERS = {
    "amazon_bedrock": "aws.bedrock",
    "azure": "azure.ai.openai",
    "google_genai": "gcp.gemini",
    "google_vertexai": "gcp.vertex_ai",
    "mistralai": "mistral_ai",
    "xai": "x_ai",
}
"""Where LangChain has another word than OpenTelemetry."""
_PARAMETERS = frozenset(
    {
        "frequency_penalty", "max_completion_tokens", "max_output_tokens", "max_tokens", "n", "parallel_tool_calls",
        "presence_penalty", "reasoning", "reasoning_effort", "response_format", "seed", "stop", "stream", "temperature",
        "thinking", "tool_choice", "top_k", "top_p",
    }
)  # fmt: skip


class Model(NamedTuple):
    """What is asked of a model beside its messages."""

    name: str | None
    provider: str | None
    parameters: Json
    tools: object


def model_of(invocation: Json, metadata: Json) -> Model:
    """Reads what LangChain calls the parameters of an invocation, and the facts that it adds for LangSmith."""
    named = next((invocation[name] for name in ("model", "model_name", "model_id") if text(invocation.get(name))), None)
    provider = text(metadata.get("ls_provider"))
    return Model(
        named or text(metadata.get("ls_model_name")),
        provider and _PROVIDERS.get(provider, provider),
        {name: invocation[name] for name in sorted(_PARAMETERS & invocation.keys()) if invocation[name] is not None},
        invocation.get("tools") or invocation.get("functions"),
    )


def readable(value: Any, depth: int = 0) -> Any:
    """Returns ``value`` with its messages and documents spelled out; everything else is left as it is."""
    if isinstance(value, BaseMessage):
        return message(value)
    if isinstance(value, Document):
        return {"content": value.page_content, "metadata": value.metadata}
    if depth >= _MAX_DEPTH:
        return value
    if isinstance(value, Mapping):
        return {key: readable(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [readable(item, depth + 1) for item in value]
    if hasattr(value, "to_messages"):
        return {"messages": readable(value.to_messages(), depth + 1)}
    if (fields := getattr(type(value), "__dataclass_fields__", None)) is not None:
        # What LangGraph's nodes hand on: Command and Send.
        told = {name: getattr(value, name, None) for name in fields}
        return {name: readable(item, depth + 1) for name, item in told.items() if item not in (None, ())}
    return value


def message(said: BaseMessage) -> dict[str, Any]:
    """Returns a message as ``{"role", "content", ...}``."""
    spelled: dict[str, Any] = {
        "role": _ROLES.get(said.type) or getattr(said, "role", said.type),
        "content": said.content,
    }
    if said.name:
        spelled["name"] = said.name
    calls = [*getattr(said, "tool_calls", []), *getattr(said, "invalid_tool_calls", [])]
    if calls:
        spelled["tool_calls"] = [{name: call.get(name) for name in ("id", "name", "args")} for call in calls]
    if call_id := getattr(said, "tool_call_id", None):
        spelled["tool_call_id"] = call_id
    return spelled


def answer_of(result: LLMResult) -> Answer:
    """Takes the answer of a model apart: all choices, for all prompts."""
    choices = [choice for batch in result.generations for choice in batch]
    said = [choice.message for choice in choices if isinstance(choice, ChatGeneration)]
    facts: list[Json] = [
        *(choice.generation_info or {} for choice in choices),
        *(one.response_metadata for one in said),
    ]
    told = result.llm_output or {}
    reasons = [reason for fact in facts if (reason := _first([fact], "finish_reason", "stop_reason"))]
    return Answer(
        {"messages": [message(one) for one in said]} if said else {"output": [choice.text for choice in choices]},
        _first([*facts, told], "model_name", "model"),
        _first(facts, "id") or _own_id(said),
        tuple(dict.fromkeys(reasons)),
        _usage(result, told),
    )


def _first(facts: list[Json], *names: str) -> str | None:
    return next((value for fact in facts for name in names if (value := text(fact.get(name)))), None)


def _own_id(said: list[BaseMessage]) -> str | None:
    """Returns the provider's id of a message; those that LangChain makes begin with the word run."""
    identity = text(said[0].id) if said else None
    return None if identity is None or identity.startswith(("run-", "lc_run-", "lc_")) else identity


def _usage(result: LLMResult, told: Json) -> Usage:
    found = [usage for batch in result.generations if (usage := _usage_of_prompt(batch)) is not None]
    if found:
        parts = zip(*found, strict=True)
        return Usage(*(None if set(part) == {None} else sum(number or 0 for number in part) for part in parts))
    if isinstance(usage := told.get("token_usage"), Mapping):
        return openai_chat.usage_of(usage)
    return anthropic_messages.usage_of(told.get("usage"))


def _usage_of_prompt(choices: Sequence[Any]) -> Usage | None:
    """Returns what one prompt used: each of its choices repeats the usage of all."""
    for choice in choices:
        if isinstance(choice, ChatGeneration) and (usage := getattr(choice.message, "usage_metadata", None)):
            return _counted(usage)
    return None


def _counted(usage: Any) -> Usage:
    into, out = "input_token_details", "output_token_details"
    written = [count(usage, into, name) for name in ("ephemeral_5m_input_tokens", "ephemeral_1h_input_tokens")]
    return Usage(
        prompt=count(usage, "input_tokens"),
        completion=count(usage, "output_tokens"),
        cached=count(usage, into, "cache_read"),
        cache_write=count(usage, into, "cache_creation") or sum(number or 0 for number in written) or None,
        reasoning=count(usage, out, "reasoning"),
        prompt_audio=count(usage, into, "audio"),
        completion_audio=count(usage, out, "audio"),
    )
