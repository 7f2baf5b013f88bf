"""Whatever habit a program has of writing its conversation into spans, the fold gives the conversation back."""

from __future__ import annotations

import random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from server.tests.unit.conversation_plans import habits, plans, render
from threadline_server.query.conversation import fold

UNTIMED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


def bare(turns):
    return [
        [{key: message[key] for key in message if key != "spanId"} for message in turn["messages"]] for turn in turns
    ]


@UNTIMED
@given(plans, habits)
def test_the_fold_of_any_rendering_is_the_plan(plan, habit):
    rendered = render(plan, habit)

    assert bare(fold(rendered.traces, rendered.spans)) == rendered.expected


@UNTIMED
@given(plans, habits, st.randoms(use_true_random=False))
def test_the_order_in_which_spans_are_read_does_not_matter(plan, habit, chance: random.Random):
    rendered = render(plan, habit)
    shuffled = rendered.spans.copy()
    chance.shuffle(shuffled)

    assert bare(fold(rendered.traces, shuffled)) == bare(fold(rendered.traces, rendered.spans))


@UNTIMED
@given(plans, habits, st.integers(1, 4))
def test_pages_with_the_trace_before_them_are_the_whole(plan, habit, size):
    rendered = render(plan, habit)
    pages = []
    for start in range(0, len(rendered.traces), size):
        context = min(start, 1)
        pages += fold(rendered.traces[start - context : start + size], rendered.spans, context=context)

    assert pages == fold(rendered.traces, rendered.spans)


@UNTIMED
@given(plans, habits)
def test_every_message_names_a_span_of_its_trace(plan, habit):
    rendered = render(plan, habit)
    spans = {(span.trace_id, span.span_id) for span in rendered.spans}

    for turn in fold(rendered.traces, rendered.spans):
        assert {(turn["traceId"], message["spanId"]) for message in turn["messages"]} <= spans
