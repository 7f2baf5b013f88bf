"""Sessions made of traces that name a user and no session: any delivery of them ends in the stretches of the reference."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
import orjson
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from threadline_server.model import HOUR_NS, Span
from threadline_server.store.database import Database
from threadline_server.store.erasures import keep_erased, keep_erased_stretches
from threadline_server.store.rollup import RollUp
from threadline_server.store.rows import span_batch, with_arrival

from . import reference
from .test_laws import (
    BASE_NS,
    PROJECTS,
    PROPERTY,
    deliveries,
    expected,
    listed,
    of_world,
    parts_of,
    side_by_side,
    spans_of_trace,
    world_of,
)

MINUTE_MS = 60_000
idle_times = st.sampled_from([MINUTE_MS, 10 * MINUTE_MS, 30 * MINUTE_MS, 120 * MINUTE_MS])
FOREVER_NS = 2**62
erasing_moments = st.just(FOREVER_NS) | st.integers(0, 5).map(lambda hours: BASE_NS + hours * HOUR_NS)
FEWER = settings(PROPERTY, max_examples=5)


@st.composite
def small_worlds(draw: st.DrawFn) -> list[Span]:
    """Traces of a few users; of most no span names a session, of the others some do."""
    found: list[Span] = []
    for number in range(draw(st.integers(1, 6))):
        spans = draw(spans_of_trace(f"t{number}"))
        if draw(st.integers(0, 3)):
            spans = [msgspec.structs.replace(span, session_id="") for span in spans]
        if draw(st.booleans()):  # short ones, so that there are pauses between them
            after = draw(st.integers(0, 12)) * 20 * 60 * 10**9
            spans = [moved(span, BASE_NS + after + place * 10**9) for place, span in enumerate(spans)]
        found += spans
    return found


@st.composite
def of_one_user_each(draw: st.DrawFn) -> list[Span]:
    """A world in which all spans of a trace that name a user name the same."""
    spans = draw(small_worlds())
    users = {trace: draw(st.sampled_from(["u-1", "u-2"])) for trace in sorted({span.trace_id for span in spans})}
    return [msgspec.structs.replace(span, user_id=span.user_id and users[span.trace_id]) for span in spans]


worlds = side_by_side(small_worlds())


@st.composite
def trickles(draw: st.DrawFn) -> list[list[Span]]:
    """Short traces, most of one user and without a session, some told in two parts; in any order, a few spans to a request."""
    spans: list[Span] = []
    for number in range(draw(st.integers(2, 7))):
        begin = BASE_NS + draw(st.integers(0, 9)) * 20 * 60 * 10**9
        user = draw(st.sampled_from(["u-1", "u-1", "u-1", "u-2"]))
        session = draw(st.sampled_from(["", "", "", "s-1"]))
        for place in range(draw(st.integers(1, 2))):
            start = begin + place * 15 * 60 * 10**9
            spans.append(
                Span(
                    trace_id=f"t{number}", span_id=f"t{number}-{place}", parent_id=f"t{number}-0" if place else "",
                    name="step", kind="span", start_ns=start, end_ns=start + 5 * 10**9, user_id=user, session_id=session,
                )
            )  # fmt: skip
    sent = draw(st.permutations(spans))
    size = draw(st.integers(1, 3))
    return [list(sent[start : start + size]) for start in range(0, len(sent), size)]


@st.composite
def trickles_side_by_side(draw: st.DrawFn) -> list[list[Span]]:
    count = draw(st.sampled_from([1, 3, 6, 6, 6]))
    requests = [
        [[of_world(number, span) for span in request] for request in draw(trickles())] for number in range(count)
    ]
    return [list(itertools.chain(*together)) for together in itertools.zip_longest(*requests, fillvalue=[])]


def moved(span: Span, start_ns: int) -> Span:
    """The same span at another time, some seconds long; its unfinished version stays unfinished."""
    return msgspec.structs.replace(span, start_ns=start_ns, end_ns=span.end_ns and start_ns + 5 * 10**9)


def traces_of(deliveries: Iterable[Span]) -> dict[str, list[Span]]:
    """The winning spans of each trace."""
    traces: dict[str, list[Span]] = defaultdict(list)
    for span in reference.winners(deliveries):
        traces[span.trace_id].append(span)
    return {trace_id: sorted(spans, key=reference.place) for trace_id, spans in traces.items()}


def loose_by_user(traces: Iterable[list[Span]]) -> dict[str, list[list[Span]]]:
    loose: dict[str, list[list[Span]]] = defaultdict(list)
    for spans in traces:
        user = reference.first(spans, "user_id")
        if user and not reference.first(spans, "session_id") and any(span.kind != "log" for span in spans):
            loose[user].append(spans)
    return loose


def extent_ms(spans: Iterable[Span]) -> tuple[int, int]:
    """When the first began and the last ended."""
    times = [(reference.ms(span.start_ns), reference.ms(reference.until(span))) for span in spans]
    return min(begin for begin, _ in times), max(end for _, end in times)


def in_auto_sessions(deliveries: Iterable[Span], idle_ms: int) -> list[Span]:
    """The winning spans, those of loose traces with the id of the session that is made for them."""
    traces = traces_of(deliveries)
    made: dict[str, str] = {}
    for found in loose_by_user(traces.values()).values():
        busy_until, name = None, ""
        for spans in sorted(found, key=reference.began):
            begin, end = extent_ms(spans)
            if busy_until is None or begin - busy_until > idle_ms:
                name = f"auto:{spans[0].trace_id}"
            made[spans[0].trace_id] = name
            busy_until = end if busy_until is None else max(busy_until, end)
    return [
        msgspec.structs.replace(span, session_id=made.get(span.trace_id, span.session_id))
        for spans in traces.values()
        for span in spans
    ]


class World:
    """One project, rolled up by an idle time that may change; 0: no sessions are made."""

    def __init__(self, database: Database, idle_ms: int) -> None:
        self.database, self.idle_ms, self.project_id = database, idle_ms, next(PROJECTS)
        self.hours: dict[str, set[int]] = {}
        self._arrivals, ticks = itertools.count(1), itertools.count(1)
        self._rollup = RollUp(database, lambda: next(ticks), lambda _project_id: self.idle_ms)

    def take(self, spans: Sequence[Span]) -> None:
        batch = with_arrival(span_batch(self.project_id, spans), next(self._arrivals))
        self.database.insert("spans", [batch])
        for span in spans:
            self.hours.setdefault(span.trace_id, set()).add(span.start_ns // HOUR_NS)
        self.run({span.trace_id for span in spans})

    def run(self, traces: Iterable[str]) -> None:
        if hours := {trace_id: self.hours[trace_id] for trace_id in traces}:
            self._rollup.run(self.project_id, hours)

    def erase(self, traces: set[str], erased_ns: int) -> None:
        """These traces of one automatic session and what comes late of it, as the eraser does it."""
        if traces:
            keep_erased_stretches(self.database, self.project_id, sorted(traces), self.idle_ms, erased_ns, 1)
            keep_erased(self.database, self.project_id, {"trace": sorted(traces)}, erased_ns, 1)
            self.run(traces)

    def say_titles(self, said: Mapping[int, tuple[str, str]]) -> None:
        """Version -> session and its title."""
        rows = [
            {
                "project_id": self.project_id, "session_id": session_id, "field": "title", "version": version,
                "is_deleted": int(not title), "value": f'"{title}"' if title else "",
            }
            for version, (session_id, title) in said.items()
        ]  # fmt: skip
        if rows:
            self.database.insert("session_facts", [pa.RecordBatch.from_pylist(rows)])

    def titles(self) -> dict[str, Any]:
        where = {"project_id": self.project_id, "session_ids": list(listed(self.database, self.project_id))}
        rows = self.database.rows("sessions_by_id", where)
        return {row["session_id"]: orjson.loads(row["shown"])["title"] for row in rows}


@PROPERTY
@given(data=st.data(), idle_ms=idle_times)
def test_any_delivery_ends_in_the_sessions_of_the_reference(
    data: st.DataObject, idle_ms: int, database: Database
) -> None:
    spans, world = data.draw(worlds), World(database, idle_ms)

    for request in data.draw(deliveries(spans)):
        world.take(request)

    assert listed(database, world.project_id) == expected(in_auto_sessions(spans, idle_ms))


@FEWER
@given(data=st.data(), before=st.just(0) | idle_times, after=st.just(0) | idle_times, cut=st.integers(0, 5))
def test_a_setting_that_changes_holds_for_the_past_once_its_traces_were_gone_through(
    data: st.DataObject, before: int, after: int, cut: int, database: Database
) -> None:
    spans, world = data.draw(worlds), World(database, before)
    requests = data.draw(deliveries(spans))

    for request in requests[:cut]:
        world.take(request)
    world.idle_ms = after
    for traces in data.draw(parts_of(sorted(world.hours))):
        world.run(traces)
    for request in requests[cut:]:
        world.take(request)

    assert listed(database, world.project_id) == expected(in_auto_sessions(spans, after) if after else spans)


@FEWER
@given(data=st.data(), idle_ms=idle_times, cut=st.integers(0, 5))
def test_after_a_user_is_erased_the_others_have_their_sessions_and_the_user_none(
    data: st.DataObject, idle_ms: int, cut: int, database: Database
) -> None:
    """The same user of every world is erased."""
    spans, world = data.draw(side_by_side(of_one_user_each())), World(database, idle_ms)
    erased = {span.user_id for span in spans if span.user_id.startswith("u-1")}

    for number, request in enumerate([*data.draw(deliveries(spans)), []]):
        if number == cut:
            keep_erased(database, world.project_id, {"user": erased}, FOREVER_NS, 1)
        if request:
            world.take(request)
    keep_erased(database, world.project_id, {"user": erased}, FOREVER_NS, 2)
    world.run(world.hours)

    gone = {span.trace_id for span in spans if span.user_id in erased}
    left = [span for span in spans if span.trace_id not in gone]
    assert listed(database, world.project_id) == expected(in_auto_sessions(left, idle_ms))


@FEWER
@given(data=st.data(), requests=trickles_side_by_side(), idle_ms=idle_times, erased_ns=erasing_moments)
def test_after_an_automatic_session_is_erased_what_comes_late_of_its_stretch_is_erased_too(
    data: st.DataObject, requests: list[list[Span]], idle_ms: int, erased_ns: int, database: Database
) -> None:
    """One of every world, and nothing else: not what began after the erasure, what is of others, or what names a session itself."""
    world, cut = World(database, idle_ms), data.draw(st.integers(1, max(1, len(requests) - 1)))
    spans, there = ([span for request in some for span in request] for some in (requests, requests[:cut]))

    for request in requests[:cut]:
        world.take(request)
    stretch: dict[str, list[Span]] = defaultdict(list)
    for span in in_auto_sessions(there, idle_ms):
        stretch[span.session_id].append(span)
    auto_ids: dict[str, list[str]] = defaultdict(list)
    for name in sorted(listed(database, world.project_id)):
        if name.startswith("auto:"):
            auto_ids[world_of(name)].append(name)
    erased = [stretch[data.draw(st.sampled_from(ids))] for ids in auto_ids.values()]
    gone = {span.trace_id for spans_erased in erased for span in spans_erased}
    world.erase(set(gone), erased_ns)
    for request in requests[cut:]:
        world.take(request)

    loose = loose_by_user(traces_of(spans).values())
    for spans_erased in erased:
        user, (begin, end) = reference.first(spans_erased, "user_id"), extent_ms(spans_erased)
        for trace in loose[user]:
            first, last = extent_ms(trace)
            if first <= end + idle_ms and last >= begin - idle_ms and min(span.start_ns for span in trace) <= erased_ns:
                gone.add(trace[0].trace_id)
    left = [span for span in spans if span.trace_id not in gone]
    assert listed(database, world.project_id) == expected(in_auto_sessions(left, idle_ms))


@FEWER
@given(data=st.data(), idle_ms=idle_times)
def test_what_was_said_of_a_session_goes_where_its_first_trace_goes(
    data: st.DataObject, idle_ms: int, database: Database
) -> None:
    """The last thing said stands, of all that was said of the sessions that became one; to take back is to say something."""
    spans, world = data.draw(worlds), World(database, idle_ms)
    said: list[tuple[str, str]] = []
    told = 0

    for request in data.draw(deliveries(spans)):
        world.take(request)
        autos = [name for name in sorted(listed(database, world.project_id)) if name.startswith("auto:")]
        heard = [name for name in autos if data.draw(st.booleans())]
        said += [(name, data.draw(st.sampled_from(["", "one", "two"]))) for name in heard]
        world.say_titles({version: one for version, one in enumerate(said, 1) if version > told})
        told = len(said)
    world.run(world.hours)

    place = {span.trace_id: span.session_id for span in in_auto_sessions(spans, idle_ms)}
    session_of = {
        trace: reference.first(sorted((s for s in in_auto_sessions(spans, idle_ms) if s.trace_id == trace), key=reference.place), "session_id")
        for trace in place
    }  # fmt: skip
    titles = dict.fromkeys((one for one in session_of.values() if one), "")
    for session_id, title in said:
        if now := session_of[session_id.removeprefix("auto:")]:
            titles[now] = title
    assert world.titles() == titles
