"""What other SDKs send and cannot be taken is refused in the shape that the SDK reads, alone, and counted."""

from __future__ import annotations

import gzip
import json
from typing import Any

import orjson
import pyarrow as pa
import pytest

from server.tests.api.running import Caller

from .events import event, moment

FORM = "multipart/form-data; boundary=b"
GOOD = event(1, "span-create", 1, id="o", traceId="t", startTime=moment(1))
RUN: dict[str, Any] = {"id": "r", "trace_id": "r", "start_time": "2026-11-23T07:00:00Z", "name": "run"}
ITEM = {"object": "trace.span", "id": "s", "trace_id": "t", "started_at": moment(1), "span_data": {"type": "agent"}}
WAYS = [
    "/api/public/ingestion",
    "/api/public/scores",
    "/runs",
    "/runs/batch",
    "/runs/multipart",
    "/feedback",
    "/v1/traces/ingest",
]


def form(**parts: object) -> bytes:
    sections = [
        b'--b\r\nContent-Disposition: form-data; name="%b"\r\nContent-Type: application/json\r\n\r\n%b\r\n'
        % (name.replace("__", ".").encode(), content if isinstance(content, bytes) else orjson.dumps(content))
        for name, content in parts.items()
    ]
    return b"".join(sections) + b"--b--\r\n"


def said(path: str, answer: Any) -> str:
    """The sentence of a failure where that SDK looks for it."""
    if path.startswith("/api/public"):
        return answer["message"]
    return answer["error"]["message"] if path.startswith("/v1/") else answer["detail"]


@pytest.mark.parametrize("path", WAYS)
@pytest.mark.parametrize("body", [b"not at all", b"{", b"", b"\xff\xff", b"[" * 10_000])
def test_a_body_that_cannot_be_read_is_400_in_that_sdk_s_shape(path: str, body: bytes, caller: Caller) -> None:
    answer = caller.post(path, body, FORM if path == "/runs/multipart" else "application/json")

    assert answer.status_code == 400
    assert said(path, answer.json()).startswith("cannot read the body: ")


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/public/ingestion", b"[]"),
        ("/runs/batch", b'{"post": 1}'),
        ("/v1/traces/ingest", b'{"data": {}}'),
        ("/runs/batch", b"7"),
    ],
)
def test_json_of_another_shape_is_400(path: str, body: bytes, caller: Caller) -> None:
    assert caller.post(path, body).status_code == 400


@pytest.mark.parametrize("path", WAYS)
def test_no_key_is_told_in_that_sdk_s_shape(path: str, caller: Caller) -> None:
    anybody = Caller(caller.server, caller.project_id, {})

    answer = anybody.request("POST", path, content=b"{}", headers={})

    assert answer.status_code == 401
    assert said(path, answer.json()).startswith("cannot tell who is asking")


BAD_EVENTS = {
    "malformed": [7, {**GOOD, "body": None}, {**GOOD, "type": "no-such"}, {**GOOD, "timestamp": "yesterday"}, {**GOOD, "type": 3}],
    "time_missing": [{**GOOD, "timestamp": None}],
    "invalid_span_id": [event(2, "span-create", 1, id="x" * 513)],
    "invalid_trace_id": [event(2, "span-create", 1, id="o", traceId=5)],
    "time_out_of_range": [event(2, "span-create", 1, id="o", startTime="1999-01-01T00:00:00Z")],
    "invalid_session_id": [event(2, "trace-create", 1, id="t", sessionId="x" * 513)],
}  # fmt: skip


@pytest.mark.parametrize("reason", BAD_EVENTS)
def test_a_bad_event_of_langfuse_is_told_by_its_id_and_the_good_ones_are_taken(reason: str, caller: Caller) -> None:
    bad = BAD_EVENTS[reason]

    answer = caller.post("/api/public/ingestion", orjson.dumps({"batch": [GOOD, *bad]})).json()
    caller.server.fresh()

    assert answer["successes"] == [{"id": "e-1", "status": 201}]
    assert [(error["status"], error["error"]) for error in answer["errors"]] == [(400, reason)] * len(bad)
    assert caller.stored_spans() == 1
    assert caller.read("/observability/ingestion") == {
        "received": 1 + len(bad),
        "stored": 1,
        "rejected": {reason: len(bad)},
        "ignored": {},
    }


