"""Stands in for the APIs of OpenAI and Anthropic: ``with ModelStub() as models: models.url``."""

from __future__ import annotations

import itertools
import json
import threading
from collections.abc import Iterator
from contextlib import suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from e2e.live.model_answers import CUT_OFF, REFUSAL, REFUSED
from e2e.live.model_wires import ChatCompletions, Embeddings, Messages, Responses

WIRES = {wire.path: wire for wire in (ChatCompletions, Responses, Messages, Embeddings)}
EVENTS_BEFORE_A_BREAK = 6
MORE_THAN_IS_SENT = 100_000
NUMBERS = itertools.count(1)


class Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        wire = WIRES.get(self.path.partition("?")[0])
        if wire is None:
            self._send(HTTPStatus.NOT_FOUND, {"error": {"message": f"the stub has no {self.path}"}})
            return
        answer, number = wire.answer(request), next(NUMBERS)
        if answer is REFUSED:
            error = {"type": "invalid_request_error", "message": REFUSAL, "param": None, "code": "bad_request"}
            self._send(HTTPStatus.BAD_REQUEST, {"type": "error", "error": error})
        elif request.get("stream"):
            events = wire.streamed(request, answer, number)
            with suppress(ConnectionError):  # the client has heard enough
                self._stream(events, ends_with_done=wire is ChatCompletions, breaks_off=answer is CUT_OFF)
        else:
            self._send(HTTPStatus.OK, wire.whole(answer, number))

    def _send(self, status: HTTPStatus, answer: dict[str, Any]) -> None:
        body = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _stream(
        self, events: Iterator[tuple[str | None, dict[str, Any]]], *, ends_with_done: bool, breaks_off: bool
    ) -> None:
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", "text/event-stream")
        if breaks_off:
            self.send_header("Content-Length", str(MORE_THAN_IS_SENT))
            events = itertools.islice(events, EVENTS_BEFORE_A_BREAK)
        self.end_headers()
        for name, event in events:
            head = f"event: {name}\n" if name else ""
            self.wfile.write(f"{head}data: {json.dumps(event)}\n\n".encode())
        if ends_with_done and not breaks_off:
            self.wfile.write(b"data: [DONE]\n\n")

    def log_message(self, *args: object) -> None:
        pass


class ModelStub:
    """The stub on a free port, in a thread of its own."""

    def __init__(self) -> None:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
