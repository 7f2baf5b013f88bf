"""LiteLLM's callbacks for OpenTelemetry: its own names beside GenAI's, OpenInference's or Langfuse's.

Source: https://docs.litellm.ai/docs/observability/opentelemetry_integration and ``litellm.integrations.opentelemetry``. A call is
a span with a child that repeats the raw request (``llm.openai.messages``), in Python's own spelling and without counts.
"""

from __future__ import annotations

from typing import Any, Final

from threadline_server.ingest.normalise.draft import Draft
from threadline_server.ingest.normalise.prefixed import unrepresented
from threadline_server.ingest.normalise.shape import Names
from threadline_server.model import RawSpan

NAME: Final = "litellm"
PREFIXES: Final = (
    "litellm.", "metadata.user_api_key_", "metadata.litellm_session_id", "llm.openai.", "llm.anthropic.", "llm.azure.",
    "llm.bedrock.", "llm.gemini.", "llm.vertex_ai.", "llm.groq.", "llm.mistral.", "llm.openrouter.", "llm.hosted_vllm.",
)  # fmt: skip

_TEXTS: Final[Names] = (
    ("gen_ai.response.model", "model"),
    ("llm.response.model", "model"),
    ("llm.response.id", "response_id"),
    ("llm.user", "user_id"),
    ("metadata.user_api_key_end_user_id", "user_id"),
    ("litellm.session_id", "session_id"),
    ("metadata.litellm_session_id", "session_id"),
)
_COSTS: Final = ("litellm.cost.total", "gen_ai.cost.total_cost", "llm.response.cost")
_PARTS: Final = ("prompt_tokens_details", "completion_tokens_details", "input_tokens_details", "output_tokens_details")


def read(span: RawSpan, draft: Draft) -> None:
    attributes = span.attributes
    draft.offer_texts(attributes, _TEXTS)
    for name in _COSTS:
        draft.offer_cost(name, attributes.get(name))
    _read_parts(attributes.get("metadata.usage_object"), draft)
    draft.offer_metadata(unrepresented(attributes.get("metadata.requester_metadata")).items())


def _read_parts(usage: Any, draft: Draft) -> None:
    """What the plain counts leave out: the cached and the reasoning tokens."""
    told = unrepresented(usage)
    parts = {key: told[key] for key in _PARTS if isinstance(told.get(key), dict)}
    if parts:
        draft.offer_usage(parts)
