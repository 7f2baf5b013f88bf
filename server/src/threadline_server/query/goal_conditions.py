"""Goal definitions as SQL over a session's row: whether it is reached, and after how many turns.

A place is a number of turns, 1 or more: a condition comes true at a place after that of the condition before it. 0 is for
what did not come true, ``PLACELESS`` for what was said of the session as a whole, at no known moment. Every text below is
ours; what a goal's author wrote is bound.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
import orjson

from threadline_server.errors import BadRequest
from threadline_server.model import Goal
from threadline_server.query.goal_definitions import (
    Condition,
    Definition,
    ErrorFree,
    Metadata,
    Outcome,
    Score,
    Tag,
    TraceName,
    Value,
    read,
)
from threadline_server.store.database import Row
from threadline_server.store.queries import Fragment, piece
from threadline_server.store.rollup import IDLE_MS

PLACELESS: Final = -1
_AFTER_ALL: Final = 2**32
"""Where a condition is looked for after one that did not come true."""
_END: Final = "toUnixTimestamp64Milli(end_time)"
ACTIVE: Final = Fragment(f"(ended_ms = 0 AND {_END} > {{idle_since_ms:Int64}})")
"""Something happened less than the idle time ago, and its caller has not ended it."""
STATUS: Final = Fragment(f"multiIf(ended_ms != 0, 'ended', {ACTIVE}, 'active', 'idle')")
ACTIVE_MS: Final = piece("active_ms")
"""A session's duration without the pauses longer than the idle time."""
SEGMENTS: Final = Fragment("toUInt32(1 + arrayCount(pause -> pause > {idle_ms:Int64}, pauses_ms))")


class GoalTest(msgspec.Struct, frozen=True):
    """One goal as expressions over a row of ``sessions``."""

    goal: Goal
    reached: Fragment
    """Bool; cheaper than the place."""
    place: Fragment
    """Int64."""
    moment: str
    """What happens at the place: ``turn``, ``outcome`` or ``end``."""


class Goals(msgspec.Struct, frozen=True):
    """A project's goals and idle time as of a moment; ``values`` are those that their expressions and the four above bind."""

    tests: tuple[GoalTest, ...]
    values: Mapping[str, Any]
    now_ms: int

    @property
    def idle_ms(self) -> int:
        """The project's idle time."""
        idle_ms: int = self.values["idle_ms"]
        return idle_ms

    @property
    def names(self) -> list[str]:
        return [test.goal.name for test in self.tests]

    def named(self, name: str) -> GoalTest:
        """Raises ``BadRequest``."""
        for test in self.tests:
            if test.goal.name == name:
                return test
        names = ", ".join(self.names)
        raise BadRequest(
            f"cannot use goal {name[:80]!r}: this project has none of this name",
            hint=f"Its goals: {names}." if names else "Define it with POST /observability/goals.",
        )

    @property
    def idle(self) -> dict[str, int]:
        """What ``ACTIVE``, ``STATUS``, ``ACTIVE_MS`` and ``SEGMENTS`` bind."""
        return {name: self.values[name] for name in ("idle_ms", "idle_since_ms")}

    def reached_by(self, row: Row) -> list[str]:
        """Names of the goals that a row reached, which was asked for with ``reached``."""
        did = row["goals_reached"]
        return [test.goal.name for test, reached in zip(self.tests, did, strict=True) if reached]

    @property
    def reached(self) -> Fragment:
        """An array with an entry for each goal."""
        return Fragment(f"CAST([{', '.join(test.reached for test in self.tests)}], 'Array(Bool)')")

    @property
    def places(self) -> Fragment:
        """An array with an entry for each goal."""
        return Fragment(f"CAST([{', '.join(test.place for test in self.tests)}], 'Array(Int64)')")

    @property
    def moments(self) -> list[str]:
        return [test.moment for test in self.tests]


NO_GOALS: Final = Goals((), {"idle_ms": IDLE_MS, "idle_since_ms": 0}, 0)


def goals_at(defined: Sequence[Goal], now_ms: int, *, idle_ms: int = IDLE_MS) -> Goals:
    """Goals to be asked for at ``now_ms``; a session is active until it has been idle for ``idle_ms``."""
    values: dict[str, Any] = {"idle_ms": idle_ms, "idle_since_ms": now_ms - idle_ms}
    tests = tuple(_test(goal, f"goal_{index}", values) for index, goal in enumerate(defined))
    return Goals(tests, values, now_ms)


def _test(goal: Goal, name: str, values: dict[str, Any]) -> GoalTest:
    definition = read(goal.when)
    for number, condition in enumerate(definition):
        values |= _values(condition, f"{name}_{number}")
    place = _place_of(definition, name)
    reached = _REACHED[type(definition[0])](f"{name}_0", definition[0]) if len(definition) == 1 else f"({place}) != 0"
    return GoalTest(goal, Fragment(reached), Fragment(place), _MOMENTS.get(type(definition[-1]), "turn"))


