"""Which days are spikes, of costs by day."""

from __future__ import annotations

import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from threadline_server.query import spikes

WEEK = [10.0, 10.0, 10.0, 10.0, 10.0, 2.0, 2.0]


@given(st.lists(st.floats(0, 1e6), max_size=60), st.integers(0, 10))
def test_a_spike_lies_above_what_was_expected_by_its_score(costs: list[float], first: int) -> None:
    for spike in spikes.find(costs, first):
        before = [costs[day] for day in spike.before(first)]
        middle = statistics.median(before)
        weekdays = [costs[day] for day in spike.before(first) if (spike.day - day) % 7 == 0]
        expected = max(middle, statistics.median(weekdays))
        deviation = statistics.median(abs(other - middle) for other in before)
        spread = max(1.4826 * deviation, expected / 10, 0.01)
        assert 7 <= len(before) <= 28
        assert (spike.expected, spike.cost) == (expected, costs[spike.day])
        assert spike.score == pytest.approx((spike.cost - expected) / spread)
        assert spike.score >= 3.5


@given(st.floats(0, 1e6), st.integers(0, 60))
def test_costs_that_stay_are_no_spike(cost: float, days: int) -> None:
    assert spikes.find([cost] * days, 0) == []


def test_seven_days_are_needed() -> None:
    assert [spike.day for spike in spikes.find([1.0] * 6 + [100.0], 0)] == []
    assert [spike.day for spike in spikes.find([1.0] * 7 + [100.0], 0)] == [7]
    assert [spike.day for spike in spikes.find([0.0, 0.0] + [1.0] * 6 + [100.0], 2)] == []


def test_a_day_of_the_week_that_is_always_dear_is_none() -> None:
    weekend_shop = [cost and 12 - cost for cost in WEEK * 5]

    assert [spike.day for spike in spikes.find(weekend_shop, 0, since=14)] == []


def test_a_spike_does_not_hide_the_next() -> None:
    assert [spike.day for spike in spikes.find([10.0] * 10 + [100.0, 10.0, 100.0], 0)] == [10, 12]
