import orjson
import pytest

from server.tests.unit.ingest.spans import NOW_NS, PARENT_ID, normal, raw
from threadline_server.ingest.normalise import normalise
from threadline_server.model import Drop, RawEvent, Span, SpanError

EXCEPTION = RawEvent(
    "exception", NOW_NS, {"exception.type": "E", "exception.message": "m", "exception.stacktrace": "s"}
)


def test_a_span_of_no_known_dialect_keeps_its_times_tree_and_attributes():
    span = normalise(raw({"a": 1, "b": [None, {"c": 2.5}]}, parent_id="00f067aa0ba902b7", status="ok", scope="lib"))
    assert span == Span(
        trace_id=span.trace_id,
        span_id=span.span_id,
        parent_id="00f067aa0ba902b7",
        name="step",
        kind="span",
        start_ns=NOW_NS,
        end_ns=NOW_NS + 1_000_000,
        status="ok",
        scope="lib",
        attributes=b'{"a":1,"b":[null,{"c":2.5}]}',
    )


def test_the_resource_says_where_a_span_comes_from():
    resource = {
        "service.name": "shop",
        "service.version": "1.2",
        "deployment.environment": "old name",
        "deployment.environment.name": "production",
    }
    span = normal(resource=resource)
    assert (span.service, span.release, span.environment) == ("shop", "1.2", "production")
    assert orjson.loads(span.resource) == resource


def test_the_span_is_believed_before_its_resource():
    span = normal({"session.id": "on the span"}, resource={"session.id": "on the resource", "user.id": "u"})
    assert (span.session_id, span.user_id) == ("on the span", "u")


def test_an_explicit_session_is_believed_before_a_conversation():
    assert normal({"gen_ai.conversation.id": "c", "session.id": "s"}).session_id == "s"


def test_ids_that_are_numbers_are_text_and_empty_ones_are_none():
    span = normal({"session.id": 42, "user.id": "", "enduser.id": "e"})
    assert (span.session_id, span.user_id) == ("42", "e")
    assert normal({"session.id": ["a"]}).session_id == ""


def test_a_scrubbed_id_is_none():
    scrubbed = "[Scrubbed due to 'session']"
    assert normal({"session.id": scrubbed, "metadata": f'{{"session_id": "{scrubbed}"}}'}).session_id == ""


def test_a_session_id_of_512_characters_is_kept_and_a_longer_one_refuses_its_span():
    assert normal({"session.id": "ä" * 512}).session_id == "ä" * 512
    assert normal({"session.id": "ä" * 513}) == Drop(
        -1, "invalid_session_id", "the session id is longer than 512 characters"
    )


def test_an_id_in_the_metadata_is_a_guess_and_refuses_nothing():
    span = normal({"metadata": orjson.dumps({"thread_id": "x" * 513}).decode()})
    assert span.session_id == ""
    assert orjson.loads(span.attributes) == {
        "threadline.dropped_fields": ["metadata.thread_id: longer than 512 characters"]
    }


def test_an_error_is_told_by_its_exception_which_is_then_no_event_any_more():
    other = RawEvent("note", NOW_NS, {"a": 1})
    span = normal(status="error", status_message="status", events=(EXCEPTION, other))
    assert (span.status, span.error) == ("error", SpanError("E", "m", "s"))
    assert orjson.loads(span.events) == [{"name": "note", "timeNs": NOW_NS, "attributes": {"a": 1}}]


def test_an_error_without_an_exception_is_told_by_its_type_and_the_status():
    span = normal({"error.type": "Timeout"}, status="error", status_message="too slow")
    assert span.error == SpanError("Timeout", "too slow")


def test_an_error_type_alone_is_an_error():
    span = normal({"error.type": "Timeout", "error.message": "too slow"})
    assert (span.status, span.error) == ("error", SpanError("Timeout", "too slow"))


