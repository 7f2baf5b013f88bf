"""One request's way through the pipe, and what it leaves in the counts."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Sequence
from typing import Any, Literal

import pytest

from server.tests.spans import BASE_NS, ask
from threadline_server.errors import BadRequest, Unavailable
from threadline_server.ingest.commit import Committer
from threadline_server.ingest.decode import native_json
from threadline_server.ingest.intake import Counts, Intake, Outcome
from threadline_server.ingest.load import Load
from threadline_server.ingest.merge import Merger
from threadline_server.ingest.prepare import MOST_REFUSED
from threadline_server.model import Drop, RawSpan
from threadline_server.store.database import Database

PATIENCE_S = 30
TOO_LONG = {"session.id": "x" * 513}


def raw(trace_id: str, number: int, **facts: Any) -> RawSpan:
    """The root of its trace where the number is 0."""
    parent = f"{trace_id}-0" if number else ""
    return RawSpan(
        trace_id, f"{trace_id}-{number}", parent, "step", BASE_NS, BASE_NS + 1, facts.pop("attributes", {}), **facts
    )


@pytest.fixture
def loads() -> list[Load]:
    """What was stored, as the roll-up was told."""
    return []


@pytest.fixture
def intake(store: Database, loads: list[Load]) -> Iterator[Intake]:
    committer = Committer(store, lambda: BASE_NS, lambda load, _ns: loads.append(load))
    committer.start()
    made = Intake(committer, Merger(store, committer, lambda: BASE_NS))
    yield made
    made.stop()
    committer.stop(PATIENCE_S)


def take(
    intake: Intake,
    spans: Sequence[RawSpan],
    drops: Sequence[Drop] = (),
    *,
    received: int | None = None,
    unit: Literal["span", "trace"] = "span",
) -> Outcome:
    count = len(spans) + len(drops) if received is None else received
    return asyncio.run(intake.take(1, lambda _body: (spans, drops, count), b"", unit=unit))


def stored(database: Database) -> list[str]:
    return [row["span_id"] for row in ask(database, "SELECT span_id FROM spans ORDER BY span_id")]


def test_good_spans_are_stored_and_the_roll_up_is_told_of_their_hours(
    intake: Intake, store: Database, loads: list[Load]
) -> None:
    outcome = take(intake, [raw("a", 0), raw("a", 1), raw("b", 0)])

    assert outcome == Outcome(3, ())
    assert stored(store) == ["a-0", "a-1", "b-0"]
    assert [(load.project_id, load.touched) for load in loads] == [
        (1, {"a": {BASE_NS // 3_600_000_000_000}, "b": {BASE_NS // 3_600_000_000_000}})
    ]


def test_spans_that_cannot_be_normalised_are_rejected_beside_those_that_could_not_be_decoded(
    intake: Intake, store: Database
) -> None:
    drop = Drop(0, "malformed", "the span is not an object")

    outcome = take(intake, [raw("a", 0), raw("a", 1, attributes=TOO_LONG)], [drop])

    assert (outcome.received, [one.reason for one in outcome.rejected]) == (3, ["malformed", "invalid_session_id"])
    assert stored(store) == ["a-0"]
    assert intake.counts(1) == Counts(3, 1, {"malformed": 1, "invalid_session_id": 1})


def test_where_traces_are_counted_a_bad_span_rejects_its_whole_trace_in_its_place(
    intake: Intake, store: Database
) -> None:
    spans = [
        raw("a", 0),
        raw("b", 0),
        raw("b", 1, attributes=TOO_LONG),
        raw("b", 2, attributes=TOO_LONG),
        raw("c", 0),
        raw("c", 1),
    ]
    drops = [Drop(3, "malformed", "x"), Drop(0, "malformed", "x")]

    outcome = take(intake, spans, drops, received=5, unit="trace")

    assert [(one.index, one.reason) for one in outcome.rejected] == [
        (0, "malformed"),
        (2, "invalid_session_id"),
        (3, "malformed"),
    ]
    assert stored(store) == ["a-0", "c-0", "c-1"]
    assert intake.counts(1) == Counts(5, 2, {"malformed": 2, "invalid_session_id": 1})


def test_a_request_without_a_good_span_is_answered_without_the_store(intake: Intake, loads: list[Load]) -> None:
    assert [take(intake, []), take(intake, [], [Drop(0, "malformed", "x")]).received] == [Outcome(0, ()), 1]
    assert loads == []


def test_a_body_that_cannot_be_read_is_counted_nowhere(intake: Intake) -> None:
    def refuse(_body: bytes) -> Any:
        raise BadRequest("cannot read the body")

    with pytest.raises(BadRequest):
        asyncio.run(intake.take(1, refuse, b""))
    assert intake.counts(1) == Counts(0, 0, {})


def test_nothing_is_taken_after_the_stop(intake: Intake, store: Database) -> None:
    intake.stop()

    with pytest.raises(Unavailable, match="stopping"):
        take(intake, [raw("a", 0)])
    assert stored(store) == []


def large(count: int, *, broken: int = 0, last: str = "") -> bytes:
    """Traces of some kilobytes, the last ``broken`` of them without what makes one."""
    traces = [
        {"id": f"t-{number}", "startTime": "2026-11-20T10:00:00Z", "input": "x" * 4_000} for number in range(count)
    ]
    return json.dumps({"traces": [*traces, *({} for _ in range(broken))]}).encode()[:-2] + last.encode() + b"]}"


def take_large(intake: Intake, body: bytes) -> Outcome:
    return asyncio.run(intake.take(1, native_json.decode, body, unit="trace", cutter=native_json.cut))


def traces_of(database: Database) -> list[str]:
    return [row["trace_id"] for row in ask(database, "SELECT trace_id FROM spans ORDER BY received_ns")]


def test_a_large_body_is_stored_in_pieces_and_answered_as_one(
    intake: Intake, store: Database, loads: list[Load]
) -> None:
    outcome = take_large(intake, large(1_200, broken=2))

    assert [(drop.index, drop.reason) for drop in outcome.rejected] == [(1_200, "malformed"), (1_201, "malformed")]
    assert outcome.received == 1_202
    assert traces_of(store) == [f"t-{number}" for number in range(1_200)]
    assert len(loads) == 3
    assert intake.counts(1) == Counts(1_202, 1_200, {"malformed": 2})


@pytest.mark.parametrize("last", [", {", '"', ", nul"])
def test_of_a_large_body_that_cannot_be_read_to_its_end_nothing_is_stored(
    intake: Intake, store: Database, last: str
) -> None:
    with pytest.raises(BadRequest):
        take_large(intake, large(1_200, last=last))

    assert (stored(store), intake.counts(1)) == ([], Counts(0, 0, {}))


def test_a_large_body_of_which_too_much_cannot_be_used_is_refused_before_anything_is_stored(
    intake: Intake, store: Database
) -> None:
    with pytest.raises(BadRequest, match="more than 10000 of what it holds cannot be used: the trace is not an object"):
        take_large(intake, large(1_200, broken=MOST_REFUSED + 1))

    assert (stored(store), intake.counts(1)) == ([], Counts(0, 0, {}))


def test_pieces_wait_while_the_roll_up_is_far_behind(intake: Intake, store: Database) -> None:
    answers = iter([True, True, False, False, True, False])
    intake.wait_while(lambda: next(answers))

    assert take_large(intake, large(1_200)).received == 1_200
    assert (next(answers, None), len(stored(store))) == (None, 1_200)


def test_a_store_that_fails_between_two_pieces_is_said_and_the_repeated_body_is_counted_once(
    intake: Intake, store: Database, loads: list[Load]
) -> None:
    body = large(1_200)
    seen: list[int] = []

    def is_stopping() -> bool:
        seen.append(len(loads))
        if len(seen) == 2:
            raise Unavailable("cannot store spans: the disk is full")
        return False

    intake.wait_while(is_stopping)
    with pytest.raises(Unavailable):
        take_large(intake, body)
    assert (seen, intake.counts(1).received) == ([0, 1], 0)

    take_large(intake, body)
    assert intake.counts(1) == Counts(1_200, 1_200, {})
    assert ask(store, "SELECT uniqExact(span_id) AS spans, count() > spans AS is_repeated FROM spans") == [
        {"spans": 1_200, "is_repeated": 1}
    ]
