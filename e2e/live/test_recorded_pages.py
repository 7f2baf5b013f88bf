"""What is not run here is sent as it was recorded, to the address and with the headers that its page gives."""

from __future__ import annotations

import gzip
import json
import re
import time
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import httpx
import pytest

from e2e.api import Api
from e2e.client_process import pointed_at
from e2e.live.conversation import (
    ANSWERED,
    ASKED,
    FAREWELL,
    GREETING,
    REFUSED,
    WEATHER,
    WEATHER_IN_TWO_TRACES,
    first,
    second,
)
from e2e.live.library import PAGES, Section
from e2e.live.seen import Session, Turn, seen_in_the_end
from e2e.server_process import ROOT

TESTS = ROOT / "server/tests"
PROTOBUF, JSON = "application/x-protobuf", "application/json"
ASSIGNED = re.compile(r'^export (\w+)="?(.*?)"?$', re.MULTILINE)


@dataclass(frozen=True)
class Target:
    """Where an exporter sends and what it says of itself, once it is set up as a page says."""

    endpoint: str
    headers: dict[str, str]

    def send(self, signal: str, body: bytes, kind: str) -> None:
        url = self.endpoint if self.endpoint.endswith(f"/v1/{signal}") else f"{self.endpoint}/v1/{signal}"
        answer = httpx.post(url, content=body, headers={**self.headers, "Content-Type": kind}, trust_env=False)
        assert answer.status_code == 200, answer.text


def by_variables(text: str) -> Target:
    """As the specification of OpenTelemetry's exporters reads its variables, or Traceloop's SDK its own."""
    told = dict(ASSIGNED.findall(text))
    if "TRACELOOP_API_KEY" in told:
        return Target(told["TRACELOOP_BASE_URL"], {"Authorization": f"Bearer {told['TRACELOOP_API_KEY']}"})
    headers = dict(pair.split("=", 1) for pair in told["OTEL_EXPORTER_OTLP_HEADERS"].split(","))
    return Target(told["OTEL_EXPORTER_OTLP_ENDPOINT"], {name: unquote(value) for name, value in headers.items()})


def recorded(folder: Path) -> Iterator[tuple[str, bytes, str]]:
    """The bodies of a folder as (signal, body, content type): its file's name tells the signal, or the path it was sent to."""
    for path in sorted(path for path in folder.iterdir() if path.name[0] in "0b" and path.suffix in {".pb", ".json"}):
        signal = path.stem.partition("-")[2] if path.name[0] == "0" else _signal_of(path)
        yield signal, path.read_bytes(), JSON if path.suffix == ".json" else PROTOBUF


def _signal_of(body: Path) -> str:
    """What the request of this body, beside it, was sent to."""
    request = json.loads(body.with_name(f"{body.stem.replace('body', 'request')}.json").read_text())
    return "logs" if request["path"].endswith("/logs") else "traces"


@dataclass(frozen=True)
class Export:
    """A recording of what a page is about, and in which ways it tells another story than most."""

    case: str
    section: Section
    first: Session
    second: Session

    @property
    def folder(self) -> Path:
        logs = TESTS / "api/recorded" / self.case
        return logs if logs.exists() else TESTS / "dialects" / self.case


def as_a_task(turn: Turn) -> Turn:
    """The turn as CrewAI asks the model for it."""
    return replace(turn, user=OF_A_TASK.format(turn.user))


