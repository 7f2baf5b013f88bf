"""Our own SDK in a process of its own: what the API shows while it runs, after it has ended, and after it was killed."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from e2e.api import Api, eventually
from e2e.client_process import PROGRAMS, sdk_settings
from e2e.server_process import clean_environment


@contextmanager
def running(program: str, project: Api) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, PROGRAMS / program],
        env=clean_environment() | sdk_settings(project),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def sessions(project: Api) -> list[dict[str, Any]]:
    return project.get("/sessions")["data"]


def spans(project: Api) -> dict[str, dict[str, Any]]:
    traces = project.get("/sessions/conversation-1/traces", include="spans")["data"]
    return {span["name"]: span for trace in traces for span in trace["spans"]}


def scores(project: Api) -> list[tuple[str, str]]:
    """The scores as the export has them, until something else shows them."""
    exported = project.get("/sessions/conversation-1/export")
    events = [event for trace in exported["traces"] for span in trace["spans"] for event in span.get("events") or []]
    told = [event["attributes"] for event in events if event["name"] == "gen_ai.evaluation.result"]
    return [(each["gen_ai.evaluation.name"], each["threadline.score.target"]) for each in told]


def test_a_turn_is_seen_while_it_runs_and_once_when_it_has_ended(project):
    with running("running_turn.py", project) as program:
        assert program.stdout.readline() == "asked\n"
        (session,) = eventually(lambda: sessions(project), bool)
        assert (session["id"], session["userId"], session["traceCount"]) == ("conversation-1", "user-1", 1)
        assert session["firstInput"] == "Where is my parcel?"
        shown = eventually(lambda: spans(project), lambda found: len(found) == 2)
        assert {name: (span["endTime"], span["status"]) for name, span in shown.items()} == {
            "chat-turn": (None, "running"),
            "answer": (None, "running"),
        }
        program.stdin.write("go on\n")
        program.stdin.flush()
        assert program.stdout.readline() == "delivered\n"
    ended = eventually(lambda: spans(project), lambda found: all(span["endTime"] for span in found.values()))
    assert {name: span["status"] for name, span in ended.items()} == {"chat-turn": "ok", "answer": "ok"}
    (session,) = eventually(lambda: sessions(project), lambda found: found[0]["totalTokens"] == 200)
    counts = ("traceCount", "spanCount", "generationCount", "errorCount", "totalTokens", "lastOutput")
    assert [session[name] for name in counts] == [1, 2, 1, 0, 200, "In the depot."]
    assert scores(project) == [("helpful", "span"), ("solved", "session")]


def test_of_a_program_that_was_killed_the_turn_stays_as_unfinished(project):
    with running("running_turn.py", project) as program:
        assert program.stdout.readline() == "asked\n"
        eventually(lambda: spans(project) if sessions(project) else {}, lambda found: len(found) == 2)
        program.kill()
    found = spans(project)
    assert {name: (span["endTime"], span["status"]) for name, span in found.items()} == {
        "chat-turn": (None, "running"),
        "answer": (None, "running"),
    }
    assert found["answer"]["input"] == {"messages": []}
