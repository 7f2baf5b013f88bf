"""The SDK against a server that is away (FAULTS.md row C1): what a program recorded before it was killed is all there, once, when both are back."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

from e2e.client_process import sdk_settings
from e2e.server_process import ServerProcess, clean_environment

TRACES, SPANS_OF_EACH = 1_000, 100
SPANS = TRACES * SPANS_OF_EACH
RECORD = """
import json, sys, time
from threadline import init_observability

obs = init_observability()
traces, spans = int(sys.argv[1]), int(sys.argv[2])
with obs.session("conversation-1"):
    for turn in range(traces):
        with obs.trace(f"turn-{turn}"):
            for step in range(spans - 1):
                obs.event(f"step-{turn}-{step}", input={"message": f"Where is parcel {step} of {turn}?"})
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
    command = [sys.executable, "-c", RECORD, str(TRACES), str(SPANS_OF_EACH)]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        said = program.stdout.readline()
        os.kill(program.pid, signal.SIGKILL)
    assert said == f'{{"waiting": [0, {SPANS}], "dropped": {{}}}}\n'

    with server:
        subprocess.run([sys.executable, "-c", DELIVER], env=environment, check=True, timeout=180)
        counts = server.api.get("/ingestion")
        assert (counts["stored"], counts["rejected"]) == (SPANS, {})
        server.api.wait_for(1, TRACES)
        export = server.api.http.get(
            "/observability/sessions/conversation-1/export", params={"format": "jsonl"}, timeout=120
        )
    _, *traces = map(json.loads, export.text.splitlines())
    steps = Counter(
        (trace["name"], span["name"], span["input"]["message"])
        for trace in traces
        for span in trace["spans"]
        if span["kind"] == "event"
    )
    assert steps == Counter(
        (f"turn-{turn}", f"step-{turn}-{step}", f"Where is parcel {step} of {turn}?")
        for turn in range(TRACES)
        for step in range(SPANS_OF_EACH - 1)
    )
    assert list((tmp_path / "spool").rglob("*.*")) in ([], [next((tmp_path / "spool").iterdir())])
