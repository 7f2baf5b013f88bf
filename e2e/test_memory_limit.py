"""FAULTS.md row A11: a server with little memory, from which much is asked at once, refuses what is too large and lives on."""

from __future__ import annotations

import os
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from e2e.api import Api, eventually
from e2e.server_process import KEY, ServerProcess

MIB = 1024 * 1024
LIMIT = 1280 * MIB
GROUPS = Path("/sys/fs/cgroup/memory")
INTO_THE_GROUP = 'echo $$ > "$0/cgroup.procs" && exec "$@"'
QUESTIONS = (
    "/sessions?limit=200&q=word",
    "/traces?limit=200&include=spans",
    "/export?format=jsonl&include=traces",
    "/export?format=csv",
    "/analytics/sessions?groupBy=metadata.number",
    "/analytics/costs?groupBy=user",
    "/analytics/journeys?nodes=50",
    "/sessions/s-1/export",
)
ROUNDS, REQUESTS, TRACES = 2, 24, 40


@pytest.fixture
def group() -> Iterator[Path]:
    """A control group (version 1) of the machine with so little memory."""
    made = GROUPS / f"threadline-test-{os.getpid()}"
    try:
        made.mkdir()
        (made / "memory.limit_in_bytes").write_text(str(LIMIT), encoding="ascii")
    except OSError:
        pytest.skip("needs root and a control group of memory; server/tests/api/test_large_questions.py needs neither")
    yield made
    eventually((made / "cgroup.procs").read_text, lambda processes: not processes)
    made.rmdir()


@pytest.fixture
def folder() -> Iterator[Path]:
    """On the disk: what a server writes to a file system in memory counts as its own memory."""
    with tempfile.TemporaryDirectory(dir="/var/tmp") as made:
        yield Path(made)


def turns(number: int) -> dict[str, Any]:
    """A request of three megabytes."""
    times = {"startTime": f"2026-11-20T10:{number % 60:02}:00Z", "endTime": f"2026-11-20T10:{number % 60:02}:01Z"}
    return {
        "traces": [
            {"id": f"t-{number}-{place}", "name": f"turn {place}", "sessionId": f"s-{number % 4}", "userId": f"u-{place}", **times,
             "metadata": {"number": place}, "input": "word " * 8_000, "output": "answer " * 6_000}
            for place in range(TRACES)
        ]
    }  # fmt: skip


def test_a11_in_little_memory_much_at_once_is_answered_or_refused_and_nothing_acknowledged_is_lost(
    group: Path, folder: Path
) -> None:
    server = ServerProcess(folder / "data")
    server.started_by = ("sh", "-c", INTO_THE_GROUP, str(group))
    statuses: list[tuple[str, int]] = []
    stored: list[int] = []

    def ask(path: str) -> None:
        with Api(server.url, KEY) as api:
            statuses.extend((path, api.http.get(f"/observability{path}").status_code) for _ in range(ROUNDS))

    def send(numbers: range) -> None:
        with Api(server.url, KEY) as api:
            sent = ((number, api.http.post("/observability/traces", json=turns(number))) for number in numbers)
            stored.extend(number for number, answer in sent if answer.is_success)

    with server:
        send(range(REQUESTS // 2))
        threads = [threading.Thread(target=ask, args=(path,)) for path in QUESTIONS]
        threads.append(threading.Thread(target=send, args=(range(REQUESTS // 2, REQUESTS),)))
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        peak = int((group / "memory.max_usage_in_bytes").read_text(encoding="ascii"))
        killed = "oom_kill 0" not in (group / "memory.oom_control").read_text(encoding="ascii")
        server.api.wait_for(len({number % 4 for number in stored}), len(stored) * TRACES)
        is_running = server.is_running

    print(
        f"{sorted({status for _, status in statuses})}, {len(stored)} of {REQUESTS} requests stored, at most {peak / MIB:.0f} MiB"
    )
    assert (is_running, killed) == (True, False)
    assert [one for one in statuses if one[1] not in {200, 422, 503}] == []
    assert len(statuses) == ROUNDS * len(QUESTIONS)
