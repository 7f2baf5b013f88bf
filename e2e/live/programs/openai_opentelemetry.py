"""OpenAI's client under OpenTelemetry's own instrumentation, with a span of the program around each turn."""

from contextlib import suppress

from openai import BadRequestError, OpenAI
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.openai_v2 import OpenAIInstrumentor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from talk import TURNS, Chat

provider = TracerProvider()
provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
OpenAIInstrumentor().instrument(tracer_provider=provider)

tracer = provider.get_tracer("shop")
answer = Chat(OpenAI().chat.completions.create)


def chat_turn(session_id: str, user_id: str, text: str) -> str:
    with tracer.start_as_current_span("chat-turn", attributes={"session.id": session_id, "user.id": user_id}):
        return answer(text)


for session_id, user_id, text in TURNS:
    with suppress(BadRequestError):
        chat_turn(session_id, user_id, text)

provider.shutdown()
