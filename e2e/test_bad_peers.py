"""FAULTS.md rows B9, B13 and B14: senders that take more than their share, and everybody else meanwhile."""

from __future__ import annotations

import gzip
import io
import json
import socket
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from e2e.api import Api, eventually
from e2e.server_process import ServerProcess

MIB = 1024 * 1024
CROWD = 200


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    with ServerProcess(tmp_path_factory.mktemp("peers") / "data") as running:
        yield running


def turns(name: str, count: int, text: str = "") -> list[dict[str, Any]]:
    return [{"id": f"{name}-{number}", "name": "turn", "sessionId": name, "input": text} for number in range(count)]


def bomb(size: int) -> bytes:
    """That many zeros, gzipped without ever holding them."""
    out = io.BytesIO()
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    for _ in range(size // MIB):
        out.write(packer.compress(bytes(MIB)))
    out.write(packer.flush())
    return out.getvalue()


def family(pid: int) -> list[Path]:
    """The folders in /proc of a process and of those that it started."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    return [Path(f"/proc/{pid}"), *(Path(f"/proc/{child}") for child in children)]


def most_held(pid: int) -> int:
    """The most that they held since they were last told to forget it, in bytes."""
    held = 0
    for process in family(pid):
        lines = dict(line.split(":", 1) for line in (process / "status").read_text(encoding="utf-8").splitlines())
        held += int(lines["VmHWM"].split()[0]) * 1024
    return held


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="needs Linux to tell the most that was held")
def test_b9_a_bomb_of_a_gigabyte_costs_no_more_memory_than_the_limit(server: ServerProcess) -> None:
    packed = bomb(1024 * MIB)
    headers = {"Content-Type": "application/x-protobuf", "Content-Encoding": "gzip"}
    server.api.http.post("/v1/traces", content=gzip.compress(b"\0" * 19 * MIB), headers=headers)  # everything is warm
    for process in family(server.pid):
        (process / "clear_refs").write_text("5", encoding="ascii")
    before = most_held(server.pid)

    began = time.monotonic()
    answer = server.api.http.post("/v1/traces", content=packed, headers=headers)
    took_s = time.monotonic() - began

    grown = most_held(server.pid) - before
    print(f"{len(packed)} bytes of 1 GiB: {answer.status_code} in {took_s * 1000:.0f} ms, {grown / MIB:.1f} MiB more")
    assert answer.status_code == 413
    assert grown <= 64 * MIB


def spans_that_say_nothing(count: int) -> bytes:
    """Each a trace of its own."""
    request = ExportTraceServiceRequest()
    spans = request.resource_spans.add().scope_spans.add().spans
    started_ns = time.time_ns()
    for number in range(1, count + 1):
        spans.add(
            trace_id=number.to_bytes(16, "big"),
            span_id=number.to_bytes(8, "big"),
            name="x",
            start_time_unix_nano=started_ns,
        )
    return request.SerializeToString()


def long_texts(count: int) -> bytes:
    """Each of a hundred kilobytes."""
    request = ExportTraceServiceRequest()
    spans = request.resource_spans.add().scope_spans.add().spans
    started_ns = time.time_ns()
    for number in range(1, count + 1):
        span = spans.add(
            trace_id=(number << 64).to_bytes(16, "big"),
            span_id=number.to_bytes(8, "big"),
            start_time_unix_nano=started_ns,
        )
        for key, value in (("session.id", "long"), ("gen_ai.input.messages", "word " * 20_000)):
            span.attributes.add(key=key).value.string_value = value
    return request.SerializeToString()


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="needs Linux to tell the most that was held")
@pytest.mark.parametrize(
    ("make", "count"), [(spans_that_say_nothing, 230_000), (long_texts, 190)], ids=["230,000 spans", "18 MiB of text"]
)
def test_b9_the_largest_request_costs_no_more_than_256_mib(
    server: ServerProcess, make: Callable[[int], bytes], count: int
) -> None:
    body = make(count)
    headers = {"Content-Type": "application/x-protobuf"}
    with server.api.new_project(f"large-{count}") as project:
        for number in range(20):  # everything is warm
            project.send(turns(f"warm-{number}", 200))
        eventually(lambda: project.get("/analytics/sessions")["totals"]["traceCount"], lambda found: found == 4_000)
        for process in family(server.pid):
            (process / "clear_refs").write_text("5", encoding="ascii")
        before = most_held(server.pid)

        answer = project.http.post("/v1/traces", content=body, headers=headers, timeout=600)
        counts = project.get("/ingestion")
        metric = "threadline_rollup_waiting_traces"
        waiting = eventually(lambda: server.api.reading(metric), lambda traces: traces == 0, within_s=600)

    grown = most_held(server.pid) - before
    print(f"{len(body) / MIB:.0f} MiB: {grown / MIB:.0f} MiB more")
    assert (answer.status_code, answer.content, waiting) == (200, b"", 0)
    assert counts["received"] == counts["stored"] == count + 4_000
    assert grown <= 256 * MIB


def test_b13_a_crowd_that_sends_nothing_keeps_nobody_waiting(server: ServerProcess) -> None:
    with server.api.new_project("crowded") as project, ExitStack() as crowd:
        begun = (b"", b"POST /v1/tra", b"POST /v1/traces HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100\r\n\r\nx")
        connections = []
        for number in range(CROWD):
            connection = crowd.enter_context(socket.create_connection(("127.0.0.1", server.port)))
            connection.sendall(begun[number % len(begun)])
            connections.append(connection)
        project.send(turns("meanwhile", 20))
        assert project.session("meanwhile")["traceCount"] == 20
        assert server.api.http.get("/healthz").status_code == 200


def noise(server: ServerProcess, key: str, sender: int, stop: threading.Event, statuses: list[tuple[int, str | None]], acknowledged: list[int]) -> None:  # fmt: skip
    with httpx.Client(
        base_url=server.url, headers={"Authorization": f"Bearer {key}"}, timeout=60, trust_env=False
    ) as http:
        for number in range(10_000):
            if stop.is_set():
                return
            traces = turns(f"noise-{sender}-{number}", 200, "x" * 500)
            answer = http.post(
                "/observability/traces",
                content=json.dumps({"traces": traces}),
                headers={"Content-Type": "application/json"},
            )
            statuses.append((answer.status_code, answer.headers.get("retry-after")))
            if answer.is_success:
                acknowledged.append(len(traces))


def test_b14_a_noisy_project_is_held_back_and_a_quiet_one_is_not(server: ServerProcess) -> None:
    stop = threading.Event()
    statuses: list[tuple[int, str | None]] = []
    acknowledged: list[int] = []
    with server.api.new_project("noisy") as noisy, server.api.new_project("quiet") as quiet:
        senders = [
            threading.Thread(target=noise, args=(server, noisy.key, sender, stop, statuses, acknowledged))
            for sender in range(4)
        ]
        for sender in senders:
            sender.start()
        eventually(lambda: len(statuses), lambda count: count >= 4)
        own = [
            quiet.http.post("/observability/traces", json={"traces": turns(f"q-{number}", 1)}).status_code
            for number in range(15)
        ]
        stop.set()
        for sender in senders:
            sender.join()
        kept = eventually(
            lambda: quiet.get("/analytics/sessions")["totals"]["traceCount"], lambda count: count == 15, within_s=60
        )
        seen = eventually(
            lambda: noisy.get("/analytics/sessions")["totals"]["traceCount"],
            lambda count: count == sum(acknowledged),
            within_s=60,
        )

    assert (own, kept) == ([200] * 15, 15)
    assert {status for status, _ in statuses} <= {200, 503}
    assert all(retry for status, retry in statuses if status == 503)
    assert seen == sum(acknowledged)


def test_the_server_is_well_after_all_that(server: ServerProcess) -> None:
    with Api(server.url, server.api.key) as anew:
        assert (
            eventually(lambda: anew.http.get("/readyz").status_code, lambda status: status == 200, within_s=10) == 200
        )
