"""Whether a difference is more than noise."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

FALSE_DISCOVERIES: Final = 0.05
"""Of the differences that are marked, so large a part is expected to be noise."""
LEAST_SESSIONS: Final = 8
"""On each side; below, the normal distribution is no good approximation, and nothing is said."""


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
