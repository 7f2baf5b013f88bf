"""What the chosen sessions cost is the sum over the list that the same filters choose, however it is broken down."""

from __future__ import annotations

import datetime as dt
import json
from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from . import world
from .running import Caller, Server
from .test_analytics import ZONES, begin_of, cost, intervals, rounded

PATH = "/observability/analytics/costs"
PROPERTY = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
TOTALS = (
    "traceCount",
    "generationCount",
    "promptTokens",
    "completionTokens",
    "cachedTokens",
    "reasoningTokens",
    "totalTokens",
)
DIMENSIONS = ["model", "user", "traceName", "tag", "tool", "environment", "release", "metadata.plain", "metadata.it's"]
Entry = dict[str, Any]
Use = dict[str, Any]


@pytest.fixture(scope="module")
def filled(server: Server) -> Caller:
    """A world, whose observations' tools are told with the traces."""
    caller = server.caller()
    caller.send(*world.traces(50, seed=7))
    return caller


@pytest.fixture(scope="module")
def entries(filled: Caller) -> list[Entry]:
    return world.Entries(filled.sessions(("limit", "200")))


@pytest.fixture(scope="module")
def traces(filled: Caller) -> list[Entry]:
    return world.Entries(filled.pages("/observability/traces", ("limit", "200"), ("include", "spans")))


def totals(chosen: list[Entry]) -> dict[str, Any]:
    return {
        "sessionCount": len(chosen),
        **{name: sum(entry[name] for entry in chosen) for name in TOTALS},
        "totalCost": sum(cost(entry["totalCost"]) for entry in chosen),
        "unpricedModels": sorted({model for entry in chosen for model in entry["unpricedModels"]}),
    }


def uses_of(entry: Entry, by: str, traces: list[Entry]) -> Iterator[tuple[list[Any], Use]]:
    """What of a session stands in which groups."""
    if by == "model":
        for use in entry["models"]:
            used = {"calls": use["generations"], "tokens": use["totalTokens"], "cost": cost(use["cost"] or 0)}
            yield [use["model"]], used
        if not entry["models"]:
            yield [None], {}
        return
    if by in {"traceName", "tag", "tool"}:
        for trace in traces:
            tools = [span for span in trace["spans"] if span["kind"] == "tool"]
            keys = {
                "traceName": [trace["name"] or None],
                "tag": trace["tags"],
                "tool": [tool["name"] for tool in tools],
            }[by]
            failed = 0 if by == "tool" else trace["status"] == "error"
            whole = {"traces": 1, "errors": failed, "tokens": trace["totalTokens"], "cost": cost(trace["totalCost"])}
            yield list(dict.fromkeys(keys)) or [None], whole
            for tool in tools if by == "tool" else ():
                yield [tool["name"]], {"calls": 1, "errors": tool["status"] == "error"}
        return
    keys = {
        "user": entry["userIds"],
        "environment": [entry["environment"]],
        "release": [entry["release"]],
    }.get(by, [entry["metadata"].get(by.removeprefix("metadata."))])
    whole = {"traces": entry["traceCount"], "errors": entry["errorCount"], "tokens": entry["totalTokens"]}
    yield keys or [None], {**whole, "cost": cost(entry["totalCost"])}


def told(
    by: str, uses: list[tuple[dt.datetime, str, Use]], begins: list[dt.datetime], all_cost: Decimal
) -> dict[str, Any]:
    """What is answered of a group that holds these uses of these sessions."""

    def added(name: str, at: dt.datetime | None = None) -> Any:
        return sum(use.get(name, 0) for begin, _, use in uses if at in {None, begin})

    return {
        "sessionCount": len({session for _, session, _ in uses}),
        "traceCount": None if by == "model" else added("traces"),
        "callCount": added("calls") if by in {"model", "tool"} else None,
        "errorCount": None if by == "model" else added("errors"),
        "totalTokens": added("tokens"),
        "totalCost": added("cost"),
        "unpricedModels": [],
        "costShare": added("cost") / all_cost if all_cost else None,
        "series": {
            "totalTokens": [added("tokens", begin) for begin in begins],
            "totalCost": [added("cost", begin) for begin in begins],
        },
    }


