"""Every recorded export comes out of the API as its facts say: as it was sent, with its spans in any order, and twice over."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from server.tests.api.running import Caller

from .recordings import Sent, facts, recorded, shuffled

CASES = (
    "agent-framework",
    "agentops",
    "haystack-pipeline",
    "js-ai-sdk-v7",
    "js-ai-sdk-v7-enrich",
    "js-ai-sdk-v7-legacy",
    "js-genkit",
    "js-langgraph",
    "js-mastra",
    "js-oi-agents",
    "js-oi-openai",
    "js-traceloop",
    "langfuse-v3-span",
    "langfuse-v4-langgraph",
    "langfuse-v5",
    "langsmith-otel",
    "langtrace",
    "litellm-langfuse-otel",
    "litellm-otel",
    "litellm-otel-v2-mislabelled",
    "logfire-openai-agents",
    "logfire-pydantic-ai",
    "mcp-agent",
    "mlflow",
    "oi-agno",
    "oi-anthropic",
    "oi-autogen",
    "oi-bedrock",
    "oi-crewai",
    "oi-crewai-listener",
    "oi-dspy",
    "oi-google-genai",
    "oi-langgraph",
    "oi-llama-index",
    "oi-mistral",
    "oi-openai",
    "oi-openai-agents",
    "oi-openai-root-grpc",
    "openlit",
    "otel-botocore-bedrock",
    "otel-genai-anthropic",
    "otel-google-genai-event",
    "otel-google-genai-legacy",
    "otel-google-genai-span",
    "otel-openai-v2-latest-span",
    "pydantic-ai-v1",
    "pydantic-ai-v6",
    "semantic-kernel",
    "smolagents",
    "strands",
    "traceloop-anthropic",
    "traceloop-bedrock",
    "traceloop-langchain",
    "traceloop-llamaindex",
    "traceloop-ollama",
    "traceloop-openai-responses",
    "traceloop-sdk-assoc",
    "traceloop-sdk-conversation",
)
"""The folders of ``tests/dialects`` that are sent. One more name here is one more case."""

GRPC = "application/grpc"
"""What was sent over gRPC goes over HTTP here: the body is the same; ``api/test_otlp_grpc.py`` sends over gRPC."""
SEED = 2026

Turn = dict[str, Any]


def send(caller: Caller, requests: list[Sent]) -> None:
    for sent in (as_routed(sent) for sent in requests):
        encoding = {"content_encoding": sent.encoding} if sent.encoding else {}
        answer = caller.post(sent.path, sent.on_the_wire, sent.kind, **encoding)
        assert answer.status_code == 200, answer.text
    caller.server.fresh()


def as_routed(sent: Sent) -> Sent:
    return replace(sent, path="/v1/traces", kind="application/x-protobuf") if sent.kind == GRPC else sent


def told(caller: Caller, expected: dict[str, Any]) -> dict[str, Any]:
    """What the API tells in the words of the facts; what those leave open stays open."""
    listed = {session["id"]: session for session in caller.sessions()}
    known = {session["sessionId"]: session for session in expected["sessions"]}
    return {"sessions": [_session(caller, session_id, known.get(session_id)) for session_id in sorted(listed)]}


def _session(caller: Caller, session_id: str, known: dict[str, Any] | None) -> dict[str, Any]:
    session = caller.session(session_id)
    turns = [] if known is None else known["turns"]
    conversation = {turn["traceId"]: turn for turn in caller.session(session_id, "/conversation")["data"]}
    traces = {trace["id"]: trace for trace in caller.session(session_id, "/traces", ("include", "spans"))["data"]}
    open_calls = [call for turn in turns for call in turn["calls"]]
    return {
        "sessionId": session["id"],
        "userId": session["userId"],
        "traceCount": session["traceCount"],
        "errorTurns": session["errorCount"],
        "firstInput": None if _open(turns, "user") else session["firstInput"],
        "lastOutput": None if _open(turns, "assistant") else session["lastOutput"],
        "promptTokens": _or_open(session["promptTokens"], [call["promptTokens"] for call in open_calls]),
        "completionTokens": _or_open(session["completionTokens"], [call["completionTokens"] for call in open_calls]),
        "turns": [_turn(turn, conversation, traces) for turn in turns],
    }


def _open(turns: list[Turn], role: str) -> bool:
    """Whether the facts leave open what this role said."""
    return any(turn[role] is None and not turn["error"] for turn in turns) or not turns


def _or_open(total: int, parts: list[int | None]) -> int | None:
    return None if None in parts else total


def _turn(known: Turn, conversation: dict[str, Turn], traces: dict[str, Turn]) -> Turn:
    parts = [conversation[trace_id] for trace_id in known["traceIds"]]
    said = [message for part in parts for message in part["messages"]]
    found = {
        "traceIds": [part["traceId"] for part in parts],
        "user": _words(said, "user"),
        "assistant": _words(said, "assistant"),
        "error": any(part["status"] == "error" for part in parts),
        "tools": [call["name"] for message in said for call in message.get("toolCalls", [])],
        "calls": _calls(known["calls"], [traces[trace_id] for trace_id in known["traceIds"]]),
    }
    return {key: None if known[key] is None else value for key, value in found.items()}


def _words(said: list[dict[str, Any]], role: str) -> str | None:
    """All that a role said in a turn; None where it said nothing."""
    texts = [
        part["text"]
        for message in said
        if message["role"] == role
        for part in message["content"]
        if part["type"] == "text"
    ]
    return "\n".join(texts).strip() or None


def _calls(known: list[dict[str, Any]], traces: list[Turn]) -> list[dict[str, Any]]:
    """The model calls that were answered, each with its tokens, as far as the facts know them; a call that two told of once."""
    spans = [
        span
        for trace in traces
        for span in trace["spans"]
        if span["kind"] == "generation" and span["status"] != "error"
    ]
    generations = [span for trace in traces for span in trace["spans"] if span["kind"] == "generation"]
    wrappers = {span["parentId"] for span in generations}
    failed = sum(span["status"] == "error" and span["id"] not in wrappers for span in generations)
    made = sum(trace["generationCount"] for trace in traces) - failed
    found = []
    for call in known:
        names = call["model"] or [None]
        like = [span for span in spans if span["modelName"] in names and _agrees(span, call)]
        if like:
            spans.remove(like[0])
            found.append(call)
    sums = [sum(trace[name] for trace in traces) for name in ("promptTokens", "completionTokens")]
    for name, total in zip(("promptTokens", "completionTokens"), sums, strict=True):
        counts = [call[name] for call in known]
        assert None in counts or sum(counts) == total
    assert made == len(known)
    return found


def _agrees(span: dict[str, Any], call: dict[str, Any]) -> bool:
    return all(call[name] in (None, span[name]) for name in ("promptTokens", "completionTokens"))


def expected_of(case: str) -> dict[str, Any]:
    known = facts(case)
    sessions = []
    for session in known["sessions"]:
        calls = [call for turn in session["turns"] for call in turn["calls"]]
        sums = {
            name: _or_open(session[name], [call[name] for call in calls])
            for name in ("promptTokens", "completionTokens")
        }
        said = {role: [turn[role] for turn in session["turns"] if turn[role]] for role in ("user", "assistant")}
        first = {"firstInput": None if _open(session["turns"], "user") else said["user"][0]}
        last = {"lastOutput": None if _open(session["turns"], "assistant") else said["assistant"][-1]}
        sessions.append({**session, **sums, **first, **last})
    return {"sessions": sorted(sessions, key=lambda session: session["sessionId"])}


@pytest.mark.parametrize("case", CASES)
def test_an_export_sent_as_it_was_recorded_comes_out_as_its_facts_say(case: str, caller: Caller) -> None:
    send(caller, recorded(case))

    assert told(caller, facts(case)) == expected_of(case)


@pytest.mark.parametrize("case", CASES)
def test_its_spans_in_any_order_over_many_requests_come_out_the_same(case: str, caller: Caller) -> None:
    send(caller, shuffled(case, SEED))

    assert told(caller, facts(case)) == expected_of(case)


@pytest.mark.parametrize("case", CASES)
def test_an_export_delivered_twice_comes_out_the_same(case: str, caller: Caller) -> None:
    send(caller, [*recorded(case), *shuffled(case, SEED + 1)])

    assert told(caller, facts(case)) == expected_of(case)
