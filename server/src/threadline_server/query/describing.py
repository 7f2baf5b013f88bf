"""What a filter expression can ask for, as data: for completion while somebody types one."""

from __future__ import annotations

from typing import Any, Final

import orjson

from threadline_server.errors import NotFound
from threadline_server.query import parameters, searching
from threadline_server.query.expression import parser, problems, values
from threadline_server.query.fields import ALIASES, FIELDS
from threadline_server.query.filters import METADATA
from threadline_server.query.goal_conditions import Goals
from threadline_server.query.parameters import Pairs
from threadline_server.store.database import Database
from threadline_server.store.queries import Fragment

VALUES_PARAMETERS: Final = ("prefix", "limit")
MOST_VALUES: Final = 100
_FUNCTIONS: Final = {
    "goal": "whether it reached a goal of the project",
    "score": "the mean of its scores of this name, or one of their categories",
}
_SCORES: Final = "mapKeys(score_counts)"
_OF_KEY: Final = "arrayFilter(one -> one != '', [metadata[{key:String}]])"
EXAMPLES: Final = (
    "cost > 0.5 and errors > 0",
    'user.id = "u1" and not bookmarked',
    'goal("checkout") = false and tag in ("web", "app")',
    'duration >= 2h30m or metadata.plan = "pro"',
    'lastActivity > -7d and score("helpfulness") < 0.5',
)


def grammar() -> dict[str, Any]:
    """``GET /filters``."""
    return {
        "fields": [
            {
                "name": f"{name}.<key>" if field.type == "value" else name,
                "type": field.type,
                "operators": values.OPERATORS[field.type],
                "aliases": [alias for alias, of in ALIASES.items() if of == name],
                "meaning": field.meaning,
                "hasValues": field.values != "",
            }
            for name, field in FIELDS.items()
        ],
        "functions": [
            {
                "name": name,
                "type": values.KIND_OF_FUNCTION[name],
                "operators": values.OPERATORS[values.KIND_OF_FUNCTION[name]],
                "meaning": meaning,
            }
            for name, meaning in _FUNCTIONS.items()
        ],
        "words": ["and", "or", "not", "true", "false", "now"],
        "examples": EXAMPLES,
        "limits": {
            "characters": parser.MAX_LENGTH,
            "depth": parser.MAX_DEPTH,
            "comparisons": parser.MAX_TESTS,
            "values": parser.MAX_VALUES,
            "searchCharacters": searching.MAX_LENGTH,
            "searchTerms": searching.MAX_TERMS,
        },
    }


def known_values(database: Database, project_id: int, name: str, pairs: Pairs, goals: Goals) -> dict[str, Any]:
    """``GET /filters/{field}/values``: what the project's sessions have, the most frequent first. Raises ``NotFound``."""
    parameters.check_known(pairs, VALUES_PARAMETERS)
    prefix = parameters.one(pairs, "prefix") or ""
    limit = parameters.whole("limit", parameters.one(pairs, "limit") or "20", 1, MOST_VALUES)
    if name == "goal":
        found = sorted(goal for goal in goals.names if goal.casefold().startswith(prefix.casefold()))
        return {"data": [{"value": goal, "sessionCount": None} for goal in found[:limit]], "nextCursor": None}
    bound: dict[str, Any] = {"project_id": project_id, "prefixes": [prefix], "limit": limit, **goals.values}
    if is_key := name.startswith(METADATA):
        bound |= {"key": name.removeprefix(METADATA), "prefixes": [prefix, f'"{prefix}']}
    rows = database.rows("field_values", bound, values=Fragment(_OF_KEY if is_key else _values_of(name)))
    data = [
        {"value": orjson.loads(row["value"]) if is_key else row["value"], "sessionCount": row["session_count"]}
        for row in rows
    ]
    return {"data": data, "nextCursor": None}


def _values_of(name: str) -> str:
    if name == "score":
        return _SCORES
    field = FIELDS.get(ALIASES.get(name, name))
    if field is None:
        raise NotFound(f"cannot find field {name[:60]!r}", hint=problems.similar(name, [*FIELDS, *_FUNCTIONS]))
    if not field.values:
        raise NotFound(f"cannot list values of {name[:60]!r}: there are too many to choose from")
    return field.values