@PROPERTY
@given(
    by=st.sampled_from(DIMENSIONS),
    limit=st.integers(1, 30),
    window=st.lists(st.integers(-2, 42), min_size=2, max_size=2, unique=True).map(sorted),
    failed=st.sampled_from([None, "true", "false"]),
    calendar=st.tuples(st.sampled_from(["day", "week", "month"]), st.sampled_from(ZONES)),
)
def test_costs_are_those_of_a_plain_program(
    *, by: str, limit: int, window: list[int], failed: str | None, calendar: tuple[str, str],
    filled: Caller, entries: list[Entry], traces: list[Entry],
) -> None:  # fmt: skip
    interval, zone = calendar
    start, end = (world.START + dt.timedelta(days=days) for days in window)
    pairs = [("from", start.isoformat()), ("to", end.isoformat()), *([("hasError", failed)] if failed else [])]
    chosen = world.chosen(entries, pairs, world.SESSION_TESTS)
    begins = intervals(interval, start, end - dt.timedelta(microseconds=1), ZoneInfo(zone))
    began = {
        entry["id"]: begin_of(interval, max(start, world.moment(entry["startTime"])), ZoneInfo(zone))
        for entry in chosen
    }
    used: dict[str, list[tuple[dt.datetime, str, Use]]] = defaultdict(list)
    everything = [
        ([json.dumps(key) for key in keys], (began[entry["id"]], entry["id"], use))
        for entry in chosen
        for keys, use in uses_of(dict(entry), by, [trace for trace in traces if trace["sessionId"] == entry["id"]])
    ]
    for keys, use in everything:
        for key in keys:
            used[key].append(use)
    expected = totals([dict(entry) for entry in chosen])

    asked = [
        ("interval", interval),
        ("timeZone", zone),
        ("groupBy", by),
        ("groupLimit", str(limit)),
        ("include", "groups"),
    ]
    answer = filled.read(PATH, *pairs, *asked)

    assert rounded(answer["totals"]) == rounded(expected)
    assert [(world.moment(one.pop("time")), rounded(one)) for one in answer["series"]] == [
        (begin, rounded(totals([dict(entry) for entry in chosen if began[entry["id"]] == begin]))) for begin in begins
    ]
    groups, other = answer["breakdown"]["groups"], answer["breakdown"]["other"]
    shown = [json.dumps(one.pop("key")) for one in groups]
    all_cost = Decimal(expected["totalCost"])
    of = {key: told(by, uses, begins, all_cost) for key, uses in used.items()}
    assert len(set(shown)) == len(shown)
    assert [rounded(one) for one in groups] == [rounded(of[key]) for key in shown]
    assert [of[key]["totalCost"] for key in shown] == sorted((one["totalCost"] for one in of.values()), reverse=True)[
        :limit
    ]
    hidden = set(used) - set(shown)
    rest = told(by, [use for keys, use in everything if hidden & set(keys)], begins, all_cost)
    assert rounded(other) == (rounded({"groupCount": len(hidden), **rest}) if hidden else None)
    assert (answer["breakdown"]["groupBy"], answer["breakdown"]["overlapping"]) == (by, by in {"user", "tag", "tool"})
    assert (answer["top"], answer["spikes"]) == (None, None)


@pytest.mark.parametrize("by", ["model", "traceName", "environment", "release", "metadata.plain"])
def test_groups_that_do_not_overlap_add_up_to_the_totals(by: str, filled: Caller) -> None:
    answer = filled.read(PATH, ("groupBy", by), ("groupLimit", "3"))

    breakdown = answer["breakdown"]
    parts = [*breakdown["groups"], *([breakdown["other"]] if breakdown["other"] else [])]
    assert sum(cost(one["totalCost"]) for one in parts) == pytest.approx(cost(answer["totals"]["totalCost"]))
    assert sum(one["totalTokens"] for one in parts) == answer["totals"]["totalTokens"]


@pytest.mark.parametrize("most", [1, 4, 100])
def test_the_dearest_sessions_traces_and_users_are_those_of_the_lists(
    most: int, filled: Caller, entries: list[Entry], traces: list[Entry]
) -> None:
    users: dict[str, Decimal] = defaultdict(Decimal)
    for entry in entries:
        for user in entry["userIds"]:
            users[user] += cost(entry["totalCost"])
    all_traces = [trace for trace in traces if trace["totalCost"]]

    top = filled.read(PATH, ("top", str(most)))["top"]

    by_id = lambda entry: entry["id"].encode()  # noqa: E731
    dearest = sorted(
        (entry for entry in entries if entry["totalCost"]), key=lambda entry: (-entry["totalCost"], by_id(entry))
    )
    assert [entry["id"] for entry in top["sessions"]] == [entry["id"] for entry in dearest[:most]]
    all_traces.sort(key=lambda trace: (-trace["totalCost"], trace["sessionId"].encode(), by_id(trace)))
    assert [(trace["id"], trace["totalCost"]) for trace in top["traces"]] == [
        (trace["id"], trace["totalCost"]) for trace in all_traces[:most]
    ]
    spent = sorted(
        ((user, spent) for user, spent in users.items() if spent), key=lambda one: (-one[1], one[0].encode())
    )
    assert [(user["id"], rounded(user["totalCost"])) for user in top["users"]] == [
        (user, rounded(spent)) for user, spent in spent[:most]
    ]


def day_of_costs(day: int, amount: float, *, user: str = "u", model: str = "m", name: str = "turn") -> dict[str, Any]:
    at = (dt.datetime(2025, 9, 1, 12, tzinfo=dt.UTC) + dt.timedelta(days=day)).isoformat()
    call = {
        "id": "c",
        "kind": "generation",
        "modelName": model,
        "promptTokens": 1,
        "cost": amount,
        "startTime": at,
        "endTime": at,
    }
    return {"id": f"{day} {user}", "name": name, "sessionId": f"{day} {user}", "userId": user, "startTime": at, "endTime": at,
            "observations": [call]}  # fmt: skip


