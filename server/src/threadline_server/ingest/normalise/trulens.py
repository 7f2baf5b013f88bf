"""TruLens' spans, beside the GenAI names that its newer versions write too.

Source: ``trulens.otel.semconv.trace`` (SpanAttributes), version 2.16. A value that is no plain one is JSON; what a function was
given is told one attribute per argument. Costs are in the currency that stands beside them.
"""

from __future__ import annotations

from typing import Any, Final

from threadline_server.ingest.normalise.draft import Draft, plain_text
from threadline_server.ingest.normalise.prefixed import under, unquoted
from threadline_server.ingest.normalise.shape import Names
from threadline_server.model import Kind, RawSpan

NAME: Final = "trulens"
_BASE: Final = "ai.observability."
PREFIXES: Final = (_BASE,)

_KINDS: Final[dict[str, Kind]] = {
    "record_root": "span", "nested_record_root": "span", "graph_task": "span", "graph_node": "span", "workflow_step": "span",
    "generation": "generation", "retrieval": "retriever", "reranking": "reranker", "agent": "agent", "tool": "tool",
    "mcp": "tool", "guardrail": "guardrail", "eval_root": "evaluator", "eval": "evaluator", "eval_decision": "event",
}  # fmt: skip
_TEXTS: Final[Names] = (
    (_BASE + "conversation_id", "session_id"),
    (_BASE + "app_version", "release"),
    (_BASE + "cost.model", "model"),
    (_BASE + "reranking.model_name", "model"),
)
_COUNTS: Final[Names] = (
    (_BASE + "cost.num_prompt_tokens", "prompt"),
    (_BASE + "cost.num_completion_tokens", "completion"),
    (_BASE + "cost.num_reasoning_tokens", "reasoning"),
    (_BASE + "cost.num_tokens", "total"),
)
_INPUTS: Final = (
    "record_root.input", "retrieval.query_text", "reranking.query_text", "mcp.input_arguments", "graph_node.input_state",
    "graph_task.input_state", "workflow.input_event",
)  # fmt: skip
_OUTPUTS: Final = (
    "record_root.output", "retrieval.retrieved_contexts", "reranking.output_context_texts", "mcp.output_content",
    "graph_node.output_state", "graph_task.output_state", "workflow.output_event", "call.return",
)  # fmt: skip
_ARGUMENTS: Final = _BASE + "call.kwargs."
_ERRORS: Final = ("call.error", "record_root.error", "graph_node.error", "graph_task.error", "workflow.error")
_FIRST_TOKEN: Final = _BASE + "generation.time_to_first_token_ms"


def read(span: RawSpan, draft: Draft) -> None:
    attributes = span.attributes
    get = attributes.get
    if draft.kind is None:
        draft.kind = _KINDS.get(plain_text(get(_BASE + "span_type")).lower())
    if draft.kind == "tool":
        draft.name = draft.name or plain_text(get(_BASE + "mcp.tool_name"))
    draft.offer_texts(attributes, _TEXTS)
    draft.offer_counts(attributes, _COUNTS)
    if plain_text(get(_BASE + "cost.cost_currency")) in ("", "USD"):
        draft.offer_cost(_BASE + "cost.cost", get(_BASE + "cost.cost") or None)
    draft.offer_latency(_FIRST_TOKEN, get(_FIRST_TOKEN), unit_ms=1)
    for name in _INPUTS:
        draft.offer_input(_BASE + name, _value(get(_BASE + name)), is_json=False)
    for name in _OUTPUTS:
        draft.offer_output(_BASE + name, _value(get(_BASE + name)), is_json=False)
    if not draft.input and (given := {key: (name, value) for name, key, value in under(attributes, _ARGUMENTS)}):
        draft.offer_input(_ARGUMENTS, {key: _value(value) for key, (_, value) in given.items()}, is_json=False)
        draft.stored.update(name for name, _ in given.values())
    error = next((text for name in _ERRORS if (text := plain_text(get(_BASE + name)))), "")
    if error:
        draft.error_message = draft.error_message or error
        draft.error_type = draft.error_type or "Exception"


def _value(told: Any) -> Any:
    return None if told == "" else unquoted(told)
