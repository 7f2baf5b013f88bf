import subprocess
import sys
from pathlib import Path

import pytest

CACHE = Path(__file__).parents[2] / ".mypy_cache/typing"
"""Kept: the clients that programs wrap take half a minute to read for the first time."""


@pytest.mark.parametrize("name", ["api.py", "wrappers.py"])
def test_programs_that_use_the_api_type_check_strictly(name):
    program = Path(__file__).parent / "typing" / name
    result = subprocess.run(
        [
            sys.executable,
            "-m",
            "mypy",
            "--strict",
            "--cache-dir",
            CACHE,
            "--config-file",
            "",
            program,
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.stdout == "Success: no issues found in 1 source file\n"