def test_a_day_far_above_those_before_is_a_spike_and_says_what_drove_it(caller: Caller) -> None:
    days = [day_of_costs(day, 1 + day % 3 / 10) for day in range(30)]
    caller.send(*days, day_of_costs(20, 9, user="new", model="dear", name="loop"))

    spikes = caller.read(PATH, ("from", "2025-09-10"), ("to", "2025-10-01"))["spikes"]

    assert [(one["time"], one["totalCost"]) for one in spikes] == [("2025-09-21T00:00:00.000Z", 10.2)]
    assert {kind: [(one["key"], one["usualCost"], one["excess"]) for one in some[:1]] for kind, some in spikes[0]["drivers"].items()} == {
        "models": [("dear", 0, 9)], "users": [("new", 0, 9)], "traceNames": [("loop", 0, 9)]
    }  # fmt: skip


def test_a_day_that_costs_what_the_days_before_cost_is_none(caller: Caller) -> None:
    caller.send(*(day_of_costs(day, 1) for day in range(20)))

    assert caller.read(PATH)["spikes"] == []


def test_without_sessions_there_are_no_costs(caller: Caller) -> None:
    answer = caller.read(PATH)

    assert (answer["totals"]["totalCost"], answer["series"], answer["spikes"]) == (0, [], [])
    assert answer["breakdown"] == {"groupBy": "model", "overlapping": False, "groups": [], "other": None}
    assert answer["top"] == {"sessions": [], "traces": [], "users": []}


@pytest.mark.parametrize(
    ("name", "value"), [("groupBy", "day"), ("include", "all"), ("top", "101"), ("interval", "year")]
)
def test_an_unknown_value_is_400(name: str, value: str, caller: Caller) -> None:
    answer = caller.get(PATH, (name, value))

    assert answer.status_code == 400
    assert f"'{name}'" in answer.json()["error"]["message"]


def unpriced_world(caller: Caller) -> None:
    """A session of a model with a price and one without, and one of the latter only."""
    call = {"kind": "generation", "startTime": "2025-09-01T12:00:00Z", "endTime": "2025-09-01T12:00:01Z"}
    dear = {**call, "id": "1", "modelName": "gpt-4o", "promptTokens": 10, "cost": 0.5}
    nobodys = {**call, "id": "2", "modelName": "a-model-nobody-prices", "promptTokens": 20}

    def turn(name: str, session: str, *calls: dict[str, Any]) -> dict[str, Any]:
        times = {"startTime": call["startTime"], "endTime": call["endTime"]}
        return {
            "id": name,
            "name": name,
            "sessionId": session,
            "userId": f"of {session}",
            **times,
            "observations": calls,
        }

    caller.send(
        turn("ask", "mixed", dear),
        turn("rank", "mixed", nobodys),
        turn("thank", "mixed"),
        turn("ask-free", "unknown", nobodys),
    )


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        ("model", {"gpt-4o": (0.5, []), "a-model-nobody-prices": (0, ["a-model-nobody-prices"])}),
        ("user", {"of mixed": (0.5, ["a-model-nobody-prices"]), "of unknown": (0, ["a-model-nobody-prices"])}),
    ],
)
def test_a_cost_that_is_unknown_names_the_models_without_a_price(
    by: str, expected: dict[str, Any], caller: Caller
) -> None:
    unpriced_world(caller)

    costs, sessions = (caller.read(path, ("groupBy", by)) for path in (PATH, "/observability/analytics/sessions"))

    groups = {one["key"]: (one["totalCost"], one["unpricedModels"]) for one in costs["breakdown"]["groups"]}
    totals = {one["key"]: (one["totals"]["totalCost"], one["totals"]["unpricedModels"]) for one in sessions["groups"]}
    assert (groups, totals) == (expected, expected)
    assert [answer["totals"]["unpricedModels"] for answer in (costs, sessions)] == [["a-model-nobody-prices"]] * 2
    assert [one["unpricedModels"] for one in costs["series"]] == [["a-model-nobody-prices"]]


def test_groups_that_are_not_shown_name_their_models_without_a_price_once(caller: Caller) -> None:
    unpriced_world(caller)

    others = [
        caller.read(PATH, ("groupBy", "user"), ("groupLimit", "1"))["breakdown"]["other"],
        caller.read(PATH, ("groupBy", "model"), ("groupLimit", "1"))["breakdown"]["other"],
        caller.read("/observability/analytics/sessions", ("groupBy", "user"), ("groupLimit", "1"))["other"]["totals"],
    ]

    assert [other["unpricedModels"] for other in others] == [["a-model-nobody-prices"]] * 3


def test_a_trace_name_without_usage_has_no_model_without_a_price(caller: Caller) -> None:
    unpriced_world(caller)

    groups = caller.read(PATH, ("groupBy", "traceName"))["breakdown"]["groups"]

    named = ["a-model-nobody-prices"]
    assert {one["key"]: one["unpricedModels"] for one in groups} == {
        "ask": named, "rank": named, "thank": [], "ask-free": named,
    }  # fmt: skip
