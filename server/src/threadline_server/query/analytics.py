"""What the chosen sessions add up to: totals, per-session statistics, both over time, against the period before, and in groups.

Every chosen session counts whole (law 3). In a series a session stands in the interval in which it began, or in the first
one when it began before the window, so the intervals add up to the totals.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from zoneinfo import ZoneInfo

from threadline_server.query import figures, filters, grouping, intervals, parameters, present
from threadline_server.query.filters import Choice
from threadline_server.query.grouping import Grouping
from threadline_server.query.parameters import Pairs
from threadline_server.store.database import Database, Row
from threadline_server.store.queries import Fragment

PARAMETERS: Final = (
    *filters.names(filters.SESSION_FILTERS),
    "interval",
    "timeZone",
    "groupBy",
    "groupLimit",
    "histogram",
    "previous",
)
_EARLIEST_NS: Final = -(2**63) + 1
_STATISTICS: Final = figures.statistics()
_OWN_STATISTICS: Final = figures.statistics("own_")


def over_sessions(database: Database, project_id: int, pairs: Pairs) -> dict[str, Any]:
    """``GET /analytics/sessions``."""
    parameters.check_known(pairs, PARAMETERS, [filters.METADATA])
    chosen = filters.choose(pairs, filters.SESSION_FILTERS)
    unit = parameters.one(pairs, "interval")
    zone = intervals.time_zone(parameters.one(pairs, "timeZone") or "UTC")
    group = grouping.read(pairs, tuple(grouping.KEYS))
    starts = [] if unit is None else series_starts(database, project_id, chosen, unit, zone)
    total, by_start = _by_interval(database, project_id, chosen, starts)
    found = figures.of(total)
    told = {name: parameters.switch(name, parameters.one(pairs, name) or "true") for name in ("histogram", "previous")}
    for name, bins in _histograms(database, project_id, chosen).items() if told["histogram"] else ():
        found["perSession"][name]["histogram"] = bins
    groups, other = _groups(database, project_id, chosen, group) if group is not None and total else ([], None)
    return {
        "from": present.bound(chosen.values.get("from")),
        "to": present.bound(chosen.values.get("to")),
        **found,
        "completion": {"reached": 0, "closed": 0, "open": 0, "rate": None},
        "previous": _previous(database, project_id, chosen) if told["previous"] else None,
        "series": [{"time": present.moment(start // 1_000_000), **figures.of(by_start.get(start))} for start in starts],
        "groupBy": None if group is None else group.name,
        "groups": groups,
        "other": other,
    }


def series_starts(database: Database, project_id: int, chosen: Choice, unit: str, zone: ZoneInfo) -> list[int]:
    """The intervals of the window; where it is open, from the first chosen session or to the last. Raises ``BadRequest``."""
    parameters.choice("interval", unit, intervals.UNITS)
    first, last = chosen.values.get("from"), chosen.values.get("to")
    last = None if last is None else last - 1
    if first is None or last is None:
        row = database.rows("session_span", {"project_id": project_id, **chosen.values}, where=chosen.where)[0]
        if not row["session_count"]:
            return []
        first = row["first_ns"] if first is None else first
        last = max(first, row["last_ns"]) if last is None else last
    return intervals.starts_ns(unit, first, last, zone)


def by_interval(starts: Sequence[int]) -> dict[str, Fragment]:
    """What fills the slot for the interval in which a session began."""
    return {"bucket": intervals.BUCKET} if starts else {}


def _by_interval(
    database: Database, project_id: int, chosen: Choice, starts: list[int]
) -> tuple[Row | None, dict[int, Row]]:
    """All of the chosen, and those of each interval."""
    values = {"project_id": project_id, **chosen.values}
    values["interval_starts_ns"] = starts
    rows = database.rows("session_figures", values, where=chosen.where, statistics=_STATISTICS, **by_interval(starts))
    total = next((row for row in rows if row["is_all"]), None)
    return total, {row["bucket"]: row for row in rows if not row["is_all"]}


def _histograms(database: Database, project_id: int, chosen: Choice) -> dict[str, list[dict[str, Any]]]:
    values = {"project_id": project_id, **figures.HISTOGRAM_VALUES, **chosen.values}
    return figures.histograms(database.rows("session_histograms", values, where=chosen.where, bins=figures.HISTOGRAMS))


def _previous(database: Database, project_id: int, chosen: Choice) -> dict[str, Any] | None:
    """The period of equal length before the window, by the same filters; None where the window is open."""
    before = previous(chosen)
    if before is None:
        return None
    total, _ = _by_interval(database, project_id, before, [])
    return {
        "from": present.bound(before.values["from"]),
        "to": present.bound(before.values["to"]),
        **figures.of(total),
    }


def previous(chosen: Choice) -> Choice | None:
    """The same filters over the period of equal length before."""
    first, last = chosen.values.get("from"), chosen.values.get("to")
    if first is None or last is None or last <= first:
        return None
    before = max(first - (last - first), _EARLIEST_NS)
    return Choice(chosen.where, {**chosen.values, "from": before, "to": first})


def _groups(
    database: Database, project_id: int, chosen: Choice, group: Grouping
) -> tuple[list[dict[str, Any]], dict[str, Any] | None]:
    """The groups in which most sessions stand, and what stands in the others."""
    keys = grouping.METADATA if group.is_of_metadata else grouping.KEYS[group.name]
    values = {"project_id": project_id, **group.values, **chosen.values}
    most = database.rows("session_groups", {**values, "limit": group.limit}, where=chosen.where, keys=keys)
    shown = [row["key"] for row in most]
    hidden = most[0]["group_count"] - len(shown)
    if group.name == "model":
        entries = grouping.MERGED_MODEL_ENTRIES if hidden else grouping.MODEL_ENTRIES
    else:
        entries = grouping.whole_entries(keys)
    rows = database.rows(
        "group_figures",
        {**values, **grouping.places(shown)},
        where=chosen.where, entries=entries, statistics=_OWN_STATISTICS,
    )  # fmt: skip
    by_place = {row["place"]: row for row in rows}
    other = by_place.get(grouping.OTHER)
    return [{"key": group.key(text), **figures.of(by_place.get(place))} for place, text in enumerate(shown, start=1)], {
        "groupCount": hidden,
        **figures.of(other),
    } if hidden else None
