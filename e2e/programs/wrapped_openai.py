"""OpenAI's client, wrapped, in all the ways of asking: one session for each."""

import asyncio
from contextlib import suppress

from openai import AsyncOpenAI, BadRequestError, OpenAI
from pydantic import BaseModel

from threadline import get_observability
from threadline.openai import wrap

obs = get_observability()
client, async_client = wrap(OpenAI(max_retries=0)), wrap(AsyncOpenAI(max_retries=0))


class Weather(BaseModel):
    city: str


MODEL = "gpt-4o-mini"
QUESTION = {"role": "user", "content": "What is the weather in Paris?"}
REFUSED = {"role": "user", "content": "Please trigger a failure now."}
PARAMETERS = {
    "type": "object",
    "properties": {"city": {"type": "string"}},
    "required": ["city"],
    "additionalProperties": False,
}
WEATHER = {"name": "get_weather", "strict": True, "parameters": PARAMETERS}
ASKED = {"model": MODEL, "messages": [QUESTION], "tools": [{"type": "function", "function": WEATHER}]}
RESPONSE = {"model": MODEL, "input": [QUESTION], "tools": [{"type": "function", **WEATHER}]}
TOLD = {"stream_options": {"include_usage": True}}


def turn(session_id):
    return obs.trace("chat-turn", session_id=session_id, user_id="u-1")


with turn("chat"):
    client.chat.completions.create(**ASKED)
with turn("chat-stream"):
    list(client.chat.completions.create(stream=True, **TOLD, **ASKED))
with turn("chat-helper"), client.chat.completions.stream(**TOLD, **ASKED) as stream:
    stream.until_done()
with turn("chat-parse"):
    client.chat.completions.parse(**ASKED)
with turn("responses"):
    client.responses.create(**RESPONSE)
with turn("responses-stream"), client.responses.stream(**RESPONSE) as stream:
    stream.until_done()
with suppress(BadRequestError), turn("refused"):
    client.chat.completions.create(model=MODEL, messages=[REFUSED])
with turn("embeddings"):
    client.embeddings.create(model="text-embedding-3-small", input=["one two", "three"])


async def main():
    async with turn("async-chat"):
        await async_client.chat.completions.create(**ASKED)
    async with turn("async-stream"):
        async for _ in await async_client.chat.completions.create(stream=True, **TOLD, **ASKED):
            pass
    async with turn("async-responses"), async_client.responses.stream(**RESPONSE) as stream:
        await stream.until_done()


asyncio.run(main())
