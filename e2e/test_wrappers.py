"""Wrapped clients in programs of their own, a stand-in for the models, our server, and what its API tells in the end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from e2e.api import Api, eventually, text_of
from e2e.client_process import PROGRAMS, run_program, sdk_settings
from e2e.live.library import model_settings
from e2e.live.model_stub import ModelStub


@pytest.fixture(scope="module")
def models() -> Iterator[dict[str, str]]:
    with ModelStub() as stub:
        yield model_settings(stub.url)


def told(api: Api, session_id: str, spans: int) -> dict[str, Any]:
    """What the API tells of a session of one turn with one call of the model, without what differs from run to run."""

    def look() -> dict[str, Any]:
        session = api.session(session_id)
        return {"session": session, "turns": api.conversation(session_id)}

    seen = eventually(look, lambda found: found["session"]["spanCount"] == spans)
    session, (turn,) = seen["session"], seen["turns"]
    return {
        "spans": session["spanCount"],
        "calls": session["generationCount"],
        "tokens": (session["promptTokens"], session["completionTokens"]),
        "cached": session["cachedTokens"],
        "reasoning": session["reasoningTokens"],
        "cost": session["totalCost"],
        "models": [used["model"] for used in session["models"]],
        "status": turn["status"],
        "said": [(message["role"], text_of(message)) for message in turn["messages"]],
        "called": [
            (call["name"], call["arguments"]) for message in turn["messages"] for call in message.get("toolCalls", [])
        ],
    }


# 56 fresh tokens at 0.15, 64 cached ones at 0.075 and 17 of the answer at 0.6 dollars a million.
WEATHER = {
    "spans": 2,
    "calls": 1,
    "tokens": (120, 17),
    "cached": 64,
    "reasoning": 5,
    "cost": pytest.approx((56 * 0.15 + 64 * 0.075 + 17 * 0.6) / 1e6),
    "models": ["gpt-4o-mini-2024-07-18"],
    "status": "ok",
    "said": [("user", "What is the weather in Paris?"), ("assistant", "")],
    "called": [("get_weather", {"city": "Paris"})],
}
# 24 fresh tokens at 3, 64 from the cache at 0.3, 32 into it at 3.75 and 17 of the answer at 15 dollars a million.
CLAUDE = WEATHER | {
    "reasoning": 0,
    "cost": pytest.approx((24 * 3 + 64 * 0.3 + 32 * 3.75 + 17 * 15) / 1e6),
    "models": ["claude-sonnet-4-5-20250929"],
}


def times_to_first_token(api: Api) -> dict[str, bool]:
    """For each session, whether its model call tells how long the first token took."""
    found = {}
    for row in api.pages("/traces"):
        trace = api.get(f"/traces/{row['id']}")
        found[trace["sessionId"]] = any(span["timeToFirstToken"] is not None for span in trace["spans"])
    return found


def test_openais_client_tells_the_same_however_it_is_asked(project: Api, models: dict[str, str]) -> None:
    run_program(PROGRAMS / "wrapped_openai.py", sdk_settings(project) | models)
    project.wait_for(sessions=11, traces=11)

    asked = ("chat", "chat-stream", "chat-helper", "chat-parse", "responses", "responses-stream")
    for session_id in (*asked, "async-chat", "async-stream", "async-responses"):
        assert told(project, session_id, spans=2) == WEATHER, session_id
    streamed = {"chat-stream", "chat-helper", "responses-stream", "async-stream", "async-responses"}
    assert {name for name, is_told in times_to_first_token(project).items() if is_told} == streamed

    refused = told(project, "refused", spans=2)
    assert (refused["status"], refused["said"]) == ("error", [("user", "Please trigger a failure now.")])
    assert (refused["tokens"], refused["models"]) == ((0, 0), ["gpt-4o-mini"])
    embedded = project.session("embeddings")
    assert (embedded["promptTokens"], embedded["models"][0]["model"]) == (3, "text-embedding-3-small")
    assert project.get("/ingestion")["rejected"] == {}


def test_anthropics_client_tells_the_same_however_it_is_asked(project: Api, models: dict[str, str]) -> None:
    run_program(PROGRAMS / "wrapped_anthropic.py", sdk_settings(project) | models)
    project.wait_for(sessions=5, traces=5)

    for session_id in ("messages", "messages-stream", "messages-helper", "async-messages", "async-helper"):
        assert told(project, session_id, spans=2) == CLAUDE, session_id
    streamed = {"messages-stream", "messages-helper", "async-helper"}
    assert {name for name, is_told in times_to_first_token(project).items() if is_told} == streamed


def test_a_call_that_is_watched_twice_counts_once(project: Api, models: dict[str, str]) -> None:
    run_program(PROGRAMS / "watched_twice.py", sdk_settings(project) | models)
    project.wait_for(sessions=6, traces=6)

    for session_id, spans in (
        ("openai", 3),
        ("openai-stream", 3),
        ("openai-async", 3),
        ("openai-alone", 2),
        ("openai-inside", 4),
    ):
        assert told(project, session_id, spans) == WEATHER | {"spans": spans}, session_id
    assert told(project, "anthropic", spans=3) == CLAUDE | {"spans": 3}
