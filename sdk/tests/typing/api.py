"""A program as users write it; a type checker reads it, nobody runs it."""

from decimal import Decimal
from typing import assert_type

from threadline import (
    ConfigurationError,
    Done,
    DropReason,
    Generation,
    Mask,
    Observability,
    Place,
    Session,
    Span,
    SpanKind,
    Trace,
    get_observability,
    init_observability,
    is_initialized,
)
from threadline.testing import (
    AttributeValue,
    Clock,
    CountedIds,
    ErrorRecord,
    Exporter,
    Ids,
    Instant,
    MemoryExporter,
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


def stop() -> None:
    obs = get_observability()
    assert_type(obs.flush(timeout=5), bool)
    assert_type(obs.shutdown(), bool)
    assert_type(obs.dropped, dict[DropReason, int])
    assert_type(obs.masking_failures, int)


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
        assert error is not None or value

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
    return exporter.spans
