"""A webhook's other end: answers what it is told to, and keeps what came."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

import orjson

PATIENCE_S = 30


class Call(NamedTuple):
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def told(self) -> dict[str, Any]:
        return orjson.loads(self.body)


class Receiver:
    def __init__(self, url: str) -> None:
        self.url = url
        self.calls: list[Call] = []
        self.statuses: list[int] = []
        """What to answer, in order; then 204."""
        self.refuses: Callable[[Call], bool] = lambda _call: False
        """What to answer 500 to, whenever it comes."""
        self._changed = threading.Condition()

    def take(self, call: Call) -> int:
        with self._changed:
            self.calls.append(call)
            self._changed.notify_all()
            if self.refuses(call):
                return 500
            return self.statuses.pop(0) if self.statuses else 204

    def wait_for(self, number: int) -> list[Call]:
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.calls) >= number, PATIENCE_S), self.calls
            return [*self.calls]


@contextmanager
def receiving() -> Iterator[Receiver]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            status = receiver.take(Call(self.path, {k.lower(): v for k, v in self.headers.items()}, body))
            self.send_response(status)
            if status in {301, 302, 307, 308}:
                self.send_header("location", f"{receiver.url}/elsewhere")
            self.send_header("content-length", "0")
            self.end_headers()

        do_GET = do_POST  # noqa: N815 (a followed redirect would be one)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver = Receiver(f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
