"""A program as users write it; a type checker reads it, nobody runs it."""

from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from threading import Thread
from typing import assert_type
from zoneinfo import ZoneInfo

from threadline import (
    ConfigurationError,
    Done,
    DropReason,
    Extracted,
    Generation,
    Mask,
    Observability,
    Place,
    ScoreValue,
    Session,
    SessionStore,
    Span,
    SpanKind,
    Trace,
    Waiting,
    daily_session_id,
    get_observability,
    init_observability,
    is_initialized,
    new_session_id,
    observe,
)
from threadline.asgi import ObservabilityMiddleware
from threadline.testing import (
    AttributeValue,
    Clock,
    CountedIds,
    ErrorRecord,
    EventRecord,
    Exporter,
    Ids,
    Instant,
    MemoryExporter,
    ScoreRecord,
    SpanRecord,
    StepClock,
    recorded,
)


def start() -> None:
    try:
        init_observability("http://pk_xxx@127.0.0.1:4318/default")
        init_observability(dsn="http://pk_xxx@127.0.0.1:4318/default", environment="production", release="1.0")
        init_observability(api_key="pk_xxx", endpoint="http://127.0.0.1:4318", service_name="shop")
    except ConfigurationError:
        assert_type(is_initialized(), bool)


def turn(messages: list[dict[str, str]]) -> None:
    obs = get_observability()
    assert_type(obs, Observability)
    trace = obs.trace(
        name="chat-turn",
        session_id="conversation-abc123",
        user_id="user-456",
        input={"message": "Hello!"},
        metadata={"channel": "web", "turn": 1},
        tags=["conversion"],
    )
    assert_type(trace, Trace)
    generation = obs.generation(
        name="generate-response", model_name="gpt-4o", input={"messages": messages}, model_parameters={"temperature": 0}
    )
    assert_type(generation, Generation)
    assert_type(generation.update(prompt_tokens=1), Generation)
    done = generation.end(
        output={"content": "Hi."},
        prompt_tokens=150,
        completion_tokens=50,
        cached_tokens=None,
        reasoning_tokens=0,
        cost=Decimal("0.01"),
        model_name="gpt-4o",
        model_parameters={},
    )
    assert_type(done, Done)
    trace.update(session_id="conversation-2", user_id=None).end(output={"response": "Hi."})


def blocks() -> None:
    obs = get_observability()
    kind: SpanKind = "retriever"
    with obs.session("conversation-abc123", user_id="user-456", metadata={"plan": "pro"}, tags=("beta",)) as session:
        assert_type(session, Session)
        with obs.trace("chat-turn") as trace, obs.span("search", kind=kind, parent=trace) as span:
            assert_type(trace, Trace)
            assert_type(span, Span)
            with obs.tool("lookup", input={"id": 1}) as tool:
                tool.update(output=[1, 2], metadata={"cached": True})
            obs.event("found")


async def awaited() -> None:
    obs = get_observability()
    async with obs.session("conversation-abc123"), obs.trace("chat-turn") as trace:
        assert_type(trace, Trace)
        async with obs.generation("answer") as generation:
            assert_type(generation, Generation)
        try:
            await obs.generation("again").end(output="Hi.")
        except OSError as error:
            await trace.error(error)


@observe
def plain(question: str, *, times: int = 1) -> list[str]:
    return [question] * times


@observe(name="ask", kind="generation", capture_input=False)
async def ask(question: str) -> str:
    return question


class Agent:
    @observe(kind="agent")
    def words(self, text: str) -> Iterator[str]:
        yield from text.split()

    @observe
    async def stream(self, text: str) -> AsyncIterator[str]:
        yield text


async def observed() -> None:
    assert_type(plain("why?", times=2), list[str])
    assert_type(await ask("why?"), str)
    assert_type(Agent().words("a b"), Iterator[str])
    async for word in Agent().stream("a"):
        assert_type(word, str)


