"""A trace and its session over HTTP, and what strangers can send (row C10, inbound headers)."""

import asyncio
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from threadline import Observability
from threadline._guard import Guard
from threadline._propagation import MAX_BAGGAGE_BYTES, MAX_BAGGAGE_MEMBERS, Caller, caller, tell
from threadline._recorder import Recorder
from threadline.testing import CountedIds, MemoryExporter, StepClock

TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
PARENT = f"00-{TRACE}-{SPAN}-01"

identities = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60)


def test_the_headers_name_the_current_span_and_whose_it_is(recording):
    obs = recording.obs
    with obs.session("conversation 1/ä", user_id="user=1"), obs.trace("turn"), obs.span("call") as span:
        headers = obs.inject()
    assert headers == {
        "traceparent": f"00-{span.trace_id}-{span.id}-01",
        "baggage": "session.id=conversation%201%2F%C3%A4,user.id=user%3D1",
    }


def test_without_a_trace_the_session_alone_is_told(obs):
    assert obs.inject({}) == {}
    with obs.session("conversation-1", user_id="user-1"):
        assert obs.inject({}) == {"baggage": "session.id=conversation-1,user.id=user-1"}


def test_headers_that_are_there_stay(obs):
    headers = {"Accept": "*/*", "Baggage": "tenant=7;ttl=1, session.id=old ,flag", "TraceParent": "old"}
    with obs.trace("turn", session_id="new") as trace:
        assert obs.inject(headers) is headers
    assert headers == {
        "Accept": "*/*",
        "Baggage": "tenant=7;ttl=1, flag,session.id=new".replace(", ", ","),
        "TraceParent": f"00-{trace.trace_id}-{trace.id}-01",
    }


def test_what_is_started_inside_continues_the_callers_trace(recording):
    obs = recording.obs
    headers = {"Traceparent": PARENT, "BAGGAGE": "session.id=conversation-1, user.id=user%201;p=1"}
    with obs.extract(headers) as extracted:
        with obs.trace("turn"):
            obs.tool("search").end()
        obs.span("beside").end()
    obs.trace("after").end()
    assert (extracted.trace_id, extracted.session_id, extracted.user_id) == (TRACE, "conversation-1", "user 1")
    turn, search, beside, after = (recording.named(name) for name in ("turn", "search", "beside", "after"))
    assert [(span.trace_id, span.parent_id) for span in (turn, search, beside)] == [
        (TRACE, SPAN),
        (TRACE, turn.span_id),
        (TRACE, SPAN),
    ]
    whose = [
        (span.attributes.get("session.id"), span.attributes.get("user.id")) for span in (turn, search, beside, after)
    ]
    assert whose == [("conversation-1", "user 1")] * 3 + [(None, None)]


def test_the_end_of_one_trace_of_a_request_ends_nothing_of_another(recording):
    obs = recording.obs
    with obs.extract({"traceparent": PARENT}):
        first, second = obs.span("first"), obs.span("second")
        first.end()
        assert [span.name for span in recording.spans] == ["first"]
        second.end()


def test_after_a_trace_the_next_of_the_request_continues_the_caller_too(recording):
    obs = recording.obs
    with obs.extract({"traceparent": PARENT}):
        obs.trace("first").end()
        obs.trace("second").end()
    assert [span.parent_id for span in recording.spans] == [SPAN, SPAN]


def test_a_trace_inside_a_trace_of_the_request_is_one_of_its_own(recording):
    obs = recording.obs
    with obs.extract({"traceparent": PARENT}), obs.trace("outer"):
        obs.trace("inner").end()
    assert recording.named("inner").trace_id != TRACE


def test_a_session_inside_wins_over_the_callers(recording):
    obs = recording.obs
    with obs.extract({"traceparent": PARENT, "baggage": "session.id=theirs"}), obs.session("ours"):
        obs.trace("turn").end()
    assert recording.named("turn").attributes["session.id"] == "ours"


def test_without_headers_of_ours_nothing_changes(recording):
    obs = recording.obs
    with obs.session("conversation-1"), obs.trace("turn") as trace, obs.extract({"accept": "*/*"}):
        obs.tool("search").end()
    assert (recording.named("search").parent_id, recording.named("search").attributes["session.id"]) == (
        trace.id,
        "conversation-1",
    )


def test_extracts_nest_and_are_entered_concurrently(recording):
    obs = recording.obs
    extracted = obs.extract({"traceparent": PARENT})

    async def request(name: str) -> None:
        async with extracted:
            await asyncio.sleep(0)
            with obs.extract({"baggage": f"session.id={name}"}):
                obs.trace(name).end()
            await asyncio.sleep(0)
        assert (obs.current_span(), obs.current_session()) == (None, None)

    async def main() -> None:
        await asyncio.gather(request("a"), request("b"))

    asyncio.run(main())
    assert {(span.name, span.attributes["session.id"], span.trace_id) for span in recording.spans} == {
        ("a", "a", TRACE),
        ("b", "b", TRACE),
    }


