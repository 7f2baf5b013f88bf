"""Log records of Gemini CLI, and of the agents that are built from it.

Source: google-gemini/gemini-cli, ``docs/cli/telemetry.md`` and ``packages/core/src/telemetry/types.ts``. Every record has
``session.id``, those of one prompt share ``prompt_id``. The response's tokens leave its thoughts out of the output. The same
response is told a second time under OpenTelemetry's name, without its prompt's id: that one is left out.
"""

from __future__ import annotations

from typing import Final

from threadline_server.ingest.normalise.draft import Draft, plain_text
from threadline_server.ingest.normalise.shape import Names
from threadline_server.ingest.normalise.telling import NOTHING, Telling, duration, failed, said
from threadline_server.ingest.told_numbers import whole_number
from threadline_server.model import RawLog

NAME: Final = "gemini-cli"
PREFIX: Final = "gemini_cli."
TOLD_AGAIN: Final = "gen_ai.client.inference.operation.details"

_COUNTS: Final[Names] = (
    ("input_token_count", "prompt"),
    ("output_token_count", "completion"),
    ("cached_content_token_count", "cached"),
    ("thoughts_token_count", "reasoning"),
    ("total_token_count", "total"),
)


def read(word: str, raw: RawLog) -> Telling:
    attributes = raw.attributes
    draft = Draft()
    telling = Telling(draft, NAME, PREFIX + word, turn=plain_text(attributes.get("prompt_id")))
    if word == "user_prompt":
        draft.input_messages = said("user", attributes.get("prompt"))
    elif word in ("api_response", "api_error"):
        telling.kind, telling.duration_ms = "generation", duration(attributes)
        draft.provider = "google"
        draft.offer_texts(attributes, (("model", "model"),))
        draft.offer_counts(attributes, _COUNTS)
        if draft.reasoning:
            draft.completion = (draft.completion or 0) + draft.reasoning
        draft.prompt = _with_tools(draft.prompt, attributes.get("tool_token_count"))
        if word == "api_response":
            draft.output_messages = said("assistant", attributes.get("response_text"))
        else:
            telling.error = failed(attributes, "error.message", "error") or ""
    elif word == "tool_call":
        telling.kind, telling.duration_ms = "tool", duration(attributes)
        telling.error = failed(attributes, "error.message", "error")
        telling.name = plain_text(attributes.get("function_name")) or telling.name
        draft.offer_input("function_args", attributes.get("function_args"), is_json=True)
    elif not telling.turn or word == "api_request":
        return NOTHING
    return telling


def _with_tools(prompt: int | None, used: object) -> int | None:
    """Tokens of tools' results count as input apart from the prompt."""
    count = whole_number(used)
    return prompt + count if prompt is not None and count is not None and count > 0 else prompt
