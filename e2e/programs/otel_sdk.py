"""A program with OpenTelemetry's SDK and its OTLP exporter, told where to send by OTEL_* variables alone."""

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Status, StatusCode

provider = TracerProvider()
provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
tracer = provider.get_tracer("weather-bot")

with tracer.start_as_current_span("chat-turn", attributes={"session.id": "otel/weather 1", "user.id": "u-otel"}):
    request = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "gpt-4o-mini",
        "gen_ai.input.messages": '[{"role":"user","parts":[{"type":"text","content":"Weather in Paris?"}]}]',
    }
    with tracer.start_as_current_span("chat gpt-4o-mini", attributes=request) as generation:
        generation.set_attribute("gen_ai.usage.input_tokens", 1000)
        generation.set_attribute("gen_ai.usage.output_tokens", 200)
        generation.set_attribute(
            "gen_ai.output.messages",
            '[{"role":"assistant","parts":[{"type":"text","content":"Rainy, 57 F."}],"finish_reason":"stop"}]',
        )

turn = tracer.start_span("chat-turn", attributes={"session.id": "otel/weather 1"})
with trace.use_span(turn, end_on_exit=True):
    turn.record_exception(TimeoutError("the forecast took too long"))
    turn.set_status(Status(StatusCode.ERROR, "the forecast took too long"))

provider.shutdown()
