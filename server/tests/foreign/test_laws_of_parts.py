"""Laws 1 and 6 where a span is told in parts: any order, repetition and splitting of them ends in the same numbers."""

from __future__ import annotations

import itertools
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from server.tests.api.running import Caller, Server

from . import events
from .events import event, request
from .recorded import deliver

PROPERTY = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def everything(caller: Caller) -> dict[str, Any]:
    """All that the public API tells of a project."""
    traces = {trace["id"]: trace for trace in caller.pages("/observability/traces")}
    return {
        "sessions": {session["id"]: session for session in caller.sessions()},
        "traces": {trace_id: caller.read(f"/observability/traces/{trace_id}") for trace_id in traces},
    }


@PROPERTY
@given(data=st.data())
def test_any_delivery_of_the_same_events_ends_in_the_same_answers(data: st.DataObject, server: Server) -> None:
    world = data.draw(events.worlds())
    whole, pieces = server.caller(), server.caller()
    sent = [each for each in world for _ in range(data.draw(st.integers(1, 2)))]
    sent = data.draw(st.permutations(sent))
    cuts = sorted(data.draw(st.sets(st.integers(1, max(1, len(sent) - 1)), max_size=4)))

    deliver(whole, [request(world)])
    deliver(pieces, [request(sent[a:b]) for a, b in itertools.pairwise([0, *cuts, len(sent)]) if a < b])

    assert everything(pieces) == everything(whole)


def spans(caller: Caller, trace_id: str) -> dict[str, dict[str, Any]]:
    return {span["id"]: span for span in caller.read(f"/observability/traces/{trace_id}")["spans"]}


def test_an_observation_is_there_before_it_has_ended(caller: Caller) -> None:
    deliver(
        caller,
        [request([event(1, "generation-create", 1, id="o", traceId="t", startTime=events.moment(1), name="call")])],
    )

    running = spans(caller, "t")["o"]
    assert (running["status"], running["endTime"], running["kind"]) == ("running", None, "generation")


def test_what_only_the_beginning_told_is_kept_when_the_end_comes(caller: Caller) -> None:
    begin = event(
        1, "generation-create", 1, id="o", traceId="t", startTime=events.moment(1), model="gpt-4o", input="Hello?"
    )
    end = event(2, "generation-update", 3, id="o", traceId="t", endTime=events.moment(3), output="Hello!")

    deliver(caller, [request([begin]), request([end])])

    done = spans(caller, "t")["o"]
    assert [done[key] for key in ("modelName", "input", "output", "duration")] == ["gpt-4o", "Hello?", "Hello!", 2_000]


def test_a_change_that_names_no_trace_waits_for_the_beginning_that_does(caller: Caller) -> None:
    change = event(2, "span-update", 3, id="o", endTime=events.moment(3), output="done")
    deliver(caller, [request([change])])
    before = list(caller.pages("/observability/traces"))

    deliver(caller, [request([event(1, "span-create", 1, id="o", traceId="t", startTime=events.moment(1))])])

    assert before == []
    assert spans(caller, "t")["o"]["output"] == "done"


def test_the_sender_s_clock_decides_between_two_changes_not_their_arrival(caller: Caller) -> None:
    later = event(2, "span-update", 9, id="o", traceId="t", output="last word")
    earlier = event(3, "span-update", 5, id="o", traceId="t", output="first word")
    begin = event(1, "span-create", 1, id="o", traceId="t", startTime=events.moment(1))

    deliver(caller, [request([later]), request([earlier]), request([begin])])

    assert spans(caller, "t")["o"]["output"] == "last word"


def test_the_same_ids_in_another_project_are_another_span(caller: Caller) -> None:
    other = caller.server.caller()
    deliver(
        caller, [request([event(1, "span-create", 1, id="o", traceId="t", startTime=events.moment(1), name="mine")])]
    )
    deliver(
        other, [request([event(2, "span-update", 2, id="o", traceId="t", endTime=events.moment(2), name="theirs")])]
    )

    assert (spans(caller, "t")["o"]["name"], spans(other, "t")["o"]["name"]) == ("mine", "theirs")
    assert spans(caller, "t")["o"]["status"] == "running"
