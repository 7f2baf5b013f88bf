"""Users: the totals of their sessions, alone and under filters; pages that stay put."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import pytest

from threadline_server.query import users

from . import world
from .running import Caller, Server

SESSIONS, USERS = "/observability/sessions", "/observability/users"
SUMS = (
    "traceCount",
    "errorCount",
    "promptTokens",
    "completionTokens",
    "cachedTokens",
    "reasoningTokens",
    "totalTokens",
)
SORT_KEYS: Mapping[str, Callable[[Mapping[str, Any]], Any]] = {
    "lastActivity": lambda user: user["lastActivity"],
    "firstSeen": lambda user: user["firstSeen"],
    **{
        name: (lambda user, name=name: user[name])
        for name in ("sessionCount", "traceCount", "errorCount", "totalTokens", "activeDuration")
    },
    "totalCost": lambda user: Decimal(repr(user["totalCost"])),
}


@pytest.fixture(scope="module")
def filled(server: Server) -> Caller:
    caller = server.caller()
    caller.send(*world.traces(60))
    return caller


def expected(sessions: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """What a plain program makes of the sessions."""
    of_user: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for session in sessions:
        for user_id in session["userIds"]:
            of_user[user_id].append(session)
    return {user_id: summed(user_id, found) for user_id, found in of_user.items()}


def summed(user_id: str, sessions: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "id": user_id,
        "sessionCount": len(sessions),
        **{name: sum(session[name] for session in sessions) for name in SUMS},
        "activeDuration": sum(session["activeDuration"] for session in sessions),
        "totalCost": float(sum((Decimal(repr(session["totalCost"])) for session in sessions), Decimal(0))),
        "firstSeen": min(session["startTime"] for session in sessions),
        "lastActivity": max(session["endTime"] for session in sessions),
    }


@pytest.mark.parametrize(
    "pairs", [[], [("hasError", "true")], [("minTokens", "2000"), ("release", "v1")], [("tag", "plain")]]
)
def test_a_user_has_the_totals_of_the_sessions_that_the_filter_chooses(
    filled: Caller, pairs: list[tuple[str, str]]
) -> None:
    found = {user["id"]: user for user in filled.pages(USERS, *pairs)}

    assert found == expected(filled.sessions(*pairs, ("limit", "200")))


@pytest.mark.parametrize("order", ["asc", "desc"])
@pytest.mark.parametrize("sort", users.SORTS)
def test_pages_in_every_order_hold_every_user_once(filled: Caller, sort: str, order: str) -> None:
    everybody = list(filled.pages(USERS, ("limit", "200")))

    found = list(filled.pages(USERS, ("limit", "3"), ("sort", sort), ("order", order)))

    assert [user["id"] for user in found] == [
        user["id"]
        for user in sorted(everybody, key=lambda user: (SORT_KEYS[sort](user), user["id"]), reverse=order == "desc")
    ]


def test_one_user_comes_with_a_page_of_their_sessions(filled: Caller) -> None:
    [user, *_] = filled.pages(USERS, ("sort", "sessionCount"), ("limit", "1"))

    detail = filled.read(f"{USERS}/{user['id']}", ("limit", "2"))

    sessions = filled.sessions(("userId", user["id"]))
    assert detail.pop("sessions") == sessions[:2]
    assert (detail.pop("nextCursor") is not None) == (len(sessions) > 2)
    assert detail == user


def test_nobody_is_there_where_nothing_was_sent(caller: Caller) -> None:
    assert caller.read(USERS) == {"data": [], "nextCursor": None}
    assert caller.get(f"{USERS}/nobody").status_code == 404
