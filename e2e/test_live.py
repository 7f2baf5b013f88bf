"""The live stream of a real server: what changes is told, a client that comes back misses nothing, and streams end in time."""

from __future__ import annotations

import json
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from e2e.server_process import ServerProcess, clean_environment, threadline

PATIENCE_S = 20


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ServerProcess]:
    with ServerProcess(tmp_path / "data") as running:
        yield running


def turn(number: int, session: str = "s-1", **more: Any) -> dict[str, Any]:
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    return {"id": f"{session}-{number}", "name": "turn", "sessionId": session, "startTime": now, "endTime": now, **more}


def send(server: ServerProcess, *traces: dict[str, Any]) -> None:
    assert server.api.http.post("/observability/traces", json={"traces": traces}).json()["accepted"] == len(traces)


class Stream:
    """Events as they come: (id, kind, data)."""

    def __init__(self, answer: httpx.Response) -> None:
        self._lines = answer.iter_lines()
        self.last_id = ""

    def until(self, *kinds: str) -> list[tuple[str, Any]]:
        """The events up to the first by which there is one of each kind."""
        deadline = time.monotonic() + PATIENCE_S
        found: list[tuple[str, Any]] = []
        fields: dict[str, str] = {}
        for line in self._lines:
            assert time.monotonic() < deadline, found  # heartbeats come for ever
            name, _, value = line.partition(": ")
            if line:
                fields[name] = value
                continue
            self.last_id = fields.get("id", self.last_id)
            if "event" in fields:
                found.append((fields["event"], json.loads(fields["data"])))
                if {*kinds} <= {kind for kind, _ in found}:
                    return found
            fields = {}
        raise AssertionError(f"the stream ended before {kinds}: {found}")

    def rest(self) -> list[str]:
        """Wait for the end."""
        return list(self._lines)


@contextmanager
def listening(server: ServerProcess, query: str = "", **headers: str) -> Iterator[Stream]:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    with server.api.http.stream("GET", f"/observability/live{query}", headers=sent, timeout=PATIENCE_S) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        yield Stream(answer)


def test_a_session_is_told_as_it_starts_grows_and_is_ended_with_the_numbers_of_the_list(server: ServerProcess) -> None:
    with listening(server) as stream:
        send(server, turn(1))
        ((started, first),) = stream.until("session.started")
        send(server, turn(2))
        grown = stream.until("session.updated")[-1][1]
        server.api.http.patch("/observability/sessions/s-1", json={"ended": True})
        ended = stream.until("session.ended")[-1][1]

    assert (started, first["id"], first["traceCount"], grown["traceCount"]) == ("session.started", "s-1", 1, 2)
    assert ended == server.api.http.get("/observability/sessions").json()["data"][0]


def test_a_client_that_comes_back_is_told_what_it_missed_and_one_of_another_run_to_begin_again(
    server: ServerProcess,
) -> None:
    with listening(server) as stream:
        send(server, turn(1))
        stream.until("session.started")
    send(server, turn(2), turn(1, "s-2"))
    with listening(server, last_event_id=stream.last_id) as again:
        found = again.until("session.updated", "session.started")
    with listening(server, last_event_id="0000-17") as strange:
        reset = strange.until("reset")

    assert {data["id"] for _, data in found} == {"s-1", "s-2"}
    assert reset == [("reset", {})]


def test_a_filtered_stream_tells_what_the_list_would_show(server: ServerProcess) -> None:
    with listening(server, "?tag=vip") as stream:
        send(server, turn(1, "plain"), turn(1, "gold", tags=["vip"]))
        assert [data["id"] for _, data in stream.until("session.started")] == ["gold"]
    assert server.api.http.get("/observability/live?unheard=1").status_code == 400
    assert server.api.http.get("/observability/live", headers={"authorization": "Bearer pk_x"}).status_code == 401


def test_an_erased_session_is_told_as_removed(server: ServerProcess) -> None:
    send(server, turn(1))
    with listening(server) as stream:
        send(server, turn(2))
        stream.until("session.updated")
        server.api.http.delete("/observability/sessions/s-1")
        assert stream.until("session.removed")[-1] == ("session.removed", {"id": "s-1"})


def test_the_stream_of_a_key_that_another_process_revokes_ends_within_a_second(server: ServerProcess) -> None:
    made = threadline("keys", "create", "--scope", "read", "--data-dir", str(server.data_dir))
    key = made.stdout.strip()
    with listening(server, authorization=f"Bearer {key}") as stream:
        threadline("keys", "revoke", key, "--data-dir", str(server.data_dir))
        revoked_at = time.monotonic()
        stream.rest()
    assert time.monotonic() - revoked_at < 1.0


def test_a_stop_ends_streams_at_once(server: ServerProcess) -> None:
    with listening(server) as stream:
        began = time.monotonic()
        assert server.stop() == 0
        stream.rest()
    assert time.monotonic() - began < 5


def test_tail_prints_a_line_for_each_event_and_lists_show_the_same(server: ServerProcess) -> None:
    command = [sys.executable, "-m", "threadline_server.cli", "sessions", "tail", "--where", "tag=vip"]
    environment = clean_environment() | {"PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        [*command, "--data-dir", str(server.data_dir)], env=environment, stdout=subprocess.PIPE, text=True
    ) as tail:
        assert tail.stdout is not None
        first = None
        number = 0
        while first is None:
            number += 1
            send(server, turn(number, "s\x1b[2J", tags=["vip"], input="Hello\nthere"), turn(number, "other"))
            if select.select([tail.stdout], [], [], 0.5)[0]:
                first = tail.stdout.readline()
            assert number < 60
        tail.send_signal(signal.SIGINT)
        try:
            assert tail.wait(PATIENCE_S) == 0
        finally:
            tail.kill()  # else its end would be waited for
    assert first.split()[0] in {"started", "updated"}
    assert "s\\x1b[2J" in first
    assert "Hello there" in first
    listed = threadline("sessions", "list", "--data-dir", str(server.data_dir))
    shown = threadline("sessions", "show", "other", "--data-dir", str(server.data_dir))
    assert "s\\x1b[2J" in listed.stdout
    assert json.loads(shown.stdout)["id"] == "other"
