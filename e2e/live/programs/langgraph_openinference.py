"""A LangGraph agent with a checkpointer, under OpenInference's instrumentation of LangChain."""

from contextlib import suppress

from langchain.agents import create_agent
from langchain_openai import ChatOpenAI
from langgraph.checkpoint.memory import InMemorySaver
from openai import BadRequestError
from openinference.instrumentation.langchain import LangChainInstrumentor
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from talk import MODEL, TURNS, get_weather

provider = TracerProvider()
provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
LangChainInstrumentor().instrument(tracer_provider=provider)

agent = create_agent(ChatOpenAI(model=MODEL, max_retries=0), [get_weather], checkpointer=InMemorySaver())


def chat_turn(session_id: str, user_id: str, text: str) -> str:
    config = {"configurable": {"thread_id": session_id}, "metadata": {"user_id": user_id}}
    turn = agent.invoke({"messages": [{"role": "user", "content": text}]}, config)
    return turn["messages"][-1].text


for session_id, user_id, text in TURNS:
    with suppress(BadRequestError):
        chat_turn(session_id, user_id, text)

provider.shutdown()
