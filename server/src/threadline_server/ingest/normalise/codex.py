"""Log records of OpenAI's Codex (CLI, IDE extension, exec).

Source: openai/codex, ``codex-rs/otel`` and its documentation of ``[otel]``. One record for each step, with the conversation's id
and none for a turn; numbers may be texts; the answer's words are never told. Of a stream, each chunk is a record: only the one
with the tokens is kept. Its spans (``[otel.trace_exporter]``) are the program's own steps; some records then name their traces, and
others none, so the records make the conversation by themselves.
"""

from __future__ import annotations

from typing import Final

from threadline_server.ingest.normalise.draft import Draft
from threadline_server.ingest.normalise.shape import Names
from threadline_server.ingest.normalise.telling import NOTHING, Telling, duration, failed, said
from threadline_server.model import RawLog

NAME: Final = "codex"
PREFIX: Final = "codex."

_TEXTS: Final[Names] = (("conversation.id", "session_id"), ("model", "model"), ("provider_name", "provider"))
_COUNTS: Final[Names] = (
    ("input_token_count", "prompt"),
    ("output_token_count", "completion"),
    ("cached_token_count", "cached"),
    ("cache_write_token_count", "cache_write"),
    ("reasoning_token_count", "reasoning"),
)
_CHUNKS: Final = frozenset({"sse_event", "websocket_event"})
_ERRORS: Final = ("error.message", "error")


def read(word: str, raw: RawLog) -> Telling:
    attributes = raw.attributes
    draft = Draft()
    draft.offer_texts(attributes, _TEXTS)
    telling = Telling(draft, NAME, PREFIX + word, is_apart=True)
    if word == "user_prompt":
        draft.input_messages = said("user", attributes.get("prompt"))
    elif word == "tool_result":
        name = attributes.get("tool_name")
        telling.kind, telling.name = "tool", name if isinstance(name, str) and name else telling.name
        telling.duration_ms, telling.error = duration(attributes), failed(attributes, *_ERRORS)
        draft.model = ""
        draft.offer_texts(attributes, (("call_id", "response_id"),))
        draft.offer_input("arguments", attributes.get("arguments"), is_json=True)
        draft.offer_output("output", attributes.get("output"), is_json=False)
    elif word in _CHUNKS:
        error = failed(attributes, *_ERRORS)
        if error is None and "input_token_count" not in attributes:
            return NOTHING
        telling.kind, telling.error = "generation", error
        draft.offer_counts(attributes, _COUNTS)
        draft.offer_latency("ttft_ms", attributes.get("ttft_ms"), unit_ms=1)
    elif word == "api_request" and (error := failed(attributes, *_ERRORS)) is not None:
        telling.kind, telling.error, telling.duration_ms = "generation", error, duration(attributes)
    return telling
