"""Traces of the server's own requests, sent as OTLP/HTTP JSON to whom it is told; never a word of what they carried.

One span for each request: route, method, status, time. They are losable: what cannot be sent is counted and forgotten.
"""

from __future__ import annotations

import logging
import os
import queue
import threading
import time
from typing import Any, Final

from threadline_server import __version__

log = logging.getLogger(__name__)

MOST_WAITING: Final = 2_000
MOST_SENT: Final = 500
SEND_EVERY_S: Final = 2.0
TIMEOUT_S: Final = 5.0
_SERVER: Final = 2
_FAILED: Final = 2


class OwnTraces:
    """Takes requests from ``start`` to ``stop`` and sends them from a thread; a full queue drops the newest."""

    def __init__(self, endpoint: str, headers: str | None = None) -> None:
        self.dropped = 0
        self._url = f"{endpoint}/v1/traces"
        self._headers = dict(pair.strip().split("=", 1) for pair in (headers or "").split(",") if "=" in pair)
        self._spans: queue.Queue[dict[str, Any]] = queue.Queue(MOST_WAITING)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="own traces", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Send what waits, once."""
        self._stopping.set()
        self._thread.join(TIMEOUT_S + 1)

    def note(self, method: str, route: str, status: int, seconds: float) -> None:
        """A request has ended. Never waits."""
        try:
            self._spans.put_nowait(_span(method, route, status, seconds))
        except queue.Full:
            self.dropped += 1

    def _run(self) -> None:
        import httpx

        with httpx.Client(timeout=TIMEOUT_S, headers=self._headers, follow_redirects=False) as client:
            while not self._stopping.wait(SEND_EVERY_S):
                self._send(client)
            self._send(client)

    def _send(self, client: Any) -> None:
        import httpx

        spans: list[dict[str, Any]] = []
        while len(spans) < MOST_SENT and not self._spans.empty():
            spans.append(self._spans.get())
        if not spans:
            return
        try:
            client.post(self._url, json=_export(spans)).raise_for_status()
        except httpx.HTTPError as error:
            self.dropped += len(spans)
            log.warning(
                "cannot send %d traces of own requests to --otlp-endpoint: %s", len(spans), type(error).__name__
            )


def _span(method: str, route: str, status: int, seconds: float) -> dict[str, Any]:
    end_ns = time.time_ns()
    attributes = {"http.request.method": method, "http.route": route}
    return {
        "traceId": os.urandom(16).hex(),
        "spanId": os.urandom(8).hex(),
        "name": f"{method} {route}",
        "kind": _SERVER,
        "startTimeUnixNano": str(end_ns - int(seconds * 1e9)),
        "endTimeUnixNano": str(end_ns),
        "attributes": [
            *({"key": key, "value": {"stringValue": value}} for key, value in attributes.items()),
            {"key": "http.response.status_code", "value": {"intValue": str(status)}},
        ],
        "status": {"code": _FAILED} if status >= 500 else {},
    }


def _export(spans: list[dict[str, Any]]) -> dict[str, Any]:
    resource = {"service.name": "threadline", "service.version": __version__}
    told = [{"key": key, "value": {"stringValue": value}} for key, value in resource.items()]
    scope = {"name": "threadline_server.requests", "version": __version__}
    return {"resourceSpans": [{"resource": {"attributes": told}, "scopeSpans": [{"scope": scope, "spans": spans}]}]}
