"""The rules of the house, for what the linter and the import contracts cannot say."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
STORE = Path("server/src/threadline_server/store")

MOST_LINES_OF_A_MODULE = 400
MOST_LINES_OF_A_FUNCTION = 60
BANNED_NAMES = {"utils", "util", "helpers", "helper", "common", "misc", "core", "manager", "managers", "service"}

# In halves, so that this file does not hold what it forbids.
UNFINISHED = re.compile("|".join(("TO" + "DO", "FIX" + "ME", "XX" + "X")))
REGISTRY_HOST = re.compile("|".join(("pypi" + r"\.org", "python" + "hosted", "npm" + r"js\.", "debian" + r"\.org")))
SOMEBODYS_PATH = re.compile(r"(?<![\w.}$-])/(?:work|root|home|Users)" + r"/\w")
BINARY = {".png", ".ico", ".woff2", ".pb", ".gz", ".parquet", ".zip"}


def _committed_files() -> list[Path]:
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return [Path(name) for name in listing.split("\0") if name and (ROOT / name).is_file()]


FILES = _committed_files()
TEXTS = {path: (ROOT / path).read_text(encoding="utf-8") for path in FILES if path.suffix not in BINARY}
PYTHON = {path: text for path, text in TEXTS.items() if path.suffix == ".py"}
MODULES = {
    path: text
    for path, text in TEXTS.items()
    if path.parts[1:2] == ("src",) and path.suffix in {".py", ".ts", ".tsx"} and ".gen." not in path.name
}


def _lines_that_match(pattern: re.Pattern[str], texts: dict[Path, str]) -> list[str]:
    return [
        f"{path}:{number}: {line.strip()[:100]}"
        for path, text in texts.items()
        for number, line in enumerate(text.splitlines(), start=1)
        if pattern.search(line)
    ]


def _lengths(path: Path, text: str) -> list[tuple[str, int]]:
    """Lines of each function, but for its docstring: a public one explains every argument."""
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    return [
        (
            f"{path}:{node.lineno}: {node.name}",
            (node.end_lineno or node.lineno) - node.lineno + 1 - (ast.get_docstring(node) or "").count("\n"),
        )
        for node in ast.walk(ast.parse(text))
        if isinstance(node, functions)
    ]


def test_no_module_is_too_long_to_read() -> None:
    lengths = {str(path): text.count("\n") for path, text in MODULES.items() if ".test." not in path.name}
    assert {path: lines for path, lines in lengths.items() if lines > MOST_LINES_OF_A_MODULE} == {}


def test_no_function_is_too_long_to_read() -> None:
    lengths = [row for path, text in MODULES.items() if path.suffix == ".py" for row in _lengths(path, text)]
    assert [row for row in lengths if row[1] > MOST_LINES_OF_A_FUNCTION] == []


def test_names_say_what_is_inside() -> None:
    assert [str(path) for path in FILES if BANNED_NAMES & {*path.parts[:-1], path.stem}] == []


def test_nothing_is_left_for_later() -> None:
    assert _lines_that_match(UNFINISHED, {p: t for p, t in TEXTS.items() if p.suffix in {".py", ".ts", ".tsx"}}) == []


@pytest.mark.parametrize("pattern", [REGISTRY_HOST, SOMEBODYS_PATH], ids=["registry host", "somebody's path"])
def test_files_hold_for_every_machine(pattern: re.Pattern[str]) -> None:
    assert _lines_that_match(pattern, TEXTS) == []


def test_only_the_database_module_imports_the_driver() -> None:
    driver = re.compile(r"^\s*(?:import|from)\s+(?:chdb|clickhouse_connect)\b")
    elsewhere = {path: text for path, text in MODULES.items() if path != STORE / "database.py"}
    assert _lines_that_match(driver, elsewhere) == []


def test_sql_files_are_in_the_store_only() -> None:
    assert [str(path) for path in FILES if path.suffix == ".sql" and not path.is_relative_to(STORE / "sql")] == []


def test_every_decision_is_listed() -> None:
    decisions = [path.name for path in FILES if path.parent == Path("docs/adr")]
    assert [name for name in decisions if f"(adr/{name})" not in TEXTS[Path("docs/README.md")]] == []


def test_the_readme_shows_the_quickstart_as_it_is() -> None:
    program = TEXTS[Path("examples/quickstart.py")].partition('"""\n\n')[2]
    assert f"```python\n{program}```" in TEXTS[Path("README.md")]


def test_what_the_server_runs_with_and_what_installs_it_is_what_is_tested():
    run, installer, dev = (
        set(re.findall(r"^\S+==\S+", TEXTS[Path("requirements", name)], re.MULTILINE))
        for name in ("run.txt", "uv.txt", "dev.txt")
    )
    assert run
    assert len(installer) == 1
    assert run | installer <= dev
