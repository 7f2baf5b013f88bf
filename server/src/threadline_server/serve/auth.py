"""Who a request comes from, and whether they may: by ``Authorization: Bearer pk_...``, else by the dashboard's cookie.

Other SDKs have other places for a key: either part of HTTP Basic (Langfuse), the header ``x-api-key`` (LangSmith).
"""

from __future__ import annotations

import base64
from collections.abc import Awaitable, Callable, Iterable
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Request, Security
from fastapi.security import APIKeyCookie, HTTPBearer

from threadline_server.errors import Forbidden, Unauthenticated
from threadline_server.identity import Identity, Principal
from threadline_server.identity.registry import REMEMBERED_S
from threadline_server.serve.access import Need

COOKIE = "threadline_session"
PRINCIPAL = "threadline.principal"
"""Where in the ASGI scope a request's principal is."""
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
RawHeaders = Iterable[tuple[bytes, bytes]]

_WANTED = frozenset({b"authorization", b"x-api-key", b"cookie", b"host", b"origin", b"sec-fetch-site"})
_DEFAULT_PORTS = {"http": ":80", "https": ":443"}


def principal_of(
    identity: Identity, headers: RawHeaders, *, method: str = "POST", within_s: float = REMEMBERED_S
) -> Principal:
    """Who sends these ASGI headers. Raises Unauthenticated, and Forbidden for what another site's page made a browser send.

    What was known ``within_s`` still counts.
    A key in the Authorization header decides alone: a wrong one is not made good by a cookie.
    """
    given: dict[bytes, str] = {}
    for name, value in headers:
        if name in _WANTED:
            joint = "; " if name == b"cookie" else ", "
            text = value.decode("latin-1")
            given[name] = f"{given[name]}{joint}{text}" if name in given else text

    authorization = given.get(b"authorization")
    if authorization is not None:
        if authorization.lower().startswith("basic") and method not in SAFE_METHODS:
            _refuse_other_sites(given, must_be_told=False)  # a browser may send it by itself
        return principal_of_authorization(identity, authorization, within_s=within_s)
    if b"x-api-key" in given:
        return principal_of_authorization(identity, f"Bearer {given[b'x-api-key']}", within_s=within_s)
    token = _cookie(given.get(b"cookie", ""))
    principal = identity.authenticate_web_session(token, within_s=within_s) if token else None
    if principal is None and identity.anonymous is None:
        raise Unauthenticated("cannot tell who is asking: no API key", hint="Send Authorization: Bearer pk_...")
    if method not in SAFE_METHODS:
        _refuse_other_sites(given, must_be_told=principal is not None)
    return principal or identity.anonymous  # type: ignore[return-value]  # one of them is there: see above


def key_in(headers: RawHeaders) -> bytes | None:
    """The key that these headers give, as it is written there; None where they give none."""
    given = [value for name, value in headers if name in {b"authorization", b"x-api-key"}]
    return b"\n".join(given) if given else None


def principal_of_authorization(identity: Identity, authorization: str, *, within_s: float = REMEMBERED_S) -> Principal:
    """The same for the value of an Authorization header or of gRPC metadata. Raises Unauthenticated."""
    scheme, _, secret = authorization.strip().partition(" ")
    principal = None
    for key in _keys(scheme.lower(), secret.strip()):
        principal = principal or identity.authenticate(key, within_s=within_s)
    if principal is None:
        raise Unauthenticated(
            "cannot accept the API key: it is unknown, expired or revoked",
            hint="Send Authorization: Bearer pk_... with a key of `threadline keys list`.",
        )
    return principal


def _keys(scheme: str, secret: str) -> list[str]:
    if scheme == "bearer":
        return [secret]
    if scheme != "basic":
        return []
    try:
        user, _, password = base64.b64decode(secret, validate=True).decode().partition(":")
    except ValueError:
        return []
    return [part for part in (password, user) if part]


def authorize(identity: Identity, headers: RawHeaders, *, need: Need, method: str = "POST") -> Principal:
    """Who sends these headers, if they may do what needs that. Raises Unauthenticated, Forbidden."""
    return permitted(principal_of(identity, headers, method=method), need)


