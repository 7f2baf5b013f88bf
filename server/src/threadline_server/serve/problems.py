"""Whatever goes wrong, as the one error object of the API: {"error": {"code", "message", "hint"}}.

No answer holds a stack, a path or SQL, or of what the caller sent more than a short piece.
"""

from __future__ import annotations

import json
import logging
import secrets
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import get_args

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.routing import Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from threadline_server.errors import (
    BadFilter,
    BadRequest,
    ThreadlineError,
    TooManyRequests,
    TooSlow,
    Unauthenticated,
    Unavailable,
)

MAX_NAMED_FIELDS = 3

logger = logging.getLogger(__name__)


def problem(
    status: int,
    code: str,
    message: str,
    hint: str | None = None,
    *,
    headers: Mapping[str, str] | None = None,
    position: int | None = None,
) -> Response:
    """The error object as an answer; ``position`` is told where there is one."""
    place = {} if position is None else {"position": position}
    body = json.dumps({"error": {"code": code, "message": message, "hint": hint, **place}}, ensure_ascii=True)
    everywhere = {"cache-control": "no-store", "x-content-type-options": "nosniff"}
    return Response(body, status, everywhere | dict(headers or {}), media_type="application/json")


def problem_of(error: ThreadlineError) -> Response:
    """The answer to a request that ended in ``error``; a raw ASGI route sends it with ``await response(scope, ...)``."""
    position = error.position if isinstance(error, BadFilter) else None
    return problem(error.status, error.code, error.message, error.hint, headers=headers_of(error), position=position)


def headers_of(error: ThreadlineError) -> dict[str, str]:
    """What an answer about ``error`` tells in its headers, whatever its body is written in."""
    headers: dict[str, str] = {}
    if isinstance(error, Unauthenticated):
        headers["www-authenticate"] = "Bearer"
    if isinstance(error, TooSlow):
        headers["connection"] = "close"
    if isinstance(error, (TooManyRequests, Unavailable)):
        headers["retry-after"] = str(error.retry_after_s)
    return headers


def unexpected(error: Exception, *, method: str, path: str) -> Response:
    """The answer to a request that failed for a reason of ours; the log has the reason under the same id."""
    failure = logged(error, method=method, path=path)
    return problem(500, failure.code, failure.message, failure.hint)


def logged(error: Exception, *, method: str, path: str) -> ThreadlineError:
    """What a caller may know of a failure for a reason of ours, which is written to the log."""
    incident = secrets.token_hex(6)
    logger.error("BUG: %s %s failed (id %s)", method, ascii(path), incident, exc_info=error)
    return ThreadlineError(
        "cannot answer this request: something failed on the server's side",
        hint=f"The server's log says more under the id {incident}.",
    )


def install(app: FastAPI) -> None:
    """Make ``app`` answer every failure with the error object. Call it before other middleware is added."""
    app.add_exception_handler(ThreadlineError, _threadline_error)
    app.add_exception_handler(RequestValidationError, _validation_error)
    app.add_exception_handler(HTTPException, _http_exception)
    app.add_middleware(UnexpectedErrors)


class UnexpectedErrors:
    """ASGI middleware for what no handler knows. Starlette's own would print it a second time and hide our id."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        has_started = False

        async def watching_send(message: Message) -> None:
            nonlocal has_started
            has_started = True
            await send(message)

        try:
            await self.app(scope, receive, watching_send)
        except ClientDisconnect:
            return  # nobody is there to be told
        except Exception as error:
            if has_started:
                raise  # Too late for an answer: the connection has to break so that the caller notices.
            if isinstance(error, ThreadlineError):
                response = problem_of(error)
            else:
                response = unexpected(error, method=scope["method"], path=scope["path"])
            await response(scope, receive, send)


async def _threadline_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, ThreadlineError)  # noqa: S101 (the handler is registered for it)
    if error.status >= HTTPStatus.INTERNAL_SERVER_ERROR and not isinstance(error, Unavailable):
        return unexpected(error, method=request.method, path=request.url.path)
    return problem_of(error)


async def _validation_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101
    faults = error.errors()[:MAX_NAMED_FIELDS]
    told = "; ".join(f"{_place(fault['loc'])}: {fault['msg']}" for fault in faults)
    valid = next((names for fault in faults if (names := _valid_fields(request, fault["loc"]))), [])
    hint = f"Valid fields: {', '.join(valid)}." if valid else None
    return problem_of(BadRequest(f"cannot read the request: {told}", hint=hint))


def _valid_fields(request: Request, location: Sequence[object]) -> list[str]:
    """The names that the object in the body has, of which one is wrong; empty for what is no field of a known object."""
    body = getattr(request.scope.get("route"), "body_field", None)
    if body is None or location[0] != "body":
        return []
    model = _model_in(body.field_info.annotation)
    for step in location[1:-1]:
        fields = model.model_fields if model else {}
        model = next(
            (_model_in(field.annotation) for name, field in fields.items() if step in (name, field.alias)), None
        )
    return [field.alias or name for name, field in model.model_fields.items()] if model else []


def _model_in(annotation: object) -> type[BaseModel] | None:
    """The object that an annotation such as ``Webhook | None`` speaks of."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((model for part in get_args(annotation) if (model := _model_in(part))), None)


def _place(location: Sequence[object]) -> str:
    kind, *names = location
    return f"{kind} {'.'.join(str(name) for name in names)}" if names else str(kind)


_OWN_WORDS = {
    404: ("not_found", "cannot find what this address names", "GET /openapi.json lists the routes."),
    405: ("method_not_allowed", "cannot use this method here", "The Allow header names those that work."),
}


async def _http_exception(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101
    headers = error.headers
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        headers = {"allow": ", ".join(_methods(request))}
    phrase = HTTPStatus(error.status_code).phrase
    code, message, hint = _OWN_WORDS.get(
        error.status_code, (phrase.lower().replace(" ", "_"), f"cannot answer this request: {phrase}", None)
    )
    return problem(error.status_code, code, message, hint, headers=headers)


def _methods(request: Request) -> list[str]:
    """What works at this address, where each method may have a route of its own."""
    candidates = ("DELETE", "GET", "HEAD", "PATCH", "POST", "PUT")
    routes = request.app.routes
    return [
        method
        for method in candidates
        if any(route.matches({**request.scope, "method": method})[0] is Match.FULL for route in routes)
    ]