HAYSTACK = (WEATHER_IN_TWO_TRACES[0], replace(WEATHER_IN_TWO_TRACES[1], results=("",)))
PLUGIN = replace(WEATHER, tools=(("WeatherPlugin-get_weather", {"city": "Paris"}),))
GEMINI = ("gemini-2.0-flash",)
GEMINI_LATER = ("gemini-2.5-flash",)
GOOGLES_RESULT = (
    WEATHER_IN_TWO_TRACES[0],
    replace(WEATHER_IN_TWO_TRACES[1], results=('{"result": "18C and cloudy"}',)),
)
BEDROCK = ("anthropic.claude-3-5-sonnet-20240620-v1:0",)
SONNET = ("claude-3-5-sonnet-20240620-v1:0",)
MISTRAL, OLLAMA = ("mistral-small-latest",), ("llama3.2",)
OF_A_TASK = (
    "\nCurrent Task: {}\n\nThis is the expected criteria for your final answer: An answer\n"
    "you MUST return the actual complete content as the final answer, not a summary."
)
EXPORTS = (
    Export("adk-gemini", Section("google-adk.md", "Over OpenTelemetry"), first(models=GEMINI), second(models=GEMINI)),
    Export(
        "strands",
        Section("strands.md", "Over OpenTelemetry"),
        first(models=(ASKED,), reasoning=0),
        second(models=(ASKED,), reasoning=0),
    ),
    Export(
        "smolagents",
        Section("smolagents.md", "OpenInference"),
        first(models=(ASKED,), prompt=311, completion=34, cached=0, reasoning=0),
        second(models=(ASKED,), reasoning=0),
    ),
    Export(
        "haystack-pipeline",
        Section("haystack.md", "OpenInference"),
        first(GREETING, *HAYSTACK, REFUSED, models=("gpt-4o-mini-2024-07-18",), cached=0, reasoning=0),
        second(reasoning=0),
    ),
    Export(
        "oi-google-genai",
        Section("google-genai.md", "OpenInference"),
        first(GREETING, *GOOGLES_RESULT, REFUSED, models=GEMINI_LATER),
        second(models=GEMINI_LATER),
    ),
    Export(
        "otel-google-genai-span",
        Section("google-genai.md", "OpenTelemetry's own instrumentation"),
        first(models=GEMINI_LATER),
        second(models=GEMINI_LATER),
    ),
    Export(
        "otel-google-genai-event",
        Section("google-genai.md", "OpenTelemetry's own instrumentation"),
        first(models=GEMINI_LATER),
        second(models=GEMINI_LATER),
    ),
    Export(
        "otel-google-genai-legacy",
        Section("google-genai.md", "OpenTelemetry's own instrumentation"),
        first(models=GEMINI_LATER, completion=33, cached=0, reasoning=0),
        second(models=GEMINI_LATER, completion=4, reasoning=0),
    ),
    Export(
        "otel-botocore-bedrock",
        Section("bedrock.md", "OpenTelemetry's own instrumentation"),
        first(models=BEDROCK, reasoning=0),
        second(models=BEDROCK, reasoning=0),
    ),
    Export(
        "traceloop-bedrock",
        Section("bedrock.md", "OpenLLMetry"),
        first(GREETING, WEATHER, replace(REFUSED, user=None), models=SONNET, reasoning=0),
        second(models=SONNET, reasoning=0),
    ),
    Export(
        "oi-mistral",
        Section("mistral-ollama.md", "OpenInference"),
        first(GREETING, *WEATHER_IN_TWO_TRACES, REFUSED, models=MISTRAL, cached=0, reasoning=0),
        second(models=MISTRAL, reasoning=0),
    ),
    Export(
        "traceloop-ollama",
        Section("mistral-ollama.md", "OpenLLMetry"),
        first(models=OLLAMA, cached=0, reasoning=0),
        second(models=OLLAMA, reasoning=0),
    ),
    Export(
        "oi-llama-index",
        Section("llamaindex.md", "OpenInference"),
        first(models=(ASKED,)),
        second(models=(ASKED,)),
    ),
    Export(
        "oi-crewai",
        Section("crewai.md", "OpenInference"),
        first(*map(as_a_task, (GREETING, WEATHER, REFUSED))),
        second(as_a_task(FAREWELL)),
    ),
    Export(
        "oi-agno",
        Section("agno.md", "OpenInference"),
        first(models=(ASKED,), reasoning=0),
        second(models=(ASKED,), reasoning=0),
    ),
    Export(
        "openlit",
        Section("openlit.md", "Over OpenTelemetry"),
        first(GREETING, WEATHER, replace(REFUSED, user=None), reasoning=0),
        second(reasoning=0),
    ),
    Export("langtrace", Section("langtrace.md", "Over OpenTelemetry"), first(reasoning=0), second(reasoning=0)),
    Export(
        "js-mastra",
        Section("mastra.md", "Over OpenTelemetry"),
        first(),
        second(),
    ),
    Export(
        "agentops",
        Section("agentops.md", "Over OpenTelemetry"),
        first(cached=0, reasoning=0),
        second(reasoning=0),
    ),
    Export("js-genkit", Section("genkit.md", "Over OpenTelemetry"), first(), second()),
    Export("js-langgraph", Section("langchain.md", "LangChain.js"), first(), second()),
    Export(
        "js-oi-agents",
        Section("openai-agents.md", "JavaScript"),
        first(GREETING, WEATHER, replace(REFUSED, user=None), models=(ANSWERED,)),
        second(),
    ),
    Export(
        "js-traceloop",
        Section("anthropic.md", "OpenLLMetry for Node.js"),
        first(GREETING, WEATHER, models=(ANSWERED,), cached=0, reasoning=0, errors=0),
        second(prompt=5, completion=8, reasoning=0),
    ),
    Export("agent-framework", Section("microsoft.md", "Agent Framework"), first(), second()),
    Export(
        "semantic-kernel",
        Section("microsoft.md", "Semantic Kernel"),
        first(GREETING, PLUGIN, REFUSED, models=(ASKED,), cached=0, reasoning=0),
        second(models=(ASKED,), reasoning=0),
    ),
    Export(
        "oi-autogen",
        Section("microsoft.md", "AutoGen"),
        first(models=(ANSWERED,), cached=0, reasoning=0),
        second(reasoning=0),
    ),
    Export("pydantic-ai-v6", Section("pydantic-ai.md", "Pydantic AI over OpenTelemetry"), first(), second()),
)