@pytest.mark.parametrize(
    "headers",
    [
        [(b"TRACEPARENT", PARENT.encode()), (b"baggage", b"session.id=a"), (b"baggage", b"user.id=b")],
        [("traceparent", PARENT), ("baggage", "session.id=a,user.id=b"), ("baggage", "session.id=z")],
        {"traceparent": f" {PARENT} ", "baggage": " session.id = a ; p , user.id=b"},
    ],
)
def test_headers_come_in_many_shapes(headers):
    assert caller(headers) == Caller(TRACE, SPAN, "a", "b")


@pytest.mark.parametrize(
    "parent",
    [
        "",
        "00",
        PARENT.upper(),
        f"ff-{TRACE}-{SPAN}-01",
        f"00-{'0' * 32}-{SPAN}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE}-{SPAN}-01-more",
        f"00-{TRACE}-{SPAN}",
        f"00-{TRACE}-{SPAN}-01\n",
        "https://evil.example/",
    ],
)
def test_a_malformed_parent_is_none(parent):
    assert caller({"traceparent": parent}).trace_id == (TRACE if parent.strip() == PARENT else None)


def test_of_two_parents_none_holds_and_later_versions_may_say_more():
    assert caller([("traceparent", PARENT), ("traceparent", PARENT)]) == Caller()
    assert caller({"traceparent": f"01-{TRACE}-{SPAN}-00-what-will-be"}).span_id == SPAN


@given(session_id=identities, user_id=identities)
def test_any_identity_arrives_as_it_was(session_id, user_id):
    headers: dict[str, str] = {}
    tell(headers, Caller(TRACE, SPAN, session_id, user_id))
    assert set(headers["baggage"]) <= set(string.ascii_letters + string.digits + "-_.~%=,")
    assert caller(headers) == Caller(TRACE, SPAN, session_id, user_id)


@given(st.lists(st.tuples(st.sampled_from(["baggage", "traceparent", "x"]), st.text() | st.binary())))
def test_nothing_that_comes_in_raises(headers):
    found = caller(headers)
    assert all(len(value) <= 512 for value in found if value is not None)


def test_strangers_can_name_a_trace_a_session_and_a_user_and_nothing_else(recording):
    before = (recording.recorder.exporter, recording.recorder.clock, recording.recorder.ids)
    wishes = ["endpoint", "api_key", "dsn", "sample_rate", "replica", "threadline.endpoint", "langsmith-replicas"]
    headers = [("baggage", f"{wish}=https%3A%2F%2Fevil.example") for wish in wishes]
    headers += [("traceparent", f"00-{TRACE}-{SPAN}-00"), ("tracestate", "evil=1"), ("x-threadline-endpoint", "evil")]
    with recording.obs.extract(headers):
        recording.obs.trace("turn").end()
    (span,) = recording.spans
    assert (recording.recorder.exporter, recording.recorder.clock, recording.recorder.ids) == before
    assert (span.trace_id, dict(span.attributes)) == (TRACE, {"threadline.span.kind": "span"})


def test_what_is_read_of_baggage_is_bounded_over_all_headers():
    many = [("baggage", f"key{number}=1") for number in range(10_000)]
    assert caller([*many, ("baggage", "session.id=a")]) == Caller()
    long = [("baggage", f"key=1,x={'x' * 5_000}")] * 2
    assert caller([*long, ("baggage", "session.id=a")]) == Caller()
    assert caller({"baggage": f"{'x' * (MAX_BAGGAGE_BYTES - 12)}=,session.id=abcdef"}) == Caller()
    assert caller({"baggage": f"session.id={'a' * 513}"}) == Caller()


def test_what_is_told_is_bounded_too():
    crowd = ",".join(f"key{number}=1" for number in range(MAX_BAGGAGE_MEMBERS - 1))
    headers = {"baggage": crowd}
    tell(headers, Caller(session_id="a", user_id="b"))
    assert headers["baggage"] == f"{crowd},session.id=a"
    headers = {}
    tell(headers, Caller(session_id="a", user_id="b" * MAX_BAGGAGE_BYTES))
    assert headers == {"baggage": "session.id=a"}


@pytest.mark.parametrize("wrong", [None, 5, [1], [("a",)], {"traceparent": 5}, {5: "x"}, [("baggage", None)]])
def test_headers_of_wrong_types_never_raise(recording, monkeypatch, wrong):
    monkeypatch.setattr(Guard, "reraise", False)
    with recording.obs.extract(wrong) as extracted:
        recording.obs.trace("turn").end()
    recording.obs.inject(wrong)
    assert (extracted.trace_id, extracted.session_id, recording.named("turn").parent_id) == (None, None, None)


def test_ten_thousand_requests_from_strangers_leave_nothing_behind():
    recorder, exporter = Recorder(), MemoryExporter()
    recorder.use(exporter, StepClock(), CountedIds())
    obs = Observability(recorder)
    for number in range(10_000):
        with obs.extract({"traceparent": PARENT, "baggage": f"session.id={number}"}):
            pass
    assert (obs.current_span(), obs.current_session(), exporter.spans) == (None, None, [])
