"""Journeys and funnels over the API: whole answers, and every number leads to its sessions whatever steps are called."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from . import world
from .running import Caller, Server

ANALYTICS = "/observability/analytics"
BEGIN = "2025-11-23T10:{:02}:00Z"
Pairs = list[tuple[str, str]]


def session(session_id: str, *steps: str, **more: Any) -> Iterator[dict[str, Any]]:
    """A turn a minute."""
    for minute, step in enumerate(steps):
        at = BEGIN.format(minute)
        yield {
            "id": f"{session_id} {minute}", "name": step, "sessionId": session_id, "startTime": at, "endTime": at, **more,
        }  # fmt: skip


@pytest.fixture
def shop(caller: Caller) -> Caller:
    caller.send(
        *session("s-1", "search", "search", "cart", "pay", userId="ann"),
        *session("s-2", "search", "cart", userId="ben"),
        *session("s-3", "help", userId="ben"),
    )
    return caller


def both(count: float) -> dict[str, float]:
    return {"p50": count, "p90": count}


def test_a_journey_names_the_steps_of_most_sessions_and_counts_the_others_together(shop: Caller) -> None:
    told = shop.read(f"{ANALYTICS}/journeys", ("nodes", "2"), ("paths", "1"), ("collapse", "true"))

    def node(step: str | None, *counts: int) -> dict[str, Any]:
        return {
            "step": step,
            **dict(zip(("sessionCount", "visitCount", "entryCount", "exitCount"), counts, strict=True)),
        }

    def edge(before: str, after: str | None, count: int, median_ms: float) -> dict[str, Any]:
        return {"from": before, "to": after, "transitionCount": count, "sessionCount": count, "medianTime": median_ms}

    assert told == {
        "from": None, "to": None, "by": "name", "collapse": True, "sessionCount": 3, "transitionCount": 3, "stepCount": 4,
        "nodes": [node("cart", 2, 2, 0, 1), node("search", 2, 2, 2, 0), node(None, 2, 2, 1, 2)],
        "edges": [edge("search", "cart", 2, 90_000), edge("cart", None, 1, 60_000)],
        "paths": [{"steps": ["help"], "continues": False, "sessionCount": 1}],
    }  # fmt: skip


def test_a_funnel_tells_where_sessions_stop_and_how_long_the_others_take(shop: Caller) -> None:
    told = shop.read(f"{ANALYTICS}/funnel", ("step", "search"), ("step", "cart"), ("step", "pay"), ("groupBy", "user"))

    def step(
        name: str, count: int, stopped: int, shares: tuple[float, float], first: float, last: float
    ) -> dict[str, Any]:
        return {
            "step": name, "sessionCount": count, "stoppedCount": stopped, "conversion": shares[0], "stepConversion": shares[1],
            "timeFromFirst": both(first), "timeFromPrevious": both(last),
        }  # fmt: skip

    groups = told.pop("groups")
    assert told == {
        "from": None, "to": None, "within": None, "groupBy": "user", "sessionCount": 2, "convertedCount": 1, "conversion": 0.5,
        "timeToConvert": both(120_000),
        "steps": [
            step("search", 2, 0, (1, 1), 0, 0),
            step("cart", 2, 1, (1, 1), 60_000, 60_000),
            step("pay", 1, 1, (0.5, 0.5), 120_000, 60_000),
        ],
    }  # fmt: skip
    assert [(one["key"], one["sessionCount"], one["convertedCount"]) for one in groups] == [
        ("ann", 1, 1),
        ("ben", 1, 0),
    ]


def test_a_limit_of_time_counts_from_the_quickest_beginning(shop: Caller) -> None:
    """s-1 searches again a minute before the cart; from its first search it would take two."""
    steps = [("step", "search"), ("step", "cart")]

    told = {limit: shop.read(f"{ANALYTICS}/funnel", *steps, ("within", limit)) for limit in ("59999", "60000")}

    assert {limit: one["convertedCount"] for limit, one in told.items()} == {"59999": 0, "60000": 2}
    assert told["60000"]["within"] == 60_000


def test_filters_choose_the_sessions_whose_journeys_are_told(shop: Caller) -> None:
    ben = shop.read(f"{ANALYTICS}/journeys", ("userId", "ben"))
    with_cart = shop.read(f"{ANALYTICS}/journeys", ("hasStep", "cart"), ("to", "2025-11-24"))

    assert ({one["step"] for one in ben["nodes"]}, ben["sessionCount"]) == ({"search", "cart", "help"}, 2)
    assert (with_cart["sessionCount"], with_cart["to"]) == (2, "2025-11-24T00:00:00.000Z")


def test_users_are_found_by_what_their_sessions_do(shop: Caller) -> None:
    found = shop.read("/observability/users", ("fromStep", "cart"), ("toStep", "pay"))

    assert [one["id"] for one in found["data"]] == ["ann"]


@pytest.fixture(scope="module")
def filled(server: Server) -> Caller:
    caller = server.caller()
    caller.send(*world.traces(50, seed=5))
    return caller


@pytest.mark.parametrize("by", ["name", "tag"])
def test_every_number_of_a_journey_is_one_call_from_its_sessions(by: str, filled: Caller) -> None:
    told = filled.read(f"{ANALYTICS}/journeys", ("by", by), ("nodes", "50"), ("paths", "50"), ("pathLength", "3"))

    def count(*pairs: tuple[str, str]) -> int:
        return len(filled.sessions(*pairs, ("stepBy", by), ("limit", "200")))

    assert [(count(("hasStep", one["step"])), count(("entryStep", one["step"])), count(("exitStep", one["step"]))) for one in told["nodes"]] == [
        (one["sessionCount"], one["entryCount"], one["exitCount"]) for one in told["nodes"]
    ]  # fmt: skip
    assert [count(("fromStep", one["from"]), ("toStep", one["to"])) for one in told["edges"]] == [
        one["sessionCount"] for one in told["edges"]
    ]
    assert [count(*(("path", step) for step in one["steps"]), ("pathContinues", str(one["continues"]))) for one in told["paths"]] == [
        one["sessionCount"] for one in told["paths"]
    ]  # fmt: skip


def test_another_projects_sessions_are_in_no_journey(filled: Caller) -> None:
    other = filled.server.caller()

    journey = other.read(f"{ANALYTICS}/journeys")
    funnel = other.read(f"{ANALYTICS}/funnel", ("step", "plain"), ("step", "plain"), ("groupBy", "tag"))
    assert (journey["sessionCount"], journey["nodes"], journey["edges"], journey["paths"]) == (0, [], [], [])
    assert (funnel["sessionCount"], funnel["conversion"], funnel["groups"]) == (0, None, [])
