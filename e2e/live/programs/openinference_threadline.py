"""OpenAI's client under OpenInference's instrumentation, whose spans nest in Threadline's traces."""

from contextlib import suppress

from openai import BadRequestError, OpenAI
from openinference.instrumentation.openai import OpenAIInstrumentor
from talk import TURNS, Chat

from threadline import get_observability
from threadline.otel import configure

obs = get_observability()
OpenAIInstrumentor().instrument(tracer_provider=configure())

answer = Chat(OpenAI().chat.completions.create)


def chat_turn(session_id: str, user_id: str, text: str) -> str:
    with obs.session(session_id, user_id=user_id), obs.trace("chat-turn"):
        return answer(text)


for session_id, user_id, text in TURNS:
    with suppress(BadRequestError):
        chat_turn(session_id, user_id, text)
