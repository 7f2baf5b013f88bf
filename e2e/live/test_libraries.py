"""Libraries as people use them, set up as the documentation says: each has the same conversation, and the API tells of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from e2e.api import Api, eventually
from e2e.live.library import NODE, PROGRAMS, Section, run_live, shown_elsewhere
from e2e.live.seen import Session, Turn, session_seen

FIRST, SECOND = "conversation-abc123", "conversation-def456"
ASKED, ANSWERED = "gpt-4o-mini", "gpt-4o-mini-2024-07-18"

GREETING = Turn("Hello, my name is Ada.", "Hello Ada! How can I help you today?")
QUESTION, REPLY = "What is the weather in Paris?", "It is 18C and cloudy in Paris."
WEATHER = Turn(QUESTION, REPLY, tools=(("get_weather", {"city": "Paris"}),), results=("18C and cloudy",))
REFUSED = Turn("Please trigger a failure now.", None, error=True)
FAREWELL = Turn("Say goodbye to Bob.", "Goodbye Bob, see you soon!")
WEATHER_IN_TWO_TRACES = (replace(WEATHER, assistant=None, results=()), replace(WEATHER, user=None, tools=()))


@dataclass(frozen=True)
class Library:
    """A program, the section of the documentation that it does as told, and in which ways it tells another story than most."""

    program: str
    section: Section
    first: Session
    second: Session


def first(*turns: Turn, models: tuple[str, ...] = (ANSWERED, ASKED), cached: int = 192, reasoning: int = 5) -> Session:
    """The conversation of three turns."""
    said = turns or (GREETING, WEATHER, REFUSED)
    return Session("user-456", said, models, prompt=301, completion=38, cached=cached, reasoning=reasoning, errors=1)


def second(turn: Turn = FAREWELL, models: tuple[str, ...] = (ANSWERED,), reasoning: int = 2) -> Session:
    """The conversation of one turn."""
    return Session("user-456", (turn,), models, prompt=33, completion=6, cached=0, reasoning=reasoning, errors=0)


SILENT = {"user": None, "assistant": None, "tools": ()}
CLAUDE = ("claude-sonnet-4-5-20250929", "claude-sonnet-4-5")
LIBRARIES = (
    Library(
        "openai_openinference.py",
        Section("openai.md", "OpenInference"),
        first(GREETING, *WEATHER_IN_TWO_TRACES, REFUSED),
        second(),
    ),
    Library(
        "openai_opentelemetry.py",
        Section("openai.md", "OpenTelemetry's own instrumentation"),
        first(cached=0, reasoning=0),
        second(reasoning=0),
    ),
    Library(
        "opentelemetry_sdk.py",
        Section("opentelemetry.md", "Any language"),
        first(cached=0, reasoning=0),
        second(reasoning=0),
    ),
    Library("langgraph_openinference.py", Section("langchain.md", "OpenInference"), first(), second()),
    Library("langgraph_langsmith.py", Section("langsmith.md", "LangGraph, without a line of code"), first(), second()),
    Library("langsmith_openai.py", Section("langsmith.md", "Your own functions"), first(), second()),
    Library("langfuse_openai.py", Section("langfuse.md", "Python, version 3 and newer"), first(), second()),
    Library("pydantic_ai_logfire.py", Section("pydantic-ai.md", "Pydantic AI with Logfire's SDK"), first(), second()),
    Library(
        "agents_openinference.py",
        Section("openai-agents.md", "OpenInference"),
        first(GREETING, WEATHER, replace(REFUSED, user=None), models=(ANSWERED,)),
        second(),
    ),
    Library(
        "agents_native.py",
        Section("openai-agents.md", "Its own exporter"),
        first(*(replace(turn, **SILENT) for turn in (GREETING, WEATHER, REFUSED)), models=()),
        second(replace(FAREWELL, **SILENT), models=()),
    ),
    Library(
        "anthropic_traceloop.py",
        Section("anthropic.md", "OpenLLMetry"),
        first(models=CLAUDE, reasoning=0),
        second(models=CLAUDE[:1], reasoning=0),
    ),
    Library(
        "litellm_langfuse.py",
        Section("litellm.md", "The callback for Langfuse"),
        first(GREETING, *WEATHER_IN_TWO_TRACES, REFUSED),
        second(models=(ASKED,)),
    ),
    Library("ai_sdk.mjs", Section("vercel-ai-sdk.md", "Version 7"), first(), second()),
)


def seen_in_the_end(api: Api, session_id: str, awaited: Session) -> Session:
    """What is seen once a library's messages have all come: a trace may be there before its last span is."""
    return eventually(lambda: session_seen(api, session_id), lambda seen: seen == awaited)


@pytest.mark.parametrize("library", LIBRARIES, ids=lambda library: library.program)
def test_a_library_set_up_as_its_page_says_tells_of_both_conversations(
    library: Library, project: Api, models: dict[str, str], tmp_path: Path
) -> None:
    run_live(library.program, library.section, project, models, tmp_path)
    project.wait_for(sessions=2, traces=len(library.first.turns) + len(library.second.turns))

    assert seen_in_the_end(project, FIRST, library.first) == library.first
    assert seen_in_the_end(project, SECOND, library.second) == library.second
    assert project.get("/ingestion")["rejected"] == {}


@pytest.mark.parametrize("library", LIBRARIES, ids=lambda library: library.program)
def test_the_code_of_a_page_is_the_code_of_its_program(library: Library) -> None:
    assert shown_elsewhere(library.section, library.program) == []


def test_every_program_is_run() -> None:
    programs = {path.name for path in [*PROGRAMS.glob("*.py"), *NODE.glob("*.mjs")]} - {"talk.py"}
    assert programs == {library.program for library in LIBRARIES}
