"""Signing in with OpenID Connect: off to the provider, and back with an account that was invited."""

from __future__ import annotations

import hmac
import html
from typing import Final

from fastapi import Request, Response
from pydantic import Field
from starlette.responses import HTMLResponse

from threadline_server.errors import NotFound, ThreadlineError, Unauthenticated
from threadline_server.identity import Identity, Principal
from threadline_server.identity.secret_text import MAX_SECRET_LENGTH
from threadline_server.serve.admin import only_parameters
from threadline_server.serve.described import router_of
from threadline_server.serve.login import guessing, is_https, signed_in
from threadline_server.serve.oidc_client import PENDING_S, Known, OidcClient
from threadline_server.serve.pages import HEADERS
from threadline_server.serve.wire import Answer, Body
from threadline_server.settings import Settings

COOKIE: Final = "threadline_oidc"
CALLBACK: Final = "/auth/oidc/callback"


class Methods(Answer):
    oidc: bool = Field(description="Whether POST /auth/oidc leads to a provider.")


class Departure(Body):
    invitation: str | None = Field(
        default=None, max_length=MAX_SECRET_LENGTH, description="The token of an invitation."
    )
    next: str = Field(default="/", max_length=4096, description="Where in the dashboard to go afterwards.")


class Address(Answer):
    location: str = Field(description="At the provider: where the browser is to go.")


router = router_of("auth", prefix="/auth")


def client_of(settings: Settings) -> OidcClient | None:
    """The provider that the settings name."""
    if settings.oidc_issuer is None or settings.oidc_client_id is None:
        return None
    return OidcClient(
        settings.oidc_issuer, settings.oidc_client_id, settings.oidc_client_secret, f"{settings.endpoint}{CALLBACK}"
    )


@router.get("/methods", dependencies=[only_parameters()])
def methods(request: Request) -> Methods:
    """How one can sign in here, beside keys, links and passwords."""
    return Methods(oidc=request.app.state.oidc is not None)


@router.post("/oidc", dependencies=[only_parameters()])
def depart(request: Request, response: Response, body: Departure) -> Address:
    """Begin to sign in at the provider; this browser, and no other, can end it within ten minutes."""
    with guessing(request):
        state, location = _client(request).begin(body.invitation, body.next)
    # Lax: it has to come along when the provider sends the browser back.
    response.set_cookie(
        COOKIE, state, int(PENDING_S), path="/auth/oidc", secure=is_https(request), httponly=True, samesite="lax"
    )
    response.headers["cache-control"] = "no-store"
    return Address(location=location)


@router.get("/oidc/callback", response_class=HTMLResponse)
def arrive(request: Request, state: str = "", code: str = "") -> Response:
    """Where the provider sends the browser back to."""
    try:
        client = _client(request)
        if not code or not state or not hmac.compare_digest(request.cookies.get(COOKIE, "").encode(), state.encode()):
            raise Unauthenticated(
                "cannot sign in: the provider sent no code, or it is not this browser that asked for it"
            )
        known, pending = client.end(state, code)
        answer = signed_in(request, _who(request.app.state.identity, known, pending.invitation))
    except ThreadlineError as error:
        return _page("/login", error.status, error.message)
    page = _page(_safe(pending.next), 200, "Signed in.")
    page.raw_headers.extend(header for header in answer.raw_headers if header[0] == b"set-cookie")
    page.delete_cookie(COOKIE, path="/auth/oidc")
    return page


def _who(identity: Identity, known: Known, invitation: str | None) -> Principal:
    if invitation:
        return identity.invitations.accept_known(
            invitation, issuer=known.issuer, subject=known.subject, email=known.email, name=known.name
        )
    principal = identity.accounts.sign_in_known(known.issuer, known.subject, known.email)
    if principal is None:
        raise Unauthenticated("cannot sign in: nobody invited this account; ask an owner of the project for a link")
    return principal


def _client(request: Request) -> OidcClient:
    client: OidcClient | None = request.app.state.oidc
    if client is None:
        raise NotFound("cannot sign in with OpenID Connect: this server has no provider")
    return client


def _safe(address: str) -> str:
    """An address of ours: what another page might have put there does not lead to another site."""
    is_ours = address.startswith("/") and not address.startswith(("//", "/\\")) and address.isprintable()
    return address if is_ours else "/"


def _page(address: str, status: int, text: str) -> HTMLResponse:
    """Goes on from our own page: what the provider's page leads to does not get the cookie, which is for our site only."""
    goes_on = html.escape(address, quote=True)
    refresh = f'<meta http-equiv="refresh" content="0;url={goes_on}">' if status < 400 else ""
    content = (
        f'<!doctype html><html lang="en"><title>Threadline</title>{refresh}<p>{html.escape(text)}</p>'
        f'<p><a href="{goes_on}">Go on</a></p></html>'
    )
    return HTMLResponse(content, status, HEADERS | {"cache-control": "no-store"})