@pytest.mark.parametrize("export", EXPORTS, ids=lambda export: export.case)
def test_an_export_sent_as_its_page_says_tells_of_both_conversations(export: Export, project: Api) -> None:
    target = by_variables(pointed_at(project, export.section.exports))
    for signal, body, kind in recorded(export.folder):
        target.send(signal, body, kind)
    project.wait_for(sessions=2, traces=len(export.first.turns) + len(export.second.turns))

    for number, awaited in (("001", export.first), ("002", export.second)):
        told = replace(awaited, user=f"user-{export.case}")
        assert seen_in_the_end(project, f"conv-{export.case}-{number}", told) == told


def test_the_table_of_all_pages_says_which_are_tested_here() -> None:
    rows = re.findall(r"\[(.*?\.md)\]\(\1\) \| (.*) \|$", (PAGES / "README.md").read_text(), re.MULTILINE)
    here = {page for page, tested in rows if tested.startswith("recorded") or tested == "a recorded export"}
    also_run = {"anthropic.md", "langchain.md", "openai-agents.md", "pydantic-ai.md"}
    assert here == {export.section.page for export in EXPORTS} - also_run | {"coding-agents.md"}
    assert {page for page, _ in rows} == {path.name for path in PAGES.glob("*.md")} - {"README.md"}


def test_codex_set_up_as_its_page_says_tells_prompts_and_tokens_of_each_conversation(project: Api) -> None:
    (block,) = Section("coding-agents.md", "Codex").blocks("toml")
    told = tomllib.loads(pointed_at(project, block))["otel"]
    exporter = told["exporter"]["otlp-http"]
    assert (exporter["protocol"], told["log_user_prompt"]) == ("json", True)
    for signal, body, kind in recorded(TESTS / "api/recorded/codex-cli"):
        Target(exporter["endpoint"], exporter["headers"]).send(signal, body, kind)

    awaited = [
        Session(None, (Turn(WEATHER.user, None),), ("gpt-5-mini",), 181, 21, 128, 0, 0),
        Session(None, (Turn(FAREWELL.user, None),), ("gpt-5-mini",), 33, 6, 0, 2, 0),
    ]
    project.wait_for(sessions=2, traces=2)
    sessions = [session["id"] for session in project.pages("/sessions", sort="startTime", order="asc")]
    assert [seen_in_the_end(project, name, session) for name, session in zip(sessions, awaited, strict=True)] == awaited


def test_claude_code_set_up_as_its_page_says_tells_of_a_conversation_once(project: Api) -> None:
    target = by_variables(pointed_at(project, Section("coding-agents.md", "Claude Code").exports))
    for signal, body, kind in recorded(TESTS / "api/recorded/claude-code"):
        target.send(signal, body, kind)

    look_up = ("Bash", {"command": "echo 18C and cloudy", "description": "Look up the weather"})
    turns = (GREETING, replace(WEATHER, tools=(look_up,), results=("",)), REFUSED)
    awaited = Session("5" * 64, turns, ("claude-sonnet-4-5",), 397, 38, 64, 0, 1)
    project.wait_for(sessions=1, traces=3)
    (session,) = project.pages("/sessions")
    assert seen_in_the_end(project, session["id"], awaited) == awaited


