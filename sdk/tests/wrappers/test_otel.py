"""OpenTelemetry's own SDK and instrumentations beside Threadline: one trace, whichever of the two began it."""

import asyncio
import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

import pytest
from openai import AsyncOpenAI, OpenAI
from openinference.instrumentation.openai import OpenAIInstrumentor
from opentelemetry import baggage, context, propagate, trace
from opentelemetry.context import Context
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF

from sdk.tests.stub_server import StubServer
from threadline import ConfigurationError, _context
from threadline._foreign import ForeignSpan
from threadline._trace_state import TraceState
from threadline.openai import wrap
from threadline.otel import ThreadlineSpanProcessor, configure, exporter

HELLO = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Hello, my name is Ada."}]}


class Otel:
    def __init__(self, **settings):
        self.finished = InMemorySpanExporter()
        self.provider = TracerProvider(**settings)
        self.tracer = self.provider.get_tracer("shop")

    def started(self, processor):
        self.provider.add_span_processor(processor)
        self.provider.add_span_processor(SimpleSpanProcessor(self.finished))
        return self

    def span(self, name, **facts):
        return self.tracer.start_as_current_span(name, **facts)

    def named(self, name):
        (span,) = [span for span in self.finished.get_finished_spans() if span.name == name]
        return span

    def ids(self, name):
        """Trace, span and parent of a span, as Threadline writes them."""
        span = self.named(name)
        parent = None if span.parent is None else trace.format_span_id(span.parent.span_id)
        return trace.format_trace_id(span.context.trace_id), trace.format_span_id(span.context.span_id), parent


@pytest.fixture(autouse=True)
def _each_in_a_context_of_its_own():
    token = context.attach(Context())
    yield
    context.detach(token)
    assert _context.bridge is None


@pytest.fixture
def otel(recorded):
    otel = Otel().started(ThreadlineSpanProcessor())
    yield otel
    otel.provider.shutdown()


def ids(span):
    return span.trace_id, span.span_id, span.parent_id


def test_spans_of_both_nest_in_whichever_is_innermost(otel, recorded):
    with recorded.obs.trace("turn"), otel.span("http"), recorded.obs.span("step"), otel.span("db"):
        pass
    turn, step = ids(recorded.named("turn")), ids(recorded.named("step"))
    http, db = otel.ids("http"), otel.ids("db")
    assert {turn[0], step[0], http[0], db[0]} == {turn[0]}
    assert [turn[2], http[2], step[2], db[2]] == [None, turn[1], http[1], step[1]]


def test_a_trace_inside_of_a_foreign_span_is_a_part_of_its_trace(otel, recorded):
    with (
        otel.span("request"),
        recorded.obs.trace("turn"),
        recorded.obs.generation("answer"),
        otel.span("http"),
        recorded.obs.tool("look-up"),
    ):
        pass
    request, http = otel.ids("request"), otel.ids("http")
    turn, answer, tool = (ids(recorded.named(name)) for name in ("turn", "answer", "look-up"))
    assert {request[0], turn[0], answer[0], http[0], tool[0]} == {request[0]}
    assert [request[2], turn[2], answer[2], http[2], tool[2]] == [None, request[1], turn[1], answer[1], http[1]]


def test_a_new_trace_inside_of_our_own_is_another_trace_still(otel, recorded):
    with recorded.obs.trace("outer"), otel.span("http"), recorded.obs.trace("inner"), otel.span("db"):
        pass
    inner = ids(recorded.named("inner"))
    assert inner[2] is None
    assert otel.ids("http")[0] == recorded.named("outer").trace_id != inner[0]
    assert otel.ids("db")[::2] == inner[:2]


def test_what_ends_gives_back_what_was_current_before(otel, recorded):
    with otel.span("request"):
        trace_ = recorded.obs.trace("turn")
        with recorded.obs.span("step"):
            pass
        with otel.span("inside"):
            pass
        trace_.end()
        with otel.span("after"):
            pass
    with otel.span("apart"):
        pass
    request, turn = otel.ids("request"), ids(recorded.named("turn"))
    assert [otel.ids(name)[2] for name in ("inside", "after", "apart")] == [turn[1], request[1], None]


