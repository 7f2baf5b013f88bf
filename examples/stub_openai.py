"""Stands in for OpenAI's API where there is no key: answers every chat completion with a fixed sentence and its usage.

    python examples/stub_openai.py --port 4010

As an object it serves tests: `with StubOpenAI() as openai: openai.base_url`.
"""

import argparse
import json
import threading
from contextlib import suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self


def complete(request: dict[str, Any]) -> dict[str, Any]:
    """A chat completion: a token for each word, as far as anybody can tell."""
    messages = request["messages"]
    said = str(messages[-1].get("content") or "")
    answer = f"You said: {said}"
    prompt_tokens = sum(len(str(message.get("content") or "").split()) for message in messages)
    completion_tokens = len(answer.split())
    return {
        "id": f"chatcmpl-{len(messages)}",
        "object": "chat.completion",
        "created": 1_763_893_800,
        "model": request["model"],
        "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": answer}}],
        "usage": {
            "prompt_tokens": prompt_tokens,
            "completion_tokens": completion_tokens,
            "total_tokens": prompt_tokens + completion_tokens,
        },
    }


def chunks(request: dict[str, Any]) -> list[dict[str, Any]]:
    """The same answer word by word, and its usage last."""
    whole = complete(request)
    facts = {"id": whole["id"], "object": "chat.completion.chunk", "created": whole["created"], "model": whole["model"]}
    words = whole["choices"][0]["message"]["content"].split(" ")
    deltas = [{"content": f" {word}" if place else word} for place, word in enumerate(words)]
    pieces = [{**facts, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]} for delta in deltas]
    return [*pieces, {**facts, "choices": [], "usage": whole["usage"]}]


class StubHandler(BaseHTTPRequestHandler):
    """Answers in JSON, whole or as a stream of events."""

    def read_json(self) -> Any:
        return json.loads(self.rfile.read(int(self.headers["Content-Length"])))

    def answer(self, status: HTTPStatus, answer: dict[str, Any]) -> None:
        body = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def not_here(self) -> None:
        self.answer(HTTPStatus.NOT_FOUND, {"error": {"message": f"the stub has no {self.path}", "code": None}})

    def begin_events(self, length: int | None = None) -> None:
        """``length`` is what the head of the answer claims, where it claims one."""
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", "text/event-stream")
        if length is not None:
            self.send_header("Content-Length", str(length))
        self.end_headers()

    def send_event(self, data: str, name: str | None = None) -> None:
        head = f"event: {name}\n" if name else ""
        self.wfile.write(f"{head}data: {data}\n\n".encode())

    def log_message(self, *args: object) -> None:
        pass


class ChatHandler(StubHandler):
    def do_POST(self) -> None:
        request = self.read_json()
        if self.path != "/v1/chat/completions":
            self.not_here()
        elif request.get("stream"):
            self.begin_events()
            for piece in [*map(json.dumps, chunks(request)), "[DONE]"]:
                self.send_event(piece)
        else:
            self.answer(HTTPStatus.OK, complete(request))


class Stub:
    """A stub in a thread of its own; port 0 is any free one."""

    def __init__(self, handler: type[StubHandler], port: int = 0) -> None:
        self._server = ThreadingHTTPServer(("127.0.0.1", port), handler)
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

    def wait(self) -> None:
        self._thread.join()


class StubOpenAI(Stub):
    """OpenAI's API; port 0 is any free one."""

    def __init__(self, port: int = 0) -> None:
        super().__init__(ChatHandler, port)

    @property
    def base_url(self) -> str:
        return f"{self.url}/v1"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Stands in for OpenAI's API.")
    parser.add_argument("--port", type=int, default=4010)
    with StubOpenAI(parser.parse_args().port) as stub, suppress(KeyboardInterrupt):
        print(f"OPENAI_BASE_URL={stub.base_url}", flush=True)
        stub.wait()
