"""What the chosen sessions add up to is the sum over the list that the same filters choose."""

from __future__ import annotations

import datetime as dt
import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
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
SUMS = (
    "traceCount",
    "spanCount",
    "generationCount",
    "toolCount",
    "errorCount",
    "promptTokens",
    "completionTokens",
    "totalTokens",
)
PER_SESSION = ("traceCount", "duration", "activeDuration", "totalTokens", "totalCost")
NOTHING = {
    "totals": {
        "sessionCount": 0,
        "userCount": 0,
        "failedSessionCount": 0,
        **dict.fromkeys(SUMS, 0),
        "totalCost": 0,
        "unpricedModels": [],
    },
    "errorRate": None,
    "traceErrorRate": None,
    "perSession": {name: dict.fromkeys(("mean", "p50", "p90", "p95", "p99")) for name in PER_SESSION},
    "completion": {"reached": 0, "closed": 0, "open": 0, "rate": None},
}
GOALS = {"clean": {"errorFree": True}, "tagged": {"tag": world.AWKWARD[0]}}
ZONES = ["UTC", "Europe/Berlin", "Asia/Kolkata", "America/New_York", "Australia/Lord_Howe", "Pacific/Chatham"]


@pytest.fixture(scope="module")
def filled(server: Server) -> Caller:
    caller = server.caller()
    caller.send(*world.traces(50, seed=3))
    for name, when in GOALS.items():
        caller.post("/observability/goals", json.dumps({"name": name, "when": when}).encode())
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


def figures(entries: Iterable[Mapping[str, Any]], goals: Collection[str] = GOALS) -> dict[str, Any]:
    """In plain Python: completion is of any of these goals. No session of this world is active."""
    chosen = list(entries)
    reached = sum(not set(goals).isdisjoint(entry["goals"]) for entry in chosen)
    rate = reached / len(chosen) if chosen else None
    return {**_sums(chosen), "completion": {"reached": reached, "closed": len(chosen), "open": 0, "rate": rate}}


