"""What is current in this asyncio task or thread: the span that children attach to, and the session.

Tokens of ``ContextVar.reset`` are of no use here: a trace may be ended in another task than it was started in.
Instead it is noted for each span what was current before it, weakly, so that traces nobody ends cannot pile up.
"""

from __future__ import annotations

import weakref
from contextvars import ContextVar
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from threadline._session import EnteredSession
    from threadline._spans import Span

session: ContextVar[EnteredSession | None] = ContextVar("threadline_session", default=None)
_span: ContextVar[Span | None] = ContextVar("threadline_span", default=None)
_outer: weakref.WeakKeyDictionary[Span, weakref.ref[Span]] = weakref.WeakKeyDictionary()


class Place(NamedTuple):
    """All that is current at once."""

    span: Span | None
    session: EnteredSession | None


def place() -> Place:
    """Returns what is current, to be taken elsewhere with ``go_to``."""
    return Place(_span.get(), session.get())


def go_to(place: Place) -> Place:
    """Makes all of ``place`` current, and returns what was so before."""
    before = Place(_span.get(), session.get())
    _span.set(place.span)
    session.set(place.session)
    return before


def current_span() -> Span | None:
    """Returns the span that children attach to.

    It may have ended already: what a background task does after its trace's end still belongs to that trace.
    """
    return _span.get()


def parent_of_trace() -> Span | None:
    """Returns what a new trace attaches to: a span outside of all that we record; None where the trace stands alone."""
    span = _span.get()
    return span if span is not None and span._is_outside else None  # noqa: SLF001


def enter(span: Span) -> None:
    """Makes ``span`` the current one."""
    outer = _span.get()
    if outer is span:
        return
    if outer is not None:
        _outer[span] = weakref.ref(outer)
    _span.set(span)


def leave(span: Span) -> None:
    """Where ``span`` is current, makes current again what was so before it and has not ended meanwhile."""
    if _span.get() is not span:
        return
    outer = _before(span)
    while outer is not None and outer.has_ended:
        outer = _before(outer)
    _span.set(outer)


def _before(span: Span) -> Span | None:
    reference = _outer.get(span)
    return None if reference is None else reference()
