"""Real answers are what the OpenAPI document says they are."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import orjson
import pytest
from pydantic import BaseModel

from threadline_server import openapi
from threadline_server.serve import (
    documents,
    documents_alerts,
    documents_analytics,
    documents_journeys,
    documents_pair,
)

from . import world
from .running import Caller, Server

COMMITTED = Path(__file__).parents[2] / "openapi.json"
DEEP = 700
BEGIN, END = "2025-11-23T10:30:00Z", "2025-11-23T10:30:02Z"


def nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = {"a": [value]} if depth % 2 else {"a": value}
    return value


@pytest.fixture(scope="module")
def filled(server: Server) -> Caller:
    """A session with tools, errors, unfinished spans, unpriced models and words; and a world of others."""
    caller = server.caller()
    error = {"type": "RateLimitError", "message": "slow down", "stack": "a\nb"}
    call = {"id": "c-1", "type": "function", "function": {"name": "look", "arguments": '{"id": 1}'}}
    asked = [{"role": "system", "content": "Be kind."}, {"role": "user", "content": "Where is it?"}]
    observations = [
        {"id": "g", "kind": "generation", "modelName": "gpt-4o", "provider": "openai", "input": {"messages": asked}, "promptTokens": 5,
         "completionTokens": 7, "output": {"role": "assistant", "content": None, "tool_calls": [call]}, "modelParameters": {"temperature": 0}},
        {"id": "tool", "kind": "tool", "name": "look", "input": {"id": 1}, "output": "shipped", "metadata": {"deep": nested(20)}},
        {"id": "e", "kind": "event", "name": "seen"},
        {"id": "bad", "kind": "generation", "modelName": "no-such-model", "promptTokens": 3, "completionTokens": 4, "error": error},
    ]  # fmt: skip
    trace = {
        "name": "turn",
        "sessionId": "s",
        "userId": "u",
        "startTime": BEGIN,
        "endTime": END,
        "tags": ["a"],
        "metadata": {"k": [1]},
    }
    rule = {"name": "r", "when": {"session": "traceCount", "above": 0}, "webhook": {"url": "http://127.0.0.1:9/"}}
    assert caller.post("/observability/alerts/rules", orjson.dumps(rule)).status_code == 201
    for when in ({"traceName": "turn"}, {"tag": "none"}, {"errorFree": True}):
        body = {"name": f"goal {when}", "when": when}
        assert caller.post("/observability/goals", orjson.dumps(body)).status_code == 201
    caller.send(
        {
            **trace,
            "id": "t",
            "observations": observations,
            "environment": "production",
            "release": "v1",
            "input": {"message": "Where?"},
        },
        {**trace, "id": "u", "endTime": None, "userId": None},
        {**trace, "id": "failed", "error": error},
        {**trace, "id": "alone", "sessionId": None},
        *world.traces(10),
    )
    return caller


ANSWERS: list[tuple[str, type[BaseModel]]] = [
    ("sessions", documents.Sessions),
    ("sessions/s", documents.SessionDetail),
    ("sessions/s/traces", documents.Traces),
    ("sessions/s/traces?include=spans", documents.Traces),
    ("sessions/s/conversation", documents.Turns),
    ("sessions/s/metrics", documents.SessionMetrics),
    ("sessions/s/compare/s?limit=1", documents_pair.SessionPair),
    ("traces?limit=200", documents.Traces),
    ("traces?include=spans", documents.Traces),
    ("traces/t", documents.Trace),
    ("traces/alone", documents.Trace),
    ("sessions/s/goals", documents_journeys.SessionGoals),
    ("analytics/goals", documents_journeys.GoalAnalytics),
    ("analytics/goals?userId=nobody&from=2025-11-01", documents_journeys.GoalAnalytics),
    ("analytics/journeys", documents_journeys.Journeys),
    ("analytics/journeys?by=tag&collapse=true&nodes=1&to=2025-12-01", documents_journeys.Journeys),
    ("analytics/journeys?userId=nobody", documents_journeys.Journeys),
    ("analytics/funnel?step=turn&step=tag:a&groupBy=metadata.k", documents_journeys.Funnel),
    ("analytics/funnel?step=turn&step=turn&groupBy=model&within=1000", documents_journeys.Funnel),
    ("analytics/funnel?step=nothing&step=turn", documents_journeys.Funnel),
    *(
        (f"analytics/sessions{query}", documents_analytics.SessionAnalytics)
        for query in (
            "",
            "?interval=day&timeZone=Asia/Kolkata&from=2025-11-01&to=2025-12-01",
            "?userId=nobody",
            "?groupBy=model&groupLimit=2&histogram=false",
        )
    ),
    *(
        (f"analytics/costs{query}", documents_analytics.CostAnalytics)
        for query in (
            "",
            "?groupBy=tool&interval=week&groupLimit=2",
            "?userId=nobody",
            "?include=top&groupBy=metadata.x",
        )
    ),
    ("analytics/compare?from=2025-11-20&to=2025-11-25", documents_analytics.Comparison),
    ("analytics/compare?release=v1&baseRelease=none", documents_analytics.Comparison),
    ("ingestion", documents.Ingestion),
    ("alerts", documents_alerts.Alerts),
    ("alerts/rules", documents_alerts.Rules),
]


@pytest.mark.parametrize(("route", "model"), ANSWERS, ids=[route for route, _ in ANSWERS])
def test_an_answer_is_of_the_type_that_is_documented(route: str, model: type[BaseModel], filled: Caller) -> None:
    answer = filled.read(f"/observability/{route}")

    assert model.model_validate(answer).model_dump(by_alias=True, exclude_unset=True) == answer


def test_an_answer_to_plain_json_is_of_the_type_that_is_documented(caller: Caller) -> None:
    answer = caller.send({"name": "x", "startTime": BEGIN}, {"id": ""})

    assert documents.Taken.model_validate(answer).model_dump(by_alias=True) == answer


@pytest.mark.parametrize(("path", "status"), [("sessions?x=1", 400), ("sessions/nobody", 404), ("nothing", 404)])
def test_a_failure_is_of_the_type_that_is_documented(path: str, status: int, caller: Caller) -> None:
    answer = caller.get(f"/observability/{path}")

    assert answer.status_code == status
    documents.Failure.model_validate(answer.json())


def test_the_committed_document_is_the_servers() -> None:
    """``make openapi`` writes it again; the dashboard's types are made from it."""
    assert COMMITTED.read_text(encoding="utf-8") == openapi.text()