def test_the_session_is_on_every_foreign_span_inside(otel, recorded):
    with (
        recorded.obs.session("s-1", user_id="u-1", metadata={"plan": "pro"}, tags=["beta"]),
        otel.span("alone"),
        otel.span("below"),
    ):
        pass
    with recorded.obs.trace("turn", session_id="s-2", user_id="u-2"), otel.span("inside"):
        pass
    with recorded.obs.session("s-1"), otel.span("its own", attributes={"session.id": "mine"}):
        pass
    who = {"session.id": "s-1", "user.id": "u-1"}
    facts = {"threadline.tags": ("beta",), "threadline.metadata": '{"plan":"pro"}'}
    assert dict(otel.named("alone").attributes) == who | facts
    assert dict(otel.named("below").attributes) == who
    assert dict(otel.named("inside").attributes) == {"session.id": "s-2", "user.id": "u-2"}
    assert dict(otel.named("its own").attributes) == {"session.id": "mine"}


def test_a_trace_takes_the_session_of_the_foreign_span_around_it(otel, recorded):
    with otel.span("request", attributes={"session.id": "s-1", "user.id": "u-1"}), recorded.obs.trace("turn"):
        recorded.obs.event("found")
    assert {(span.attributes["session.id"], span.attributes["user.id"]) for span in recorded.spans} == {("s-1", "u-1")}


def test_the_end_of_a_trace_inside_of_a_foreign_span_delivers_what_is_open(otel, recorded):
    with otel.span("request"):
        with recorded.obs.trace("turn"):
            recorded.obs.generation("forgotten")
        assert sorted(span.name for span in recorded.spans) == ["forgotten", "turn"]


def test_asynchronous_tasks_and_threads_keep_to_their_own(otel, recorded):
    async def turn(name):
        with recorded.obs.trace(name):
            await asyncio.sleep(0)
            with otel.span(f"http of {name}"):
                await asyncio.sleep(0)
                with recorded.obs.span(f"step of {name}"):
                    await asyncio.sleep(0)

    async def main():
        await asyncio.gather(turn("a"), turn("b"))

    asyncio.run(main())
    with ThreadPoolExecutor() as pool:
        for name in ("c", "d"):
            pool.submit(copy_context().run, lambda name: asyncio.run(turn(name)), name).result()
    for name in "abcd":
        root, step, http = (
            ids(recorded.named(name)),
            ids(recorded.named(f"step of {name}")),
            otel.ids(f"http of {name}"),
        )
        assert (root[0], root[1], http[1]) == (http[0], http[2], step[2])


def test_a_trace_may_end_in_another_task_than_it_began_in(otel, recorded):
    async def main():
        trace_ = recorded.obs.trace("turn")

        async def answer():
            with otel.span("http"):
                trace_.end()

        await asyncio.create_task(answer())
        recorded.obs.trace("next").end()

    asyncio.run(main())
    assert otel.ids("http")[2] == recorded.named("turn").span_id
    assert recorded.named("next").parent_id is None


def test_what_is_taken_to_another_thread_is_current_there_for_both(otel, recorded):
    def work(place):
        before = _context.go_to(place)
        with otel.span("http"):
            recorded.obs.event("found")
        _context.go_to(before)
        with otel.span("apart"):
            pass

    with recorded.obs.trace("turn", session_id="s-1") as turn, ThreadPoolExecutor() as pool:
        pool.submit(work, _context.place()).result()
    http = otel.ids("http")
    assert (http[0], http[2]) == (turn.trace_id, turn.id)
    assert recorded.named("found").parent_id == http[1]
    assert otel.named("http").attributes["session.id"] == "s-1"
    assert otel.named("apart").parent is None


def test_a_remote_parent_of_ours_is_one_for_both(otel, recorded):
    state = TraceState("ab" * 16)
    remote = ForeignSpan("cd" * 8, state, is_outside=True)
    with otel.span("server"):
        before = _context.go_to(_context.Place(remote, None))
        with otel.span("request"), recorded.obs.trace("turn"):
            pass
        recorded.obs.trace("next").end()
        _context.go_to(before)
        with otel.span("after"):
            pass
    request, turn, after = otel.ids("request"), ids(recorded.named("turn")), otel.ids("after")
    assert (request[0], request[2]) == ("ab" * 16, "cd" * 8)
    assert (turn[0], turn[2]) == ("ab" * 16, request[1])
    assert ids(recorded.named("next"))[::2] == ("ab" * 16, "cd" * 8)
    assert after[2] == otel.ids("server")[1]


def test_the_other_service_sees_our_trace(otel, recorded):
    carrier = {}
    with recorded.obs.trace("turn", session_id="s-1") as turn:
        propagate.inject(carrier)
    assert carrier == {"traceparent": f"00-{turn.trace_id}-{turn.id}-01"}


