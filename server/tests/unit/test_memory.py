"""What a process is told of memory before it loads the engine and Arrow."""

from __future__ import annotations

import os
import subprocess
import sys

PROGRAM = """
from threadline_server import cli, memory
memory.leave_out_pandas()
memory.give_back_sooner()
import pyarrow
import threadline_server.start
print(pyarrow.default_memory_pool().backend_name)
"""


def pool(**environment: str) -> str:
    own = {name: value for name, value in os.environ.items() if name != "ARROW_DEFAULT_MEMORY_POOL"}
    told = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=own | environment, capture_output=True, text=True, check=True
    )
    return told.stdout.strip()


def test_columns_come_from_the_c_library_whatever_the_command_line_imported_before() -> None:
    assert pool() == "system"


def test_who_chose_an_allocator_has_it() -> None:
    assert pool(ARROW_DEFAULT_MEMORY_POOL="mimalloc") == "mimalloc"