def test_a_bad_run_among_good_ones_is_told_and_a_request_of_bad_ones_is_422(caller: Caller) -> None:
    bad = {**RUN, "id": "q", "trace_id": None, "parent_run_id": "r"}

    some = caller.post("/runs/batch", orjson.dumps({"post": [RUN, bad], "patch": [{"outputs": {}}]}))
    none = caller.post("/runs", orjson.dumps(bad))

    assert (some.status_code, none.status_code) == (202, 422)
    assert [(entry["id"], entry["reason"]) for entry in some.json()["rejected"]] == [
        ("q", "invalid_trace_id"),
        (None, "invalid_span_id"),
    ]
    assert none.json()["detail"] == "cannot take any of 1: a run with a parent names neither trace_id nor dotted_order"


def test_a_form_is_taken_but_for_its_files_and_what_is_no_part_of_a_run(caller: Caller) -> None:
    body = form(
        post__r=RUN, post__r__inputs={"q": 1}, attachment__r__photo=b"\x89PNG\r\n--", feedback__f={"id": "f", "key": "k"},
        note=1, post__z__inputs=b"{",
    )  # fmt: skip

    answer = caller.post("/runs/multipart", body, FORM)

    assert answer.status_code == 202
    assert [(entry["id"], entry["reason"]) for entry in answer.json()["rejected"]] == [
        ("r", "attachment"),
        (None, "malformed"),
        (None, "malformed"),
    ]
    assert answer.json()["accepted"] == 2


def test_a_bad_item_of_the_agents_sdk_is_told_and_the_good_ones_are_taken(caller: Caller) -> None:
    bad = [{"object": "other"}, {**ITEM, "started_at": None}, {**ITEM, "id": None}]

    answer = caller.post("/v1/traces/ingest", orjson.dumps({"data": [ITEM, *bad]})).json()

    assert answer["accepted"] == 1
    assert [entry["reason"] for entry in answer["rejected"]] == ["malformed", "time_missing", "invalid_span_id"]


def test_a_score_without_a_value_is_400_and_one_with_a_value_is_known_by_its_id(caller: Caller) -> None:
    bad = caller.post("/api/public/scores", orjson.dumps([{"traceId": "t", "name": "thumbs"}]))
    good = caller.post("/api/public/scores", orjson.dumps({"id": "sc", "traceId": "t", "name": "thumbs", "value": 1}))

    assert bad.json()["message"].endswith("score 0: a score has a name and a value")
    assert (good.status_code, good.json()) == (200, {"id": "sc"})


@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
def test_a_compressed_body_is_unpacked_and_a_bomb_is_413(encoding: str, caller: Caller) -> None:
    def packed(body: bytes) -> bytes:
        return gzip.compress(body) if encoding == "gzip" else pa.compress(body, codec="zstd", asbytes=True)

    good = caller.post("/runs", packed(orjson.dumps(RUN)), content_encoding=encoding)
    bomb = caller.post("/runs", packed(b" " * 100_000_000), content_encoding=encoding)
    broken = caller.post("/runs", packed(orjson.dumps(RUN))[:-3], content_encoding=encoding)

    assert (good.status_code, bomb.status_code, broken.status_code) == (202, 413, 400)


def test_a_value_that_no_maker_expects_is_kept_on_the_span_or_left_out_and_refuses_nothing(caller: Caller) -> None:
    strange: list[Any] = [7, "text", [1], {"a": 1}, True, 2**70, "\ud800", None]
    fields = ("name", "input", "metadata", "tags", "usage", "usageDetails", "costDetails", "model", "modelParameters", "level",
              "sessionId", "userId", "environment", "version")  # fmt: skip
    batch = [
        event(number, "generation-create", 1, id=f"o-{number}", traceId="t", startTime=moment(1), **{field: value})
        for number, (field, value) in enumerate((field, value) for field in fields for value in strange)
    ]
    extra = ("inputs", "outputs", "extra", "error", "tags", "events", "run_type", "session_id", "dotted_order", "name")
    runs = [
        {**RUN, "id": f"{field}-{number}", "run_type": "llm", "parent_run_id": "r", field: value}
        for field in extra
        for number, value in enumerate(strange)
    ]

    answer = caller.post("/api/public/ingestion", json.dumps({"batch": batch}).encode()).json()
    other = caller.post("/runs/batch", json.dumps({"post": runs}).encode()).json()
    caller.server.fresh()

    assert (answer["errors"], other["rejected"]) == ([], [])
    assert caller.stored_spans() == len(batch) + len(runs)
