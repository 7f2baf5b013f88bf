"""Connections that keep nobody else waiting: a head comes in time and within a size, a body goes on coming, and there are so many.

Somebody who sends a byte now and then would otherwise hold a connection, and the file behind it, for as long as they like.
A request that is answered before its body has come (413) is read to its end and forgotten, within the time of a body: many
clients read no answer while they send, and a connection that is closed with their bytes unread takes the answer along.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from typing import Final

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from threadline_server.errors import TooSlow
from threadline_server.serve.problems import problem_of

HEAD_S: Final = 10.0
"""From the connection, or the first byte after a request, to the last of a head."""
MOST_HEAD_BYTES: Final = 64 * 1024
BODY_S: Final = 30.0
LEAST_BYTES_A_SECOND: Final = 16 * 1024
"""A body has ``BODY_S``, and a second more for each of these that came."""
FILES_OF_THE_STORE: Final = 256
LEAST_CONNECTIONS: Final = 16
_FULL: Final = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
_HEAD_TOO_LARGE: Final = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
)


def connections_within(files: int) -> int:
    """How many connections may be open where a process may have so many files."""
    return max(LEAST_CONNECTIONS, files - FILES_OF_THE_STORE)


class Connection(HttpToolsProtocol):
    """Uvicorn's, which gives a client as long for a head as it likes."""

    most = 1_000
    """Connections at a time; set once at the start."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._head_bytes = 0
        self._head_ends: asyncio.TimerHandle | None = None
        self._in_hand = 0
        self._body_comes = False
        self._rest_ends: asyncio.TimerHandle | None = None
        if len(self.connections) > self.most:
            self._close_with(_FULL)
            return
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._head_came()
        self._rest_came()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self.transport.is_closing():
            return
        if self._head_ends is None and not self._in_hand and not self._body_comes:
            self._await_head()
        is_of_a_head = self._head_ends is not None
        super().data_received(data)
        if is_of_a_head and self._head_ends is not None:
            self._head_bytes += len(data)
            if self._head_bytes > MOST_HEAD_BYTES:
                self._close_with(_HEAD_TOO_LARGE)

    def on_message_begin(self) -> None:
        if self._head_ends is None:
            self._await_head()
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._head_came()
        self._in_hand += 1
        self._body_comes = True
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._body_comes = False
        super().on_message_complete()
        if self._rest_ends is not None:
            self._rest_came()
            self._await_head()

    def on_response_complete(self) -> None:
        self._in_hand -= 1
        super().on_response_complete()
        if self._body_comes and not self.transport.is_closing():
            self._rest_ends = self.loop.call_later(BODY_S, self._too_slow)

    def _await_head(self) -> None:
        self._head_bytes = 0
        self._head_ends = self.loop.call_later(HEAD_S, self._too_slow)

    def _head_came(self) -> None:
        if self._head_ends is not None:
            self._head_ends.cancel()
            self._head_ends = None

    def _rest_came(self) -> None:
        if self._rest_ends is not None:
            self._rest_ends.cancel()
            self._rest_ends = None

    def _too_slow(self) -> None:
        self._head_ends = self._rest_ends = None
        if not self.transport.is_closing():
            self.transport.close()

    def _close_with(self, answer: bytes) -> None:
        self._head_came()
        self.transport.write(answer)
        self.transport.close()


class BodyInTime:
    """ASGI middleware: 408, and the end of the connection, for a body that does not go on coming."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        body = _Body(receive)

        has_started = False

        async def unless_late(message: Message) -> None:
            nonlocal has_started
            if has_started or not body.is_late:
                has_started = True
                await send(message)

        with suppress(ClientDisconnect):
            await self.app(scope, body.receive, unless_late)
        if body.is_late and not has_started:
            await problem_of(TooSlow("cannot read the body: it comes too slowly"))(scope, receive, send)


class _Body:
    """What a client sends, for as long as it goes on sending."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._ends_s = time.monotonic() + BODY_S
        self._is_whole = False
        self.is_late = False

    async def receive(self) -> Message:
        if self._is_whole:
            return await self._receive()
        try:
            async with asyncio.timeout(max(0.0, self._ends_s - time.monotonic())):
                message = await self._receive()
        except TimeoutError:
            self._is_whole = self.is_late = True
            return {"type": "http.disconnect"}
        self._ends_s += len(message.get("body", b"")) / LEAST_BYTES_A_SECOND
        self._is_whole = not message.get("more_body", False)
        return message
