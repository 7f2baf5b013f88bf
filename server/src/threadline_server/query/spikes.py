"""Days that cost far more than the days before them.

A day is compared with up to 28 days before it, days of no cost included, from the first one on that has a session; with fewer
than 7 nothing is said. Expected is the median of these days, or that of the same days of the week where it is higher. The day
is a spike when it lies above by 3.5 times the spread or more: the median absolute deviation of these days times 1.4826 (the
standard deviation, were they normally distributed), at least a tenth of what was expected, at least one cent. Medians do
not move with the spikes of the days before.
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median
from typing import Final

import msgspec

HISTORY_DAYS: Final = 28
LEAST_DAYS: Final = 7
LEAST_SCORE: Final = 3.5
_NORMAL: Final = 1.4826
_LEAST_SHARE: Final = 0.1
_LEAST_COST: Final = 0.01


class Spike(msgspec.Struct, frozen=True):
    """``day`` is its place among the days."""

    day: int
    cost: float
    expected: float
    score: float

    def before(self, first: int) -> range:
        """The days that it is compared with, when the first session is on the day ``first``."""
        return range(max(first, self.day - HISTORY_DAYS), self.day)


def find(costs: Sequence[float], first: int, since: int = 0) -> list[Spike]:
    """The spikes among the days from ``since`` on; the first session is on the day ``first``."""
    return [
        spike
        for day in range(max(since, first + LEAST_DAYS), len(costs))
        if (spike := _looked_at(costs, first, day)).score >= LEAST_SCORE
    ]


def _looked_at(costs: Sequence[float], first: int, day: int) -> Spike:
    before = range(max(first, day - HISTORY_DAYS), day)
    usual = median(costs[other] for other in before)
    same_weekday = [costs[other] for other in before if (day - other) % 7 == 0]
    expected = max(usual, median(same_weekday))
    deviation = median(abs(costs[other] - usual) for other in before)
    spread = max(_NORMAL * deviation, _LEAST_SHARE * expected, _LEAST_COST)
    return Spike(day, costs[day], expected, (costs[day] - expected) / spread)
