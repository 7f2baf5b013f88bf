"""Two windows, or two releases, by their sessions: what differs, and whether by more than noise.

Per-session metrics are compared by the Mann-Whitney U test (two-sided, normal approximation with corrections for ties and
continuity), which asks for no particular distribution; the share of failed sessions by the z-test of two proportions. As
several metrics are tested at once, their p-values are adjusted after Benjamini and Hochberg.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from threadline_server.errors import BadRequest
from threadline_server.query import analytics, choosing, figures, filters, parameters, present, significance
from threadline_server.query.filters import Choice
from threadline_server.query.goal_conditions import Goals
from threadline_server.query.parameters import Pairs
from threadline_server.store.database import Database, Row
from threadline_server.store.queries import Fragment

BASE: Final = {"baseFrom": "from", "baseTo": "to", "baseRelease": "release"}
"""Parameters of the side that is compared with, and which filter of the other side each replaces."""
PARAMETERS: Final = (*choosing.PARAMETERS, *BASE)
KEYS: Final = Fragment(
    ", ".join(
        f"('{column}', arraySort(groupArray(bitShiftLeft(reinterpretAsUInt64(toFloat64({column})), 1) + side)))"
        for column in figures.PER_SESSION.values()
    )
)
"""Of each metric the sorted values of all sessions, each with its side."""
_PLACEHOLDER: Final = re.compile(r"\{(\w+):")
_SIDES: Final = ("base", "current")


def compare(database: Database, project_id: int, pairs: Pairs, defined: Goals) -> dict[str, Any]:
    """``GET /analytics/compare``."""
    parameters.check_known(pairs, PARAMETERS, [filters.METADATA])
    current = choosing.choose(pairs, defined, ignoring=BASE)
    base = _base(pairs, defined, current)
    renamed = based(base)
    values = {"project_id": project_id, **current.values, **renamed.values}
    sides = {"base": renamed.where, "current": current.where}
    rows = database.rows("compared_figures", values, statistics=figures.statistics(), **sides)
    found = {name: next((row for row in rows if row["side"] == side), None) for side, name in enumerate(_SIDES)}
    ranks = database.rows("compared_ranks", values, keys=KEYS, **sides) if all(found.values()) else []
    told = {name: figures.of(row) for name, row in found.items()}
    return {
        **{name: {**_bounds(choice), **told[name]} for name, choice in zip(_SIDES, (base, current), strict=True)},
        "differences": _differences(told["base"], told["current"], {row["metric"]: row for row in ranks}),
    }


def _base(pairs: Pairs, defined: Goals, current: Choice) -> Choice:
    """By the same filters but for those that are replaced; the period before where none is."""
    replaced = {BASE[name]: value for name, value in pairs if name in BASE}
    if not replaced:
        before = analytics.previous(current)
        if before is None:
            raise BadRequest(
                "cannot compare: nothing says with what",
                hint="Give from and to (compared with the period before), baseFrom and baseTo, or release and baseRelease.",
            )
        return before
    for name in BASE:
        parameters.one(pairs, name)
    if "release" in replaced and "release" not in current.values:
        raise BadRequest(
            "cannot use 'baseRelease': it needs 'release'", hint="Give the release that is compared with it."
        )
    kept = [pair for pair in pairs if pair[0] not in BASE and pair[0] not in replaced]
    return choosing.choose([*kept, *replaced.items()], defined)


def based(base: Choice) -> Choice:
    """The same conditions with values of other names, so that both sides stand in one statement."""
    where = Fragment(_PLACEHOLDER.sub(r"{base_\1:", base.where))
    return Choice(where, {f"base_{name}": value for name, value in base.values.items()})


def _bounds(chosen: Choice) -> dict[str, Any]:
    return {
        "from": present.bound(chosen.values.get("from")),
        "to": present.bound(chosen.values.get("to")),
        "release": chosen.values.get("release"),
    }


def _differences(base: Mapping[str, Any], current: Mapping[str, Any], ranks: Mapping[str, Row]) -> list[dict[str, Any]]:
    counts = [side["totals"]["sessionCount"] for side in (base, current)]
    is_enough = min(counts) >= significance.LEAST_SESSIONS
    found: list[dict[str, Any]] = []
    for name, column in figures.PER_SESSION.items():
        before, after = base["perSession"][name], current["perSession"][name]
        test = significance.mann_whitney(*counts, **_ranks(ranks[column])) if ranks else None
        found.append(
            {
                "metric": name,
                "meanChange": _change(before["mean"], after["mean"]),
                "medianChange": _change(before["p50"], after["p50"]),
                "superiority": None if test is None else test.superiority,
                "pValue": test.p_value if test is not None and is_enough else None,
            }
        )
    failed = [side["totals"]["failedSessionCount"] for side in (current, base)]
    found.append(
        {
            "metric": "errorRate",
            "meanChange": _change(base["errorRate"], current["errorRate"]),
            "medianChange": None,
            "superiority": None,
            "pValue": significance.two_proportions(failed[0], counts[1], failed[1], counts[0]) if is_enough else None,
        }
    )
    q_values = significance.adjusted([one["pValue"] for one in found])
    for one, q_value in zip(found, q_values, strict=True):
        one["qValue"] = q_value
        one["isSignificant"] = q_value is not None and q_value <= significance.FALSE_DISCOVERIES
    return found


def _change(before: float | None, after: float | None) -> float | None:
    """Of the value before; None where that is 0 or there is none."""
    return (after - before) / before if before and after is not None else None


def _ranks(row: Row) -> dict[str, Any]:
    return {name: row[name] for name in ("rank_sum", "equal_pairs", "repeats")}
