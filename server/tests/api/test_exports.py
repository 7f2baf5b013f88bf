"""Files of sessions: what is in each form, what a spreadsheet and a browser may do with it, and many sessions as one file."""

from __future__ import annotations

import csv
import io
import re
from typing import Any
from urllib.parse import unquote

import orjson
import pyarrow.parquet as pq
import pytest

from threadline_server.query import csv_text, export_bulk, export_markdown, export_openai
from threadline_server.query.goal_conditions import NO_GOALS
from threadline_server.serve import exports as routes
from threadline_server.serve.attachments import disposition

from .running import Caller, Server
from .test_import import HOSTILE, bulk, export, filled

__all__ = ["filled"]  # the fixture


def test_a_session_as_csv_has_a_row_for_each_span_and_no_formula(filled: Caller) -> None:
    rows = list(csv.DictReader(io.StringIO(export(filled, "told", "csv").decode(), newline="")))

    assert [(row["spanId"], row["kind"], row["cost"]) for row in rows][1:4] == [
        ("bad", "span", ""),
        ("g", "generation", "0.123456789012"),
        ("t", "tool", ""),
    ]
    assert rows[0]["userId"] == f"'{HOSTILE}"


@pytest.mark.parametrize(
    ("value", "cell"),
    [(-1.5, "-1.5"), (0.0000021, "0.0000021"), (None, ""), (True, "true"), ("-1", "'-1"), ("@a", "'@a"), ("\ta", "'\ta"),
     (" =1", "' =1"), ('a"b,c\nd', '"a""b,c\nd"'), ([1], "[1]")],
)  # fmt: skip
def test_a_cell_is_quoted_as_the_rfc_says_and_never_a_formula(value: Any, cell: str) -> None:
    assert csv_text.lines([["x", value]]) == f"x,{cell}\r\n".encode()


def test_a_transcript_tells_turns_and_tools_and_no_text_of_a_sender_breaks_out(filled: Caller) -> None:
    text = export(filled, "told", "md").decode()

    assert text.startswith("# A \\*title\\*\n\n- Session: told\n")
    assert re.findall(r"^#+ .*$", text, re.MULTILINE) == ["# A \\*title\\*", "## 1. turn"]
    assert '\nCalls look\n\n```json\n{\n  "id": 1\n}\n```\n' in text
    assert "\n````\n```\nshipped\n````\n" in text


def test_a_fence_is_longer_than_any_in_its_text() -> None:
    assert export_markdown.fenced("a\n`````\r\n# b") == "``````\na\n`````\n# b\n``````\n"


def test_examples_for_fine_tuning_hold_the_whole_exchange_of_each_turn(filled: Caller) -> None:
    (line,) = export(filled, "told", "openai").splitlines()

    assert orjson.loads(line) == {
        "messages": [
            {"role": "system", "content": "Be kind."},
            {"role": "user", "content": "Where ``` is it?\n## 9. forged"},
            {
                "role": "assistant",
                "content": None,
                "tool_calls": [
                    {"id": "c-1", "type": "function", "function": {"name": "look", "arguments": '{"id":1}'}}
                ],
            },
            {"role": "tool", "content": "```\nshipped", "tool_call_id": "c-1"},
            {"role": "assistant", "content": "There."},
        ]
    }


@pytest.mark.parametrize(
    "told",
    [
        [],
        [{"role": "user", "content": "a"}],
        [{"role": "assistant", "content": "a"}],
        [{"role": "user", "content": "a"}, {"role": "tool", "content": "r", "tool_call_id": "x"}, {"role": "assistant", "content": "b"}],
        [{"role": "user", "content": "a"}, {"role": "assistant", "content": None, "tool_calls": [{"id": "x"}]},
         {"role": "assistant", "content": "b"}],
    ],
)  # fmt: skip
def test_what_makes_no_valid_example_is_left_out(told: list[dict[str, Any]]) -> None:
    assert export_openai.example(told) is None


