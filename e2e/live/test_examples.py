"""The examples that need more libraries than ours, as their readers run them."""

from __future__ import annotations

import subprocess

from e2e.api import Api, eventually
from e2e.client_process import sdk_settings
from e2e.live.library import ALONE, PYTHON, SDK, TIMEOUT_S
from e2e.live.seen import Session, Turn, session_seen
from e2e.server_process import ROOT, clean_environment

GREETING = Turn("Hello, my name is Ada.", "Hello Ada! How can I help you today?")
WEATHER = Turn(
    "What is the weather in Paris?",
    "It is 18C and cloudy in Paris.",
    tools=(("get_weather", {"city": "Paris"}),),
    results=("18C and cloudy",),
)


def test_the_agent_is_one_session_of_two_turns_with_its_tool(project: Api, models: dict[str, str]) -> None:
    ended = subprocess.run(
        [PYTHON, "examples/langgraph_agent.py"],
        env=clean_environment() | ALONE | sdk_settings(project) | models | {"PYTHONPATH": str(SDK)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    *conversation, last = ended.stdout.splitlines()
    assert conversation == [
        line for turn in (GREETING, WEATHER) for line in (f"user:      {turn.user}", f"assistant: {turn.assistant}")
    ]
    project.wait_for(sessions=1, traces=2)

    session_id = last.removeprefix("session:   ")
    used = ("gpt-4o-mini-2024-07-18",)
    told = Session("user-123", (GREETING, WEATHER), used, prompt=301, completion=38, cached=192, reasoning=5, errors=0)
    assert eventually(lambda: session_seen(project, session_id), lambda seen: seen == told) == told
    assert nested(project) == [
        "weather-agent",
        "  model",
        "    ChatOpenAI",
        "  tools",
        "    get_weather",
        "      weather-service",
        "  model",
        "    ChatOpenAI",
    ]


def nested(project: Api) -> list[str]:
    """The spans of the newest trace, each indented below its parent."""
    newest = max(project.pages("/traces"), key=lambda trace: trace["startTime"])
    spans = project.get(f"/traces/{newest['id']}")["spans"]
    parents = {span["id"]: span["parentId"] for span in spans}

    def depth(span_id: str) -> int:
        return 0 if parents[span_id] is None else 1 + depth(parents[span_id])

    return [f"{'  ' * depth(span['id'])}{span['name']}" for span in spans]
