"""What was erased stays erased, in whatever order its spans come, and costs nobody else a number."""

from __future__ import annotations

import itertools

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from threadline_server.model import Span
from threadline_server.store.database import Database
from threadline_server.store.erasures import Kind, keep_erased
from threadline_server.store.rollup import RollUp
from threadline_server.store.rows import span_batch, with_arrival

from .test_laws import PROJECTS, PROPERTY, deliveries, expected, hours_of, listed, rollup, side_by_side, small_worlds

__all__ = ["rollup"]  # the fixture
FOREVER_NS = 2**62


@st.composite
def whole_memberships(draw: st.DrawFn) -> list[Span]:
    """A world in which all spans of a trace that name a session or a user name the same."""
    spans = draw(small_worlds)
    sessions = {trace: draw(st.sampled_from(["s-1", "s-2"])) for trace in sorted({span.trace_id for span in spans})}
    users = {trace: draw(st.sampled_from(["u-1", "u-2"])) for trace in sessions}
    return [
        msgspec.structs.replace(
            span,
            session_id=sessions[span.trace_id] if span.session_id else "",
            user_id=users[span.trace_id] if span.user_id else "",
        )
        for span in spans
    ]


@PROPERTY
@given(data=st.data(), kind=st.sampled_from([("session", "s-1~"), ("user", "u-1~")]), cut=st.integers(0, 5))
def test_after_an_erasure_at_any_moment_the_others_have_their_numbers_and_the_erased_none(
    data: st.DataObject, kind: tuple[Kind, str], cut: int, database: Database, rollup: RollUp
) -> None:
    """The same session or user of every world is erased."""
    spans = data.draw(side_by_side(whole_memberships()))
    project_id, arrivals, there = next(PROJECTS), itertools.count(1), []
    what, name = kind
    erased = {what: {own for span in spans if (own := getattr(span, f"{what}_id")).startswith(name)}}
    gone = {span.trace_id for span in spans if getattr(span, f"{what}_id") in erased[what]}

    for number, request in enumerate([*data.draw(deliveries(spans)), []]):
        if number == cut:
            keep_erased(database, project_id, erased, FOREVER_NS, 1)
            if there:
                rollup.run(project_id, hours_of(there))
        if request:
            database.insert("spans", [with_arrival(span_batch(project_id, request), next(arrivals) * 1_000)])
            there += request
            touched, hours = {span.trace_id for span in request}, hours_of(there)
            rollup.run(project_id, {trace_id: hours[trace_id] for trace_id in touched})
    keep_erased(database, project_id, erased, FOREVER_NS, 2)
    rollup.run(project_id, hours_of(spans))

    assert listed(database, project_id) == expected([span for span in spans if span.trace_id not in gone])
