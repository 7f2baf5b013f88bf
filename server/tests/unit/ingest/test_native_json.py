import json

import pytest

from server.tests.unit.ingest.spans import NOW_NS
from threadline_server.errors import BadRequest
from threadline_server.ingest.decode import native_json
from threadline_server.ingest.normalise import normalise
from threadline_server.model import Drop, RawEvent, RawSpan, Span, SpanError, Usage

SECOND = 1_000_000_000
START, END = "2026-11-23T10:29:00Z", "2026-11-23T10:29:02Z"
START_NS, END_NS = NOW_NS - 60 * SECOND, NOW_NS - 58 * SECOND
TRACE = {"id": "t-1", "name": "chat-turn", "startTime": START, "endTime": END}
ROOT_ID = "c6b4688325515253"


def decode(value):
    return native_json.decode(json.dumps(value).encode(), now_ns=NOW_NS)


def spans_of(**fields):
    spans, drops, received = decode({**TRACE, **fields})
    assert (drops, received) == ([], 1)
    return spans


def root(**fields):
    return spans_of(**fields)[0]


def observation(**fields):
    return spans_of(observations=[fields])[1]


def refusal(**fields):
    spans, drops, received = decode({**TRACE, **fields})
    assert (spans, received) == ([], 1)
    return drops[0]


def test_a_trace_object_becomes_the_root_span_and_its_observations_the_spans_below():
    trace = {
        **TRACE,
        "sessionId": "conversation-abc123", "userId": "user-456", "input": {"message": "Hello!"},
        "output": {"response": "Hi."}, "tags": ["conversion"], "metadata": {"channel": "web"}, "status": "ok",
        "observations": [
            {"id": "g-1", "kind": "generation", "name": "generate-response", "modelName": "gpt-4o", "startTime": START,
             "endTime": END, "input": {"messages": []}, "output": "Hi.", "promptTokens": 150, "completionTokens": 50}
        ],
    }  # fmt: skip
    assert decode(trace) == (
        [
            RawSpan(
                "t-1",
                ROOT_ID,
                "",
                "chat-turn",
                START_NS,
                END_NS,
                {
                    "user.id": "user-456",
                    "session.id": "conversation-abc123",
                    "threadline.metadata": '{"channel":"web"}',
                    "threadline.input": '{"message":"Hello!"}',
                    "threadline.output": '{"response":"Hi."}',
                    "threadline.tags": ["conversion"],
                    "threadline.span.kind": "span",
                },
                "ok",
                scope="observability/traces",
            ),
            RawSpan(
                "t-1",
                "g-1",
                ROOT_ID,
                "generate-response",
                START_NS,
                END_NS,
                {
                    "threadline.span.kind": "generation",
                    "gen_ai.request.model": "gpt-4o",
                    "gen_ai.usage.input_tokens": 150,
                    "gen_ai.usage.output_tokens": 50,
                    "threadline.input": '{"messages":[]}',
                    "threadline.output": '"Hi."',
                },
                scope="observability/traces",
            ),
        ],
        [],
        1,
    )


def test_everything_that_an_observation_says_arrives_in_the_span():
    span = normalise(
        observation(
            id="g", kind="generation", name="n", modelName="gpt-4o", provider="openai", modelParameters={"temperature": 1},
            input="Hi", output="Ho", promptTokens=9, completionTokens=4, cachedTokens=3, cacheWriteTokens=1,
            reasoningTokens=2, totalTokens=13, cost=0.5, timeToFirstToken=40, tags=["a", "a", "b"], metadata={"k": [1]},
            error={"type": "E", "message": "m", "stack": "s"}, environment="test", release="1", weight=7,
        )
    )  # fmt: skip
    assert span == Span(
        trace_id="t-1",
        span_id="g",
        parent_id=ROOT_ID,
        name="n",
        kind="generation",
        start_ns=START_NS,
        end_ns=END_NS,
        status="error",
        error=SpanError("E", "m", "s"),
        environment="test",
        release="1",
        dialect="threadline",
        scope="observability/traces",
        model="gpt-4o",
        provider="openai",
        model_parameters=b'{"temperature":1}',
        usage=Usage(prompt=9, completion=4, cached=3, cache_write=1, reasoning=2, total=13),
        cost_usd=span.cost_usd,
        time_to_first_token_ms=40,
        tags=("a", "b"),
        metadata={"k": "[1]"},
        input_text="Hi",
        output_text="Ho",
        said="Hi\0Ho",
        input=b'"Hi"',
        output=b'"Ho"',
        attributes=span.attributes,
    )
    assert str(span.cost_usd) == "0.500000000000"
    assert json.loads(span.attributes)["weight"] == 7


