"""Who gets in, over real sockets: what is sent raw, what ends while a stream is open, who may start what, and file modes."""

from __future__ import annotations

import os
import re
import socket
import stat
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import grpc
import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2_grpc import TraceServiceStub

from e2e.api import eventually
from e2e.server_process import ServerProcess, free_port, threadline

PASSWORD = "a dozen letters and more"


def _sent_raw(server: ServerProcess, *lines: str) -> int:
    """The status of the answer to a request that no client library would send."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall("\r\n".join([*lines, "Connection: close", "", ""]).encode("latin-1"))
        answer = b""
        while piece := connection.recv(65536):
            answer += piece
    found = re.match(rb"HTTP/1\.1 (\d{3})", answer)
    assert found is not None, answer
    assert b"canary" not in answer
    return int(found[1])


@pytest.mark.parametrize(
    ("lines", "status"),
    [
        (("GET /healthz HTTP/1.1", "Host: 127.0.0.1"), 200),
        (("GET /healthz HTTP/1.1", "Host: evil.example"), 421),
        (("GET /healthz HTTP/1.1", "Host: 127.0.0.1", "Host: evil.example"), 421),
        (("GET /healthz HTTP/1.0",), 421),
        (("GET http://evil.example/healthz HTTP/1.1", "Host: evil.example"), 421),
        (("GET http://127.0.0.1/observability/sessions HTTP/1.1", "Host: evil.example"), 421),
        (("GET http://127.0.0.1/observability/sessions HTTP/1.1", "Host: 127.0.0.1"), 401),
        (("GET /observability/sessions HTTP/1.1", "Host: 127.0.0.1", "X-Forwarded-For: 127.0.0.1"), 401),
        (("GET //observability/sessions HTTP/1.1", "Host: 127.0.0.1"), 404),
        (("GET /assets/../observability/sessions HTTP/1.1", "Host: 127.0.0.1"), 404),
        (("GET /assets/%2e%2e/%2e%2e/openapi.py HTTP/1.1", "Host: 127.0.0.1"), 404),
        (("GET /assets/..%2f..%2fopenapi.py HTTP/1.1", "Host: 127.0.0.1"), 404),
        (("GET /observability%2fsessions HTTP/1.1", "Host: 127.0.0.1"), 401),
        (("GET /observability/sessions;x HTTP/1.1", "Host: 127.0.0.1"), 404),
        (("GET /observability/sessions/..;/ HTTP/1.1", "Host: 127.0.0.1"), 307),
        (("get /observability/sessions HTTP/1.1", "Host: 127.0.0.1"), 400),
        (("OPTIONS * HTTP/1.1", "Host: 127.0.0.1"), 404),
        (("HEAD /observability/sessions HTTP/1.1", "Host: 127.0.0.1"), 405),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_a_request_that_no_browser_sends_gets_no_further(
    server: ServerProcess, lines: tuple[str, ...], status: int
) -> None:
    assert _sent_raw(server, *lines) == status


@pytest.fixture
def viewer(server: ServerProcess) -> Iterator[httpx.Client]:
    """The browser of somebody who came by invitation, as an owner, beside another."""
    for name in ("ann", "bob"):
        made = threadline("accounts", "invite", "--role", "owner", "--data-dir", str(server.data_dir))
        token = made.stdout.strip().partition("#invitation=")[2]
        with httpx.Client(base_url=server.url, headers={"origin": server.url}) as browser:
            body = {"token": token, "email": f"{name}@test.example", "password": PASSWORD}
            assert browser.post("/auth/accept", json=body).status_code == 204
            if name == "bob":
                yield browser
    for name in ("bob", "ann"):
        threadline("accounts", "remove", f"{name}@test.example", "--data-dir", str(server.data_dir))


class _Open:
    """A live stream that is read until it ends."""

    def __init__(self, client: httpx.Client, **headers: str) -> None:
        self.ended_at = 0.0
        self.is_open = threading.Event()
        self._thread = threading.Thread(target=self._read, args=(client, headers), daemon=True)
        self._thread.start()
        assert self.is_open.wait(20)

    def _read(self, client: httpx.Client, headers: dict[str, str]) -> None:
        with client.stream("GET", "/observability/live", headers=headers, timeout=30) as answer:
            assert answer.status_code == 200
            for _ in answer.iter_bytes():
                self.is_open.set()
        self.ended_at = time.monotonic()

    def ends_within_s(self, changed_at: float) -> float:
        self._thread.join(20)
        assert not self._thread.is_alive()
        return self.ended_at - changed_at


def test_the_stream_of_somebody_who_was_removed_ends_within_a_second(
    server: ServerProcess, viewer: httpx.Client
) -> None:
    stream = _Open(viewer)
    server_side = {account["email"]: account["id"] for account in _accounts(server)}
    assert server.api.http.delete(f"/observability/accounts/{server_side['bob@test.example']}").status_code == 204
    assert stream.ends_within_s(time.monotonic()) < 1.0
    assert viewer.get("/observability/sessions").status_code == 401


def test_a_role_that_another_process_changes_holds_within_a_second(server: ServerProcess, viewer: httpx.Client) -> None:
    assert viewer.get("/observability/keys").status_code == 200
    threadline("accounts", "role", "bob@test.example", "viewer", "--data-dir", str(server.data_dir))
    changed_at = time.monotonic()
    eventually(lambda: viewer.get("/observability/keys").status_code, lambda status: status == 403)
    assert time.monotonic() - changed_at < 1.2
    assert viewer.get("/observability/sessions").status_code == 200


def test_the_stream_of_a_key_that_was_rotated_ends_with_the_overlap(server: ServerProcess) -> None:
    made = server.api.http.post("/observability/keys", json={"name": "rotated", "scopes": ["read"]}).json()
    with httpx.Client(base_url=server.url) as client:
        stream = _Open(client, authorization=f"Bearer {made['apiKey']}")
        rotated = server.api.http.post(f"/observability/keys/{made['id']}/rotate", json={"overlapSeconds": 1})
        assert rotated.status_code == 201
        assert 0.5 < stream.ends_within_s(time.monotonic()) < 2.0
        headers = {"authorization": f"Bearer {rotated.json()['apiKey']}"}
        assert client.get("/observability/sessions", headers=headers).status_code == 200


def _accounts(server: ServerProcess) -> list[dict[str, str]]:
    found: list[dict[str, str]] = server.api.http.get("/observability/accounts").json()["data"]
    return found


def test_a_grpc_channel_that_stays_open_is_refused_once_its_key_is_revoked(server: ServerProcess) -> None:
    made = server.api.http.post("/observability/keys", json={"name": "grpc"}).json()
    with grpc.insecure_channel(f"127.0.0.1:{server.grpc_port}") as channel:
        export = TraceServiceStub(channel).Export

        def code(key: str) -> grpc.StatusCode:
            try:
                export(ExportTraceServiceRequest(), metadata=[("authorization", f"Bearer {key}")], timeout=30)
            except grpc.RpcError as error:
                status: grpc.StatusCode = error.code()
                return status
            return grpc.StatusCode.OK

        before = code(made["apiKey"])
        server.api.http.delete(f"/observability/keys/{made['id']}")
        assert (before, code(made["apiKey"])) == (grpc.StatusCode.OK, grpc.StatusCode.UNAUTHENTICATED)
        reader = server.api.http.post("/observability/keys", json={"name": "r", "scopes": ["read"]}).json()["apiKey"]
        assert code(reader) == grpc.StatusCode.PERMISSION_DENIED
        # One and the same: ten different ones would keep every new key of this machine out for a minute.
        guesses = [code("pk_guess-over-grpc") for _ in range(11)]
        assert guesses == [grpc.StatusCode.UNAUTHENTICATED] * 10 + [grpc.StatusCode.RESOURCE_EXHAUSTED]
        assert server.api.http.get("/observability/sessions").status_code == 200


def test_whatever_the_server_writes_is_for_its_user_only(server: ServerProcess) -> None:
    server.api.send([{"id": "t", "sessionId": "modes", "input": "x"}])
    written = (Path(parent, name) for parent, folders, files in os.walk(server.data_dir) for name in (*folders, *files))
    open_to_others = [path for path in (server.data_dir, *written) if is_open_to_others(path)]
    assert open_to_others == []


def is_open_to_others(path: Path) -> bool:
    """Whether others than its user may do anything with it; what a merge has removed meanwhile is nobody's."""
    with suppress(FileNotFoundError):
        mode = path.lstat().st_mode
        return not stat.S_ISLNK(mode) and bool(stat.S_IMODE(mode) & 0o077)
    return False


def test_no_key_is_in_the_log_or_readable_in_the_database(server: ServerProcess) -> None:
    made = server.api.http.post("/observability/keys", json={"name": "secret", "scopes": ["read"]}).json()["apiKey"]
    httpx.get(f"{server.url}/observability/sessions", headers={"authorization": f"Bearer {made}x"})
    kept = b"".join(path.read_bytes() for path in server.data_dir.glob("identity.db*")) + server.log.read_bytes()
    assert made.encode() not in kept


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.1", "server.example"])
def test_a_server_without_authentication_does_not_start_where_others_can_reach_it(tmp_path: Path, host: str) -> None:
    folder = tmp_path / "data"
    ended = threadline(
        "serve", "--host", host, "--port", str(free_port()), "--insecure-no-auth", "--data-dir", str(folder)
    )
    assert (ended.returncode, folder.exists()) == (2, False)
    assert ended.stderr.startswith(f"threadline: cannot listen on {host} without authentication")
