"""Real client libraries, each in a process of its own, and what comes out of the API in the end."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from e2e.api import Api, lasting, said
from e2e.client_process import (
    PROGRAMS,
    otel_settings,
    pointed_at,
    readme_blocks,
    run_program,
    run_shell,
    sdk_settings,
)
from e2e.server_process import ROOT
from examples.stub_openai import StubOpenAI


@pytest.fixture(scope="module")
def openai() -> Iterator[dict[str, str]]:
    """The settings that send OpenAI's client to the stub."""
    with StubOpenAI() as stub:
        yield {"OPENAI_BASE_URL": stub.base_url, "OPENAI_API_KEY": "none"}


def session_of(model: str, generations: int, prompt: int, completion: int, cost: float, **facts: Any) -> dict[str, Any]:
    """A session that used one model, as the API answers it, without its times."""
    usage = {"promptTokens": prompt, "completionTokens": completion, "totalTokens": prompt + completion}
    return {
        "userIds": [facts["userId"]],
        "title": None,
        "outcome": None,
        "generationCount": generations,
        "toolCount": 0,
        "errorCount": 0,
        "segments": 1,
        "cachedTokens": 0,
        "reasoningTokens": 0,
        "totalCost": cost,
        "models": [{"model": model, "generations": generations, "cost": cost, **usage}],
        "unpricedModels": [],
        "tags": [],
        "metadata": {},
        "environment": None,
        "release": None,
        "goals": [],
        "scores": [],
        "commentCount": 0,
        "bookmarked": False,
        "endedAt": None,
        "tools": [],
        **usage,
        **facts,
    }


def turn(*messages: tuple[str, str], name: str = "chat-turn", error: str | None = None) -> dict[str, Any]:
    return {"name": name, "status": "error" if error else "ok", "error": error, "said": list(messages)}


def test_opentelemetry_sdk_sends_a_session_with_a_failed_turn(project: Api) -> None:
    run_program(PROGRAMS / "otel_sdk.py", otel_settings(project))
    project.wait_for(sessions=1, traces=2)
    assert lasting(project.session("otel/weather 1")) == session_of(
        "gpt-4o-mini",
        1,
        1000,
        200,
        0.00027,
        id="otel/weather 1",
        userId="u-otel",
        traceCount=2,
        spanCount=3,
        errorCount=1,
        firstInput="Weather in Paris?",
        lastOutput="Rainy, 57 F.",
    )
    assert said(project.conversation("otel/weather 1")) == [
        turn(("user", "Weather in Paris?"), ("assistant", "Rainy, 57 F.")),
        turn(error="the forecast took too long"),
    ]


def test_openinference_sends_openai_calls_with_texts_usage_and_errors(project: Api, openai: dict[str, str]) -> None:
    run_program(PROGRAMS / "openinference_openai.py", otel_settings(project) | openai)
    project.wait_for(sessions=1, traces=2)
    assert lasting(project.session("oi-session")) == session_of(
        "gpt-4o-mini",
        2,
        6,
        6,
        4.5e-06,
        id="oi-session",
        userId="u-oi",
        traceCount=2,
        spanCount=2,
        errorCount=1,
        tags=["beta"],
        metadata={"channel": "web"},
        firstInput="Where is my parcel?",
        lastOutput="You said: Where is my parcel?",
    )
    assert said(project.conversation("oi-session")) == [
        turn(
            ("system", "Be brief."),
            ("user", "Where is my parcel?"),
            ("assistant", "You said: Where is my parcel?"),
            name="ChatCompletion",
        ),
        turn(
            ("user", "Where is my parcel?"),
            name="ChatCompletion",
            error="Error code: 404 - the stub has no /v1/nowhere/chat/completions",
        ),
    ]


def test_opentelemetry_openai_v2_sends_openai_calls_with_texts_and_usage(project: Api, openai: dict[str, str]) -> None:
    texts_in_spans = {
        "OTEL_SEMCONV_STABILITY_OPT_IN": "gen_ai_latest_experimental",
        "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT": "SPAN_ONLY",
    }
    run_program(PROGRAMS / "otel_openai_v2.py", otel_settings(project) | openai | texts_in_spans)
    project.wait_for(sessions=1, traces=1)
    assert lasting(project.session("v2-session")) == session_of(
        "gpt-4o-mini",
        1,
        6,
        6,
        4.5e-06,
        id="v2-session",
        userId="u-v2",
        traceCount=1,
        spanCount=2,
        firstInput="When will it arrive?",
        lastOutput="You said: When will it arrive?",
    )
    assert said(project.conversation("v2-session")) == [
        turn(("system", "Be brief."), ("user", "When will it arrive?"), ("assistant", "You said: When will it arrive?"))
    ]


