"""Whether a difference is more than noise."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final, NamedTuple

FALSE_DISCOVERIES: Final = 0.05
"""Of the differences that are marked, so large a part is expected to be noise."""
LEAST_SESSIONS: Final = 8
"""On each side; below, the normal distribution is no good approximation, and nothing is said."""
_CONTINUITY: Final = 0.5


class Ranked(NamedTuple):
    """Two samples by the Mann-Whitney U test."""

    superiority: float
    """In which share of the pairs the current value is the greater one; equal ones count half."""
    p_value: float | None
    """Two-sided, of the normal approximation with corrections for ties and continuity; None where all values are equal."""


def mann_whitney(base_count: int, count: int, *, rank_sum: int, equal_pairs: int, repeats: float) -> Ranked:
    """Two samples by their ranks, none of them empty.

    ``rank_sum`` adds up the places of the current values among all, each behind the base's of the same value;
    ``equal_pairs`` counts pairs of a value of each sample that are equal; ``repeats`` adds up ``n**3 - n`` over the values that
    are there n times.
    """
    pairs, everything = base_count * count, base_count + count
    wins = rank_sum - count * (count + 1) // 2 - equal_pairs / 2
    if equal_pairs == pairs:
        return Ranked(wins / pairs, None)
    variance = pairs / 12 * (everything + 1 - repeats / (everything * (everything - 1)))
    beyond = max(wins, pairs - wins) - pairs / 2 - _CONTINUITY
    return Ranked(wins / pairs, min(1.0, math.erfc(beyond / math.sqrt(2 * variance))))


def two_proportions(some: int, of: int, base_some: int, base_of: int) -> float | None:
    """The p-value of the pooled z-test that two shares are one, two-sided; None where they are both nothing or all."""
    pooled = (some + base_some) / (of + base_of)
    deviation = math.sqrt(pooled * (1 - pooled) * (1 / of + 1 / base_of))
    if deviation == 0:
        return None
    return math.erfc(abs(some / of - base_some / base_of) / deviation / math.sqrt(2))


def adjusted(p_values: Sequence[float | None]) -> list[float | None]:
    """The q-values of Benjamini and Hochberg, for the tests that were made."""
    ranked = sorted(((p, place) for place, p in enumerate(p_values) if p is not None), reverse=True)
    found: list[float | None] = [None] * len(p_values)
    least = 1.0
    for rank, (p, place) in zip(range(len(ranked), 0, -1), ranked, strict=True):
        least = min(least, p * len(ranked) / rank)
        found[place] = least
    return found
