"""Journeys and funnels over random sessions are what a plain program says of them, and the list finds the sessions behind each number."""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from threadline_server.errors import BadRequest
from threadline_server.query import journeys, sessions
from threadline_server.query.goal_conditions import NO_GOALS
from threadline_server.store.database import Database

from . import made_sessions as made
from .made_sessions import Session, Turn, stored

PROPERTY = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
Pairs = list[tuple[str, str]]
STEP_TEXTS = st.sampled_from(["a", "b", "c", "it's", "", "name:tag:a", "tag:x", "tag:y", "tag:a", "name:a"])


def percentile(values: Iterable[float], level: float) -> float | None:
    """Linear between the two nearest ranks."""
    ordered = sorted(values)
    if not ordered:
        return None
    place = level * (len(ordered) - 1)
    below = ordered[int(place)]
    return below + (ordered[min(int(place) + 1, len(ordered) - 1)] - below) * (place - int(place))


def steps_of(session: Session, by: str, *, collapse: bool) -> list[tuple[str, int]]:
    told = [
        (step, turn.start_ms)
        for turn in session.turns
        for step in ([turn.name] if by == "name" else turn.tags)
    ]  # fmt: skip
    return [one for place, one in enumerate(told) if not (collapse and place and told[place - 1][0] == one[0])]


def expected_journeys(chosen: Sequence[Session], by: str, *, collapse: bool, most: int, length: int) -> dict[str, Any]:
    all_steps = {one.id: steps for one in chosen if (steps := steps_of(one, by, collapse=collapse))}
    in_sessions = Counter(step for steps in all_steps.values() for step in {step for step, _ in steps})
    named = sorted(in_sessions, key=lambda step: (-in_sessions[step], step.encode()))[:most]
    visits: dict[str | None, list[str]] = defaultdict(list)
    moves: dict[tuple[str | None, str | None], list[tuple[str, int]]] = defaultdict(list)
    entries, exits = Counter[str | None](), Counter[str | None]()
    paths = Counter[tuple[tuple[str, ...], bool]]()
    for session_id, steps in all_steps.items():
        shown = [(step if step in named else None, time) for step, time in steps]
        for step, _ in shown:
            visits[step].append(session_id)
        for (before, began), (after, ended) in itertools.pairwise(shown):
            moves[before, after].append((session_id, ended - began))
        entries[shown[0][0]] += 1
        exits[shown[-1][0]] += 1
        paths[tuple(step for step, _ in steps[:length]), len(steps) > length] += 1
    return {
        "by": by,
        "collapse": collapse,
        "sessionCount": len(all_steps),
        "transitionCount": sum(len(times) for times in moves.values()),
        "stepCount": len(in_sessions),
        "nodes": [
            {
                "step": step,
                "sessionCount": len(set(visits[step])),
                "visitCount": len(visits[step]),
                "entryCount": entries[step],
                "exitCount": exits[step],
            }
            for step in [*named, None]
            if visits[step]
        ],
        "edges": {
            pair: (len(times), len({session_id for session_id, _ in times}), percentile([t for _, t in times], 0.5))
            for pair, times in moves.items()
        },
        "paths": {(*path, continues): count for (path, continues), count in paths.items()},
    }


@PROPERTY
@given(
    chosen=made.sessions(),
    by=st.sampled_from(["name", "tag"]),
    collapse=st.booleans(),
    most=st.integers(1, 4),
    length=st.integers(1, 4),
)
def test_a_journey_is_what_a_plain_program_counts(
    chosen: list[Session], by: str, collapse: bool, most: int, length: int, database: Database
) -> None:
    project_id = stored(database, chosen)
    asked = [
        ("by", by),
        ("collapse", str(collapse)),
        ("nodes", str(most)),
        ("pathLength", str(length)),
        ("paths", "50"),
    ]

    told = journeys.journeys(database, project_id, asked, NO_GOALS)

    edges, paths = told.pop("edges"), told.pop("paths")
    wanted = expected_journeys(chosen, by, collapse=collapse, most=most, length=length)
    assert {
        **told,
        "edges": {
            (edge["from"], edge["to"]): (edge["transitionCount"], edge["sessionCount"], edge["medianTime"])
            for edge in edges
        },
        "paths": {(*path["steps"], path["continues"]): path["sessionCount"] for path in paths},
    } == {"from": None, "to": None, **wanted}
    assert [edge["transitionCount"] for edge in edges] == sorted((e["transitionCount"] for e in edges), reverse=True)
    assert [path["sessionCount"] for path in paths] == sorted((p["sessionCount"] for p in paths), reverse=True)


