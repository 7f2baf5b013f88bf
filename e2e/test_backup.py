"""``threadline backup`` and ``restore``: under load, from a stopped server, and whatever is in the way."""

from __future__ import annotations

import itertools
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from e2e.api import Api, eventually
from e2e.server_process import KEY, ServerProcess, threadline

TOKENS = 7


def send(api: Api, number: int) -> str | None:
    """One session of one turn; its id once it is acknowledged."""
    call = {"id": "g", "kind": "generation", "modelName": "gpt-4o", "promptTokens": TOKENS, "completionTokens": 0,
            "startTime": "2026-11-20T10:30:00Z", "endTime": "2026-11-20T10:30:01Z", "input": f"question {number}"}  # fmt: skip
    trace = {"id": f"t-{number}", "name": "turn", "sessionId": f"s-{number}", "userId": "u", "observations": [call],
             "startTime": "2026-11-20T10:30:00Z", "endTime": "2026-11-20T10:30:01Z"}  # fmt: skip
    try:
        api.http.post("/observability/traces", json=trace).raise_for_status()
    except httpx.HTTPError:
        return None
    return f"s-{number}"


@contextmanager
def sending(server: ServerProcess) -> Iterator[list[str]]:
    """A client that sends all the time; the ids of what was acknowledged so far."""
    acknowledged: list[str] = []
    is_over = threading.Event()

    def go_on() -> None:
        api = Api(server.url, server.api.key)
        for number in itertools.count():
            if is_over.is_set():
                break
            if (session_id := send(api, number)) is not None:
                acknowledged.append(session_id)
        api.close()

    thread = threading.Thread(target=go_on)
    thread.start()
    try:
        yield acknowledged
    finally:
        is_over.set()
        thread.join()


def backup(data_dir: Path, target: Path) -> subprocess.CompletedProcess[str]:
    return threadline("backup", str(target), "--data-dir", str(data_dir))


def restore(target: Path, data_dir: Path) -> subprocess.CompletedProcess[str]:
    return threadline("restore", str(target), "--data-dir", str(data_dir))


def sessions_of(api: Api) -> dict[str, int]:
    """Id -> tokens of every session."""
    return {session["id"]: session["totalTokens"] for session in api.pages("/sessions", limit=200)}


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, set[str], set[str]]:
    """A backup taken under load; what was acknowledged before it began, and what was in the end."""
    folder = tmp_path_factory.mktemp("backup")
    with ServerProcess(folder / "data") as server, sending(server) as acknowledged:
        eventually(lambda: len(acknowledged), lambda count: count > 50)
        before = set(acknowledged)
        ended = backup(server.data_dir, folder / "kept")
        assert (ended.returncode, ended.stdout.split(":")[0]) == (0, f"Backed up {server.data_dir}"), ended.stderr
        after = set(acknowledged)
        server.kill()
    return folder / "kept", before, after


def test_what_was_acknowledged_before_a_backup_is_in_it_whole_and_once(
    kept: tuple[Path, set[str], set[str]], tmp_path: Path
) -> None:
    folder, before, after = kept
    ended = restore(folder, tmp_path / "data")
    assert ended.returncode == 0, ended.stderr

    with ServerProcess(tmp_path / "data") as server:
        found = eventually(lambda: sessions_of(server.api), lambda found: before <= found.keys())

    assert (before - found.keys(), found.keys() - after, set(found.values())) == (set(), set(), {TOKENS})


def test_the_backup_of_a_stopped_server_is_equal_and_nothing_is_left_behind(
    kept: tuple[Path, set[str], set[str]], tmp_path: Path
) -> None:
    data, again = tmp_path / "data", tmp_path / "again"
    restore(kept[0], data)
    with ServerProcess(data):
        pass  # it computes what the snapshot had not yet, and ends when that is done
    (data / "snapshot").mkdir()  # of a command that was killed
    (data / "snapshot" / "owner").write_text(str(dead_pid()))
    (data / "snapshot" / "spans").mkdir()
    (tmp_path / ".kept.part").mkdir()

    taken = backup(data, tmp_path / "kept")
    restore(tmp_path / "kept", again)

    with ServerProcess(data) as server:
        before = sessions_of(server.api)
    with ServerProcess(again) as server:
        assert (taken.returncode, sessions_of(server.api)) == (0, before)
    assert kept[1] <= before.keys()
    assert {path.name for path in tmp_path.iterdir()} >= {"data", "again", "kept"}
    assert not (data / "snapshot").exists()
    assert not (tmp_path / ".kept.part").exists()


def test_a_damaged_backup_is_refused_by_the_name_of_the_file_and_nothing_is_made(
    kept: tuple[Path, set[str], set[str]], tmp_path: Path
) -> None:
    damaged = next(path for path in sorted((kept[0] / "files" / "store" / "spans").rglob("*")) if path.is_file())
    content = damaged.read_bytes()
    damaged.write_bytes(bytes([content[0] ^ 1]) + content[1:])
    try:
        ended = restore(kept[0], tmp_path / "data")
    finally:
        damaged.write_bytes(content)

    name = damaged.relative_to(kept[0] / "files").as_posix()
    assert (ended.returncode != 0, f"{name} is damaged" in ended.stderr) == (True, True), ended.stderr
    assert not (tmp_path / "data").exists()


def test_a_restore_that_was_cut_off_does_not_start_and_can_be_done_again(
    kept: tuple[Path, set[str], set[str]], tmp_path: Path
) -> None:
    data = tmp_path / "data"
    restore(kept[0], data)
    (data / "restore-unfinished").touch()

    refused = threadline("serve", "--data-dir", str(data), "--port", "1")
    again = restore(kept[0], data)

    assert "a backup was not restored to its end. Restore it again." in refused.stderr
    assert (again.returncode, (data / "restore-unfinished").exists()) == (0, False), again.stderr


def test_what_is_there_is_never_overwritten(kept: tuple[Path, set[str], set[str]], tmp_path: Path) -> None:
    folder = kept[0]
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "mine.txt").touch()

    into = restore(folder, tmp_path / "data")
    nothing = backup(tmp_path / "data", tmp_path / "kept")
    none = restore(tmp_path / "data", tmp_path / "other")

    assert f"cannot restore into {tmp_path / 'data'}: there is something in it" in into.stderr
    assert f"cannot back up {tmp_path / 'data'}: there is no data of Threadline" in nothing.stderr
    assert f"cannot read {tmp_path / 'data'}: it holds no backup" in none.stderr
    assert {path.name for path in tmp_path.iterdir()} == {"data"}


def test_a_backup_is_private_and_holds_no_key_that_works(kept: tuple[Path, set[str], set[str]]) -> None:
    folder = kept[0]
    modes = {oct(path.stat().st_mode & 0o077) for path in [folder, *folder.rglob("*")]}

    assert modes == {"0o0"}
    assert not any(KEY.encode() in path.read_bytes() for path in folder.rglob("*") if path.is_file())


def dead_pid() -> int:
    """The id of a process that has ended."""
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    return process.pid
