"""Our own SDK in a process of its own: what the API shows while it runs, after it has ended, and after it was killed."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from e2e.api import Api, eventually
from e2e.client_process import PROGRAMS, run_program, sdk_settings
from e2e.server_process import ROOT, clean_environment, free_port
from examples.stub_openai import StubOpenAI


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


def test_what_another_process_recorded_is_scored_by_its_ids(project):
    with running("running_turn.py", project) as program:
        program.communicate("go on\n", timeout=60)
    answer = eventually(lambda: spans(project) if sessions(project) else {}, lambda found: len(found) == 2)["answer"]
    (trace,) = project.get("/sessions/conversation-1/traces")["data"]
    judge = [sys.executable, PROGRAMS / "judge.py", trace["id"], answer["id"]]
    environment = clean_environment() | sdk_settings(project)
    assert subprocess.check_output(judge, env=environment, text=True, timeout=60) == "delivered\n"
    given = eventually(lambda: project.get("/sessions/conversation-1/scores")["data"], lambda found: len(found) == 5)
    shown = {(each["about"], each["name"], each["value"], each["comment"], each["source"]) for each in given}
    assert shown == {
        ("session", "rating", 5.0, None, "user"),
        ("trace", "helpful", True, "quick", None),
        ("span", "tone", "friendly", None, None),
        ("span", "helpful", True, "short", "user"),  # those that the turn's own process gave
        ("session", "solved", True, None, None),
    }
    (session,) = eventually(lambda: sessions(project), lambda found: len(found[0]["scores"]) == 4)
    assert [session[name] for name in ("traceCount", "generationCount", "totalTokens")] == [1, 1, 200]


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


@contextmanager
def chat_api(project: Api) -> Iterator[httpx.Client]:
    """The FastAPI example, with a stand-in for OpenAI behind it."""
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", "examples.fastapi_app:app", "--port", str(port), "--log-level", "error"]
    with StubOpenAI() as openai:
        settings = {"OPENAI_BASE_URL": openai.base_url, "OPENAI_API_KEY": "none", **sdk_settings(project)}
        with subprocess.Popen(command, env=clean_environment() | settings, cwd=ROOT) as process:
            try:
                with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60, trust_env=False) as client:
                    while process.poll() is None:
                        try:
                            client.get("/openapi.json")
                            break
                        except httpx.TransportError:
                            time.sleep(0.05)
                    yield client
            finally:
                process.terminate()
                process.wait(30)


def test_the_fastapi_example_streams_turns_into_sessions_of_their_users(project):
    with chat_api(project) as client:
        for user, message in (("ann", "Where is it?"), ("bob", "Hello!"), ("ann", "And now?")):
            answer = client.post("/chat", json={"message": message}, headers={"x-user": user})
            assert (answer.status_code, answer.text) == (200, f"You said: {message}")
        assert client.post("/rating", json={"helpful": True}, headers={"x-user": "ann"}).status_code == 200
    found = eventually(lambda: sessions(project), lambda found: sum(each["traceCount"] for each in found) == 4)
    by_user = {each["userId"]: each for each in found}
    assert {user: (each["traceCount"], each["generationCount"]) for user, each in by_user.items()} == {
        "ann": (3, 2),
        "bob": (1, 1),
    }
    assert by_user["ann"]["metadata"] == {"channel": "web"}
    traces = project.get(f"/sessions/{by_user['bob']['id']}/traces", include="spans")["data"]
    (trace,) = traces
    tree = {span["name"]: (span["kind"], span["parentId"]) for span in trace["spans"]}
    root = next(span["id"] for span in trace["spans"] if span["parentId"] is None)
    assert tree == {
        "chat-turn": ("span", None),
        "similar_questions": ("retriever", root),
        "answer": ("generation", root),
    }
    answer = next(span for span in trace["spans"] if span["kind"] == "generation")
    assert answer["timeToFirstToken"] is not None
    assert trace["output"] == {"response": "You said: Hello!"}


def test_the_worker_example_continues_the_traces_of_who_asked(project):
    session_id = run_program(ROOT / "examples" / "background_worker.py", sdk_settings(project)).strip()
    (session,) = eventually(lambda: sessions(project), lambda found: bool(found) and found[0]["spanCount"] == 8)
    assert (session["id"], session["userId"], session["traceCount"]) == (session_id, "user-123", 2)
    for trace in project.get(f"/sessions/{session_id}/traces", include="spans")["data"]:
        names = {span["id"]: span["name"] for span in trace["spans"]}
        tree = sorted((span["name"], names.get(span["parentId"])) for span in trace["spans"])
        assert tree == [
            ("ask-for-report", None),
            ("write-report", "ask-for-report"),
            ("write_chapter", "write-report"),
            ("write_chapter", "write-report"),
        ]
