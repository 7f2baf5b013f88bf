"""What a project masks is nowhere: not on disk, in no answer, export or search, whichever wire it came by."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import orjson
import pytest

from threadline_server.ingest.decode import foreign_scores
from threadline_server.ingest.decode.wires import MAKERS
from threadline_server.ingest.masked import KEPT
from threadline_server.masking.rules import DETECTORS

from . import otlp
from .running import Caller
from .test_erasure import EVERYWHERE, files_with

MASKING = "/observability/settings/masking"
NONE = {"detectors": [], "patterns": []}
AT = "2026-11-23T10:30:00Z"
LATER = "2026-11-23T10:30:01Z"
BOUNDARY = "parts"


class Canaries:
    """Secrets that are each new: an address, a key, or what only the project knows to be one, inside of other words."""

    def __init__(self) -> None:
        self.marks = [secrets.token_hex(5) for _ in range(3)]
        self.sown: list[str] = []
        self._numbers = count()

    def new(self) -> str:
        number = next(self._numbers)
        address, key, own = (f"{mark}{number:04}" for mark in self.marks)
        secret = (f"{address}@leak.example", f"sk-{key}0123456789", f"CASE-{own}")[number % 3]
        self.sown.append(secret)
        return f"so {secret} it is"

    def json(self) -> dict[str, Any]:
        """Structured, with a canary as a key, in JSON inside JSON, and spelled with an escape."""
        inner = orjson.dumps({"deep": [self.new(), {"deeper": self.new()}]}).decode()
        return {self.new(): 1, "list": [self.new()], "inner": inner, "text": f'said "{self.new()}"\nand "{self.new()}"'}


def put(caller: Caller, body: dict[str, Any]) -> Any:
    return caller.request("PUT", MASKING, content=orjson.dumps(body), headers={"content-type": "application/json"})


def otlp_spans(new: Canaries) -> list[dict[str, Any]]:
    messages = orjson.dumps([{"role": "user", "parts": [{"type": "text", "content": new.new()}]}]).decode()
    escaped = messages.replace("@", "\\u0040")
    root = otlp.span(
        1,
        session__id="s-otlp",
        input__value=new.new(),
        tag__tags=[new.new()],
        metadata=orjson.dumps(new.json()).decode(),
    )
    call = otlp.span(2, parent=1, gen_ai__operation__name="chat", gen_ai__request__model=new.new(), gen_ai__input__messages=escaped,
                     gen_ai__output__messages=messages, gen_ai__tool__definitions=new.new(), anything=new.new())  # fmt: skip
    call["status"] = {"code": 2, "message": new.new()}
    root["name"] = new.new()
    return [root, call]


def langfuse(new: Canaries) -> bytes:
    trace = {"id": "lf", "name": new.new(), "sessionId": "s-lf", "input": new.json(), "output": new.new(), "metadata": new.json(),
             "tags": [new.new()], "release": new.new(), "timestamp": AT, "unknown": new.json()}  # fmt: skip
    call = {"id": "lf-1", "traceId": "lf", "name": new.new(), "input": new.json(), "startTime": AT, "model": new.new(), "level": "ERROR",
            "statusMessage": new.new()}  # fmt: skip
    more = {"id": "lf-1", "traceId": "lf", "output": new.json(), "endTime": LATER, "metadata": new.json()}
    score = {"id": "lf-s", "traceId": "lf", "name": new.new(), "value": new.new(), "comment": new.new()}
    log = {"log": new.json()}
    events = [
        ("trace-create", trace),
        ("generation-create", call),
        ("generation-update", more),
        ("score-create", score),
        ("sdk-log", log),
    ]
    return orjson.dumps(
        {
            "batch": [
                {"id": f"e-{n}", "type": type_, "timestamp": AT, "body": body} for n, (type_, body) in enumerate(events)
            ]
        }
    )


def langsmith(new: Canaries, run_id: str) -> dict[str, Any]:
    return {"id": run_id, "trace_id": run_id, "name": new.new(), "run_type": "llm", "start_time": AT, "inputs": new.json(), "error": new.new(),
            "outputs": {"generations": [[{"text": new.new()}]]}, "extra": {"metadata": {"session_id": "s-ls", **new.json()}, "other": new.json()},
            "tags": [new.new()], "events": [{"name": "new_token", "time": AT, "kwargs": {"token": new.new()}}], "end_time": LATER,
            "serialized": new.json(), "session_name": new.new()}  # fmt: skip


def multipart(run: dict[str, Any]) -> bytes:
    parts = {f"post.{run['id']}": {key: value for key, value in run.items() if key not in ("inputs", "outputs")},
             f"post.{run['id']}.inputs": run["inputs"], f"post.{run['id']}.outputs": run["outputs"]}  # fmt: skip
    return b"".join(
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\nContent-Type: application/json\r\n\r\n'.encode()
        + orjson.dumps(value) + b"\r\n" for name, value in parts.items()
    ) + f"--{BOUNDARY}--\r\n".encode()  # fmt: skip


def agents(new: Canaries) -> bytes:
    trace = {"object": "trace", "id": "trace_1", "workflow_name": new.new(), "group_id": "s-oa", "metadata": new.json()}
    span = {"object": "trace.span", "id": "span_1", "trace_id": "trace_1", "started_at": AT, "ended_at": LATER,
            "error": {"message": new.new(), "data": new.json()},
            "span_data": {"type": "function", "name": new.new(), "input": new.new(), "output": new.new(), "mcp_data": new.json()}}  # fmt: skip
    return orjson.dumps({"data": [trace, span]})


def native(new: Canaries, number: int) -> bytes:
    span = {"id": f"n{number}-1", "name": new.new(), "kind": "tool", "startTime": AT, "endTime": LATER, "input": new.json(), "output": new.new(),
            "error": {"type": new.new(), "message": new.new(), "stack": new.new()}, "attributes": new.json()}  # fmt: skip
    trace = {"id": f"n{number}", "name": new.new(), "sessionId": "s-native", "startTime": AT, "endTime": LATER, "input": new.new(),
             "output": new.new(), "metadata": new.json(), "tags": [new.new()], "environment": new.new(), "spans": [span]}  # fmt: skip
    return orjson.dumps({"traces": [trace]})


def phoenix(new: Canaries) -> bytes:
    return orjson.dumps(
        {"data": [{"name": new.new(), "context": {"trace_id": "p", "span_id": "p-1"}, "span_kind": "LLM", "start_time": AT, "end_time": LATER,
                   "status_code": "ERROR", "status_message": new.new(), "events": [{"name": "exception", "timestamp": AT,
                   "attributes": {"exception.message": new.new(), "exception.stacktrace": new.new()}}],
                   "attributes": {"input": {"value": new.new()}, "metadata": new.json(), "session": {"id": "s-p"}, "more": new.new()}}]}
    )  # fmt: skip


def exported_elsewhere(caller: Caller, new: Canaries) -> bytes:
    """A file of ours, from a project that masks nothing."""
    other = caller.server.caller()
    other.send(*orjson.loads(native(new, 900))["traces"])
    other.patch("/observability/sessions/s-native", {"title": new.new(), "metadata": new.json(), "tags": [new.new()]})
    for body in (
        {"name": new.new(), "value": new.new(), "comment": new.new(), "traceId": "n900", "source": new.new()},
    ):
        assert other.post("/observability/scores", orjson.dumps(body)).status_code == 201
    assert (
        other.post(
            "/observability/comments", orjson.dumps({"body": new.new(), "author": new.new(), "traceId": "n900"})
        ).status_code
        == 201
    )
    return other.get("/observability/sessions/s-native/export").content


def everything(caller: Caller, new: Canaries, elsewhere: Canaries | None = None) -> Iterator[tuple[int, str]]:
    """Send canaries by every wire there is: (status, what was sent)."""

    def post(path: str, body: bytes, kind: str = "application/json") -> tuple[int, str]:
        return caller.post(path, body, kind).status_code, path

    for kind in (otlp.PROTOBUF, otlp.JSON):
        yield post("/v1/traces", otlp.body(kind, *otlp_spans(new), service__name=new.new(), host__name=new.new()), kind)
        record = otlp.log(3, trace=1, span=2, session__id="s-otlp", more=new.new()) | {"event_name": "gen_ai.choice", "severity_text": new.new(),
                 "body": {"message": {"content": new.new()}}}  # fmt: skip
        yield post("/v1/logs", otlp.logs_body(kind, record, service__name=new.new()), kind)
    yield post("/api/public/ingestion", langfuse(new))
    yield post(
        "/api/public/scores",
        orjson.dumps({"name": new.new(), "value": new.new(), "traceId": "lf", "comment": new.new()}),
    )
    yield post("/runs/batch", orjson.dumps({"post": [langsmith(new, "00000000-0000-4000-8000-000000000001")]}))
    yield post("/runs", orjson.dumps(langsmith(new, "00000000-0000-4000-8000-000000000002")))
    yield post(
        "/runs/multipart",
        multipart(langsmith(new, "00000000-0000-4000-8000-000000000003")),
        f"multipart/form-data; boundary={BOUNDARY}",
    )
    yield post(
        "/feedback",
        orjson.dumps(
            {
                "run_id": "00000000-0000-4000-8000-000000000001",
                "key": new.new(),
                "value": new.new(),
                "comment": new.new(),
            }
        ),
    )
    yield post("/v1/traces/ingest", agents(new))
    yield post("/observability/import", phoenix(new))
    if elsewhere is not None:
        yield post("/observability/import", exported_elsewhere(caller, elsewhere))
    number = count()
    while len(new.sown) < 1_000:
        yield post("/observability/traces", native(new, next(number)))
    caller.server.fresh()
    caller.patch(
        "/observability/sessions/s-native",
        {"title": new.new(), "outcome": new.new(), "metadata": new.json(), "tags": [new.new()]},
    )
    score = {"name": new.new(), "value": new.new(), "comment": new.new(), "source": new.new(), "sessionId": "s-native"}
    yield post("/observability/scores", orjson.dumps(score))
    yield post(
        "/observability/comments", orjson.dumps({"body": new.new(), "author": new.new(), "sessionId": "s-native"})
    )
    # What is refused is told to the sender, and kept for the page of what was refused.
    yield post(
        "/observability/traces", orjson.dumps({"traces": [{"id": new.new(), "name": 7, "startTime": new.new()}]})
    )


def leaks(answer: bytes, new: Canaries) -> list[str]:
    return [mark for mark in new.marks if mark.encode() in answer]


def leaking(caller: Caller, paths: list[str], *sown: Canaries) -> list[str]:
    """Which of these tell a canary."""
    answers = {path: caller.get(path).content for path in paths}
    return [path for path, answer in answers.items() if any(leaks(answer, new) for new in sown)]


def test_c7_g5_of_1000_canaries_by_every_wire_none_is_on_disk_in_an_answer_or_found(
    caller: Caller, data_files: Path
) -> None:
    assert (
        put(caller, {"detectors": list(DETECTORS), "patterns": [{"name": "case", "pattern": r"CASE-\w+"}]}).status_code
        == 200
    )
    new, elsewhere = Canaries(), Canaries()

    assert [each for each in everything(caller, new, elsewhere) if each[0] >= 300 and each[0] != 400] == []
    caller.server.fresh()

    assert len(new.sown) >= 1_000
    assert {
        mark: _around(files_with(data_files, mark), mark) for mark in new.marks if files_with(data_files, mark)
    } == {}
    assert [mark for mark in new.marks if files_with(caller.server.settings.data_dir, mark)] == []
    sessions = [one["id"] for one in caller.sessions()]
    assert sorted(sessions) == ["s-lf", "s-ls", "s-native", "s-oa", "s-otlp", "s-p"]
    paths = [*EVERYWHERE, *(f"/observability/sessions/{one}/export?format={form}" for one in sessions for form in ("json", "csv", "md", "otlp", "openai")),
             *(f"/observability/sessions/{one}/{what}" for one in sessions for what in ("conversation", "scores", "comments"))]  # fmt: skip
    assert leaking(caller, paths, new, elsewhere) == []
    for secret in new.sown[:30]:
        assert caller.sessions(("q", f'"{secret}"')) == []
    assert caller.sessions(("q", "case")) != []


def _around(files: list[str], mark: str) -> list[str]:
    """What stands where it leaked, so that a failure says by which way."""
    found = []
    for file in files:
        held = Path(file).read_bytes()
        place = held.index(mark.encode())
        found.append(f"{file}: {held[max(0, place - 60) : place + 60]!r}")
    return found


def test_without_rules_all_of_it_is_there_so_that_the_test_above_can_fail(caller: Caller, data_files: Path) -> None:
    new = Canaries()
    assert [each for each in everything(caller, new) if each[0] >= 300 and each[0] != 400] == []
    caller.server.fresh()

    assert [bool(files_with(data_files, mark)) for mark in new.marks] == [True] * 3
    assert leaks(caller.get("/observability/sessions/s-native/export").content, new) == new.marks


def test_ids_of_sessions_and_users_stay_even_where_they_are_addresses(caller: Caller) -> None:
    put(caller, {"detectors": ["email"]})
    trace = {"id": "t-1", "name": "turn", "sessionId": "ann@example.com/1", "userId": "ann@example.com", "startTime": AT, "endTime": AT,
             "input": "I am ann@example.com"}  # fmt: skip
    caller.send(trace)
    caller.send(trace)
    batch = [
        {
            "id": "e",
            "type": "trace-create",
            "timestamp": AT,
            "body": {"id": "t-2", "sessionId": "ann@example.com/1", "userId": "bob@example.com"},
        }
    ]
    assert caller.post("/api/public/ingestion", orjson.dumps({"batch": batch})).status_code == 207
    caller.server.fresh()

    (session,) = caller.sessions()
    assert (session["id"], sorted(session["userIds"]), session["traceCount"]) == (
        "ann@example.com/1", ["ann@example.com", "bob@example.com"], 2,
    )  # fmt: skip
    assert "I am [e-mail]" in caller.get("/observability/sessions/ann%40example.com%2F1/conversation").text


def test_the_same_message_before_and_after_a_change_of_rules_is_one(caller: Caller) -> None:
    put(caller, {"detectors": ["email"]})
    new = Canaries()
    sent = [("/api/public/ingestion", langfuse(new), "application/json"),
            ("/v1/logs", otlp.logs_body(otlp.PROTOBUF, otlp.log(3, trace=1, span=2, session__id="s", text=new.new())), otlp.PROTOBUF)]  # fmt: skip
    for rules in (
        {"detectors": ["email"]},
        {"detectors": list(DETECTORS), "patterns": [{"name": "x", "pattern": r"\w+-\w+"}]},
    ):
        put(caller, rules)
        for path, body, kind in sent:
            caller.post(path, body, kind)
    caller.server.fresh()

    counted = {one["id"]: (one["traceCount"], one["spanCount"]) for one in caller.sessions()}
    assert counted["s-lf"] == (1, 2)
    assert len(caller.read("/observability/traces/lf/scores")["data"]) == 1


def test_rules_are_set_shown_tried_and_taken_back_by_their_project_alone(caller: Caller) -> None:
    rules = {"detectors": ["email"], "patterns": [{"name": "case", "pattern": "CASE-[0-9]+"}]}
    assert caller.read(MASKING) == NONE
    assert put(caller, rules).json() == rules
    assert (caller.read(MASKING), caller.server.caller().read(MASKING)) == (rules, NONE)
    assert caller.post(f"{MASKING}/try", b'{"text": "CASE-1 a@b.example +49 171 2345678"}').json() == {
        "text": "[case] [e-mail] +49 171 2345678"
    }
    assert caller.post(f"{MASKING}/try", b'{"text": "CASE-1 +49 171 2345678", "detectors": ["phone"]}').json() == {
        "text": "CASE-1 [phone]"
    }
    assert put(caller, {}).json() == NONE
    assert caller.read(MASKING) == NONE


@pytest.mark.parametrize(
    "body",
    [
        {"detectors": ["ssn"]},
        {"patterns": [{"name": "x", "pattern": "(?<=a)b"}]},
        {"pattern": []},
        {"patterns": [{"name": "x"}]},
    ],
)
def test_what_is_no_rule_is_400_and_changes_nothing(caller: Caller, body: dict[str, Any]) -> None:
    assert put(caller, body).status_code == 400
    assert caller.read(MASKING) == NONE


def test_every_wire_of_parts_says_which_of_its_fields_are_ids() -> None:
    assert {*MAKERS, *foreign_scores.WIRES} <= KEPT.keys()
