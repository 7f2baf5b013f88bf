"""What a program has said on privacy holds for the spans of OpenTelemetry that go through us."""

import gzip
from contextlib import suppress

import pytest
from openai import OpenAI
from openinference.instrumentation.openai import OpenAIInstrumentor
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor

from sdk.tests.stub_server import StubServer
from threadline import init_observability
from threadline.otel import ThreadlineSpanProcessor, exporter
from threadline.testing import MemoryExporter

HELLO = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Hello, my name is Ada."}]}


@pytest.fixture
def provider(server: StubServer):
    provider = TracerProvider()
    provider.add_span_processor(ThreadlineSpanProcessor())
    provider.add_span_processor(SimpleSpanProcessor(exporter(server.dsn)))
    yield provider
    provider.shutdown()
    init_observability(exporter=MemoryExporter()).shutdown()


def bodies(server: StubServer) -> list[bytes]:
    return [gzip.decompress(request.body) for request in server.requests]


def received(server: StubServer) -> list:
    requests = [ExportTraceServiceRequest.FromString(body) for body in bodies(server)]
    return [span for request in requests for span in request.resource_spans[0].scope_spans[0].spans]


def attributes(thing) -> dict[str, object]:
    return {each.key: getattr(each.value, each.value.WhichOneof("value")) for each in thing.attributes}


def test_a_mask_gets_a_foreign_span_as_it_gets_one_of_ours(provider, server):
    places = []

    def mask(text, place):
        places.append((place.path, place.span_name))
        return "other" if place.field == "session.id" else text.upper()

    obs = init_observability(exporter=(ours := MemoryExporter()), mask=mask)
    tracer = provider.get_tracer("shop")
    with obs.session("s-1"), obs.trace("turn"), tracer.start_as_current_span("request") as span:
        span.set_attributes({"n": 5, "ok": True, "shop.word": "one", "shop.words": ["two", "three"], "raw": b"four"})
        span.add_event("paid", {"how": "cash"})
        span.add_event("gen_ai.choice", {"content": "yes"})
    (theirs,) = received(server)
    assert theirs.name == "REQUEST"
    assert attributes(theirs) | {"shop.words": [value.string_value for value in attributes(theirs)["shop.words"].values]} == {
        "n": 5, "ok": True, "shop.word": "ONE", "shop.words": ["TWO", "THREE"], "raw": "FOUR", "session.id": "other",
    }  # fmt: skip
    assert [(event.name, attributes(event)) for event in theirs.events] == [
        ("PAID", {"how": "CASH"}),
        ("gen_ai.choice", {"content": "YES"}),
    ]
    assert theirs.parent_span_id.hex() == ours.spans[0].span_id
    assert ours.spans[0].session_id == "other"
    assert ("shop.word", "request") in places


@pytest.mark.parametrize("failure", [ZeroDivisionError, SystemExit])
def test_a_mask_that_fails_lets_nothing_of_a_foreign_span_out(provider, server, failure):
    def mask(text, place):
        raise failure

    obs = init_observability(exporter=MemoryExporter(), mask=mask)
    with suppress(ValueError), provider.get_tracer("shop").start_as_current_span("secret") as span:
        span.set_attribute("session.id", "secret")
        span.add_event("secret", {"text": ["secret"]})
        raise ValueError("secret")
    (body,) = bodies(server)
    assert (b"secret" in body, body.count(b"<masking failed>") >= 7) == (False, True)
    assert obs.masking_failures >= 7


def test_without_content_instrumentations_tell_what_was_used_and_not_what_was_said(provider, server, models):
    init_observability(exporter=MemoryExporter(), capture_content=False)
    OpenAIInstrumentor().instrument(tracer_provider=provider)
    try:
        with OpenAI(base_url=f"{models}/v1", api_key="none", max_retries=0) as client:
            client.chat.completions.create(**HELLO)
            list(client.chat.completions.create(stream=True, **HELLO))
    finally:
        OpenAIInstrumentor().uninstrument()
    told = bodies(server)
    assert [b"Ada" in body or b"messages" in body for body in told] == [False, False]
    spans = [ExportTraceServiceRequest.FromString(body).resource_spans[0].scope_spans[0].spans[0] for body in told]
    assert attributes(spans[0])["llm.token_count.prompt"] == 21
    assert {attributes(span)["llm.model_name"] for span in spans} == {"gpt-4o-mini-2024-07-18"}


def test_without_content_of_a_failure_its_type_is_told(provider, server):
    init_observability(exporter=MemoryExporter(), capture_content=False)
    with suppress(ValueError), provider.get_tracer("shop").start_as_current_span("request") as span:
        span.add_event("gen_ai.user.message", {"content": "secret", "role": "user"})
        raise ValueError("secret")
    (body,) = bodies(server)
    assert (b"secret" in body, b"ValueError" in body, b"user" in body) == (False, True, True)