def test_the_document_names_every_parameter_that_a_list_takes(caller: Caller) -> None:
    """What a route answers to an unknown parameter and what its documentation lists are the same."""
    paths = json.loads(openapi.text())["paths"]
    for path, operations in paths.items():
        if (
            not path.startswith("/observability/")
            or "get" not in operations
            or re.search(
                "keys|projects|prices|accounts|invitations|oidc|audit|goals$|rules$|settings$|masking$|views$|shares$",
                path,
            )
        ):
            continue
        hint = caller.get(re.sub(r"{\w+}", "x", path), ("unheard-of", "1")).json()["error"]["hint"]
        named = (
            hint.removeprefix("Valid parameters: ").removesuffix(".").split(", ") if hint.startswith("Valid") else []
        )
        listed = [entry["name"] for entry in operations["get"].get("parameters", []) if entry["in"] == "query"]
        assert sorted(name for name in named if "<" not in name) == sorted(listed), path


@pytest.mark.parametrize("where", ["input", "output", "metadata", "observation", "messages", "arguments", "parameters"])
@pytest.mark.parametrize("depth", [90, 240, DEEP])
def test_what_is_nested_deeply_is_taken_and_shown_everywhere(where: str, depth: int, caller: Caller) -> None:
    deep = nested(depth)
    trace: dict[str, Any] = {"id": "t", "sessionId": "s", "startTime": BEGIN, "endTime": END}
    call = {"id": "c", "type": "function", "function": {"name": "f", "arguments": deep}}
    trace |= {
        "input": {"input": deep},
        "output": {"output": deep},
        "metadata": {"metadata": {"k": deep}},
        "observation": {"observations": [{"id": "o", "input": deep, "output": deep, "unheardOf": deep}]},
        "messages": {
            "observations": [
                {"id": "o", "kind": "generation", "input": {"messages": [{"role": "user", "content": [deep]}]}}
            ]
        },
        "arguments": {
            "observations": [{"id": "o", "kind": "generation", "output": {"role": "assistant", "tool_calls": [call]}}]
        },
        "parameters": {"observations": [{"id": "o", "modelParameters": deep}]},
    }[where]
    raw = orjson.dumps(trace) if depth < 200 else json.dumps(trace).encode()

    assert caller.post("/observability/traces", raw).json() == {"accepted": 1, "rejected": []}
    caller.server.fresh()

    routes = [
        "sessions",
        "sessions/s",
        "sessions/s/traces?include=spans",
        "sessions/s/conversation",
        "traces/t",
        "traces",
    ]
    routes += ["sessions/s/export", "sessions/s/export?format=jsonl"]
    assert [caller.get(f"/observability/{route}").status_code for route in routes] == [200] * len(routes)
