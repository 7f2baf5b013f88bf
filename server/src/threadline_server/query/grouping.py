"""``groupBy`` of the analytics: which groups a session stands in.

A session of two users, models or tags stands in both groups, so these overlap; every session stands in one group at least,
that of the empty key where it tells nothing. The groups that are not shown are counted together, each session once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
import orjson

from threadline_server.errors import BadRequest
from threadline_server.query import filters, parameters
from threadline_server.query.goal_conditions import Goals
from threadline_server.query.parameters import Pairs
from threadline_server.store.database import Row
from threadline_server.store.queries import Fragment

MOST: Final = 100
USUAL: Final = 20
OTHER: Final = 0
"""The place of all groups that are not shown; those that are have places from 1 on."""
ALL: Final = 2**16 - 1
"""The place of all chosen sessions, each once."""

_IS_UNNAMED: Final = Fragment(
    "(empty(model_generations) OR generation_count > arraySum(mapValues(model_generations))"
    " OR total_tokens > arraySum(mapValues(model_total_tokens)) OR cost > arraySum(mapValues(model_cost)))"
)
_UNNAMED: Final = f"toUInt8({_IS_UNNAMED})"


def _models(unnamed: str) -> str:
    return f"arrayConcat(mapKeys(model_generations), arrayWithConstant({unnamed}, ''))"


MODELS: Final = Fragment(_models(_UNNAMED))
"""The empty one, always the last, is of calls that name no model."""
KEYS: Final[Mapping[str, Fragment]] = {
    "model": MODELS,
    "user": Fragment("if(empty(user_ids), [''], user_ids)"),
    "tag": Fragment("if(empty(tags), [''], tags)"),
    "environment": Fragment("[toString(environment)]"),
    "release": Fragment("[toString(release)]"),
}
METADATA: Final = Fragment("[if(metadata[{group_key:String}] = 'null', '', metadata[{group_key:String}])]")
_OWN: Final = {
    "generation_count": "model_generations",
    "prompt_tokens": "model_prompt_tokens",
    "completion_tokens": "model_completion_tokens",
    "total_tokens": "model_total_tokens",
    "cost": "model_cost",
}
"""What a model has a part of, and whose part it is."""


def place(key: str) -> str:
    """The place of a key among those that are shown."""
    return f"transform({key}, {{shown:Array(String)}}, {{shown_places:Array(UInt16)}}, toUInt16({OTHER}))"


def owns(whole: str, unnamed: str = _UNNAMED) -> str:
    """What each model used of a session's ``whole``, in the order of ``MODELS``."""
    of_model, kind = _OWN[whole], "Decimal(38, 12)" if whole == "cost" else "UInt64"
    others = f"CAST({whole} - arraySum(mapValues({of_model})), '{kind}')"
    looked_up = f"arrayMap(key -> CAST({of_model}[key], '{kind}'), mapKeys(model_generations))"
    # Every model of a map is one of model_generations (trace_rows adds it there whatever it adds elsewhere, zeros kept, and keys are in
    # order): where both have as many, as nearly always, nothing has to be looked up; then the engine does not look.
    named = f"if(length({of_model}) = length(model_generations), mapValues({of_model}), {looked_up})"
    return f"arrayConcat({named}, arrayWithConstant({unnamed}, {others}))"


def _places(keys: str) -> str:
    return f"arrayMap(key -> {place('key')}, {keys})"


def whole_entries(keys: str) -> Fragment:
    """The place of each group in which a session stands, with all of the session."""
    return Fragment(f"arrayPushFront(arrayDistinct({_places(keys)}), toUInt16({ALL}))")


