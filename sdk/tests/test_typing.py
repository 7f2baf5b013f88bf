import subprocess
import sys
from pathlib import Path


def test_programs_that_use_the_api_type_check_strictly():
    program = Path(__file__).parent / "typing" / "api.py"
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
