"""The gate in front of every route: it looks the route up in the table of ``access`` and lets in whom the table says.

It stands at the route and not at the path, so however an address is spelled, what it leads to decides.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Callable
from http import HTTPStatus
from typing import Final, TypeAlias, TypeVar

from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from threadline_server.errors import ThreadlineError, Unauthenticated
from threadline_server.identity import Principal
from threadline_server.serve.access import TABLE, Rule, Rules
from threadline_server.serve.auth import PRINCIPAL, key_in, permitted, principal_of
from threadline_server.serve.bad_keys import BadKeys
from threadline_server.serve.noting import noting
from threadline_server.serve.sharing import privately, reader_of, share_named

Refusal: TypeAlias = Callable[[Request, ThreadlineError], Response]
"""How a route says no, where it has words of its own."""

Noter: TypeAlias = Callable[[str, str, int, float], None]
"""Is told each answer: method, the route's pattern, status, seconds."""


def unnoted(_method: str, _route: str, _status: int, _seconds: float) -> None:
    """For whom it is enough that the request was answered."""


Endpoint = TypeVar("Endpoint")

_REFUSAL: Final = "refusal"


def refusing_with(endpoint: Endpoint, refusal: Refusal) -> Endpoint:
    """``endpoint``, for whose route the gate refuses in the words of ``refusal``."""
    setattr(endpoint, _REFUSAL, refusal)
    return endpoint


def install(app: FastAPI, note: Noter = unnoted) -> None:
    """Put a gate in front of every route of ``app``, which tells ``note`` of each answer; to be called when it has all of them.

    Raises LookupError for a route that the table does not have, or that says something else.
    """
    app.state.bad_keys = BadKeys()
    app.router.routes[:] = [_gated(route, note) for route in app.router.routes]


def _gated(route: BaseRoute, note: Noter = unnoted) -> BaseRoute:
    path = getattr(route, "path", None)
    rules = TABLE.get(path) if path else None
    if rules is None or not isinstance(route, (Route, Mount)):
        raise LookupError(f"BUG: serve/access.py has no row for {path or route!r}: say there who may use it")
    if isinstance(route, Route) and (missing := _methods(route) - rules.keys()):
        raise LookupError(f"BUG: serve/access.py does not say who may {', '.join(sorted(missing))} {path}")
    if isinstance(route, APIRoute):
        _check_agreement(route, rules)
    # The modules' own routes stay as they are: there may be several applications in a process.
    gated = copy.copy(route)
    gated.app = Gate(route.app, str(path), rules, note, getattr(route, "endpoint", None))
    return gated


def _methods(route: Route) -> set[str]:
    return {"GET" if method == "HEAD" else method for method in route.methods or ()}


def _check_agreement(route: APIRoute, rules: Rules) -> None:
    """The scope that an endpoint asks its principal for is for its reader; the table decides. They must not differ."""
    if any(
        rule.is_shared and (method != "GET" or "{session_id:id}" not in route.path) for method, rule in rules.items()
    ):
        raise LookupError(f"BUG: a link to a session cannot open {route.path}: it is not of one session")
    asked = {need for each in route.dependant.dependencies if (need := getattr(each.call, "need", None))}
    told = {rules[method].need for method in _methods(route)}
    if asked != told - {"nothing"}:
        raise LookupError(f"BUG: {route.path} asks for {asked or 'nothing'}, serve/access.py says {told}")


class Gate:
    """ASGI: lets a request pass to its route, with ``scope[PRINCIPAL]`` where the table asks for one; and counts it by the route's
    pattern."""

    def __init__(self, app: ASGIApp, path: str, rules: Rules, note: Noter, endpoint: object) -> None:
        self.app = app
        self._path = path
        self._rules = rules
        self._note = note
        self._refusal: Refusal | None = getattr(endpoint, _REFUSAL, None)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise RuntimeError(f"BUG: the table of access knows no {scope['type']}")
        began = time.monotonic()
        status = HTTPStatus.INTERNAL_SERVER_ERROR.value

        async def seeing(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._pass(scope, receive, seeing)
        except ThreadlineError as error:
            status = error.status
            raise
        except HTTPException as error:
            status = error.status_code
            raise
        finally:
            self._note(scope["method"], self._path, status, time.monotonic() - began)

    async def _pass(self, scope: Scope, receive: Receive, send: Send) -> None:
        rule = self._rules.get("GET" if scope["method"] == "HEAD" else scope["method"])
        if rule is None:
            raise HTTPException(HTTPStatus.METHOD_NOT_ALLOWED)
        if rule.need != "nothing":
            share_id = share_named(scope["headers"])
            try:
                scope[PRINCIPAL] = self._let_in(rule, scope) if share_id is None else _by_share(rule, scope, share_id)
            except ThreadlineError as error:
                if self._refusal is None:
                    raise
                await self._refusal(Request(scope), error)(scope, receive, send)
                return
            if share_id is not None:
                send = privately(send)
        if rule.action is not None:
            send = noting(scope, receive, send, rule.action, address_of(scope))
        await self.app(scope, receive, send)

    def _let_in(self, rule: Rule, scope: Scope) -> Principal:
        state, headers = scope["app"].state, scope["headers"]

        def authenticate() -> Principal:
            return principal_of(state.identity, headers, method=scope["method"])

        key = key_in(headers)
        # A cookie is chance alone, and browsers go on sending one that is over.
        who = authenticate() if key is None else state.bad_keys.watch(address_of(scope), key, authenticate)
        return permitted(who, rule.need)


def _by_share(rule: Rule, scope: Scope, share_id: str) -> Principal:
    """Who says that they read by a share does only that, whatever else they may."""
    if not rule.is_shared:
        raise Unauthenticated("cannot do this with a link: it opens one session, to be read")
    return reader_of(scope["app"].state.identity, scope, share_id)


def address_of(scope: Scope) -> str:
    """Who is at the other end of the connection; what headers say of it is not looked at."""
    client = scope.get("client")
    return client[0] if client else ""
