"""MLflow's tracing. Every value is JSON text, so that plain texts come in quotes.

Source: https://mlflow.org/docs/latest/genai/tracing/ and ``mlflow.tracing.constant`` (``SpanAttributeKey``, ``TraceMetadataKey``).
"""

from __future__ import annotations

from typing import Any, Final

from threadline_server.ingest import json_text
from threadline_server.ingest.normalise.draft import Draft, plain_text
from threadline_server.ingest.normalise.prefixed import offer_metadata, unquoted
from threadline_server.ingest.normalise.shape import Names
from threadline_server.model import Kind, RawSpan

NAME: Final = "mlflow"
PREFIXES: Final = ("mlflow.",)

_KINDS: Final[dict[Any, Kind]] = {
    "LLM": "generation", "CHAT_MODEL": "generation", "AGENT": "agent", "TOOL": "tool", "RETRIEVER": "retriever",
    "EMBEDDING": "embedding", "RERANKER": "reranker", "GUARDRAIL": "guardrail", "EVALUATOR": "evaluator", "CHAIN": "span",
    "PARSER": "span", "MEMORY": "span", "WORKFLOW": "span", "TASK": "span", "UNKNOWN": "span",
}  # fmt: skip
_TEXTS: Final[Names] = (
    ("mlflow.trace.session", "session_id"),
    ("mlflow.trace.user", "user_id"),
    ("mlflow.llm.model", "model"),
    ("mlflow.llm.provider", "provider"),
)
_OF_SPAN: Final = ("mlflow.span", "mlflow.chat.", "mlflow.llm.", "mlflow.traceTag.", "mlflow.trace.metadata.")
"""What only MLflow's own spans have; its names for session and user are put on others' spans too."""
_NAMED_BY_OTHERS: Final = ("session_id", "user_id")
"""``session.id`` and ``user.id``, when a program sets them on MLflow's span, come in quotes as well."""
_PARAMETERS: Final = (
    "temperature", "top_p", "top_k", "max_tokens", "max_completion_tokens", "max_output_tokens", "seed", "stop", "stream",
    "frequency_penalty", "presence_penalty", "response_format", "reasoning_effort", "tool_choice",
)  # fmt: skip
_FIRST_CHUNK: Final = "mlflow.chunk.item.0"


def read(span: RawSpan, draft: Draft) -> None:
    attributes = span.attributes
    get = attributes.get
    for name, field in draft.present(attributes, _TEXTS):
        value = plain_text(unquoted(get(name)))
        if value and not getattr(draft, field):
            setattr(draft, field, value)
    if not draft.shape_of(attributes).once(_OF_SPAN, lambda: any(name.startswith(_OF_SPAN) for name in attributes)):
        return
    for field in _NAMED_BY_OTHERS:
        if getattr(draft, field)[:1] == '"':
            setattr(draft, field, plain_text(unquoted(getattr(draft, field))))
    if draft.kind is None:
        said = unquoted(get("mlflow.spanType"))
        draft.kind = _KINDS.get(said.upper()) if isinstance(said, str) else None
    usage = json_text.load_object(get("mlflow.chat.tokenUsage"))
    if usage:
        _read_usage(usage, draft)
    cost = json_text.load_object(get("mlflow.llm.cost"))
    draft.offer_cost("mlflow.llm.cost", cost.get("total_cost") if cost else None)
    draft.offer_input("mlflow.spanInputs", get("mlflow.spanInputs"), is_json=True)
    draft.offer_output("mlflow.spanOutputs", get("mlflow.spanOutputs"), is_json=True)
    for prefix in ("mlflow.traceTag.", "mlflow.trace.metadata."):
        offer_metadata(attributes, prefix, draft)
    if draft.kind == "generation":
        _read_call(span, draft)


def _read_usage(usage: dict[str, Any], draft: Draft) -> None:
    """Told flat, the cached tokens are within the prompt unless the total says otherwise."""
    parts = {key: value for key, value in usage.items() if key.startswith("cache")}
    total = usage.get("total_tokens")
    if total is not None and parts:
        draft.offer_usage(usage)
    else:
        draft.offer_usage({**{key: usage[key] for key in usage if key not in parts}, "input_tokens_details": parts})


def _read_call(span: RawSpan, draft: Draft) -> None:
    """What the provider's own request and answer tell of a model call."""
    asked, answered = draft.asked, draft.answered
    if isinstance(asked, dict):
        draft.model = draft.model or plain_text(asked.get("model"))
        parameters = {name: asked[name] for name in _PARAMETERS if asked.get(name) is not None}
        if parameters and not draft.model_parameters:
            draft.model_parameters = json_text.dump(parameters)
    if isinstance(answered, dict) and not draft.response_id:
        draft.response_id = plain_text(answered.get("id"))
    for event in span.events:
        if event.name == _FIRST_CHUNK and event.time_ns >= span.start_ns:
            draft.offer_latency(_FIRST_CHUNK, event.time_ns - span.start_ns, unit_ms=1e-6)
            return
