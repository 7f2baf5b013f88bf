"""OTLP over gRPC against a server in a process of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2_grpc import LogsServiceStub

from e2e.server_process import KEY, ServerProcess, free_port, threadline

BASE_NS = 1_763_893_800_000_000_000


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[ServerProcess]:
    with ServerProcess(tmp_path / "data") as running:
        yield running


def test_a_log_record_sent_over_grpc_makes_its_session_and_outlives_a_kill(own_server: ServerProcess) -> None:
    request = ExportLogsServiceRequest()
    record = request.resource_logs.add().scope_logs.add().log_records.add(time_unix_nano=BASE_NS)
    record.attributes.add(key="session.id").value.string_value = "by log"
    with grpc.insecure_channel(f"127.0.0.1:{own_server.grpc_port}") as channel:
        LogsServiceStub(channel).Export(request, metadata=[("authorization", f"Bearer {KEY}")], timeout=30)
    own_server.kill()
    own_server.start()
    own_server.api.wait_for(sessions=1, traces=1)

    assert own_server.stop() == 0


def test_a_port_in_use_is_an_error_at_the_start_that_says_what_to_do(own_server: ServerProcess, tmp_path: Path) -> None:
    ports = ("--port", str(own_server.port), "--grpc-port", str(free_port()))
    second = threadline("serve", *ports, "--data-dir", str(tmp_path / "second"))

    assert second.returncode == 2
    assert second.stderr.splitlines()[-1] == (
        f"threadline: cannot listen on 127.0.0.1:{own_server.port}: the port is in use, or the address is not ours."
        " Stop the other program, or choose another --port (THREADLINE_PORT) or --host (THREADLINE_HOST)."
    )


def test_a_grpc_port_in_use_is_an_error_at_the_start_that_says_what_to_do(
    own_server: ServerProcess, tmp_path: Path
) -> None:
    ports = ("--port", str(free_port()), "--grpc-port", str(own_server.grpc_port))
    second = threadline("serve", *ports, "--data-dir", str(tmp_path / "second"))

    said = second.stderr.splitlines()[-1]
    assert second.returncode == 2
    assert said.startswith(f"threadline: cannot listen on 127.0.0.1:{own_server.grpc_port} for OTLP/gRPC: ")
    assert said.endswith("choose another --grpc-port (THREADLINE_GRPC_PORT).")
