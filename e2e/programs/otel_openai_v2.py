"""OpenAI's client under OpenTelemetry's own instrumentation: a turn of a session, with the texts in the spans."""

from openai import OpenAI
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.openai_v2 import OpenAIInstrumentor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

provider = TracerProvider()
provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
OpenAIInstrumentor().instrument(tracer_provider=provider)

turn = {"session.id": "v2-session", "user.id": "u-v2"}
with provider.get_tracer("shop").start_as_current_span("chat-turn", attributes=turn):
    OpenAI().chat.completions.create(
        model="gpt-4o-mini",
        messages=[{"role": "system", "content": "Be brief."}, {"role": "user", "content": "When will it arrive?"}],
    )

provider.shutdown()
