"""Two windows or releases compared are what a plain program finds in the two lists."""

from __future__ import annotations

import datetime as dt
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from . import world
from .running import Caller, Server
from .test_analytics import PER_SESSION, figures, rounded, told

PATH = "/observability/analytics/compare"
PROPERTY = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
Entry = Mapping[str, Any]


def side(entries: list[dict[str, Any]]) -> Any:
    """What is compared: all but the completion."""
    return rounded({name: told for name, told in figures(entries).items() if name != "completion"})


@pytest.fixture(scope="module")
def filled(server: Server) -> Caller:
    caller = server.caller()
    caller.send(*world.traces(60, seed=11))
    return caller


@pytest.fixture(scope="module")
def entries(filled: Caller) -> list[dict[str, Any]]:
    return world.Entries(filled.sessions(("limit", "200")))


def mann_whitney(base: Sequence[float], current: Sequence[float]) -> tuple[float, float | None]:
    """How often the current is the greater one, equal ones half, and the p-value."""
    wins = sum((b < c) + (b == c) / 2 for b in base for c in current)
    pairs, count = len(base) * len(current), len(base) + len(current)
    ties = sum(n**3 - n for n in Counter([*base, *current]).values()) / (count * (count - 1))
    deviation = math.sqrt(pairs / 12 * (count + 1 - ties))
    if deviation == 0:
        return wins / pairs, None
    beyond = max(wins, pairs - wins) - pairs / 2 - 0.5
    return wins / pairs, min(1.0, math.erfc(beyond / deviation / math.sqrt(2)))


def differences(base: Sequence[Entry], current: Sequence[Entry]) -> list[dict[str, Any]]:
    before, after = figures(base), figures(current)

    def change(old: float | None, new: float | None) -> float | None:
        return (new - old) / old if old and new is not None else None

    found = []
    for name in PER_SESSION:
        samples = [[entry[name] for entry in side] for side in (base, current)]
        superiority, p_value = mann_whitney(*samples) if base and current else (None, None)
        levels = [(before["perSession"][name][level], after["perSession"][name][level]) for level in ("mean", "p50")]
        changes = dict(zip(("meanChange", "medianChange"), (change(*level) for level in levels), strict=True))
        found.append({"metric": name, **changes, "superiority": superiority, "pValue": p_value})
    rate = {"metric": "errorRate", "meanChange": change(before["errorRate"], after["errorRate"]), "medianChange": None}
    found.append({**rate, "superiority": None, "pValue": proportions(base, current)})
    if min(len(base), len(current)) < 8:
        found = [{**one, "pValue": None} for one in found]
    tested = sorted(one["pValue"] for one in found if one["pValue"] is not None)
    for one in found:
        q_values = [
            p * len(tested) / (rank + 1)
            for rank, p in enumerate(tested)
            if one["pValue"] is not None and p >= one["pValue"]
        ]
        one["qValue"] = min(q_values, default=None)
        one["isSignificant"] = one["qValue"] is not None and one["qValue"] <= 0.05
    return found


def nearly(difference: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: pytest.approx(value, rel=1e-6, abs=1e-9) if isinstance(value, float) else value
        for name, value in difference.items()
    }


def proportions(base: Sequence[Entry], current: Sequence[Entry]) -> float | None:
    if not (base and current):
        return None
    failed = [sum(entry["errorCount"] > 0 for entry in side) for side in (base, current)]
    pooled = sum(failed) / (len(base) + len(current))
    deviation = math.sqrt(pooled * (1 - pooled) * (1 / len(base) + 1 / len(current)))
    difference = abs(failed[0] / len(base) - failed[1] / len(current))
    return math.erfc(difference / deviation / math.sqrt(2)) if deviation else None


@PROPERTY
@given(
    window=st.lists(st.integers(-2, 42), min_size=2, max_size=2, unique=True).map(sorted),
    other=st.none() | st.lists(st.integers(-2, 42), min_size=2, max_size=2, unique=True).map(sorted),
    failed=st.sampled_from([None, "true"]),
)
def test_windows_differ_as_a_plain_program_says(
    window: list[int], other: list[int] | None, failed: str | None, filled: Caller, entries: list[dict[str, Any]]
) -> None:
    start, end = (world.START + dt.timedelta(days=day) for day in window)
    base_start, base_end = (
        (start - (end - start), start) if other is None else (world.START + dt.timedelta(days=day) for day in other)
    )
    kept = [("hasError", failed)] if failed else []
    current = world.chosen(entries, [("from", start.isoformat()), ("to", end.isoformat()), *kept], world.SESSION_TESTS)
    base = world.chosen(
        entries, [("from", base_start.isoformat()), ("to", base_end.isoformat()), *kept], world.SESSION_TESTS
    )
    named = [] if other is None else [("baseFrom", base_start.isoformat()), ("baseTo", base_end.isoformat())]

    answer = filled.read(PATH, ("from", start.isoformat()), ("to", end.isoformat()), *named, *kept)

    assert (told(answer["base"]), told(answer["current"])) == (side(base), side(current))
    for found, expected in zip(answer["differences"], differences(base, current), strict=True):
        assert found == nearly(expected)
    assert [world.moment(answer[side][end_]) for side in ("base", "current") for end_ in ("from", "to")] == [
        base_start, base_end, start, end
    ]  # fmt: skip


def test_releases_differ_as_a_plain_program_says(filled: Caller, entries: list[dict[str, Any]]) -> None:
    of = {release: [entry for entry in entries if entry["release"] == release] for release in ("v1", "v'2")}

    answer = filled.read(PATH, ("release", "v1"), ("baseRelease", "v'2"))

    assert [answer[side]["release"] for side in ("base", "current")] == ["v'2", "v1"]
    for found, expected in zip(answer["differences"], differences(of["v'2"], of["v1"]), strict=True):
        assert found == nearly(expected)


def test_what_is_twice_as_long_is_marked_and_what_stays_is_not(caller: Caller) -> None:
    at = dt.datetime(2025, 11, 1, tzinfo=dt.UTC)
    for release, seconds in (("v1", 10), ("v2", 20)):
        caller.send(
            *(
                {"id": f"{release} {n}", "name": "turn", "sessionId": f"{release} {n}", "release": release,
                 "startTime": at.isoformat(), "endTime": (at + dt.timedelta(seconds=seconds + n % 3)).isoformat()}
                for n in range(20)
            )
        )  # fmt: skip

    found = caller.read(PATH, ("release", "v2"), ("baseRelease", "v1"))["differences"]

    assert {one["metric"]: (one["isSignificant"], one["superiority"]) for one in found} == {
        "traceCount": (False, 0.5),
        "duration": (True, 1),
        "activeDuration": (True, 1),
        "totalTokens": (False, 0.5),
        "totalCost": (False, 0.5),
        "errorRate": (False, None),
    }


@pytest.mark.parametrize(
    "pairs",
    [[], [("from", "2025-01-01")], [("baseRelease", "v1")], [("baseFrom", "never")], [("baseFrom", "2025-01-01")] * 2, [("interval", "day")]],
    ids=str,
)  # fmt: skip
def test_what_cannot_be_compared_is_400(pairs: list[tuple[str, str]], caller: Caller) -> None:
    assert caller.get(PATH, *pairs).status_code == 400
