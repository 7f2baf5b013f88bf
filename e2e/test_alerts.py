"""Alerts across kill -9: each fires once, and what was not delivered is delivered after the next start, under the same id."""

from __future__ import annotations

import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from e2e.api import eventually
from e2e.server_process import ServerProcess

SESSIONS = 12
ALLOW = {"THREADLINE_ALLOW_PRIVATE_WEBHOOKS": "true"}


@contextmanager
def receiving(deliveries: list[str], is_open: threading.Event) -> Iterator[str]:
    """A webhook that answers 204, or 503 while it is not open; it notes the id of whatever comes."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            deliveries.append(self.headers["threadline-delivery"])
            self.send_response(204 if is_open.is_set() else 503)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def turn(number: int) -> dict[str, Any]:
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    return {"id": f"t-{number}", "name": "turn", "sessionId": f"s-{number}", "startTime": now, "endTime": now}


@pytest.mark.parametrize("delay_s", [0.0, 0.3, 0.6, 0.9])
def test_a_kill_between_firing_and_delivering_loses_nothing_and_fires_nothing_twice(
    delay_s: float, tmp_path: Path
) -> None:
    deliveries: list[str] = []
    is_open = threading.Event()
    with receiving(deliveries, is_open) as url, ServerProcess(tmp_path / "data", **ALLOW) as server:
        rule = {"name": "any", "when": {"session": "traceCount", "above": 0}, "webhook": {"url": url}}
        assert server.api.http.post("/observability/alerts/rules", json=rule).status_code == 201
        taken = server.api.http.post("/observability/traces", json={"traces": [turn(n) for n in range(SESSIONS)]})
        assert taken.json()["accepted"] == SESSIONS
        time.sleep(delay_s)  # another moment for each run: it decides nothing about what must hold
        server.kill()
        is_open.set()
        server.start()
        server.api.http.post("/observability/traces", json={"traces": [turn(n) for n in range(SESSIONS)]})
        alerts = eventually(
            lambda: server.api.get("/alerts", limit=200)["data"],
            lambda found: len(found) >= SESSIONS and all(alert["delivery"] == "delivered" for alert in found),
            within_s=40,
        )

    assert Counter(alert["sessionId"] for alert in alerts) == {f"s-{n}": 1 for n in range(SESSIONS)}
    assert {*deliveries} == {f"alert-{alert['id']}-fired" for alert in alerts}


def test_a_stop_does_not_wait_for_a_webhook_that_hangs(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as hanging, ServerProcess(tmp_path / "data", **ALLOW) as server:
        url = f"http://127.0.0.1:{hanging.getsockname()[1]}/"
        rule = {"name": "any", "when": {"session": "traceCount", "above": 0}, "webhook": {"url": url}}
        assert server.api.http.post("/observability/alerts/rules", json=rule).status_code == 201
        server.api.http.post("/observability/traces", json={"traces": [turn(0)]})
        hanging.settimeout(20)
        with hanging.accept()[0] as call:
            assert call.recv(4) == b"POST"
            began = time.monotonic()
            assert server.stop() == 0
            assert time.monotonic() - began < 8  # a webhook has ten seconds to answer
