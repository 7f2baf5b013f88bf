"""``q=``: what was said is found, by whoever said it, in any language, with the turn and a snippet."""

from __future__ import annotations

import datetime as dt
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from threadline_server.query import sessions
from threadline_server.query.matches import LENGTH, snippet
from threadline_server.query.searching import Term, read

from . import world
from .running import Caller, Server

SESSIONS = "/observability/sessions"
PROPERTY = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def turn(number: int, session_id: str, asked: Any, answered: Any, **more: Any) -> dict[str, Any]:
    begun, ended = f"2026-11-20T10:{number:02d}:00Z", f"2026-11-20T10:{number:02d}:05Z"
    return {
        "id": f"t{number}", "name": "chat", "sessionId": session_id, "userId": "u", "startTime": begun, "endTime": ended,
        "input": asked, "output": answered, **more,
    }  # fmt: skip


def generation(number: int, asked: list[Any], answered: Any) -> dict[str, Any]:
    begun, ended = f"2026-11-20T10:{number:02d}:00Z", f"2026-11-20T10:{number:02d}:04Z"
    return {"id": "g", "kind": "generation", "name": "call", "modelName": "m", "startTime": begun, "endTime": ended,
            "input": {"messages": asked}, "output": answered}  # fmt: skip


@pytest.fixture(scope="module")
def filled(server: Server) -> Caller:
    caller = server.caller()
    history = [{"role": "system", "content": "You are marvellous."}, {"role": "user", "content": "Where is my parcel?"}]
    second = [*history, {"role": "assistant", "content": "In Leipzig."}, {"role": "user", "content": "And the refund?"}]
    tool = {"id": "tool", "kind": "tool", "name": "look", "startTime": "2026-11-20T10:02:01Z", "endTime": "2026-11-20T10:02:02Z",
            "input": {"parcel": 7}, "output": "quarantined at customs"}  # fmt: skip
    caller.send(
        turn(1, "parcel", None, None, observations=[generation(1, history, "In Leipzig.")]),
        turn(2, "parcel", None, None, observations=[generation(2, second, "It takes long, sorry."), tool]),
        turn(3, "german", "Wo ist mein Päckchen?", "Es ist auf dem Weg nach New York."),
        turn(4, "chinese", "世界人口是多少", "大约八十亿 🙂"),
        turn(5, "york", "Is it new in York?", "No refunds in York, not even refundable."),
        turn(6, "russian", "Где моя ПОСЫЛКА?", "Посылка в пути"),
    )
    return caller


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("leipzig", ["parcel"]), ("PARCEL", ["parcel"]), ("customs quarantined", ["parcel"]), ("marvellous", []), ("sorry takes", ["parcel"]),
        ("parcel customs", ["parcel"]), ("leipzig refund", []), ("packchen", ["german"]), ("PÄCKCHEN", ["german"]), ("päck*", ["german"]),
        ("new york", ["york", "german"]), ('"new york"', ["german"]), ("“New York”", ["german"]), ("new-york", ["german"]),
        ("refund*", ["york", "parcel"]), ("refund", ["parcel"]), ("refunda*", ["york"]), ("york -refunds", ["german"]), ('york -"new york"', ["york"]),
        ("york -refund*", ["german"]), ("in -leipzig", ["york"]), ("世界", ["chinese"]), ("界人口", ["chinese"]), ("口", ["chinese"]), ("世口", []),
        ("世 亿", ["chinese"]), ("🙂", ["chinese"]), ("🙁", []), ("посылка", ["russian"]), ("ПОСЫЛ*", ["russian"]), ('"моя посылка"', ["russian"]),
        ("посыл", []), ('"york is', []), ("absent", []), ("- york", ["york", "german"]), ('york "" -', ["york", "german"]),
    ],
)  # fmt: skip
def test_what_was_said_is_found(search: str, found: list[str], filled: Caller) -> None:
    assert [entry["id"] for entry in filled.sessions(("q", search))] == found


def test_a_match_tells_the_first_turn_and_shows_the_words(filled: Caller) -> None:
    shown = {search: filled.sessions(("q", search))[0]["match"] for search in ("refund", "leipzig", "customs", "口")}

    assert shown == {
        "refund": {"traceId": "t2", "turn": 2, "snippet": "And the refund?", "highlights": [[8, 14]]},
        "leipzig": {"traceId": "t1", "turn": 1, "snippet": "In Leipzig.", "highlights": [[3, 10]]},
        "customs": {"traceId": "t2", "turn": 2, "snippet": "quarantined at customs", "highlights": [[15, 22]]},
        "口": {"traceId": "t4", "turn": 1, "snippet": "世界人口是多少", "highlights": [[3, 4]]},
    }


def test_without_a_search_there_is_no_match(filled: Caller) -> None:
    assert all("match" not in entry for entry in filled.sessions())


def test_a_search_joins_filters_and_pages_and_changes_no_number(filled: Caller) -> None:
    whole = {entry["id"]: entry for entry in filled.sessions()}

    found = filled.sessions(
        ("q", "york"), ("filter", "turns = 1"), ("limit", "1"), ("sort", "startTime"), ("order", "asc")
    )

    assert [{name: value for name, value in entry.items() if name != "match"} for entry in found] == [
        whole["german"], whole["york"],
    ]  # fmt: skip


