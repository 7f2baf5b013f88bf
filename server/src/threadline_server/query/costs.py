"""What the chosen sessions cost: in all, over time and in groups, and which sessions, traces and users cost most.

All of it covers whole sessions (law 3): a session's cost stands in the interval in which it began, or in the first one when it
began before the window. So the totals are the sums over the session list by the same filters.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from threadline_server.query import (
    analytics,
    choosing,
    cost_dimensions,
    cost_spikes,
    filters,
    grouping,
    intervals,
    parameters,
    present,
)
from threadline_server.query.cost_dimensions import Dimension
from threadline_server.query.figures import share
from threadline_server.query.filters import Choice
from threadline_server.query.goal_conditions import Goals
from threadline_server.query.grouping import Grouping
from threadline_server.query.parameters import Pairs
from threadline_server.store.database import Database, Row

PARTS: Final = ("groups", "top", "spikes")
PARAMETERS: Final = (
    *choosing.PARAMETERS, "interval", "timeZone", "groupBy", "groupLimit", "top", "include"
)  # fmt: skip
MOST_TOP: Final = 100
_COUNTS: Final = ("session", "trace", "generation")
_TOKENS: Final = ("prompt", "completion", "cached", "reasoning", "total")


def over_costs(database: Database, project_id: int, pairs: Pairs, defined: Goals, *, now_ns: int) -> dict[str, Any]:
    """``GET /analytics/costs``."""
    parameters.check_known(pairs, PARAMETERS, [filters.METADATA])
    parts = _parts(pairs)
    chosen = choosing.choose(pairs, defined)
    unit = parameters.one(pairs, "interval") or "day"
    zone = intervals.time_zone(parameters.one(pairs, "timeZone") or "UTC")
    group = grouping.read(pairs, {name: by.keys for name, by in cost_dimensions.DIMENSIONS.items()}, "model")
    top = parameters.whole("top", parameters.one(pairs, "top") or "10", 1, MOST_TOP)
    starts = analytics.series_starts(database, project_id, chosen, unit, zone)
    (total, by_start, breakdown), most, unusual = database.side_by_side(
        lambda: _of_window(database, project_id, chosen, group if "groups" in parts else None, starts),
        lambda: _top(database, project_id, chosen, top) if "top" in parts else None,
        lambda: cost_spikes.of_days(database, project_id, pairs, defined, zone, now_ns) if "spikes" in parts else None,
    )
    return {
        "from": present.bound(chosen.values.get("from")),
        "to": present.bound(chosen.values.get("to")),
        "totals": _totals(total),
        "series": [{"time": present.moment(start // 1_000_000), **_totals(by_start.get(start))} for start in starts],
        "breakdown": breakdown,
        "top": most,
        "spikes": unusual,
    }


def _of_window(
    database: Database, project_id: int, chosen: Choice, group: Grouping | None, starts: Sequence[int]
) -> tuple[Row | None, dict[int, Row], dict[str, Any] | None]:
    """What the chosen sessions cost in all, by the interval in which each began, and in groups."""
    rows = database.rows(
        "cost_totals", _values(project_id, chosen, starts), where=chosen.where, **analytics.by_interval(starts)
    )
    total = next((row for row in rows if row["is_all"]), None)
    by_start = {row["bucket"]: row for row in rows if not row["is_all"]}
    return total, by_start, None if group is None else _breakdown(database, project_id, chosen, group, starts, total)


def _parts(pairs: Pairs) -> list[str]:
    asked = [value for name, value in pairs if name == "include"]
    return [parameters.choice("include", part, PARTS) for part in asked] if asked else list(PARTS)


def _values(project_id: int, chosen: Choice, starts: Sequence[int]) -> dict[str, Any]:
    return {"project_id": project_id, "interval_starts_ns": list(starts), **chosen.values}


def _totals(row: Row | None) -> dict[str, Any]:
    totals = {f"{name}Count": row[f"all_{name}_count"] if row else 0 for name in _COUNTS}
    totals |= {f"{name}Tokens": row[f"all_{name}_tokens"] if row else 0 for name in _TOKENS}
    unpriced = row["all_unpriced_models"] if row else []
    return {**totals, "totalCost": row["all_cost"] if row else 0, "unpricedModels": unpriced}


def _breakdown(
    database: Database, project_id: int, chosen: Choice, group: Grouping, starts: Sequence[int], total: Row | None
) -> dict[str, Any]:
    """The groups that cost most, and all others together; each with a series as long as that of the totals."""
    by = cost_dimensions.METADATA if group.is_of_metadata else cost_dimensions.DIMENSIONS[group.name]
    found = {"groupBy": group.name, "overlapping": by.overlaps, "groups": [], "other": None}
    if total is None:
        return found
    values = {**_values(project_id, chosen, starts), **group.values}
    most = database.rows(
        "cost_groups", {**values, "limit": group.limit}, where=chosen.where, keys=by.keys, costs=by.costs
    )
    shown = [row["key"] for row in most]
    rows = database.rows(
        "cost_figures",
        {**values, **grouping.places(shown)},
        where=chosen.where, entries=by.entries, leaves_out=by.leaves_out, **analytics.by_interval(starts),
    )  # fmt: skip
    sums = {row["place"]: row for row in rows if row["is_all"]}
    whole = group.own_unpriced(sums, shown, total["all_unpriced_models"])
    parts = {(row["place"], row["bucket"]): row for row in rows if not row["is_all"]}

    def told(place: int) -> dict[str, Any]:
        return {**_group(by, whole[place], total["all_cost"]), "series": _series(parts, place, starts)}

    hidden = most[0]["group_count"] - len(shown)
    found["groups"] = [{"key": group.key(text), **told(place)} for place, text in enumerate(shown, start=1)]
    found["other"] = {"groupCount": hidden, **told(grouping.OTHER)} if hidden else None
    return found


def _group(by: Dimension, row: Row, all_cost: float) -> dict[str, Any]:
    return {
        "sessionCount": row["all_session_count"],
        "traceCount": row["all_trace_count"] if by.counts_traces else None,
        "callCount": row["all_call_count"] if by.counts_calls else None,
        "errorCount": row["all_error_count"] if by.counts_errors else None,
        "totalTokens": row["all_total_tokens"],
        "totalCost": row["all_cost"],
        "unpricedModels": row["all_unpriced_models"],
        "costShare": share(row["all_cost"], all_cost),
    }


def _series(parts: Mapping[tuple[int, int], Row], place: int, starts: Sequence[int]) -> dict[str, list[Any]]:
    rows = [parts.get((place, start)) for start in starts]
    return {
        "totalTokens": [row["all_total_tokens"] if row else 0 for row in rows],
        "totalCost": [row["all_cost"] if row else 0 for row in rows],
    }


def _top(database: Database, project_id: int, chosen: Choice, limit: int) -> dict[str, Any]:
    """What cost most of all; nothing that cost nothing."""
    values = {"project_id": project_id, "limit": limit, **chosen.values}
    sessions = database.rows("top_sessions", values, where=chosen.where)
    users = database.rows("top_users", values, where=chosen.where)
    holders = database.rows("sessions_of_top_traces", values, where=chosen.where)
    place = {
        "hours": sorted({hour for row in holders for hour in row["trace_hours"]}),
        "session_ids": [row["session_id"] for row in holders],
    }
    traces = database.rows("top_traces", {"project_id": project_id, "limit": limit, **place}) if holders else []
    return {
        "sessions": [
            {
                "id": row["session_id"],
                "title": row["title"] or None,
                "userId": row["user_id"] or None,
                "startTime": present.moment(row["start_ms"]),
                "traceCount": row["trace_count"],
                "totalTokens": row["total_tokens"],
                "totalCost": row["cost"],
            }
            for row in sessions
        ],
        "traces": [
            {
                "id": row["trace_id"],
                "name": row["name"],
                "sessionId": row["session_id"],
                "startTime": present.moment(row["start_ms"]),
                "totalTokens": row["total_tokens"],
                "totalCost": row["cost"],
            }
            for row in traces
        ],
        "users": [
            {
                "id": row["user_id"],
                "sessionCount": row["session_count"],
                "totalTokens": row["all_total_tokens"],
                "totalCost": row["all_cost"],
            }
            for row in users
        ],
    }
