"""Anthropic's client, wrapped: each call is a generation of its turn."""

from contextlib import suppress

from anthropic import Anthropic, BadRequestError
from talk import FAREWELL, PARAMETERS, TURNS, get_weather

from threadline import get_observability
from threadline.anthropic import wrap

obs = get_observability()
client = wrap(Anthropic())

tools = [{"name": "get_weather", "description": "The weather in a city.", "input_schema": PARAMETERS}]
settings = {"model": "claude-sonnet-4-5", "max_tokens": 200, "tools": tools}
history: list[dict[str, object]] = []


def answer(text: str) -> str:
    question = {"role": "user", "content": text}
    if text == FAREWELL:
        with client.messages.stream(**settings, messages=[question]) as stream:
            return stream.get_final_text()
    history.append(question)
    while True:
        message = client.messages.create(**settings, messages=history)
        history.append({"role": "assistant", "content": [block.model_dump() for block in message.content]})
        calls = [block for block in message.content if block.type == "tool_use"]
        if not calls:
            return message.content[0].text
        results = [{"type": "tool_result", "tool_use_id": call.id, "content": look_up(**call.input)} for call in calls]
        history.append({"role": "user", "content": results})


def look_up(city: str) -> str:
    with obs.tool("get_weather", input={"city": city}) as tool:
        result = get_weather(city)
        tool.update(output=result)
    return result


def chat_turn(session_id: str, user_id: str, text: str) -> str:
    with obs.session(session_id, user_id=user_id), obs.trace("chat-turn"):
        return answer(text)


for session_id, user_id, text in TURNS:
    with suppress(BadRequestError):
        chat_turn(session_id, user_id, text)
