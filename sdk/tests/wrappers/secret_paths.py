"""Every way by which a text gets into a span of a real client or framework; each puts canaries wherever texts can be.

A way is a function of where the models are and of what makes canaries; ``WAYS`` has them all by name.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from itertools import count

import anthropic
import httpx2
import openai
from langchain_core.documents import Document
from langchain_core.language_models import FakeListLLM, GenericFakeChatModel
from langchain_core.messages import AIMessage, HumanMessage
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import RunnableLambda
from langchain_core.tools import tool
from langgraph.graph import END, START, StateGraph
from langgraph.prebuilt import ToolNode
from openinference.instrumentation.openai import OpenAIInstrumentor
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.trace import Link, SpanContext
from pydantic import BaseModel

import threadline.anthropic
import threadline.openai
from threadline import get_observability, observe
from threadline.asgi import ObservabilityMiddleware as Asgi
from threadline.langchain import ThreadlineCallbackHandler
from threadline.otel import ThreadlineSpanProcessor, exporter
from threadline.wsgi import ObservabilityMiddleware as Wsgi

Way = Callable[[str, "Canaries"], None]
WAYS: dict[str, Way] = {}


class Canaries:
    """Makes texts that are found again, each of several words, so that what is streamed brings it in pieces."""

    def __init__(self) -> None:
        self._numbers = count()
        self.made: set[str] = set()

    def __call__(self) -> str:
        text = f"CANARY number {next(self._numbers):04} ends"
        self.made.add(text)
        return text


def way(function: Way) -> Way:
    WAYS[function.__name__] = function
    return function


# --- OpenAI ----------------------------------------------------------------------------------------------


def get(canary: Canaries) -> list[object]:
    function = {"name": "get", "description": canary(), "parameters": {"title": canary()}}
    return [{"type": "function", "function": function}]


def ask(canary: Canaries, verb: str = "say", tools: list[object] | None = None, **more: object) -> dict[str, object]:
    """A chat request; the stand-in for the model does what the verb says."""
    messages = [
        {"role": "system", "content": canary()},
        {"role": "user", "content": [{"type": "text", "text": canary()}], "name": canary()},
        {"role": "user", "content": f"{verb} {canary()}"},
    ]
    return {"model": canary(), "messages": messages, "tools": tools or get(canary), "stop": [canary()]} | more


def client_of(models: str) -> openai.OpenAI:
    return threadline.openai.wrap(openai.OpenAI(base_url=f"{models}/v1", api_key="none", max_retries=0))


def async_client_of(models: str) -> openai.AsyncOpenAI:
    return threadline.openai.wrap(openai.AsyncOpenAI(base_url=f"{models}/v1", api_key="none", max_retries=0))


@way
def openai_chat(models, canary):
    with client_of(models) as client:
        client.chat.completions.create(**ask(canary))
        client.chat.completions.create(**ask(canary, "call"))
        client.chat.completions.with_raw_response.create(**ask(canary)).parse()


@way
def openai_chat_stream(models, canary):
    with client_of(models) as client:
        for verb in ("say", "call"):
            list(client.chat.completions.create(stream=True, **ask(canary, verb)))
            with client.chat.completions.stream(**ask(canary, verb)) as stream:
                list(stream)
            with client.chat.completions.with_streaming_response.create(stream=True, **ask(canary, verb)) as raw:
                list(raw.parse())


class Weather(BaseModel):
    city: str


@way
def openai_chat_parse(models, canary):
    tools = [openai.pydantic_function_tool(Weather, name="get_weather", description=canary())]
    with client_of(models) as client:
        client.chat.completions.parse(**ask(canary, "call", tools=tools))
        with suppress(ValueError):  # the error quotes what was said
            client.chat.completions.parse(**ask(canary, tools=tools, response_format=Weather))


@way
def openai_failures(models, canary):
    with client_of(models) as client:
        for verb, stream in (("refuse", False), ("refuse", True), ("break", True)):
            with suppress(openai.OpenAIError):
                list(client.chat.completions.create(stream=stream, **ask(canary, verb)))


@way
def openai_responses(models, canary):
    asked = {"model": canary(), "instructions": canary()}
    with client_of(models) as client:
        for verb in ("say", "call"):
            client.responses.create(input=f"{verb} {canary()}", **asked)
            list(client.responses.create(input=f"{verb} {canary()}", stream=True, **asked))
            with client.responses.stream(input=f"{verb} {canary()}", **asked) as stream:
                list(stream)
        with suppress(openai.OpenAIError):
            client.responses.create(input=f"refuse {canary()}", **asked)


@way
def openai_embeddings(models, canary):
    with client_of(models) as client:
        client.embeddings.create(model=canary(), input=[canary(), canary()])


@way
def openai_async(models, canary):
    async def main():
        async with async_client_of(models) as client:
            await client.chat.completions.create(**ask(canary))
            async for _ in await client.chat.completions.create(stream=True, **ask(canary, "call")):
                pass
            async with client.chat.completions.stream(**ask(canary)) as stream:
                async for _ in stream:
                    pass
            for verb in ("refuse", "break"):
                with suppress(openai.OpenAIError):
                    async for _ in await client.chat.completions.create(stream=True, **ask(canary, verb)):
                        pass
            await client.responses.create(model=canary(), input=f"say {canary()}")

    asyncio.run(main())


# --- Anthropic -------------------------------------------------------------------------------------------


def message(canary: Canaries, verb: str = "say") -> dict[str, object]:
    return {
        "model": canary(),
        "max_tokens": 200,
        "system": [{"type": "text", "text": canary()}],
        "messages": [
            {"role": "user", "content": [{"type": "text", "text": canary()}]},
            {"role": "assistant", "content": canary()},
            {"role": "user", "content": f"{verb} {canary()}"},
        ],
        "tools": [{"name": "get", "description": canary(), "input_schema": {"type": "object", "title": canary()}}],
        "stop_sequences": [canary()],
    }


@way
def anthropic_messages(models, canary):
    with threadline.anthropic.wrap(anthropic.Anthropic(base_url=models, api_key="none", max_retries=0)) as client:
        for verb in ("say", "call"):
            client.messages.create(**message(canary, verb))
            list(client.messages.create(stream=True, **message(canary, verb)))
            with client.messages.stream(**message(canary, verb)) as stream:
                list(stream)
        for verb, streams in (("refuse", False), ("break", True)):
            with suppress(anthropic.AnthropicError, httpx2.HTTPError):
                list(client.messages.create(stream=streams, **message(canary, verb)))


@way
def anthropic_async(models, canary):
    async def main():
        made = anthropic.AsyncAnthropic(base_url=models, api_key="none", max_retries=0)
        async with threadline.anthropic.wrap(made) as client:
            await client.messages.create(**message(canary))
            async for _ in await client.messages.create(stream=True, **message(canary, "call")):
                pass
            async with client.messages.stream(**message(canary)) as stream:
                async for _ in stream.text_stream:
                    pass
            with suppress(anthropic.AnthropicError):
                await client.messages.create(**message(canary, "refuse"))

    asyncio.run(main())


# --- LangChain and LangGraph -----------------------------------------------------------------------------


def told(canary: Canaries) -> dict[str, object]:
    return {
        "callbacks": [ThreadlineCallbackHandler()],
        "run_name": canary(),
        "tags": [canary()],
        "metadata": {"plan": canary()},
    }


@way
def langchain_models(models, canary):
    list(FakeListLLM(responses=[canary()]).stream(canary(), told(canary)))
    chat = GenericFakeChatModel(messages=iter([AIMessage(canary()), AIMessage(canary())]))
    list(chat.stream([HumanMessage(canary())], told(canary)))
    chat.invoke([HumanMessage(canary())], told(canary))


class Papers(BaseRetriever):
    text: str

    def _get_relevant_documents(self, query, *, run_manager):
        return [Document(self.text, metadata={"author": self.text})]


@way
def langchain_chains(models, canary):
    def fail(_):
        raise ValueError(canary())

    RunnableLambda(lambda _: canary()).invoke({"question": canary()}, told(canary))
    Papers(text=canary()).invoke(canary(), told(canary))
    with suppress(ValueError):
        RunnableLambda(fail).invoke(canary(), told(canary))


@way
def langgraph_agent(models, canary):
    @tool
    def look_up(city: str) -> str:
        """Looks something up."""
        if city == failing:
            raise ValueError(canary())
        return canary()

    def calls(argument):
        return AIMessage(
            "", tool_calls=[{"id": "1", "name": "look_up", "args": {"city": argument}, "type": "tool_call"}]
        )

    failing = canary()
    for argument in (canary(), failing):
        model = GenericFakeChatModel(messages=iter([calls(argument)]))
        graph = StateGraph(dict)
        graph.add_node("model", lambda state, model=model: {"messages": [model.invoke(state["messages"])]})
        graph.add_node("tools", ToolNode([look_up], handle_tool_errors=False))
        graph.add_edge(START, "model")
        graph.add_edge("model", "tools")
        graph.add_edge("tools", END)
        with suppress(ValueError):
            graph.compile().invoke({"messages": [HumanMessage(canary())]}, told(canary))


# --- OpenTelemetry, both ways ----------------------------------------------------------------------------


def provider_of(canary: Canaries, dsn: str) -> TracerProvider:
    provider = TracerProvider(resource=Resource({"service.name": canary(), "shop.owner": canary()}))
    provider.add_span_processor(ThreadlineSpanProcessor())
    provider.add_span_processor(SimpleSpanProcessor(exporter(dsn)))
    return provider


@way
def opentelemetry_spans(models, canary):
    provider = provider_of(canary, canary.open_server)
    tracer = provider.get_tracer("shop")
    link = Link(SpanContext(1, 2, is_remote=False), {"why": canary()})
    with suppress(ValueError), tracer.start_as_current_span(canary(), links=[link]) as span:
        span.set_attributes({"session.id": canary(), "user.id": canary(), "shop.words": [canary(), canary()]})
        span.add_event(canary(), {"what": canary()})
        with get_observability().trace(canary(), input=canary()), tracer.start_as_current_span("inside"):
            raise ValueError(canary())
    provider.shutdown()


@way
def openinference_instrumentation(models, canary):
    provider = provider_of(canary, canary.open_server)
    OpenAIInstrumentor().instrument(tracer_provider=provider)
    try:
        with openai.OpenAI(base_url=f"{models}/v1", api_key="none", max_retries=0) as client:
            client.chat.completions.create(**ask(canary, "call"))
            list(client.chat.completions.create(stream=True, **ask(canary)))
            with suppress(openai.OpenAIError):
                client.chat.completions.create(**ask(canary, "refuse"))
    finally:
        OpenAIInstrumentor().uninstrument()
        provider.shutdown()


# --- the program's own functions, requests and judgements ------------------------------------------------


@way
def observed_functions(models, canary):
    @observe(name=canary())
    def plain(question, *, more):
        return [question, canary()]

    @observe
    def fails(question):
        raise ValueError(canary())

    @observe
    def words(text):
        yield from text.split(" ")

    @observe
    async def answer(question):
        return canary()

    @observe
    async def stream(text):
        for word in text.split(" "):
            yield f"{word} "

    async def main():
        await answer(canary())
        async for _ in stream(canary()):
            pass

    plain(canary(), more={canary(): canary()})
    list(words(canary()))
    with suppress(ValueError):
        fails(canary())
    asyncio.run(main())


@way
def requests_served(models, canary):
    obs = get_observability()

    async def asgi(scope, receive, send):
        obs.event(canary())

    def wsgi(environ, start_response):
        obs.event(canary())
        return []

    headers = [(b"x-request-id", canary().encode())]
    asyncio.run(Asgi(asgi)({"type": "http", "headers": headers}, None, None))
    list(Wsgi(wsgi)({"HTTP_X_REQUEST_ID": canary()}, None))
    carried = {"baggage": f"session.id={canary()},user.id={canary()}".replace(" ", "%20")}
    with obs.extract(carried), obs.trace(canary()):
        pass
    with obs.session_for(canary()), obs.trace("turn"):
        pass


@way
def scores_given(models, canary):
    obs = get_observability()
    obs.score(canary(), canary(), session_id=canary(), id=canary(), comment=canary(), source=canary())
    obs.score(canary(), 1, trace_id="1" * 32, comment=canary())
    with obs.session(canary()) as session, obs.trace("turn") as trace:
        trace.score(canary(), canary(), comment=canary(), source=canary())
    session.score(canary(), canary(), comment=canary())
    trace.score("late", canary())
