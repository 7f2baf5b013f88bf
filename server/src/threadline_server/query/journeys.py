"""Journeys and funnels of the chosen sessions: how they go from step to step, and where they stop.

Both answers are bounded, whatever the data: a journey names the steps that most sessions take and counts the others together
(``null``); a funnel names the groups that most sessions are in.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

import orjson

from threadline_server.errors import BadRequest
from threadline_server.query import choosing, filters, funnels, parameters, present, steps
from threadline_server.query.goal_conditions import Goals
from threadline_server.query.parameters import Pairs
from threadline_server.store.database import Database, Row
from threadline_server.store.queries import Fragment

JOURNEY_PARAMETERS: Final = (*choosing.PARAMETERS, "by", "collapse", "nodes", "paths", "pathLength")
FUNNEL_PARAMETERS: Final = (*choosing.PARAMETERS, "step", "within", "groupBy")
REPEATABLE: Final = (*choosing.REPEATABLE, "step")
MOST_NODES: Final = 50
MOST_PATHS: Final = 50
MOST_GROUPS: Final = 50
_BEGINNING: Final = 62
_END: Final = 63
"""Places of the statement ``journey_transitions``."""

GROUPS: Final[Mapping[str, Fragment]] = {
    "user": Fragment("user_ids"),
    "model": Fragment("mapKeys(model_generations)"),
    "tag": Fragment("tags"),
    "environment": Fragment("[toString(environment)]"),
    "release": Fragment("[toString(release)]"),
}
_METADATA: Final = Fragment("[metadata[{group_key:String}]]")


def journeys(database: Database, project_id: int, pairs: Pairs, goals: Goals) -> dict[str, Any]:
    """``GET /analytics/journeys``."""
    parameters.check_known(pairs, JOURNEY_PARAMETERS, [filters.METADATA])
    kind = parameters.choice("by", parameters.one(pairs, "by") or "name", steps.KINDS)
    collapse = parameters.switch("collapse", parameters.one(pairs, "collapse") or "false")
    most, paths, length = (
        parameters.whole(name, parameters.one(pairs, name) or str(usual), least, limit)
        for name, usual, least, limit in (
            ("nodes", 20, 1, MOST_NODES),
            ("paths", 10, 0, MOST_PATHS),
            ("pathLength", 10, 1, steps.MAX_STEPS),
        )
    )
    chosen = choosing.choose(pairs, goals)
    values = {"project_id": project_id, **chosen.values}
    taken = steps.STEPS[kind, collapse]
    named = database.rows(
        "journey_steps", {**values, "limit": most}, where=chosen.where, steps=steps.STEPS[kind, False].names
    )
    names = [row["step"] for row in named]
    moves = database.rows(
        "journey_transitions",
        {**values, "named": names, "named_places": list(range(1, len(names) + 1))},
        where=chosen.where, steps=taken.names, times=taken.times_ms,
    ) if names else []  # fmt: skip
    found = database.rows(
        "journey_paths", {**values, "limit": paths, "path_length": length}, where=chosen.where, steps=taken.names
    ) if names and paths else []  # fmt: skip
    edges = [row for row in moves if row["before"] != _BEGINNING and row["after"] != _END]
    label = dict(enumerate([None, *names]))
    return {
        "from": present.bound(chosen.values.get("from")),
        "to": present.bound(chosen.values.get("to")),
        "by": kind,
        "collapse": collapse,
        "sessionCount": sum(row["transition_count"] for row in moves if row["before"] == _BEGINNING),
        "transitionCount": sum(row["transition_count"] for row in edges),
        "stepCount": named[0]["step_count"] if named else 0,
        "nodes": _nodes(moves, label),
        "edges": [
            {
                "from": label[row["before"]],
                "to": label[row["after"]],
                "transitionCount": row["transition_count"],
                "sessionCount": row["session_count"],
                "medianTime": row["median_ms"],
            }
            for row in edges
        ],
        "paths": [
            {"steps": row["path"], "continues": bool(row["continues"]), "sessionCount": row["session_count"]}
            for row in found
        ],
    }


def _nodes(moves: Sequence[Row], label: Mapping[int, str | None]) -> list[dict[str, Any]]:
    """The named steps, those of most sessions first, then all others as one."""
    sessions, visits, entries, exits = Counter[int](), Counter[int](), Counter[int](), Counter[int]()
    for row in moves:
        before, after, count = row["before"], row["after"], row["transition_count"]
        sessions[after] += row["first_visit_count"]
        visits[after] += count
        entries[after] += count if before == _BEGINNING else 0
        exits[before] += count if after == _END else 0
    return [
        {
            "step": label[place],
            "sessionCount": sessions[place],
            "visitCount": visits[place],
            "entryCount": entries[place],
            "exitCount": exits[place],
        }
        for place in [*(place for place in label if place), 0]
        if visits[place]
    ]


def funnel(database: Database, project_id: int, pairs: Pairs, goals: Goals) -> dict[str, Any]:
    """``GET /analytics/funnel``."""
    parameters.check_known(pairs, FUNNEL_PARAMETERS, [filters.METADATA])
    texts = [value for name, value in pairs if name == "step"]
    asked = funnels.funnel(funnels.read_steps("step", texts), "funnel")
    limit = parameters.one(pairs, "within")
    group = parameters.one(pairs, "groupBy")
    chosen = choosing.choose(pairs, goals)
    values = {"project_id": project_id, "within_ms": funnels.within_ms("within", limit), "limit": MOST_GROUPS + 1}
    keys = {} if group is None else {"keys": _keys(group, values)}
    rows = database.rows(
        "funnel",
        {**values, **chosen.values, **asked.values},
        where=filters.both(asked.enters, chosen.where), walked=asked.walked, **keys,
    )  # fmt: skip
    total, groups = (rows[0], rows[1:]) if rows else (None, [])
    return {
        "from": present.bound(chosen.values.get("from")),
        "to": present.bound(chosen.values.get("to")),
        "within": None if limit is None else values["within_ms"],
        **_figures(texts, total),
        "groupBy": group,
        "groups": [{"key": _key(group, row["key"]), **_figures(texts, row)} for row in groups],
    }


def _keys(group: str, values: dict[str, Any]) -> Fragment:
    """The groups that a session is in, one at least: the empty text is for what it does not tell."""
    if group.startswith(filters.METADATA) and group != filters.METADATA:
        values["group_key"] = group.removeprefix(filters.METADATA)
        keys = _METADATA
    elif group in GROUPS:
        keys = GROUPS[group]
    else:
        raise BadRequest(
            f"cannot read 'groupBy': {group[:40]!r} is unknown", hint=f"Valid: {', '.join(GROUPS)}, metadata.<key>."
        )
    return Fragment(f"if(empty({keys}), [''], {keys})")


def _key(group: str | None, text: str) -> Any:
    """Null for sessions that tell nothing; of metadata its value."""
    if text and group is not None and group.startswith(filters.METADATA):
        return orjson.loads(text)
    return text or None


def _figures(texts: Sequence[str], row: Row | None) -> dict[str, Any]:
    reached = row["session_counts"] if row else []
    reached += [0] * (len(texts) - len(reached))
    times, gaps = ([_levels(row, name, len(texts)) for name in ("time_levels", "gap_levels")]) if row else ([], [])
    nothing = {"p50": None, "p90": None}
    return {
        "sessionCount": reached[0],
        "convertedCount": reached[-1],
        "conversion": _share(reached[-1], reached[0]),
        "timeToConvert": times[-1] if times else nothing,
        "steps": [
            {
                "step": text,
                "sessionCount": count,
                "stoppedCount": count - following,
                "conversion": _share(count, reached[0]),
                "stepConversion": _share(count, reached[max(0, place - 1)]),
                "timeFromFirst": times[place] if times else nothing,
                "timeFromPrevious": gaps[place] if gaps else nothing,
            }
            for place, (text, count, following) in enumerate(zip(texts, reached, [*reached[1:], 0], strict=True))
        ],
    }


def _levels(row: Row, name: str, steps_asked: int) -> list[dict[str, float | None]]:
    told = [{"p50": p50, "p90": p90} for p50, p90 in row[name]]
    return told + [{"p50": None, "p90": None}] * (steps_asked - len(told))


def _share(some: int, of: int) -> float | None:
    return some / of if of else None
