"""Mastra's exporter, beside the GenAI names that it writes: a span's input and output stand under the name of its type.

Source: ``@mastra/otel-exporter`` 1.4 and https://mastra.ai/docs/observability/tracing. An agent's run holds a generation, that
one a step for each answer of the model; the call below a step has the tokens, the step what was given and said.
"""

from __future__ import annotations

from typing import Any, Final

from threadline_server import messages
from threadline_server.ingest.normalise.draft import Draft, plain_text
from threadline_server.ingest.normalise.genai import opened
from threadline_server.ingest.normalise.prefixed import offer_metadata
from threadline_server.model import RawSpan

NAME: Final = "mastra"
PREFIXES: Final = ("mastra.",)

_METADATA: Final = "mastra.metadata."
_SPEAKS: Final = frozenset({"agent_run", "model_generation", "model_step"})


def read(span: RawSpan, draft: Draft) -> None:
    attributes = span.attributes
    get = attributes.get
    said = plain_text(get("mastra.span.type"))
    given, gave = f"mastra.{said}.input", f"mastra.{said}.output"
    draft.offer_input(given, get(given), is_json=True)
    draft.offer_output(gave, get(gave), is_json=True)
    if said in _SPEAKS:
        draft.input_messages = messages.read(opened(get(given)), "user")
        draft.output_messages = messages.read(_answer(opened(get(gave))), "assistant")
    if said != "model_step":  # its metadata are the headers and the body of the provider's answer
        offer_metadata(attributes, _METADATA, draft)
    draft.offer_tags(get("mastra.tags"))
    draft.stored.add("mastra.tags")
    draft.provider = plain_text(get("gen_ai.provider.name")).partition(".")[0]


def _answer(held: Any) -> Any:
    """What the model answered: {text, toolCalls}, beside its files and sources."""
    if not isinstance(held, dict) or "text" not in held:
        return held
    return [{"role": "assistant", "content": held["text"], "toolCalls": held.get("toolCalls")}]
