"""The figures of sessions: totals, rates, and per session the mean, percentiles and a histogram.

Percentiles interpolate linearly between the two nearest ranks (ClickHouse's ``quantileExactInclusive``, NumPy's default).
The bins of a histogram are the same for all data, so that two of them can be laid over each other: they begin at 0 and at
1, 1.5, 2, 3, 5 and 7 times each power of ten.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec

from threadline_server.store.database import Row
from threadline_server.store.queries import Fragment

PER_SESSION: Final[Mapping[str, str]] = {
    "traceCount": "trace_count",
    "duration": "duration_ms",
    "activeDuration": "active_ms",
    "totalTokens": "total_tokens",
    "totalCost": "cost",
}
"""What is told per session, and its column."""
_LEVELS: Final = ("p50", "p90", "p95", "p99")
_COUNTS: Final = ("session", "user", "trace", "span", "error", "generation", "tool", "failed_session")
_TOKENS: Final = ("prompt", "completion", "total")


def statistics(prefix: str = "") -> Fragment:
    """Mean and percentiles of each column, as ``stats_<column>``; ``prefix`` is that of the tokens and the cost."""
    own = {"total_tokens", "cost"}
    return Fragment(
        ", ".join(
            f"arrayPushFront(quantilesExactInclusive(0.5, 0.9, 0.95, 0.99)(toFloat64({source})), avg(toFloat64({source}))) AS stats_{column}"
            for column in PER_SESSION.values()
            for source in [f"{prefix if column in own else ''}{column}"]
        )
    )


_STEPS: Final = (2, 3, 4, 6, 10, 14)
"""Halves of 1, 1.5, 2, 3, 5 and 7."""


def _bounds(least: int, powers: int) -> list[int]:
    halves = (step * least * 10**power for power in range(powers) for step in _STEPS)
    return [0, *(half // 2 for half in halves if half % 2 == 0)]


class Bins(msgspec.Struct, frozen=True):
    """Where the bins of a metric begin, in ``unit``; the last one is open."""

    unit: int
    bounds: list[int]

    def told(self, bound: int) -> float:
        return bound // self.unit if bound % self.unit == 0 else bound / self.unit


PICODOLLARS: Final = 10**12
"""A cost as a whole number, so that it is compared with the bounds exactly."""
BINS: Final[Mapping[str, Bins]] = {
    name: Bins(PICODOLLARS, _bounds(PICODOLLARS // 10**6, 12)) if name == "totalCost" else Bins(1, _bounds(1, 12))
    for name in PER_SESSION
}
_WHOLE: Final = {"cost": f"least(cost, toDecimal128(1000000, 12)) * {PICODOLLARS}"}
HISTOGRAMS: Final = Fragment(
    "["
    + ", ".join(
        f"roundDown(toInt64({_WHOLE.get(column, column)}), {{bounds_{column}:Array(Int64)}}) * 8 + {place}"
        for place, column in enumerate(PER_SESSION.values())
    )
    + "]"
)
"""Of each metric the beginning of its bin, with the metric's place in the last three bits: grouping by one number is fast."""
HISTOGRAM_VALUES: Final[Mapping[str, list[int]]] = {
    f"bounds_{column}": BINS[name].bounds for name, column in PER_SESSION.items()
}


def of(row: Row | None) -> dict[str, Any]:
    """Totals, rates and statistics of a row of sums; of no sessions the sums are 0 and all else is None."""
    totals = {f"{_camel(name)}Count": row[f"all_{name}_count"] if row else 0 for name in _COUNTS}
    totals |= {f"{name}Tokens": row[f"all_{name}_tokens"] if row else 0 for name in _TOKENS}
    totals["totalCost"] = row["all_cost"] if row else 0
    totals["unpricedModels"] = row["all_unpriced_models"] if row else []
    per_session = {}
    for name, column in PER_SESSION.items():
        mean, *levels = row[f"stats_{column}"] if row else [None] * (1 + len(_LEVELS))
        per_session[name] = {"mean": mean, **dict(zip(_LEVELS, levels, strict=True))}
    return {
        "totals": totals,
        "errorRate": share(totals["failedSessionCount"], totals["sessionCount"]),
        "traceErrorRate": share(totals["errorCount"], totals["traceCount"]),
        "perSession": per_session,
    }


def histograms(rows: Iterable[Row]) -> dict[str, list[dict[str, Any]]]:
    """Of each metric the bins from the first to the last that holds a session, empty ones between them included."""
    counts: list[dict[int, int]] = [{} for _ in PER_SESSION]
    for row in rows:
        counts[row["bin"] % 8][row["bin"] // 8] = row["session_count"]
    return {name: _filled(BINS[name], counts[place]) for place, name in enumerate(PER_SESSION)}


def _filled(bins: Bins, counts: Mapping[int, int]) -> list[dict[str, Any]]:
    if not counts:
        return []
    first, last = bins.bounds.index(min(counts)), bins.bounds.index(max(counts))
    told = [*map(bins.told, bins.bounds), None]
    return [
        {"from": told[place], "to": told[place + 1], "sessionCount": counts.get(bins.bounds[place], 0)}
        for place in range(first, last + 1)
    ]


def share(some: float, of: float) -> float | None:
    """None of nothing."""
    return some / of if of else None


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)
