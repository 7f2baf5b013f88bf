"""A session for each request of a WSGI application: Flask, Django, Pyramid, ....

Example:
    app = Flask(__name__)
    app.wsgi_app = ObservabilityMiddleware(app.wsgi_app)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextvars import copy_context
from typing import TYPE_CHECKING, Any, TypeAlias

from threadline._requests import Rules, entered

if TYPE_CHECKING:
    from contextvars import Context

__all__ = ["ObservabilityMiddleware"]

Environ: TypeAlias = dict[str, Any]
Application: TypeAlias = Callable[[Environ, Any], Iterable[bytes]]


class ObservabilityMiddleware:
    """Puts what an application does for a request into a session.

    It is the caller's, where the request says so (``baggage``, see ``Observability.inject``); else its request id is the
    session id; else it is a new one, ``request-...``. The caller's trace is continued. An application that knows better
    uses ``with obs.session(...)`` inside, which wins.

    An answer that is made while it is sent is made in the session too; the application's exceptions pass through.

    Args:
        app: The application.
        header: The name of the header with the request id; ``x-request-id`` unless given.
        trust_caller: Whether ``traceparent`` and ``baggage`` of the request count. False for a service that strangers can
            reach: they could put traces into sessions of others.
    """

    def __init__(self, app: Application, *, header: str = "x-request-id", trust_caller: bool = True) -> None:
        self.app = app
        self._rules = Rules(header.lower(), trust_caller)

    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        """Runs the application for one request; called by the server."""
        # The server asks for the rest of the answer when this has returned: all of it runs in one context of its own.
        context = copy_context()
        context.run(entered, _headers(environ), self._rules)
        answer = context.run(self.app, environ, start_response)
        file_wrapper = environ.get("wsgi.file_wrapper")
        is_file = isinstance(file_wrapper, type) and isinstance(answer, file_wrapper)
        # Both are complete already; files the server sends faster as they are.
        if is_file or isinstance(answer, list | tuple):
            return answer
        return _Answer(answer, context)


class _Answer:
    """An answer that is made in ``context``."""

    def __init__(self, answer: Iterable[bytes], context: Context) -> None:
        self._answer = answer
        self._context = context
        self._parts: Iterator[bytes] | None = None

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        if self._parts is None:
            self._parts = self._context.run(iter, self._answer)
        return self._context.run(next, self._parts)

    def close(self) -> None:
        """Closes the application's answer; called by the server."""
        close = getattr(self._answer, "close", None)
        if close is not None:
            self._context.run(close)


def _headers(environ: Environ) -> list[tuple[str, str]]:
    return [
        (name[5:].replace("_", "-").lower(), value)
        for name, value in environ.items()
        if name.startswith("HTTP_") and isinstance(value, str)
    ]
