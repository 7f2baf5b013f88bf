import json
import re
import threading
import time

import pytest

from threadline import Observability, Place
from threadline._masking import MASKING_FAILED, Masking
from threadline._preparation import Preparation, PreparedExporter, without_content
from threadline._recorder import Recorder
from threadline._records import EventRecord
from threadline.testing import CountedIds, ErrorRecord, MemoryExporter, SpanRecord, StepClock

SECRET = "secret"


def upper(text: str, place: Place) -> str:
    return text.upper()


class Masked:
    """Records through a mask, as init_observability(mask=..., exporter=MemoryExporter()) does."""

    def __init__(self, mask, timeout_s: float = 60.0) -> None:
        self.recorder, self.exporter = Recorder(), MemoryExporter()
        self.masking = Masking(mask, timeout_s, self.recorder.count_masking_failures)
        preparation = Preparation(self.masking, captures_content=True, max_span_characters=1_000_000)
        self.recorder.masking = self.masking
        self.recorder.use(PreparedExporter(self.exporter, preparation), StepClock(), CountedIds())
        self.obs = Observability(self.recorder)

    @property
    def span(self) -> SpanRecord:
        (span,) = self.exporter.spans
        return span


def record_everything(obs: Observability) -> None:
    trace = obs.trace(SECRET, session_id=SECRET, user_id=SECRET, tags=[SECRET])
    trace.update(input={"messages": [{"secret": SECRET, "number": 4111}]}, output=SECRET, metadata={"plan": SECRET})
    trace.error(ValueError(SECRET))


def test_the_mask_sees_every_text_and_its_place_and_numbers_too():
    seen = []

    def mask(text: str, place: Place) -> str:
        seen.append((place.path, text[:9], place.is_key))
        return text

    record_everything(Masked(mask).obs)
    assert seen == [
        ("name", SECRET, False),
        ("input", "messages", True),
        ("input.messages.0", SECRET, True),
        ("input.messages.0.secret", SECRET, False),
        ("input.messages.0", "number", True),
        ("input.messages.0.number", "4111", False),
        ("output", SECRET, False),
        ("session.id", SECRET, False),
        ("user.id", SECRET, False),
        ("metadata", "plan", True),
        ("metadata.plan", SECRET, False),
        ("tags.0", SECRET, False),
        ("error.type", "ValueErro", False),
        ("error.message", SECRET, False),
        ("error.stack", "ValueErro", False),
    ]


def test_the_mask_knows_the_span():
    places = []

    def mask(text: str, place: Place) -> str:
        places.append(place)
        return text

    Masked(mask).obs.generation("answer", model_name="gpt-4o").end()
    assert places == [Place("name", (), "answer", "generation"), Place("model_name", (), "answer", "generation")]


def test_what_the_mask_returns_is_sent():
    masked = Masked(upper)
    record_everything(masked.obs)
    assert masked.span == SpanRecord(
        trace_id=f"{1:032x}",
        span_id=f"{1:016x}",
        parent_id=None,
        name="SECRET",
        start_ns=masked.span.start_ns,
        end_ns=masked.span.end_ns,
        attributes={
            "threadline.span.kind": "span",
            "threadline.input": '{"MESSAGES":[{"SECRET":"SECRET","NUMBER":4111}]}',
            "threadline.output": '"SECRET"',
            "session.id": "SECRET",
            "user.id": "SECRET",
            "threadline.metadata": '{"PLAN":"SECRET"}',
            "threadline.tags": ["SECRET"],
        },
        error=ErrorRecord("VALUEERROR", "SECRET", "VALUEERROR: SECRET\n", masked.span.end_ns),
    )


def test_a_number_that_is_masked_becomes_a_text():
    masked = Masked(lambda text, place: re.sub(r"\d{4}", "****", text))
    masked.obs.span(input={"card": 4111, "rate": 0.5}).end()
    assert masked.span.attributes["threadline.input"] == '{"card":"****","rate":0.5}'


def test_keys_that_become_alike_stay_apart():
    masked = Masked(lambda text, place: "hidden")
    masked.obs.span(input={"a": 1, "b": 2}).end()
    assert masked.span.attributes["threadline.input"] == '{"hidden":"hidden","hidden (2)":"hidden"}'


def raises(text: str, place: Place) -> str:
    raise ValueError(text)


def leaves(text: str, place: Place) -> str:
    raise SystemExit(text)


async def is_async(text: str, place: Place) -> str:
    return text


class Evil(str):
    __slots__ = ()

    def __str__(self):
        return SECRET

    __repr__ = __str__


FAILING = {
    "raises": (raises, "ValueError"),
    "leaves": (leaves, "SystemExit"),
    "returns None": (lambda text, place: None, "it returned NoneType"),
    "returns bytes": (lambda text, place: text.encode(), "it returned bytes"),
    "takes too few": (lambda text: text, "TypeError"),
}


@pytest.mark.parametrize("name", FAILING)
def test_what_cannot_be_masked_is_replaced_counted_and_said_without_a_word_of_it(name, caplog):
    mask, why = FAILING[name]
    masked = Masked(mask)
    record_everything(masked.obs)
    assert SECRET not in repr(masked.exporter.spans) + caplog.text
    assert (masked.span.name, masked.span.attributes["session.id"]) == (MASKING_FAILED, MASKING_FAILED)
    assert (masked.obs.masking_failures, masked.obs.dropped) == (15, {})
    (line,) = caplog.messages
    assert f"so far: 15; the function given as mask failed ({why})" in line


