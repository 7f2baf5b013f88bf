"""Anthropic's client under OpenLLMetry."""

from contextlib import suppress

from anthropic import Anthropic, BadRequestError
from talk import FAREWELL, PARAMETERS, TURNS, get_weather
from traceloop.sdk import Traceloop
from traceloop.sdk.decorators import tool, workflow
from traceloop.sdk.instruments import Instruments

Traceloop.init(app_name="shop", instruments={Instruments.ANTHROPIC})

create = Anthropic().messages.create
tools = [{"name": "get_weather", "description": "The weather in a city.", "input_schema": PARAMETERS}]
settings = {"model": "claude-sonnet-4-5", "max_tokens": 200, "tools": tools}
look_up = tool(name="get_weather")(get_weather)
history: list[dict[str, object]] = []


def answer(text: str) -> str:
    question = {"role": "user", "content": text}
    if text == FAREWELL:
        events = create(**settings, messages=[question], stream=True)
        return "".join(event.delta.text for event in events if event.type == "content_block_delta")
    history.append(question)
    while True:
        message = create(**settings, messages=history)
        history.append({"role": "assistant", "content": [block.model_dump() for block in message.content]})
        calls = [block for block in message.content if block.type == "tool_use"]
        if not calls:
            return message.content[0].text
        results = [{"type": "tool_result", "tool_use_id": call.id, "content": look_up(**call.input)} for call in calls]
        history.append({"role": "user", "content": results})


@workflow(name="chat-turn")
def chat_turn(text: str) -> str:
    return answer(text)


for session_id, user_id, text in TURNS:
    Traceloop.set_association_properties({"session_id": session_id, "user_id": user_id})
    with suppress(BadRequestError):
        chat_turn(text)
