"""One server as an operator may run it: TLS on both ports, logs as JSON, traces of its own requests sent elsewhere."""

from __future__ import annotations

import datetime as dt
import ipaddress
import ssl
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import grpc
import httpx
import orjson
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2_grpc import TraceServiceStub

from e2e.api import Api, eventually
from e2e.server_process import KEY, ServerProcess, threadline

BASE_NS = 1_763_893_800_000_000_000
CANARY = "canary-words"


def self_signed(folder: Path) -> tuple[Path, Path]:
    """A certificate for this machine, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    names = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now - dt.timedelta(1), now + dt.timedelta(1))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    cert_file, key_file = folder / "cert.pem", folder / "key.pem"
    cert_file.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    pem, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    key_file.write_bytes(key.private_bytes(pem, form, serialization.NoEncryption()))
    return cert_file, key_file


@pytest.fixture(scope="module")
def collected() -> Iterator[tuple[str, list[tuple[str, str, bytes]]]]:
    """Somebody who takes traces: its address, and (path, authorization, body) of what came."""
    found: list[tuple[str, str, bytes]] = []

    class Taking(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            found.append((self.path, self.headers["authorization"], body))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Taking) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", found
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return self_signed(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="module")
def server(
    certificate: tuple[Path, Path], collected: tuple[str, list[tuple[str, str, bytes]]], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ServerProcess]:  # fmt: skip
    cert, key = certificate
    running = ServerProcess(
        tmp_path_factory.mktemp("server") / "data", THREADLINE_TLS_CERT=str(cert), THREADLINE_TLS_KEY=str(key),
        THREADLINE_LOG_FORMAT="json", THREADLINE_LOG_LEVEL="debug", THREADLINE_OTLP_ENDPOINT=collected[0],
        THREADLINE_OTLP_HEADERS="Authorization=Bearer elsewhere",
    )  # fmt: skip
    running.api.close()
    running.url = f"https://127.0.0.1:{running.port}"
    running.api = Api(running.url, KEY, verify=ssl.create_default_context(cafile=str(cert)))
    with running:
        yield running


def export() -> ExportTraceServiceRequest:
    request = ExportTraceServiceRequest()
    span = request.resource_spans.add().scope_spans.add().spans.add(
        trace_id=b"1" * 16, span_id=b"2" * 8, name=CANARY, start_time_unix_nano=BASE_NS, end_time_unix_nano=BASE_NS + 1
    )  # fmt: skip
    span.attributes.add(key="session.id").value.string_value = "over tls"
    return request


def test_http_and_grpc_are_served_over_tls_to_who_trusts_the_certificate(
    server: ServerProcess, certificate: tuple[Path, Path]
) -> None:
    credentials = grpc.ssl_channel_credentials(certificate[0].read_bytes())
    with grpc.secure_channel(f"127.0.0.1:{server.grpc_port}", credentials) as channel:
        TraceServiceStub(channel).Export(export(), metadata=[("authorization", f"Bearer {KEY}")], timeout=30)
    server.api.wait_for(sessions=1, traces=1)
    assert server.api.http.get("/readyz").json() == {"status": "ready"}


def test_nothing_is_served_without_tls_then(server: ServerProcess) -> None:
    with pytest.raises(httpx.TransportError):
        httpx.get(f"http://127.0.0.1:{server.port}/healthz", trust_env=False, timeout=10)
    with grpc.insecure_channel(f"127.0.0.1:{server.grpc_port}") as channel, pytest.raises(grpc.RpcError) as refusal:
        TraceServiceStub(channel).Export(export(), metadata=[("authorization", f"Bearer {KEY}")], timeout=10)
    assert refusal.value.code() is grpc.StatusCode.UNAVAILABLE


def test_commands_speak_tls_and_trust_what_the_system_trusts_only(
    server: ServerProcess, certificate: tuple[Path, Path]
) -> None:
    command = ("masking", "show", "--data-dir", str(server.data_dir))
    trusting = threadline(*command, SSL_CERT_FILE=str(certificate[0]))
    assert (trusting.returncode, orjson.loads(trusting.stdout)) == (0, {"detectors": [], "patterns": []})
    assert threadline(*command).returncode == 1


def test_traces_of_own_requests_are_sent_where_it_is_told_without_what_was_said(
    server: ServerProcess, collected: tuple[str, list[tuple[str, str, bytes]]]
) -> None:
    server.api.http.get("/observability/sessions", params={"q": CANARY})
    sent = eventually(
        lambda: b"".join(body for _, _, body in collected[1]), lambda body: b"GET /observability/sessions" in body
    )
    assert b"GET /observability/sessions" in sent
    assert CANARY.encode() not in sent
    assert {(path, who) for path, who, _ in collected[1]} == {("/v1/traces", "Bearer elsewhere")}


def test_c7_every_log_line_is_json_and_none_holds_what_was_said_or_a_key(server: ServerProcess) -> None:
    server.api.http.post("/v1/traces", content=CANARY.encode(), headers={"content-type": "application/json"})
    server.api.http.get(f"/{CANARY}%1b[31m%0a")
    printed, _, logged = server.log.read_text(encoding="utf-8").rpartition("THREADLINE_DSN")
    logged = "\n".join(line for line in (printed + logged).splitlines() if line.startswith("{"))
    assert CANARY not in logged
    assert KEY not in logged
    told = [orjson.loads(line) for line in logged.splitlines()]
    assert told
    assert {frozenset(one) - {"error"} for one in told} == {frozenset({"time", "level", "logger", "message"})}


@pytest.mark.parametrize("wrong", ["the key of another", "no certificate"])
def test_files_that_are_no_certificate_and_its_key_are_refused_at_the_start(
    wrong: str, certificate: tuple[Path, Path], tmp_path: Path
) -> None:
    other = self_signed(tmp_path)[1]
    cert = certificate[0] if wrong == "the key of another" else other
    refused = threadline(
        "serve", "--data-dir", str(tmp_path / "data"), "--tls-cert", str(cert), "--tls-key", str(other)
    )
    assert refused.returncode == 2
    assert "cannot serve over TLS" in refused.stderr
    alone = threadline("serve", "--data-dir", str(tmp_path / "data"), "--tls-cert", str(cert))
    assert (alone.returncode, "together" in alone.stderr) == (2, True)