@pytest.fixture(scope="module")
def many(server: Server) -> Caller:
    """Sessions of which three each end at one moment, and every fourth began hours before; most say the same, few something else."""
    caller = server.caller()
    for number in range(12):
        at = dt.datetime(2026, 11, 20, 10 + number // 3, tzinfo=dt.UTC)
        said = ["it rains again", *(["cats and dogs"] if number % 5 == 0 else [])]
        began = [at - dt.timedelta(hours=5), at] if number % 4 == 0 else [at]
        caller.send(
            *(
                {"id": f"t{number}-{place}", "name": "chat", "sessionId": f"s{number}", "startTime": moment.isoformat(),
                 "endTime": (moment + dt.timedelta(seconds=5)).isoformat(), "input": " ".join(said if place == 0 else ["bye"])}
                for place, moment in enumerate(began)
            )
        )  # fmt: skip
    return caller


@pytest.mark.parametrize("among", [(1,), (2, 5), (4, 9), (12, 13), (11, 12)])
@pytest.mark.parametrize("search", ["rains", '"it rains"', '"cats and"', "bye", "rains -cats", '"rains it"'])
def test_pages_are_the_same_however_many_of_the_newest_are_searched_first(
    search: str, among: tuple[int, ...], many: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    oldest_first = many.sessions(("q", search), ("order", "asc"))

    monkeypatch.setattr(sessions, "_AMONG", among)
    pages = [many.sessions(("q", search), ("limit", str(limit))) for limit in (1, 2, 5)]

    assert pages == [oldest_first[::-1]] * 3


def test_analytics_and_users_take_the_same_search(filled: Caller) -> None:
    totals = filled.read("/observability/analytics/sessions", ("q", "york"))["totals"]
    users = filled.read("/observability/users", ("q", "york"))["data"]

    assert (totals["sessionCount"], [(user["id"], user["sessionCount"]) for user in users]) == (2, [("u", 2)])


def test_another_project_finds_nothing(filled: Caller, server: Server) -> None:
    assert server.caller().sessions(("q", "york")) == []


@pytest.mark.parametrize(
    ("search", "told"),
    [
        ("-york", "there is no word to look for"), ("!!!", "there is no word to look for"), ("a*", "is too short a beginning"),
        ("x" * 1001, "it has 1001 characters"), (" ".join(["word"] * 21), "more than 20 terms"),
    ],
)  # fmt: skip
def test_a_search_for_nothing_or_too_much_is_400(search: str, told: str, caller: Caller) -> None:
    answer = caller.get(SESSIONS, ("q", search))

    assert answer.status_code == 400
    assert told in answer.json()["error"]["message"]


def test_what_a_turn_no_longer_says_is_not_found(caller: Caller) -> None:
    first = turn(1, "s", "before", None)
    caller.send({**first, "endTime": "2026-11-20T10:01:01Z"})
    assert [entry["id"] for entry in caller.sessions(("q", "before"))] == ["s"]

    caller.send({**first, "input": "afterwards", "sessionId": "moved", "endTime": "2026-11-20T10:01:09Z"})

    assert caller.sessions(("q", "before")) == []
    assert [entry["id"] for entry in caller.sessions(("q", "afterwards"))] == ["moved"]


def test_an_erased_session_is_not_found(caller: Caller) -> None:
    caller.send(turn(1, "s", "unmistakable", None), turn(2, "t", "unmistakable", None))

    assert caller.request("DELETE", f"{SESSIONS}/s").status_code == 200

    assert [entry["id"] for entry in caller.sessions(("q", "unmistakable"))] == ["t"]


@PROPERTY
@given(
    text=st.text(max_size=40)
    | st.lists(st.sampled_from([*world.AWKWARD, '"', "-", "*", "@x(1)@"]), max_size=4).map(" ".join)
)
def test_no_search_makes_the_server_fail(text: str, filled: Caller) -> None:
    answer = filled.get(SESSIONS, ("q", text.encode("utf-8", "replace").decode()))

    assert answer.status_code in (200, 400)


def test_every_awkward_text_is_found_by_itself(caller: Caller) -> None:
    said = {f"s{number}": text for number, text in enumerate(world.NAMED)}
    caller.send(*(turn(number, session, said[session], None) for number, session in enumerate(said)))

    for session, text in said.items():
        answer = caller.get(SESSIONS, ("q", '"' + text.replace('"', " ") + '"'))
        if answer.status_code == 200:
            assert session in [entry["id"] for entry in orjson.loads(answer.content)["data"]], text


def test_a_snippet_is_a_piece_around_the_first_hit() -> None:
    text = "word " * 100 + "the needle, in\nhaystacks " + "word " * 100

    found = snippet(["other", text], read("q", "needle hay*").terms)

    assert (found["snippet"][:10], found["snippet"][-1]) == ("…word word", "…")
    assert len(found["snippet"]) <= LENGTH + 2
    assert [found["snippet"][start:end] for start, end in found["highlights"]] == ["needle", "haystacks"]


@given(
    texts=st.lists(st.lists(st.sampled_from(["red", "Blue", "世界", "grün", "🙂", "\n", "x" * 90]), max_size=30).map(" ".join), max_size=3),
    terms=st.lists(st.sampled_from([Term(("red",), False), Term(("blue", "red"), False), Term(("gr",), True)]), min_size=1, max_size=2),
)  # fmt: skip
def test_highlights_are_hits_in_order_inside_the_snippet(texts: list[str], terms: list[Term]) -> None:
    found = snippet(texts, terms)

    places = [place for start, end in found["highlights"] for place in (start, end)]
    assert places == sorted(places)
    assert all(0 <= place <= len(found["snippet"]) for place in places)
    for start, end in found["highlights"]:
        assert found["snippet"][start:end].lower().startswith(("red", "blue", "gr"))