def test_a_collectors_exporter_set_up_as_the_page_says_sends_on(project: Api) -> None:
    (block,) = Section("opentelemetry.md", "Through a Collector").blocks("yaml")
    told = dict(re.findall(r"^ +(endpoint|Authorization): (\S.*)$", pointed_at(project, block), re.MULTILINE))
    target = Target(told["endpoint"], {"Authorization": told["Authorization"], "Content-Encoding": "gzip"})
    (sent,) = recorded(TESTS / "dialects/oi-openai")
    target.send(sent[0], gzip.compress(sent[1]), sent[2])
    project.wait_for(sessions=2, traces=5)

    told = json.loads((TESTS / "dialects/oi-openai/facts.json").read_text())["sessions"]
    traces = {
        session["id"]: {trace["id"] for trace in project.pages(f"/sessions/{session['id']}/traces")}
        for session in project.pages("/sessions")
    }
    assert traces == {
        session["sessionId"]: {trace_id for turn in session["turns"] for trace_id in turn["traceIds"]}
        for session in told
    }


def records(scope: str, *told: tuple[str, dict[str, Any]]) -> bytes:
    """OTLP/JSON of log records as an agent's documentation describes them, in the order in which they are given."""
    now = time.time_ns()
    entries = [
        {
            "timeUnixNano": str(now + number),
            "body": {"stringValue": name},
            "attributes": [
                {"key": key, "value": {"stringValue": str(value)}}
                for key, value in {"event.name": name, **facts}.items()
            ],
        }
        for number, (name, facts) in enumerate(told)
    ]
    return json.dumps({"resourceLogs": [{"scopeLogs": [{"scope": {"name": scope}, "logRecords": entries}]}]}).encode()


def test_claude_code_set_up_as_its_page_says_tells_prompts_answers_and_tokens(project: Api) -> None:
    section = Section("coding-agents.md", "Claude Code")
    ids = {"session.id": "s-1", "user.id": "u-1", "prompt.id": "p-1"}
    call = {"model": "claude-sonnet-4-5", "cost_usd": 0.01, "duration_ms": 5, "input_tokens": 21, "output_tokens": 9}
    body = records(
        "com.anthropic.claude_code.events",
        ("claude_code.user_prompt", {**ids, "prompt": GREETING.user}),
        ("claude_code.api_request", {**ids, **call}),
        ("claude_code.assistant_response", {**ids, "response": GREETING.assistant}),
    )
    by_variables(pointed_at(project, section.exports)).send("logs", body, JSON)

    told = Session("u-1", (GREETING,), ("claude-sonnet-4-5",), 21, 9, 0, 0, 0)
    project.wait_for(sessions=1, traces=1)
    assert seen_in_the_end(project, "s-1", told) == told
    assert project.session("s-1")["totalCost"] == 0.01


def test_gemini_cli_set_up_as_its_page_says_tells_prompts_answers_and_tokens(project: Api) -> None:
    section = Section("coding-agents.md", "Gemini CLI")
    (block,) = section.blocks("json")
    settings = json.loads(pointed_at(project, block))["telemetry"]
    assert (settings["otlpProtocol"], settings["logPrompts"]) == ("http", True)
    ids = {"session.id": "s-1", "prompt_id": "s-1########0"}
    call = {"model": "gemini-2.5-pro", "input_token_count": 21, "output_token_count": 9, "total_token_count": 30}
    body = records(
        "gemini-cli",
        ("gemini_cli.user_prompt", {**ids, "prompt": GREETING.user}),
        ("gemini_cli.api_response", {**ids, **call, "response_text": GREETING.assistant}),
    )
    variables = f"export OTEL_EXPORTER_OTLP_ENDPOINT={settings['otlpEndpoint']}\n{section.exports}"
    by_variables(pointed_at(project, variables)).send("logs", body, JSON)

    told = Session(None, (GREETING,), ("gemini-2.5-pro",), 21, 9, 0, 0, 0)
    project.wait_for(sessions=1, traces=1)
    assert seen_in_the_end(project, "s-1", told) == told
