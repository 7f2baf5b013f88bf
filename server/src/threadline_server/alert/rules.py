"""What a rule says: a condition as its author wrote it, read and checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

import msgspec

from threadline_server.errors import BadRequest
from threadline_server.query import choosing, filters, parameters
from threadline_server.query.goal_conditions import Goals
from threadline_server.query.parameters import Pairs

SESSION_METRICS: Final[Mapping[str, str]] = {
    "totalCost": "US dollars",
    "totalTokens": "tokens",
    "traceCount": "turns",
    "duration": "milliseconds",
    "activeDuration": "milliseconds",
    "errorCount": "turns that failed",
    "toolCount": "tool calls",
    "sameToolCalls": "calls of one tool with the same arguments, one after the other",
    "openToolCall": "milliseconds since a tool call began that has not ended",
}
AGGREGATE_METRICS: Final[Mapping[str, str]] = {
    "sessionCount": "sessions",
    "errorRate": "share of sessions with an error",
    "completionRate": "share of closed sessions that reached the goal",
    "totalCost": "US dollars of turns that began in the window",
    "totalTokens": "tokens of turns that began in the window",
}
RATES: Final = ("errorRate", "completionRate")
LEAST_WINDOW_MS: Final = 60_000
MOST_WINDOW_MS: Final = 31 * 86_400_000
MOST: Final = 1e15
MOST_OPEN_MS: Final = 86_400_000
"""A session in which nothing happens for much longer does not run any more."""
MOST_FILTERS: Final = 20
OF_A_WINDOW: Final = ("from", "to")
"""Filters that a rule cannot have: it looks at now."""


class Condition(msgspec.Struct, frozen=True):
    """When a rule holds: ``metric`` of a session, or of all of a window, above (or below) the threshold."""

    subject: Literal["session", "aggregate"]
    metric: str
    threshold: float
    is_above: bool = True
    window_ms: int = 0
    goal: str = ""
    min_sessions: int = 1

    def holds(self, value: float) -> bool:
        return value > self.threshold if self.is_above else value < self.threshold


def read(when: Mapping[str, Any]) -> Condition:
    """A rule's ``when``. Raises BadRequest that says what would be right."""
    match when:
        case {"session": str(metric), "above": threshold, **more} if not more:
            most = MOST_OPEN_MS if metric == "openToolCall" else MOST
            return Condition("session", _metric(metric, SESSION_METRICS), _number("above", threshold, most))
        case {"aggregate": str(metric), **more}:
            return _aggregate(_metric(metric, AGGREGATE_METRICS), more)
    raise BadRequest(
        "cannot use 'when': it is no condition",
        hint='Give {"session": metric, "above": number} or {"aggregate": metric, "above" or "below": number, "window": milliseconds}.',
    )


def _aggregate(metric: str, given: Mapping[str, Any]) -> Condition:
    known = {"above", "below", "window", "goal", "minSessions"}
    if unknown := given.keys() - known:
        raise BadRequest(
            f"cannot use 'when': {min(unknown)[:40]!r} is unknown", hint=f"Valid: {', '.join(sorted(known))}."
        )
    if ("above" in given) == ("below" in given):
        raise BadRequest("cannot use 'when': give either 'above' or 'below'")
    if (metric == "completionRate") != isinstance(given.get("goal"), str):
        raise BadRequest("cannot use 'when': completionRate needs the name of a 'goal', and no other metric has one")
    side = "above" if "above" in given else "below"
    return Condition(
        "aggregate",
        metric,
        _number(side, given[side]),
        is_above=side == "above",
        window_ms=_whole("window", given.get("window"), LEAST_WINDOW_MS, MOST_WINDOW_MS),
        goal=given.get("goal", ""),
        min_sessions=_whole("minSessions", given.get("minSessions", 1), 1, 1_000_000),
    )


def _metric(name: str, metrics: Mapping[str, str]) -> str:
    if name not in metrics:
        raise BadRequest(f"cannot use 'when': metric {name[:40]!r} is unknown", hint=f"Valid: {', '.join(metrics)}.")
    return name


def _number(name: str, value: Any, most: float = MOST) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most:
        raise BadRequest(f"cannot use 'when': {name!r} must be a number of 0 to {most:,.0f}")
    return float(value)


def _whole(name: str, value: Any, least: int, most: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise BadRequest(f"cannot use 'when': {name!r} must be a whole number of {least} to {most}")
    return value


def pairs_of(given: Mapping[str, Any], goals: Goals) -> Pairs:
    """A rule's ``filters`` as the query string of a list. Raises BadRequest for what a list would not take."""
    pairs: list[tuple[str, str]] = []
    for name, value in given.items():
        values: Sequence[Any] = value if isinstance(value, list) else [value]
        if name in OF_A_WINDOW or not values or not all(isinstance(one, str) for one in values):
            raise BadRequest(
                f"cannot use filter {name[:40]!r}: a rule's filters are those of the session list without from and to,"
                " each with a text or a list of texts"
            )
        pairs += [(name, one) for one in values]
    if len(pairs) > MOST_FILTERS:
        raise BadRequest(f"cannot use {len(pairs)} filters: a rule has at most {MOST_FILTERS}")
    parameters.check_known(pairs, choosing.PARAMETERS, [filters.METADATA])
    choosing.choose(pairs, goals)
    return pairs
