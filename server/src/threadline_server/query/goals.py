"""Completion: which goals the chosen sessions reached, and after how many turns, how long and at what cost.

A session that is active and has not reached a goal may yet: it is open, and left out of the rate. Whatever reached it counts,
active or not.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from threadline_server.errors import NotFound
from threadline_server.model import Goal
from threadline_server.query import choosing, filters, parameters, present
from threadline_server.query.filters import Choice
from threadline_server.query.goal_conditions import ACTIVE, Goals, goals_at
from threadline_server.query.parameters import Pairs
from threadline_server.store.database import Database, Row
from threadline_server.store.queries import Fragment

PARAMETERS: Final = choosing.PARAMETERS
NO_COMPLETION: Final = {"reached": 0, "closed": 0, "open": 0, "rate": None}
_LEVELS: Final = ("p50", "p90")


class Completing(msgspec.Struct, frozen=True):
    """What completion is about, as what fills the slots of a statement that counts sessions, and the values that it binds."""

    slots: Mapping[str, Fragment]
    values: Mapping[str, Any]
    narrows: bool
    """Whether the sessions that are counted were chosen by the very goals that completion is about."""


def completing(pairs: Pairs, goals: Goals) -> Completing:
    """By ``completionGoal``; without it every ``goal`` that is filtered by; without that, too, any goal of the project."""
    one = parameters.one(pairs, "completionGoal")
    named = [one] if one is not None else [value for name, value in pairs if name == "goal"]
    tests = [goals.named(name) for name in named] or goals.tests
    if not tests:
        return Completing({}, {}, narrows=False)
    did = (" AND " if named else " OR ").join(f"({test.reached})" for test in tests)
    return Completing(
        {"reached": Fragment(f"({did})"), "active": ACTIVE}, goals.values, narrows=bool(named) and one is None
    )


def completion(row: Row | None, completing: Completing) -> dict[str, Any]:
    """Of a row of sums, the sessions that reached what completion is about."""
    if row is None or not completing.slots:
        return dict(NO_COMPLETION)
    return _completion(row["all_session_count"], row["all_reached_count"], row["all_open_count"])


def over_goals(database: Database, project_id: int, pairs: Pairs, goals: Goals) -> dict[str, Any]:
    """``GET /analytics/goals``: each goal's completion among the chosen sessions, and what it took to reach it."""
    chosen = _chosen(pairs, goals)
    found = _paces(database, project_id, chosen, goals)
    return {
        **_window(chosen),
        "goals": [{"goal": test.goal.name, **pace} for test, pace in zip(goals.tests, found, strict=True)],
    }


def preview(database: Database, project_id: int, pairs: Pairs, goals: Goals, when: Mapping[str, Any]) -> dict[str, Any]:
    """``POST /analytics/goals``: the same of one definition that is not saved. Raises ``BadRequest``."""
    # Numbered after the project's own, so that a filter by one of these binds what it always does.
    unsaved = Goal(0, "", when, 0, 0)
    both = goals_at([*(test.goal for test in goals.tests), unsaved], goals.now_ms, idle_ms=goals.idle_ms)
    chosen = _chosen(pairs, goals)
    [pace] = _paces(database, project_id, chosen, msgspec.structs.replace(both, tests=both.tests[-1:]))
    return {**_window(chosen), **pace}


def _chosen(pairs: Pairs, goals: Goals) -> Choice:
    parameters.check_known(pairs, PARAMETERS, [filters.METADATA])
    return choosing.choose(pairs, goals)


def _window(chosen: Choice) -> dict[str, Any]:
    return {name: present.bound(chosen.values.get(name)) for name in ("from", "to")}


def _paces(database: Database, project_id: int, chosen: Choice, goals: Goals) -> list[dict[str, Any]]:
    """Of each goal its completion, and what it took."""
    if not goals.tests:
        return []
    row = database.rows(
        "goal_paces",
        {"project_id": project_id, "moments": goals.moments, **goals.values, **chosen.values},
        where=chosen.where, places=goals.places, active=ACTIVE,
    )[0]  # fmt: skip
    if not row["all_count"]:
        return [{**NO_COMPLETION, **_NO_PACE} for _ in goals.tests]
    return [
        {
            **_completion(row["all_count"], row["reached_counts"][index], row["open_counts"][index]),
            "turns": _levels(row["turns_levels"][index]),
            "duration": _levels(row["duration_levels"][index]),
            "totalCost": _levels(row["cost_levels"][index]),
        }
        for index in range(len(goals.tests))
    ]


def of_session(database: Database, project_id: int, session_id: str, goals: Goals) -> dict[str, Any]:
    """``GET /sessions/{id}/goals``: each goal, whether the session reached it, and when. Raises ``NotFound``."""
    found = database.rows(
        "goals_of_session",
        {"project_id": project_id, "session_ids": [session_id], "moments": goals.moments, **goals.values},
        places=goals.places, active=ACTIVE,
    )  # fmt: skip
    if not found:
        raise NotFound("cannot find this session")
    row = found[0]
    data = []
    for index, (test, place) in enumerate(zip(goals.tests, row["places"], strict=True)):
        has_place = place > 0
        data.append(
            {
                "goal": test.goal.name,
                "state": "reached" if place else "open" if row["is_active"] else "notReached",
                "reachedAt": present.moment(row["moments_ms"][index]) if has_place else None,
                "turns": place if has_place else None,
                "duration": max(0, row["moments_ms"][index] - row["start_ms"]) if has_place else None,
                "totalTokens": row["tokens"][index] if has_place else None,
                "totalCost": row["costs"][index] if has_place else None,
            }
        )
    return {"data": data, "nextCursor": None}


def _completion(all_count: int, reached: int, still_open: int) -> dict[str, Any]:
    closed = all_count - still_open
    return {"reached": reached, "closed": closed, "open": still_open, "rate": reached / closed if closed else None}


def _levels(values: list[float | None]) -> dict[str, float | None]:
    """The engine writes null where no session has a value."""
    return dict(zip(_LEVELS, values, strict=True))


_NO_PACE: Final = {name: dict.fromkeys(_LEVELS) for name in ("turns", "duration", "totalCost")}
