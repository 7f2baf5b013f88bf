"""``with obs.extract(headers):``: what is started inside continues the caller's trace and session."""

from __future__ import annotations

from contextvars import ContextVar
from types import TracebackType
from typing import NamedTuple, Self

from threadline import _context
from threadline._foreign import ForeignSpan
from threadline._propagation import Caller
from threadline._recorder import Recorder
from threadline._session import EnteredSession, Session
from threadline._trace_state import TraceState


class _Entered(NamedTuple):
    extracted: Extracted
    outside: _context.Place
    outer: _Entered | None


_entered: ContextVar[_Entered | None] = ContextVar("threadline_extracted", default=None)


class Extracted:
    """The caller of a request, as a synchronous or asynchronous context manager; made by ``Observability.extract``.

    Attributes:
        trace_id: The caller's trace, which traces inside continue; None where it sent none.
        session_id: The caller's session, which traces inside belong to; None where it sent none.
        user_id: The caller's user; None where it sent none.
    """

    def __init__(self, caller: Caller, recorder: Recorder) -> None:
        self.trace_id = caller.trace_id
        self.session_id = caller.session_id
        self.user_id = caller.user_id
        self._session = None if caller.session_id is None else Session(caller.session_id, caller.user_id, recorder)
        self._span: ForeignSpan | None = None
        if caller.trace_id is not None and caller.span_id is not None:
            state = TraceState(caller.trace_id)
            state.belong(caller.session_id, caller.user_id, recorder.notices)
            self._span = ForeignSpan(caller.span_id, state, is_outside=True)

    def __enter__(self) -> Self:
        outside = _context.place()
        session = outside.session if self._session is None else EnteredSession(self._session, outside.session)
        _entered.set(_Entered(self, outside, _entered.get()))
        _context.go_to(_context.Place(outside.span if self._span is None else self._span, session))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        entered = _entered.get()
        if entered is not None and entered.extracted is self:
            _entered.set(entered.outer)
            _context.go_to(entered.outside)

    async def __aenter__(self) -> Self:
        return self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.__exit__(kind, error, traceback)
