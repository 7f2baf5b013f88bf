"""Answers that are files, over a real connection: none is silently short, and what they hold is free when they end."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections.abc import Callable, Generator, Iterator

import pytest
import uvicorn
from fastapi import FastAPI
from starlette.responses import Response

from threadline_server.errors import QueryTooLarge, Unavailable
from threadline_server.serve import problems
from threadline_server.serve.attachments import Attachment

PIECE = b"x" * 65536
PATIENCE_S = 20
ended = threading.Event()


def broken() -> Generator[bytes]:
    yield PIECE
    raise QueryTooLarge("cannot answer this query")


def refused() -> Generator[bytes]:
    raise Unavailable("cannot export now", retry_after_s=10)
    yield b""


def endless() -> Generator[bytes]:
    try:
        while True:
            yield PIECE
    finally:
        ended.set()


def whole() -> Generator[bytes]:
    yield PIECE
    yield b"y"


FILES = {"broken": broken, "refused": refused, "endless": endless, "whole": whole}


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    app = FastAPI()

    @app.get("/{name}")
    def file(name: str) -> Response:
        return Attachment(FILES[name](), "session-ü.jsonl", "application/x-ndjson")

    problems.install(app)
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None, lifespan="off"))
    thread = threading.Thread(target=server.run)
    thread.start()
    until(lambda: server.started)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    thread.join()


def until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not is_so() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert is_so()


@pytest.fixture
def caller(port: int) -> Iterator[http.client.HTTPConnection]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
    yield connection
    connection.close()


def answer_of(caller: http.client.HTTPConnection, name: str) -> http.client.HTTPResponse:
    caller.request("GET", f"/{name}")
    return caller.getresponse()


def test_a_file_comes_whole_with_its_name_and_taken_for_nothing_else(caller: http.client.HTTPConnection) -> None:
    answer = answer_of(caller, "whole")

    assert (answer.status, answer.read()) == (200, PIECE + b"y")
    told = {name: answer.getheader(name) for name in ("content-type", "content-disposition", "x-content-type-options")}
    assert told == {
        "content-type": "application/x-ndjson",
        "content-disposition": "attachment; filename=\"session-_.jsonl\"; filename*=UTF-8''session-%C3%BC.jsonl",
        "x-content-type-options": "nosniff",
    }


def test_a_file_that_fails_midway_ends_in_an_error_of_the_connection(caller: http.client.HTTPConnection) -> None:
    answer = answer_of(caller, "broken")

    assert answer.status == 200
    with pytest.raises(http.client.IncompleteRead):
        answer.read()


def test_a_file_that_fails_before_it_begins_is_answered_as_anything_else(caller: http.client.HTTPConnection) -> None:
    answer = answer_of(caller, "refused")

    assert (answer.status, answer.getheader("retry-after")) == (503, "10")
    assert json.loads(answer.read())["error"]["message"] == "cannot export now"


def test_what_a_file_holds_is_free_again_once_its_caller_hung_up(caller: http.client.HTTPConnection) -> None:
    answer = answer_of(caller, "endless")
    answer.read(len(PIECE))
    assert not ended.is_set()

    answer.close()
    caller.close()

    assert ended.wait(PATIENCE_S)
