"""Log records of Claude Code.

Source: https://code.claude.com/docs/en/monitoring-usage ("Events"). Every record has ``session.id``, those of one prompt share
``prompt.id``. The event's full name is the body, the attribute holds its last word. ``input_tokens`` leaves the cache out.
"""

from __future__ import annotations

from typing import Final

from threadline_server.ingest.normalise.draft import Draft, plain_text
from threadline_server.ingest.normalise.shape import Names
from threadline_server.ingest.normalise.telling import NOTHING, Telling, duration, failed, said
from threadline_server.model import Attributes, RawLog

NAME: Final = "claude-code"
PREFIX: Final = "claude_code."

_TEXTS: Final[Names] = (("model", "model"), ("request_id", "response_id"))
_COUNTS: Final[Names] = (
    ("input_tokens", "prompt"),
    ("output_tokens", "completion"),
    ("cache_read_tokens", "cached"),
    ("cache_creation_tokens", "cache_write"),
)


def read(word: str, raw: RawLog) -> Telling:
    attributes = raw.attributes
    draft = Draft()
    telling = Telling(draft, NAME, PREFIX + word, turn=plain_text(attributes.get("prompt.id")))
    if word == "user_prompt":
        draft.input_messages = said("user", attributes.get("prompt"))
    elif word == "assistant_response":
        draft.output_messages = said("assistant", attributes.get("response"))
        draft.offer_texts(attributes, _TEXTS)
    elif word in ("api_request", "api_error"):
        telling.kind, telling.duration_ms = "generation", duration(attributes)
        draft.provider = "anthropic"
        draft.offer_texts(attributes, _TEXTS)
        offer_counts(attributes, draft)
        draft.offer_cost("cost_usd", attributes.get("cost_usd"))
        telling.error = failed(attributes, "error") if word == "api_request" else plain_text(attributes.get("error"))
    elif word == "tool_result":
        telling.kind, telling.duration_ms, telling.error = "tool", duration(attributes), failed(attributes, "error")
        telling.name = plain_text(attributes.get("tool_name")) or telling.name
        draft.offer_texts(attributes, (("tool_use_id", "response_id"),))
        for name in ("tool_input", "tool_parameters"):
            draft.offer_input(name, attributes.get(name), is_json=True)
    elif not telling.turn:
        return NOTHING
    return telling


def offer_counts(attributes: Attributes, draft: Draft) -> None:
    """Tokens, by names that records and spans share; to what they call input the cache is added."""
    draft.offer_counts(attributes, _COUNTS)
    if "input_tokens" in attributes and draft.prompt is not None:
        draft.prompt += (draft.cached or 0) + (draft.cache_write or 0)
