"""A ClickHouse server as far as our statements need one: HTTP in front of the engine of the tests, with a server's limits of a
request, and answers that are cut."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email import message_from_bytes
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import clickhouse_connect
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError

from threadline_server.store.database import WRITE_SETTINGS

FIELD_BYTES: Final = 131_072
"""``http_max_field_value_size`` of a server that nobody has configured."""
_INSERT: Final = re.compile(r"INSERT INTO (\S+) \((.*?)\)\s+FORMAT (\w+)\s*")
TOO_LONG: Final = "Poco::Exception. Code: 1000, e.code() = 0, HTML Form Exception: Field value too long"


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

    def run(self, query: str, body: bytes, given: dict[str, str]) -> bytes:
        """``given`` are the request's parameters: the statement's own begin with ``param_``."""
        parameters = {name[6:]: value for name, value in given.items() if name.startswith("param_")}
        with self._lock:
            for name in WRITE_SETTINGS.keys() & given.keys():
                self._engine.command(f"SET {name} = {int(given[name])}")
            if inserted := _INSERT.fullmatch(query):
                names = [name.strip(" `") for name in inserted[2].split(",")]
                self._engine.raw_insert(inserted[1].strip("`"), names, body, fmt=inserted[3])
                return b""
            named = re.search(r"\bFORMAT (\w+)\s*$", query)
            wanted = named[1] if named else given.get("default_format", "TabSeparated")
            # The driver's own way to the engine with parameters that are written already, as they are in a request.
            engine: Any = self._engine
            bare = query[: named.start()] if named else query
            return bytes(engine._backend._run(bare, wanted, params=parameters, database=engine.database).bytes())

    def _handler(stub) -> type[BaseHTTPRequestHandler]:  # noqa: N805 (the handler has a self of its own)
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self) -> None:
                super().setup()
                stub._connections.append(self.connection)

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                given = {
                    name: values[0]
                    for name, values in parse_qs(urlsplit(self.path).query, keep_blank_values=True).items()
                }
                if self.headers.get_content_type() == "multipart/form-data":
                    given, body = given | fields_of(self.headers["Content-Type"], body), b""
                query = given.get("query", "")
                if not query:
                    head, _, data = body.partition(b"\n")
                    query, body = (
                        (head.decode(), data)
                        if _INSERT.fullmatch(head.decode(errors="replace"))
                        else (body.decode(errors="replace"), b"")
                    )
                try:
                    if any(len(value.encode()) > FIELD_BYTES for value in given.values()):
                        raise ClickHouseError(TOO_LONG)
                    answer, status = stub.run(query, body, given), 200
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


def fields_of(content_type: str, body: bytes) -> dict[str, str]:
    """The fields of a form."""
    form = message_from_bytes(b"Content-Type: " + content_type.encode() + b"\r\n\r\n" + body)
    parts = form.get_payload()
    assert isinstance(parts, list)
    return {
        str(part.get_param("name", header="content-disposition")): part.get_payload(decode=True).decode()
        for part in parts
    }


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
