"""The page of faults has every row, and no test that is not there."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from threadline_server.settings import SETTINGS

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "reference" / "faults.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| ([A-F]\d+) \| (.+?) \| (.+?) \| (.+?) \| (.*?) ?\|$", PAGE, flags=re.MULTILINE)
MOST = {"A": 14, "B": 14, "D": 9, "E": 5, "F": 6}


@cache
def names_in(path: str) -> frozenset[str]:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def test_every_row_is_there_once_and_in_order() -> None:
    assert [row[0] for row in ROWS] == [f"{letter}{n}" for letter, most in MOST.items() for n in range(1, most + 1)]


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
def test_every_test_that_a_row_names_is_there(row: tuple[str, ...]) -> None:
    proofs = re.findall(r"`([^`]+\.py)::(\w+)`", row[3])

    assert proofs
    assert [name for path, name in proofs if name not in names_in(path)] == []


def test_every_option_that_is_named_is_a_setting() -> None:
    options = {setting.option for setting in SETTINGS.values()}

    assert {option for row in ROWS for option in re.findall(r"`(--[a-z-]+)`", row[4])} <= options
