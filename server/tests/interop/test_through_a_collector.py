"""A Collector between a library and the server changes nothing: not by batching, not by what it adds to resources."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from server.tests.api import recordings as with_logs
from server.tests.api.running import Caller, Server

from .collector import ADDED, through_a_collector
from .recordings import CASES, PROTOBUF, Sent, recorded

JSON = "application/json"
ALL = ("limit", "200")

EXPORTS = sorted({*with_logs.CASES, *(path.parent.name for path in CASES.glob("*/facts.json"))})


def export(case: str) -> list[Sent]:
    """As an exporter sends it to a Collector: by OTLP's own paths, whatever the address of the product that it was meant for."""
    if case in with_logs.CASES:
        sent = [request for request in with_logs.requests(case) if request.signal != "metrics"]
        return [Sent(f"/v1/{request.signal}", request.kind, "", request.body) for request in sent]
    return [_to_a_collector(request) for request in recorded(case)]


def _to_a_collector(request: Sent) -> Sent:
    path = "/v1/logs" if request.path.endswith("/logs") else "/v1/traces"
    return Sent(path, JSON if request.body[:1] == b"{" else PROTOBUF, "", request.body)


def send(caller: Caller, requests: list[Sent]) -> None:
    for sent in requests:
        encoding = {"content_encoding": sent.encoding} if sent.encoding else {}
        answer = caller.post(sent.path, sent.on_the_wire, sent.kind, **encoding)
        assert (answer.status_code, answer.content in (b"", b"{}")) == (200, True), answer.text


def everything(caller: Caller) -> dict[str, Any]:
    """All that the API says of a project's sessions and traces, by id."""
    found: dict[str, Any] = {}
    for session in caller.sessions(ALL):
        name = session["id"]
        found |= {name: session, f"turns of {name}": caller.session(name, "/conversation")}
    found |= {trace["id"]: trace for trace in caller.pages("/observability/traces", ("include", "spans"), ALL)}
    return {name: _comparable(told) if "spans" in told else told for name, told in found.items()}


def _comparable(trace: dict[str, Any]) -> dict[str, Any]:
    """Without what the Collector added; log records of one millisecond that were cut apart come in no known order."""
    trace["logs"].sort(key=lambda row: row["id"])
    for row in (*trace["spans"], *trace["logs"]):
        row["attributes"] = {name: value for name, value in row["attributes"].items() if name not in ADDED}
        if trace["logs"] and isinstance(row.get("input"), list):
            row["input"].sort(key=orjson.dumps)
    return trace


@pytest.fixture(scope="module")
def sent_straight(server: Server) -> dict[str, Any]:
    caller = server.caller()
    for case in EXPORTS:
        send(caller, export(case))
    server.fresh()
    return everything(caller)


@pytest.mark.parametrize("size", [3, 10_000], ids=["cut into small batches", "joined into one"])
def test_all_exports_through_one_collector_are_told_as_those_sent_straight(
    size: int, server: Server, sent_straight: dict[str, Any]
) -> None:
    through = server.caller()
    send(through, through_a_collector([sent for case in EXPORTS for sent in export(case)], size=size, seed=2026))
    server.fresh()

    found = everything(through)

    assert {name: found.get(name) for name in sent_straight if found.get(name) != sent_straight[name]} == {}
    assert found.keys() == sent_straight.keys()
    assert len(found) > len(EXPORTS)
