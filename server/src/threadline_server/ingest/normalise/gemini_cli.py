"""Gemini CLI, and the agents that are built from it: its log records, and what its spans are beside them.

Source: google-gemini/gemini-cli, ``docs/cli/telemetry.md`` and ``packages/core/src/telemetry/types.ts``; the records of 0.52. Every
record has ``session.id``, those of one prompt share ``prompt_id``. The response's tokens leave its thoughts out of the output.
The same response is told a second time under OpenTelemetry's name, without its prompt's id: that one is left out.

Its spans stand alone, one trace for each call of the model, and have no tokens; some records name such a trace, others none. The
records tell the whole conversation: they make its turns, whatever trace they name, and the spans belong to no session.
"""

from __future__ import annotations

from typing import Any, Final

from threadline_server import messages
from threadline_server.ingest.json_text import as_object
from threadline_server.ingest.normalise.draft import Draft, plain_text
from threadline_server.ingest.normalise.genai import opened
from threadline_server.ingest.normalise.shape import Names
from threadline_server.ingest.normalise.telling import NOTHING, Telling, duration, failed, said
from threadline_server.ingest.told_numbers import whole_number
from threadline_server.messages import Message
from threadline_server.model import Kind, RawLog, RawSpan

NAME: Final = "gemini-cli"
PREFIX: Final = "gemini_cli."
PREFIXES: Final = ("gen_ai.agent.description",)
"""What its spans are looked at for; their scope tells."""
TOLD_AGAIN: Final = "gen_ai.client.inference.operation.details"

_KINDS: Final[dict[str, Kind]] = {"llm_call": "generation", "tool_call": "tool"}
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
    telling = Telling(draft, NAME, PREFIX + word, turn=plain_text(attributes.get("prompt_id")), is_apart=True)
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
            draft.output_messages = _answer(attributes.get("response_text"))
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


def read_span(span: RawSpan, draft: Draft) -> None:
    if span.scope != NAME:
        return
    draft.kind = _KINDS.get(plain_text(span.attributes.get("gen_ai.operation.name")), draft.kind)
    if draft.kind == "tool":
        draft.name = draft.name or plain_text(span.attributes.get("gen_ai.tool.name"))
    draft.is_outside = True


def _answer(told: object) -> list[Message]:
    """What the model said: the API's responses as JSON, one for each piece of a stream; earlier versions told the text."""
    responses = opened(told)
    if not isinstance(responses, list):
        return said("assistant", told)
    parts: list[dict[str, Any]] = []
    for response in responses:
        for part in _parts(response):
            if parts and part.keys() == parts[-1].keys() == {"text"}:
                parts[-1] = {"text": f"{parts[-1]['text']}{part['text']}"}
            else:
                parts.append(part)
    return messages.read([{"role": "model", "parts": parts}], "assistant") if parts else []


def _parts(response: Any) -> list[dict[str, Any]]:
    """Those of its first candidate."""
    candidates = as_object(response).get("candidates")
    first = candidates[0] if isinstance(candidates, list) and candidates else None
    parts = as_object(as_object(first).get("content")).get("parts")
    return [part for part in parts if isinstance(part, dict)] if isinstance(parts, list) else []


def _with_tools(prompt: int | None, used: object) -> int | None:
    """Tokens of tools' results count as input apart from the prompt."""
    count = whole_number(used)
    return prompt + count if prompt is not None and count is not None and count > 0 else prompt