@settings(PROPERTY, max_examples=10)
@given(chosen=made.sessions(), by=st.sampled_from(["name", "tag"]), collapse=st.booleans(), length=st.integers(1, 3))
def test_the_list_has_as_many_sessions_as_every_number_of_a_journey_says(
    chosen: list[Session], by: str, collapse: bool, length: int, database: Database
) -> None:
    project_id = stored(database, chosen)
    asked = [("by", by), ("collapse", str(collapse)), ("pathLength", str(length))]
    told = journeys.journeys(database, project_id, asked, NO_GOALS)

    numbers: list[tuple[Pairs, int]] = []
    for node in told["nodes"]:
        numbers += [
            ([("hasStep", node["step"])], node["sessionCount"]),
            ([("entryStep", node["step"])], node["entryCount"]),
            ([("exitStep", node["step"])], node["exitCount"]),
        ]
    numbers += [([("fromStep", edge["from"]), ("toStep", edge["to"])], edge["sessionCount"]) for edge in told["edges"]]
    for path in told["paths"]:
        more = [("pathContinues", str(path["continues"])), ("pathCollapsed", str(collapse))]
        numbers.append(([*(("path", step) for step in path["steps"]), *more], path["sessionCount"]))

    assert [len(listed(database, project_id, [*pairs, ("stepBy", by)])) for pairs, _ in numbers] == [
        count for _, count in numbers
    ]


def listed(database: Database, project_id: int, pairs: Pairs) -> set[str]:
    return {one["id"] for one in sessions.list_sessions(database, project_id, pairs, NO_GOALS)["data"]}


def takes(turn: Turn, text: str) -> bool:
    if text.startswith("tag:"):
        return text.removeprefix("tag:") in turn.tags
    return turn.name == text.removeprefix("name:")


def quickest(session: Session, texts: Sequence[str]) -> tuple[int, int] | None:
    """Of every way to take the steps in order, the shortest: its time, and the time since the step before."""
    ways = [
        way
        for way in itertools.combinations(range(len(session.turns)), len(texts))
        if all(takes(session.turns[place], text) for place, text in zip(way, texts, strict=True))
    ]
    began = [turn.start_ms for turn in session.turns]
    if not ways:
        return None
    best = min(ways, key=lambda way: (began[way[-1]] - began[way[0]], way[-1], [-place for place in way[-2:-1]]))
    return began[best[-1]] - began[best[0]], began[best[-1]] - began[best[-2]] if len(best) > 1 else 0


def expected_funnel(chosen: Sequence[Session], texts: Sequence[str], within_ms: float) -> dict[str, Any]:
    reached: list[list[tuple[int, int]]] = []
    for place in range(1, len(texts) + 1):
        ways = [way for one in chosen if (way := quickest(one, texts[:place]))]
        reached.append([way for way in ways if way[0] <= within_ms])
    counts = [len(ways) for ways in reached]
    return {
        "sessionCount": counts[0],
        "convertedCount": counts[-1],
        "conversion": counts[-1] / counts[0] if counts[0] else None,
        "timeToConvert": levels(time for time, _ in reached[-1]),
        "steps": [
            {
                "step": text,
                "sessionCount": count,
                "stoppedCount": count - following,
                "conversion": count / counts[0] if counts[0] else None,
                "stepConversion": count / before if before else None,
                "timeFromFirst": levels(time for time, _ in ways),
                "timeFromPrevious": levels(gap for _, gap in ways),
            }
            for text, count, following, before, ways in zip(
                texts, counts, [*counts[1:], 0], [counts[0], *counts], reached, strict=False
            )
        ],
    }


def levels(values: Iterable[float]) -> dict[str, Any]:
    some = list(values)
    return {name: pytest.approx(percentile(some, level)) for name, level in (("p50", 0.5), ("p90", 0.9))}


WITHIN = st.sampled_from([None, 0, 1, 1_000, 60_000, 61_000])


FEW = made.sessions(names="abc", least_turns=4)
"""So few names that steps repeat and stand between others."""
FEW_TEXTS = st.sampled_from(["a", "b", "c", "tag:x"])


@PROPERTY
@given(
    chosen=made.sessions() | FEW,
    texts=st.lists(STEP_TEXTS, min_size=2, max_size=4) | st.lists(FEW_TEXTS, min_size=2, max_size=4),
    within=WITHIN,
)
def test_a_funnel_is_what_trying_every_way_finds(
    chosen: list[Session], texts: list[str], within: int | None, database: Database
) -> None:
    project_id = stored(database, chosen)
    asked = [*(("step", text) for text in texts), *([] if within is None else [("within", str(within))])]

    told = journeys.funnel(database, project_id, asked, NO_GOALS)

    limit = float("inf") if within is None else within
    assert told == {
        "from": None, "to": None, "within": within, **expected_funnel(chosen, texts, limit), "groupBy": None, "groups": [],
    }  # fmt: skip


