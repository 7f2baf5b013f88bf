"""Session and trace ids are any text: every route of a session finds it by its percent-encoded id, and only it."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, unquote

import pytest

from .running import Caller, Server

AWKWARD = [
    "a/b", "a%2Fb", "a%252Fb", "//", "/", " ", "  two  spaces ", "..", ".", "../../etc/passwd", "a?b=c", "a#b", "a&b=c+d", "a;b,c",
    '"quoted"', "it's", "back\\slash", "%", "%zz", "+", "tab\there", "line\nbreak", "cr\r\n", "nul\0byte", "\x1b[31mred",
    "ünïcødé", "対話-1", "🙂👩‍👩‍👧", "e\u0301", "\u202eright-to-left", "\ufeffbom", "<script>alert(1)</script>",
    "'; DROP TABLE spans; --", "{session_id:String}", "/*where*/", "traces", "metrics", "x" * 512, "対" * 512,
]  # fmt: skip
BELOW = ("", "/traces", "/conversation", "/metrics", "/export")


def trace(session_id: str, number: int) -> dict[str, Any]:
    begin, end = "2025-11-23T10:30:00Z", "2025-11-23T10:30:02Z"
    return {
        "id": f"trace {session_id[:200]} {number}", "name": session_id, "sessionId": session_id, "startTime": begin, "endTime": end,
        "observations": [{"id": session_id, "name": "inner", "promptTokens": number + 1, "completionTokens": 0, "startTime": begin, "endTime": end}],
    }  # fmt: skip


@pytest.fixture(scope="module")
def filled(server: Server) -> Caller:
    caller = server.caller()
    caller.send(*(trace(session_id, number) for number, session_id in enumerate(AWKWARD)))
    return caller


def test_the_list_holds_every_id_as_it_was_sent(filled: Caller) -> None:
    assert sorted(session["id"] for session in filled.sessions()) == sorted(AWKWARD)


@pytest.mark.parametrize(("number", "session_id"), list(enumerate(AWKWARD)), ids=range(len(AWKWARD)))
def test_every_route_of_a_session_works_for_any_id(number: int, session_id: str, filled: Caller) -> None:
    address = quote(session_id, safe="").replace(".", "%2E")
    detail, traces, conversation, metrics, export = (
        filled.read(f"/observability/sessions/{address}{below}") for below in BELOW
    )

    [own] = traces["data"]
    assert (detail["id"], detail["totalTokens"]) == (session_id, number + 1)
    assert detail["traces"] == [own]
    assert (own["name"], own["sessionId"], own["totalTokens"]) == (session_id, session_id, number + 1)
    assert [turn["traceId"] for turn in conversation["data"]] == [own["id"]]
    assert (metrics["sessionId"], metrics["totalTokens"]) == (session_id, number + 1)
    assert [span["id"] for span in export["traces"][0]["spans"]][1:] == [session_id]
    assert filled.read(f"/observability/traces/{quote(own['id'], safe='')}")["spans"][1]["id"] == session_id


@pytest.mark.parametrize("session_id", AWKWARD, ids=range(len(AWKWARD)))
def test_the_name_of_the_download_is_safe_and_whole(session_id: str, filled: Caller) -> None:
    answer = filled.get(f"/observability/sessions/{quote(session_id, safe='').replace('.', '%2E')}/export")

    plain, whole = (
        answer.headers["content-disposition"].removeprefix("attachment; filename=").split("; filename*=UTF-8''")
    )
    stem = f"session-{''.join(map(of_a_file, session_id))}"
    assert unquote(whole) == f"{stem if len(stem) <= 145 else stem[:146]}.json"
    assert plain.startswith('"session-')
    assert plain.endswith('.json"')
    assert set(plain[1:-1]) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.")


def of_a_file(letter: str) -> str:
    """What file systems and terminals take for something else is not in a name."""
    return "_" if letter in '/\\:*?"<>|' or not letter.isprintable() else letter


@pytest.mark.parametrize("below", BELOW)
def test_a_session_that_is_not_there_is_404(below: str, caller: Caller) -> None:
    answer = caller.get(f"/observability/sessions/nobody{below}")

    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")


@pytest.mark.parametrize("address", ["%FF", "%ED%A0%80", "%00", "a%2", "%C3"])
def test_an_id_that_is_no_text_is_404(address: str, caller: Caller) -> None:
    assert caller.get(f"/observability/sessions/{address}").status_code == 404
    assert caller.get(f"/observability/traces/{address}").status_code == 404


@pytest.mark.parametrize(
    "path", ["/observability/sessions//metrics", "/observability/nothing", "/observability/sessions/a/b", "/v1/nothing"]
)
def test_an_address_of_no_route_is_404(path: str, caller: Caller) -> None:
    assert caller.get(path).status_code == 404


def test_a_session_id_of_more_than_512_characters_is_reported_and_not_cut(caller: Caller) -> None:
    answer = caller.send(trace("x" * 513, 0), trace("", 1), trace("fine", 2))

    assert [(entry["index"], entry["reason"]) for entry in answer["rejected"]] == [
        (0, "invalid_session_id"),
        (1, "invalid_session_id"),
    ]
    assert answer["accepted"] == 1
    assert [session["id"] for session in caller.sessions()] == ["fine"]