def permitted(principal: Principal, need: Need) -> Principal:
    """``principal``. Raises Forbidden when it may not do what ``need`` stands for."""
    if need in {"any", "nothing"} or need in principal.scopes or (need == "write" and "admin" in principal.scopes):
        return principal
    scope = "admin" if need == "write" else need
    if principal.account_id is not None:
        raise Forbidden(
            f"cannot do this with this role: it needs the scope {need} and the role has {', '.join(sorted(principal.scopes))}",
            hint="An owner of the project can give another role.",
        )
    raise Forbidden(
        f"cannot do this with this key: it needs the scope {scope} and the key has {', '.join(sorted(principal.scopes))}",
        hint=f"Make a key with it: threadline keys create --scope {scope}",
    )


def refuse_other_sites(headers: RawHeaders) -> None:
    """Raises Forbidden when a browser says that another site's page sends this. For routes that ask for no credentials."""
    _refuse_other_sites({name: value.decode("latin-1") for name, value in headers}, must_be_told=False)


def web_session_of(headers: RawHeaders) -> str | None:
    """The value of the dashboard's cookie."""
    return cookie_of(headers, COOKIE)


def cookie_of(headers: RawHeaders, name: str) -> str | None:
    """The value of the cookie of this name."""
    return _cookie("; ".join(value.decode("latin-1") for key, value in headers if key == b"cookie"), name)


def _refuse_other_sites(given: dict[bytes, str], *, must_be_told: bool) -> None:
    """Every browser says where an unsafe request comes from, so with a cookie silence is refused too."""
    site, origin = given.get(b"sec-fetch-site"), given.get(b"origin")
    if site is None and origin is None:
        is_ours = not must_be_told
    else:
        is_ours = site in {None, "same-origin"} and (origin is None or _is_origin(origin, given.get(b"host", "")))
    if not is_ours:
        raise Forbidden(
            "cannot do this from another web page: only the dashboard's own pages may act with its cookie",
            hint="From a program, send Authorization: Bearer pk_... instead of the cookie.",
        )


def _is_origin(origin: str, host: str) -> bool:
    try:
        parts = urlsplit(origin.lower())
    except ValueError:
        return False
    default = _DEFAULT_PORTS.get(parts.scheme)
    if default is None or not parts.netloc:
        return False
    return parts.netloc.removesuffix(default) == host.lower().removesuffix(default)


def _cookie(header: str, wanted: str = COOKIE) -> str | None:
    # By hand: http.cookies gives up on the whole header when some other program's cookie is malformed.
    for part in header.split(";"):
        name, _, value = part.strip().partition("=")
        if name == wanted and value:
            return value
    return None


# For the OpenAPI document only: the gate reads the headers, the same way on every route.
_bearer = HTTPBearer(auto_error=False, scheme_name="apiKey", description="An API key: pk_...")
_browser = APIKeyCookie(name=COOKIE, auto_error=False, scheme_name="dashboard", description="Set by POST /auth/login.")


def principal_in(request: Request) -> Principal:
    """Whom the gate let in."""
    principal: Principal = request.scope[PRINCIPAL]
    return principal


def let_in(need: Need) -> Callable[..., Awaitable[Principal]]:
    """A FastAPI dependency: whom the gate let in, who may do what needs ``need``. The table of ``access`` says the same."""

    async def principal(
        request: Request, _key: Annotated[object, Security(_bearer)], _session: Annotated[object, Security(_browser)]
    ) -> Principal:
        return principal_in(request)

    principal.need = need  # type: ignore[attr-defined]
    return principal


Anyone = Annotated[Principal, Depends(let_in("any"))]
Sender = Annotated[Principal, Depends(let_in("ingest"))]
Reader = Annotated[Principal, Depends(let_in("read"))]
Editor = Annotated[Principal, Depends(let_in("write"))]
Admin = Annotated[Principal, Depends(let_in("admin"))]
