"""A server that is killed between the parts of a span, each of which it had acknowledged or had not."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

LIFE = """
import json, os, pathlib, signal, sys
from starlette.testclient import TestClient
from threadline_server.app import opened
from threadline_server.ingest.workers import Workers
from threadline_server.ingest.commit import Committer
from threadline_server.settings import Settings

def killed(*_args):
    os.kill(os.getpid(), signal.SIGKILL)

events, when = json.loads(sys.argv[2]), sys.argv[3]
settings = Settings(data_dir=pathlib.Path(sys.argv[1]), api_key="pk_chosen-by-the-test")
if when == "before the span is made":
    Committer.submit = killed
with opened(settings, Workers(0)) as app:
    web = TestClient(app, base_url="http://127.0.0.1:4318", headers={"authorization": "Bearer pk_chosen-by-the-test"})
    assert len(web.post("/api/public/ingestion", json={"batch": events}).json()["successes"]) == len(events)
    if when == "after the answer":
        killed()
with opened(settings, Workers(0)) as app:
    web = TestClient(app, base_url="http://127.0.0.1:4318", headers={"authorization": "Bearer pk_chosen-by-the-test"})
    print(json.dumps(web.get("/observability/sessions/s/traces?include=spans").json()["data"]))
"""
BEGIN = {
    "id": "e-1", "type": "generation-create", "timestamp": "2026-11-23T07:00:01Z",
    "body": {"id": "o", "traceId": "t", "startTime": "2026-11-23T07:00:01Z", "name": "call", "input": "Hello?"},
}  # fmt: skip
TRACE = {
    "id": "e-2", "type": "trace-create", "timestamp": "2026-11-23T07:00:01Z",
    "body": {"id": "t", "timestamp": "2026-11-23T07:00:00Z", "sessionId": "s", "name": "turn"},
}  # fmt: skip
END = {
    "id": "e-3", "type": "generation-update", "timestamp": "2026-11-23T07:00:05Z",
    "body": {"id": "o", "traceId": "t", "endTime": "2026-11-23T07:00:05Z", "output": "Hello!"},
}  # fmt: skip


def live(data_dir: Path, events: list[dict[str, Any]], when: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-c", LIFE, str(data_dir), json.dumps(events), when],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return done.returncode, done.stdout or done.stderr


def told(output: str) -> list[tuple[str, Any, Any, Any]]:
    [trace] = json.loads(output.splitlines()[-1])
    return [
        (span["id"], span["input"], span["output"], span["duration"]) for span in trace["spans"] if span["id"] == "o"
    ]


def test_what_was_acknowledged_before_a_kill_is_part_of_the_span_that_ends_after_it(tmp_path: Path) -> None:
    killed, _ = live(tmp_path, [TRACE, BEGIN], "after the answer")
    code, output = live(tmp_path, [END], "never")

    assert (killed, code) == (-signal.SIGKILL, 0), output
    assert told(output) == [("o", "Hello?", "Hello!", 4_000)]


def test_parts_of_which_no_span_was_made_before_a_kill_are_in_the_next_one_made(tmp_path: Path) -> None:
    killed, _ = live(tmp_path, [TRACE, BEGIN], "before the span is made")
    code, output = live(tmp_path, [TRACE, END], "never")

    assert (killed, code) == (-signal.SIGKILL, 0), output
    assert told(output) == [("o", "Hello?", "Hello!", 4_000)]


def test_what_a_sender_repeats_after_a_kill_is_there_once(tmp_path: Path) -> None:
    killed, _ = live(tmp_path, [TRACE, BEGIN, END], "before the span is made")
    code, output = live(tmp_path, [TRACE, BEGIN, END], "never")

    assert (killed, code) == (-signal.SIGKILL, 0), output
    assert told(output) == [("o", "Hello?", "Hello!", 4_000)]
