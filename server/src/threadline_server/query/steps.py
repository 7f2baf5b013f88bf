"""The steps of a session: what its turns are called, or what they are tagged with, in the order in which they began.

A turn is one step by its name; by its tags it is as many steps as it has tags, in their order, or none.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from threadline_server.errors import BadRequest
from threadline_server.query import parameters
from threadline_server.query.filters import Choice
from threadline_server.query.parameters import Pairs
from threadline_server.store.queries import Fragment

MAX_STEPS: Final = 20
REPEATABLE: Final = ("hasStep", "path")
FILTER_PARAMETERS: Final = (
    "hasStep",
    "fromStep",
    "toStep",
    "entryStep",
    "exitStep",
    "path",
    "pathContinues",
    "pathCollapsed",
    "stepBy",
)


class Steps(msgspec.Struct, frozen=True):
    """Two arrays of a session's row, with an entry for each step."""

    names: Fragment
    times_ms: Fragment
    """When each began."""


def _collapsed(steps: Steps) -> Steps:
    """Of steps of one name in a row only the first."""
    before = f"arrayPushFront(arrayPopBack({steps.names}), '')"
    differs = "(began, step, before, place) -> place = 1 OR step != before"
    return Steps(
        Fragment(f"arrayCompact({steps.names})"),
        Fragment(f"arrayFilter({differs}, {steps.times_ms}, {steps.names}, {before}, arrayEnumerate({steps.names}))"),
    )


_NAMES: Final = Steps(Fragment("step_names"), Fragment("step_start_ms"))
_TAGS: Final = Steps(
    Fragment("arrayFlatten(step_tags)"),
    Fragment(
        "arrayFlatten(arrayMap((began, tags_told) -> arrayWithConstant(length(tags_told), began), step_start_ms, step_tags))"
    ),
)
STEPS: Final[Mapping[tuple[str, bool], Steps]] = {
    ("name", False): _NAMES,
    ("name", True): _collapsed(_NAMES),
    ("tag", False): _TAGS,
    ("tag", True): _collapsed(_TAGS),
}
"""By what they are, and whether repeats count once."""
KINDS: Final = ("name", "tag")


def choose(pairs: Pairs) -> Choice:
    """The filters of sessions by their steps."""
    conditions: list[str] = []
    values: dict[str, Any] = {}
    kind = parameters.choice("stepBy", parameters.one(pairs, "stepBy") or "name", KINDS)
    names = STEPS[kind, False].names
    if has := _several(pairs, "hasStep"):
        conditions.append(f"hasAll({names}, {{hasStep:Array(String)}})")
        values["hasStep"] = has
    for parameter, place in (("entryStep", 1), ("exitStep", -1)):
        if (text := parameters.one(pairs, parameter)) is not None:
            conditions.append(f"notEmpty({names}) AND {names}[{place}] = {{{parameter}:String}}")
            values[parameter] = text
    if (pair := _transition(pairs)) is not None:
        conditions.append(f"hasSubstr({names}, {{transition:Array(String)}})")
        values["transition"] = pair
    if path := _several(pairs, "path"):
        conditions.append(_path(pairs, kind))
        values["path"] = path
    return Choice(Fragment("".join(f" AND {condition}" for condition in conditions)), values)


def _transition(pairs: Pairs) -> list[str] | None:
    ends = [parameters.one(pairs, name) for name in ("fromStep", "toStep")]
    if ends == [None, None]:
        return None
    if None in ends:
        raise BadRequest("cannot use one of 'fromStep' and 'toStep' without the other", hint="Give both.")
    return [end for end in ends if end is not None]


def _path(pairs: Pairs, kind: str) -> str:
    names = STEPS[kind, parameters.switch("pathCollapsed", parameters.one(pairs, "pathCollapsed") or "false")].names
    if parameters.switch("pathContinues", parameters.one(pairs, "pathContinues") or "false"):
        length = "length({path:Array(String)})"
        return f"arraySlice({names}, 1, {length}) = {{path:Array(String)}} AND length({names}) > {length}"
    return f"{names} = {{path:Array(String)}}"


def _several(pairs: Pairs, name: str) -> list[str]:
    found = [value for key, value in pairs if key == name]
    if len(found) > MAX_STEPS:
        raise BadRequest(f"cannot use {name!r}: it is given {len(found)} times, at most {MAX_STEPS}")
    return found