def elsewhere(incoming: dict[str, str], raw: list[tuple[bytes, bytes]]) -> None:
    obs = get_observability()
    store: SessionStore = {}
    verdict: ScoreValue = "solved"
    with obs.session_for("user-456", idle=timedelta(minutes=10), new=True, tags=["web"], store=store) as session:
        session.score("verdict", verdict)
        session.score("solved", True, comment="quickly", source="user")
        Thread(target=obs.bind(plain), args=("why?",)).start()
        assert_type(obs.bind(plain)("why?", times=2), list[str])
        with obs.bind_executor(ThreadPoolExecutor(2)) as pool:
            assert_type(pool.submit(plain, "why?").result(), list[str])
    incoming.update(obs.inject())
    with obs.extract(incoming) as extracted, obs.extract(raw):
        assert_type(extracted, Extracted)
        assert_type(extracted.session_id, str | None)
    with obs.session(new_session_id("chat")), obs.session(daily_session_id("7", time_zone=ZoneInfo("Europe/Berlin"))):
        assert_type(obs.current_session(), Session | None)
        obs.score("helpful", 0.5)
    obs.score("helpful", True, session_id="conversation-abc123", id="vote-7", comment="quickly", source="user")
    obs.score("tone", "friendly", trace_id="0" * 31 + "1", span_id="0" * 15 + "1")
    if (span := obs.current_span()) is not None:
        assert_type(span.score("tone", "friendly"), Span)
    obs.generation().first_token().end(time_to_first_token_ms=120.5, cache_write_tokens=7, total_tokens=200)


def served(app: ObservabilityMiddleware) -> ObservabilityMiddleware:
    return ObservabilityMiddleware(app, header="x-correlation-id", trust_caller=False)


def stop() -> None:
    obs = get_observability()
    assert_type(obs.flush(timeout=5), bool)
    assert_type(obs.shutdown(), bool)
    assert_type(obs.dropped, dict[DropReason, int])
    assert_type(obs.masking_failures, int)
    assert_type(obs.waiting, Waiting)
    assert_type(obs.waiting.in_memory + obs.waiting.on_disk, int)


def hide(text: str, place: Place) -> str:
    assert_type(place.keys, tuple[str, ...])
    hidden = place.field == "input" and not place.is_key and place.path.endswith(".email")
    return f"[{place.span_name}, {place.span_kind}]" if hidden else text


def private() -> None:
    mask: Mask = hide
    init_observability(
        mask=mask,
        mask_timeout=0.5,
        capture_content=False,
        sample_rate=0.1,
        max_value_characters=10_000,
        max_span_characters=100_000,
    )
    init_observability(mask=lambda text, place: text.replace("secret", place.path))


class MyClock:
    def now(self) -> Instant:
        return Instant(0, 0)


class MyExporter:
    def export(self, record: SpanRecord) -> None:
        error: ErrorRecord | None = record.error
        value: AttributeValue = record.attributes["threadline.input"]
        events: tuple[EventRecord, ...] = record.events
        assert error is not None or value or events

    def export_score(self, record: ScoreRecord) -> None:
        ids: tuple[str | None, str | None, str | None] = (record.session_id, record.trace_id, record.span_id)
        assert any(ids)

    def flush(self, timeout: float) -> bool:
        return True

    def close(self, timeout: float) -> bool:
        return True

    def after_fork_in_child(self) -> None: ...


def kit() -> list[SpanRecord]:
    exporter = MemoryExporter()
    clock: Clock = MyClock()
    ids: Ids = CountedIds()
    mine: Exporter = MyExporter()
    init_observability(exporter=mine, clock=clock, ids=ids)
    init_observability(exporter=exporter, clock=StepClock(), ids=CountedIds())
    with recorded() as spans:
        assert_type(spans, MemoryExporter)
        assert_type(spans.tree(), str)
        assert_type(spans.children(spans.one("chat-turn")), list[SpanRecord])
        assert_type(spans.named("chat-turn")[0].session_id, str | None)
        assert spans.one("chat-turn").input == {"message": "Hello!"}
        assert_type(spans.one("chat-turn").tags, list[str])
        assert_type(spans.scores, list[ScoreRecord])
    return exporter.spans
