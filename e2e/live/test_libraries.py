"""Libraries as people use them, set up as the documentation says: each has the same conversation, and the API tells of it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from e2e.api import Api
from e2e.live.conversation import (
    ANSWERED,
    ASKED,
    FAREWELL,
    FIRST,
    GREETING,
    REFUSED,
    SECOND,
    WEATHER,
    WEATHER_IN_TWO_TRACES,
    first,
    second,
)
from e2e.live.library import NODE, PAGES, PROGRAMS, Section, run_live, shown_elsewhere
from e2e.live.seen import Session, seen_in_the_end
from e2e.server_process import ROOT


@dataclass(frozen=True)
class Library:
    """A program, the section of the documentation that it does as told, and in which ways it tells another story than most."""

    program: str
    section: Section
    first: Session
    second: Session


SILENT = {"user": None, "assistant": None, "tools": ()}
CLAUDE = ("claude-sonnet-4-5-20250929", "claude-sonnet-4-5")
LIBRARIES = (
    Library("openai_threadline.py", Section("openai.md", "Threadline's wrapper"), first(), second()),
    Library(
        "anthropic_threadline.py",
        Section("anthropic.md", "Threadline's wrapper"),
        first(models=CLAUDE, reasoning=0),
        second(models=CLAUDE[:1], reasoning=0),
    ),
    Library("langgraph_threadline.py", Section("langchain.md", "Threadline's callback handler"), first(), second()),
    Library("openinference_threadline.py", Section("opentelemetry.md", "Beside Threadline's SDK"), first(), second()),
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
    Library("mlflow_tracing.py", Section("mlflow.md", "Over OpenTelemetry"), first(reasoning=0), second(reasoning=0)),
    Library("ai_sdk.mjs", Section("vercel-ai-sdk.md", "Version 7"), first(), second()),
)


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


def test_what_a_page_says_to_install_is_what_is_tested() -> None:
    pinned = set(re.findall(r"^([a-z0-9-]+)==", (ROOT / "requirements/live.txt").read_text(), re.MULTILINE))
    told = {name for library in LIBRARIES for name in library.section.packages}
    assert told - pinned == {"mlflow", "threadline"}  # pinned is the former's part without a server; the latter is here


def test_the_table_of_all_pages_says_which_are_run_here() -> None:
    rows = re.findall(r"\[(.*?\.md)\]\(\1\) \| running it", (PAGES / "README.md").read_text())
    assert set(rows) == {library.section.page for library in LIBRARIES}


def test_every_program_is_run() -> None:
    programs = {path.name for path in [*PROGRAMS.glob("*.py"), *NODE.glob("*.mjs")]} - {"talk.py"}
    assert programs == {library.program for library in LIBRARIES}
