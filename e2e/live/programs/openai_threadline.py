"""OpenAI's client, wrapped: each call is a generation of its turn."""

from contextlib import suppress

from openai import BadRequestError, OpenAI
from talk import TURNS, Chat

from threadline import get_observability
from threadline.openai import wrap

obs = get_observability()
client = wrap(OpenAI())

answer = Chat(client.chat.completions.create)


def chat_turn(session_id: str, user_id: str, text: str) -> str:
    with obs.session(session_id, user_id=user_id), obs.trace("chat-turn"):
        return answer(text)


for session_id, user_id, text in TURNS:
    with suppress(BadRequestError):
        chat_turn(session_id, user_id, text)
