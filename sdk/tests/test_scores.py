import json
from decimal import Decimal

import numpy as np
import pytest

from sdk.tests.stub_server import as_protobuf
from threadline._otlp import encode_span, join_request
from threadline.testing import EventRecord


def told(event: EventRecord) -> dict[str, object]:
    """What a score says, without the place and the id that every score has."""
    assert event.name == "gen_ai.evaluation.result"
    return {
        name.removeprefix("gen_ai.evaluation.").removeprefix("threadline.score."): value
        for name, value in event.attributes.items()
        if name != "threadline.score.id"
    }


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0.75, {"score.value": 0.75}),
        (3, {"score.value": 3.0}),
        (np.float32(0.5), {"score.value": 0.5}),
        (Decimal("0.25"), {"score.value": 0.25}),
        (True, {"score.value": 1.0, "score.label": "true"}),
        (False, {"score.value": 0.0, "score.label": "false"}),
        ("relevant", {"score.label": "relevant"}),
    ],
)
def test_a_score_is_a_number_yes_or_no_or_a_category(recording, value, expected):
    with recording.obs.span("answer") as span:
        span.score("quality", value, comment="short", source="user")
    (event,) = recording.named("answer").events
    assert told(event) == {"name": "quality", **expected, "explanation": "short", "source": "user", "target": "span"}


@pytest.mark.parametrize("value", [float("nan"), float("inf"), None, [1], Decimal("NaN")])
def test_what_is_no_score_is_ignored_with_a_word_in_the_log(recording, caplog, value):
    with recording.obs.span("answer") as span:
        span.score("quality", value)
    assert recording.named("answer").events == ()
    assert "as a score: it must be a finite number, a bool or a text" in caplog.text


def test_a_span_that_has_ended_is_delivered_again_with_its_score(recording):
    with pytest.raises(ValueError), recording.obs.trace("turn", input="Hello!") as trace:
        raise ValueError("wrong")
    trace.score("helpful", False).score("tone", "rude")
    first, second, third = recording.spans
    assert (first.events, second._replace(events=()), third._replace(events=())) == ((), first, first)
    assert [told(event)["name"] for event in third.events] == ["helpful", "tone"]
    assert third.events[0] == second.events[0]


def test_a_score_of_a_session_travels_with_its_latest_trace(recording):
    obs = recording.obs
    with obs.session("conversation-1") as session:
        obs.trace("first").end()
        with obs.trace("second"):
            session.score("solved", True)
    session.score("rating", 5)
    events = [(span.name, [told(event)["name"] for event in span.events]) for span in recording.spans]
    assert events == [("first", []), ("second", ["solved"]), ("second", ["solved", "rating"])]
    assert told(recording.spans[-1].events[0])["target"] == "session"


def test_a_score_of_a_session_without_a_trace_is_delivered_by_itself(recording):
    obs = recording.obs
    with obs.session("conversation-1").score("rating", 5):
        obs.trace("turn").end()
    assert [len(span.events) for span in recording.spans] == [0]
    (score,) = recording.exporter.scores
    assert (score.session_id, score.trace_id, score.attributes["gen_ai.evaluation.score.value"]) == (
        "conversation-1",
        None,
        5.0,
    )


def test_what_is_current_can_be_scored_without_a_handle(recording, caplog):
    obs = recording.obs
    obs.score("lost", 1)
    assert "ignored a score: no span and no session is current" in caplog.text
    with obs.session("conversation-1"):
        with obs.trace("turn"), obs.generation("answer"):
            obs.score("answer", 1)
        obs.score("session", 1)
    found = {
        (span.name, told(event)["name"], told(event)["target"]) for span in recording.spans for event in span.events
    }
    assert found == {("turn", "session", "session"), ("answer", "answer", "span")}


def test_on_the_wire_a_score_is_an_event_of_its_span(recording):
    span = recording.obs.span("answer").score("quality", 0.5)
    span.error("failed")
    request = json.loads(join_request(b"{}", [encode_span(recording.spans[0])]))
    (sent,) = as_protobuf(request).resource_spans[0].scope_spans[0].spans
    assert [event.name for event in sent.events] == ["exception", "gen_ai.evaluation.result"]
    attributes = {attribute.key: attribute.value for attribute in sent.events[1].attributes}
    assert attributes["gen_ai.evaluation.score.value"].double_value == 0.5


def test_the_texts_of_a_score_count_in_the_size_of_its_span(recording):
    span = recording.obs.span("answer").score("quality", 1, comment="x" * 10_000)
    span.end()
    assert recording.spans[0].size() > 10_000
