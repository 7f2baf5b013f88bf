"""One POST to the server: no redirects, no more of the answer than we need, and no longer than it may take."""

from __future__ import annotations

import codecs
import http.client
import io
import socket
import ssl
import time
from typing import NamedTuple
from urllib.parse import urlsplit

from threadline._version import __version__

TRACES = "/v1/traces"
LOGS = "/v1/logs"
METRICS = "/v1/metrics"

_CONNECT_TIMEOUT_S = 10.0
_TIMEOUT_S = 30.0
"""From the connection to the end of the answer, however slowly it comes."""
_MAX_ANSWER_BYTES = 64 * 1024
_MAX_BYTES = 2 * _MAX_ANSWER_BYTES
"""Headers included."""


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

    def __init__(self, endpoint: str, api_key: str, *, timeout_s: float = _TIMEOUT_S) -> None:
        url = urlsplit(endpoint)
        self._host = url.hostname or ""
        self._port = url.port
        # Made once: it reads all certificates of the computer.
        self._tls = ssl.create_default_context() if url.scheme == "https" else None
        # Every connection asks for this codec. Were it first loaded by the thread that sends, a fork at that moment would
        # leave the lock of its module held for ever in the child.
        codecs.lookup("idna")
        self._prefix = url.path
        self._timeout_s = timeout_s
        self._headers = {
            "Authorization": f"Bearer {api_key}",
            "Connection": "close",
            "Content-Encoding": "gzip",
            "Content-Type": "application/json",
            "User-Agent": f"threadline-python/{__version__}",
        }

    def post(self, path: str, body: bytes) -> Answer:
        """Sends one request.

        Raises:
            ConnectionFailed: The server could not be reached, or did not answer in time or in HTTP.
        """
        deadline = time.monotonic() + self._timeout_s
        connection = self._connection()
        try:
            connection.connect()
            _set_timeout(connection.sock, deadline)
            connection.request("POST", self._prefix + path, body, self._headers)
            response = _BoundedResponse(connection.sock, deadline)
            response.begin()
            return Answer(response.status, _read(response), response.headers.get("Retry-After"))
        except (OSError, http.client.HTTPException, UnicodeError) as error:
            raise ConnectionFailed(f"{type(error).__name__}: {error}") from error
        finally:
            connection.close()

    def _connection(self) -> http.client.HTTPConnection:
        timeout = min(_CONNECT_TIMEOUT_S, self._timeout_s)
        if self._tls is None:
            return http.client.HTTPConnection(self._host, self._port, timeout=timeout)
        return http.client.HTTPSConnection(self._host, self._port, timeout=timeout, context=self._tls)


class _BoundedResponse(http.client.HTTPResponse):
    """An answer of which no byte is waited for beyond the deadline: the socket's timeout alone bounds each wait only."""

    def __init__(self, sock: socket.socket, deadline: float) -> None:
        super().__init__(sock, method="POST")
        self.fp.close()
        self.fp = io.BufferedReader(_BoundedReader(sock, deadline))


class _BoundedReader(io.RawIOBase):
    def __init__(self, sock: socket.socket, deadline: float) -> None:
        self._sock = sock
        self._deadline = deadline
        self._bytes = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        _set_timeout(self._sock, self._deadline)
        if self._bytes >= _MAX_BYTES:
            raise OSError("the answer is too long")
        count = self._sock.recv_into(buffer)
        self._bytes += count
        return count


def _set_timeout(sock: socket.socket, deadline: float) -> None:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError("the answer took too long")
    sock.settimeout(left)


def _read(response: http.client.HTTPResponse) -> bytes:
    """Reads up to the limit; the status stands even if the rest is lost."""
    body = b""
    try:
        while len(body) < _MAX_ANSWER_BYTES:
            part = response.read1(_MAX_ANSWER_BYTES - len(body))
            if not part:
                break
            body += part
    except (OSError, http.client.HTTPException):
        pass
    return body
