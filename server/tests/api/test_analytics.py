"""What the chosen sessions add up to is the sum over the list that the same filters choose."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from . import world
from .running import Caller, Server

PATH = "/observability/analytics/sessions"
PROPERTY = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
SUMS = ("traceCount", "spanCount", "errorCount", "promptTokens", "completionTokens", "totalTokens")
PER_SESSION = ("traceCount", "duration", "activeDuration", "totalTokens", "totalCost")
NOTHING = {
    "totals": {"sessionCount": 0, "userCount": 0, **dict.fromkeys(SUMS, 0), "totalCost": 0},
    "perSession": {name: dict.fromkeys(("mean", "p50", "p90", "p95", "p99")) for name in PER_SESSION},
}
ZONES = ["UTC", "Europe/Berlin", "Asia/Kolkata", "America/New_York", "Australia/Lord_Howe", "Pacific/Chatham"]


@pytest.fixture(scope="module")
def filled(server: Server) -> Caller:
    caller = server.caller()
    caller.send(*world.traces(50, seed=3))
    return caller


@pytest.fixture(scope="module")
def entries(filled: Caller) -> list[dict[str, Any]]:
    return world.Entries(filled.sessions(("limit", "200")))


def rounded(value: Any) -> Any:
    """Floating-point sums and means, to ten digits."""
    if isinstance(value, Mapping):
        return {key: rounded(item) for key, item in value.items()}
    if isinstance(value, list):
        return [rounded(item) for item in value]
    return float(f"{value:.10g}") if isinstance(value, int | float | Decimal) and not isinstance(value, bool) else value


def figures(entries: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """In plain Python."""
    chosen = list(entries)
    if not chosen:
        return NOTHING
    totals = {
        "sessionCount": len(chosen),
        "userCount": len({user for entry in chosen for user in entry["userIds"]}),
        **{name: sum(entry[name] for entry in chosen) for name in SUMS},
        "totalCost": sum(Decimal(repr(entry["totalCost"])) for entry in chosen),
    }
    return {
        "totals": totals,
        "perSession": {name: distribution([entry[name] for entry in chosen]) for name in PER_SESSION},
    }


def distribution(values: Sequence[float]) -> dict[str, float]:
    levels = {f"p{level}": percentile(sorted(values), level / 100) for level in (50, 90, 95, 99)}
    return {"mean": sum(values) / len(values), **levels}


def percentile(values: Sequence[float], level: float) -> float:
    """Linear between the two nearest ranks."""
    place = level * (len(values) - 1)
    below = int(place)
    above = min(below + 1, len(values) - 1)
    return values[below] + (values[above] - values[below]) * (place - below)


def begin_of(interval: str, moment: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    """The begin of the interval of that zone's calendar in which a moment lies, in UTC."""
    local = moment.astimezone(zone).replace(minute=0, second=0, microsecond=0)
    if interval != "hour":
        local = local.replace(hour=0, fold=0)
    if interval == "week":
        local -= dt.timedelta(days=local.weekday())
    if interval == "month":
        local = local.replace(day=1)
    return local.astimezone(dt.UTC)


def test_totals_and_statistics_are_those_of_the_whole_list(filled: Caller, entries: list[dict[str, Any]]) -> None:
    answer = filled.read(PATH)

    assert rounded({name: answer[name] for name in ("totals", "perSession")}) == rounded(figures(entries))
    assert (answer["from"], answer["to"], answer["series"], answer["groups"], answer["previous"]) == (
        None,
        None,
        [],
        [],
        None,
    )


