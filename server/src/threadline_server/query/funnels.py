"""Funnels: of the sessions that take a first step, how many take a second one later, a third, and in what time.

A session's time to a step is the shortest in which the steps up to it occur in order, each in a later turn than the one before,
from the beginning of the first turn to that of the last; it reaches the step when that is within the limit. So a session
converts if any of its attempts does, and a wider limit never changes the time of a session that converted before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from threadline_server.errors import BadRequest
from threadline_server.query import parameters
from threadline_server.query.filters import Choice
from threadline_server.query.parameters import MAX_INTEGER, Pairs
from threadline_server.store.queries import Fragment

LEAST_STEPS: Final = 2
MOST_STEPS: Final = 10
NEVER_MS: Final = MAX_INTEGER
NO_LIMIT_MS: Final = NEVER_MS - 1
_NOWHERE: Final = 2**32 - 1
"""What the engine makes of one less than no place: later than every turn."""
REPEATABLE: Final = ("funnelStep",)
FILTER_PARAMETERS: Final = ("funnelStep", "funnelWithin", "funnelReached", "funnelStopped")

_BY_TAG: Final = "tag:"
_BY_NAME: Final = "name:"


class Step(msgspec.Struct, frozen=True):
    """A turn takes the step if it has this name, or this tag."""

    text: str
    is_tag: bool


class Funnel(msgspec.Struct, frozen=True):
    """Steps in order, as an expression over a session's row.

    ``walked`` is a pair of arrays: the shortest time to each step, and of the attempt that took it the time since the step
    before; ms, ``NEVER_MS`` for a step that is not reached at all.
    """

    walked: Fragment
    enters: Fragment
    """A condition that sessions without the first step do not meet."""
    values: Mapping[str, Any]


def read_steps(name: str, texts: Sequence[str]) -> list[Step]:
    """Steps as parameters spell them: ``tag:<tag>``, ``name:<trace name>``, or just the trace name. Raises ``BadRequest``."""
    if not LEAST_STEPS <= len(texts) <= MOST_STEPS:
        raise BadRequest(
            f"cannot use {name!r}: it is given {len(texts)} times, not {LEAST_STEPS} to {MOST_STEPS}",
            hint=f"Give one for each step, in order, such as {name}=search&{name}=tag:conversion.",
        )
    return [
        Step(text.removeprefix(_BY_TAG), is_tag=True)
        if text.startswith(_BY_TAG)
        else Step(text.removeprefix(_BY_NAME), is_tag=False)
        for text in texts
    ]


def funnel(steps: Sequence[Step], prefix: str) -> Funnel:
    """``prefix`` tells its values and aliases from another funnel's in the same statement."""
    return Funnel(
        _walked(prefix, steps),
        _take(prefix, steps[:1]),
        {f"{prefix}_step_{place}": step.text for place, step in enumerate(steps)},
    )


def choose(pairs: Pairs) -> Choice:
    """The filter of sessions by how far they come in a funnel."""
    texts = [value for name, value in pairs if name == "funnelStep"]
    if not texts:
        for name in FILTER_PARAMETERS[1:]:
            if parameters.one(pairs, name) is not None:
                raise BadRequest(f"cannot use {name!r}: it needs the steps of the funnel", hint="Give funnelStep.")
        return Choice(Fragment(""), {})
    steps = read_steps("funnelStep", texts)
    asked = funnel(steps, "filter")
    reached, stopped = (parameters.one(pairs, name) for name in ("funnelReached", "funnelStopped"))
    if reached is not None and stopped is not None:
        raise BadRequest("cannot use 'funnelReached' with 'funnelStopped'", hint="Give one of them.")
    compare, name, step = (">=", "funnelReached", reached) if stopped is None else ("=", "funnelStopped", stopped)
    values = {"filter_reached": parameters.whole(name, step or str(len(texts)), 1, len(texts))}
    limit = parameters.one(pairs, "funnelWithin")
    if limit is None:
        count = f"arrayCount(place -> place != {_NOWHERE}, {_places('filter', steps)})"
    else:
        values["filter_within_ms"] = within_ms("funnelWithin", limit)
        count = f"arrayCount(took -> took <= {{filter_within_ms:Int64}}, ({asked.walked}).1)"
    taken = _take("filter", steps[: values["filter_reached"]])
    return Choice(Fragment(f"{taken} AND {count} {compare} {{filter_reached:UInt64}}"), {**asked.values, **values})


