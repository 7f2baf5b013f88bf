"""A running server as commands call it: at its URL, with a key; on its own machine both are in ``credentials.json``."""

from __future__ import annotations

import gzip
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from threadline_server.credentials import Credentials, read_credentials
from threadline_server.errors import BadRequest, NotFound, ThreadlineError, Unavailable
from threadline_server.settings import is_loopback

if TYPE_CHECKING:
    import httpx

TIMEOUT_S = 60.0
TRIES = 5
SERVICE_UNAVAILABLE = 503


@dataclass(frozen=True)
class Remote:
    """Where to call, and the key to call with."""

    url: str
    api_key: str = field(repr=False)

    def call(
        self,
        method: str,
        path: str,
        *,
        body: Mapping[str, Any] | None = None,
        parameters: Mapping[str, str] | None = None,
    ) -> Any:
        """The answer's JSON; None where there is none. Raises what the server answers, and Unavailable where nothing does."""
        with self._client() as client:
            answer = client.request(method, path, json=body, params=parameters)
        if answer.is_success:
            return answer.json() if answer.content else None
        raise _told(answer.status_code, answer.content)

    def send(self, path: str, body: bytes) -> Any:
        """Post JSON lines, compressed; again while the server asks for patience. The answer's JSON. Raises as ``call`` does."""
        headers = {"content-type": "application/x-ndjson", "content-encoding": "gzip"}
        packed = gzip.compress(body, 1)
        with self._client() as client:
            answer = client.post(path, content=packed, headers=headers)
            for _ in range(TRIES):
                if answer.status_code != SERVICE_UNAVAILABLE:
                    break
                time.sleep(min(float(answer.headers.get("retry-after", "1")), 10.0))
                answer = client.post(path, content=packed, headers=headers)
        if answer.is_success:
            return answer.json()
        raise _told(answer.status_code, answer.content)

    def download(self, path: str, parameters: Sequence[tuple[str, str]]) -> Iterator[bytes]:
        """A file in pieces. Raises as ``call`` does, and Unavailable where it breaks off before its end."""
        with self._client() as client, client.stream("GET", path, params=list(parameters)) as answer:
            if not answer.is_success:
                raise _told(answer.status_code, answer.read())
            yield from answer.iter_bytes()

    @contextmanager
    def _client(self) -> Iterator[httpx.Client]:
        import httpx

        # No proxy to an address on this machine.
        trust = not is_loopback(urlsplit(self.url).hostname or "")
        headers = {"authorization": f"Bearer {self.api_key}"}
        try:
            with httpx.Client(base_url=self.url, headers=headers, timeout=TIMEOUT_S, trust_env=trust) as client:
                yield client
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise Unavailable(
                f"cannot call the server at {self.url}: {str(error) or type(error).__name__}",
                hint="Start it with threadline serve, or give its address with --url.",
            ) from error

    def project(self) -> str:
        """The name of the project that the key belongs to."""
        return str(self.call("GET", "/auth/me")["project"]["name"])


def remote(*, url: str | None, key: str | None, data_dir: Path) -> Remote:
    """The server at ``url`` with ``key``; what is not given is that of ``data_dir``. Its key goes to its own server only.

    Raises BadRequest.
    """
    known = read_credentials(data_dir)
    address = (url or (known.endpoint if known else "")).rstrip("/")
    if not address:
        raise NotFound(
            f"cannot tell which server to call: there is no credentials.json in {data_dir}",
            hint="Give --url and --key, or the --data-dir of a server on this machine.",
        )
    if not address.startswith(("http://", "https://")):
        raise BadRequest(f"cannot call {address!a}: it does not start with http:// or https://")
    secret = key or _own_key(known, address)
    if secret is None:
        raise NotFound(
            f"cannot call {address}: there is no key for it", hint="Give one with --key (THREADLINE_API_KEY)."
        )
    return Remote(address, secret)


def _own_key(known: Credentials | None, address: str) -> str | None:
    return known.api_key if known and known.endpoint.rstrip("/") == address else None


def _told(status: int, content: bytes) -> ThreadlineError:
    """The server's own words for what went wrong."""
    try:
        error = json.loads(content)["error"]
        told, hint = str(error["message"]), error["hint"]
    except (ValueError, KeyError, TypeError):
        return ThreadlineError(
            f"cannot use what the server answered: HTTP status {status}, and no word of Threadline's"
        )
    return ThreadlineError(told, hint=str(hint) if hint else None)
