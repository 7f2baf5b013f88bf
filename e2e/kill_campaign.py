"""Four clients send, the server is killed with -9 at random moments and started again: is everything acknowledged there, once?

    .venv/bin/python -m e2e.kill_campaign --cycles 30
    .venv/bin/python -m e2e.kill_campaign --cycles 200 --traces 100 --spans 6000     more than a million spans

Every client speaks another wire (OTLP protobuf, gzipped protobuf, OTLP/JSON, plain JSON), repeats what was not acknowledged
as a real exporter does, and remembers what was. The seed is printed, so that a failure replays; the exit code is 0 where
nothing was lost, doubled or refused. Ctrl-C (or SIGTERM) ends it after the cycle under way, with what was found until then.
"""

from __future__ import annotations

import argparse
import base64
import gzip
import json
import random
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from e2e.api import eventually
from e2e.server_process import KEY, ServerProcess

WIRES = ("protobuf", "gzip", "json", "plain")
TOKENS = 7
SPANS_PER_TRACE = 3
TRACES_PER_REQUEST = 15
CATCH_UP_S = 900


@dataclass
class Client:
    """One sender; ``acked`` holds the trace ids that the server said are stored, by session."""

    wire: str
    random: random.Random
    traces: int = TRACES_PER_REQUEST
    """In each request."""
    acked: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    unacked: tuple[str, list[str], dict[str, str], bytes, str] | None = None
    refused: list[str] = field(default_factory=list)

    def send_until(self, server: ServerProcess, stop: threading.Event) -> None:
        with httpx.Client(
            base_url=server.url, headers={"Authorization": f"Bearer {KEY}"}, timeout=30, trust_env=False
        ) as http:
            while not stop.is_set():
                session, traces, headers, body, path = self.unacked or self._request()
                self.unacked = (session, traces, headers, body, path)
                try:
                    answer = http.post(path, content=body, headers=headers)
                except httpx.TransportError:
                    stop.wait(0.02)
                    continue
                if answer.is_success:
                    self.acked[session].update(traces)
                    self.unacked = None
                elif answer.status_code != httpx.codes.SERVICE_UNAVAILABLE:
                    self.refused.append(f"{answer.status_code} {answer.text[:200]}")
                    return

    def _request(self) -> tuple[str, list[str], dict[str, str], bytes, str]:
        session = f"{self.wire}-{self.random.randrange(20)}"
        traces = [self.random.randbytes(16).hex() for _ in range(self.traces)]
        if self.wire == "plain":
            body = json.dumps({"traces": [plain_trace(trace, session) for trace in traces]}).encode()
            return session, traces, {"Content-Type": "application/json"}, body, "/observability/traces"
        message = otlp(traces, session)
        if self.wire == "json":
            return session, traces, {"Content-Type": "application/json"}, otlp_json(message), "/v1/traces"
        body = message.SerializeToString()
        headers = {"Content-Type": "application/x-protobuf"}
        if self.wire == "gzip":
            body, headers = gzip.compress(body, 1), headers | {"Content-Encoding": "gzip"}
        return session, traces, headers, body, "/v1/traces"


def otlp(traces: list[str], session: str) -> ExportTraceServiceRequest:
    message = ExportTraceServiceRequest()
    spans = message.resource_spans.add().scope_spans.add().spans
    now = time.time_ns()
    for trace in traces:
        root = bytes.fromhex(trace)[:8]
        for index in range(SPANS_PER_TRACE):
            span = spans.add(trace_id=bytes.fromhex(trace), span_id=root[:7] + bytes([index + 1]), name=f"step {index}")
            span.start_time_unix_nano, span.end_time_unix_nano = now, now + 1_000_000
            if index:
                span.parent_span_id = root[:7] + b"\x01"
            put(span, "session.id", session)
            if index == SPANS_PER_TRACE - 1:
                put(span, "gen_ai.request.model", "gpt-4o-mini")
                put(span, "gen_ai.usage.input_tokens", TOKENS)
    return message


def put(span: Span, key: str, value: str | int) -> None:
    entry = span.attributes.add(key=key)
    if isinstance(value, int):
        entry.value.int_value = value
    else:
        entry.value.string_value = value


def otlp_json(message: ExportTraceServiceRequest) -> bytes:
    """OTLP/JSON: protobuf's JSON with the ids in hex."""
    from google.protobuf.json_format import MessageToDict

    tree: dict[str, Any] = MessageToDict(message)
    for span in tree["resourceSpans"][0]["scopeSpans"][0]["spans"]:
        for name in ("traceId", "spanId", "parentSpanId"):
            if name in span:
                span[name] = base64.b64decode(span[name]).hex()
    return json.dumps(tree).encode()


def plain_trace(trace: str, session: str) -> dict[str, Any]:
    start = time.time()
    times = {"startTime": iso(start), "endTime": iso(start + 0.001)}
    steps = [
        {"id": f"{trace}-1", "kind": "span", "name": "step 1", **times},
        {
            "id": f"{trace}-2",
            "kind": "generation",
            "name": "step 2",
            "modelName": "gpt-4o-mini",
            "promptTokens": TOKENS,
            **times,
        },
    ]
    return {"id": trace, "name": "step 0", "sessionId": session, **times, "observations": steps}


