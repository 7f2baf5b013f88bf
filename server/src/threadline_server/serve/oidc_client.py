"""One provider of OpenID Connect: where it sends people to sign in, and who it says they are.

Authorization code with PKCE (RFC 7636), ``state`` and ``nonce``; the ID token's signature, issuer, audience and times are
checked with the provider's published keys.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode, urlsplit

import msgspec

from threadline_server.errors import Unauthenticated, Unavailable
from threadline_server.settings import is_loopback, is_secure

if TYPE_CHECKING:
    import httpx

ALGORITHMS: Final = ("RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA")
"""Signatures only: with a shared secret or none at all, anybody could be the provider."""
PENDING_S: Final = 600.0
MOST_PENDING: Final = 1_000
REMEMBERED_S: Final = 3_600.0
TIMEOUT_S: Final = 10.0
LEEWAY_S: Final = 60


class Pending(msgspec.Struct, frozen=True):
    """Somebody who is at the provider."""

    nonce: str
    verifier: str
    invitation: str | None
    next: str
    began: float


class Known(msgspec.Struct, frozen=True):
    """Who the provider says it is. ``email`` is empty unless the provider verified it."""

    issuer: str
    subject: str
    email: str
    name: str


class OidcClient:
    """Threadline as a client of the provider. Safe to use from several threads."""

    def __init__(
        self,
        issuer: str,
        client_id: str,
        client_secret: str | None,
        redirect_uri: str,
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._issuer = issuer
        self._client_id = client_id
        self._client_secret = client_secret
        self._redirect_uri = redirect_uri
        self._monotonic = monotonic
        self._pending: OrderedDict[str, Pending] = OrderedDict()
        self._lock = threading.Lock()
        self._document: tuple[float, Mapping[str, Any]] | None = None

    def begin(self, invitation: str | None, next_address: str) -> tuple[str, str]:
        """The ``state`` of a sign-in, and the address to send the browser to. Raises Unavailable."""
        endpoint = self._configuration()["authorization_endpoint"]
        state = secrets.token_urlsafe(32)
        pending = Pending(
            secrets.token_urlsafe(32), secrets.token_urlsafe(64), invitation, next_address, self._monotonic()
        )
        with self._lock:
            self._pending[state] = pending
            while len(self._pending) > MOST_PENDING:
                self._pending.popitem(last=False)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(pending.verifier.encode()).digest()).rstrip(b"=").decode()
        query = {
            "response_type": "code", "client_id": self._client_id, "redirect_uri": self._redirect_uri,
            "scope": "openid email profile", "state": state, "nonce": pending.nonce, "code_challenge": challenge,
            "code_challenge_method": "S256",
        }  # fmt: skip
        return state, f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(query)}"

    def end(self, state: str, code: str) -> tuple[Known, Pending]:
        """Who came back from the provider; a ``state`` works once. Raises Unauthenticated, Unavailable."""
        with self._lock:
            pending = self._pending.pop(state, None)
        if pending is None or self._monotonic() - pending.began > PENDING_S:
            raise Unauthenticated("cannot sign in: this sign-in is not known, used or older than ten minutes")
        return self._known(self._exchanged(code, pending.verifier), pending.nonce), pending

    def _exchanged(self, code: str, verifier: str) -> str:
        """The ID token for a code."""
        body = {
            "grant_type": "authorization_code", "code": code, "redirect_uri": self._redirect_uri,
            "client_id": self._client_id, "code_verifier": verifier,
        }  # fmt: skip
        secret = None if self._client_secret is None else (self._client_id, self._client_secret)
        endpoint = self._configuration()["token_endpoint"]
        answer = self._answer("POST", endpoint, auth=secret, data=body)
        token = _object(answer).get("id_token") if answer.is_success else None
        if not isinstance(token, str):
            raise Unauthenticated("cannot sign in: the provider did not accept its own code")
        return token

    def _known(self, token: str, nonce: str) -> Known:
        from joserfc import jwt
        from joserfc.errors import JoseError
        from joserfc.jwk import KeySet

        configuration = self._configuration()
        checks = jwt.JWTClaimsRegistry(
            leeway=LEEWAY_S,
            iss={"essential": True, "value": configuration["issuer"]},
            aud={"essential": True, "value": self._client_id},
            exp={"essential": True},
            iat={"essential": True},
            sub={"essential": True},
            nonce={"essential": True, "value": nonce},
        )
        try:
            keys = KeySet.import_key_set(self._fetched(configuration["jwks_uri"]))  # type: ignore[arg-type]
            claims = jwt.decode(token, keys, algorithms=ALGORITHMS).claims
            checks.validate(claims)
        except (JoseError, ValueError, KeyError, TypeError) as error:
            raise Unauthenticated("cannot sign in: what the provider says of you cannot be verified") from error
        audience = claims["aud"]
        if isinstance(audience, list) and len(audience) > 1 and claims.get("azp") != self._client_id:
            raise Unauthenticated("cannot sign in: what the provider says of you is meant for another program")
        email = claims.get("email") if claims.get("email_verified") is True else ""
        return Known(
            claims["iss"], claims["sub"], str(email or "").strip().lower(), str(claims.get("name") or "")[:200]
        )

    def _configuration(self) -> Mapping[str, Any]:
        """The provider's description of itself, read once an hour."""
        now, remembered = self._monotonic(), self._document
        if remembered and now - remembered[0] < REMEMBERED_S:
            return remembered[1]
        document = self._fetched(f"{self._issuer}/.well-known/openid-configuration")
        wanted = ("issuer", "authorization_endpoint", "token_endpoint", "jwks_uri")
        is_usable = all(isinstance(document.get(name), str) and is_secure(document[name]) for name in wanted)
        # A document that calls itself by another name would let one provider speak for another.
        if not is_usable or document["issuer"].rstrip("/") != self._issuer:
            raise Unavailable("cannot sign in: the provider's description of itself is not usable")
        self._document = (now, document)
        return document

    def _answer(self, method: str, address: str, **given: Any) -> httpx.Response:
        import httpx  # what few servers need

        # No proxy to a provider on this machine.
        is_near = is_loopback(urlsplit(self._issuer).hostname or "")
        auth = given.pop("auth", None)
        try:
            with httpx.Client(auth=auth, timeout=TIMEOUT_S, trust_env=not is_near) as http:
                return http.request(method, address, headers={"accept": "application/json"}, **given)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise _unreachable() from error

    def _fetched(self, address: str) -> Mapping[str, Any]:
        answer = self._answer("GET", address)
        if not answer.is_success:
            raise _unreachable()
        return _object(answer)


def _object(answer: httpx.Response) -> Mapping[str, Any]:
    try:
        found = answer.json()
    except ValueError:
        found = None
    return found if isinstance(found, dict) else {}


def _unreachable() -> Unavailable:
    return Unavailable("cannot sign in: the provider does not answer", hint="Try again, or sign in with a key.")
