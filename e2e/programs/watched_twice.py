"""Clients that are wrapped and instrumented too: OpenInference watches one, the library itself the other."""

import asyncio

from anthropic import Anthropic
from openai import AsyncOpenAI, OpenAI
from openinference.instrumentation.openai import OpenAIInstrumentor

import threadline.anthropic
import threadline.openai
from threadline import get_observability
from threadline.otel import configure

obs = get_observability()
provider = configure()
OpenAIInstrumentor().instrument(tracer_provider=provider)

QUESTION = {"role": "user", "content": "What is the weather in Paris?"}
ASKED = {"model": "gpt-4o-mini", "messages": [QUESTION]}
TOLD = {"stream_options": {"include_usage": True}}

openai = threadline.openai.wrap(OpenAI())
with obs.session("openai", user_id="u-1"), obs.trace("chat-turn"):
    openai.chat.completions.create(**ASKED)
with obs.session("openai-stream"), obs.trace("chat-turn"):
    list(openai.chat.completions.create(stream=True, **TOLD, **ASKED))
# No trace around it: the wrapper's generation is one.
with obs.session("openai-alone"):
    openai.chat.completions.create(**ASKED)
# A span of OpenTelemetry around it: the trace is a part of it.
tracer = provider.get_tracer("shop")
with obs.session("openai-inside"), tracer.start_as_current_span("request"), obs.trace("chat-turn"):
    openai.chat.completions.create(**ASKED)


async def main():
    client = threadline.openai.wrap(AsyncOpenAI())
    async with obs.session("openai-async"), obs.trace("chat-turn"):
        async for _ in await client.chat.completions.create(stream=True, **TOLD, **ASKED):
            pass


asyncio.run(main())

anthropic = threadline.anthropic.wrap(Anthropic())
with obs.session("anthropic"), obs.trace("chat-turn"):
    anthropic.messages.create(model="claude-opus-4-8", max_tokens=200, messages=[QUESTION])