def test_many_traces_come_in_one_request_and_a_bad_one_costs_only_itself():
    spans, drops, received = decode({"traces": [TRACE, {**TRACE, "id": 7}, {**TRACE, "id": "t-3"}]})
    assert [span.trace_id for span in spans] == ["t-1", "t-3"]
    assert drops == [Drop(1, "invalid_trace_id", "id is not a text of 1 to 512 characters")]
    assert received == 3


def test_the_same_trace_again_is_the_same_spans_again():
    trace = {**TRACE, "observations": [{"name": "a"}, {"name": "b"}]}
    assert decode(trace) == decode(trace)
    assert len({span.span_id for span in decode(trace)[0]}) == 3


def test_absent_ids_are_generated():
    first, second = decode({"traces": [{"name": "a"}, {"name": "a"}]})[0]
    assert first.trace_id != second.trace_id
    assert len(first.trace_id) == 32


def test_an_observation_hangs_below_its_parent_and_below_the_root_without_one():
    spans = spans_of(
        observations=[
            {"id": "a"},
            {"id": "b", "parentId": "a"},
            {"id": "c", "parentObservationId": "b"},
            {"id": "d", "parentObservationId": None},
            {"id": "e", "parentId": "t-1"},
        ]
    )
    assert [span.parent_id for span in spans] == ["", ROOT_ID, "a", "b", ROOT_ID, ROOT_ID]


def test_a_trace_without_an_end_is_running():
    assert root(endTime=None).end_ns == 0


@pytest.mark.parametrize(
    ("fields", "times"),
    [
        ({"startTime": None}, (END_NS, END_NS)),
        ({"startTime": None, "observations": [{"startTime": END}, {"startTime": START}]}, (START_NS, END_NS)),
        ({"startTime": None, "endTime": None}, (NOW_NS, 0)),
    ],
)
def test_a_trace_without_a_start_takes_the_earliest_time_that_it_names_or_else_its_arrival(fields, times):
    span = root(**fields)
    assert (span.start_ns, span.end_ns) == times


@pytest.mark.parametrize(
    ("fields", "times"),
    [
        ({}, (START_NS, END_NS)),
        ({"startTime": "2026-11-23T10:29:01Z"}, (START_NS + SECOND, 0)),
        ({"startTime": "2026-11-23T10:29:01Z", "kind": "event"}, (START_NS + SECOND, START_NS + SECOND)),
        ({"endTime": "2026-11-23T10:29:01Z"}, (START_NS + SECOND, START_NS + SECOND)),
    ],
)
def test_an_observation_without_times_has_its_traces_and_one_with_a_start_only_is_running(fields, times):
    span = observation(**fields)
    assert (span.start_ns, span.end_ns) == times


@pytest.mark.parametrize(
    ("text", "ns"),
    [
        ("2026-11-23T10:29:00Z", START_NS),
        ("2026-11-23T10:29:00", START_NS),
        ("2026-11-23 10:29", START_NS),
        ("2026-11-23T11:29:00+01:00", START_NS),
        ("2026-11-23T10:29:00.5Z", START_NS + 500_000_000),
        ("2026-11-23T10:29:00.000Z", START_NS),
        ("2026-11-23T10:29:00.123456789Z", START_NS + 123_456_789),
        ("2026-11-23T10:29:00.1234567+00:00", START_NS + 123_456_700),
        ("2026-11-23T10:29:00,123456789Z", START_NS + 123_456_789),
        ("2026-11-23t10:29:00z", START_NS),
        ("20261123T102900Z", START_NS),
        ("20261123T102900.5+0000", START_NS + 500_000_000),
    ],
)
def test_times_are_iso_8601_to_the_nanosecond(text, ns):
    assert root(startTime=text).start_ns == ns


@pytest.mark.parametrize("value", ["yesterday", "2026-11-23", "2026-13-01T00:00:00Z", 1_795_429_740, "", True])
def test_other_times_are_refused_by_name(value):
    assert refusal(startTime=value) == Drop(
        0, "malformed", "startTime is not an ISO 8601 time such as 2026-11-23T10:30:00Z"
    )


