"""A running server as commands call it: at its URL, with a key; on its own machine both are in ``credentials.json``."""

from __future__ import annotations

import gzip
import json
import ssl
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
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
SILENCE_S = 30.0
"""A stream says something every ten seconds."""
TRIES = 5
LONGEST_PAUSE_S = 10.0
Pairs = Sequence[tuple[str, str]]


def _connection(url: str) -> dict[str, Any]:
    """No proxy to an address on this machine; certificates that the system trusts, or ``SSL_CERT_FILE`` names."""
    trusted = ssl.create_default_context() if url.startswith("https://") else True
    return {"trust_env": not is_loopback(urlsplit(url).hostname or ""), "verify": trusted}


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
        import httpx

        # No proxy to an address on this machine.
        with httpx.Client(timeout=TIMEOUT_S, **_connection(self.url)) as client:
            try:
                answer = client.request(
                    method,
                    f"{self.url}{path}",
                    headers={"authorization": f"Bearer {self.api_key}"},
                    json=body,
                    params=parameters,
                )
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                raise _unreachable(self.url, error) from error
        if answer.is_success:
            return answer.json() if answer.content else None
        raise _told(answer.status_code, answer.content)

    @contextmanager
    def lines(self, path: str, *, parameters: Pairs, headers: Mapping[str, str]) -> Iterator[Iterator[str]]:
        """The lines of an answer that may not end by itself. Raises as ``call`` does, also while they are read."""
        import httpx

        silence = httpx.Timeout(TIMEOUT_S, read=SILENCE_S)
        with httpx.Client(timeout=silence, **_connection(self.url)) as client:
            sent = {**headers, "authorization": f"Bearer {self.api_key}"}
            try:
                with client.stream("GET", f"{self.url}{path}", headers=sent, params=list(parameters)) as answer:
                    if not answer.is_success:
                        raise _told(answer.status_code, answer.read())
                    yield _lines(answer.iter_bytes())
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                raise _unreachable(self.url, error) from error

    def download(self, path: str, parameters: Pairs) -> Iterator[bytes]:
        """The pieces of a file. Raises as ``call`` does, also where the file breaks off."""
        import httpx

        length = 0
        with self._client() as client:
            try:
                with client.stream("GET", f"{self.url}{path}", params=list(parameters)) as answer:
                    if not answer.is_success:
                        raise _told(answer.status_code, answer.read())
                    for piece in answer.iter_bytes():
                        length += len(piece)
                        yield piece
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                if not length:
                    raise _unreachable(self.url, error) from error
                raise Unavailable(
                    f"cannot read the file to its end: the server broke off after {length} bytes",
                    hint="Try again; the server's log says why.",
                ) from error

    def send(self, path: str, lines: bytes) -> Any:
        """Post JSON lines, compressed, and again while the server asks for patience. The answer's JSON. Raises as ``call`` does."""
        import httpx

        headers = {"content-type": "application/x-ndjson", "content-encoding": "gzip"}
        packed = gzip.compress(lines, 1)
        with self._client() as client:
            tries = 0
            while True:
                tries += 1
                try:
                    answer = client.post(f"{self.url}{path}", content=packed, headers=headers)
                except (httpx.HTTPError, httpx.InvalidURL) as error:
                    raise _unreachable(self.url, error) from error
                if answer.is_success:
                    return answer.json()
                if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE or tries == TRIES:
                    raise _told(answer.status_code, answer.content)
                time.sleep(_pause_s(answer.headers.get("retry-after", "")))

    def _client(self) -> httpx.Client:
        import httpx

        # No proxy to an address on this machine.
        return httpx.Client(
            headers={"authorization": f"Bearer {self.api_key}"},
            timeout=TIMEOUT_S,
            **_connection(self.url),
        )

    def project(self) -> str:
        """The name of the project that the key belongs to."""
        return str(self.call("GET", "/auth/me")["project"]["name"])


def _lines(pieces: Iterable[bytes]) -> Iterator[str]:
    """Lines as a line feed ends them: what else Python takes for an end, such as U+2028, stands in what people wrote."""
    begun: list[bytes] = []
    for piece in pieces:
        first, *rest = piece.split(b"\n")
        begun.append(first)
        for line in rest:
            yield b"".join(begun).decode("utf-8", "replace")
            begun = [line]
    if last := b"".join(begun):
        yield last.decode("utf-8", "replace")


def _unreachable(url: str, error: Exception) -> Unavailable:
    return Unavailable(
        f"cannot call the server at {url}: {str(error) or type(error).__name__}",
        hint="Start it with threadline serve, or give its address with --url.",
    )


def _pause_s(retry_after: str) -> float:
    return min(int(retry_after), LONGEST_PAUSE_S) if retry_after.isdigit() else 1.0


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
