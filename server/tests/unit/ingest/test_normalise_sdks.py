"""What OpenLIT, Langtrace, AgentOps and TruLens mean by their own names, beyond what their recorded exports hold."""

from decimal import Decimal

import orjson
import pytest

from server.tests.unit.ingest.spans import NOW_NS, normal
from threadline_server.model import RawEvent

LIT = {"gen_ai.operation.name": "chat", "gen_ai.sdk.version": "2.54.0"}


@pytest.mark.parametrize(("sent", "cost"), [(0, None), (0.0, None), (0.25, Decimal("0.25"))])
def test_openlit_says_no_price_by_a_cost_of_nothing(sent, cost):
    span = normal({**LIT, "gen_ai.usage.cost": sent}, scope="openlit.instrumentation.openai")

    assert (span.cost_usd, span.dialect) == (cost, "openlit")


def test_a_cost_of_nothing_stands_where_another_library_tells_it():
    assert normal({**LIT, "gen_ai.usage.cost": 0}, scope="my.app").cost_usd == 0


@pytest.mark.parametrize(("streams", "latency"), [(True, 450), (False, None)])
def test_openlits_first_token_is_one_only_where_the_answer_is_streamed(streams, latency):
    told = {"gen_ai.request.stream": streams, "gen_ai.server.time_to_first_token": 0.45}

    assert normal({**LIT, **told}, scope="openlit.instrumentation.openai").time_to_first_token_ms == latency


@pytest.mark.parametrize(
    ("arguments", "given"),
    [
        ({"function.args": "('hi',)", "function.kwargs": "{}"}, {"args": ["hi"], "kwargs": {}}),
        ({"function.args": "()", "function.kwargs": "{'a': 2}"}, {"args": [], "kwargs": {"a": 2}}),
        ({"function.args": "(<Bot>,)", "function.kwargs": "{}"}, {"args": "(<Bot>,)", "kwargs": {}}),
    ],
)
def test_a_function_that_openlit_traces_shows_what_it_was_given(arguments, given):
    assert orjson.loads(normal(arguments, scope="openlit").input) == given


def test_langtraces_list_of_calls_in_place_of_a_message_is_the_assistants():
    call = {"id": "c-1", "type": "function", "function": {"name": "weather", "arguments": '{"city": "Paris"}'}}
    prompt = [
        {"role": "user", "content": "Weather?"},
        [call],
        [{"id": "", "type": ""}],
        {"role": "tool", "tool_call_id": "c-1", "content": "18C"},
    ]
    event = RawEvent("gen_ai.content.prompt", NOW_NS, {"gen_ai.prompt": orjson.dumps(prompt).decode()})

    told = orjson.loads(normal({"langtrace.version": "3.8.21"}, events=(event,)).input_messages)

    assert [message["role"] for message in told] == ["user", "assistant", "tool"]
    assert told[1]["toolCalls"] == [{"id": "c-1", "name": "weather", "arguments": {"city": "Paris"}}]


@pytest.mark.parametrize(
    ("said", "kind"), [("agent", "agent"), ("tool", "tool"), ("llm", "generation"), ("session", "span")]
)
def test_agentops_spans_have_the_kind_the_name_and_the_values_of_their_function(said, kind):
    told = {
        "agentops.span.kind": said,
        "operation.name": "look_up",
        f"agentops.{said}.input": '{"args": ["hi"], "kwargs": {}}',
        f"agentops.{said}.output": '"there"',
    }

    span = normal(told)

    assert (span.kind, span.name, span.output) == (kind, "look_up", b'"there"')
    assert orjson.loads(span.input) == {"args": ["hi"], "kwargs": {}}


def test_agentops_metadata_of_a_trace_name_its_session_and_its_user():
    told = {"trace.metadata.conversation_id": "s-1", "trace.metadata.user_id": "u-1", "trace.metadata.plan": "pro"}

    span = normal({"agentops.span.kind": "session", "agentops.tags": ["blue"], **told})

    assert (span.session_id, span.user_id, span.tags, span.metadata["plan"]) == ("s-1", "u-1", ("blue",), '"pro"')


def test_a_failed_call_that_agentops_tells_of_is_a_model_call():
    assert normal({"gen_ai.request.type": "chat", "gen_ai.request.model": "m"}).kind == "generation"


def test_what_a_tool_may_be_given_is_openinferences_own():
    told = {
        "openinference.span.kind": "TOOL",
        "tool.parameters": '{"city": {"type": "string"}}',
        "input.value": "Paris",
    }

    span = normal(told)

    assert (span.dialect, span.input) == ("openinference", b'"Paris"')


TRULENS = "ai.observability."


def trulens(**told):
    return normal({TRULENS + name.replace("__", "."): value for name, value in told.items()})


def test_a_record_of_trulens_names_the_conversation_and_what_was_said():
    span = trulens(
        span_type="record_root", conversation_id="s-1", record_root__input="Hello", record_root__output="Hi Ada."
    )

    assert (span.dialect, span.kind, span.session_id) == ("trulens", "span", "s-1")
    assert (span.input_text, span.output_text) == ("Hello", "Hi Ada.")


def test_a_generation_of_trulens_has_its_model_its_tokens_and_its_cost():
    tokens = {"cost__num_prompt_tokens": 21, "cost__num_completion_tokens": 9, "cost__num_tokens": 30}
    span = trulens(
        span_type="generation", cost__model="gpt-4o-mini", cost__cost=0.5, cost__cost_currency="USD", **tokens
    )

    assert (span.kind, span.model, span.cost_usd) == ("generation", "gpt-4o-mini", Decimal("0.5"))
    assert (span.usage.prompt, span.usage.completion) == (21, 9)


@pytest.mark.parametrize("cost", [{"cost__cost": 0}, {"cost__cost": 2, "cost__cost_currency": "Snowflake credits"}])
def test_a_cost_of_trulens_that_is_no_sum_of_dollars_is_left_out(cost):
    assert trulens(span_type="generation", **cost).cost_usd is None


def test_a_function_of_trulens_shows_its_arguments_and_what_it_gave_back():
    told = {"call__kwargs__city": "Paris", "call__kwargs__days": 2, "call__return": '{"sky": "clouds"}'}
    span = trulens(span_type="tool", **told)

    assert (span.kind, orjson.loads(span.input)) == ("tool", {"city": "Paris", "days": 2})
    assert orjson.loads(span.output) == {"sky": "clouds"}


def test_a_function_of_trulens_that_failed_is_an_error():
    assert trulens(span_type="unknown", call__error="no such city").error.message == "no such city"
