"""Goals and completion over random sessions are what a plain program says of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from threadline_server.errors import BadRequest, NotFound
from threadline_server.model import Goal
from threadline_server.query import analytics, goals, sessions
from threadline_server.query.goal_conditions import Goals, goals_at
from threadline_server.query.parameters import Pairs
from threadline_server.query.present import moment
from threadline_server.store.database import Database

from . import made_sessions as made
from .made_sessions import NOW_MS, Session, Turn, stored

PROPERTY = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
NOTHING = {"reached": 0, "closed": 0, "open": 0, "rate": None}

PAIRS = st.dictionaries(st.sampled_from(made.KEYS), st.sampled_from(made.VALUES), min_size=1, max_size=2)
TURN_CONDITIONS = (
    st.sampled_from(made.TAGS).map(lambda tag: {"tag": tag})
    | st.sampled_from([name for name in made.NAMES if name]).map(lambda name: {"traceName": name})
    | PAIRS.map(lambda pairs: {"metadata": pairs})
)
MIDDLE = TURN_CONDITIONS | st.sampled_from(made.OUTCOMES).map(lambda outcome: {"outcome": outcome})
BOUNDS = st.sampled_from([{"min": 0.5}, {"max": 0.5}, {"min": 0, "max": 0.75}, {"min": 0.5, "label": "good"}])
LABELS = st.sampled_from(made.LABELS).map(lambda label: {"label": label})
SCORES = st.builds(lambda name, how: {"score": {"name": name, **how}}, st.sampled_from(made.JUDGED), BOUNDS | LABELS)
ANY = MIDDLE | st.just({"errorFree": True}) | SCORES
SEQUENCES = st.builds(lambda first, last: {"sequence": [*first, last]}, st.lists(MIDDLE, min_size=1, max_size=3), ANY)
DEFINITIONS = st.lists(ANY | SEQUENCES, max_size=4)


def defined(whens: Sequence[Mapping[str, Any]]) -> list[Goal]:
    return [Goal(number, f"goal '{number}", when, 0, 0) for number, when in enumerate(whens)]


def asked(whens: Sequence[Mapping[str, Any]]) -> Goals:
    return goals_at(defined(whens), NOW_MS)


def same(told: Any, wanted: Any) -> bool:
    """The rule of the filter ``metadata.<key>``: a text matches what is written like it."""
    text = wanted if isinstance(wanted, str) else orjson.dumps(wanted).decode()
    return orjson.dumps(told).decode() in {text, orjson.dumps(text).decode()}


def has_all(metadata: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    return all(key in metadata and same(metadata[key], value) for key, value in wanted.items())


def fits(turn: Turn, when: Mapping[str, Any]) -> bool:
    kind, value = next(iter(when.items()))
    return {
        "tag": lambda: value in turn.tags,
        "traceName": lambda: turn.name == value,
        "metadata": lambda: has_all(turn.metadata, value),
    }[kind]()


def is_judged(session: Session, wanted: Mapping[str, Any]) -> bool:
    mean, labels = session.scores.get(wanted["name"], (None, ()))
    in_bounds = all(
        mean is not None and (mean >= bound if key == "min" else mean <= bound)
        for key, bound in wanted.items()
        if key in ("min", "max")
    )
    return in_bounds and ("label" not in wanted or wanted["label"] in labels) and wanted["name"] in session.scores


def ends(session: Session, conditions: Sequence[Mapping[str, Any]], after: int) -> Iterator[int]:
    """After how many turns the conditions may all have come true, one after the other, by every way there is."""
    when, *rest = conditions
    if when.get("errorFree"):
        over = not session.is_active and not any(turn.failed for turn in session.turns)
        places = [len(session.turns)] if over else []
    elif "score" in when:
        places = [after] if is_judged(session, when["score"]) else []
    elif "outcome" in when:
        turns = max(1, sum(turn.start_ms <= session.outcome_ms for turn in session.turns))
        places = [turns] if session.outcome == when["outcome"] and turns >= after else []
    else:
        places = [place for place, turn in enumerate(session.turns, 1) if place > after and fits(turn, when)]
    for place in places:
        if rest:
            yield from ends(session, rest, place)
        else:
            yield place


def expected(session: Session, goal: Goal) -> dict[str, Any]:
    """One goal of ``GET /sessions/{id}/goals``."""
    conditions = goal.when.get("sequence", [goal.when])
    is_score = "score" in conditions[0]
    place = None if is_score else min(ends(session, conditions, 0), default=None)
    anywhere = len(conditions) == 1 and (
        ("tag" in goal.when and goal.when["tag"] in session.tags)
        or ("metadata" in goal.when and has_all(session.metadata, goal.when["metadata"]))
        or (is_score and is_judged(session, goal.when["score"]))
    )
    result = dict.fromkeys(("reachedAt", "turns", "duration", "totalTokens", "totalCost"))
    if place is None:
        state = "reached" if anywhere else "open" if session.is_active else "notReached"
        return {"goal": goal.name, "state": state, **result}
    until = {"outcome": session.outcome_ms, "errorFree": session.end_ms}
    at = until.get(next(iter(conditions[-1])), session.turns[place - 1].end_ms)
    return {
        "goal": goal.name, "state": "reached", "reachedAt": moment(at), "turns": place,
        "duration": max(0, at - session.start_ms), "totalTokens": sum(turn.tokens for turn in session.turns[:place]),
        "totalCost": float(sum((turn.cost for turn in session.turns[:place]), Decimal(0))),
    }  # fmt: skip


def counted(states: Sequence[str]) -> dict[str, Any]:
    reached, still_open = states.count("reached"), states.count("open")
    closed = len(states) - still_open
    return {"reached": reached, "closed": closed, "open": still_open, "rate": reached / closed if closed else None}


def completion(database: Database, project_id: int, pairs: Pairs, mine: Goals) -> dict[str, Any]:
    return analytics.over_sessions(database, project_id, pairs, mine)["completion"]


def states_of(goal: Goal, chosen: Sequence[Session]) -> list[str]:
    return [expected(session, goal)["state"] for session in chosen]


@PROPERTY
@given(chosen=made.sessions(), whens=DEFINITIONS)
def test_a_session_has_reached_what_a_plain_program_says(
    chosen: list[Session], whens: list[dict[str, Any]], database: Database
) -> None:
    project_id, mine = stored(database, chosen), asked(whens)

    told = {one.id: goals.of_session(database, project_id, one.id, mine)["data"] for one in chosen}

    assert told == {one.id: [expected(one, goal) for goal in defined(whens)] for one in chosen}
    listed = sessions.list_sessions(database, project_id, [], mine)["data"]
    assert {one["id"]: one["goals"] for one in listed} == {
        session_id: [goal["goal"] for goal in results if goal["state"] == "reached"]
        for session_id, results in told.items()
    }


@PROPERTY
@given(chosen=made.sessions(), whens=DEFINITIONS, some=st.data())
def test_the_filter_chooses_the_sessions_that_reached_every_goal_it_names(
    chosen: list[Session], whens: list[dict[str, Any]], some: st.DataObject, database: Database
) -> None:
    project_id, mine = stored(database, chosen), asked(whens)
    named = some.draw(st.lists(st.sampled_from(defined(whens)), max_size=2)) if whens else []

    listed = sessions.list_sessions(database, project_id, [("goal", goal.name) for goal in named], mine)["data"]

    assert {one["id"] for one in listed} == {
        one.id for one in chosen if all(expected(one, goal)["state"] == "reached" for goal in named)
    }


@PROPERTY
@given(chosen=made.sessions(), whens=DEFINITIONS, user=st.sampled_from([None, "u", "nobody"]))
def test_completion_leaves_open_sessions_out_of_the_rate(
    chosen: list[Session], whens: list[dict[str, Any]], user: str | None, database: Database
) -> None:
    project_id, mine = stored(database, chosen), asked(whens)
    pairs = [("userId", user)] if user else []
    shown = [one for one in chosen if user is None or one.user == user]

    told = goals.over_goals(database, project_id, pairs, mine)["goals"]
    one_by_one = [completion(database, project_id, [*pairs, ("completionGoal", g.name)], mine) for g in defined(whens)]
    by_filter = [completion(database, project_id, [*pairs, ("goal", g.name)], mine) for g in defined(whens)]
    any_goal = completion(database, project_id, pairs, mine)

    wanted = [counted(states_of(goal, shown)) for goal in defined(whens)]
    assert [{name: one[name] for name in NOTHING} for one in told] == wanted == one_by_one == by_filter
    assert [one["turns"]["p50"] for one in told] == [
        percentile([place for one in shown if (place := expected(one, goal)["turns"]) is not None])
        for goal in defined(whens)
    ]
    best = [min((state for state in states), key=["reached", "open", "notReached"].index)
            for states in zip(*(states_of(goal, shown) for goal in defined(whens)), strict=True)]  # fmt: skip
    assert any_goal == (counted(best) if whens else NOTHING)


def percentile(values: list[int]) -> float | None:
    """The median, linear between the two in the middle."""
    ordered = sorted(values)
    half = len(ordered) // 2
    return (
        None if not ordered else float(ordered[half]) if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2
    )


TURN = Turn("a", NOW_MS - made.IDLE_MS, NOW_MS - made.IDLE_MS)


@pytest.mark.parametrize(("later_ms", "state"), [(0, "notReached"), (1, "open")])
def test_a_session_is_open_until_it_has_been_idle_for_the_idle_time(
    later_ms: int, state: str, database: Database
) -> None:
    turn = Turn("a", TURN.start_ms, TURN.end_ms + later_ms)
    project_id = stored(database, [Session("s", (turn,))])

    assert goals.of_session(database, project_id, "s", asked([{"tag": "x"}]))["data"][0]["state"] == state


def test_a_goal_with_a_filter_on_another_goal_is_completed_among_those_that_reached_the_other(
    database: Database,
) -> None:
    turns = {"s-1": ("a",), "s-2": ("a", "b"), "s-3": ("b",)}
    project_id = stored(
        database, [Session(name, tuple(Turn(step, 0, 0) for step in steps)) for name, steps in turns.items()]
    )
    mine = asked([{"traceName": "a"}, {"traceName": "b"}])

    pairs = [("goal", "goal '0"), ("completionGoal", "goal '1")]
    assert completion(database, project_id, pairs, mine) == {"reached": 1, "closed": 2, "open": 0, "rate": 0.5}


def test_a_goal_that_is_not_defined_is_an_error_that_names_those_that_are(database: Database) -> None:
    with pytest.raises(BadRequest) as told:
        sessions.list_sessions(database, 1, [("goal", "checkuot")], asked([{"tag": "x"}]))

    assert ("checkuot" in told.value.message, told.value.hint) == (True, "Its goals: goal '0.")


def test_the_goals_of_a_session_that_is_not_there_are_not_found(database: Database) -> None:
    with pytest.raises(NotFound):
        goals.of_session(database, 1, "none", asked([{"tag": "x"}]))