def _sums(chosen: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    if not chosen:
        return NOTHING
    failed = sum(entry["errorCount"] > 0 for entry in chosen)
    totals = {
        "sessionCount": len(chosen),
        "userCount": len({user for entry in chosen for user in entry["userIds"]}),
        "failedSessionCount": failed,
        **{name: sum(entry[name] for entry in chosen) for name in SUMS},
        "totalCost": sum(cost(entry["totalCost"]) for entry in chosen),
        "unpricedModels": sorted({model for entry in chosen for model in entry["unpricedModels"]}),
    }
    return {
        "totals": totals,
        "errorRate": failed / len(chosen),
        "traceErrorRate": totals["errorCount"] / totals["traceCount"],
        "perSession": {name: distribution([entry[name] for entry in chosen]) for name in PER_SESSION},
    }


def cost(told: float) -> Decimal:
    return Decimal(repr(told))


def told(answer: Mapping[str, Any]) -> Any:
    """The figures of an answer, without histograms."""
    per_session = {name: {**one} for name, one in answer["perSession"].items()}
    for one in per_session.values():
        one.pop("histogram", None)
    return rounded({**{name: answer[name] for name in NOTHING if name in answer}, "perSession": per_session})


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


def following(interval: str, begin: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    """The begin of the interval after."""
    probe = begin
    while begin_of(interval, probe, zone) == begin:
        probe += dt.timedelta(minutes=30) if interval == "hour" else dt.timedelta(hours=12)
    return begin_of(interval, probe, zone)


def intervals(interval: str, first: dt.datetime, last: dt.datetime, zone: ZoneInfo) -> list[dt.datetime]:
    found = [begin_of(interval, first, zone)]
    while (after := following(interval, found[-1], zone)) <= last:
        found.append(after)
    return found


def groups_of(entry: Mapping[str, Any], by: str) -> list[Any]:
    """In which groups a session stands."""
    if by.startswith("metadata."):
        return [entry["metadata"].get(by.removeprefix("metadata."))]
    found = {
        "user": entry["userIds"],
        "tag": entry["tags"],
        "model": [use["model"] for use in entry["models"]],
        "environment": [entry["environment"]],
        "release": [entry["release"]],
        "goal": entry["goals"],
    }[by]
    return found or [None]


def has_of(entry: Mapping[str, Any], by: str, keys: Sequence[Any]) -> dict[str, Any]:
    """A session as it counts in these groups: of models with what these used, else whole."""
    if by != "model":
        return dict(entry)
    uses = [use for use in entry["models"] if use["model"] in keys]
    part = {name: sum(use[name] for use in uses) for name in ("promptTokens", "completionTokens", "totalTokens")}
    generations = sum(use["generations"] for use in uses)
    return {
        **entry,
        **part,
        "generationCount": generations,
        "totalCost": float(sum(cost(use["cost"] or 0) for use in uses)),
    }


def test_totals_and_statistics_are_those_of_the_whole_list(filled: Caller, entries: list[dict[str, Any]]) -> None:
    answer = filled.read(PATH)

    assert told(answer) == rounded(figures(entries))
    rest = ("from", "to", "series", "groupBy", "groups", "other", "previous")
    assert {name: answer[name] for name in rest} == dict.fromkeys(rest) | {"series": [], "groups": []}


@PROPERTY
@given(
    user=st.sampled_from([None, *world.AWKWARD]),
    window=st.lists(st.integers(-2, 42), min_size=2, max_size=2, unique=True).map(sorted),
    interval=st.sampled_from(["hour", "day", "week", "month", None]),
    zone=st.sampled_from(ZONES),
)
def test_any_filter_window_and_zone_add_up(
    user: str | None, window: list[int], interval: str | None, zone: str, filled: Caller, entries: list[dict[str, Any]]
) -> None:
    start, end = (world.START + dt.timedelta(days=days) for days in window)
    named = [("userId", user)] if user is not None else []
    pairs = [("from", start.isoformat()), ("to", end.isoformat()), *named]
    chosen = world.chosen(entries, pairs, world.SESSION_TESTS)
    asked = [*pairs, *([("interval", interval), ("timeZone", zone)] if interval else [])]
    begins = intervals(interval, start, end - dt.timedelta(microseconds=1), ZoneInfo(zone)) if interval else []
    buckets: dict[dt.datetime, list[Mapping[str, Any]]] = {begin: [] for begin in begins}
    for entry in chosen if interval else []:
        buckets[begin_of(interval or "", max(start, world.moment(entry["startTime"])), ZoneInfo(zone))].append(entry)
    before = [("from", (start - (end - start)).isoformat()), ("to", start.isoformat()), *named]

    answer = filled.read(PATH, *asked)

    assert told(answer) == rounded(figures(chosen))
    assert [(world.moment(one["time"]), told(one)) for one in answer["series"]] == [
        (begin, rounded(figures(buckets[begin]))) for begin in begins
    ]
    assert told(answer["previous"]) == rounded(figures(world.chosen(entries, before, world.SESSION_TESTS)))
    assert [world.moment(one[name]) for one in (answer, answer["previous"]) for name in ("from", "to")] == [
        moment.replace(microsecond=250_000) for moment in (start, end, start - (end - start), start)
    ]


@PROPERTY
@given(
    by=st.sampled_from(
        ["model", "user", "tag", "environment", "release", "goal", *(f"metadata.{key}" for key in world.NAMED)]
    ),
    limit=st.integers(1, 30),
    failed=st.sampled_from([None, "true", "false"]),
)
def test_groups_are_those_of_a_plain_program(
    by: str, limit: int, failed: str | None, filled: Caller, entries: list[dict[str, Any]]
) -> None:
    pairs = [("hasError", failed)] if failed else []
    members: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for entry in world.chosen(entries, pairs, world.SESSION_TESTS):
        for key in groups_of(entry, by):
            members[json.dumps(key, ensure_ascii=False)].append(entry)
    sizes = {key: len(some) for key, some in members.items()}

    answer = filled.read(PATH, *pairs, ("groupBy", by), ("groupLimit", str(limit)))

    shown = [json.dumps(one["key"], ensure_ascii=False) for one in answer["groups"]]
    assert [sizes[key] for key in shown] == sorted(sizes.values(), reverse=True)[:limit]
    assert len(set(shown)) == len(shown)
    assert [told(one) for one in answer["groups"]] == [
        rounded(figures(has_of(entry, by, [json.loads(key)]) for entry in members[key])) for key in shown
    ]
    hidden = [key for key in sizes if key not in shown]
    others = {
        entry["id"]: has_of(entry, by, [json.loads(key) for key in hidden]) for key in hidden for entry in members[key]
    }
    assert (answer["groupBy"], answer["other"] and (answer["other"]["groupCount"], told(answer["other"]))) == (
        by,
        (len(hidden), rounded(figures(others.values()))) if hidden else None,
    )


@pytest.mark.parametrize("by", ["environment", "goal", "model"])
def test_completion_of_groups_is_about_the_goal_that_is_named_or_filtered_by(
    by: str, filled: Caller, entries: list[dict[str, Any]]
) -> None:
    """What is filtered by one goal has all reached it: the rate is then among those that the other filters choose."""
    named = filled.read(PATH, ("groupBy", by), ("groupLimit", "100"), ("completionGoal", "tagged"))
    narrowed = filled.read(PATH, ("groupBy", by), ("groupLimit", "100"), ("goal", "tagged"), ("interval", "month"))

    assert [one["completion"] for one in (named, *named["groups"])] == [
        figures(some, ["tagged"])["completion"]
        for some in (
            entries,
            *([one for one in entries if group["key"] in groups_of(one, by)] for group in named["groups"]),
        )
    ]
    assert narrowed["completion"] == named["completion"]
    assert narrowed["totals"]["sessionCount"] == sum("tagged" in one["goals"] for one in entries)
    of_all = {json.dumps(one["key"]): one["completion"] for one in named["groups"]}
    assert all(one["completion"] == of_all[json.dumps(one["key"])] for one in narrowed["groups"])
    assert sum(one["completion"]["reached"] for one in narrowed["series"]) == narrowed["completion"]["reached"]


@pytest.mark.parametrize("pairs", [[], [("hasError", "true")], [("hasError", "false")]], ids=str)
def test_histograms_count_every_session_once(
    pairs: list[tuple[str, str]], filled: Caller, entries: list[dict[str, Any]]
) -> None:
    chosen = world.chosen(entries, pairs, world.SESSION_TESTS)

    answer = filled.read(PATH, *pairs)

    for name in PER_SESSION:
        least = Decimal("0.000001") if name == "totalCost" else Decimal(1)
        steps = [least * 10**power * Decimal(step) for power in range(12) for step in ("1", "1.5", "2", "3", "5", "7")]
        bounds = [Decimal(0), *(step for step in steps if name == "totalCost" or step == int(step))]
        places = [sum(bound <= cost(entry[name]) for bound in bounds) - 1 for entry in chosen]
        assert answer["perSession"][name]["histogram"] == [
            {
                "from": float(bounds[place]),
                "to": float(bounds[place + 1]),
                "sessionCount": places.count(place),
            }
            for place in range(min(places), max(places) + 1)
        ], name


@pytest.mark.parametrize("zone", ZONES)
def test_hours_begin_when_they_do_in_the_zone(zone: str, filled: Caller, entries: list[dict[str, Any]]) -> None:
    """Half and three quarters of an hour off in some."""
    series = filled.read(PATH, ("interval", "hour"), ("timeZone", zone))["series"]

    moments = [world.moment(entry["startTime"]) for entry in entries]
    begins = intervals("hour", min(moments), max(moments), ZoneInfo(zone))
    assert [world.moment(one["time"]) for one in series] == begins
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
    answer = filled.read(PATH, ("from", "2020-01-01"), ("to", "2020-01-03"), ("interval", "day"), ("groupBy", "user"))

    no_histogram = {name: {**one, "histogram": []} for name, one in NOTHING["perSession"].items()}
    assert answer == {
        "from": "2020-01-01T00:00:00.000Z", "to": "2020-01-03T00:00:00.000Z", **NOTHING, "perSession": no_histogram,
        "previous": {"from": "2019-12-30T00:00:00.000Z", "to": "2020-01-01T00:00:00.000Z", **NOTHING},
        "series": [{"time": f"2020-01-0{day}T00:00:00.000Z", **NOTHING} for day in (1, 2)],
        "groupBy": "user", "groups": [], "other": None,
    }  # fmt: skip


def test_a_series_of_nothing_without_a_window_is_empty(caller: Caller) -> None:
    assert caller.read(PATH, ("interval", "day"))["series"] == []


def test_a_session_that_began_before_the_window_stands_in_the_first_interval(caller: Caller) -> None:
    """And one across midnight on the day on which it began."""
    for name, start, end in (
        ("a", "2025-03-28T23:59Z", "2025-03-31T00:01Z"),
        ("b", "2025-03-30T23:59Z", "2025-03-31T00:01Z"),
    ):
        caller.send({"name": "t", "sessionId": name, "startTime": start, "endTime": end})

    series = caller.read(PATH, ("from", "2025-03-29"), ("to", "2025-04-01"), ("interval", "day"))["series"]

    assert [one["totals"]["sessionCount"] for one in series] == [1, 1, 0]


def test_a_session_of_one_unfinished_trace_counts_like_any_other(caller: Caller) -> None:
    caller.send({"name": "t", "sessionId": "s", "startTime": "2025-03-30T10:00:00Z"})

    assert told(caller.read(PATH)) == rounded({**figures(caller.sessions()), "completion": NOTHING["completion"]})


def test_calls_that_name_no_model_are_a_group_and_the_groups_of_models_add_up(caller: Caller) -> None:
    at = {"startTime": "2025-03-30T10:00:00Z", "endTime": "2025-03-30T10:00:01Z"}
    calls = [
        {
            "id": "a",
            "kind": "generation",
            "modelName": "m",
            "promptTokens": 5,
            "completionTokens": 2,
            "cost": 0.25,
            **at,
        },
        {"id": "b", "kind": "generation", "promptTokens": 30, "completionTokens": 1, "cost": 0.5, **at},
    ]
    caller.send({"id": "t", "sessionId": "s", "observations": calls, **at}, {"id": "u", "sessionId": "r", **at})

    groups = caller.read(PATH, ("groupBy", "model"))["groups"]

    used = ("sessionCount", "generationCount", "promptTokens", "completionTokens", "totalTokens", "totalCost")
    assert [(one["key"], *(one["totals"][name] for name in used)) for one in groups] == [
        (None, 2, 1, 30, 1, 31, 0.5),
        ("m", 1, 1, 5, 2, 7, 0.25),
    ]


def test_more_intervals_than_one_answer_holds_are_refused(caller: Caller) -> None:
    answer = caller.get(PATH, ("from", "2020-01-01"), ("to", "2021-01-01"), ("interval", "hour"))

    assert answer.status_code == 400
    assert "more than 2400" in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("interval", "minute"),
        ("interval", "DAY"),
        ("timeZone", "Mars"),
        ("timeZone", "UTC'"),
        ("timeZone", "../../etc/passwd"),
        ("groupBy", "metadata."),
        ("groupBy", "tool"),
        ("groupLimit", "0"),
        ("histogram", "1"),
    ],
)
def test_an_unknown_value_is_400(name: str, value: str, filled: Caller) -> None:
    answer = filled.get(PATH, (name, value))

    assert answer.status_code == 400
    assert f"'{name}'" in answer.json()["error"]["message"]