def test_an_exception_that_was_handled_stays_an_event():
    span = normal(status="ok", events=(EXCEPTION,))
    assert (span.status, span.error, len(orjson.loads(span.events))) == ("ok", None, 1)


def test_of_several_exceptions_the_last_is_the_error():
    first = RawEvent("exception", NOW_NS, {"exception.type": "First"})
    span = normal(status="error", events=(first, EXCEPTION))
    assert span.error == SpanError("E", "m", "s")
    assert [event["attributes"] for event in orjson.loads(span.events)] == [{"exception.type": "First"}]


def test_links_and_their_attributes_are_kept():
    link = {"traceId": "a", "spanId": "b", "attributes": {"c": 1}}
    assert orjson.loads(normal(links=(link,)).links) == [link]


@pytest.mark.parametrize(("value", "kept"), [(2**70, hex(2**70)), ("\ud800", "\ufffd"), (float("inf"), None)])
def test_what_json_cannot_hold_is_kept_as_near_as_can_be(value, kept):
    assert orjson.loads(normal({"a": value}).attributes) == {"a": kept}


def test_depth_is_cut_where_readers_would_give_up():
    value = "x"
    for _ in range(300):
        value = [value]
    assert b"nested too deeply" in normal({"deep": value}).attributes


def test_an_id_in_the_metadata_may_be_spelled_as_opentelemetry_does_and_an_empty_one_is_none():
    told = {"session_id": "", "session.id": "s-1", "user.id": "u-1"}
    span = normal({"metadata": orjson.dumps(told).decode()})
    assert (span.session_id, span.user_id) == ("s-1", "u-1")


@pytest.mark.parametrize("kind", ["TOOL", "RETRIEVER", "EMBEDDING", "RERANKER", "GUARDRAIL", "EVALUATOR"])
def test_what_a_step_looks_for_is_not_what_somebody_asked(kind):
    asked = {"openinference.span.kind": kind, "input.value": "parcel 1182"}
    assert normal(asked, parent_id=PARENT_ID).input_text == ""
    assert normal(asked).input_text == "parcel 1182"
    assert normal({**asked, "openinference.span.kind": "CHAIN"}, parent_id=PARENT_ID).input_text == "parcel 1182"


@pytest.mark.parametrize("name", ["chat_id", "chatId", "gen_ai.session.id", "gen_ai.conversation_id", "llm.session.id"])
def test_a_bare_or_foreign_name_of_a_conversation_is_the_session(name):
    assert normal({name: "s-1"}).session_id == "s-1"
    assert normal({name: "s-1", "session.id": "s-2"}).session_id == "s-2"


def test_a_pseudonym_is_the_user_where_nothing_better_is():
    assert normal({"enduser.pseudo.id": "u-1"}).user_id == "u-1"
    assert normal({"enduser.pseudo.id": "u-1", "user.id": "u-2"}).user_id == "u-2"


def test_a_resource_may_name_the_conversation():
    assert normal({}, resource={"gen_ai.conversation.id": "s-1"}).session_id == "s-1"


STACK = "Error: 400 refused\n    at make (file:///app/client.mjs:1:2)\n    at async run (/app/index.js:3:4)"


@pytest.mark.parametrize(
    ("told", "message", "stack"),
    [
        (f"400 refused\n\n{STACK}", "400 refused", STACK),
        (
            "two\n\nparts\n\nError: two\n\nparts\n    at f (a.js:1:1)",
            "two\n\nparts",
            "Error: two\n\nparts\n    at f (a.js:1:1)",
        ),
        (STACK, "Error: 400 refused", STACK),
        ("meet\nat noon", "meet\nat noon", ""),
    ],
)
def test_a_javascript_stack_in_the_message_stands_apart_from_it(told, message, stack):
    event = RawEvent("exception", NOW_NS, {"exception.message": told})
    assert normal(status="error", events=(event,)).error == SpanError("", message, stack)
    assert normal(status="error", status_message=told).error == SpanError("", message, stack)
