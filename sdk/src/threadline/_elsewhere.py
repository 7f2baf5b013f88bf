"""What is current here, elsewhere: in threads and executors, and over HTTP in other processes."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from threadline import _context, _propagation
from threadline._extracted import Extracted
from threadline._functions import bound
from threadline._propagation import Caller, Headers
from threadline._session import current_session

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from threadline._recorder import Recorder

P = ParamSpec("P")
R = TypeVar("R")


class Elsewhere:
    """The part of ``Observability`` that takes a trace and its session elsewhere."""

    _recorder: Recorder

    def bind(self, function: Callable[P, R]) -> Callable[P, R]:
        """Returns ``function`` bound to what is current now: it runs in this session, under this span, in any thread or task.

        Threads do not inherit what is current; tasks of asyncio and ``asyncio.to_thread`` do. So
        ``threading.Thread(target=obs.bind(work))``, ``loop.run_in_executor(None, obs.bind(work))``.

        Args:
            function: A function, coroutine function or generator function. It may be called any number of times, also at
                the same time.
        """
        return bound(function, _context.place())

    def bind_executor(self, executor: Executor) -> Executor:
        """Returns an executor whose jobs run in the session and under the span that is current when they are submitted.

        Args:
            executor: A ``ThreadPoolExecutor`` or another executor of threads. (Other processes do not share what is
                current: give them ``inject``'s headers.)
        """
        from threadline._executors import BoundExecutor

        return BoundExecutor(executor)

    def inject(self, headers: MutableMapping[str, str] | None = None) -> MutableMapping[str, str]:
        """Tells another service of ours, or a worker, which trace and session this is.

        It adds ``traceparent`` and ``baggage`` (W3C) with session id and user id. So do not do this with requests to others
        than your own services.

        Args:
            headers: The headers of a request, which are added to; new ones unless given. Baggage that is there stays.

        Returns:
            The headers.
        """
        told: MutableMapping[str, str] = {} if headers is None else headers
        with self._recorder.guard:
            span, session = _context.current_span(), current_session()
            caller = Caller()
            if span is not None:
                caller = Caller(span.trace_id, span.id, span.session_id, span.user_id)
            if session is not None and caller.session_id is None:
                caller = caller._replace(session_id=session.id, user_id=caller.user_id or session.user_id)
            _propagation.tell(told, caller)
        return told

    def extract(self, headers: Headers) -> Extracted:
        """Continues the trace and session of a caller: what is started inside ``with`` or ``async with`` belongs to them.

        Whoever can send you requests can choose these headers, and so which session your traces are in. Nothing else
        follows from them: no endpoint, key or sampling; and not more than 64 members or 8 KB of baggage are read.

        Args:
            headers: Of the request: a mapping, or pairs of name and value, as text or bytes. Names in any case.
        """
        caller = Caller()
        with self._recorder.guard:
            caller = _propagation.caller(headers)
        return Extracted(caller, self._recorder)
