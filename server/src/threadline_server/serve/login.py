"""Signing in to the dashboard: a key or the one-time link is exchanged for a cookie that no script can read.

The routes need ``app.state.identity`` and ``app.state.settings``.
"""

from __future__ import annotations

from typing import Self

from fastapi import APIRouter, FastAPI, Request, Response
from pydantic import Field, model_validator

from threadline_server.errors import Unauthenticated
from threadline_server.identity import Identity, Principal
from threadline_server.identity.secret_text import MAX_SECRET_LENGTH
from threadline_server.serve.auth import COOKIE, Anyone, permitted, refuse_other_sites, web_session_of
from threadline_server.serve.login_limit import LoginLimit
from threadline_server.serve.wire import Answer, Body
from threadline_server.settings import Settings

COOKIE_LIFETIME_S = 30 * 24 * 3600


class Login(Body):
    """Either of the two."""

    api_key: str | None = Field(None, max_length=MAX_SECRET_LENGTH, description="An API key with the scope read.")
    token: str | None = Field(None, max_length=MAX_SECRET_LENGTH, description="The token of a one-time login link.")

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if (self.api_key is None) == (self.token is None):
            raise ValueError("give either apiKey or token")
        return self


class ProjectName(Answer):
    id: int
    name: str


class Me(Answer):
    project: ProjectName
    scopes: list[str]


router = APIRouter(prefix="/auth", tags=["auth"])


@router.post("/login", status_code=204, response_class=Response)
def login(request: Request, body: Login) -> Response:
    """Sign this browser in. 401: the key or token is wrong; 403: the key may not read; 429: too many wrong ones."""
    refuse_other_sites(request.scope["headers"])
    limit, address = _limit(request.app), request.client.host if request.client else ""
    limit.check(address)
    identity: Identity = request.app.state.identity
    principal = _who(identity, body)
    if principal is None:
        limit.note_bad(address)
        raise Unauthenticated(
            "cannot sign in: the key or link is wrong, used up or revoked",
            hint="A link works once and for an hour; `threadline serve` prints a new one.",
        )
    return _with_cookie(request, identity.start_web_session(permitted(principal, "read")), COOKIE_LIFETIME_S)


@router.post("/logout", status_code=204, response_class=Response)
def logout(request: Request) -> Response:
    """Sign this browser out; whoever has a copy of its cookie too."""
    refuse_other_sites(request.scope["headers"])
    token = web_session_of(request.scope["headers"])
    if token:
        request.app.state.identity.end_web_session(token)
    return _with_cookie(request, "", 0)


@router.get("/me")
def me(who: Anyone) -> Me:
    """The project that the request's key or cookie belongs to, and what it may do there."""
    return Me(project=ProjectName(id=who.project_id, name=who.project_name), scopes=sorted(who.scopes))


def _with_cookie(request: Request, value: str, lifetime_s: int) -> Response:
    settings: Settings = request.app.state.settings
    is_https = request.url.scheme == "https" or (settings.public_url or "").startswith("https://")
    response = Response(status_code=204, headers={"cache-control": "no-store"})
    response.set_cookie(COOKIE, value, lifetime_s, path="/", secure=is_https, httponly=True, samesite="strict")
    return response


def _limit(app: FastAPI) -> LoginLimit:
    """The application's own: ``app.state.login_limit`` where a test has set one."""
    if not hasattr(app.state, "login_limit"):
        app.state.login_limit = LoginLimit()
    limit: LoginLimit = app.state.login_limit
    return limit


def _who(identity: Identity, body: Login) -> Principal | None:
    if body.api_key is not None:
        return identity.authenticate(body.api_key.strip())
    return identity.redeem_login_token(body.token or "")
