import ast
import subprocess
import sys
from pathlib import Path

import pytest

import threadline
import threadline.testing

PROGRAMS = Path(__file__).parent / "typing"
PROGRAM = PROGRAMS / "api.py"
NAMES = ("api.py", "wrappers.py")
CACHE = Path(__file__).parents[2] / ".mypy_cache/typing"
"""Kept: the clients that programs wrap take half a minute to read for the first time."""
MYPY = ["mypy", "--strict", "--cache-dir", CACHE, "--config-file", ""]


def check(*command: str | Path) -> str:
    return subprocess.run(
        [sys.executable, "-m", *command], capture_output=True, text=True, check=False, timeout=300
    ).stdout


def test_programs_that_use_the_api_type_check_strictly_with_mypy():
    assert check(*MYPY, *(PROGRAMS / name for name in NAMES)) == "Success: no issues found in 2 source files\n"


def test_programs_that_use_the_api_type_check_strictly_with_pyright(tmp_path):
    # The configuration has to be in the programs' own folder for "strict" to be in force.
    for name in NAMES:
        (tmp_path / name).write_bytes((PROGRAMS / name).read_bytes())
    package = Path(threadline.__file__).parents[1].as_posix()
    (tmp_path / "pyrightconfig.json").write_text(
        f'{{"typeCheckingMode": "strict", "extraPaths": ["{package}"], "pythonVersion": "3.11"}}', encoding="utf-8"
    )
    answer = check("pyright", "--pythonpath", sys.executable, "--project", tmp_path)
    assert answer.splitlines()[-1] == "0 errors, 0 warnings, 0 informations", answer


@pytest.mark.parametrize("module", [threadline, threadline.testing])
def test_the_program_uses_every_public_name(module):
    tree = ast.parse(PROGRAM.read_text(encoding="utf-8"))
    imported = {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == module.__name__
        for alias in node.names
    }
    assert set(module.__all__) - {"__version__"} == imported