@PROPERTY
@given(
    chosen=made.sessions(),
    texts=st.lists(STEP_TEXTS, min_size=2, max_size=3),
    within=WITHIN,
    by=st.sampled_from(["user", "tag", "metadata.k"]),
)
def test_every_group_of_a_funnel_is_the_funnel_of_its_sessions(
    chosen: list[Session], texts: list[str], within: int | None, by: str, database: Database
) -> None:
    project_id = stored(database, chosen)
    groups: dict[Any, list[Session]] = defaultdict(list)
    for one in chosen:
        keys: list[Any] = {"user": [one.user or None], "tag": one.tags or [None]}.get(by) or [one.metadata.get("k")]
        for key in keys:
            groups[type(key), key].append(one)
    limit = float("inf") if within is None else within
    asked = [("groupBy", by), *(("step", text) for text in texts)]

    told = journeys.funnel(
        database, project_id, [*asked, *([("within", str(within))] if within is not None else [])], NO_GOALS
    )

    shown = told["groups"]
    wanted = {key: expected_funnel(some, texts, limit) for key, some in groups.items()}
    assert {(type(one["key"]), one["key"]): {**one, "key": None} for one in shown} == {
        key: {"key": None, **figures} for key, figures in wanted.items() if figures["sessionCount"]
    }
    assert [one["sessionCount"] for one in shown] == sorted((one["sessionCount"] for one in shown), reverse=True)


@settings(PROPERTY, max_examples=10)
@given(chosen=made.sessions(), texts=st.lists(STEP_TEXTS, min_size=2, max_size=3), within=WITHIN)
def test_the_list_has_as_many_sessions_as_every_number_of_a_funnel_says(
    chosen: list[Session], texts: list[str], within: int | None, database: Database
) -> None:
    project_id = stored(database, chosen)
    limit = [] if within is None else [str(within)]
    told = journeys.funnel(
        database, project_id, [*(("step", t) for t in texts), *(("within", text) for text in limit)], NO_GOALS
    )
    mine = [*(("funnelStep", text) for text in texts), *(("funnelWithin", text) for text in limit)]

    for place, step in enumerate(told["steps"], 1):
        stopped = listed(database, project_id, [*mine, ("funnelStopped", str(place))])
        reached = listed(database, project_id, [*mine, ("funnelReached", str(place))])
        assert (len(reached), len(stopped)) == (step["sessionCount"], step["stoppedCount"])
        assert stopped <= reached
    assert len(listed(database, project_id, mine)) == told["convertedCount"]


@pytest.mark.parametrize("order", [1, -1])
def test_a_long_session_of_one_step_is_walked_in_one_pass(order: int, database: Database) -> None:
    """20,000 turns of each step: by pairs of turns it would not fit into memory."""
    half = 20_000
    names = ["a"] * half + ["b"] * half
    project_id = stored(
        database, [Session("s", tuple(Turn(name, at, at) for at, name in enumerate(names[::order], 1)))]
    )

    told = journeys.funnel(database, project_id, [("step", "a"), ("step", "b")], NO_GOALS)

    assert (told["convertedCount"], told["timeToConvert"]["p50"]) == ((1, 1) if order == 1 else (0, None))


WRONG: list[tuple[str, Pairs, str]] = [
    ("journeys", [("by", "user")], "by"),
    ("journeys", [("nodes", "51")], "nodes"),
    ("journeys", [("paths", "-1")], "paths"),
    ("journeys", [("pathLength", "0")], "pathLength"),
    ("journeys", [("collapse", "yes")], "collapse"),
    ("journeys", [("fromStep", "a")], "toStep"),
    ("journeys", [("stepBy", "user")], "stepBy"),
    ("journeys", [("hasStep", "a")] * 21, "hasStep"),
    ("journeys", [("funnelReached", "1")], "funnelReached"),
    ("journeys", [("funnelStep", "a")], "funnelStep"),
    ("journeys", [("funnelStep", "a"), ("funnelStep", "b"), ("funnelStopped", "3")], "funnelStopped"),
    ("journeys", [*[("funnelStep", "a")] * 2, ("funnelStopped", "1"), ("funnelReached", "1")], "funnelStopped"),
    ("funnel", [], "step"),
    ("funnel", [("step", "a")], "step"),
    ("funnel", [("step", "a")] * 11, "step"),
    ("funnel", [("step", "a"), ("step", "b"), ("within", "-1")], "within"),
    ("funnel", [("step", "a"), ("step", "b"), ("groupBy", "session_id")], "groupBy"),
    ("funnel", [("step", "a"), ("step", "b"), ("groupBy", "metadata.")], "groupBy"),
]


@pytest.mark.parametrize(("route", "pairs", "word"), WRONG)
def test_what_cannot_be_asked_is_an_error_that_names_the_parameter(
    route: str, pairs: Pairs, word: str, database: Database
) -> None:
    with pytest.raises(BadRequest, match=f"'{word}'"):
        {"journeys": journeys.journeys, "funnel": journeys.funnel}[route](database, 1, pairs, NO_GOALS)
