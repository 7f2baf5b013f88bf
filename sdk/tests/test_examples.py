"""The examples as their readers run them: as programs, against a server and a stub of OpenAI's API."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from examples.stub_openai import StubOpenAI
from sdk.tests.stub_server import Reply, StubServer

EXAMPLES = Path(__file__).parents[2] / "examples"


def run(name: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, EXAMPLES / name],
        env=os.environ | environ,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def received(server: StubServer) -> list[dict[str, Any]]:
    """The spans that arrived in the order of their start, each as its name and its attributes."""
    spans = sorted(
        (span for request in server.requests for span in request.spans), key=lambda span: int(span["startTimeUnixNano"])
    )
    return [{"name": span["name"], **attributes(span)} for span in spans]


def attributes(span: dict[str, Any]) -> dict[str, Any]:
    return {attribute["key"]: next(iter(attribute["value"].values())) for attribute in span["attributes"]}


def test_the_quickstart_sends_one_session(server):
    result = run("quickstart.py", THREADLINE_DSN=server.dsn)
    assert (result.stdout, result.stderr) == ("delivered\n", "")
    spans = received(server)
    assert [span["name"] for span in spans] == ["chat-turn", "generate-response"] * 2
    assert {(span["session.id"], span["user.id"]) for span in spans} == {("conversation-abc123", "user-456")}


def test_the_quickstart_says_when_nothing_was_delivered(server):
    server.replies.append(Reply(401))
    assert run("quickstart.py", THREADLINE_DSN=server.dsn).stdout == "not delivered: {'unauthorized': 4}\n"


def test_the_chat_is_one_session_of_three_turns(server):
    with StubOpenAI() as openai:
        result = run(
            "chat_session.py", THREADLINE_DSN=server.dsn, OPENAI_BASE_URL=openai.base_url, OPENAI_API_KEY="none"
        )
    *conversation, session = result.stdout.splitlines()
    assert (result.stderr, conversation[:2]) == ("", ["user:      Hello!", "assistant: You said: Hello!"])
    spans = received(server)
    session_id = session.removeprefix("session:   ")
    assert {(span["session.id"], span["user.id"]) for span in spans} == {(session_id, "user-123")}
    assert [span["name"] for span in spans] == ["chat-turn", "generate-response"] * 3
    messages = [
        {"role": "user", "content": "Hello!"},
        {"role": "assistant", "content": "You said: Hello!"},
        {"role": "user", "content": "What can you help me with?"},
    ]
    assert (json.loads(spans[2]["threadline.input"]), json.loads(spans[3]["threadline.input"])) == (
        {"message": "What can you help me with?", "turn_number": 3},
        {"messages": messages},
    )
    assert (spans[3]["gen_ai.usage.input_tokens"], spans[3]["gen_ai.usage.output_tokens"]) == ("10", "8")


def test_the_chat_records_the_failure_of_the_model(server):
    with StubOpenAI() as openai:
        nowhere = openai.base_url.replace("/v1", "/v2")
        result = run("chat_session.py", THREADLINE_DSN=server.dsn, OPENAI_BASE_URL=nowhere, OPENAI_API_KEY="none")
    assert "openai.NotFoundError" in result.stderr
    (request,) = server.requests
    assert [(span["name"], attributes(span["events"][0])["exception.type"]) for span in request.spans] == [
        ("generate-response", "NotFoundError"),
        ("chat-turn", "NotFoundError"),
    ]
