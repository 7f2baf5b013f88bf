"""What every program here says: a conversation of three turns, the last of which the model refuses, and one of a single turn."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

MODEL = "gpt-4o-mini"
USER = "user-456"
FIRST, SECOND = "conversation-abc123", "conversation-def456"
FAREWELL = "Say goodbye to Bob."
TURNS = (
    (FIRST, USER, "Hello, my name is Ada."),
    (FIRST, USER, "What is the weather in Paris?"),
    (FIRST, USER, "Please trigger a failure now."),
    (SECOND, USER, FAREWELL),
)

PARAMETERS = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
Message = dict[str, Any]
HISTORY: list[Message] = []
TOOLS = [{"type": "function", "function": {"name": "get_weather", "parameters": PARAMETERS}}]


def get_weather(city: str) -> str:
    """The weather in a city."""
    return "18C and cloudy"


class Chat:
    """The part of a program that knows nothing of Threadline: ``answer = Chat(client.chat.completions.create)``."""

    def __init__(
        self, complete: Callable[..., Any], look_up: Callable[..., str] = get_weather, *, streams: bool = True
    ) -> None:
        self._complete, self._look_up, self._streams = complete, look_up, streams

    def __call__(self, text: str) -> str:
        """What the model says to ``text``; the farewell is a conversation of its own, and streamed."""
        question = {"role": "user", "content": text}
        if text != FAREWELL:
            return self._answered(HISTORY, question)
        return self._streamed([question]) if self._streams else self._answered([], question)

    def _answered(self, history: list[Message], question: Message) -> str:
        history.append(question)
        while True:
            message = self._complete(model=MODEL, messages=history, tools=TOOLS).choices[0].message
            if not message.tool_calls:
                history.append({"role": "assistant", "content": message.content})
                return str(message.content)
            calls = [call.model_dump(exclude_none=True) for call in message.tool_calls]
            history.append({"role": "assistant", "tool_calls": calls})
            for call in message.tool_calls:
                result = self._look_up(**json.loads(call.function.arguments))
                history.append({"role": "tool", "tool_call_id": call.id, "content": result})

    def _streamed(self, messages: list[Message]) -> str:
        settings = {"stream": True, "stream_options": {"include_usage": True}}
        chunks = self._complete(model=MODEL, messages=messages, **settings)
        return "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
