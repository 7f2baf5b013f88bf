"""FAULTS.md rows A2 to A6, A10 and A13: what is stored when the server, its disk or the power goes at the worst moment."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from e2e.api import eventually
from e2e.server_process import ServerProcess, clean_environment

TOKENS = 7
ENDED_BY_A_FAULT = 137
MIB = 1024 * 1024
NO_FAULTS: dict[str, str] = {"THREADLINE_FAULTS": ""}


def faults(*told: dict[str, Any]) -> dict[str, str]:
    return {"THREADLINE_FAULTS": json.dumps(told)}


def turn(number: int, **facts: Any) -> dict[str, Any]:
    """A trace of one call, whose ids are always the same."""
    times = {"startTime": f"2026-11-20T10:30:{number % 60:02d}Z", "endTime": f"2026-11-20T10:30:{number % 60:02d}.500Z"}
    call = {
        "id": f"g-{number}",
        "kind": "generation",
        "modelName": "gpt-4o",
        "promptTokens": TOKENS,
        "completionTokens": 2,
    }
    return {"id": f"t-{number}", "name": "turn", "sessionId": "s", "userId": "u", "observations": [{**call, **times}], **times,
            **facts}  # fmt: skip


def sent(server: ServerProcess, *traces: dict[str, Any]) -> httpx.Response:
    return server.api.http.post("/observability/traces", json={"traces": traces})


def numbers(server: ServerProcess) -> dict[str, Any]:
    """Every number of project default that counts something."""
    names = ("traceCount", "spanCount", "totalTokens", "totalCost", "models")
    session = server.api.session("s")
    users = server.api.get("/users")["data"]
    return {
        "session": {name: session.get(name) for name in names},
        "traces": [(trace["id"], trace["spanCount"]) for trace in server.api.pages("/traces", sort="startTime", order="asc")],
        "totals": server.api.get("/analytics/sessions")["totals"],
        "costs": server.api.get("/analytics/costs")["totals"],
        "users": [(user["id"], user["traceCount"], user["totalTokens"]) for user in users],
    }  # fmt: skip


def test_a2_what_was_stored_and_not_answered_is_counted_once_when_it_is_sent_again(tmp_path: Path) -> None:
    traces = [turn(number) for number in range(6)]
    with ServerProcess(tmp_path / "right") as untroubled:
        assert sent(untroubled, *traces).status_code == 200
        untroubled.api.wait_for(1, 6)
        right = numbers(untroubled)

    server = ServerProcess(
        tmp_path / "data", **faults({"do": "die after", "call": "insert", "name": "spans", "nth": 2})
    )
    server.start()
    assert sent(server, *traces[:3]).status_code == 200
    with pytest.raises(httpx.TransportError):
        sent(server, *traces)
    assert server.ended() == ENDED_BY_A_FAULT
    server.start_again(**NO_FAULTS)
    assert sent(server, *traces).status_code == 200
    server.api.wait_for(1, 6)
    found = numbers(server)
    server.close()

    assert found == right


@contextmanager
def an_unfinished_request(server: ServerProcess) -> Iterator[None]:
    """Somebody who has begun to send a body and does not go on."""
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        head = f"POST /observability/traces HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {server.api.key}\r\n"
        connection.sendall(f"{head}Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{{".encode())
        yield


def test_a3_a_stop_waits_for_nobody_longer_than_ten_seconds(tmp_path: Path) -> None:
    with ServerProcess(tmp_path / "data") as server, an_unfinished_request(server):
        assert sent(server, turn(1)).status_code == 200
        began = time.monotonic()
        exit_code = server.stop()
        took_s = time.monotonic() - began
        server.start()
        server.api.wait_for(1, 1)

    assert exit_code == 0
    assert took_s <= 10


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a3_asked_to_stop_twice_it_ends_at_once_and_keeps_what_was_acknowledged(
    number: signal.Signals, tmp_path: Path
) -> None:
    with ServerProcess(tmp_path / "data") as server, an_unfinished_request(server):
        assert sent(server, *(turn(each) for each in range(6))).status_code == 200
        os.kill(server.pid, signal.SIGTERM)
        wait_until_refused(server)
        os.kill(server.pid, number)
        exit_code = server.ended()  # 0 after an orderly end
        server.start()
        server.api.wait_for(1, 6)

    assert exit_code == 128 + number


def wait_until_refused(server: ServerProcess) -> None:
    """Until nobody new is let in: the stop has begun."""

    def is_refused() -> bool:
        try:
            with httpx.Client(trust_env=False) as anew:
                return not anew.get(f"{server.url}/healthz").is_success
        except httpx.TransportError:
            return True

    assert eventually(is_refused, bool)


SYNC = re.compile(r"^(?P<thread>\d+) +(?:fdatasync|fsync)\((?P<file>\d+<(?P<path>[^>]*)>)(?P<rest>.*)$")
RESUMED = re.compile(r"^(?P<thread>\d+) +<\.\.\. (?:fdatasync|fsync) resumed>")
RENAME = re.compile(r"^\d+ +rename(?:at2?)?\(.*(?P<table>/store/[0-9a-f]{3}/[0-9a-f-]{36})/tmp_insert_")
GOOD_ANSWER = re.compile(r'^\d+ +(?:write|sendto|writev|sendmsg)\(\d+<TCP.*"HTTP/1\.1 200')


def kept_before_each_answer(lines: list[str]) -> list[tuple[bool, bool]]:
    """For each good answer: whether a part's data was synced since the answer before, and its folder after it got its name.

    Roll-ups are written meanwhile, in tables of their own and without syncing.
    """
    found, data, folder = [], False, False
    renamed: set[str] = set()
    unfinished: dict[str, str] = {}
    for line in lines:
        if GOOD_ANSWER.match(line):
            found.append((data, folder))
            data = folder = False
            renamed.clear()
        elif rename := RENAME.match(line):
            renamed.add(rename["table"])
        elif (path := synced(line, unfinished)) is not None:
            data = data or path.endswith((".packed", ".bin"))
            folder = folder or (
                "tmp_insert" not in path and "." not in Path(path).name and any(table in path for table in renamed)
            )
    return found


def synced(line: str, unfinished: dict[str, str]) -> str | None:
    """The path that a line says is on the disk; a call of several lines is remembered by its thread until it is over."""
    if begun := SYNC.match(line):
        if "unfinished" not in begun["rest"]:
            return begun["path"]
        unfinished[begun["thread"]] = begun["path"]
    elif resumed := RESUMED.match(line):
        return unfinished.pop(resumed["thread"], None)
    return None


@pytest.mark.skipif(
    shutil.which("strace") is None, reason="needs strace; test_acknowledgement.py proves the order without it"
)
def test_a4_no_answer_is_sent_before_data_and_folder_are_on_the_disk(tmp_path: Path) -> None:
    requests = int(os.environ.get("A4_REQUESTS", "40"))
    with ServerProcess(tmp_path / "data") as server:
        assert sent(server, turn(0)).status_code == 200
        calls = "trace=fsync,fdatasync,rename,renameat,renameat2,write,writev,sendto,sendmsg"
        log = tmp_path / "calls"
        command = ["strace", "-f", "-y", "-yy", "-s", "12", "-e", calls, "-o", str(log), "-p", str(server.pid)]
        watching = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        assert watching.stderr is not None
        if "attached" not in watching.stderr.readline():
            pytest.skip("strace may not attach to processes here")
        statuses = [sent(server, turn(number)).status_code for number in range(1, requests + 1)]
        watching.terminate()
        watching.wait(30)
        watching.stderr.close()
        found = kept_before_each_answer(log.read_text().splitlines())

    assert statuses == [200] * requests
    assert found == [(True, True)] * requests


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 192 MiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=192m", "none", str(folder)], capture_output=True, check=False) if os.geteuid() == 0 else None  # fmt: skip
    if mounted is None or mounted.returncode:
        pytest.skip("needs root to mount a small disk; test_a5_a_store_whose_disk_is_full... needs none")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(folder: Path, left_bytes: int) -> Path:
    """A file that leaves so much free; the server may write between the look and the taking, then it looks again."""
    ballast = folder / "ballast"
    with ballast.open("wb") as file:
        for _ in range(1000):
            with suppress(OSError):
                os.posix_fallocate(file.fileno(), 0, shutil.disk_usage(folder).free - left_bytes)
                return ballast
    raise AssertionError("the disk could not be filled")


def test_a5_a_full_disk_refuses_what_arrives_serves_reads_and_deletes_and_goes_on_by_itself(small_disk: Path) -> None:
    with ServerProcess(small_disk / "data") as server:
        assert sent(server, *(turn(number) for number in range(5)), turn(9, sessionId="goes")).status_code == 200
        server.api.wait_for(2, 6)
        ballast = fill(small_disk, 40 * MIB)
        refused = sent(server, turn(6))
        ready = eventually(lambda: server.api.http.get("/readyz"), lambda answer: answer.status_code == 503)
        read = server.api.session("s")["traceCount"]
        deleted = server.api.http.delete("/observability/sessions/goes").status_code
        server.stop()
        server.start()  # on a full disk
        still = server.api.session("s")["traceCount"]
        ballast.unlink()
        taken = eventually(lambda: sent(server, turn(6)).status_code, lambda status: status == 200, within_s=5)
        server.api.wait_for(1, 6)
        gone = server.api.http.get("/observability/sessions/goes").status_code

    assert (refused.status_code, refused.json()["error"]["message"]) == (503, "cannot store spans: the disk is full")
    assert int(refused.headers["retry-after"]) <= 5
    assert ready.json()["reasons"]["disk"].startswith("the disk is full")
    assert (read, deleted, still, taken, gone) == (5, 200, 5, 200, 404)


def test_a5_a_disk_that_is_full_to_the_last_byte_loses_nothing_acknowledged(small_disk: Path) -> None:
    with ServerProcess(small_disk / "data") as server:
        assert sent(server, turn(1)).status_code == 200
        ballast = fill(small_disk, 0)
        assert sent(server, turn(2)).status_code == 503
        server.kill()
        ballast.unlink()
        server.start()
        assert sent(server, turn(2)).status_code == 200
        server.api.wait_for(1, 2)


def test_a5_a_store_whose_disk_is_full_is_told_until_there_is_room_again(tmp_path: Path) -> None:
    told = {"do": "disk full", "call": "insert", "name": "spans", "nth": 2, "times": 3}
    with ServerProcess(tmp_path / "data", **faults(told)) as server:
        statuses = [sent(server, turn(number)).status_code for number in (1, 2, 2, 2, 2)]
        server.api.wait_for(1, 2)

    assert statuses == [200, 503, 503, 503, 200]


@pytest.mark.parametrize("nth", [9, 21])
def test_a13_a_migration_that_is_killed_goes_on_at_the_next_start_and_nothing_is_lost(nth: int, tmp_path: Path) -> None:
    with ServerProcess(tmp_path / "data") as server:
        assert sent(server, *(turn(number) for number in range(6))).status_code == 200
        server.api.wait_for(1, 6)
        before = numbers(server)
        server.stop()
        forget_migrations(server.data_dir)
        with pytest.raises(RuntimeError, match="did not start"):
            server.start_once(**faults({"do": "die before", "call": "migrate", "nth": nth}))
        assert server.ended() == ENDED_BY_A_FAULT
        server.start_again(**NO_FAULTS)
        server.api.wait_for(1, 6)
        after = numbers(server)

    assert after == before


def forget_migrations(data_dir: Path) -> None:
    """All have yet to be applied, over tables that are full: an upgrade over everything."""
    program = (
        "import sys\nfrom threadline_server.store.database import Database\n"
        "database = Database(sys.argv[1])\ndatabase.command('TRUNCATE TABLE migrations')\ndatabase.close()\n"
    )
    command = [sys.executable, "-c", program, f"chdb://{data_dir}/store"]
    subprocess.run(command, env=clean_environment(), check=True, timeout=60)


@pytest.mark.skipif(shutil.which("prlimit") is None, reason="needs prlimit to give a server few files")
def test_a6_without_files_left_it_says_so_and_goes_on(tmp_path: Path) -> None:
    server = ServerProcess(tmp_path / "data")
    server.started_by = ("prlimit", "--nofile=200:200", "--")
    with server, ExitStack() as crowd:
        for _ in range(300):
            crowd.enter_context(socket.create_connection(("127.0.0.1", server.port)))
        statuses = {status_of(server, number) for number in range(6)}
        crowd.close()
        for number in range(6):
            assert eventually(lambda number=number: status_of(server, number), lambda status: status == 200) == 200
        server.api.wait_for(1, 6)

    assert statuses <= {200, 503, None}


def status_of(server: ServerProcess, number: int) -> int | None:
    """Of sending a turn; None where the connection was refused."""
    try:
        return sent(server, turn(number)).status_code
    except httpx.TransportError:
        return None


def parts_of(data_dir: Path, table: str) -> list[Path]:
    """The folders of a table's parts, in the order in which they were written."""
    found = (data_dir / "store" / "data" / "default" / table).resolve().iterdir()
    return sorted((part for part in found if part.name.endswith("_0")), key=lambda part: int(part.name.split("_")[1]))


