"""OpenAI's client wrapped by Langfuse's SDK, the program's own functions observed."""

from langfuse import get_client, observe, propagate_attributes
from langfuse.openai import OpenAI
from openai import BadRequestError
from talk import TURNS, Chat, get_weather

look_up = observe(as_type="tool")(get_weather)
answer = Chat(OpenAI().chat.completions.create, look_up)


@observe(name="chat-turn")
def chat_turn(text: str) -> str:
    return answer(text)


for session_id, user_id, text in TURNS:
    try:
        with propagate_attributes(session_id=session_id, user_id=user_id):
            chat_turn(text)
    except BadRequestError as refusal:
        print(refusal)

get_client().shutdown()
