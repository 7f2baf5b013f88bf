"""E1: what senders wrote acts on no terminal: in what the command line prints, and in the server's log."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest

from e2e.api import Api, eventually
from e2e.browser.conversations import ago, iso
from e2e.browser.hostile_texts import TEXTS
from e2e.server_process import ServerProcess, threadline

CALL = {"id": "c-1", "type": "function", "function": {"name": "look\x1b[2J", "arguments": {"__proto__": "\x9b2J"}}}
REFUSED = {"id": "\x1b[2J", "name": "refused", "startTime": "\u202esoon\x9b"}
BIDI = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff"


def acting(printed: str) -> list[str]:
    """Characters of what was printed that a terminal obeys, or that reorder what stands beside them."""
    return sorted(
        {letter for letter in printed.replace("\n", "") if unicodedata.category(letter) in ("Cc", "Zl", "Zp", "Cs")}
        | set(printed).intersection(BIDI)
    )


def trace(number: int, text: str) -> dict[str, Any]:
    times = {"startTime": iso(ago(minutes=2)), "endTime": iso(ago(minutes=1))}
    fault = {"type": text, "message": text, "stack": text}
    messages = [{"role": "user", "content": text}, {"role": "assistant", "content": text, "tool_calls": [CALL]}]
    call = {"id": "g-1", "kind": "generation", "name": text, "modelName": text, "input": {"messages": messages}}
    told = {"name": text, "userId": text, "tags": [text], "metadata": {text: text}, "release": text, "input": text}
    return {"id": f"t-{number}", "sessionId": text, **told, **times, "error": fault, "observations": [call | times]}


@pytest.fixture(scope="module")
def hostile(server: ServerProcess) -> Iterator[Api]:
    with server.api.new_project("hostile-output") as api:
        api.send([trace(number, text) for number, text in enumerate(TEXTS.values())])
        lone = {**trace(1000, TEXTS["title of a terminal"]), "sessionId": None}
        answer = api.http.post("/observability/traces", json={"traces": [lone, REFUSED]})
        assert (answer.json()["accepted"], len(answer.json()["rejected"])) == (1, 1)
        eventually(lambda: api.get("/quality"), lambda told: told["refused"] and told["withoutSession"]["traceCount"])
        yield api


def run(api: Api, *arguments: str) -> str:
    """What a command printed, on either stream."""
    done = threadline(*arguments, THREADLINE_API_KEY=api.key)
    return done.stdout + done.stderr


def test_e1_lists_of_the_command_line_print_each_session_on_a_line(server: ServerProcess, hostile: Api) -> None:
    printed = run(hostile, "sessions", "list", "--limit", "200", "--url", server.url, "--key", hostile.key)
    assert acting(printed) == []
    assert len(printed.splitlines()) == 1 + len(TEXTS)
    assert TEXTS["script"] in printed
    assert "invoice\\u202efdp.exe" in printed


@pytest.mark.parametrize("name", ["one-byte escapes", "string of a script, line separator"])
def test_e1_one_session_is_printed_as_json_of_the_same_value(name: str, server: ServerProcess, hostile: Api) -> None:
    printed = run(hostile, "sessions", "show", TEXTS[name], "--url", server.url, "--key", hostile.key)
    assert acting(printed) == []
    shown = json.loads(printed)
    assert (shown["id"], shown["userId"], shown["metadata"]) == (TEXTS[name], TEXTS[name], {TEXTS[name]: TEXTS[name]})


def test_e1_what_the_doctor_quotes_of_the_data_is_spelled(server: ServerProcess, hostile: Api) -> None:
    printed = run(hostile, "doctor", "--project", "hostile-output", "--url", server.url, "--key", hostile.key)
    assert "refused" in printed.lower()
    assert acting(printed) == []


def test_e1_the_log_tells_of_hostile_requests_on_lines_of_its_own(server: ServerProcess, hostile: Api) -> None:
    for number, text in enumerate(TEXTS.values()):
        bare = "x" + "".join(letter for letter in text if " " < letter < "\x7f")
        headers = {"user-agent": bare, "content-type": bare}
        if number % 60 == 0:  # ten wrong keys would keep this machine's new ones out for a minute
            headers["authorization"] = f"Bearer {bare}"
        for answer in (
            hostile.http.get(f"/observability/sessions/x{quote(text, safe='')}"),
            hostile.http.get("/observability/sessions", params={"sort": text}),
            hostile.http.post("/observability/traces", content=bare, headers=headers),
        ):
            assert 400 <= answer.status_code < 500
            assert answer.headers["content-type"] == "application/json"
    assert acting(server.log.read_text()) == []
