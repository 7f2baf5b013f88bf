"""What a process is told of memory before it loads the engine and Arrow."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="counts threads in /proc")

PROGRAM = """
from threadline_server import cli, memory
memory.leave_out_pandas()
memory.tell_libraries()
import os
import numpy
threads = len(os.listdir("/proc/self/task"))
import threadline_server.store.rows
import pyarrow
print(pyarrow.default_memory_pool().backend_name, threads)
"""
CHOSEN = {"ARROW_DEFAULT_MEMORY_POOL", "OPENBLAS_NUM_THREADS"}


def told(**environment: str) -> list[str]:
    """From where a process takes memory for columns, and how many threads it has once NumPy is loaded."""
    own = {name: value for name, value in os.environ.items() if name not in CHOSEN}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=own | environment, capture_output=True, text=True, check=True
    )
    return done.stdout.split()


def test_columns_come_from_the_c_library_and_no_thread_spins_for_linear_algebra() -> None:
    assert told() == ["system", "1"]


def test_who_chose_an_allocator_has_it() -> None:
    assert told(ARROW_DEFAULT_MEMORY_POOL="mimalloc")[0] == "mimalloc"
