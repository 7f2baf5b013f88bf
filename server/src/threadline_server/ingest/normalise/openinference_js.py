"""LangChain.js and OpenAI's Agents SDK for JavaScript, under OpenInference: the values tell more than the flattened messages.

Source: ``@arizeai/openinference-instrumentation-langchain`` 4.1 (and its ``-v0``), ``-openai-agents`` 0.2. LangChain's messages come
without the ids of tool calls, its model as it was asked for, and the provider among the metadata; the Agents SDK's without what
the assistant said before, but with the instructions, which the value leaves out.
"""

from __future__ import annotations

from typing import Any, Final

from threadline_server import messages
from threadline_server.ingest import json_text
from threadline_server.ingest.json_text import as_object
from threadline_server.ingest.normalise.draft import Draft, plain_text
from threadline_server.model import RawSpan

LANGCHAIN_SCOPE: Final = "@arizeai/openinference-instrumentation-langchain"
LANGCHAIN_V0_SCOPE: Final = "@arizeai/openinference-instrumentation-langchain-v0"
AGENTS_SCOPE: Final = "@arizeai/openinference-instrumentation-openai-agents"

_GENERATED: Final = "generations"
_RUN: Final = "run-"
"""The beginning of an id that LangChain gives to an answer that came without one."""


def read_langchain(span: RawSpan, draft: Draft) -> None:
    if draft.kind != "generation":
        return
    if isinstance(draft.asked, dict) and "messages" in draft.asked:
        draft.input_messages = messages.read(draft.asked, "user") or draft.input_messages
    metadata = json_text.load_object(span.attributes.get("metadata")) or {}
    draft.provider = draft.provider or plain_text(metadata.get("ls_provider"))
    if isinstance(draft.answered, dict) and _GENERATED in draft.answered:
        draft.output_messages = messages.read(draft.answered, "assistant") or draft.output_messages
        _read_generated(span, draft, draft.answered[_GENERATED])


def _read_generated(span: RawSpan, draft: Draft, generated: Any) -> None:
    """The response's id and the model that answered; a streamed answer names the model beside its message."""
    while isinstance(generated, list) and generated:
        generated = generated[0]
    message = as_object(as_object(as_object(generated).get("message")).get("kwargs"))
    told = as_object(message.get("response_metadata")), as_object(as_object(generated).get("generationInfo"))
    model = next((name for facts in told if (name := plain_text(facts.get("model_name")))), "")
    response_id = plain_text(message.get("id"))
    _tell(span, draft, model, "" if response_id.startswith(_RUN) else response_id)


def _tell(span: RawSpan, draft: Draft, model: str, response_id: str) -> None:
    if model and draft.model == span.attributes.get("llm.model_name"):
        draft.model = model
    draft.response_id = draft.response_id or response_id


def read_agents(span: RawSpan, draft: Draft) -> None:
    """A call of chat completions was answered by a list of one completion."""
    if draft.kind != "generation":
        return
    if isinstance(draft.answered, list) and draft.answered:
        completion = as_object(draft.answered[0])
        if "choices" in completion:
            _tell(span, draft, plain_text(completion.get("model")), plain_text(completion.get("id")))
    if isinstance(draft.asked, list):
        asked = messages.read(draft.asked, "user")
        instructions = [message for message in draft.input_messages[:1] if message["role"] == "system"]
        if asked:
            draft.input_messages = asked if asked[:1] == instructions else instructions + asked
