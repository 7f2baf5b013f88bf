"""Signing in to the dashboard: a key, the one-time link or an account's password is exchanged for a cookie.

The routes need ``app.state.identity`` and ``app.state.settings``.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Self

from fastapi import FastAPI, Request, Response
from pydantic import Field, model_validator

from threadline_server.errors import Unauthenticated
from threadline_server.identity import Identity, Principal, passwords
from threadline_server.identity.secret_text import MAX_SECRET_LENGTH
from threadline_server.serve.auth import COOKIE, PRINCIPAL, Anyone, permitted, refuse_other_sites, web_session_of
from threadline_server.serve.described import router_of
from threadline_server.serve.login_limit import LoginLimit
from threadline_server.serve.wire import Answer, Body
from threadline_server.settings import Settings

COOKIE_LIFETIME_S = 30 * 24 * 3600


class Login(Body):
    """One of the three: a key, a link, or an e-mail address and its password."""

    api_key: str | None = Field(None, max_length=MAX_SECRET_LENGTH, description="An API key with the scope read.")
    token: str | None = Field(None, max_length=MAX_SECRET_LENGTH, description="The token of a one-time login link.")

    email: str | None = Field(None, max_length=254)
    password: str | None = Field(None, max_length=passwords.LONGEST)
    project: str | None = Field(
        None, max_length=63, description="Which of the account's projects; the first unless given."
    )

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        ways = (self.api_key, self.token, self.email)
        if sum(way is not None for way in ways) != 1 or (self.email is None) != (self.password is None):
            raise ValueError("give either apiKey or token, or email and password")
        if self.project is not None and self.email is None:
            raise ValueError("a key and a link have one project: leave out project")
        return self


class ProjectName(Answer):
    id: int
    name: str


class Person(Answer):
    id: int
    email: str
    name: str
    role: str = Field(description="owner, member or viewer: in this project.")
    has_password: bool = Field(description="Else the account signs in with OpenID Connect only.")
    projects: list[str] = Field(description="Names of those that the account may get into.")


class Me(Answer):
    project: ProjectName
    scopes: list[str]
    account: Person | None = Field(description="Who signed in, where it was not with a key or link.")


router = router_of("auth", prefix="/auth")


@router.post("/login", status_code=204, response_class=Response)
def login(request: Request, body: Login) -> Response:
    """Sign this browser in. 401: what it shows is wrong; 403: the key may not read; 429: too many wrong ones."""
    with guessing(request):
        return signed_in(request, _who(request.app.state.identity, body))


@router.post("/logout", status_code=204, response_class=Response)
def logout(request: Request) -> Response:
    """Sign this browser out; whoever has a copy of its cookie too."""
    refuse_other_sites(request.scope["headers"])
    token = web_session_of(request.scope["headers"])
    if token:
        request.app.state.identity.end_web_session(token)
    return _with_cookie(request, "", 0)


@router.get("/me")
def me(request: Request, who: Anyone) -> Me:
    """The project that the request's key or cookie belongs to, what it may do there, and whose it is."""
    identity: Identity = request.app.state.identity
    profile = None if who.account_id is None else identity.accounts.profile(who.account_id)
    account = None
    if profile:
        account = Person(
            id=profile.id,
            email=profile.email,
            name=profile.name,
            role=profile.projects.get(who.project_name, ""),
            has_password=profile.has_password,
            projects=list(profile.projects),
        )
    return Me(project=ProjectName(id=who.project_id, name=who.project_name), scopes=sorted(who.scopes), account=account)


@contextmanager
def guessing(request: Request) -> Iterator[None]:
    """Around what takes a secret without a credential: no other site's page may send it, and no address may try for long."""
    refuse_other_sites(request.scope["headers"])
    limit, address = _limit(request.app), request.client.host if request.client else ""
    limit.check(address)
    try:
        yield
    except Unauthenticated:
        limit.note_bad(address)
        raise


def signed_in(request: Request, who: Principal) -> Response:
    """The answer that makes the browser's further requests those of ``who``. Raises Forbidden for who may not read."""
    identity: Identity = request.app.state.identity
    request.scope[PRINCIPAL] = who  # for the audit log
    return _with_cookie(request, identity.start_web_session(permitted(who, "read")), COOKIE_LIFETIME_S)


def _with_cookie(request: Request, value: str, lifetime_s: int) -> Response:
    response = Response(status_code=204, headers={"cache-control": "no-store"})
    response.set_cookie(COOKIE, value, lifetime_s, path="/", secure=is_https(request), httponly=True, samesite="strict")
    return response


def is_https(request: Request) -> bool:
    """Whether the browser reaches us over https."""
    settings: Settings = request.app.state.settings
    return request.url.scheme == "https" or (settings.public_url or "").startswith("https://")


def _limit(app: FastAPI) -> LoginLimit:
    """The application's own: ``app.state.login_limit`` where a test has set one."""
    if not hasattr(app.state, "login_limit"):
        app.state.login_limit = LoginLimit()
    limit: LoginLimit = app.state.login_limit
    return limit


def _who(identity: Identity, body: Login) -> Principal:
    if body.email is not None:
        principal = identity.accounts.sign_in(body.email, body.password or "", body.project)
        if principal is None:
            raise Unauthenticated("cannot sign in: the e-mail address or the password is wrong")
        return principal
    if body.api_key is not None:
        principal = identity.authenticate(body.api_key.strip())
    else:
        principal = identity.redeem_login_token(body.token or "")
    if principal is None:
        raise Unauthenticated(
            "cannot sign in: the key or link is wrong, used up or revoked",
            hint="A link works once and for an hour; `threadline serve` prints a new one.",
        )
    return principal
