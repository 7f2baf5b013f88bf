"""Intervals of every calendar hold every moment once, where clocks change too."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from threadline_server.errors import BadRequest
from threadline_server.query import intervals

ZONES = ["UTC", "Europe/Berlin", "America/New_York", "America/Havana", "Asia/Kolkata", "Pacific/Chatham", "Australia/Lord_Howe",
         "Pacific/Apia", "America/Sao_Paulo"]  # fmt: skip
SECOND_NS = 1_000_000_000
moments = st.integers(788_918_400, 1_893_456_000).map(lambda second: dt.datetime.fromtimestamp(second, dt.UTC))
LONGEST = {"hour": 1.5, "day": 25, "week": 7 * 24 + 1, "month": 31 * 24 + 1}


def ns(moment: dt.datetime) -> int:
    return int((moment - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)) / dt.timedelta(microseconds=1)) * 1000


def local(start_ns: int, zone: str) -> dt.datetime:
    return dt.datetime.fromtimestamp(start_ns // SECOND_NS, intervals.time_zone(zone))


@settings(deadline=None)
@given(st.sampled_from(intervals.UNITS), moments, st.integers(0, 60 * 24), st.sampled_from(ZONES))
def test_every_moment_is_in_the_interval_of_its_local_time(
    unit: str, first: dt.datetime, hours: int, zone: str
) -> None:
    last = first + dt.timedelta(hours=hours)

    starts = intervals.starts_ns(unit, ns(first), ns(last), intervals.time_zone(zone))

    assert starts[0] <= ns(first)
    assert starts[-1] <= ns(last)
    assert ns(first) - starts[0] < LONGEST[unit] * 3600 * SECOND_NS
    assert all(0 < after - before <= LONGEST[unit] * 3600 * SECOND_NS for before, after in pairwise(starts))
    for start in starts:
        at, before = local(start, zone), local(start - SECOND_NS, zone)
        name = {"hour": "%Y-%m-%d %H %z", "day": "%Y-%m-%d", "week": "%G-%V", "month": "%Y-%m"}[unit]
        assert at.strftime(name) != before.strftime(name), "nothing begins here"
    within = [local(moment, zone) for start, after in pairwise(starts) for moment in (start, after - SECOND_NS)]
    key = {"hour": "%Y-%m-%d %H", "day": "%Y-%m-%d", "week": "%G-%V", "month": "%Y-%m"}[unit]
    assert all(one.strftime(key) == other.strftime(key) for one, other in zip(within[::2], within[1::2], strict=True))


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Berlin", "2025-03-30", 23),
        ("Europe/Berlin", "2025-10-26", 25),
        ("Asia/Kolkata", "2025-10-26", 24),
        ("Pacific/Chatham", "2025-09-28", 24),  # from 02:45 to 03:45: of two of them a part
    ],
)
def test_a_day_has_as_many_hours_as_its_clock_shows(zone: str, day: str, hours: int) -> None:
    begin = dt.datetime.fromisoformat(day).replace(tzinfo=intervals.time_zone(zone))
    end = begin + dt.timedelta(days=1)

    assert len(intervals.starts_ns("hour", ns(begin), ns(end) - 1, intervals.time_zone(zone))) == hours


def test_a_day_that_a_country_left_out_is_none() -> None:
    """Samoa went from 29 to 31 December 2011."""
    begin, end = (dt.datetime(2011, 12, day, 12, tzinfo=dt.UTC) for day in (29, 31))

    days = intervals.starts_ns("day", ns(begin), ns(end), intervals.time_zone("Pacific/Apia"))

    assert [f"{local(day, 'Pacific/Apia'):%d}" for day in days] == ["29", "31", "01"]


def test_too_many_are_refused() -> None:
    hour_ns = 3600 * SECOND_NS

    assert len(intervals.starts_ns("hour", 0, 2_399 * hour_ns, intervals.time_zone("UTC"))) == 2_400
    with pytest.raises(BadRequest, match="more than 2400"):
        intervals.starts_ns("hour", 0, 2_400 * hour_ns, intervals.time_zone("UTC"))


def test_clocks_that_change_within_an_hour_cut_it_in_two():
    first = dt.datetime(2006, 3, 18, 12, 15, tzinfo=dt.UTC)

    starts = intervals.starts_ns(
        "hour", ns(first), ns(first + dt.timedelta(hours=2)), intervals.time_zone("Pacific/Chatham")
    )

    told = [local(start, "Pacific/Chatham").strftime("%H:%M %z") for start in starts]
    assert told == ["02:00 +1345", "03:00 +1345", "02:45 +1245", "03:00 +1245"]