def test_one_text_that_cannot_be_masked_leaves_the_others():
    masked = Masked(lambda text, place: text if place.path != "metadata.plan" else raises(text, place))
    record_everything(masked.obs)
    assert (masked.span.attributes["threadline.metadata"], masked.span.attributes["threadline.output"]) == (
        f'{{"plan":"{MASKING_FAILED}"}}',
        f'"{SECRET}"',
    )
    assert masked.obs.masking_failures == 1


def test_a_derived_text_is_taken_for_what_it_holds():
    masked = Masked(lambda text, place: Evil("masked"))
    masked.obs.span(SECRET).end()
    assert (masked.span.name, type(masked.span.name)) == ("masked", str)


def test_a_masked_session_id_that_the_server_would_refuse_is_replaced():
    masked = Masked(lambda text, place: "")
    masked.obs.trace(session_id=SECRET).end()
    assert masked.span.attributes["session.id"] == MASKING_FAILED


def test_the_same_identity_is_masked_alike_in_every_span():
    masked = Masked(lambda text, place: f"{len(text)}" if place.field == "session.id" else text)
    with masked.obs.session("conversation-1"):
        masked.obs.trace().end()
        masked.obs.trace().end()
    assert [span.attributes["session.id"] for span in masked.exporter.spans] == ["14", "14"]


def test_a_mask_that_hangs_costs_its_time_limit_and_nothing_leaves_unmasked(caplog):
    gate = threading.Event()
    masked = Masked(lambda text, place: gate.wait() and text, timeout_s=0.05)
    for _ in range(5):
        record_everything(masked.obs)
    assert SECRET not in repr(masked.exporter.spans) + caplog.text
    assert masked.obs.masking_failures == 5 * len(
        ["name", "input", "output", "session", "user", "metadata", "tag", "type", "message", "stack"]
    ) + 5 * len(["messages", "secret", "number", "number's key", "plan"])
    assert "it does not return in time" in caplog.text
    gate.set()


def test_threads_that_hang_are_few_and_masking_goes_on_when_they_come_back():
    gate, called = threading.Event(), []

    def mask(text: str, place: Place) -> str:
        called.append(threading.get_ident())
        gate.wait()
        return text.upper()

    masked = Masked(mask, timeout_s=0.05)
    for _ in range(6):
        masked.obs.span("step").end()
    assert len(set(called)) == len(called) == 3
    gate.set()
    deadline = time.monotonic() + 60
    while masked.exporter.spans[-1].name != "STEP" and time.monotonic() < deadline:
        masked.obs.span("step").end()
    assert masked.exporter.spans[-1].name == "STEP"


def test_a_mask_that_records_spans_itself_does_not_go_round_in_circles():
    def mask(text: str, place: Place) -> str:
        masked.obs.event("masking")
        return text

    masked = Masked(mask)
    masked.obs.event("turn")
    assert [span.name for span in masked.exporter.spans] == ["turn"]


def test_the_values_of_the_program_stay_as_they_are():
    value = {"messages": [{"content": SECRET}]}
    Masked(upper).obs.span(input=value).end()
    assert value == {"messages": [{"content": SECRET}]}


def test_a_value_that_is_no_json_is_masked_as_one_text():
    masked = Masked(upper)
    record = masked.masking.span(SpanRecord("1", "2", None, "a", 0, 1, {"threadline.input": "{secret"}, None))
    assert json.loads(record.attributes["threadline.input"]) == "{SECRET"


def test_a_mistake_of_ours_leaves_nothing_unmasked(monkeypatch):
    masked = Masked(upper)
    monkeypatch.setattr("threadline._masking._masked_json", lambda name, text, field, walk: walk.text(1 / 0, field))
    with pytest.raises(ZeroDivisionError):  # in the walk that is to replace all, too
        record_everything(masked.obs)
    assert masked.exporter.spans == []


def test_scores_are_masked_and_lose_their_comment_where_no_content_is_sent():
    told = {
        "gen_ai.evaluation.name": "helpful",
        "gen_ai.evaluation.score.value": 0.5,
        "gen_ai.evaluation.explanation": "secret",
        "threadline.score.id": "ab12",
        "threadline.score.target": "session",
    }
    record = SpanRecord("1", "2", None, "a", 0, 1, {}, None, (EventRecord("gen_ai.evaluation.result", 1, told),))
    masked = {**told, "gen_ai.evaluation.name": "HELPFUL", "gen_ai.evaluation.explanation": "SECRET"}
    (event,) = Masked(upper).masking.span(record).events
    assert event == EventRecord("gen_ai.evaluation.result", 1, masked)
    (event,) = without_content(record).events
    assert event.attributes == {name: value for name, value in told.items() if value != "secret"}


def test_no_part_of_a_record_is_forgotten():
    """Whoever adds a field decides here whether it holds text, and if it does masks it."""
    masked = {"name", "attributes", "error", "events"}
    no_text_of_the_program = {"trace_id", "span_id", "parent_id", "start_ns", "end_ns"}
    assert set(SpanRecord._fields) == masked | no_text_of_the_program
    assert set(ErrorRecord._fields) == {"type", "message", "stack", "at_ns"}
    assert set(EventRecord._fields) == {"name", "at_ns", "attributes"}


def test_metadata_that_cannot_be_read_stays_an_object():
    record = SpanRecord("1", "2", None, "a", 0, 1, {"threadline.metadata": "[1, 2]"}, None)
    assert Masked(upper).masking.span(record).attributes["threadline.metadata"] == '{"value":[1,2]}'
