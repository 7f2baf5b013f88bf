"""Where a search found something: the turn, and a piece of what was said there with the places of the words."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from typing import Any, Final

from threadline_server.query.searching import Search, Term
from threadline_server.store.database import Database, Row
from threadline_server.words import Place, places, words_of

BEFORE: Final = 60
LENGTH: Final = 240
"""Characters of a snippet, of which so many stand before the first word that was found."""


def matches(database: Database, project_id: int, search: Search, sessions: Sequence[Row]) -> dict[str, dict[str, Any]]:
    """Session id -> its first turn that says what is looked for, of rows of sessions. ``turn`` counts from 1."""
    if not sessions:
        return {}
    hours = sorted({hour for session in sessions for hour in session["trace_hours"]})
    session_ids = [session["session_id"] for session in sessions]
    values = {"project_id": project_id, "session_ids": session_ids, "hours": hours, **search.values}
    rows = database.rows("turns_that_say", values, says=search.says)
    return {
        row["session_id"]: {
            "traceId": row["trace_id"],
            "turn": row["turn"],
            **snippet(row["texts"], search.terms),
        }
        for row in rows
    }


def snippet(texts: Sequence[str], terms: Sequence[Term]) -> dict[str, Any]:
    """A piece of the text that says most of it, and where in it: ``highlights`` are [from, to) in characters."""
    if not texts:
        return {"snippet": "", "highlights": []}
    text = max(texts, key=lambda one: _says(one, terms))
    first = next(_found(text, terms), None)
    start = max(0, first.start - BEFORE) if first is not None else 0
    if start and (blank := text.find(" ", start, first.start if first else start)) >= 0:
        start = blank + 1
    end = min(len(text), start + LENGTH)
    lead = "…" if start else ""
    shown = (
        lead
        + "".join(" " if letter.isspace() else letter for letter in text[start:end])
        + ("…" if end < len(text) else "")
    )
    shift = len(lead) - start
    highlights = []
    for place in _found(text, terms):
        if place.start >= end:
            break
        if place.start >= start:
            highlights.append([place.start + shift, min(place.end, end) + shift])
    return {"snippet": shown, "highlights": highlights}


def _says(text: str, terms: Sequence[Term]) -> int:
    """Of how many terms the words are in a text, wherever they stand."""
    there = set(words_of(text))
    return sum(
        there.issuperset(term.words[:-1] if term.is_open else term.words)
        and (not term.is_open or any(word.startswith(term.words[-1]) for word in there))
        for term in terms
    )


def _found(text: str, terms: Sequence[Term]) -> Iterator[Place]:
    """The places of the terms in order; where several begin at one word, the longest."""
    most = max(len(term.words) for term in terms)
    ahead: deque[Place] = deque()
    after = 0
    for place in _and_ends(text, most):
        ahead.append(place)
        if len(ahead) < most:
            continue
        fitting = [len(term.words) for term in terms if _fits(term, ahead)]
        if fitting and ahead[0].start >= after:
            last = ahead[max(fitting) - 1]
            after = last.end
            yield Place("", ahead[0].start, last.end)
        ahead.popleft()


def _and_ends(text: str, most: int) -> Iterator[Place]:
    yield from places(text)
    for _ in range(most - 1):
        yield Place("", len(text), len(text))


def _fits(term: Term, ahead: Sequence[Place]) -> bool:
    *whole, last = term.words
    if any(place.word != word for place, word in zip(ahead, whole, strict=False)):
        return False
    there = ahead[len(whole)].word
    return there.startswith(last) if term.is_open else there == last