def _place_of(definition: Definition, name: str) -> str:
    """The place of a whole definition.

    A condition of a sequence holds the place of the one before it once only: what is written twice is planned twice, and so would
    double with every condition. What did not come true is put after every turn by counting one back, around 0.
    """
    if len(definition) == 1 and isinstance(definition[0], Score):
        return f"if({_judged(definition[0], f'{name}_0')}, {PLACELESS}, 0)"
    if len(definition) == 1 and isinstance(definition[0], Tag | Metadata):
        anywhere = _of_session(definition[0], f"{name}_0")
        turn = f"({_turn(definition[0], f'{name}_0', '0')} AS {name}_turn)"
        return f"if({turn} = 0 AND {anywhere}, {PLACELESS}, {name}_turn)"
    place = _place(definition[0], f"{name}_0", "0")
    for number, condition in enumerate(definition[1:], start=1):
        place = _place(condition, f"{name}_{number}", f"(toUInt32({place} - 1) + 1)")
    return place


def _place(condition: Condition, name: str, after: str) -> str:
    """The place of one condition, later than ``after`` turns."""
    if isinstance(condition, Outcome):
        turns = f"(greatest(1, toInt64(arrayCount(began -> began <= outcome_ms, step_start_ms))) AS {name}_turns)"
        return f"if(outcome = {{{name}:String}} AND {turns} >= {after}, {name}_turns, 0)"
    if isinstance(condition, ErrorFree):
        return f"if(error_count = 0 AND NOT {ACTIVE} AND trace_count >= {after}, toInt64(trace_count), 0)"
    if isinstance(condition, Score):
        return f"toInt64(if({_judged(condition, name)}, {after}, 0) % {_AFTER_ALL})"
    return _turn(condition, name, after)


def _turn(condition: Tag | TraceName | Metadata, name: str, after: str) -> str:
    """The first turn after ``after`` turns that fits."""
    column, fits = _of_turn(condition, name)
    if after == "0":
        return f"toInt64(arrayFirstIndex(step -> {fits}, {column}))"
    later = f"(step, place) -> place > {after} AND {fits}"
    return f"toInt64(arrayFirstIndex({later}, {column}, arrayEnumerate({column})))"


def _of_turn(condition: Tag | TraceName | Metadata, name: str) -> tuple[str, str]:
    """The column with an entry for each turn, and whether the entry ``step`` fits."""
    if isinstance(condition, Tag):
        return "step_tags", f"has(step, {{{name}:String}})"
    if isinstance(condition, TraceName):
        return "step_names", f"step = {{{name}:String}}"
    return "step_metadata", _has_pairs("step", condition, name)


def _of_session(condition: Tag | Metadata, name: str) -> str:
    if isinstance(condition, Tag):
        return f"has(tags, {{{name}:String}})"
    return _has_pairs("metadata", condition, name)


def _has_pairs(column: str, condition: Metadata, name: str) -> str:
    texts = (
        f"has({{{name}_texts_{number}:Array(String)}}, {column}[{{{name}_key_{number}:String}}])"
        for number in range(len(condition.pairs))
    )
    return f"({' AND '.join(texts)})"


def _judged(condition: Score, name: str) -> str:
    """Whether the session's scores of this name are so."""
    key = f"{{{name}:String}}"
    tests = [f"mapContains(score_counts, {key})"]
    for bound, test in ((condition.least, "least:Float64} <="), (condition.most, "most:Float64} >=")):
        if bound is not None:
            tests.append(f"mapContains(score_means, {key}) AND {{{name}_{test} score_means[{key}]")
    if condition.label is not None:
        tests.append(f"has(score_labels[{key}], {{{name}_label:String}})")
    return f"({' AND '.join(tests)})"


def _values(condition: Condition, name: str) -> dict[str, Any]:
    match condition:
        case Tag(text) | TraceName(text) | Outcome(text):
            return {name: text}
        case Metadata(pairs):
            keys = {f"{name}_key_{number}": key for number, key in enumerate(pairs)}
            return keys | {f"{name}_texts_{number}": _texts(value) for number, value in enumerate(pairs.values())}
        case Score(score, least, most, label):
            said = {f"{name}_least": least, f"{name}_most": most, f"{name}_label": label}
            return {name: score} | {key: value for key, value in said.items() if value is not None}
        case ErrorFree():
            return {}


def _texts(value: Value) -> list[str]:
    """What the store may hold for a value, by the rule of the filter ``metadata.<key>``: ``3`` is also the text ``"3"``."""
    text = value if isinstance(value, str) else orjson.dumps(value).decode()
    return [stored for stored in (text, orjson.dumps(text).decode()) if stored]


_REACHED: Final[Mapping[type, Any]] = {
    # A session's tags hold those of its turns, while of its metadata the later turn's win.
    Tag: lambda name, _condition: f"has(tags, {{{name}:String}})",
    TraceName: lambda name, _condition: f"has(step_names, {{{name}:String}})",
    Metadata: lambda name, one: (
        f"({_has_pairs('metadata', one, name)} OR arrayExists(step -> {_has_pairs('step', one, name)}, step_metadata))"
    ),
    Outcome: lambda name, _condition: f"outcome = {{{name}:String}}",
    Score: lambda name, one: _judged(one, name),
    ErrorFree: lambda _name, _condition: f"(error_count = 0 AND NOT {ACTIVE})",
}
_MOMENTS: Final[Mapping[type, str]] = {Outcome: "outcome", ErrorFree: "end"}
