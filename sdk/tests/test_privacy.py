import pytest
from hypothesis import given
from hypothesis import strategies as st

from threadline import ConfigurationError, Observability
from threadline._preparation import Preparation, PreparedExporter, within
from threadline._privacy import Privacy, resolve_privacy
from threadline._recorder import Recorder
from threadline.testing import CountedIds, ErrorRecord, MemoryExporter, SpanRecord, StepClock

NOTHING = dict.fromkeys(
    ("mask_timeout", "capture_content", "sample_rate", "max_value_characters", "max_span_characters")
)


def hide(text, place):
    return "hidden"


def test_by_default_all_is_sent():
    assert resolve_privacy(None, NOTHING, {}) == Privacy(None, True, 1.0, 1.0, 1_000_000, 4_000_000)


def test_arguments_win_over_the_environment():
    environ = {
        "THREADLINE_CAPTURE_CONTENT": "False",
        "THREADLINE_SAMPLE_RATE": "0.25",
        "THREADLINE_MASK_TIMEOUT": "2.5",
        "THREADLINE_MAX_VALUE_CHARACTERS": "500",
        "THREADLINE_MAX_SPAN_CHARACTERS": " ",
    }
    assert resolve_privacy(hide, NOTHING, environ) == Privacy(hide, False, 0.25, 2.5, 500, 4_000_000)
    given = {**NOTHING, "capture_content": True, "sample_rate": 0}
    assert resolve_privacy(None, given, environ) == Privacy(None, True, 0.0, 2.5, 500, 4_000_000)


async def is_async(text, place):
    return text


@pytest.mark.parametrize(
    ("mask", "arguments", "environ", "message"),
    [
        ("no function", {}, {}, "cannot use mask: it is a str"),
        (is_async, {}, {}, "cannot use mask: it is an async function"),
        (None, {"sample_rate": 1.5}, {}, "cannot read sample_rate: it must be a number from 0 to 1"),
        (None, {"sample_rate": float("nan")}, {}, "cannot read sample_rate"),
        (None, {"sample_rate": True}, {}, "cannot read sample_rate"),
        (None, {}, {"THREADLINE_SAMPLE_RATE": "half"}, "cannot read THREADLINE_SAMPLE_RATE"),
        (None, {}, {"THREADLINE_CAPTURE_CONTENT": "maybe"}, "cannot read THREADLINE_CAPTURE_CONTENT: it must be true"),
        (None, {"capture_content": 1}, {}, "cannot read capture_content"),
        (None, {"max_value_characters": 1}, {}, "it must be a number from 100 to 100,000,000"),
        (None, {"max_span_characters": float("inf")}, {}, "cannot read max_span_characters"),
        (None, {"mask_timeout": 0}, {}, "it must be a number from 0.001 to 60"),
    ],
)
def test_what_cannot_be_used_is_said(mask, arguments, environ, message):
    with pytest.raises(ConfigurationError, match=message):
        resolve_privacy(mask, {**NOTHING, **arguments}, environ)


def recording(privacy: Privacy) -> tuple[Observability, MemoryExporter]:
    recorder, exporter = Recorder(), MemoryExporter()
    preparation = Preparation(
        None, captures_content=privacy.capture_content, max_span_characters=privacy.max_span_characters
    )
    recorder.use(PreparedExporter(exporter, preparation), StepClock(0, 1_000), CountedIds(), privacy)
    return Observability(recorder), exporter


def test_without_content_what_was_said_stays_in_the_process_and_the_figures_leave_it():
    obs, exporter = recording(Privacy(capture_content=False))
    generation = obs.generation("answer", model_name="gpt-4o", input={"messages": ["secret"]}, metadata={"plan": "pro"})
    generation.update(output="secret", prompt_tokens=3, cost=0.5)
    try:
        raise ValueError("secret")
    except ValueError as error:
        generation.error(error)
    assert exporter.spans == [
        SpanRecord(
            f"{1:032x}",
            f"{1:016x}",
            None,
            "answer",
            0,
            1_000,
            {
                "threadline.span.kind": "generation",
                "gen_ai.request.model": "gpt-4o",
                "gen_ai.usage.input_tokens": 3,
                "threadline.cost_usd": 0.5,
                "threadline.metadata": '{"plan":"pro"}',
            },
            ErrorRecord("ValueError", "", "", 1_000),
        )
    ]


def test_what_is_recorded_past_the_handles_loses_its_content_too():
    exporter = MemoryExporter()
    prepared = PreparedExporter(exporter, Preparation(None, captures_content=False, max_span_characters=1_000))
    prepared.export(SpanRecord("1", "2", None, "a", 0, 1, {"threadline.input": '"secret"', "a": "b"}, None))
    assert exporter.spans == [SpanRecord("1", "2", None, "a", 0, 1, {"a": "b"}, None)]


def test_a_value_is_cut_where_the_program_says():
    obs, exporter = recording(Privacy(max_value_characters=100))
    obs.span(input="a" * 103).end()
    assert exporter.spans[0].attributes["threadline.input"] == f'"{"a" * 100}[truncated: 3 more characters]"'


def test_the_longest_texts_of_a_span_are_cut_first():
    attributes = {
        "threadline.input": '"' + "a" * 98 + '"',
        "threadline.metadata": '{"k":"' + "b" * 300 + '"}',
        "c": "c" * 40,
    }
    record = SpanRecord("1", "2", None, "a", 0, 1, attributes, ErrorRecord("E", "d" * 10, "e" * 200, 1))
    cut = within(record, 450)
    assert cut.attributes == {
        "threadline.input": attributes["threadline.input"],
        "threadline.metadata": '{"value":"{\\"k\\":\\"' + "b" * 144 + '[truncated: 158 more characters]"}',
        "c": attributes["c"],
    }
    assert cut.error == ErrorRecord("E", "d" * 10, "e" * 150 + "[truncated: 50 more characters]", 1)


@given(st.lists(st.text(max_size=50), max_size=6), st.integers(0, 200))
def test_a_span_within_its_limit_stays_and_any_other_is_cut_to_it(texts, limit):
    record = SpanRecord("1", "2", None, "a", 0, 1, {str(i): text for i, text in enumerate(texts)}, None)
    cut = within(record, limit)
    kept = [value.partition("[truncated: ")[0] for value in cut.attributes.values()]
    if sum(map(len, texts)) <= limit:
        assert cut == record
    else:
        assert sum(map(len, kept)) <= limit
    assert all(text.startswith(start) for text, start in zip(texts, kept, strict=True))
