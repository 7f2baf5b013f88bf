"""A search finds what the winning versions of the spans say, in whatever order they came, and nothing that was said before."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from threadline_server.model import Span
from threadline_server.query import sessions
from threadline_server.query.goal_conditions import NO_GOALS
from threadline_server.store.database import Database
from threadline_server.store.erasures import keep_erased
from threadline_server.store.rollup import RollUp
from threadline_server.words import words_of

from . import reference
from .test_laws import PROPERTY, deliver, deliveries, hours_of, rollup, world_of, worlds

__all__ = ["rollup"]  # the fixture
WORDS = ["red", "blue", "Grün", "世界", "界"]
SEARCHES = ["red", "red blue", '"red blue"', "gru*", "red -blue", "世界", "界", "-grun red", '"blue red" 世']


@st.composite
def talking_worlds(draw: st.DrawFn) -> list[Span]:
    """Spans that say a few words, each version its own."""
    said = st.lists(st.lists(st.sampled_from(WORDS), max_size=3).map(" ".join), max_size=2).map("\0".join)
    return [msgspec.structs.replace(span, said=draw(said)) for span in draw(worlds)]


def turns(spans: Sequence[Span]) -> dict[str, list[tuple[str, list[list[str]]]]]:
    """Session id -> its traces in order, each with the words of each text."""
    traces: dict[str, list[Span]] = defaultdict(list)
    for span in reference.winners(spans):
        traces[span.trace_id].append(span)
    found: dict[str, list[tuple[tuple[int, str], list[list[str]]]]] = defaultdict(list)
    for trace_id, own in traces.items():
        own.sort(key=reference.place)
        texts = [words_of(text) for span in own for text in span.said.split("\0") if text]
        found[reference.first(own, "session_id")].append(((min(span.start_ns for span in own), trace_id), texts))
    return {
        session: [(place[1], texts) for place, texts in sorted(found[session], key=lambda turn: turn[0])]
        for session in found
        if session
    }


def says(texts: list[list[str]], search: str) -> bool:
    """Whether a turn says all the terms that are wanted."""
    return all(_has(texts, term) for term in _terms(search) if not term.startswith("-"))


def _terms(search: str) -> list[str]:
    quoted = search.split('"')
    return [term for at, part in enumerate(quoted) for term in ([part] if at % 2 else part.split())]


def _has(texts: list[list[str]], term: str) -> bool:
    wanted, is_open = words_of(term), term.endswith("*")
    return any(
        text[at : at + len(wanted)] == wanted or (is_open and len(wanted) == 1 and text[at].startswith(wanted[0]))
        for text in texts
        for at in range(len(text))
    )


def expected(spans: Sequence[Span], search: str) -> dict[str, tuple[str, int]]:
    """Session id -> its first turn that is found, and the turn's place."""
    unwanted = [term[1:] for term in _terms(search) if term.startswith("-")]
    found = {}
    for session, own in turns(spans).items():
        if any(_has(texts, term) for term in unwanted for _, texts in own):
            continue
        hits = [(trace_id, place) for place, (trace_id, texts) in enumerate(own, start=1) if says(texts, search)]
        if hits:
            found[session] = hits[0]
    return found


def every_search(spans: Sequence[Span]) -> dict[str, dict[str, tuple[str, int]]]:
    return {search: expected(spans, search) for search in SEARCHES}


def shown(database: Database, project_id: int) -> dict[str, dict[str, tuple[str, int]]]:
    return {search: found(database, project_id, search) for search in SEARCHES}


def found(database: Database, project_id: int, search: str) -> dict[str, tuple[str, int]]:
    page = sessions.list_sessions(database, project_id, [("limit", "200"), ("q", search)], NO_GOALS)["data"]
    return {entry["id"]: (entry["match"]["traceId"], entry["match"]["turn"]) for entry in page}


@PROPERTY
@given(data=st.data())
def test_any_delivery_of_the_same_spans_is_searched_alike(
    data: st.DataObject, database: Database, rollup: RollUp
) -> None:
    spans = data.draw(talking_worlds())
    requests = data.draw(deliveries(spans))

    project_id = deliver(database, rollup, requests)

    assert shown(database, project_id) == every_search([span for request in requests for span in request])


@PROPERTY
@given(data=st.data())
def test_nothing_is_found_of_what_was_erased(data: st.DataObject, database: Database, rollup: RollUp) -> None:
    """The first trace of each world."""
    spans = data.draw(talking_worlds())
    erased = set({world_of(span.trace_id): span.trace_id for span in reversed(spans)}.values())
    requests = data.draw(deliveries(spans))
    project_id = deliver(database, rollup, requests)

    keep_erased(database, project_id, {"trace": erased}, 1, 1)
    rollup.run(project_id, hours_of(spans))

    left = [span for request in requests for span in request if span.trace_id not in erased]
    assert shown(database, project_id) == every_search(left)
