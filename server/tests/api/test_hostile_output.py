"""E3, F1, F4: what senders and readers write is never a formula, a page, SQL, a path or a program."""

from __future__ import annotations

import ast
import csv
import io
import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import quote

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

import threadline
import threadline_server
from threadline_server import openapi
from threadline_server.query import csv_text

from .running import Caller

AT = "2026-11-23T10:30:00Z"
TRIGGERS = tuple("=+-@\t\r\n\0")
ENGINE = re.compile(r"DB::|Code: \d|Traceback|SYNTAX_ERROR|chdb|clickhouse")
QUOTES = [
    "'", "''", '"', "\\", "\\'", "`", "' OR 1=1 --", "1; DROP TABLE spans", "') UNION ALL SELECT 1 --", "{x:String}", "%s", "{0.__class__}", "${7*7}",
    "\t\n\r", "\0", "\\0", "\\N", "NULL", "\u202e", "👍", "a" * 10_000, "toString(1)", "name DESC, (SELECT 1)", "UTC') --", "-1", "1e999", "nan",
    "[1,2]", "[", "x'41'", "/* */", "$$", "||", "file('/etc/passwd')", "sleep(3)",
]  # fmt: skip
PATHS = [
    "../../identity.db", "..%2f..%2fidentity.db", "%2e%2e/%2e%2e/identity.db", "..%5c..%5cidentity.db", "%2fetc%2fpasswd", "....//....//identity.db",
    "..;/identity.db", "assets/../../identity.db", "%00", "index.html%00.js", "%252e%252e%252fidentity.db", "..%c0%af..%c0%afidentity.db",
]  # fmt: skip


@given(st.lists(st.one_of(st.text(), st.sampled_from(TRIGGERS).flatmap(lambda sign: st.text().map(lambda text: sign + text)), st.integers(),
                          st.floats(allow_nan=False, allow_infinity=False)), min_size=1, max_size=6))  # fmt: skip
def test_e3_no_cell_of_a_csv_begins_as_a_formula_and_each_is_read_back(row: list[Any]) -> None:
    written = csv_text.lines([row]).decode()
    (read,) = csv.reader(io.StringIO(written, newline=""), strict=True)
    assert len(read) == len(row)
    for value, cell in zip(row, read, strict=True):
        if isinstance(value, str):
            clean = value.encode("utf-8", "replace").decode()
            assert cell in (clean, f"'{clean}")
            assert not cell.startswith(TRIGGERS)
        else:
            assert float(cell) == pytest.approx(value, rel=1e-9, abs=1e-11)


@pytest.mark.parametrize("form", ["json", "jsonl", "csv", "md", "otlp", "openai"])
def test_e3_a_download_is_a_file_of_its_kind_and_no_page(form: str, caller: Caller) -> None:
    caller.send(
        {
            "id": "t",
            "name": "<script>alert(1)</script>",
            "sessionId": "<b>.html",
            "startTime": AT,
            "endTime": AT,
            "input": "=1+1",
        }
    )
    answer = caller.get(f"/observability/sessions/{quote('<b>.html')}/export", ("format", form))
    assert answer.status_code == 200
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-disposition"].startswith("attachment; filename=")
    assert answer.headers["content-type"].split(";")[0] in {
        "application/json",
        "application/x-ndjson",
        "text/csv",
        "text/markdown",
    }


@pytest.mark.parametrize("form", ["jsonl", "csv", "parquet"])
def test_e3_so_is_a_bulk_file(form: str, caller: Caller) -> None:
    answer = caller.get("/observability/export", ("format", form))
    assert (answer.status_code, answer.headers["x-content-type-options"]) == (200, "nosniff")
    assert answer.headers["content-disposition"].startswith("attachment; filename=")
    assert "html" not in answer.headers["content-type"]


def _questions() -> list[tuple[str, str]]:
    """Every parameter of every list and analytic: (path, parameter)."""
    return [
        (path, parameter["name"])
        for path, operations in json.loads(openapi.text())["paths"].items()
        for parameter in operations.get("get", {}).get("parameters", [])
        if parameter["in"] == "query" and path.startswith("/observability/") and path != "/observability/live"
    ]


def test_f1_no_parameter_of_any_route_becomes_sql(caller: Caller, caplog: pytest.LogCaptureFixture) -> None:
    """Each text of the corpus meets every parameter: the answer is data or a 4xx, and the engine's words are in none."""
    caller.send(
        {"id": "t", "name": "turn", "sessionId": "x", "userId": "x", "startTime": AT, "endTime": AT, "input": "x"}
    )
    questions = _questions()
    assert len(questions) > 100
    for number, (path, parameter) in enumerate(questions):
        for text in QUOTES[number % 7 :: 7]:
            answer = caller.server.web.get(
                re.sub(r"{\w+}", "x", path), params=[(parameter, text)], headers=caller.headers
            )
            assert answer.status_code < 500, (path, parameter, text, answer.text)
            assert ENGINE.search(answer.text) is None, answer.text
    assert [record.message for record in caplog.records if "code 62" in record.message or "BUG" in record.message] == []
    assert caller.sessions() != []


@pytest.mark.parametrize("text", QUOTES)
def test_f1_what_is_stored_under_a_hostile_name_is_found_by_it_alone(text: str, caller: Caller) -> None:
    name = text[:200].strip() or "x"
    told = caller.post("/observability/traces", orjson.dumps({"traces": [
        {"id": "t-1", "name": "turn", "sessionId": "s-1", "startTime": AT, "endTime": AT, "tags": [name], "metadata": {name: "v"}, "userId": name},
        {"id": "t-2", "name": "turn", "sessionId": "s-2", "startTime": AT, "endTime": AT, "tags": ["other"], "userId": "other"}]}))  # fmt: skip
    assert told.status_code == 200
    caller.server.fresh()
    (kept,) = [one for one in caller.sessions() if one["id"] == "s-1"]
    assert [one["id"] for one in caller.sessions(("userId", kept["userId"]))] == ["s-1"]
    assert [one["id"] for one in caller.sessions(("tag", kept["tags"][0]))] == ["s-1"]
    assert [one["id"] for one in caller.sessions((f"metadata.{name}", "v"))] in (["s-1"], [])


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("start", ["/", "/assets/", "/observability/sessions/", "/observability/traces/"])
def test_f4_no_path_leads_out_of_what_is_served(start: str, path: str, caller: Caller) -> None:
    answer = caller.get(f"{start}{path}")
    assert answer.status_code in {200, 400, 404, 405}
    assert b"SQLite format" not in answer.content
    assert b"root:" not in answer.content
    assert answer.status_code != 200 or "text/html" in answer.headers["content-type"]


FORBIDDEN_CALLS = {"eval", "exec", "compile", "__import__"}
FORBIDDEN_MODULES = {"pickle", "marshal", "shelve", "yaml", "dill", "jinja2", "subprocess"}


def test_f4_nothing_of_ours_evaluates_unpickles_or_starts_what_it_reads() -> None:
    """``multiprocessing`` pickles between our own processes; what crosses there was made by us."""
    found = []
    for package in (threadline_server, threadline):
        for file in Path(package.__file__).parent.rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in FORBIDDEN_CALLS:
                    found.append(f"{file.name}:{node.lineno}: {node.func.id}")
                names = {alias.name for alias in node.names} if isinstance(node, ast.Import) else set()
                names |= {node.module or ""} if isinstance(node, ast.ImportFrom) else set()
                found += [
                    f"{file.name}: imports {name}" for name in names if name.partition(".")[0] in FORBIDDEN_MODULES
                ]
    assert found == []
