"""``GET /observability/live``: server-sent events, ended as soon as the key is revoked, the server stops or the client leaves."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import Final

from fastapi import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from threadline_server.errors import ThreadlineError
from threadline_server.identity import Identity
from threadline_server.live.feed import Feed
from threadline_server.live.listener import Listener, Notice
from threadline_server.serve import documents_alerts
from threadline_server.serve.auth import Reader, permitted, principal_of
from threadline_server.serve.described import router_of
from threadline_server.serve.read import Query

log = logging.getLogger(__name__)

CHECK_KEY_EVERY_S: Final = 0.4
"""With what is remembered of a key for as long, a revoked one's stream ends within 0.8 s."""
HEARTBEAT_S: Final = 10.0
LAST_CHUNK_S: Final = 0.2
RECONNECT_MS: Final = 2_000

router = router_of("read")


@router.get("/live", **documents_alerts.LIVE)
async def live(request: Request, who: Reader, pairs: Query) -> Response:
    feed: Feed = request.app.state.feed
    wake, loop = asyncio.Event(), asyncio.get_running_loop()

    def woken() -> None:
        with suppress(RuntimeError):  # the loop is closed: so is the stream
            loop.call_soon_threadsafe(wake.set)

    last_id = request.headers.get("last-event-id")
    listener = await asyncio.to_thread(feed.listen, who.project_id, pairs, last_id, woken)
    return EventStream(feed, listener, wake, request.app.state.identity)


class EventStream(Response):
    """The answer that does not end by itself."""

    def __init__(self, feed: Feed, listener: Listener, wake: asyncio.Event, identity: Identity) -> None:
        super().__init__(
            headers={"cache-control": "no-store", "x-accel-buffering": "no", "x-content-type-options": "nosniff"},
            media_type="text/event-stream",
        )
        del self.headers["content-length"]
        self._feed = feed
        self._listener = listener
        self._wake = wake
        self._identity = identity

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        ends = [
            asyncio.create_task(one) for one in (self._write(send), self._until_revoked(scope), _until_gone(receive))
        ]
        try:
            done, _ = await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                if (error := task.exception()) and not isinstance(error, OSError):
                    log.warning("a live stream ended: %s", error)
        finally:
            for task in ends:
                task.cancel()
            await asyncio.gather(*ends, return_exceptions=True)
            self._feed.leave(self._listener)
        with suppress(TimeoutError, OSError):  # a client that reads nothing does not see the end either
            await asyncio.wait_for(send({"type": "http.response.body", "body": b""}), LAST_CHUNK_S)

    async def _write(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        await _send(send, f"retry: {RECONNECT_MS}\n".encode() + await self._told_until() + b"\n")
        while True:
            self._wake.clear()
            has_missed, notices = self._listener.take()
            if has_missed:
                await _send(send, await self._told_until() + b"event: reset\ndata: {}\n\n")
            for notice in notices:
                await _send(send, self._event(notice))
            if self._listener.is_over:
                return
            if not (has_missed or notices):
                await self._rest(send)

    async def _rest(self, send: Send) -> None:
        """Wait for something to tell; now and then say how far everything is told."""
        try:
            await asyncio.wait_for(self._wake.wait(), HEARTBEAT_S)
        except TimeoutError:
            until = await self._told_until()
            await _send(send, b": heartbeat\n" + (b"" if self._listener.is_waiting else until) + b"\n")

    async def _told_until(self) -> bytes:
        """The field that has the client ask for what is not told yet when it comes back."""
        until = await asyncio.to_thread(self._feed.told_until, self._listener.project_id)
        return f"id: {until}\n".encode() if until else b""

    async def _until_revoked(self, scope: Scope) -> None:
        while True:
            await asyncio.sleep(CHECK_KEY_EVERY_S)
            try:
                who = principal_of(self._identity, scope["headers"], method="GET", within_s=CHECK_KEY_EVERY_S)
                permitted(who, "read")
            except ThreadlineError:
                return

    def _event(self, notice: Notice) -> bytes:
        head = f"id: {self._feed.event_id(notice.number)}\nevent: {notice.kind}\ndata: "
        return head.encode() + notice.data + b"\n\n"


async def _send(send: Send, body: bytes) -> None:
    await send({"type": "http.response.body", "body": body, "more_body": True})


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
