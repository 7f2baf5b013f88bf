"""Two sessions turn by turn are what a plain program finds in what was sent."""

from __future__ import annotations

import datetime as dt
import random
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from threadline_server.query import session_pair

from .running import Caller, Server
from .world import NAMED, START

COUNT = 24
PROPERTY = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
INPUTS = ["Yes", " yes", "\uff39\uff25\uff33", "no", "caf\u00e9?", "cafe\u0301?", "Where is it?", "x" * 600, ""]
NUMBERS = ("duration", "toolCount", "promptTokens", "completionTokens", "totalTokens")
Sent = Mapping[str, Any]


class Made(dict[str, list[dict[str, Any]]]):
    """What was sent, by session; told in short where a test fails."""

    def __repr__(self) -> str:
        return f"<{len(self)} sessions>"


def path(a: str, b: str) -> str:
    return f"/observability/sessions/{quote(a, safe='')}/compare/{quote(b, safe='')}"


def turn(session_id: str, number: int, asked: str, answered: str = "ok", **facts: Any) -> dict[str, Any]:
    begin = facts.pop("begin", START + dt.timedelta(minutes=number))
    end = begin + dt.timedelta(milliseconds=facts.pop("duration", 1000))
    times = {"startTime": begin.isoformat(), "endTime": end.isoformat()}
    call = {
        "id": "call", "kind": "generation", "name": "call", **times, "modelName": "m", "promptTokens": 10, "completionTokens": 5,
        "cost": 0.5, "input": {"messages": [{"role": "user", "content": asked}]} if asked else None, "output": answered,
        **facts.pop("call", {}),
    }  # fmt: skip
    tools = [
        {"id": f"tool {at}", "kind": "tool", "name": name, **times, "output": "done"}
        for at, name in enumerate(facts.pop("tools", ()))
    ]
    return {
        "id": f"{session_id}#{number}", "sessionId": session_id, "name": "chat", **times, "observations": [call, *tools], **facts,
    }  # fmt: skip


