"""Files are edited, cut and made up: whatever is in one, what was imported of it can be read by every reader."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from .running import Caller, Server
from .test_import import IMPORT

ALL = ("limit", "200")
FORMS = ("json", "jsonl", "csv", "md", "otlp", "openai")
TIME = "1763893800000000000"


def line_with(number: int, **raw: bytes) -> bytes:
    """A trace of one model call in session s-0, in which these fields hold these bytes."""
    span: dict[str, Any] = {
        "id": "g", "kind": "generation", "name": "answer", "status": "ok", "startTimeUnixNano": TIME, "endTimeUnixNano": TIME,
        "sessionId": "s-0", "input": "in", "output": "out", "attributes": {"a": 1},
        **{name: orjson.Fragment(value) for name, value in raw.items()},
    }  # fmt: skip
    return orjson.dumps({"id": f"t-{number}", "spans": [span], "logs": []})


def everything_can_be_read(caller: Caller) -> None:
    caller.server.fresh()
    told = {trace["id"] for trace in caller.pages("/observability/traces", ("include", "spans"))}
    shown: set[str] = set()
    for session in caller.sessions():
        traces = caller.session(session["id"], "/traces", ("include", "spans"), ALL)["data"]
        shown |= {trace["id"] for trace in traces}
        assert len(traces) == session["traceCount"]
        caller.session(session["id"], "/conversation", ALL)
        for form in FORMS:
            assert caller.get(f"/observability/sessions/{session['id']}/export", ("format", form)).status_code == 200
    assert shown <= told
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


SAID_WRONGLY: tuple[tuple[str, bytes], ...] = (
    ("facts", b'{"field": "title", "value": 1, "saidUnixNano": "1"}'),
    ("facts", b'{"field": "title", "value": "' + b"x" * 501 + b'", "saidUnixNano": "1"}'),
    ("facts", b'{"field": "nope", "value": 1, "saidUnixNano": "1"}'),
    ("facts", b'{"field": "ended", "value": 99999999999999999, "saidUnixNano": "1"}'),
    ("facts", b'{"field": "metadata.", "value": 1, "saidUnixNano": "1"}'),
    ("facts", b'{"field": "tags", "value": [1], "saidUnixNano": "1"}'),
    ("facts", b'{"field": "title", "value": "a", "saidUnixNano": "-1"}'),
    ("givenScores", b'{"id": "x", "name": "n", "kind": "nope", "saidUnixNano": "1", "time": 1}'),
    ("givenScores", b'{"id": "x", "name": "n", "kind": "numeric", "value": 1e999, "saidUnixNano": "1", "time": 1}'),
    ("givenScores", b'{"id": "x", "name": "n", "kind": "numeric", "value": null, "saidUnixNano": "1", "time": 1}'),
    ("givenScores", b'{"id": "x", "name": "n", "kind": "numeric", "value": 1, "saidUnixNano": "1", "time": -1}'),
    ("givenComments", b'{"id": "x", "body": " ", "saidUnixNano": "1"}'),
    ("givenComments", b'{"id": "x", "body": "' + b"x" * 10_001 + b'", "saidUnixNano": "1"}'),
    ("givenComments", b'{"id": "", "body": "a", "saidUnixNano": "1"}'),
    ("givenComments", b'{"id": "x", "body": "\\ud800", "saidUnixNano": "1"}'),
    ("givenComments", b'{"id": "x", "body": "a", "saidUnixNano": "99999999999999999999"}'),
)


@pytest.mark.parametrize(("field", "value"), SAID_WRONGLY)
def test_what_people_cannot_have_said_is_not_kept_and_told(field: str, value: bytes, server: Server) -> None:
    caller = server.caller()
    head = b'{"format": "threadline.session/1", "id": "s-0", "%s": [%s]}' % (field.encode(), value)

    answer = caller.post(IMPORT, b"\n".join([head, line_with(0)]), "application/x-ndjson")

    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert (told["accepted"], len(told["rejected"]) + len(told["notKept"])) == (1, 1)
    everything_can_be_read(caller)
    (session,) = caller.sessions()
    assert (session["title"], session["scores"], session["commentCount"], session["tags"]) == (None, [], 0, [])
