"""Anthropic's client, wrapped, in all the ways of asking: one session for each."""

import asyncio

from anthropic import Anthropic, AsyncAnthropic

from threadline import get_observability
from threadline.anthropic import wrap

obs = get_observability()
client, async_client = wrap(Anthropic(max_retries=0)), wrap(AsyncAnthropic(max_retries=0))

QUESTION = {"role": "user", "content": "What is the weather in Paris?"}
TOOLS = [{"name": "get_weather", "description": "The weather in a city.", "input_schema": {"type": "object"}}]
ASKED = {"model": "claude-opus-4-8", "max_tokens": 200, "messages": [QUESTION], "tools": TOOLS}


def turn(session_id):
    return obs.trace("chat-turn", session_id=session_id, user_id="u-1")


with turn("messages"):
    client.messages.create(**ASKED)
with turn("messages-stream"):
    list(client.messages.create(stream=True, **ASKED))
with turn("messages-helper"), client.messages.stream(**ASKED) as stream:
    stream.get_final_message()


async def main():
    async with turn("async-messages"):
        await async_client.messages.create(**ASKED)
    async with turn("async-helper"), async_client.messages.stream(**ASKED) as stream:
        await stream.get_final_message()


asyncio.run(main())
