"""What is current in this asyncio task or thread: the span that children attach to, and the session.

Tokens of ``ContextVar.reset`` are of no use here: a trace may be ended in another task than it was started in.
Instead it is noted for each span what was current before it, weakly, so that traces nobody ends cannot pile up.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from threadline._session import EnteredSession
    from threadline._spans import Span

session: ContextVar[EnteredSession | None] = ContextVar("threadline_session", default=None)
_span: ContextVar[Span | None] = ContextVar("threadline_span", default=None)
_outer: weakref.WeakKeyDictionary[Span, weakref.ref[Span]] = weakref.WeakKeyDictionary()


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
    return _span.get()


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
