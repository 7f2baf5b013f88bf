"""The SDK against a server that is away: what a program recorded before it was killed is all there, once, when both are back."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

from e2e.api import eventually
from e2e.client_process import sdk_settings
from e2e.server_process import ServerProcess, clean_environment

SPANS = 100_000
SESSIONS = 10
RECORD = """
import json, sys, time
from threadline import init_observability

obs = init_observability()
spans, sessions = int(sys.argv[1]), int(sys.argv[2])
for number in range(spans):
    if number % (spans // sessions) == 0:
        session = obs.session(f"conversation-{number // (spans // sessions)}").__enter__()
    trace = obs.trace(f"turn-{number}", input={"message": f"Where is parcel {number}?", "padding": "x" * 200})
    trace.end(output={"response": f"Parcel {number} has left the depot."})
while obs.waiting.in_memory:
    time.sleep(0.01)
print(json.dumps({"waiting": obs.waiting, "dropped": obs.dropped}), flush=True)
time.sleep(1e6)
"""
DELIVER = """
from threadline import init_observability

obs = init_observability()
assert obs.flush(120), (obs.waiting, obs.dropped)
assert obs.dropped == {}
"""


def test_a_hundred_thousand_spans_while_the_server_is_down_survive_kill_9_and_arrive_once_and_whole(
    tmp_path: Path,
) -> None:
    server = ServerProcess(tmp_path / "data")
    environment = clean_environment() | sdk_settings(server.api) | {"THREADLINE_SPOOL_DIR": str(tmp_path / "spool")}
    command = [sys.executable, "-c", RECORD, str(SPANS), str(SESSIONS)]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        said = program.stdout.readline()
        os.kill(program.pid, signal.SIGKILL)
    assert said == f'{{"waiting": [0, {SPANS}], "dropped": {{}}}}\n'

    with server:
        subprocess.run([sys.executable, "-c", DELIVER], env=environment, check=True, timeout=180)
        counts = server.api.get("/ingestion")
        assert (counts["stored"], counts["rejected"]) == (SPANS, {})
        server.api.wait_for(SESSIONS, SPANS)
        totals = eventually(
            lambda: server.api.get("/analytics/sessions")["totals"], lambda found: found["spanCount"] == SPANS
        )
        assert totals["spanCount"] == SPANS
        found: Counter[tuple[str, str, str]] = Counter()
        for session in range(SESSIONS):
            export = server.api.http.get(
                f"/observability/sessions/conversation-{session}/export", params={"format": "jsonl"}, timeout=120
            )
            _, *traces = map(json.loads, export.text.splitlines())
            found.update((trace["name"], trace["input"]["message"], trace["output"]["response"]) for trace in traces)
    assert found == Counter(
        (f"turn-{number}", f"Where is parcel {number}?", f"Parcel {number} has left the depot.")
        for number in range(SPANS)
    )
    assert list((tmp_path / "spool").rglob("*.*")) in ([], [next((tmp_path / "spool").iterdir())])
