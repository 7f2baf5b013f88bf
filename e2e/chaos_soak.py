"""G4: four clients send while chance stops, freezes and kills the server and makes its store fail: nothing acknowledged is lost, and
the server does not grow.

    .venv/bin/python -m e2e.chaos_soak --minutes 60

The seed is printed, so that a failure replays (as far as the machine's own timing allows).
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from e2e.kill_campaign import Report, acked_traces, clients_of, compare
from e2e.server_process import ServerProcess

MISHAPS = ("kill", "stop", "freeze", "nothing")
FAULTS = ("disk full", "input/output error", "wait", "die before", "die after")
MOST_GROWTH_BYTES = 400 * 1024 * 1024
"""Of a server's memory from the first round to the last: caches fill, and each round starts a new process."""


def faults(chance: random.Random) -> list[dict[str, Any]]:
    """What goes wrong in the store during a round, if anything does."""
    return [
        {"do": chance.choice(FAULTS), "call": chance.choice(("insert", "insert", "read", "roll up")), "nth": chance.randrange(1, 60),
         "times": chance.randrange(1, 6), "seconds": round(chance.uniform(0, 2), 2)}
        for _ in range(chance.choice((0, 1, 2)))
    ]  # fmt: skip


def held_by(server: ServerProcess) -> tuple[int, int]:
    """Resident bytes and open files of the server's process (Linux; elsewhere zeros)."""
    process = Path(f"/proc/{server.pid}")
    if not process.exists():
        return 0, 0
    pages = int((process / "statm").read_text(encoding="ascii").split()[1])
    return pages * 4096, sum(1 for _ in (process / "fd").iterdir())


def mishap(server: ServerProcess, chance: random.Random) -> str:
    """One thing that happens to the server's process; it is ended after it, or was already by a fault."""
    what = chance.choice(MISHAPS)
    if what == "freeze" and server.is_running:
        server.freeze(chance.uniform(0.1, 2.0))
    if server.is_running:
        if what == "kill":
            server.kill()
        else:
            server.stop()
    return what


def run(data_dir: Path, *, rounds: int, minutes: float, chance_seed: int) -> Report:
    """Rounds until both are done. Raises AssertionError where the server has grown."""
    chance = random.Random(chance_seed)
    clients = clients_of(chance_seed)
    server = ServerProcess(data_dir)
    until = time.monotonic() + minutes * 60
    starts, sizes, done = [server.start_again(THREADLINE_FAULTS=json.dumps(faults(chance)))], [], 0
    while done < rounds or time.monotonic() < until:
        stop = threading.Event()
        threads = [threading.Thread(target=client.send_until, args=(server, stop)) for client in clients]
        for thread in threads:
            thread.start()
        before = acked_traces(clients)
        while server.is_running and acked_traces(clients) == before:
            time.sleep(0.01)
        time.sleep(chance.uniform(0.0, 2.5))
        sizes.append(held_by(server) if server.is_running else (0, 0))
        what = mishap(server, chance)
        stop.set()
        for thread in threads:
            thread.join()
        done += 1
        is_last = done >= rounds and time.monotonic() >= until
        asked = [] if is_last else faults(chance)
        starts.append(server.start_again(THREADLINE_FAULTS=json.dumps(asked)))
        print(
            f"round {done}: {what}, then {asked}; {acked_traces(clients)} traces acknowledged; {sizes[-1]}", flush=True
        )
    report = compare(server, clients, done, max(starts))
    server.close()
    measured = [size for size, _ in sizes if size]
    assert not measured or measured[-1] - measured[0] < MOST_GROWTH_BYTES, f"memory: {measured[0]} -> {measured[-1]}"
    return report


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    arguments = parser.parse_args()
    print(f"seed {arguments.seed}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        report = run(Path(folder) / "data", rounds=1, minutes=arguments.minutes, chance_seed=arguments.seed)
    print(report)
    sys.exit(not report.is_good)


if __name__ == "__main__":
    main()
