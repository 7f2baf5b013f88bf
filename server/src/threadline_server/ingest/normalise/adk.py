"""Google's Agent Development Kit, beside the GenAI names that it mostly writes. Read after those: it corrects some of them.

Source: https://google.github.io/adk-docs/ and ``google.adk.telemetry.tracing``. Earlier versions put the whole request and response
on a span ``call_llm``; ids that begin with ``adk-`` are made up for calls that had none and are not those of the messages.
"""

from __future__ import annotations

from typing import Any, Final

from threadline_server.ingest import json_text
from threadline_server.ingest.normalise.draft import Draft
from threadline_server.ingest.normalise.shape import Names
from threadline_server.model import RawSpan

NAME: Final = "google-adk"
PREFIXES: Final = ("gcp.vertex.agent.",)

_TEXTS: Final[Names] = (("gcp.vertex.agent.session_id", "session_id"), ("gcp.vertex.agent.user_id", "user_id"))
_REQUEST: Final = "gcp.vertex.agent.llm_request"
_RESPONSE: Final = "gcp.vertex.agent.llm_response"
_MADE_UP: Final = "adk-"
_NOTHING: Final = (None, "", "{}")


def read(span: RawSpan, draft: Draft) -> None:
    attributes = span.attributes
    get = attributes.get
    draft.offer_texts(attributes, _TEXTS)
    if draft.kind == "tool":
        if draft.response_id.startswith(_MADE_UP):
            draft.response_id = ""
        draft.offer_input("gcp.vertex.agent.tool_call_args", get("gcp.vertex.agent.tool_call_args"), is_json=True)
        draft.offer_output("gcp.vertex.agent.tool_response", get("gcp.vertex.agent.tool_response"), is_json=True)
        return
    if get(_REQUEST) not in _NOTHING:
        draft.kind = draft.kind or "generation"
        draft.offer_input(_REQUEST, get(_REQUEST), is_json=True)
    if get(_RESPONSE) not in _NOTHING:
        draft.offer_output(_RESPONSE, get(_RESPONSE), is_json=True)
        _read_usage(json_text.load_object(get(_RESPONSE)), draft)
    _correct(draft)


def _read_usage(response: dict[str, Any] | None, draft: Draft) -> None:
    """Gemini counts thoughts beside the answer."""
    told = response.get("usage_metadata") if response else None
    if isinstance(told, dict):
        draft.offer_usage(
            {
                "input_tokens": told.get("prompt_token_count"),
                "input_tokens_details": {"cached": told.get("cached_content_token_count")},
                "output_tokens": told.get("candidates_token_count"),
                "reasoning": told.get("thoughts_token_count"),
            }
        )


def _correct(draft: Draft) -> None:
    """A model behind LiteLLM is called ``provider/model``, and ADK adds its reasoning tokens once more to the completion."""
    prefix, slash, rest = draft.model.partition("/")
    if not (slash and rest and prefix == draft.provider):
        return
    draft.model = rest
    if draft.reasoning and draft.completion is not None and draft.completion > draft.reasoning:
        draft.completion -= draft.reasoning