_OF_ALL: Final = f"(toUInt16({ALL}), {', '.join(_OWN)})"
_OF_MODELS: Final = f"arrayZip({_places(_models('unnamed'))}, {', '.join(owns(whole, 'unnamed') for whole in _OWN)})"
"""``unnamed`` is 1 where ``_IS_UNNAMED``."""
MODEL_ENTRIES: Final = Fragment(f"arrayPushFront({_OF_MODELS}, {_OF_ALL})")
"""Of each model its place and what its own calls used; before them, all of the session."""
MERGED_MODEL_ENTRIES: Final = Fragment(
    "arrayPushFront(arrayMap(target -> (target, "
    + ", ".join(
        f"arraySum(entry -> if(entry.1 = target, entry.{number}, CAST(0, '{'Decimal(38, 12)' if whole == 'cost' else 'UInt64'}')), entries)"
        for number, whole in enumerate(_OWN, start=2)
    )
    + f"), arrayDistinct(({_OF_MODELS} AS entries).1)), {_OF_ALL})"
)
"""The same, where models that are not shown share a place: what they used together."""
OWN_OF_ENTRIES: Final = Fragment(
    ", ".join(
        f"entry.{number} AS {name}"
        for number, name in enumerate(["place", *(f"own_{whole}" for whole in _OWN)], start=1)
    )
    + f", if(place = {ALL}, unpriced_models, []) AS own_unpriced_models"
)
"""What an entry holds, where it is more than a place. Which models have no price is told with all: ``own_unpriced``."""


class Grouping(msgspec.Struct, frozen=True):
    """What a query string asks to group by; ``values`` are those that its keys bind."""

    name: str
    keys: Fragment
    values: Mapping[str, Any]
    limit: int
    known: tuple[str, ...] = ()
    """All keys that there may be, where that is known before anything is read."""

    @property
    def is_of_metadata(self) -> bool:
        return self.name.startswith(filters.METADATA)

    def slots(self, *, is_cut: bool) -> dict[str, Fragment]:
        """What fills the slots for the groups in which a session stands; ``is_cut`` where groups are not shown."""
        if self.name == "model":
            entries = MERGED_MODEL_ENTRIES if is_cut else MODEL_ENTRIES
            return {"entries": entries, "own": OWN_OF_ENTRIES, "is_unnamed": _IS_UNNAMED}
        return {"entries": whole_entries(self.keys)}

    def own_unpriced(self, rows: Mapping[int, Row], shown: Sequence[str], unpriced: Sequence[str]) -> dict[int, Row]:
        """The figures of each place with the models that have no price there; of a group of one model, itself if it is one.

        ``unpriced`` are those of all chosen sessions.
        """
        if self.name != "model":
            return dict(rows)
        own = {ALL: list(unpriced), OTHER: [model for model in unpriced if model not in shown]}
        own |= {place: [text] if text in unpriced else [] for place, text in enumerate(shown, start=1)}
        return {place: {**row, "all_unpriced_models": own[place]} for place, row in rows.items()}

    def key(self, text: str) -> Any:
        """A group's key as it is told: None for what tells nothing, of metadata its value."""
        if text and self.is_of_metadata:
            return orjson.loads(text)
        return text or None


def read(pairs: Pairs, keys: Mapping[str, Fragment], usual: str | None = None) -> Grouping | None:
    """``groupBy``, one of ``keys``, and ``groupLimit``; None where nothing is grouped. Raises ``BadRequest``."""
    limit = parameters.whole("groupLimit", parameters.one(pairs, "groupLimit") or str(USUAL), 1, MOST)
    name = parameters.one(pairs, "groupBy") or usual
    if name is None:
        return None
    if name.startswith(filters.METADATA) and name != filters.METADATA:
        return Grouping(name, METADATA, {"group_key": name.removeprefix(filters.METADATA)}, limit)
    if name not in keys:
        raise BadRequest(
            f"cannot read 'groupBy': {name[:40]!r} is unknown", hint=f"Valid: {', '.join(keys)}, metadata.<key>."
        )
    return Grouping(name, keys[name], {}, limit)


def of_sessions(pairs: Pairs, goals: Goals) -> Grouping | None:
    """``groupBy`` where whole sessions are grouped, by the goals that they reached, too. Raises ``BadRequest``."""
    reached = f"arrayFilter((name, did) -> did, {{goal_names:Array(String)}}, {goals.reached})"
    group = read(pairs, {**KEYS, "goal": Fragment(f"if(empty({reached}), [''], {reached})")})
    if group is None or group.name != "goal":
        return group
    names = [test.goal.name for test in goals.tests]
    return msgspec.structs.replace(group, values={"goal_names": names, **goals.values}, known=(*names, ""))


def places(shown: Sequence[str]) -> dict[str, Any]:
    """What turns a key into a place."""
    return {"shown": list(shown), "shown_places": list(range(1, len(shown) + 1))}
