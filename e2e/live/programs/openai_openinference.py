"""OpenAI's client under OpenInference's instrumentation: every call is a trace of its own."""

from contextlib import suppress

from openai import BadRequestError, OpenAI
from openinference.instrumentation import using_attributes
from openinference.instrumentation.openai import OpenAIInstrumentor
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from talk import TURNS, Chat

provider = TracerProvider()
provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
OpenAIInstrumentor().instrument(tracer_provider=provider)

answer = Chat(OpenAI().chat.completions.create)


def chat_turn(session_id: str, user_id: str, text: str) -> str:
    with using_attributes(session_id=session_id, user_id=user_id):
        return answer(text)


for session_id, user_id, text in TURNS:
    with suppress(BadRequestError):
        chat_turn(session_id, user_id, text)

provider.shutdown()