def test_session_and_user_go_along_only_where_the_program_says_so(recorded):
    otel = Otel().started(ThreadlineSpanProcessor(propagate_session=True))
    with recorded.obs.trace("turn", session_id="s-1", user_id="u 1"):
        propagate.inject(carrier := {})
    assert baggage.get_all() == {}
    assert carrier["baggage"] == "session.id=s-1,user.id=u+1"

    token = context.attach(propagate.extract(carrier))
    with otel.span("request"):
        recorded.obs.trace("handler").end()
    context.detach(token)
    otel.provider.shutdown()
    turn, handler, request = ids(recorded.named("turn")), recorded.named("handler"), otel.ids("request")
    assert (request[0], request[2]) == (turn[0], turn[1])
    assert ids(handler)[::2] == (turn[0], request[1])
    assert dict(otel.named("request").attributes) == {"session.id": "s-1", "user.id": "u 1"}
    assert (handler.attributes["session.id"], handler.attributes["user.id"]) == ("s-1", "u 1")


def test_what_nobody_samples_is_no_parent(recorded):
    otel = Otel(sampler=ALWAYS_OFF).started(ThreadlineSpanProcessor())
    with otel.span("request"), recorded.obs.trace("turn"):
        pass
    otel.provider.shutdown()
    assert recorded.only.parent_id is None


def test_after_its_shutdown_both_go_their_own_ways(otel, recorded):
    otel.provider.shutdown()
    with recorded.obs.trace("turn"):
        assert trace.get_current_span() is trace.INVALID_SPAN


@pytest.fixture
def openinference(otel):
    OpenAIInstrumentor().instrument(tracer_provider=otel.provider)
    yield
    OpenAIInstrumentor().uninstrument()


def test_an_instrumentation_inside_of_a_trace_is_a_part_of_it(otel, openinference, recorded, models):
    client = OpenAI(base_url=f"{models}/v1", api_key="none")
    with recorded.obs.session("s-1"), recorded.obs.trace("turn") as turn:
        client.chat.completions.create(**HELLO)
        list(client.chat.completions.create(stream=True, **HELLO))
    first, second = otel.finished.get_finished_spans()
    for span in (first, second):
        assert trace.format_trace_id(span.context.trace_id) == turn.trace_id
        assert trace.format_span_id(span.parent.span_id) == turn.id
        assert span.attributes["session.id"] == "s-1"


def test_a_wrapped_client_that_is_instrumented_too_tells_of_one_call_inside_of_the_other(
    otel, openinference, recorded, models
):
    async def asked():
        client = wrap(AsyncOpenAI(base_url=f"{models}/v1", api_key="none"))
        async for _ in await client.chat.completions.create(stream=True, **HELLO):
            pass

    wrap(OpenAI(base_url=f"{models}/v1", api_key="none")).chat.completions.create(**HELLO)
    asyncio.run(asked())
    for ours, theirs in zip(recorded.spans, otel.finished.get_finished_spans(), strict=True):
        assert trace.format_span_id(theirs.parent.span_id) == ours.span_id
        (choice,) = json.loads(ours.attributes["threadline.output"])["choices"]
        assert choice["message"]["content"] == "Hello Ada! How can I help you today?"


def test_one_call_sets_up_a_provider(recorded, server: StubServer):
    provider = TracerProvider()
    assert configure(provider, dsn=server.dsn) is configure(provider, dsn=server.dsn) is provider
    with recorded.obs.session("s-1"), provider.get_tracer("shop").start_as_current_span("request"):
        pass
    provider.shutdown()
    (request,) = server.requests
    assert (request.path, request.headers["authorization"]) == ("/v1/traces", "Bearer pk_test")


def test_an_exporter_without_a_key_says_so(monkeypatch):
    with pytest.raises(ConfigurationError, match="there is no API key"):
        exporter()
    monkeypatch.setenv("THREADLINE_DSN", "http://pk_xxx@127.0.0.1:4318/default")
    assert exporter()._endpoint == "http://127.0.0.1:4318/v1/traces"


@pytest.mark.parametrize(
    ("module", "remedy"),
    [("otel", "pip install opentelemetry-sdk"), ("langchain", "pip install langchain-core")],
)
def test_a_missing_library_is_named_with_its_remedy(module, remedy):
    program = (
        "import sys; sys.modules |= dict.fromkeys(['opentelemetry', 'langchain_core']);"
        f"import threadline; assert 'threadline.{module}' not in sys.modules; import threadline.{module}"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert "ImportError: cannot import threadline." in ended.stderr
    assert remedy in ended.stderr
