"""What was erased stays erased, in whatever order its spans come, and costs nobody else a number."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from threadline_server.model import HOUR_NS, Span
from threadline_server.store.database import Database
from threadline_server.store.erasures import keep_erased
from threadline_server.store.rollup import RollUp
from threadline_server.store.rows import span_batch, with_arrival

from .test_laws import PROJECTS, PROPERTY, deliveries, expected, listed, rollup, worlds

__all__ = ["rollup"]  # the fixture
FOREVER_NS = 2**62


@st.composite
def whole_memberships(draw: st.DrawFn) -> list[Span]:
    """A world in which all spans of a trace that name a session or a user name the same."""
    spans = draw(worlds)
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


def names(spans: Sequence[Span], field: str, name: str) -> set[str]:
    """Traces of which some span has this id."""
    return {span.trace_id for span in spans if getattr(span, field) == name}


@PROPERTY
@given(data=st.data(), kind=st.sampled_from(["session", "user"]), cut=st.integers(0, 5))
def test_after_an_erasure_at_any_moment_the_others_have_their_numbers_and_the_erased_none(
    data: st.DataObject, kind: str, cut: int, database: Database, rollup: RollUp
) -> None:
    spans = data.draw(whole_memberships())
    project_id, arrivals, hours = next(PROJECTS), itertools.count(1), {}
    erased = {"session": ["s-1"]} if kind == "session" else {"user": ["u-1"]}

    for number, request in enumerate([*data.draw(deliveries(spans)), []]):
        if number == cut:
            keep_erased(database, project_id, erased, FOREVER_NS, 1)
            if hours:
                rollup.run(project_id, hours)
        if request:
            database.insert("spans", [with_arrival(span_batch(project_id, request), next(arrivals) * 1_000)])
            for span in request:
                hours.setdefault(span.trace_id, set()).add(span.start_ns // HOUR_NS)
            rollup.run(project_id, {span.trace_id: hours[span.trace_id] for span in request})
    keep_erased(database, project_id, erased, FOREVER_NS, 2)
    rollup.run(project_id, hours)

    gone = names(spans, "session_id", "s-1") if kind == "session" else names(spans, "user_id", "u-1")
    assert listed(database, project_id) == expected([span for span in spans if span.trace_id not in gone])
