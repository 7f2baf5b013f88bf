"""What the demo must show, in the sessions as they are played."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import timedelta
from itertools import pairwise

from threadline.testing import SpanRecord
from threadline_server.demo.clocks import SECOND_NS
from threadline_server.demo.plan import Part

from .stage import NOW, attribute, play

Fortnight = list[tuple[Part, list[SpanRecord]]]
IDLE_NS = 30 * 60 * SECOND_NS


def by_kind(spans: list[SpanRecord]) -> dict[str, list[SpanRecord]]:
    kinds: defaultdict[str, list[SpanRecord]] = defaultdict(list)
    for span in spans:
        kinds[str(span.attributes["threadline.span.kind"])].append(span)
    return kinds


def generations(fortnight: Fortnight) -> list[SpanRecord]:
    return [span for _part, spans in fortnight for span in by_kind(spans)["generation"]]


def pauses_ns(spans: list[SpanRecord]) -> list[int]:
    roots = [span for span in spans if span.parent_id is None]
    return [later.start_ns - earlier.end_ns for earlier, later in pairwise(roots)]


def test_playing_a_session_again_gives_the_same_spans(fortnight: Fortnight) -> None:
    for part, spans in fortnight[:20]:
        without_stacks = [span._replace(error=None) for span in spans]
        assert [span._replace(error=None) for span in play(part)] == without_stacks


def test_every_session_has_a_turn_and_ends_before_now(fortnight: Fortnight) -> None:
    now_ns = int(NOW.timestamp()) * SECOND_NS
    for _part, spans in fortnight:
        assert spans
        assert max(span.end_ns for span in spans) <= now_ns


def test_every_span_lies_in_its_parent(fortnight: Fortnight) -> None:
    for _part, spans in fortnight:
        known = {span.span_id: span for span in spans}
        for span in spans:
            assert span.start_ns <= span.end_ns
            if span.parent_id:
                around = known[span.parent_id]
                assert around.start_ns <= span.start_ns
                assert span.end_ns <= around.end_ns


def test_a_turn_takes_seconds_and_users_take_their_time(fortnight: Fortnight) -> None:
    roots = [span for _part, spans in fortnight for span in spans if span.parent_id is None]
    took = sorted(span.end_ns - span.start_ns for span in roots)
    assert SECOND_NS // 2 < took[len(took) // 2] < 10 * SECOND_NS
    assert all(pause > 2 * SECOND_NS for _part, spans in fortnight for pause in pauses_ns(spans))


def test_developers_leave_for_hours_and_customers_do_not(fortnight: Fortnight) -> None:
    idle: Counter[str] = Counter()
    for part, spans in fortnight:
        idle[part.script.program.service] += any(pause > IDLE_NS for pause in pauses_ns(spans))
    assert idle["pilot-agent"] >= 20
    assert idle["outfitters-support"] == 0


def test_five_to_ten_of_a_hundred_sessions_have_an_error(fortnight: Fortnight) -> None:
    failed = [any(span.error and span.parent_id is None for span in spans) for _part, spans in fortnight]
    assert 0.05 <= sum(failed) / len(failed) <= 0.10


def test_errors_are_of_many_kinds_and_tell_where_they_happened(fortnight: Fortnight) -> None:
    errors = [span.error for _part, spans in fortnight for span in spans if span.error]
    assert {"RateLimitError", "APITimeoutError", "ToolError", "ToolTimeoutError"} <= {error.type for error in errors}
    assert all(error.stack for error in errors)


def test_a_refused_call_is_made_again(fortnight: Fortnight) -> None:
    again = 0
    for _part, spans in fortnight:
        calls = by_kind(spans)["generation"]
        for earlier, later in pairwise(calls):
            same = earlier.trace_id == later.trace_id and attribute(earlier, "input") == attribute(later, "input")
            again += bool(earlier.error and not later.error and same)
    assert again >= 10


def test_a_failed_tool_is_told_to_the_model(fortnight: Fortnight) -> None:
    told = [
        message["content"]
        for call in generations(fortnight)
        for message in attribute(call, "input")["messages"]
        if message["role"] == "tool" and message["content"].startswith("Error: ")
    ]
    assert told


def test_parts_of_the_usage_are_not_more_than_the_whole(fortnight: Fortnight) -> None:
    cached = reasoning = 0
    for call in generations(fortnight):
        usage = {name: int(call.attributes.get(f"gen_ai.usage.{name}", 0)) for name in USAGE}
        assert usage["cache_read.input_tokens"] < max(usage["input_tokens"], 1)
        assert usage["reasoning.output_tokens"] < max(usage["output_tokens"], 1)
        cached += usage["cache_read.input_tokens"] > 0
        reasoning += usage["reasoning.output_tokens"] > 0
    assert cached > 100
    assert reasoning > 20


USAGE = ("input_tokens", "output_tokens", "cache_read.input_tokens", "reasoning.output_tokens")


def test_models_of_several_providers_answer_and_one_has_no_price(fortnight: Fortnight) -> None:
    used = Counter(
        (call.attributes["gen_ai.provider.name"], call.attributes["gen_ai.request.model"])
        for call in generations(fortnight)
    )
    assert {"openai", "anthropic", "google", "halden-voss"} == {provider for provider, _model in used}
    assert len(used) >= 8
    assert used["halden-voss", "hv-rewrite-7b"] >= 10


def test_every_call_for_a_tool_is_answered_once(fortnight: Fortnight) -> None:
    for call in generations(fortnight):
        messages = attribute(call, "input")["messages"]
        wanted = [made["id"] for message in messages for made in message.get("tool_calls", ())]
        answered = [message["tool_call_id"] for message in messages if message["role"] == "tool"]
        assert set(answered) <= set(wanted)
        assert len(set(answered)) == len(answered)


def test_history_grows_within_bounds(fortnight: Fortnight) -> None:
    lengths = [len(attribute(call, "input")["messages"]) for call in generations(fortnight)]
    assert 20 <= max(lengths) <= 40


def test_documents_are_found_before_they_are_cited(fortnight: Fortnight) -> None:
    for part, spans in fortnight:
        if part.script.program.service != "handbook-assistant":
            continue
        for search in by_kind(spans)["retriever"]:
            scores = [document["score"] for document in attribute(search, "output")["documents"]]
            assert scores == sorted(scores, reverse=True)
            assert {span.name for span in spans if span.parent_id == search.span_id} >= {"embed-query"}


def test_agents_work_side_by_side_inside_another_agent(fortnight: Fortnight) -> None:
    overlapping = 0
    for part, spans in fortnight:
        if part.script.program.service != "research-desk":
            continue
        workers = [span for span in by_kind(spans)["agent"] if span.name == "researcher"]
        overlapping += any(
            one.start_ns == other.start_ns for index, one in enumerate(workers) for other in workers[:index]
        )
    assert overlapping >= 10


def test_goals_are_reached_and_missed(fortnight: Fortnight) -> None:
    for wish, goal in (("refund", "refund-issued"), ("trip", "conversion"), ("checkout", "conversion")):
        tags = [
            {tag for span in spans for tag in span.attributes.get("threadline.tags", [])} for _part, spans in fortnight
        ]
        reached = [goal in of_session for of_session in tags if wish in of_session]
        assert min(reached.count(True), reached.count(False)) >= 3, wish


def test_one_session_has_four_hundred_turns_over_some_days(fortnight: Fortnight) -> None:
    (long,) = [spans for part, spans in fortnight if part.metadata["intent"] == "phrasebook"]
    assert len({span.trace_id for span in long}) == 400
    assert sum(pause > IDLE_NS for pause in pauses_ns(long)) == 6
    assert len({attribute(span, "output")["response"] for span in long if span.parent_id is None}) > 390


def test_one_session_is_arabic_and_one_japanese(turns: list[SpanRecord]) -> None:
    said = "".join(attribute(turn, "input")["message"] for turn in turns)
    assert "استرداد" in said
    assert "箱根" in said


def test_sessions_tell_channel_intent_and_version(turns: list[SpanRecord]) -> None:
    facts = [attribute(turn, "metadata") for turn in turns]
    assert all(fact.keys() >= {"channel", "intent", "version"} for fact in facts)
    assert {"web", "mobile", "api"} <= {fact["channel"] for fact in facts}


def test_no_more_than_a_day_lies_between_the_sessions(fortnight: Fortnight) -> None:
    starts = sorted(part.starts_at for part, _spans in fortnight)
    assert max(later - earlier for earlier, later in pairwise(starts)) < timedelta(days=1)
