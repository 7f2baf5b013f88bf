"""A small provider of OpenID Connect: signs everybody in at once, as whom the test says, and keeps to the rules or not."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from joserfc import jwt
from joserfc.jwk import KeySet, OctKey, RSAKey

CLIENT_ID = "threadline"
KEY = RSAKey.generate_key(2048, {"kid": "1"})
CLIENT_SECRET = "the provider's secret"


class Provider:
    """``person`` is who is signed in there; ``claims`` and the rest are what a wrong provider says and does."""

    def __init__(self) -> None:
        self.key = KEY
        self.person: dict[str, Any] = {"sub": "ann-at-home", "email": "ann@test.example", "email_verified": True}
        self.claims: dict[str, Any] = {}
        self.document: dict[str, Any] = {}
        self.signed_with: tuple[str, Any] = ("RS256", self.key)
        self.codes: dict[str, dict[str, str]] = {}
        self.refusals: list[str] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.issuer = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def authorize(self, address: str) -> dict[str, str]:
        """What the browser is sent back with from there."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert (asked["response_type"], asked["client_id"], asked["code_challenge_method"]) == (
            "code",
            CLIENT_ID,
            "S256",
        )
        assert {"openid", "email"} <= set(asked["scope"].split())
        code = f"code-{len(self.codes)}"
        self.codes[code] = asked
        return {"code": code, "state": asked["state"]}

    def answer(self, path: str) -> dict[str, Any] | None:
        if path == "/.well-known/openid-configuration":
            own = {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/jwks",
            }
            return own | self.document
        if path == "/jwks":
            return dict(KeySet([self.key]).as_dict(private=False))
        return None

    def exchange(self, body: dict[str, str], authorization: str) -> dict[str, Any] | None:
        """The answer of the token endpoint; None: refused."""
        asked = self.codes.pop(body.get("code", ""), None)
        basic = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        challenge = base64.urlsafe_b64encode(hashlib.sha256(body["code_verifier"].encode()).digest()).rstrip(b"=")
        faults = [
            name
            for name, is_right in (
                ("code", asked is not None),
                ("secret", authorization == f"Basic {basic}"),
                ("redirect", asked is not None and body["redirect_uri"] == asked["redirect_uri"]),
                ("challenge", asked is not None and challenge.decode() == asked["code_challenge"]),
            )
            if not is_right
        ]
        self.refusals += faults
        if asked is None or faults:
            return None
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": CLIENT_ID, "iat": now, "exp": now + 300, "nonce": asked["nonce"]}
        algorithm, key = self.signed_with
        said = {name: value for name, value in (claims | self.person | self.claims).items() if value is not None}
        token = jwt.encode({"alg": algorithm, "kid": "1"}, said, key, algorithms=[algorithm])
        return {"access_token": "x", "token_type": "Bearer", "id_token": token}

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._send(provider.answer(self.path))

            def do_POST(self) -> None:
                sent = self.rfile.read(int(self.headers["content-length"])).decode()
                body = {name: values[0] for name, values in parse_qs(sent).items()}
                self._send(provider.exchange(body, self.headers.get("authorization", "")))

            def _send(self, answer: dict[str, Any] | None) -> None:
                content = json.dumps(answer or {"error": "invalid_grant"}).encode()
                self.send_response(200 if answer is not None else 400)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: object) -> None:
                pass

        return Handler


def symmetric(secret: str) -> tuple[str, Any]:
    """What signs with a secret that others know too."""
    return "HS256", OctKey.import_key(secret.encode())
