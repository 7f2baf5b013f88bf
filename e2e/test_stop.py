"""Stopping as a service manager does it, starting again, and what the command line does to a running server."""

from __future__ import annotations

import random
import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from e2e.api import Api, eventually
from e2e.kill_campaign import SPANS_PER_TRACE, WIRES, Client, acked_traces, compare
from e2e.server_process import ServerProcess, free_port, threadline

TRACE = {"name": "chat-turn", "sessionId": "kept", "input": "Hello!", "output": "Hi."}


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[ServerProcess]:
    with ServerProcess(tmp_path / "data") as running:
        yield running


def test_a_server_stopped_under_load_exits_with_0_and_keeps_everything_acknowledged(own_server: ServerProcess) -> None:
    clients = [Client(wire, random.Random(wire)) for wire in WIRES]
    stop = threading.Event()
    threads = [threading.Thread(target=client.send_until, args=(own_server, stop)) for client in clients]
    for thread in threads:
        thread.start()
    eventually(lambda: acked_traces(clients), lambda traces: traces >= 600)
    exit_code = own_server.stop()
    stop.set()
    for thread in threads:
        thread.join()
    own_server.start()
    report = compare(own_server, clients, cycles=1, slowest_s=0)
    assert report.acked_spans >= 600 * SPANS_PER_TRACE
    assert (exit_code, report.lost_spans, report.doubled_spans, report.wrong_sessions, report.refused) == (
        0,
        0,
        0,
        0,
        (),
    )


def test_a_second_server_on_the_same_data_says_who_has_it_and_leaves_the_first_one_alone(
    own_server: ServerProcess,
) -> None:
    second = threadline("serve", "--port", str(free_port()), "--data-dir", str(own_server.data_dir))
    complaint = (
        f"threadline: cannot open data directory {own_server.data_dir}: it is in use by process {own_server.pid};"
        " stop it or choose another --data-dir\n"
    )
    assert (second.returncode, second.stdout, second.stderr) == (2, "", complaint)
    own_server.api.send([TRACE])
    assert own_server.is_running


def test_a_restart_keeps_the_data_and_the_key(own_server: ServerProcess) -> None:
    own_server.api.send([TRACE])
    before = own_server.api.session("kept")
    credentials = (own_server.data_dir / "credentials.json").read_bytes()
    own_server.stop()
    own_server.start()
    assert own_server.api.session("kept") == before
    assert (own_server.data_dir / "credentials.json").read_bytes() == credentials


def test_keys_made_while_the_server_runs_work_at_once_within_their_scopes(server: ServerProcess) -> None:
    statuses = []
    for scope in ("read", "ingest"):
        made = threadline("keys", "create", "--scope", scope, "--data-dir", str(server.data_dir))
        with Api(server.url, made.stdout.strip()) as holder:
            read, sent = (
                holder.http.get("/observability/sessions"),
                holder.http.post("/observability/traces", json={"traces": []}),
            )
            statuses.append((made.returncode, read.status_code, sent.status_code))
    assert statuses == [(0, 200, 403), (0, 403, 200)]


def test_a_revoked_key_is_refused_soon_after(server: ServerProcess) -> None:
    made = threadline("keys", "create", "--scope", "read", "--data-dir", str(server.data_dir))
    number = re.search(r"Key (\d+) of project default", made.stderr)
    assert number is not None
    with Api(server.url, made.stdout.strip()) as reader:
        assert reader.http.get("/observability/sessions").status_code == 200
        revoked = threadline("keys", "revoke", number[1], "--data-dir", str(server.data_dir))
        assert (revoked.returncode, revoked.stdout) == (0, f"Key {number[1]} is revoked.\n")
        status = eventually(lambda: reader.http.get("/observability/sessions").status_code, lambda code: code == 401)
    assert status == 401
    assert server.api.http.get("/observability/sessions").status_code == 200
