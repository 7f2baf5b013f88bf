"""What the chosen sessions add up to: totals, per-session statistics, and both over time.

Every chosen session counts whole (law 3). In a series a session stands in the interval in which it began, or in the first
one when it began before the window, so the intervals add up to the totals. Percentiles interpolate linearly between the two
nearest ranks (ClickHouse's ``quantileExactInclusive``, NumPy's default).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from zoneinfo import ZoneInfo, available_timezones

from threadline_server.errors import BadRequest
from threadline_server.query import filters, parameters, present
from threadline_server.query.filters import Asked
from threadline_server.query.parameters import Pairs
from threadline_server.store.database import Database, Row
from threadline_server.store.queries import Fragment

PARAMETERS: Final = (*filters.names(filters.SESSION_FILTERS), "interval", "timeZone")

_PER_SESSION: Final[Mapping[str, str]] = {
    "traceCount": "trace_count",
    "duration": "duration_ms",
    "activeDuration": "active_ms",
    "totalTokens": "total_tokens",
    "totalCost": "cost",
}
_LEVELS: Final = ("p50", "p90", "p95", "p99")
_STATISTICS: Final = Fragment(
    ", ".join(
        f"arrayPushFront(quantilesExactInclusive(0.5, 0.9, 0.95, 0.99)(toFloat64({column})), avg(toFloat64({column}))) AS stats_{column}"
        for column in _PER_SESSION.values()
    )
)
INTERVALS: Final[Mapping[str, Fragment]] = {
    unit: Fragment(
        f"toUnixTimestamp(toDateTime(toStartOfInterval(greatest(start_time, fromUnixTimestamp64Nano({{from:Int64}}, 'UTC')),"
        f" INTERVAL 1 {unit.upper()}, {{time_zone:String}}), {{time_zone:String}}))"
    )
    for unit in ("hour", "day", "week", "month")
}
_EARLIEST_NS: Final = 0


def over_sessions(database: Database, project_id: int, pairs: Pairs, asked: Asked | None = None) -> dict[str, Any]:
    """``GET /analytics/sessions``."""
    parameters.check_known(pairs, PARAMETERS, [filters.METADATA])
    chosen = filters.choose(pairs, filters.SESSION_FILTERS, asked)
    values = {"project_id": project_id, "from": _EARLIEST_NS, **chosen.values}
    totals = database.rows("session_totals", values, where=chosen.where, statistics=_STATISTICS)
    interval = parameters.one(pairs, "interval")
    time_zone = _time_zone(parameters.one(pairs, "timeZone") or "UTC")
    series: list[Row] = []
    if interval is not None:
        bucket = INTERVALS[parameters.choice("interval", interval, INTERVALS)]
        values["time_zone"] = time_zone
        series = database.rows("session_totals", values, where=chosen.where, statistics=_STATISTICS, bucket=bucket)
    return {
        "from": _bound(chosen.values.get("from")),
        "to": _bound(chosen.values.get("to")),
        **_figures(totals[0] if totals else None),
        "completion": {"reached": 0, "closed": 0, "open": 0, "rate": None},
        "previous": None,
        "series": [{"time": present.moment(row["bucket"] * 1000), **_figures(row)} for row in series],
        "groups": [],
    }


def _figures(row: Row | None) -> dict[str, Any]:
    counts = ("session", "user", "trace", "span", "error")
    totals = {f"{name}Count": row[f"all_{name}_count"] if row else 0 for name in counts}
    totals |= {f"{name}Tokens": row[f"all_{name}_tokens"] if row else 0 for name in ("prompt", "completion", "total")}
    totals["totalCost"] = row["all_cost"] if row else 0
    per_session = {}
    for name, column in _PER_SESSION.items():
        mean, *levels = row[f"stats_{column}"] if row else [None] * 5
        per_session[name] = {"mean": mean, **dict(zip(_LEVELS, levels, strict=True))}
    return {"totals": totals, "perSession": per_session}


def _bound(time_ns: int | None) -> str | None:
    return None if time_ns is None else present.moment(time_ns // 1_000_000)


def _time_zone(name: str) -> str:
    if name not in available_timezones():
        raise BadRequest(
            f"cannot read 'timeZone': {name[:40]!r} is no time zone",
            hint="Give an IANA name, for example Europe/Berlin.",
        )
    return str(ZoneInfo(name))
