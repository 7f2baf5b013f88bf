"""A program that wraps its clients, as users write it; a type checker reads it, nobody runs it."""

from typing import assert_type

from anthropic import Anthropic, AsyncAnthropic
from anthropic.lib.bedrock import AnthropicBedrock
from anthropic.types import Message
from langchain_core.runnables import RunnableConfig
from openai import AsyncAzureOpenAI, AsyncOpenAI, AzureOpenAI, OpenAI, Stream
from openai.types.chat import ChatCompletion, ChatCompletionChunk
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from pydantic import BaseModel

import threadline.anthropic
import threadline.otel
from threadline.langchain import ThreadlineCallbackHandler
from threadline.openai import wrap


class Weather(BaseModel):
    city: str


def clients() -> None:
    client = wrap(OpenAI())
    assert_type(client, OpenAI)
    assert_type(wrap(AsyncOpenAI()), AsyncOpenAI)
    assert_type(wrap(AzureOpenAI()), AzureOpenAI)
    assert_type(wrap(AsyncAzureOpenAI()), AsyncAzureOpenAI)
    assert_type(wrap(client.with_options(timeout=5)), OpenAI)
    wrap(object())  # type: ignore[type-var]

    answer = client.chat.completions.create(model="gpt-4o", messages=[{"role": "user", "content": "Hello!"}])
    assert_type(answer, ChatCompletion)
    chunks = client.chat.completions.create(
        model="gpt-4o", messages=[{"role": "user", "content": "Hello!"}], stream=True
    )
    assert_type(chunks, Stream[ChatCompletionChunk])
    parsed = client.chat.completions.parse(model="gpt-4o", messages=[], response_format=Weather)
    assert_type(parsed.choices[0].message.parsed, Weather | None)


async def messages() -> None:
    assert_type(threadline.anthropic.wrap(Anthropic()), Anthropic)
    assert_type(threadline.anthropic.wrap(AnthropicBedrock()), AnthropicBedrock)
    threadline.anthropic.wrap(OpenAI())  # type: ignore[type-var]
    client = threadline.anthropic.wrap(AsyncAnthropic())
    assert_type(client, AsyncAnthropic)
    message = await client.messages.create(model="claude-opus-4-8", max_tokens=200, messages=[])
    assert_type(message, Message)


def config() -> RunnableConfig:
    handler = ThreadlineCallbackHandler()
    return {"callbacks": [handler], "configurable": {"thread_id": "conversation-abc123"}}


def opentelemetry() -> None:
    assert_type(threadline.otel.configure(propagate_session=True), TracerProvider)
    provider = TracerProvider()
    provider.add_span_processor(threadline.otel.ThreadlineSpanProcessor())
    exporter = threadline.otel.exporter("http://pk_xxx@127.0.0.1:4318/default")
    assert_type(exporter, OTLPSpanExporter)
    provider.add_span_processor(BatchSpanProcessor(exporter))