def test_a_time_that_cannot_be_true_is_refused():
    assert refusal(startTime="1970-01-01T00:00:00Z").reason == "time_missing"
    assert refusal(startTime="1999-12-31T23:59:59Z").reason == "time_out_of_range"
    assert refusal(endTime="2027-11-23T10:30:00Z").reason == "time_out_of_range"


def test_an_end_before_the_start_is_mended():
    span = root(startTime=END, endTime=START)
    assert (span.end_ns, span.attributes["threadline.dropped_fields"]) == (END_NS, ["end time: before the start time"])


@pytest.mark.parametrize("session_id", ["", "x" * 513, 7, ["a"]])
def test_a_session_id_that_is_empty_too_long_or_no_text_is_reported_and_never_cut(session_id):
    assert refusal(sessionId=session_id) == Drop(
        0, "invalid_session_id", "sessionId is not a text of 1 to 512 characters"
    )


@pytest.mark.parametrize("session_id", ["x" * 512, "a/b c'\"\\d", "会話 🗨", " ", "\0"])
def test_a_session_id_is_any_other_text(session_id):
    assert normalise(root(sessionId=session_id)).session_id == session_id


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"name": 5}, "name is not a text"),
        ({"tags": "a"}, "tags is not an array of texts"),
        ({"tags": [1]}, "tags is not an array of texts"),
        ({"metadata": []}, "metadata is not an object"),
        ({"error": 5}, "error is neither a text nor an object"),
        ({"observations": {}}, "observations is not an array"),
        ({"observations": [5]}, "observations[0]: it is not an object"),
        ({"observations": [{}, {"kind": 5}]}, "observations[1]: kind is not a text"),
    ],
)
def test_a_field_of_another_type_refuses_the_trace_and_is_named(fields, message):
    assert refusal(**fields) == Drop(0, "malformed", message)


def test_an_empty_object_is_no_trace():
    assert decode({}) == ([], [Drop(0, "malformed", "the trace is not an object with fields")], 1)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "cannot read the body: it is not JSON (line 1, column 1)"),
        (b"[1]", 'cannot read the body: it is neither a trace object nor {"traces": [...]}'),
        (b'{"traces": 1}', 'cannot read the body: "traces" is not an array'),
    ],
)
def test_what_is_no_request_is_refused_as_a_whole(body, message):
    with pytest.raises(BadRequest) as refused:
        native_json.decode(body, now_ns=NOW_NS)
    assert refused.value.message == message


def test_no_traces_are_a_request_of_nothing():
    assert decode({"traces": []}) == ([], [], 0)


def test_an_error_is_one_whatever_the_status_says():
    span = root(status="ok", error="no luck")
    assert (span.status, span.status_message, span.events) == ("error", "no luck", ())
    told = root(error={"type": "E", "message": "m"})
    assert told.events == (RawEvent("exception", END_NS, {"exception.type": "E", "exception.message": "m"}),)


def test_a_status_of_another_word_stays_an_attribute():
    span = root(status="cancelled")
    assert (span.status, span.attributes["status"]) == ("", "cancelled")


def test_an_observation_that_names_a_model_is_a_generation_unless_it_says_otherwise():
    assert observation(modelName="gpt-4o").attributes["threadline.span.kind"] == "generation"
    assert observation(modelName="m", kind="embedding").attributes["threadline.span.kind"] == "embedding"
    assert observation().attributes["threadline.span.kind"] == "span"


def test_tokens_and_costs_may_stand_on_the_trace_itself():
    span = normalise(root(modelName="gpt-4o", totalTokens=10, cost="0.25"))
    assert (span.kind, span.usage, str(span.cost_usd)) == ("span", Usage(total=10), "0.250000000000")


@pytest.mark.parametrize("value", [-1, 0.5, float("nan"), float("inf"), 10**20, "many", True, [1]])
def test_a_number_of_tokens_that_is_none_is_left_out_and_noted(value):
    span = normalise(observation(modelName="gpt-4o", promptTokens=value, completionTokens=5))
    assert span.usage == Usage(completion=5, total=5)
    assert json.loads(span.attributes)["threadline.dropped_fields"] == [
        "gen_ai.usage.input_tokens: no number of tokens"
    ]


@pytest.mark.parametrize("value", [-1, float("nan"), 1e308, "free", True])
def test_a_cost_that_is_none_is_left_out_and_noted(value):
    span = normalise(observation(cost=value))
    assert span.cost_usd is None
    assert json.loads(span.attributes)["threadline.dropped_fields"] == ["threadline.cost_usd: no sum of dollars"]
