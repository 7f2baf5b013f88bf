"""A server that takes OTLP/JSON, answers by a script and keeps what it got."""

import base64
import gzip
import json
import threading
from collections import deque
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import SimpleQueue
from typing import NamedTuple, Self

from google.protobuf import json_format
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


class Request(NamedTuple):
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def spans(self) -> list[dict]:
        (resource,) = self.json["resourceSpans"]
        (scope,) = resource["scopeSpans"]
        return scope["spans"]

    @property
    def scores(self) -> list[dict]:
        """Log records."""
        (resource,) = self.json["resourceLogs"]
        (scope,) = resource["scopeLogs"]
        return scope["logRecords"]

    @property
    def json(self) -> dict:
        return json.loads(gzip.decompress(self.body))

    @property
    def span_names(self) -> list[str]:
        return [span["name"] for span in self.spans]


class Reply(NamedTuple):
    status: int = 200
    body: bytes = b"{}"
    headers: tuple[tuple[str, str], ...] = (("Content-Type", "application/json"),)


class StubServer:
    """Answers 200 unless `replies` says otherwise, one reply for each request; scores and reports on drops are kept apart."""

    def __init__(self, port: int = 0) -> None:
        self.replies: deque[Reply] = deque()
        self.arrived: SimpleQueue[Request] = SimpleQueue()
        self.scored: SimpleQueue[Request] = SimpleQueue()
        self.report_replies: deque[Reply] = deque()
        self.reported: SimpleQueue[Request] = SimpleQueue()
        self.gate = threading.Event()
        self.gate.set()
        self._server = ThreadingHTTPServer(("127.0.0.1", port), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def dsn(self) -> str:
        return f"http://pk_test@127.0.0.1:{self._server.server_port}/default"

    @property
    def requests(self) -> list[Request]:
        """Takes what has arrived."""
        return [self.arrived.get() for _ in range(self.arrived.qsize())]

    @property
    def scores(self) -> list[dict]:
        """Takes the scores by ids that have arrived."""
        return [score for _ in range(self.scored.qsize()) for score in self.scored.get().scores]

    @property
    def reports(self) -> list[tuple[str, dict[str, int]]]:
        """Takes the reports on drops that have arrived: the id of each, and the spans by reason."""
        return [drop_report(self.reported.get()) for _ in range(self.reported.qsize())]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.gate.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _handler(stub) -> type[BaseHTTPRequestHandler]:  # noqa: N805  # `self` is the handler's
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                is_report = self.path.endswith("/v1/metrics")
                arrived, replies = (stub.reported, stub.report_replies) if is_report else (stub.arrived, stub.replies)
                if self.path.endswith("/v1/logs"):
                    arrived = stub.scored
                arrived.put(Request(self.path, dict(self.headers), body))
                stub.gate.wait()
                reply = replies.popleft() if replies else Reply()
                self.send_response(reply.status)
                for name, value in reply.headers:
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(reply.body)

            def log_message(self, *args: object) -> None:
                pass

        return Handler


def drop_report(request: Request) -> tuple[str, dict[str, int]]:
    """Reads a report on drops."""
    (resource,) = request.json["resourceMetrics"]
    (metric,) = resource["scopeMetrics"][0]["metrics"]
    spans, ids = {}, set()
    for point in metric["sum"]["dataPoints"]:
        said = {attribute["key"]: attribute["value"]["stringValue"] for attribute in point["attributes"]}
        ids.add(said["threadline.drop.report_id"])
        spans[said["threadline.drop.reason"]] = int(point["asInt"])
    (report_id,) = ids
    return report_id, spans


def as_protobuf(request: dict) -> ExportTraceServiceRequest:
    """Parses OTLP/JSON with the official schema; OTLP has its ids in hexadecimal, plain protobuf JSON in base64."""
    for resource in request["resourceSpans"]:
        for scope in resource["scopeSpans"]:
            for span in scope["spans"]:
                for field in ("traceId", "spanId", "parentSpanId"):
                    if field in span:
                        span[field] = _base64(span[field])
    return json_format.ParseDict(request, ExportTraceServiceRequest())


def _base64(hexadecimal: str) -> str:
    return base64.b64encode(bytes.fromhex(hexadecimal)).decode()
