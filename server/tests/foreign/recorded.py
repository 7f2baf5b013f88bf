"""The recorded cases as requests, whole or cut into the messages of their wires; and what the public API tells of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from server.tests.api.running import Caller

HERE = Path(__file__).parent
PATHS = {
    "langfuse-v2": "/api/public/ingestion",
    "js-langfuse-v3": "/api/public/ingestion",
    "langsmith-native": "/runs/multipart",
    "langsmith-langgraph": "/api/v1/runs/multipart",
    "js-langsmith": "/runs/multipart",
    "openai-agents-native": "/v1/traces/ingest",
    "litellm-otel-v2-mislabelled": "/v1/traces",
}
LISTS = {"/api/public/ingestion": "batch", "/v1/traces/ingest": "data"}


@dataclass(frozen=True)
class Sent:
    path: str
    kind: str
    body: bytes


def recorded(case: str) -> list[Sent]:
    found = []
    for file in sorted(HERE.joinpath(case).glob("body-*")):
        body = file.read_bytes()
        kind = "application/json" if file.suffix != ".multipart" else f"multipart/form-data; boundary={boundary(body)}"
        found.append(Sent(PATHS[case], kind, body))
    return found


def boundary(body: bytes) -> str:
    return body[2 : body.index(b"\r\n")].decode()


def messages(case: str) -> list[Sent]:
    """Each message of a case as a request of its own, in the order in which they were sent."""
    return [each for request in recorded(case) for each in cut(request)]


def cut(request: Sent) -> list[Sent]:
    if request.kind != "application/json":
        return [Sent(request.path, request.kind, body) for body in _forms(request.body)]
    field = LISTS[request.path]
    held = orjson.loads(request.body)
    return [Sent(request.path, request.kind, orjson.dumps({field: [item]})) for item in held[field]]


def joined(requests: Sequence[Sent]) -> Sent:
    """Requests of one JSON wire as one."""
    field = LISTS[requests[0].path]
    items = [item for request in requests for item in orjson.loads(request.body)[field]]
    return Sent(requests[0].path, requests[0].kind, orjson.dumps({field: items}))


def _forms(body: bytes) -> list[bytes]:
    """The form's parts by message: what is named after the same step of the same run stays together."""
    mark = f"--{boundary(body)}".encode()
    together: dict[bytes, list[bytes]] = {}
    for part in body.split(mark)[1:-1]:
        name = part.partition(b'name="')[2].partition(b'"')[0]
        together.setdefault(b".".join(name.split(b".")[:2]), []).append(part)
    return [mark + mark.join(parts) + mark + b"--\r\n" for parts in together.values()]


def deliver(caller: Caller, requests: Sequence[Sent]) -> None:
    for request in requests:
        answer = caller.post(request.path, request.body, request.kind)
        assert answer.status_code in (200, 202, 207), answer.text
        assert not answer.json().get("errors"), answer.text
        assert not answer.json().get("rejected"), answer.text
    caller.server.fresh()


def facts_of(case: str) -> dict[str, Any]:
    return json.loads(HERE.joinpath(case, "facts.json").read_bytes())


def told(caller: Caller, facts: dict[str, Any]) -> dict[str, Any]:
    """The same facts as the public API tells them; what the payload does not carry (null) stays null."""
    found = {"case": facts["case"], "sessions": []}
    for expected in facts["sessions"]:
        session = caller.session(expected["sessionId"])
        traces = {
            trace["id"]: trace
            for trace in caller.session(expected["sessionId"], "/traces", ("include", "spans"))["data"]
        }
        turns = {turn["traceId"]: turn for turn in caller.session(expected["sessionId"], "/conversation")["data"]}
        found["sessions"].append(
            {
                "sessionId": session["id"],
                "userId": session["userId"],
                "turns": [
                    _turn(turn, [traces[at] for at in turn["traceIds"]], [turns[at] for at in turn["traceIds"]])
                    for turn in expected["turns"]
                ],
                "traceCount": session["traceCount"],
                "errorTurns": session["errorCount"],
                "promptTokens": session["promptTokens"],
                "completionTokens": session["completionTokens"],
            }
        )
    return found


def _turn(expected: dict[str, Any], traces: list[dict[str, Any]], turns: list[dict[str, Any]]) -> dict[str, Any]:
    said = [message for turn in turns for message in turn["messages"]]
    spans = sorted((span for trace in traces for span in trace["spans"]), key=lambda span: span["startTime"])
    tools = [span["name"] for span in spans if span["kind"] == "tool"]
    tools += [call["name"] for message in said for call in message.get("toolCalls", [])]
    made = [span for span in spans if span["kind"] == "generation" and span["status"] != "error"]
    turn = {
        "traceIds": [trace["id"] for trace in traces],
        "user": _last(said, "user"),
        "assistant": _last(said, "assistant"),
        "error": any(trace["status"] == "error" for trace in traces),
        "tools": list(dict.fromkeys(tools)),
        "calls": [
            {
                "model": _named(
                    expected["calls"][at]["model"] if at < len(expected["calls"]) else [], span["modelName"]
                ),
                "promptTokens": span["promptTokens"],
                "completionTokens": span["completionTokens"],
            }
            for at, span in enumerate(made)
        ],
    }
    return {key: None if expected[key] is None else value for key, value in turn.items()}


def _named(names: list[str], model: str | None) -> list[str]:
    """The names that a call's model may have, if the one that came out is among them."""
    return names if model in names else [str(model)]


def _last(said: list[dict[str, Any]], role: str) -> str | None:
    texts = [
        part["text"]
        for message in said
        if message["role"] == role
        for part in message["content"]
        if part["type"] == "text"
    ]
    return texts[-1] if texts else None
