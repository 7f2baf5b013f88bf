"""PATCH of a session: what its caller says stands beside telemetry, is found by filters, and is never lost to later data."""

from __future__ import annotations

from typing import Any

import pytest

from .running import Caller

PATH = "/observability/sessions/s-1"
BEGIN = "2025-11-23T10:30:00Z"
EVERYTHING = {
    "title": "Where is my parcel?",
    "outcome": "solved",
    "tags": ["vip", "web"],
    "metadata": {"channel": "phone", "ticket": 1182},
    "bookmarked": True,
    "ended": "2025-11-23T10:45:00Z",
}
SHOWN = {
    "title": "Where is my parcel?",
    "outcome": "solved",
    "tags": ["web", "vip"],
    "metadata": {"channel": "phone", "plan": "free", "ticket": 1182},
    "bookmarked": True,
    "endedAt": "2025-11-23T10:45:00.000Z",
}
AS_TELEMETRY_TOLD = {
    "title": None,
    "outcome": None,
    "tags": ["web"],
    "metadata": {"channel": "web", "plan": "free"},
    "bookmarked": False,
    "endedAt": None,
}


def turn(number: int, *, session: str = "s-1", **more: Any) -> dict[str, Any]:
    return {
        "id": f"t-{session}-{number}", "name": "turn", "sessionId": session, "startTime": BEGIN, "endTime": BEGIN,
        "tags": ["web"], "metadata": {"channel": "web", "plan": "free"}, **more,
    }  # fmt: skip


def facts(session: dict[str, Any]) -> dict[str, Any]:
    return {name: session[name] for name in SHOWN}


@pytest.fixture
def said(caller: Caller) -> Caller:
    """One session of which everything was said."""
    caller.send(turn(1))
    assert caller.patch(PATH, EVERYTHING).status_code == 200
    return caller


def test_what_is_said_of_a_session_is_in_the_answer_the_list_and_the_detail(caller: Caller) -> None:
    caller.send(turn(1))
    answer = caller.patch(PATH, EVERYTHING)

    assert answer.status_code == 200
    assert facts(answer.json()) == facts(caller.session("s-1")) == facts(caller.sessions()[0]) == SHOWN


def test_later_telemetry_leaves_it_as_it_is(said: Caller) -> None:
    said.send(turn(2, metadata={"channel": "mail", "plan": "paid"}))
    session = said.session("s-1")

    assert session["traceCount"] == 2
    assert facts(session) == {**SHOWN, "metadata": {**SHOWN["metadata"], "plan": "paid"}}


def test_what_is_not_named_stays_and_null_takes_back(said: Caller) -> None:
    said.patch(PATH, {"title": "Parcel"})
    assert facts(said.session("s-1")) == {**SHOWN, "title": "Parcel"}

    said.patch(PATH, {"title": None, "outcome": "", "tags": None, "bookmarked": False, "ended": False,
                      "metadata": {"channel": None, "ticket": None}})  # fmt: skip
    assert facts(said.session("s-1")) == AS_TELEMETRY_TOLD


def test_only_sessions_of_which_it_was_said_are_found_by_it(said: Caller) -> None:
    said.send(turn(1, session="other"))

    for pair in [("outcome", "solved"), ("bookmarked", "true"), ("tag", "vip"), ("metadata.ticket", "1182")]:
        assert [session["id"] for session in said.sessions(pair)] == ["s-1"], pair
    assert [session["id"] for session in said.sessions(("bookmarked", "false"))] == ["other"]


def test_an_empty_patch_changes_nothing(said: Caller) -> None:
    assert facts(said.patch(PATH, {}).json()) == SHOWN


def test_a_session_that_is_not_there_is_404(caller: Caller) -> None:
    assert caller.patch("/observability/sessions/none", {"title": "x"}).status_code == 404


def test_another_projects_session_is_404_and_stays_as_it_is(said: Caller) -> None:
    assert said.server.caller().patch(PATH, {"title": "mine"}).status_code == 404
    assert facts(said.session("s-1")) == SHOWN


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ({"name": "x"}, "name"),
        ({"title": "x" * 501}, "title"),
        ({"title": 5}, "title"),
        ({"outcome": "x" * 201}, "outcome"),
        ({"tags": ["x"] * 101}, "tags"),
        ({"tags": ["x" * 201]}, "tags"),
        ({"tags": "vip"}, "tags"),
        ({"metadata": {"": 1}}, "metadata"),
        ({"metadata": {"k": "x" * 10_000}}, "metadata"),
        ({"metadata": {str(key): key for key in range(101)}}, "metadata"),
        ({"ended": "yesterday"}, "ended"),
    ],
)
def test_what_cannot_be_said_is_400_and_names_the_field(said: Caller, body: dict[str, Any], word: str) -> None:
    answer = said.patch(PATH, body)

    assert (answer.status_code, word in answer.json()["error"]["message"]) == (400, True)
    assert facts(said.session("s-1")) == SHOWN


def test_tools_are_counted_by_name_with_their_errors(caller: Caller) -> None:
    times = {"startTime": BEGIN, "endTime": BEGIN}
    observations = [
        {"id": "o-1", "kind": "tool", "name": "lookup", **times},
        {"id": "o-2", "kind": "tool", "name": "lookup", "status": "error", "error": {"type": "E", "message": "m"}, **times},
        {"id": "o-3", "kind": "tool", "name": "pay", **times},
    ]  # fmt: skip
    caller.send(turn(1, observations=observations))

    assert caller.session("s-1")["tools"] == [
        {"name": "lookup", "calls": 2, "errors": 1},
        {"name": "pay", "calls": 1, "errors": 0},
    ]
    assert [session["id"] for session in caller.sessions(("tool", "pay"))] == ["s-1"]
    assert caller.sessions(("tool", "none")) == []
