"""A ClickHouse server as far as our statements without parameters need one: HTTP in front of the engine of the tests, and answers that are cut."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import clickhouse_connect
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError


class ClickHouseStub:
    """``cut`` is a word: the next answers to statements with it, ``times`` of them, are cut in the middle after the statement was run."""

    def __init__(self, engine: Client, port: int = 0) -> None:
        self._engine, self._lock = engine, threading.Lock()
        self.cut, self.times = "", 0
        self._connections: list[socket.socket] = []
        self._http = ThreadingHTTPServer(("127.0.0.1", port), self._handler())
        self.port = self._http.server_address[1]
        self._serving = threading.Thread(target=self._http.serve_forever, args=(0.01,), daemon=True)
        self._serving.start()

    def stop(self) -> None:
        self._http.shutdown()
        for connection in self._connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self._http.server_close()
        self._serving.join()

    def is_cut(self, statement: str) -> bool:
        if not self.times or self.cut not in statement:
            return False
        self.times -= 1
        return True

    def run(self, query: str, body: bytes, default_format: str) -> bytes:
        with self._lock:
            inserted = re.match(r"INSERT INTO (\S+) \((.*?)\)\s+FORMAT (\w+)", query)
            if inserted:
                names = [name.strip(" `") for name in inserted[2].split(",")]
                self._engine.raw_insert(inserted[1].strip("`"), names, body, fmt=inserted[3])
                return b""
            has_format = re.search(r"\bFORMAT \w+\s*$", query)
            return self._engine.raw_query(query, fmt=None if has_format else default_format) or b""

    def _handler(stub) -> type[BaseHTTPRequestHandler]:  # noqa: N805 (the handler has a self of its own)
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self) -> None:
                super().setup()
                stub._connections.append(self.connection)

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                given = parse_qs(urlsplit(self.path).query)
                query = given["query"][0] if "query" in given else ""
                if not query:
                    head, _, body = body.partition(b"\n") if body.startswith(b"INSERT") else (body, b"", b"")
                    query = head.decode()
                try:
                    answer, status = stub.run(query, body, given.get("default_format", ["TabSeparated"])[0]), 200
                except ClickHouseError as error:
                    answer, status = str(error).encode(), 500
                if stub.is_cut(query):
                    self.close_connection = True
                    if answer:  # else there is no answer at all
                        self._begin(status, len(answer))
                        self.wfile.write(answer[: len(answer) // 2])
                    return
                self._begin(status, len(answer))
                self.wfile.write(answer)

            do_GET = do_POST  # noqa: N815 (the library calls it so)

            def _begin(self, status: int, length: int) -> None:
                self.send_response(status)
                self.send_header("Content-Length", str(length))
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Nothing is printed."""

        return Handler


@contextmanager
def clickhouse(path: str, name: str) -> Iterator[ClickHouseStub]:
    """In front of the database of that name in the engine at that path."""
    engine = clickhouse_connect.get_client(interface="chdb", path=path, database=name)
    stub = ClickHouseStub(engine)
    try:
        yield stub
    finally:
        stub.stop()
        engine.close()
