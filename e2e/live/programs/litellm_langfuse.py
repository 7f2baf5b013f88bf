"""LiteLLM with its callback for Langfuse over OpenTelemetry: every call is a trace of its own."""

from contextlib import suppress

import litellm
from talk import TURNS, Chat

litellm.callbacks = ["langfuse_otel"]


def chat_turn(session_id: str, user_id: str, text: str) -> str:
    def complete(**request: object) -> litellm.ModelResponse:
        return litellm.completion(**request, metadata={"session_id": session_id, "trace_user_id": user_id})

    return Chat(complete)(text)


for session_id, user_id, text in TURNS:
    with suppress(litellm.BadRequestError):
        chat_turn(session_id, user_id, text)
