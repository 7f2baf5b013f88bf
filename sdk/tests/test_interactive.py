"""Interpreters that people type into, cell after cell: one that is plain, and one whose event loop runs all the time."""

import subprocess
import sys
from pathlib import Path

import pytest

from sdk.tests.programs import environment
from sdk.tests.stub_server import StubServer

CELLS = """
from threadline import init_observability
import signal
obs = init_observability()

with obs.session("s-1"), obs.trace("fine"): obs.event("step")

with obs.trace("failed"): raise ValueError("wrong")

with obs.trace("interrupted"): signal.raise_signal(signal.SIGINT)

forgotten = obs.trace("forgotten")

forgotten.end()

obs.trace("last").end()

print("current:", obs.current_span(), obs.current_session(), obs.flush(30), obs.dropped)

with obs.session("s-2"), obs.trace("at the end"): pass

"""
AWAITED = """
with obs.trace("awaited"): await obs.aflush(30)

"""


@pytest.mark.parametrize("how", [["-i"], ["-m", "asyncio"]])
def test_each_cell_is_recorded_however_it_ends_and_leaves_nothing_current(how, server: StubServer, tmp_path: Path):
    is_asynchronous = how == ["-m", "asyncio"]
    cells = CELLS.replace("signal.raise_signal(signal.SIGINT)", "raise KeyboardInterrupt") if is_asynchronous else CELLS
    ended = subprocess.run(
        [sys.executable, "-q", *how],
        input=cells + (AWAITED if is_asynchronous else ""),
        env=environment(server.dsn, tmp_path / "spool"),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "current: None None True {}" in ended.stdout, ended.stdout + ended.stderr
    # One that runs for a second is told of while it runs too, and that may come after its end.
    sent = [span for request in server.requests for span in request.spans]
    spans = {span["name"]: span for span in sent if span["endTimeUnixNano"] != "0"}
    assert {name: span["status"]["message"] for name, span in spans.items() if "status" in span} == {
        "failed": "wrong",
        "interrupted": "",
    }
    ended_well = ["at the end", "fine", "forgotten", "last", "step", *(["awaited"] if is_asynchronous else [])]
    assert {name for name, span in spans.items() if "status" not in span} == set(ended_well)
    assert [span.get("parentSpanId") for name, span in spans.items() if name != "step"] == [None] * (len(spans) - 1)
