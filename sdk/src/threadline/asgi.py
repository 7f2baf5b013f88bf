"""A session for each request of an ASGI application: FastAPI, Starlette, Quart, Django, ....

Example:
    app = FastAPI()
    app.add_middleware(ObservabilityMiddleware)
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, TypeAlias

from threadline._requests import Rules, entered

__all__ = ["ObservabilityMiddleware"]

Scope: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send: TypeAlias = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]


class ObservabilityMiddleware:
    """Puts what an application does for a request into a session.

    It is the caller's, where the request says so (``baggage``, see ``Observability.inject``); else its request id is the
    session id; else it is a new one, ``request-...``. The caller's trace is continued. An application that knows better
    uses ``with obs.session(...)`` inside, which wins.

    For HTTP requests, streamed answers included, and for WebSockets, each of which is one session; the application's
    exceptions and everything else pass through as they are.

    Args:
        app: The application.
        header: The name of the header with the request id; ``x-request-id`` unless given.
        trust_caller: Whether ``traceparent`` and ``baggage`` of the request count. False for a service that strangers can
            reach: they could put traces into sessions of others.
    """

    def __init__(self, app: Application, *, header: str = "x-request-id", trust_caller: bool = True) -> None:
        self.app = app
        self._rules = Rules(header.lower(), trust_caller)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Runs the application for one connection; called by the server."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        pairs = [(name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in scope["headers"]]
        with entered(pairs, self._rules):
            await self.app(scope, receive, send)
