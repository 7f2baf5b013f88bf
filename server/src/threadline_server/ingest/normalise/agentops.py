"""AgentOps' SDK, beside the GenAI names in their older form that its instrumentations write.

Source: ``agentops.semconv`` and https://docs.agentops.ai. Its traces are called sessions there, and none of them names a
conversation: that is told by the metadata of the trace (``update_trace_metadata``). What a function under a decorator was
given and gave stands under the decorator's own name (``agentops.tool.input``).
"""

from __future__ import annotations

from typing import Final

from threadline_server.ingest.normalise.draft import Draft, plain_text
from threadline_server.ingest.normalise.openllmetry import REQUESTS
from threadline_server.ingest.normalise.prefixed import offer_metadata
from threadline_server.ingest.normalise.shape import Names
from threadline_server.model import Kind, RawSpan

NAME: Final = "agentops"
PREFIXES: Final = ("agentops.", "gen_ai.request.type", "workflow.session_id", "workflow.user_id")
"""Its calls of models have only the GenAI names, of which the type of a request is its own."""

_KINDS: Final[dict[str, Kind]] = {
    "agent": "agent", "tool": "tool", "llm": "generation", "guardrail": "guardrail", "session": "span", "workflow": "span",
    "task": "span", "operation": "span", "chain": "span", "text": "span", "http": "span",
}  # fmt: skip
_TEXTS: Final[Names] = (
    ("workflow.session_id", "session_id"),
    ("workflow.user_id", "user_id"),
    ("gen_ai.user", "user_id"),
)
_METADATA: Final = "trace.metadata."
_FIRST_TOKEN: Final = "gen_ai.streaming.time_to_first_token"


def read(span: RawSpan, draft: Draft) -> None:
    attributes = span.attributes
    get = attributes.get
    said = plain_text(get("agentops.span.kind"))
    if draft.kind is None:
        draft.kind = _KINDS.get(said) or REQUESTS.get(plain_text(get("gen_ai.request.type")))
    if said:
        draft.name = draft.name or plain_text(get("operation.name")) or plain_text(get("agentops.entity.name"))
    draft.offer_texts(attributes, _TEXTS)
    draft.offer_tags(get("agentops.tags"))
    draft.stored.add("agentops.tags")
    offer_metadata(attributes, _METADATA, draft)
    for entity in (said, "entity"):
        given, gave = f"agentops.{entity}.input", f"agentops.{entity}.output"
        draft.offer_input(given, get(given), is_json=True)
        draft.offer_output(gave, get(gave), is_json=True)
    if said == "tool":  # to OpenInference the parameters are what a tool may be given
        draft.offer_input("tool.parameters", get("tool.parameters"), is_json=True)
        draft.offer_output("tool.result", get("tool.result"), is_json=True)
    draft.offer_latency(_FIRST_TOKEN, get(_FIRST_TOKEN), unit_ms=1_000)
