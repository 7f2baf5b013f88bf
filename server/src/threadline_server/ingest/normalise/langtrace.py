"""Langtrace's SDK, beside the GenAI names and the events ``gen_ai.content.prompt`` and ``.completion`` that it writes.

Source: ``langtrace.trace_attributes`` (SpanAttributes) and https://docs.langtrace.ai. Where a message of the assistant called
tools, the prompt has the list of its calls in the message's place; calls that the program gave as plain objects are empty there.
"""

from __future__ import annotations

from typing import Any, Final

from threadline_server import messages
from threadline_server.ingest.normalise.draft import Draft, plain_text
from threadline_server.ingest.normalise.genai import opened
from threadline_server.ingest.normalise.shape import Names
from threadline_server.model import RawSpan

NAME: Final = "langtrace"
PREFIXES: Final = ("langtrace.",)

_TEXTS: Final[Names] = (("gen_ai.user", "user_id"), ("gen_ai.response_id", "response_id"))
_PROMPT: Final = "gen_ai.content.prompt"
_SEARCHES: Final = frozenset({"query", "search", "similarity_search"})


def read(span: RawSpan, draft: Draft) -> None:
    attributes = span.attributes
    get = attributes.get
    draft.offer_texts(attributes, _TEXTS)
    if draft.kind is None and get("langtrace.service.type") == "vectordb":
        draft.kind = "retriever" if plain_text(get("db.operation")) in _SEARCHES else "span"
    draft.offer_input("langchain.inputs", get("langchain.inputs"), is_json=True)
    draft.offer_output("langchain.outputs", get("langchain.outputs"), is_json=True)
    for event in span.events:
        if event.name == _PROMPT and not draft.input_messages:
            said = opened(event.attributes.get("gen_ai.prompt"))
            if isinstance(said, list) and any(isinstance(item, list) for item in said):
                draft.input_messages = messages.read([one for item in said if (one := _message(item))], "user")


def _message(item: Any) -> Any:
    """The item, or the message whose calls it lists; None where nothing of the calls has been kept."""
    if not isinstance(item, list):
        return item
    calls = [call for call in item if isinstance(call, dict) and call.get("function")]
    return {"role": "assistant", "tool_calls": calls} if calls else None