@PROPERTY
@given(
    user=st.sampled_from([None, *world.AWKWARD]),
    window=st.lists(st.integers(-2, 42), min_size=2, max_size=2, unique=True).map(sorted),
    interval=st.sampled_from(["day", "week", "month", None]),
    zone=st.sampled_from(ZONES),
)
def test_any_filter_window_and_zone_add_up(
    user: str | None, window: list[int], interval: str | None, zone: str, filled: Caller, entries: list[dict[str, Any]]
) -> None:
    start, end = (world.START + dt.timedelta(days=days) for days in window)
    pairs = [("from", start.isoformat()), ("to", end.isoformat()), *([("userId", user)] if user is not None else [])]
    chosen = world.chosen(entries, pairs, world.SESSION_TESTS)
    asked = [*pairs, *([("interval", interval), ("timeZone", zone)] if interval else [])]
    buckets: dict[dt.datetime, list[Mapping[str, Any]]] = defaultdict(list)
    for entry in chosen if interval else []:
        buckets[begin_of(interval or "", max(start, world.moment(entry["startTime"])), ZoneInfo(zone))].append(entry)

    answer = filled.read(PATH, *asked)

    assert rounded({name: answer[name] for name in ("totals", "perSession")}) == rounded(figures(chosen))
    assert [world.moment(one["time"]) for one in answer["series"]] == sorted(buckets)
    assert [rounded({name: one[name] for name in ("totals", "perSession")}) for one in answer["series"]] == [
        rounded(figures(buckets[begin])) for begin in sorted(buckets)
    ]
    assert [world.moment(answer[name]) for name in ("from", "to")] == [
        moment.replace(microsecond=250_000) for moment in (start, end)
    ]


@pytest.mark.parametrize("zone", ZONES)
def test_hours_begin_when_they_do_in_the_zone(zone: str, filled: Caller, entries: list[dict[str, Any]]) -> None:
    """Half and three quarters of an hour off in some."""
    series = filled.read(PATH, ("interval", "hour"), ("timeZone", zone))["series"]

    begins = {begin_of("hour", world.moment(entry["startTime"]), ZoneInfo(zone)) for entry in entries}
    assert [world.moment(one["time"]) for one in series] == sorted(begins)
    assert sum(one["totals"]["sessionCount"] for one in series) == len(entries)


@pytest.mark.parametrize(
    ("zone", "times", "days"),
    [
        (
            "Europe/Berlin",
            ["2025-03-29T23:30:00Z", "2025-03-30T21:59:00Z", "2025-03-30T22:00:00Z"],
            ["2025-03-29T23:00", "2025-03-30T22:00"],
        ),
        (
            "Europe/Berlin",
            ["2025-10-25T22:00:00Z", "2025-10-26T22:59:00Z", "2025-10-26T23:00:00Z"],
            ["2025-10-25T22:00", "2025-10-26T23:00"],
        ),
        (
            "America/Havana",
            ["2025-03-09T05:30:00Z", "2025-03-10T03:59:00Z", "2025-03-10T04:00:00Z"],
            ["2025-03-09T05:00", "2025-03-10T04:00"],
        ),
    ],
    ids=["23 hours", "25 hours", "a day without midnight"],
)
def test_days_are_as_long_as_they_are_when_clocks_change(
    zone: str, times: list[str], days: list[str], caller: Caller
) -> None:
    caller.send(*({"name": "t", "sessionId": f"s-{at}", "startTime": at, "endTime": at} for at in times))

    series = caller.read(PATH, ("interval", "day"), ("timeZone", zone))["series"]

    assert [(one["time"], one["totals"]["sessionCount"]) for one in series] == [
        (f"{day}:00.000Z", count) for day, count in zip(days, (2, 1), strict=True)
    ]


def test_an_empty_window_has_zeros_and_nulls(filled: Caller) -> None:
    answer = filled.read(PATH, ("from", "2020-01-01"), ("to", "2020-02-01"), ("interval", "day"))

    assert answer == {
        "from": "2020-01-01T00:00:00.000Z", "to": "2020-02-01T00:00:00.000Z", **NOTHING,
        "completion": {"reached": 0, "closed": 0, "open": 0, "rate": None}, "previous": None, "series": [], "groups": [],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("interval", "minute"),
        ("interval", "DAY"),
        ("timeZone", "Mars"),
        ("timeZone", "UTC'"),
        ("timeZone", "../../etc/passwd"),
    ],
)
def test_an_unknown_interval_or_zone_is_400(name: str, value: str, filled: Caller) -> None:
    answer = filled.get(PATH, (name, value))

    assert answer.status_code == 400
    assert f"'{name}'" in answer.json()["error"]["message"]
