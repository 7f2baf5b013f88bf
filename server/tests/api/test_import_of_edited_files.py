"""Files are edited, cut and made up: whatever is in one, what was imported of it can be read by every reader."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from .running import Caller, Server
from .test_import import IMPORT

FORMS = ("json", "jsonl", "csv", "md", "otlp", "openai")
TIME = "1763893800000000000"


def line_with(number: int, **raw: bytes) -> bytes:
    """A trace of one model call, in which these fields hold these bytes."""
    span: dict[str, Any] = {
        "id": "g", "kind": "generation", "name": "answer", "status": "ok", "startTimeUnixNano": TIME, "endTimeUnixNano": TIME,
        "sessionId": f"s-{number}", "input": "in", "output": "out", "attributes": {"a": 1},
        **{name: orjson.Fragment(value) for name, value in raw.items()},
    }  # fmt: skip
    return orjson.dumps({"id": f"t-{number}", "spans": [span], "logs": []})


def everything_can_be_read(caller: Caller) -> None:
    caller.server.fresh()
    caller.read("/observability/traces", ("include", "spans"))
    for session in caller.sessions():
        caller.session(session["id"], "/traces", ("include", "spans"))
        caller.session(session["id"], "/conversation")
        for form in FORMS:
            assert caller.get(f"/observability/sessions/{session['id']}/export", ("format", form)).status_code == 200
    for form in ("jsonl", "csv", "parquet"):
        assert caller.get("/observability/export", ("format", form)).status_code == 200
    assert caller.get("/observability/export", ("include", "traces")).status_code == 200


VALUES = (
    b'"\\ud800"', b'"\xff\xfe"', b"1e999", b"-1e999", b"1" * 400, b"[" * 3000 + b"]" * 3000, b'{"a":' * 1100 + b"1" + b"}" * 1100, b"{}", b"[]",
    b"null", b'"' + b"x" * 100_000 + b'"', b'{"a": 1, "a": 2}', b'{"messages": 1}', b'[{"role": 1}]', b'[{"role": "user", "content": [{"type": 1}]}]',
    b'[{"role": "user", "content": [{"type": "text"}]}]', b'[{"role": "assistant", "content": [], "toolCalls": [{"name": "a", "arguments": "\\ud800"}]}]',
    b'[{"name": "e", "timeNs": -1, "attributes": {}}]', b'[{"name": "e", "timeNs": 99999999999999999999, "attributes": {"a": [{}]}}]', b"\xff",
    b'["a", 1, null, {"b": []}]', b'{"": ""}', b"true", b"-0.0", b'"2025"', b"NaN", b'{"gen_ai.tool.definitions": [1, {"name": {}}], "tools": "["}',
)  # fmt: skip
FIELDS = (
    "input", "output", "inputMessages", "outputMessages", "attributes", "events", "links", "resource", "modelParameters", "metadata", "tags",
    "said", "inputText", "cost", "promptTokens", "startTimeUnixNano", "endTimeUnixNano", "parentId", "error", "kind", "sessionId", "spanKind",
    "timeToFirstToken", "userId", "hasUsage", "costIsOurs", "id",
)  # fmt: skip


@pytest.mark.parametrize("field", FIELDS)
def test_whatever_a_field_holds_every_reader_can_read_what_was_taken(field: str, server: Server) -> None:
    caller = server.caller()
    lines = [line_with(number, **{field: value}) for number, value in enumerate(VALUES)]

    answer = caller.post(IMPORT, b"\n".join([line_with(len(VALUES)), *lines]), "application/x-ndjson")

    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert told["accepted"] + len(told["rejected"]) == len(VALUES) + 1
    assert all(drop["index"] for drop in told["rejected"])  # what is right is taken, whatever stands beside it
    everything_can_be_read(caller)
