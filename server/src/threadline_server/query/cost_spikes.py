"""The days that cost far more than those before, and which models, users and trace names account for it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final
from zoneinfo import ZoneInfo

from threadline_server.query import choosing, cost_dimensions, filters, intervals, parameters, present, spikes
from threadline_server.query.figures import share
from threadline_server.query.goal_conditions import Goals
from threadline_server.query.parameters import Pairs
from threadline_server.query.spikes import Spike
from threadline_server.store.database import Database
from threadline_server.store.queries import Fragment

MOST_SPIKES: Final = 10
_SHOWN_DRIVERS: Final = 3
_LOOKED_AT: Final = 20
"""Of each kind, those that cost most on the day are looked at."""
_DAY_NS: Final = 86_400_000_000_000
_MOST_DAYS: Final = 366
_BEGAN: Final = Fragment(
    f" AND start_time >= {filters.instant('began_from_ns')} AND start_time < {filters.instant('began_to_ns')}"
)
_KINDS: Final = {"models": "model", "users": "user", "traceNames": "traceName"}
DRIVERS: Final = Fragment(
    "arrayConcat("
    + ", ".join(
        f"arrayMap((key, own_cost) -> (toUInt8({kind}), key, own_cost), {by.keys}, {by.costs})"
        for kind, by in enumerate(cost_dimensions.DIMENSIONS[name] for name in _KINDS.values())
    )
    + ")"
)


def of_days(
    database: Database, project_id: int, pairs: Pairs, defined: Goals, zone: ZoneInfo, now_ns: int
) -> list[dict[str, Any]]:
    """The highest spikes of the days that begin in the window, in order of time; of a longer one, in its last 366 days."""
    window = {name: text for name, text in pairs if name in {"from", "to"}}
    chosen = choosing.choose(pairs, defined, ignoring=window)
    values = {"project_id": project_id, **chosen.values}
    last_ns = parameters.moment_ns("to", window["to"]) - 1 if "to" in window else now_ns
    if "from" in window:
        first_ns = parameters.moment_ns("from", window["from"])
    else:
        first_ns = database.rows("session_span", values, where=chosen.where)[0]["first_ns"]
    if last_ns < first_ns:
        return []
    first_ns = max(first_ns, last_ns - _MOST_DAYS * _DAY_NS)
    days = intervals.starts_ns("day", first_ns - spikes.HISTORY_DAYS * _DAY_NS, last_ns, zone)
    values |= {"interval_starts_ns": days, "began_from_ns": days[0], "began_to_ns": last_ns + 1}
    where = filters.both(chosen.where, _BEGAN)
    rows = database.rows("cost_days", values, where=where, bucket=intervals.BUCKET)
    if not rows:
        return []
    cost_of = {row["bucket"]: row["day_cost"] for row in rows}
    first = days.index(rows[0]["bucket"])
    since = next((place for place, day in enumerate(days) if day >= first_ns), len(days))
    found = spikes.find([cost_of.get(day, 0) for day in days], first, since)
    highest = sorted(sorted(found, key=lambda spike: -spike.score)[:MOST_SPIKES], key=lambda spike: spike.day)
    drivers = _drivers(database, values, where, days, highest, first) if highest else {}
    return [
        {
            "time": present.moment(days[spike.day] // 1_000_000),
            "totalCost": spike.cost,
            "expectedCost": spike.expected,
            "score": spike.score,
            "drivers": drivers[spike.day],
        }
        for spike in highest
    ]


def _drivers(
    database: Database,
    values: Mapping[str, Any],
    where: Fragment,
    days: Sequence[int],
    highest: Sequence[Spike],
    first: int,
) -> dict[int, dict[str, list[dict[str, Any]]]]:
    """Of each spike what rose most above its own mean of the days before."""
    slots = {"where": where, "bucket": intervals.BUCKET, "drivers": DRIVERS}
    asked = {**values, "days": [days[spike.day] for spike in highest], "limit": _LOOKED_AT}
    dearest = database.rows("day_drivers", asked, **slots)
    keys = sorted({row["key"] for row in dearest})
    costs: dict[tuple[int, str], dict[int, float]] = defaultdict(dict)
    for row in database.rows("driver_days", {**values, "keys": keys}, **slots):
        costs[row["kind"], row["key"]][row["bucket"]] = row["day_cost"]
    told = {}
    for spike in highest:
        before = [days[day] for day in spike.before(first)]
        rows = [row for row in dearest if row["bucket"] == days[spike.day]]
        told[spike.day] = {
            name: _risen([row for row in rows if row["kind"] == kind], before, costs, spike)
            for kind, name in enumerate(_KINDS)
        }
    return told


def _risen(
    rows: Sequence[Mapping[str, Any]],
    before: Sequence[int],
    costs: Mapping[tuple[int, str], Mapping[int, float]],
    spike: Spike,
) -> list[dict[str, Any]]:
    found = []
    for row in rows:
        usual = sum(costs[row["kind"], row["key"]].get(day, 0) for day in before) / len(before)
        excess = row["day_cost"] - usual
        found.append(
            {
                "key": row["key"] or None,
                "totalCost": row["day_cost"],
                "usualCost": usual,
                "excess": excess,
                "share": share(excess, spike.cost - spike.expected),
            }
        )
    return sorted((one for one in found if one["excess"] > 0), key=lambda one: -one["excess"])[:_SHOWN_DRIVERS]
