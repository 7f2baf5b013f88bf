"""What the chosen sessions add up to: totals, per-session statistics, both over time, against the period before, and in groups.

Every chosen session counts whole (law 3). In a series a session stands in the interval in which it began, or in the first
one when it began before the window, so the intervals add up to the totals.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from threadline_server.query import choosing, figures, filters, goals, grouping, intervals, parameters, present
from threadline_server.query.filters import Choice
from threadline_server.query.goal_conditions import Goals
from threadline_server.query.goals import Completing
from threadline_server.query.grouping import Grouping
from threadline_server.query.parameters import Pairs
from threadline_server.store.database import Database, Row
from threadline_server.store.queries import Fragment

PARAMETERS: Final = (
    *choosing.PARAMETERS,
    "interval",
    "timeZone",
    "completionGoal",
    "groupBy",
    "groupLimit",
    "histogram",
    "previous",
)
_EARLIEST_NS: Final = -(2**63) + 1
_STATISTICS: Final = figures.statistics()
_OWN_STATISTICS: Final = figures.statistics("own_")


class _Question(NamedTuple):
    """Which sessions are added up; ``wider`` are those that completion is about, where it is filtered by itself."""

    database: Database
    project_id: int
    chosen: Choice
    wider: Choice
    completing: Completing

    @property
    def values(self) -> dict[str, Any]:
        return {"project_id": self.project_id, **self.completing.values}

    def told(self, row: Row | None, of_wider: Row | None) -> dict[str, Any]:
        return {**figures.of(row), "completion": goals.completion(of_wider, self.completing)}


def over_sessions(database: Database, project_id: int, pairs: Pairs, defined: Goals) -> dict[str, Any]:
    """``GET /analytics/sessions``."""
    parameters.check_known(pairs, PARAMETERS, [filters.METADATA])
    chosen, completing = choosing.choose(pairs, defined), goals.completing(pairs, defined)
    wider = choosing.choose(pairs, defined, ignoring=("goal",)) if completing.narrows else chosen
    question = _Question(database, project_id, chosen, wider, completing)
    unit = parameters.one(pairs, "interval")
    zone = intervals.time_zone(parameters.one(pairs, "timeZone") or "UTC")
    group = grouping.of_sessions(pairs, defined)
    starts = [] if unit is None else series_starts(database, project_id, chosen, unit, zone)
    told = {name: parameters.switch(name, parameters.one(pairs, name) or "true") for name in ("histogram", "previous")}
    (grouped, total, by_start), bins, before = database.side_by_side(
        lambda: _of_window(question, starts, group),
        lambda: _histograms(question) if told["histogram"] else {},
        lambda: _previous(question) if told["previous"] else None,
    )
    for name, found in bins.items():
        total["perSession"][name]["histogram"] = found
    return {
        "from": present.bound(chosen.values.get("from")),
        "to": present.bound(chosen.values.get("to")),
        **total,
        "previous": before,
        "series": [{"time": present.moment(start // 1_000_000), **by_start[start]} for start in starts],
        "groupBy": None if group is None else group.name,
        "groups": grouped.groups if grouped else [],
        "other": grouped.other if grouped else None,
    }


def _of_window(
    question: _Question, starts: list[int], group: Grouping | None
) -> tuple[_Grouped | None, dict[str, Any], dict[int, dict[str, Any]]]:
    """What the chosen sessions add up to in groups, in all, and by the interval in which each began."""
    grouped = None if group is None else _groups(question, group)
    total, by_start = (grouped.total, {}) if grouped and not starts else _by_interval(question, starts)
    return grouped, total, by_start


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


FIGURES_BY_INTERVAL: Final[Mapping[str, Fragment]] = {
    "bucket": intervals.BUCKET,
    "is_all": Fragment("grouping(bucket)"),
    "by": Fragment("GROUP BY bucket WITH ROLLUP"),
}
"""What makes figures those of each interval, too; without it all are added up in one, at a quarter less work."""


def _by_interval(question: _Question, starts: list[int]) -> tuple[dict[str, Any], dict[int, dict[str, Any]]]:
    """All of the chosen, and those of each interval."""
    rows = _figures(question, question.chosen, starts, statistics=_STATISTICS)
    wider = _figures(question, question.wider, starts) if question.completing.narrows else rows
    total, *by_start = (question.told(rows.get(key), wider.get(key)) for key in (None, *starts))
    return total, dict(zip(starts, by_start, strict=True))


def _figures(question: _Question, chosen: Choice, starts: list[int], **statistics: Fragment) -> dict[int | None, Row]:
    values = {**question.values, **chosen.values, "interval_starts_ns": starts}
    slots = {**question.completing.slots, **statistics, **(FIGURES_BY_INTERVAL if starts else {})}
    rows = question.database.rows("session_figures", values, where=chosen.where, **slots)
    return {None if row["is_all"] else row["bucket"]: row for row in rows}


def _histograms(question: _Question) -> dict[str, list[dict[str, Any]]]:
    values = {"project_id": question.project_id, **figures.HISTOGRAM_VALUES, **question.chosen.values}
    rows = question.database.rows("session_histograms", values, where=question.chosen.where, bins=figures.HISTOGRAMS)
    return figures.histograms(rows)


def _previous(question: _Question) -> dict[str, Any] | None:
    """The period of equal length before the window, by the same filters; None where the window is open."""
    before, wider = previous(question.chosen), previous(question.wider)
    if before is None or wider is None:
        return None
    total, _ = _by_interval(question._replace(chosen=before, wider=wider), [])
    return {"from": present.bound(before.values["from"]), "to": present.bound(before.values["to"]), **total}


def previous(chosen: Choice) -> Choice | None:
    """The same filters over the period of equal length before."""
    first, last = chosen.values.get("from"), chosen.values.get("to")
    if first is None or last is None or last <= first:
        return None
    before = max(first - (last - first), _EARLIEST_NS)
    return Choice(chosen.where, {**chosen.values, "from": before, "to": first})


class _Grouped(NamedTuple):
    """All chosen sessions, the groups in which most of them stand, and what stands in the others."""

    total: dict[str, Any]
    groups: list[dict[str, Any]]
    other: dict[str, Any] | None


def _groups(question: _Question, group: Grouping) -> _Grouped | None:
    """None where nothing is chosen."""
    chosen = question.chosen
    shown, hidden = _shown(question, group)
    if not shown:
        return None
    rows = _group_figures(question, chosen, group, shown, is_cut=hidden > 0, statistics=_OWN_STATISTICS)
    wider = rows
    if question.completing.narrows:
        wider = _group_figures(question, question.wider, group, shown, is_cut=hidden > 0)

    def told(place: int) -> dict[str, Any]:
        return question.told(rows.get(place), wider.get(place))

    counts = {text: rows[place]["all_session_count"] for place, text in enumerate(shown, start=1) if place in rows}
    ranked = sorted(counts, key=lambda text: (-counts[text], text))
    groups = [{"key": group.key(text), **told(shown.index(text) + 1)} for text in ranked]
    other = {"groupCount": hidden, **told(grouping.OTHER)} if hidden else None
    return _Grouped(told(grouping.ALL), groups, other) if rows else None


def _shown(question: _Question, group: Grouping) -> tuple[list[str], int]:
    """The keys of the groups in which most sessions stand, or of all that there may be; and how many groups are not shown."""
    if group.known and len(group.known) <= group.limit:
        return list(group.known), 0
    values = {**question.values, **group.values, **question.chosen.values, "limit": group.limit}
    most = question.database.rows("session_groups", values, where=question.chosen.where, keys=group.keys)
    return [row["key"] for row in most], most[0]["group_count"] - len(most) if most else 0


def _group_figures(
    question: _Question, chosen: Choice, group: Grouping, shown: list[str], *, is_cut: bool, **statistics: Fragment
) -> dict[int, Row]:
    values = {**question.values, **group.values, **chosen.values, **grouping.places(shown)}
    slots = {**question.completing.slots, **group.slots(is_cut=is_cut), **statistics}
    rows = question.database.rows("group_figures", values, where=chosen.where, **slots)
    found = {row["place"]: row for row in rows}
    return group.own_unpriced(found, shown, found[grouping.ALL]["all_unpriced_models"] if found else [])