def _take(prefix: str, steps: Sequence[Step]) -> Fragment:
    """Whether a session takes each of the steps, in whatever order: quickly told, and true of all that reach the last of them."""
    columns = ["tags" if step.is_tag else "step_names" for step in steps]
    return Fragment(
        "".join(f" AND has({column}, {{{prefix}_step_{place}:String}})" for place, column in enumerate(columns))
    )


def _places(prefix: str, steps: Sequence[Step]) -> Fragment:
    """The first turn in which each step can be taken after those before it, counted from 0; ``_NOWHERE`` for a step that is not reached.

    Without a limit of time that tells who reaches it, at a third of what the shortest times cost. A place names the one before it
    once only: what is named is planned anew each time, so a second time would double the whole with every step.
    """
    places = []
    for number, step in enumerate(steps):
        takes = f"{'has(turn, ' if step.is_tag else '(turn = '}{{{prefix}_step_{number}:String}})"
        column = "step_tags" if step.is_tag else "step_names"
        if number == 0:
            found = f"arrayFirstIndex(turn -> {takes}, {column})"
        else:
            later = f"at > {prefix}_place_{number - 1} + 1"
            found = f"arrayFirstIndex((turn, at) -> {later} AND {takes}, {column}, arrayEnumerate({column}))"
        places.append(f"(toUInt32({found} - 1) AS {prefix}_place_{number})")
    return Fragment(f"[{', '.join(places)}]")


def within_ms(name: str, text: str | None) -> int:
    """A limit of time, or none."""
    return NO_LIMIT_MS if text is None else parameters.whole(name, text, 0, NO_LIMIT_MS)


def _walked(prefix: str, steps: Sequence[Step]) -> Fragment:
    """One pass over the turns for each step, however often they repeat.

    ``codes`` has a bit for each step that a turn takes, ``at`` when the turn began, from 1 ms on; both are of the turns that take
    any. A state of the fold is, for each of these that takes the present step, the latest beginning from which it can be
    reached (0 for the others), and the two arrays so far. So what the next step looks back to is the nearest turn before
    it whose entry is not 0: it has the latest beginning of all.
    """
    codes, at, entered = f"{prefix}_codes", f"{prefix}_at", f"{prefix}_entered"
    began = "arrayMap(since -> since + 1, arrayCumSum(arrayDifference(step_start_ms)))"
    begun = f"(arrayMap((code, since) -> if(bitTest(code, step), since, 0), {codes}, {_before('walked.1')}) AS begun)"
    took = f"(arrayMap((time, since) -> if(since = 0, {NEVER_MS}, time - since), {at}, begun) AS took)"
    last = _before(f"arrayMap((time, since) -> if(since = 0, 0, time), {at}, walked.1)")
    return Fragment(
        f"((arrayFold((walked, step) ->"
        f" ({begun}, arrayPushBack(walked.2, (if(empty({took}), {NEVER_MS}, arrayMin(took)) AS least)),"
        f" arrayPushBack(walked.3, {at}[indexOf(took, least)] - {last}[indexOf(took, least)])),"
        f" {list(range(1, len(steps)))},"
        f" ((arrayMap((code, time) -> if(bitTest(code, 0), time, 0),"
        f" (arrayFilter(code -> code != 0, ({_codes(prefix, steps)} AS {codes}_of_all)) AS {codes}),"
        f" (arrayFilter((time, code) -> code != 0, {began}, {codes}_of_all) AS {at})) AS {entered}),"
        f" [if(arrayMax({entered}) = 0, toInt64({NEVER_MS}), toInt64(0))], [toInt64(0)]))"
        f" AS {prefix}_walked).2, {prefix}_walked.3)"
    )


def _codes(prefix: str, steps: Sequence[Step]) -> str:
    """Which of the steps each turn takes, as bits."""
    bits = " + ".join(
        f"{2**place} * {'has(told, ' if step.is_tag else '(name = '}{{{prefix}_step_{place}:String}})"
        for place, step in enumerate(steps)
    )
    columns = {"told": "step_tags"} if any(step.is_tag for step in steps) else {}
    columns |= {} if all(step.is_tag for step in steps) else {"name": "step_names"}
    return f"arrayMap(({', '.join(columns)}) -> toUInt16({bits}), {', '.join(columns.values())})"


def _before(found: str) -> str:
    """For each turn the nearest entry before it that is not 0."""
    return f"arrayPopBack(arrayPushFront(arrayFill(entry -> entry != 0, {found}), toInt64(0)))"