def test_the_chat_example_makes_one_session_of_three_turns(project: Api, openai: dict[str, str]) -> None:
    printed = run_program(ROOT / "examples/chat_session.py", sdk_settings(project) | openai)
    session_id = printed.split()[-1]
    project.wait_for(sessions=1, traces=3)
    assert lasting(project.session(session_id)) == session_of(
        "gpt-4o",
        3,
        34,
        18,
        0.000265,
        id=session_id,
        userId="user-123",
        traceCount=3,
        spanCount=6,
        metadata={"message_count": 5},
        firstInput="Hello!",
        lastOutput="You said: Tell me about your features",
    )
    asked = ["Hello!", "What can you help me with?", "Tell me about your features"]
    assert said(project.conversation(session_id)) == [
        turn(("user", text), ("assistant", f"You said: {text}")) for text in asked
    ]


QUICKSTART = session_of(
    "gpt-4o",
    2,
    300,
    100,
    0.00175,
    id="conversation-abc123",
    userId="user-456",
    traceCount=2,
    spanCount=4,
    firstInput="Where is my parcel?",
    lastOutput="Tomorrow before noon.",
)
QUICKSTART_SAID = [
    turn(("user", "Where is my parcel?"), ("assistant", "It left the depot this morning.")),
    turn(("user", "When will it arrive?"), ("assistant", "Tomorrow before noon.")),
]


def test_the_quickstart_example_delivers_a_session_of_two_turns(project: Api) -> None:
    assert run_program(ROOT / "examples/quickstart.py", sdk_settings(project)) == "delivered\n"
    project.wait_for(sessions=1, traces=2)
    assert lasting(project.session("conversation-abc123")) == QUICKSTART
    assert said(project.conversation("conversation-abc123")) == QUICKSTART_SAID


def test_the_shell_of_the_readme_runs_its_python_and_delivers_the_same_session(project: Api) -> None:
    (python,) = readme_blocks("python")
    (shell,) = [block for block in readme_blocks("sh") if "quickstart.py" in block]
    assert python == (ROOT / "examples/quickstart.py").read_text().split("\n\n", 1)[1]
    assert run_shell(pointed_at(project, shell).replace(".venv/bin/python", sys.executable), ROOT) == "delivered\n"
    project.wait_for(sessions=1, traces=2)
    assert lasting(project.session("conversation-abc123")) == QUICKSTART


def test_the_curl_of_the_readme_sends_a_session_and_takes_it_out_again(project: Api, tmp_path: Path) -> None:
    send, export = [block for block in readme_blocks("sh") if block.startswith("curl")]
    answer = run_shell(pointed_at(project, send).replace("curl ", "curl -sS ", 1), tmp_path)
    assert json.loads(answer) == {"accepted": 1, "rejected": []}
    project.wait_for(sessions=1, traces=1)
    session = session_of(
        "gpt-4o",
        1,
        150,
        50,
        0.000875,
        id="conversation-abc123",
        userId="user-456",
        traceCount=1,
        spanCount=2,
        firstInput="Hello!",
        lastOutput="Hi.",
    ) | {
        "startTime": "2026-11-23T10:30:00.000Z",
        "endTime": "2026-11-23T10:30:02.000Z",
        "duration": 2000,
        "activeDuration": 2000,
        "status": "idle",
    }
    assert project.session("conversation-abc123") == session

    run_shell(pointed_at(project, export).replace("curl ", "curl -sS ", 1), tmp_path)
    exported = json.loads((tmp_path / "session-conversation-abc123.json").read_text())
    traces = [(trace["name"], [span["name"] for span in trace["spans"]]) for trace in exported.pop("traces")]
    said = {"facts": [], "givenScores": [], "givenComments": []}
    assert exported == session | {"format": "threadline.session/1"} | said
    assert traces == [("chat-turn", ["chat-turn", "generate-response"])]
