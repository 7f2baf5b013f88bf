import os
import signal
import stat
import subprocess
import sys

import pytest

from threadline_server.data_directory import holder_of, lock_data_directory
from threadline_server.errors import DataDirectoryInUse, StartupError

HOLD = """
import pathlib, sys, time
from threadline_server.data_directory import lock_data_directory
lock = lock_data_directory(pathlib.Path(sys.argv[1]))
print("held", flush=True)
time.sleep(60)
"""


@pytest.fixture
def holder(tmp_path):
    """Another process that holds the directory."""
    with subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path / "data")], stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"held\n"
        yield process
        process.kill()


def test_the_directory_is_made_for_its_owner_only(tmp_path):
    with lock_data_directory(tmp_path / "some" / "where"):
        assert stat.S_IMODE((tmp_path / "some" / "where").stat().st_mode) == 0o700


def test_a_directory_in_use_is_refused_with_the_process_that_uses_it(tmp_path, holder):
    with pytest.raises(DataDirectoryInUse) as refusal:
        lock_data_directory(tmp_path / "data")
    assert refusal.value.message == (
        f"cannot open data directory {tmp_path}/data: it is in use by process {holder.pid};"
        " stop it or choose another --data-dir"
    )
    assert holder_of(tmp_path / "data") == f"process {holder.pid}"


def test_the_lock_of_a_killed_process_is_no_obstacle(tmp_path, holder):
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    assert (tmp_path / "data" / "lock").read_text() == f"{holder.pid}\n"
    assert holder_of(tmp_path / "data") is None
    with lock_data_directory(tmp_path / "data"):
        assert holder_of(tmp_path / "data") == f"process {os.getpid()}"


def test_a_released_lock_can_be_taken_again(tmp_path):
    with lock_data_directory(tmp_path) as lock:
        pass
    lock.release()
    assert holder_of(tmp_path) is None
    lock_data_directory(tmp_path).release()


def test_a_refused_attempt_leaves_the_holder_alone(tmp_path):
    with lock_data_directory(tmp_path):
        for _ in range(2):
            with pytest.raises(DataDirectoryInUse):
                lock_data_directory(tmp_path)
        assert holder_of(tmp_path) == f"process {os.getpid()}"


@pytest.mark.parametrize("written", ["", "x", "\xff"])
def test_a_lock_file_that_says_nothing_names_nobody(tmp_path, written):
    with lock_data_directory(tmp_path):
        (tmp_path / "lock").write_bytes(written.encode("latin-1"))
        assert holder_of(tmp_path) == "another process"


def test_a_directory_that_was_never_used_is_held_by_nobody(tmp_path):
    assert holder_of(tmp_path / "data") is None


def test_a_path_that_cannot_be_a_directory_is_told_in_one_line(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(StartupError) as refusal:
        lock_data_directory(tmp_path / "file")
    assert refusal.value.message == f"cannot create data directory {tmp_path}/file: File exists"
