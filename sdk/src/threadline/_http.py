"""One POST to the server: no redirects, no more of the answer than we need."""

from __future__ import annotations

import http.client
import ssl
import time
from typing import NamedTuple
from urllib.parse import urlsplit

from threadline._version import __version__

_TIMEOUT_S = 10.0
_MAX_ANSWER_BYTES = 64 * 1024


class Answer(NamedTuple):
    """What the server said."""

    status: int
    body: bytes
    """Its first 64 KB at most."""
    retry_after: str | None
    """The header as it came."""


class ConnectionFailed(Exception):
    """There was no answer."""


class HttpTransport:
    """Sends gzipped OTLP/JSON to one address with one key.

    A connection serves one request: with a request every second or so nothing is gained by keeping it, and nothing is
    shared with a forked child.
    """

    def __init__(self, endpoint: str, api_key: str) -> None:
        url = urlsplit(endpoint)
        self._host = url.hostname or ""
        self._port = url.port
        # Made once: it reads all certificates of the computer.
        self._tls = ssl.create_default_context() if url.scheme == "https" else None
        self._path = f"{url.path}/v1/traces"
        self._headers = {
            "Authorization": f"Bearer {api_key}",
            "Connection": "close",
            "Content-Encoding": "gzip",
            "Content-Type": "application/json",
            "User-Agent": f"threadline-python/{__version__}",
        }

    def post(self, body: bytes) -> Answer:
        """Sends one request.

        Raises:
            ConnectionFailed: The server could not be reached, or did not answer in time or in HTTP.
        """
        connection = self._connection()
        try:
            connection.request("POST", self._path, body, self._headers)
            response = connection.getresponse()
            return Answer(response.status, _read(response), response.headers.get("Retry-After"))
        except (OSError, http.client.HTTPException, UnicodeError) as error:
            raise ConnectionFailed(f"{type(error).__name__}: {error}") from error
        finally:
            connection.close()

    def _connection(self) -> http.client.HTTPConnection:
        if self._tls is None:
            return http.client.HTTPConnection(self._host, self._port, timeout=_TIMEOUT_S)
        return http.client.HTTPSConnection(self._host, self._port, timeout=_TIMEOUT_S, context=self._tls)


def _read(response: http.client.HTTPResponse) -> bytes:
    """Reads up to the limit of bytes and of time; the status stands even if the rest is lost."""
    deadline = time.monotonic() + _TIMEOUT_S
    body = b""
    try:
        while len(body) < _MAX_ANSWER_BYTES and time.monotonic() < deadline:
            part = response.read1(_MAX_ANSWER_BYTES - len(body))
            if not part:
                break
            body += part
    except (OSError, http.client.HTTPException):
        pass
    return body