def damage(part: Path, *, shorten: bool) -> None:
    """Half of it is gone, or one bit in its middle is another."""
    file = next(part / name for name in ("data.packed", "data.bin") if (part / name).exists())
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 0x10
    file.write_bytes(content[: len(content) // 2] if shorten else content)


def rows(server: ServerProcess, *names: str) -> list[dict[str, Any]]:
    kept = ("id", "traceCount", "spanCount", "totalTokens", "totalCost", "models")
    return [{name: session[name] for name in kept if name in session} for session in map(server.api.session, names)]


def test_a10_damaged_parts_are_moved_aside_told_and_everything_else_is_there(tmp_path: Path) -> None:
    with ServerProcess(tmp_path / "data") as server:
        for number in range(4):
            assert sent(server, turn(number, sessionId=f"s-{number}")).status_code == 200
            server.api.wait_for(number + 1, number + 1)
        before = rows(server, "s-0", "s-1", "s-2")
        server.stop()
        damage(parts_of(server.data_dir, "spans")[-1], shorten=True)
        damage(parts_of(server.data_dir, "sessions")[0], shorten=True)
        damage(parts_of(server.data_dir, "migrations")[0], shorten=True)
        server.start()
        found = eventually(
            lambda: {session["id"] for session in server.api.pages("/sessions")},
            lambda ids: ids >= {"s-0", "s-1", "s-2"},
        )
        after = rows(server, "s-0", "s-1", "s-2")
        said = [len(server.api.conversation(name)) for name in ("s-0", "s-1", "s-2")]
        figures = server.api.http.get("/metrics").text
        again = sent(server, turn(3, sessionId="s-3")).status_code
        server.api.wait_for(4, 4)
        whole = rows(server, "s-3")[0]["spanCount"]
        aside = sorted(part.name.partition("-")[0] for part in (server.data_dir / "quarantine").iterdir())
        log = server.log.read_text()

    assert found >= {"s-0", "s-1", "s-2"}
    assert (after, said) == (before, [1, 1, 1])
    assert (again, whole, aside) == (200, 2, ["migrations", "sessions", "spans"])
    assert "threadline_quarantined_parts 3" in figures
    assert log.count("a part of the store is damaged and was moved to") == 3
