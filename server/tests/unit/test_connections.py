"""FAULTS.md rows A6 and B13: whoever sends slowly, without end or not at all holds nothing for long."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import closing

import pytest
import uvicorn
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from threadline_server.serve import connections
from threadline_server.serve.connections import BodyInTime, Connection, connections_within

PATIENCE_S = 30
SHORT_S = 0.2
HEAD = b"POST / HTTP/1.1\r\nHost: here\r\nContent-Length: 4\r\n\r\n"


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["path"] == "/unread":
        await Response(b"no", 413)(scope, receive, send)
        return
    body = await Request(scope, receive).body()
    await Response(body)(scope, receive, send)


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """Where a server listens that has little patience."""
    monkeypatch.setattr(connections, "HEAD_S", SHORT_S)
    monkeypatch.setattr(connections, "BODY_S", SHORT_S)
    monkeypatch.setattr(Connection, "most", 3)
    listening = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(
        BodyInTime(echo), http=Connection, log_config=None, lifespan="off", timeout_keep_alive=PATIENCE_S
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    yield listening.getsockname()[1]
    server.should_exit = True
    thread.join(PATIENCE_S)
    listening.close()


def connected(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S)


def to_the_end(connection: socket.socket) -> bytes:
    """What came until the server hung up."""
    came = b""
    while piece := connection.recv(65_536):
        came += piece
    return came


def answered(connection: socket.socket) -> bytes:
    """The first piece of an answer."""
    return connection.recv(65_536)


def whole_answer(connection: socket.socket) -> bytes:
    """An answer to the end of its body."""
    came = b""
    while b"\r\n\r\n" not in came:
        came += connection.recv(1)
    length = next(int(line[15:]) for line in came.split(b"\r\n") if line.startswith(b"content-length:"))
    while length > 0:
        piece = connection.recv(length)
        came, length = came + piece, length - len(piece)
    return came


@pytest.mark.parametrize("begun", [b"", b"POST / HT", HEAD[:-2], b"\r\n"])
def test_b13_a_head_that_does_not_come_in_time_ends_the_connection(begun: bytes, port: int) -> None:
    with closing(connected(port)) as connection:
        connection.sendall(begun)
        assert to_the_end(connection) == b""


def test_b13_the_next_head_has_as_long_as_the_first(port: int) -> None:
    with closing(connected(port)) as connection:
        connection.sendall(HEAD + b"body")
        assert b"200 OK" in answered(connection)
        connection.sendall(HEAD + b"body")
        assert b"200 OK" in answered(connection)
        connection.sendall(b"POST / HT")
        assert to_the_end(connection) == b""


def test_b13_a_head_without_end_is_431(port: int) -> None:
    with closing(connected(port)) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: here\r\n")
        line = b"X-More: " + b"x" * 8_000 + b"\r\n"
        try:
            for _ in range(20):
                connection.sendall(line)
            came = to_the_end(connection)
        except (ConnectionResetError, BrokenPipeError):  # it hung up with our lines unread
            return
    assert came.startswith(b"HTTP/1.1 431 ")


def test_b13_a_body_that_does_not_go_on_coming_is_408_and_ends_the_connection(port: int) -> None:
    with closing(connected(port)) as connection:
        connection.sendall(HEAD + b"bo")
        came = to_the_end(connection)
    assert came.startswith(b"HTTP/1.1 408 ")
    assert b"connection: close" in came.lower()
    assert b"it comes too slowly" in came


def test_b13_a_body_that_goes_on_coming_has_the_time_that_its_size_needs(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "LEAST_BYTES_A_SECOND", 1)
    pause = threading.Event()
    with closing(connected(port)) as connection:
        connection.sendall(HEAD + b"b")
        for letter in b"ody":
            pause.wait(SHORT_S / 2)
            connection.sendall(bytes([letter]))
        assert answered(connection).endswith(b"body")


def test_who_sends_more_than_is_read_gets_the_answer_and_keeps_the_connection(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "BODY_S", PATIENCE_S)
    monkeypatch.setattr(connections, "HEAD_S", PATIENCE_S)
    size = 1_000_003
    unread = f"POST /unread HTTP/1.1\r\nHost: here\r\nContent-Length: {size}\r\n\r\n".encode() + b"x" * size
    with closing(connected(port)) as connection:
        for _ in range(20):  # pieces of a body end where they like
            connection.sendall(unread)
            assert whole_answer(connection).startswith(b"HTTP/1.1 413 ")
            connection.sendall(HEAD + b"body")
            assert whole_answer(connection).endswith(b"body")


def test_what_is_sent_after_the_answer_has_no_more_time_than_a_body(port: int) -> None:
    with closing(connected(port)) as connection:
        connection.sendall(b"POST /unread HTTP/1.1\r\nHost: here\r\nContent-Length: 9\r\n\r\nx")
        assert to_the_end(connection).startswith(b"HTTP/1.1 413 ")


def test_b13_one_connection_too_many_is_503_and_the_others_stay(port: int) -> None:
    with closing(connected(port)) as first, closing(connected(port)) as second, closing(connected(port)) as third:
        for connection in (first, second, third):
            connection.sendall(HEAD)
        with closing(connected(port)) as fourth:
            came = to_the_end(fourth)
        first.sendall(b"body")
        assert answered(first).endswith(b"body")
    assert came.startswith(b"HTTP/1.1 503 ")
    assert b"Retry-After: 1" in came


@pytest.mark.parametrize(("files", "most"), [(64, 16), (256, 16), (300, 44), (1_024, 768), (65_536, 65_280)])
def test_a6_connections_leave_the_store_its_files(files: int, most: int) -> None:
    assert connections_within(files) == most