def test_a_bulk_file_has_every_chosen_session_once_in_the_order_of_ids(filled: Caller) -> None:
    by_id = sorted(filled.sessions(), key=lambda session: session["id"].encode())

    assert [orjson.loads(line) for line in bulk(filled).splitlines()] == by_id
    chosen = bulk(filled, ("filter", "turns > 1"), ("format", "csv")).decode()
    rows = list(csv.DictReader(io.StringIO(chosen, newline="")))
    assert [int(row["traceCount"]) for row in rows] == [s["traceCount"] for s in by_id if s["traceCount"] > 1]
    table = pq.read_table(io.BytesIO(bulk(filled, ("format", "parquet"))))
    assert table["id"].to_pylist() == [session["id"] for session in by_id]
    assert table["totalCost"].to_pylist() == [session["totalCost"] for session in by_id]


def test_a_bulk_file_has_each_session_once_whatever_arrives_while_it_is_written(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export_bulk, "IDS", 2)
    monkeypatch.setattr(export_bulk, "ROWS", 1)
    caller = server.caller()
    caller.send(*(turn(f"s-{number}", number) for number in range(7)))

    _, pieces = export_bulk.stream(server.database, caller.project_id, [("tag", "a")], NO_GOALS)
    found = [next(pieces)]
    # One that was told and one that was not are the last active now, one stands before what was told and one after it.
    caller.send(turn("s-0", 10), turn("s-5", 11), turn("s-00", 12), turn("s-9", 13))
    found += pieces

    ids = [orjson.loads(line)["id"] for line in b"".join(found).splitlines()]
    assert ids == [*(f"s-{number}" for number in range(7)), "s-9"]


def turn(session_id: str, minute: int) -> dict[str, Any]:
    times = {"startTime": f"2025-11-23T10:{minute:02}:00Z", "endTime": f"2025-11-23T10:{minute:02}:01Z"}
    return {"id": f"{session_id}-{minute}", "name": "turn", "sessionId": session_id, "tags": ["a"], **times}


def test_a_bulk_file_of_nothing_can_be_read_too(filled: Caller) -> None:
    nothing = ("userId", "nobody")

    assert bulk(filled, nothing) == b""
    assert bulk(filled, nothing, ("format", "csv")).startswith(b"id,title,")
    assert pq.read_table(io.BytesIO(bulk(filled, nothing, ("format", "parquet")))).num_rows == 0


@pytest.mark.parametrize(
    "pairs",
    [[("format", "xml")], [("nope", "1")], [("filter", "cost >")], [("format", "csv"), ("include", "traces")]],
)
def test_a_bulk_file_that_cannot_be_is_refused_before_it_begins(pairs: list[tuple[str, str]], filled: Caller) -> None:
    assert filled.get("/observability/export", *pairs).status_code == 400


def test_only_a_few_bulk_files_are_written_at_once(filled: Caller) -> None:
    held = [routes._FREE.acquire(blocking=False) for _ in range(routes.MOST_AT_ONCE)]
    try:
        answer = filled.get("/observability/export")
    finally:
        for _ in held:
            routes._FREE.release()

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "10")
    assert bulk(filled) != b""


@pytest.mark.parametrize(
    "name",
    ["../../etc/passwd", 'a"; filename="b.exe', "\r\nset-cookie: a=b", "ü 🙂", ".", "x" * 600, "con:\u202egnp.exe"],
)
def test_a_hostile_id_makes_a_harmless_file_name(name: str) -> None:
    told = disposition(f"session-{name}.json")

    match = re.fullmatch(r"attachment; filename=\"([\w.-]+)\"; filename\*=UTF-8''([\w.%~-]+)", told, re.ASCII)
    assert match is not None
    assert not set('/\\\r\n"\u202e') & set(unquote(match[2]))
    assert len(unquote(match[2])) <= 160
    assert match[2].endswith(".json")
