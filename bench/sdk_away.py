"""What a program with the SDK holds in memory while the server is away, and how long its end takes.

    .venv/bin/python -m bench.sdk_away --minutes 1

Each case is a process of its own: an idle one for comparison, 100 spans/s, and a burst; with nothing at the server's address, and
with something there that takes connections and never answers.
"""

from __future__ import annotations

import argparse
import json
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

PROGRAM = """
import json, sys, time
from threadline import init_observability

def rss_mb():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmRSS"))

obs = init_observability(sys.argv[1], spool_dir=sys.argv[2])
count, per_second, text = int(sys.argv[3]), float(sys.argv[4]), "x" * 2000
idle = peak = rss_mb()
slowest_ns, spent_ns = 0, 0
begin = time.monotonic()
for number in range(count):
    before = time.perf_counter_ns()
    obs.event("event", input={"number": number, "text": text})
    took = time.perf_counter_ns() - before
    slowest_ns, spent_ns = max(slowest_ns, took), spent_ns + took
    if per_second:
        time.sleep(max(begin + number / per_second - time.monotonic(), 0))
    if number % 50 == 0:
        peak = max(peak, rss_mb())
produced_s = time.monotonic() - begin
while obs.waiting.in_memory:
    time.sleep(0.01)
    peak = max(peak, rss_mb())
facts = {"idle_mb": idle, "rise_mb": peak - idle, "produced_s": produced_s, "on_disk": obs.waiting.on_disk,
         "dropped": obs.dropped, "mean_us": spent_ns / max(count, 1) / 1000, "slowest_ms": slowest_ns / 1e6}
obs.event("last")
print(json.dumps(facts), flush=True)
"""


def measure(port: int, count: int, per_second: float) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        dsn = f"http://pk_bench@127.0.0.1:{port}/default"
        command = [sys.executable, "-c", PROGRAM, dsn, folder, str(count), str(per_second)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as program:
            facts: dict[str, Any] = json.loads(program.stdout.readline() if program.stdout else "")
            began = time.monotonic()
            program.wait()
            facts["exit_s"] = time.monotonic() - began
        facts["spool_mb"] = sum(file.stat().st_size for file in Path(folder).rglob("*.spool")) / 2**20
    return facts


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=1.0, help="how long the paced cases last")
    parser.add_argument("--burst", type=int, default=100_000, help="spans of a burst")
    arguments = parser.parse_args()
    cases = {"100 spans/s": (int(arguments.minutes * 6000), 100.0), "burst": (arguments.burst, 0.0)}
    print(
        f"{'server':8} {'case':12} {'rise MB':>8} {'on disk':>8} {'spool MB':>9} {'mean us':>8} {'exit s':>7}  dropped"
    )
    with socket.create_server(("127.0.0.1", 0)) as silent, socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))  # bound and not listening: connections are refused
        for server, port in (("refuses", unused.getsockname()[1]), ("silent", silent.getsockname()[1])):
            for case, (count, per_second) in cases.items():
                facts = measure(port, count, per_second)
                print(
                    f"{server:8} {case:12} {facts['rise_mb']:8.1f} {facts['on_disk']:8} {facts['spool_mb']:9.1f}"
                    f" {facts['mean_us']:8.1f} {facts['exit_s']:7.2f}  {facts['dropped']}"
                )


if __name__ == "__main__":
    main()