def iso(seconds: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + f".{int(seconds % 1 * 1000):03d}Z"


@dataclass(frozen=True)
class Report:
    cycles: int
    acked_spans: int
    lost_spans: int
    doubled_spans: int
    wrong_sessions: int
    slowest_start_s: float
    refused: tuple[str, ...]

    @property
    def is_good(self) -> bool:
        return not (self.lost_spans or self.doubled_spans or self.wrong_sessions or self.refused)


def clients_of(seed: int, *, traces: int = TRACES_PER_REQUEST, senders: int = 1) -> list[Client]:
    """So many senders of each wire, with so many traces in each request."""
    return [
        Client(wire, random.Random(f"{seed}-{wire}-{number}"), traces) for number in range(senders) for wire in WIRES
    ]


def run(
    data_dir: Path, cycles: int, seed: int, *, clients: list[Client] | None = None, spans: int = 0, is_enough: threading.Event | None = None
) -> Report:  # fmt: skip
    """Kill and restart ``cycles`` times under load, then compare what is there with what was acknowledged.

    A cycle is a random time of up to three seconds, or, where ``spans`` are given, the random time that it takes until so many
    more are acknowledged, on the average of all cycles.
    """
    chance = random.Random(seed)
    clients = clients or clients_of(seed)
    server = ServerProcess(data_dir)
    starts, done = [server.start()], 0
    while done < cycles and not (is_enough and is_enough.is_set()):
        stop = threading.Event()
        threads = [threading.Thread(target=client.send_until, args=(server, stop)) for client in clients]
        for thread in threads:
            thread.start()
        enough = acked_spans(clients) + chance.uniform(0, 2 * spans)
        while acked_spans(clients) < enough and any(thread.is_alive() for thread in threads):
            time.sleep(0.01)
        time.sleep(chance.uniform(0.05, 3.0) if not spans else chance.uniform(0.0, 0.1))
        server.kill()
        stop.set()
        for thread in threads:
            thread.join()
        starts.append(server.start())
        done += 1
        print(
            f"cycle {done}: ready after {starts[-1]:.2f} s, {acked_spans(clients)} spans acknowledged",
            flush=True,
        )
    report = compare(server, clients, done, max(starts))
    server.close()
    return report


def acked_traces(clients: list[Client]) -> int:
    return sum(len(traces) for client in clients for traces in [*client.acked.values()])


def acked_spans(clients: list[Client]) -> int:
    return acked_traces(clients) * SPANS_PER_TRACE


def rolled_up(server: ServerProcess) -> int:
    count: int = server.api.get("/analytics/sessions")["totals"]["traceCount"]
    return count


def compare(server: ServerProcess, clients: list[Client], cycles: int, slowest_s: float) -> Report:
    acked = {trace for client in clients for traces in client.acked.values() for trace in traces}
    # Lists that are behind show no loss, however slow the machine: only what never comes is lost.
    eventually(lambda: rolled_up(server), lambda count: count >= len(acked), within_s=CATCH_UP_S)
    server.stop()
    server.start()
    eventually(lambda: rolled_up(server), lambda count: count >= len(acked), within_s=CATCH_UP_S)
    stored = {trace["id"]: trace for trace in server.api.pages("/traces", limit=200)}
    counts = [stored[trace]["spanCount"] if trace in stored else 0 for trace in acked]
    per_session: dict[str, int] = defaultdict(int)
    for trace in stored.values():
        per_session[trace["sessionId"]] += 1
    wrong = 0
    for session in server.api.pages("/sessions", limit=200):
        traces = per_session[session["id"]]
        right = (traces, traces * SPANS_PER_TRACE, traces * TOKENS)
        wrong += (session["traceCount"], session["spanCount"], session["totalTokens"]) != right
    return Report(
        cycles,
        len(acked) * SPANS_PER_TRACE,
        sum(max(0, SPANS_PER_TRACE - count) for count in counts),
        sum(max(0, trace["spanCount"] - SPANS_PER_TRACE) for trace in stored.values()),
        wrong,
        round(slowest_s, 2),
        tuple(refusal for client in clients for refusal in client.refused),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cycles", type=int, default=30)
    parser.add_argument("--traces", type=int, default=TRACES_PER_REQUEST, help="of three spans, in each request")
    parser.add_argument("--senders", type=int, default=1, help="of each wire")
    parser.add_argument(
        "--spans", type=int, default=0, help="acknowledged in a cycle, on the average; 0: what three seconds bring"
    )
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    arguments = parser.parse_args()
    print(f"seed {arguments.seed}", flush=True)
    is_enough = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: is_enough.set())
    folder = tempfile.mkdtemp(prefix="threadline-kill-")
    clients = clients_of(arguments.seed, traces=arguments.traces, senders=arguments.senders)
    report = run(
        Path(folder) / "data",
        arguments.cycles,
        arguments.seed,
        clients=clients,
        spans=arguments.spans,
        is_enough=is_enough,
    )
    print(report)
    if report.is_good:
        shutil.rmtree(folder)
    else:
        print(f"the data are kept in {folder}")
    sys.exit(not report.is_good)


if __name__ == "__main__":
    main()
