"""OpenAI's client traced by MLflow, which sends its traces over OpenTelemetry."""

from contextlib import suppress

import mlflow
from openai import BadRequestError, OpenAI
from talk import TURNS, Chat, get_weather

mlflow.openai.autolog()

look_up = mlflow.trace(get_weather, span_type="TOOL")
answer = Chat(OpenAI().chat.completions.create, look_up)


@mlflow.trace(name="chat-turn", span_type="AGENT")
def chat_turn(session_id: str, user_id: str, text: str) -> str:
    mlflow.get_current_active_span().set_attributes({"session.id": session_id, "user.id": user_id})
    return answer(text)


for session_id, user_id, text in TURNS:
    with suppress(BadRequestError):
        chat_turn(session_id, user_id, text)
