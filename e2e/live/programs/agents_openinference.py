"""OpenAI's Agents SDK under OpenInference's instrumentation."""

from contextlib import suppress

from agents import Agent, Runner, SQLiteSession, function_tool, trace
from openai import BadRequestError
from openinference.instrumentation import using_attributes
from openinference.instrumentation.openai_agents import OpenAIAgentsInstrumentor
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from talk import FIRST, MODEL, SECOND, TURNS, get_weather

provider = TracerProvider()
provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
OpenAIAgentsInstrumentor().instrument(tracer_provider=provider)

agent = Agent("Assistant", model=MODEL, tools=[function_tool(get_weather)])
memories = {name: SQLiteSession(name) for name in (FIRST, SECOND)}


def chat_turn(session_id: str, user_id: str, text: str) -> str:
    with using_attributes(session_id=session_id, user_id=user_id), trace("chat-turn"):
        return Runner.run_sync(agent, text, session=memories[session_id]).final_output


for session_id, user_id, text in TURNS:
    with suppress(BadRequestError):
        chat_turn(session_id, user_id, text)

provider.shutdown()
