"""What is current in this asyncio task or thread: the span that children attach to, and the session.

Tokens of ``ContextVar.reset`` are of no use here: a trace may be ended in another task than it was started in.
Instead it is noted for each span what was current before it, weakly, so that traces nobody ends cannot pile up.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from threadline._session import EnteredSession
    from threadline._spans import Span


class Bridge(Protocol):
    """Another tracer's notion of what is current, kept in step with ours."""

    def entered(self, span: Span) -> None:
        """Makes ``span`` current there too."""
        ...

    def left(self, span: Span, outer: Span | None) -> None:
        """Makes current there what was so before ``span``; here it is ``outer``."""
        ...

    def moved(self, span: Span | None) -> None:
        """Makes ``span`` current there too, which comes from another place, or what was so before one came."""
        ...

    def parent(self, current: Span | None) -> Span | None:
        """Returns what a new span attaches to: the other tracer's span where that is inside of ``current``."""
        ...

    def parent_of_trace(self, current: Span | None, outside: Span | None) -> Span | None:
        """Returns what a new trace attaches to: the other tracer's span, unless that is a part of our trace.

        Without one it is ``outside``: what is current, where that is somebody else's.
        """
        ...


bridge: Bridge | None = None
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
    if bridge is not None:
        bridge.moved(place.span)
    return before


@contextmanager
def nothing_current() -> Iterator[None]:
    """Hides the current span and session from what runs inside."""
    before = _span.get(), session.get()
    _span.set(None)
    session.set(None)
    try:
        yield
    finally:
        _span.set(before[0])
        session.set(before[1])


def current_span() -> Span | None:
    """Returns the span that children attach to.

    It may have ended already: what a background task does after its trace's end still belongs to that trace.
    """
    span = _span.get()
    return span if bridge is None else bridge.parent(span)


def innermost() -> Span | None:
    """Returns our own span that is current, whatever another tracer has put inside it."""
    return _span.get()


def parent_of_trace() -> Span | None:
    """Returns what a new trace attaches to: a span outside of all that we record; None where the trace stands alone."""
    span = _span.get()
    outside = span if span is not None and span._is_outside else None  # noqa: SLF001
    return outside if bridge is None else bridge.parent_of_trace(span, outside)


def enter(span: Span) -> None:
    """Makes ``span`` the current one."""
    outer = _span.get()
    if outer is span:
        return
    if outer is not None:
        _outer[span] = weakref.ref(outer)
    _span.set(span)
    if bridge is not None:
        bridge.entered(span)


def leave(span: Span) -> None:
    """Where ``span`` is current, makes current again what was so before it and has not ended meanwhile."""
    if _span.get() is not span:
        return
    outer = _before(span)
    while outer is not None and outer.has_ended:
        outer = _before(outer)
    _span.set(outer)
    if bridge is not None:
        bridge.left(span, outer)


def _before(span: Span) -> Span | None:
    reference = _outer.get(span)
    return None if reference is None else reference()
