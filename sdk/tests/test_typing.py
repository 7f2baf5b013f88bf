import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize("name", ["api.py", "wrappers.py"])
def test_programs_that_use_the_api_type_check_strictly(name):
    program = Path(__file__).parent / "typing" / name
    result = subprocess.run(
        [
            sys.executable,
            "-m",
            "mypy",
            "--strict",
            "--no-incremental",
            "--cache-dir",
            "/dev/null",
            "--config-file",
            "",
            program,
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.stdout == "Success: no issues found in 1 source file\n"
