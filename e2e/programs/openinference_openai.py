"""OpenAI's client under OpenInference's instrumentation: two turns of one session, the second of which fails."""

from contextlib import suppress

from openai import NotFoundError, OpenAI
from openinference.instrumentation import using_attributes
from openinference.instrumentation.openai import OpenAIInstrumentor
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

provider = TracerProvider()
provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
OpenAIInstrumentor().instrument(tracer_provider=provider)

client = OpenAI(max_retries=0)
with using_attributes(session_id="oi-session", user_id="u-oi", metadata={"channel": "web"}, tags=["beta"]):
    messages = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Where is my parcel?"}]
    client.chat.completions.create(model="gpt-4o-mini", messages=messages)
    with suppress(NotFoundError):
        client.with_options(base_url=f"{client.base_url}nowhere").chat.completions.create(
            model="gpt-4o-mini", messages=messages
        )

provider.shutdown()
