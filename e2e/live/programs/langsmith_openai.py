"""OpenAI's client wrapped by LangSmith's SDK, the program's own functions marked as traceable."""

from contextlib import suppress

from langsmith import traceable
from langsmith.run_trees import get_cached_client
from langsmith.wrappers import wrap_openai
from openai import BadRequestError, OpenAI
from talk import TURNS, Chat, get_weather

client = wrap_openai(OpenAI())
look_up = traceable(run_type="tool")(get_weather)
answer = Chat(client.chat.completions.create, look_up)


@traceable(name="chat-turn")
def chat_turn(text: str) -> str:
    return answer(text)


for session_id, user_id, text in TURNS:
    with suppress(BadRequestError):
        chat_turn(text, langsmith_extra={"metadata": {"session_id": session_id, "user_id": user_id}})

get_cached_client().flush()
