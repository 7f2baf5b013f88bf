"""Measures what docs/reliability.md has in its table: memory, restart, a session of 100,000 spans, 100,000 open sessions, overload, a stop.

    .venv/bin/python bench/trust.py                      all of it, on a quiet machine
    .venv/bin/python bench/trust.py --only session --only sessions --scale 0.1
    .venv/bin/python bench/trust.py --only restart --store bench/data/analytics      of a store that fill.py filled

Times hold on a quiet machine only; beside them stands what the server's process used of the processor, which holds elsewhere too.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

sys.path.insert(0, str(Path(__file__).parent.parent))

from e2e.api import Api, eventually
from e2e.server_process import KEY, ServerProcess

NOW = time.time()
BATCH = 2_000
SENDERS = 8
OVERLOADED_S = 20


def held(server: ServerProcess, *, most: bool = False) -> float:
    """MiB of the server and its decoding processes, what they share counted once, whoever else shares it; ``most``: the peaks of
    each, added up."""
    children = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text(encoding="ascii").split()
    family = [Path(f"/proc/{pid}") for pid in [server.pid, *children]]
    if most:
        lines = [line for process in family for line in (process / "status").read_text(encoding="utf-8").splitlines()]
        return sum(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) / 1024
    own, shared = 0, Counter[str]()
    for process in family:
        rollup = (process / "smaps_rollup").read_text(encoding="utf-8").splitlines()
        own += sum(int(line.split()[1]) for line in rollup if line.startswith("Pss_Anon:"))
        of_files = Counter[str]()
        name = ""
        for line in (process / "smaps").read_text(encoding="utf-8").splitlines():
            fields = line.split()
            if not fields[0].endswith(":"):
                name = fields[5] if len(fields) > 5 else ""
            elif fields[0] == "Anonymous:":
                of_files[name] -= int(fields[1])
            elif fields[0] == "Rss:":
                of_files[name] += int(fields[1])
        shared |= of_files
    return (own + shared.total()) / 1024


def used_s(server: ServerProcess) -> float:
    """Seconds of the processor that the server's own process used."""
    fields = Path(f"/proc/{server.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def timed(server: ServerProcess, what: str) -> Iterator[None]:
    began, used = time.monotonic(), used_s(server)
    yield
    print(f"  {what}: {time.monotonic() - began:.2f} s, of the processor {used_s(server) - used:.2f} s", flush=True)


def iso(seconds: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + f".{int(seconds % 1 * 1000):03d}Z"


def trace(name: str, session: str, spans: int, at: float) -> dict[str, Any]:
    times = {"startTime": iso(at), "endTime": iso(at + 0.5)}
    steps = [
        {"id": f"{name}-{place}", "kind": "span", "name": f"step {place % 9}", "input": "x" * 200, **times}
        for place in range(spans - 1)
    ]
    return {
        "id": name,
        "name": "turn",
        "sessionId": session,
        "userId": f"u-{hash(session) % 500}",
        "observations": steps,
        **times,
    }


def send(server: ServerProcess, traces: Iterator[dict[str, Any]], spans_each: int) -> None:
    with Api(server.url, KEY) as api:
        batch: list[dict[str, Any]] = []
        for one in traces:
            batch.append(one)
            if len(batch) * spans_each >= BATCH:
                api.http.post("/observability/traces", json={"traces": batch}).raise_for_status()
                batch = []
        if batch:
            api.http.post("/observability/traces", json={"traces": batch}).raise_for_status()


def rolled_up(server: ServerProcess, traces: int) -> None:
    totals = eventually(
        lambda: server.api.get("/analytics/sessions")["totals"],
        lambda found: found["traceCount"] >= traces,
        within_s=900,
    )
    assert totals["traceCount"] >= traces, totals


def one_session(server: ServerProcess, scale: float) -> None:
    """T15: a session of 100,000 spans in 2,000 traces."""
    count, before = int(2_000 * scale), held(server)
    send(server, (trace(f"big-{number}", "big", 50, NOW - 90_000 + number) for number in range(count)), 50)
    rolled_up(server, count)
    with timed(server, "first page of the session"):
        server.api.get("/sessions/big")
    with timed(server, "first page of the conversation"):
        server.api.get("/sessions/big/conversation")
    with timed(server, "all traces with their spans"):
        pages = server.api.pages("/sessions/big/traces", limit=200, include="spans")
    print(f"  {len(pages)} traces; {held(server) - before:+.0f} MiB")


def many_sessions(server: ServerProcess, scale: float) -> None:
    """T16: 100,000 sessions that run, of three spans."""
    count, before = int(100_000 * scale), held(server)
    with timed(server, "taken in"):
        send(
            server,
            (trace(f"open-{number}", f"open-{number}", 3, NOW - 600 + number % 600) for number in range(count)),
            3,
        )
    rolled_up(server, count)
    print(f"  {held(server) - before:+.0f} MiB while {count} sessions came")
    used, took = used_s(server), []
    for _ in range(40):
        began = time.monotonic()
        server.api.get("/sessions", limit=50)
        took.append(time.monotonic() - began)
    print(
        f"  list: p95 {sorted(took)[-3] * 1000:.0f} ms, of the processor {(used_s(server) - used) / 40 * 1000:.0f} ms each"
    )


def overload(server: ServerProcess, scale: float) -> None:
    """T17: as many senders as there are, without a pause."""
    took: list[float] = []
    refused: list[int] = []
    stored: list[int] = []
    until = time.monotonic() + OVERLOADED_S * scale
    before = server.api.get("/analytics/sessions")["totals"]["traceCount"]

    def press(sender: int) -> None:
        with Api(server.url, KEY) as api:
            number = 0
            while time.monotonic() < until:
                body = json.dumps(
                    {
                        "traces": [
                            trace(f"o-{sender}-{number}-{place}", f"o-{sender}-{place}", 4, NOW - 80_000)
                            for place in range(100)
                        ]
                    }
                )
                number += 1
                began = time.monotonic()
                answer = api.http.post(
                    "/observability/traces", content=body, headers={"content-type": "application/json"}
                )
                if answer.is_success:
                    took.append(time.monotonic() - began)
                    stored.append(100)
                else:
                    refused.append(answer.status_code)

    threads = [threading.Thread(target=press, args=(sender,)) for sender in range(SENDERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with timed(server, "until all of it is counted"):
        rolled_up(server, before + sum(stored))
    ranked = sorted(took)
    print(
        f"  accepted {len(took)} requests of 400 spans, p99 {ranked[int(len(ranked) * 0.99)]:.2f} s; refused {sorted(set(refused))} {len(refused)}; at most {held(server, most=True):.0f} MiB"
    )


def a_stop(server: ServerProcess, _scale: float) -> None:
    """T2: how long a stop takes that is asked for under load."""
    stop = threading.Event()

    def press(sender: int) -> None:
        number = 0
        while not stop.is_set():
            try:
                send(server, iter([trace(f"e-{sender}-{number}", "e", 50, NOW - 70_000)]), 50)
            except httpx.HTTPError:
                return
            number += 1

    threads = [threading.Thread(target=press, args=(sender,)) for sender in range(4)]
    for thread in threads:
        thread.start()
    time.sleep(2)
    began = time.monotonic()
    code = server.stop()
    print(f"  exit code {code} after {time.monotonic() - began:.2f} s")
    stop.set()
    for thread in threads:
        thread.join()
    server.start()


def restart(server: ServerProcess, _scale: float) -> None:
    """T14: killed with -9, and ready again."""
    spans = server.api.get("/analytics/sessions")["totals"]
    for _ in range(3):
        server.kill()
        took = server.start()
        print(
            f"  ready after {took:.2f} s, of the processor {used_s(server):.2f} s ({spans['sessionCount']} sessions, {spans['traceCount']} traces)"
        )


PARTS: dict[str, Callable[[ServerProcess, float], None]] = {
    "session": one_session, "sessions": many_sessions, "overload": overload, "stop": a_stop, "restart": restart,
}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", action="append", choices=[*PARTS])
    parser.add_argument("--scale", type=float, default=1.0, help="of the sizes")
    parser.add_argument("--store", type=Path, help="a data directory; a copy of it is served")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        if arguments.store:
            shutil.copytree(arguments.store, data, symlinks=True)
        with ServerProcess(data) as server:
            print(
                f"idle: {held(server):.0f} MiB, {held(server, most=True):.0f} MiB at the peak; load of the machine {os.getloadavg()[0]:.0f}",
                flush=True,
            )
            for name in arguments.only or PARTS:
                print(f"{name}: {(PARTS[name].__doc__ or '').strip()}", flush=True)
                PARTS[name](server, arguments.scale)
            print(f"peaks of {held(server, most=True):.0f} MiB")


if __name__ == "__main__":
    main()
