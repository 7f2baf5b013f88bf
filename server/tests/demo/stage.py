"""What the tests of the demo play with: sessions played into memory, and a server that only listens."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from threadline.testing import MemoryExporter, SpanRecord
from threadline_server.demo.clocks import SECOND_NS, DrawnIds, PastClock
from threadline_server.demo.performance import Performance
from threadline_server.demo.plan import Part
from threadline_server.demo.recording import record_into

NOW = datetime(2026, 11, 23, 10, 30, tzinfo=UTC)


def play(part: Part, now: datetime = NOW) -> list[SpanRecord]:
    """The spans of one session."""
    exporter, ids = MemoryExporter(), DrawnIds()
    ids.restart(part.seed)
    clock = PastClock(int(part.starts_at.timestamp()) * SECOND_NS)
    observability = record_into(exporter, clock, ids)
    for _turn in Performance(part, observability, clock, int(now.timestamp()) * SECOND_NS).turns():
        pass
    assert observability.dropped == {}
    return exporter.spans


def attribute(span: SpanRecord, name: str) -> Any:
    """The value of an attribute that holds JSON."""
    return json.loads(str(span.attributes[f"threadline.{name}"]))


class Listener:
    """Accepts whatever is exported to it.

    Attributes:
        requests: The bodies, as parsed JSON.
        status: What it answers.
    """

    def __init__(self) -> None:
        self.requests: list[dict[str, Any]] = []
        self.status = 200
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                listener.requests.append(json.loads(gzip.decompress(body)))
                self.send_response(listener.status)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    @property
    def dsn(self) -> str:
        return f"http://pk_demo@127.0.0.1:{self.server.server_address[1]}/default"

    @property
    def spans(self) -> list[dict[str, Any]]:
        """Everything that has arrived."""
        return [
            span
            for request in self.requests
            for resource in request["resourceSpans"]
            for scope in resource["scopeSpans"]
            for span in scope["spans"]
        ]
