"""Measures what rules compare: of single sessions, and of all sessions of a window."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import msgspec

from threadline_server.alert import rules as conditions
from threadline_server.alert.rules import RATES, Condition
from threadline_server.errors import BadRequest, QueryTooLarge
from threadline_server.model import AlertRule, Finding
from threadline_server.query import choosing
from threadline_server.query.goal_conditions import ACTIVE, Goals
from threadline_server.store.database import Database, Row

log = logging.getLogger(__name__)

HOUR_MS: Final = 3_600_000
RUNS_MS: Final = 48 * HOUR_MS
"""Where nothing has happened for longer, nothing fires: what is imported, or comes days late, is not a session that runs."""
OF_TOOLS: Final = frozenset({"sameToolCalls", "openToolCall"})


class Try(msgspec.Struct, frozen=True):
    """A rule and its condition."""

    rule: AlertRule
    condition: Condition


class Measured(msgspec.Struct, frozen=True):
    """What was found of some sessions; ``gone`` are not there (any more), ``look_again_ms`` says when the clock alone changes it."""

    findings: list[Finding]
    gone: list[str]
    look_again_ms: Mapping[str, int]


def of_sessions(
    database: Database, project_id: int, tries: Sequence[Try], session_ids: Sequence[str], goals: Goals, now_ms: int
) -> Measured:
    """Every rule on each of these sessions: one query, and a second one where tools are asked for and were called."""
    where = {"project_id": project_id, "session_ids": list(session_ids), "idle_ms": goals.idle_ms}
    rows = {row["session_id"]: row for row in database.rows("alert_sessions", where)}
    tools = _tools(database, project_id, tries, rows)
    findings: list[Finding] = []
    look_again: dict[str, int] = {}
    for one in tries:
        metric, threshold = one.condition.metric, one.condition.threshold
        if tools is None and metric in OF_TOOLS:
            continue
        holding: list[Finding] = []
        for session_id, row in rows.items():
            value = _value(metric, row, (tools or {}).get(session_id), now_ms)
            found = Finding(one.rule.id, session_id, metric, value, threshold, one.condition.holds(value))
            if not found.holds:
                findings.append(found)
            elif row["end_ms"] > now_ms - RUNS_MS:
                holding.append(found)
            if value and not found.holds and metric == "openToolCall":
                due_ms = int(now_ms - value + threshold) + 1
                look_again[session_id] = min(due_ms, look_again.get(session_id, due_ms))
        findings += _chosen(database, project_id, one.rule, holding, goals)
    return Measured(findings, [one for one in session_ids if one not in rows], look_again)


def _chosen(
    database: Database, project_id: int, rule: AlertRule, holding: list[Finding], goals: Goals
) -> list[Finding]:
    """Those of sessions that the rule's filters choose; asked only of the few that hold."""
    if not (rule.filters and holding):
        return holding
    try:
        choice = choosing.choose(conditions.pairs_of(rule.filters, goals), goals)
        where = {"project_id": project_id, "session_ids": [one.session_id for one in holding], **choice.values}
        chosen = {row["session_id"] for row in database.rows("chosen_among", where, where=choice.where)}
    except BadRequest:  # a goal that is not there any more
        return []
    except QueryTooLarge:
        log.warning("cannot try rule %d: its filters need too much time or memory", rule.id)
        return []
    return [one if one.session_id in chosen else msgspec.structs.replace(one, holds=False) for one in holding]


def _tools(database: Database, project_id: int, tries: Sequence[Try], rows: Mapping[str, Row]) -> dict[str, Row] | None:
    """What is asked of tool calls, by session; None where that is too much to ask."""
    metrics = {one.condition.metric for one in tries}
    least_calls = min(
        (one.condition.threshold for one in tries if one.condition.metric == "sameToolCalls"), default=float("inf")
    )
    asked = [
        session_id
        for session_id, row in rows.items()
        if row["most_calls_of_a_tool"]
        and (row["most_calls_of_a_tool"] > least_calls or ("openToolCall" in metrics and not row["ended_ms"]))
    ]
    if not asked:
        return {}
    where = {
        "project_id": project_id,
        "session_ids": asked,
        # Each by its own clock: what is found of a session must not depend on those that it is asked with.
        "ends_ms": [rows[session_id]["end_ms"] for session_id in asked],
        "hours": sorted({hour for session_id in asked for hour in rows[session_id]["trace_hours"]}),
        "loop_ms": HOUR_MS,
        "look_ms": RUNS_MS if "openToolCall" in metrics else HOUR_MS,
    }
    try:
        return {row["session_id"]: row for row in database.rows("alert_tools", where)}
    except QueryTooLarge:
        log.warning("cannot try the rules on tool calls of project %d: too many calls", project_id)
        return None


def _value(metric: str, row: Row, tools: Row | None, now_ms: int) -> float:
    if metric == "sameToolCalls":
        return float(tools["sameToolCalls"]) if tools else 0.0
    if metric == "openToolCall":
        since_ms = tools["open_since_ms"] if tools and not row["ended_ms"] else 0
        return float(max(0, now_ms - since_ms)) if since_ms else 0.0
    return float(row[metric])


def of_window(database: Database, project_id: int, one: Try, goals: Goals, now_ms: int) -> Finding | None:
    """A rule on all sessions of its window that its filters choose; None where there are too few to tell."""
    condition = one.condition
    try:
        choice = choosing.choose(conditions.pairs_of(one.rule.filters, goals), goals)
        goal = goals.named(condition.goal) if condition.goal else None
    except BadRequest:  # a goal that is not there any more
        return None
    where: dict[str, Any] = {"project_id": project_id, "from_ms": now_ms - condition.window_ms, "to_ms": now_ms + 1}
    more = {"reached": goal.reached, "active": ACTIVE} if goal else {}
    where |= {**choice.values, **(goals.values if goal else {})}
    row = database.rows("alert_window", where, where=choice.where, **more)[0]
    value = _RATES[condition.metric](row) if condition.metric in RATES else float(row[condition.metric])
    of = row["closed"] if condition.metric == "completionRate" else row["sessionCount"]
    if value is None or (condition.metric in RATES and of < condition.min_sessions):
        return None
    return Finding(one.rule.id, "", condition.metric, value, condition.threshold, condition.holds(value))


_RATES: Final[Mapping[str, Callable[[Row], float | None]]] = {
    "errorRate": lambda row: row["failed"] / row["sessionCount"] if row["sessionCount"] else None,
    "completionRate": lambda row: row["reached"] / row["closed"] if row["closed"] else None,
}


def tried(rules: Sequence[AlertRule]) -> list[Try]:
    """The rules that can be read: what an older version wrote and this one does not know is left out."""
    found = []
    for rule in rules:
        try:
            found.append(Try(rule, conditions.read(rule.when)))
        except BadRequest:
            continue
    return found