def made_up() -> Made:
    """Sessions with awkward ids whose turns repeat, differ, fail and begin at the same time."""
    chance = random.Random(5)
    found = Made()
    for number in range(COUNT):
        session_id = f"{chance.choice(NAMED)}/{number}"
        found[session_id] = [
            turn(
                session_id,
                at,
                chance.choice(INPUTS),
                chance.choice(["ok", "OK", "sorry"]),
                begin=START + dt.timedelta(seconds=at // 2),
                duration=chance.choice([0, 40, 2500]),
                name=chance.choice(["chat", "search"]),
                tools=chance.sample(["look", "book"], chance.randrange(3)),
                call={"cost": chance.choice([0, 0.1, 0.25, None]), "promptTokens": chance.randrange(100)},
                **({"error": {"type": "E", "message": "no"}} if chance.random() < 0.2 else {}),
            )
            for at in range(chance.choice([1, 2, 5, 9, 14]))
        ]
    return found


@pytest.fixture(scope="module")
def sent() -> Made:
    return made_up()


@pytest.fixture(scope="module")
def filled(server: Server, sent: Made) -> Caller:
    caller = server.caller()
    traces = [trace for turns in sent.values() for trace in turns]
    random.Random(1).shuffle(traces)
    caller.send(*traces)
    return caller


def asked(trace: Sent) -> str:
    given = trace["observations"][0]["input"]
    return given["messages"][0]["content"][:500].strip() if given else ""


def key(trace: Sent) -> str:
    return " ".join(unicodedata.normalize("NFKC", asked(trace)).casefold().split())


def longest(a: Sequence[str], b: Sequence[str]) -> list[tuple[int, int]]:
    table = {(i, j): 0 for i in range(len(a) + 1) for j in range(len(b) + 1)}
    for i in reversed(range(len(a))):
        for j in reversed(range(len(b))):
            same = a[i] and a[i] == b[j]
            table[i, j] = table[i + 1, j + 1] + 1 if same else max(table[i + 1, j], table[i, j + 1])
    found, i, j = [], 0, 0
    while i < len(a) and j < len(b):
        if a[i] and a[i] == b[j]:
            found.append((i, j))
            i, j = i + 1, j + 1
        elif table[i + 1, j] == table[i, j]:
            i += 1
        else:
            j += 1
    return found


def aligned(a: Sequence[Sent], b: Sequence[Sent]) -> Iterator[tuple[Sent | None, Sent | None, str | None]]:
    place_a = place_b = 0
    for to_a, to_b in [*longest(list(map(key, a)), list(map(key, b))), (len(a), len(b))]:
        names = longest([t["name"] for t in a[place_a:to_a]], [t["name"] for t in b[place_b:to_b]])
        at_a, at_b = place_a, place_b
        for i, j in [*((place_a + i, place_b + j) for i, j in names), (to_a, to_b)]:
            yield from ((one, None, None) for one in a[at_a:i])
            yield from ((None, one, None) for one in b[at_b:j])
            if i < to_a:
                yield a[i], b[j], "name"
            at_a, at_b = i + 1, j + 1
        if to_a < len(a):
            yield a[to_a], b[to_b], "input"
        place_a, place_b = to_a + 1, to_b + 1


def cost(trace: Sent) -> float | None:
    return trace["observations"][0]["cost"]


def numbers(trace: Sent) -> dict[str, Any]:
    call, *tools = trace["observations"]
    times = [dt.datetime.fromisoformat(trace[name]) for name in ("startTime", "endTime")]
    return {
        "duration": (times[1] - times[0]) // dt.timedelta(milliseconds=1), "toolCount": len(tools),
        "promptTokens": call["promptTokens"], "completionTokens": 5, "totalTokens": call["promptTokens"] + 5, "totalCost": cost(trace),
    }  # fmt: skip


def differs(a: Sent, b: Sent) -> list[str]:
    def facts(trace: Sent) -> dict[str, Any]:
        call, *tools = trace["observations"]
        given = call["input"]
        return {
            "input": given and given["messages"][0]["content"], "output": call["output"], "name": trace["name"],
            "tools": sorted(tool["name"] for tool in tools), "status": "error" in trace, "error": "error" in trace,
        }  # fmt: skip

    return [name for name, value in facts(a).items() if value != facts(b)[name]]


def expected(a: Sequence[Sent], b: Sequence[Sent]) -> list[dict[str, Any]]:
    found = []
    for position, (one, other, match) in enumerate(aligned(a, b), 1):
        difference = None
        if one is not None and other is not None:
            mine, theirs = numbers(one), numbers(other)
            difference = {
                name: None if None in (mine[name], theirs[name]) else pytest.approx(theirs[name] - mine[name])
                for name in (*NUMBERS, "totalCost")
            }
        found.append(
            {
                "position": position, "match": match, "a": one and one["id"], "b": other and other["id"],
                "differs": differs(one, other) if one and other else [], "differences": difference,
                "costs": [side and cost(side) for side in (one, other)],
            }
        )  # fmt: skip
    return found


def told(entry: Mapping[str, Any]) -> dict[str, Any]:
    difference = entry["differences"]
    return {
        "position": entry["position"], "match": entry["match"], "differs": entry["differs"],
        "a": entry["a"] and entry["a"]["traceId"], "b": entry["b"] and entry["b"]["traceId"],
        "differences": difference and {name: difference[name] for name in (*NUMBERS, "totalCost")},
        "costs": [entry[side] and entry[side]["totalCost"] for side in ("a", "b")],
    }  # fmt: skip


@PROPERTY
@given(pair=st.tuples(st.integers(0, COUNT - 1), st.integers(0, COUNT - 1)), limit=st.sampled_from([4, 50]))
def test_turns_are_aligned_as_a_plain_program_aligns_what_was_sent(
    pair: tuple[int, int], limit: int, filled: Caller, sent: Made
) -> None:
    names = [list(sent)[at] for at in pair]
    wanted = expected(*(sent[name] for name in names))

    first = filled.read(path(*names), ("limit", str(limit)))
    found = list(filled.pages(path(*names), ("limit", str(limit))))

    for one, other in zip(found, wanted, strict=True):
        assert told(one) == other
    assert [first[side] for side in ("a", "b")] == [
        {name: value for name, value in filled.session(one).items() if name not in ("traces", "nextCursor")}
        for one in names
    ]
    different = [entry for entry in wanted if entry["differs"] or entry["match"] is None]
    assert first["alignment"] == {
        "positionCount": len(wanted),
        "sameInputCount": sum(entry["match"] == "input" for entry in wanted),
        "sameNameCount": sum(entry["match"] == "name" for entry in wanted),
        "onlyACount": sum(entry["b"] is None for entry in wanted),
        "onlyBCount": sum(entry["a"] is None for entry in wanted),
        "differingCount": len(different),
        "firstDifference": {name: different[0][name] for name in ("position", "a", "b")} if different else None,
    }
    for side, name in zip(("a", "b"), names, strict=True):
        turns = [entry[side] for entry in found if entry[side] is not None]
        conversation = list(filled.pages(f"/observability/sessions/{quote(name, safe='')}/conversation"))
        assert [(one["turn"], one["messages"]) for one in turns] == [
            (number, one["messages"]) for number, one in enumerate(conversation, 1)
        ]


def test_differences_of_sessions_are_those_of_their_numbers(caller: Caller) -> None:
    caller.send(
        turn("a/b", 0, "hi"),
        turn("c", 0, "hi", duration=2500, call={"cost": 0.75, "promptTokens": 7}),
        turn("c", 1, "bye", tools=["look"]),
        turn("unpriced", 0, "hi", call={"cost": None}),
    )

    found = caller.read(path("a/b", "c"))["differences"]

    assert found == {
        "traceCount": 1, "spanCount": 3, "generationCount": 1, "toolCount": 1, "errorCount": 0, "segments": 0,
        "duration": 60_000, "activeDuration": 60_000, "promptTokens": 7, "completionTokens": 5, "cachedTokens": 0,
        "reasoningTokens": 0, "totalTokens": 12, "totalCost": 0.75,
    }  # fmt: skip
    unknown = caller.read(path("unpriced", "c"))
    assert unknown["differences"]["totalCost"] is None
    assert unknown["data"][0]["a"]["totalCost"] is None
    assert unknown["data"][0]["differences"]["totalCost"] is None


def test_a_session_differs_from_itself_in_nothing(caller: Caller) -> None:
    caller.send(turn("s", 0, "hi", tools=["look"]), turn("s", 1, "hi"))

    answer = caller.read(path("s", "s"))

    assert (answer["alignment"]["differingCount"], answer["alignment"]["firstDifference"]) == (0, None)
    assert set(answer["differences"].values()) == {0}
    assert [(entry["differs"], set(entry["differences"].values())) for entry in answer["data"]] == [([], {0})] * 2


def test_whole_texts_and_arguments_tell_turns_apart_that_a_list_shows_alike(caller: Caller) -> None:
    def calls(argument: int) -> dict[str, Any]:
        call = {"id": "c", "type": "function", "function": {"name": "look", "arguments": f'{{"id": {argument}}}'}}
        return {"output": {"role": "assistant", "content": "y" * 600 + str(argument), "tool_calls": [call]}}

    caller.send(turn("a", 0, "x" * 600 + "1", call=calls(1)), turn("b", 0, "x" * 600 + "2", call=calls(2)))

    answer = caller.read(path("a", "b"))

    assert answer["alignment"]["differingCount"] == 0
    assert [(entry["match"], entry["differs"]) for entry in answer["data"]] == [("input", ["input", "output", "tools"])]


def test_long_messages_are_cut_and_the_conversation_has_them_whole(caller: Caller) -> None:
    caller.send(turn("a", 0, "x" * 30_000), turn("b", 0, "short"))

    a, b = (caller.read(path("a", "b"))["data"][0][side] for side in ("a", "b"))

    ((part,),) = (message["content"] for message in a["messages"])
    assert 19_900 < len(part["text"]) <= 20_000
    assert (a["isCut"], b["isCut"], a["input"]) == (True, False, "x" * 500)
    whole = caller.session("a", "/conversation")["data"][0]["messages"]
    assert whole[0]["content"][0]["text"] == "x" * 30_000


def test_what_comes_while_one_reads_leaves_no_turn_out(caller: Caller) -> None:
    """The last turns that were shown belonged together by name; now one of them has the input of a later turn."""
    caller.send(*(turn("a", n, f"a{n}") for n in range(4)), *(turn("b", n, f"b{n}") for n in range(4)))
    first = caller.read(path("a", "b"), ("limit", "3"))
    caller.send(turn("b", 9, "a1"))

    rest = caller.read(path("a", "b"), ("cursor", first["nextCursor"]))

    for side, turns in (("a", [*range(4)]), ("b", [*range(4), 9])):
        shown = {entry[side]["traceId"] for entry in (*first["data"], *rest["data"]) if entry[side]}
        assert shown == {f"{side}#{n}" for n in turns}


@pytest.mark.parametrize(
    ("names", "missing"),
    [
        (("nobody", "s"), "the first, 'nobody'"),
        (("s", "no/body"), "the second, 'no/body'"),
        (("x", "y"), "neither the first, 'x' nor the second, 'y'"),
    ],
)
def test_a_session_that_is_not_there_is_named(names: tuple[str, str], missing: str, caller: Caller) -> None:
    caller.send(turn("s", 0, "hi"))
    caller.server.caller().send(turn("x", 0, "another project's"))

    answer = caller.get(path(*names))

    assert answer.status_code == 404
    assert missing in answer.json()["error"]["message"]


@pytest.mark.parametrize("cursor", ["x", "WyJhIl0", "WyJhIiwiYiJd", "W10"])
def test_a_cursor_of_something_else_is_refused(cursor: str, caller: Caller) -> None:
    caller.send(turn("s", 0, "hi"))

    answer = caller.get(path("s", "s"), ("cursor", cursor))

    assert (answer.status_code, "Begin again" in answer.json()["error"]["hint"]) == (400, True)


def test_a_session_of_too_many_turns_is_refused(caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    caller.send(turn("s", 0, "hi"), turn("s", 1, "hi"), turn("t", 0, "hi"))
    monkeypatch.setattr(session_pair, "MOST_TURNS", 1)

    answer = caller.get(path("t", "s"))

    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "query_too_large")
