"""What a project keeps for so many days: erased when it is older, never all at once, and not by a clock that was set."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest

from threadline_server.erase.eraser import Receipt
from threadline_server.identity.project_settings import ProjectSettings
from threadline_server.lifecycle.retention import EVERY_S, Retention

from .running import Caller
from .test_project_settings import at, put

BEGIN = datetime(2025, 11, 23, 10, tzinfo=UTC)
HOUR_S = 3600.0


class Clocks:
    """Both clocks, and runs of one server by them."""

    def __init__(self, caller: Caller, now: datetime) -> None:
        self.now, self.seconds, self._project_id = now, 0.0, caller.project_id
        server = caller.server
        self._retention = Retention(server.database, server.eraser, self.now_ns, lambda: self.seconds)

    def now_ns(self) -> int:
        return int(self.now.timestamp()) * 1_000_000_000

    def pass_s(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)
        self.seconds += seconds

    def run(self, days: int | None = 30) -> list[tuple[int, int]]:
        """Sessions and traces of each receipt."""
        receipts: list[Receipt] = self._retention.run_if_due({self._project_id: ProjectSettings(retention_days=days)})
        return [(receipt.sessions, receipt.traces) for receipt in receipts]


def old(day: float, session: str, trace: str = "") -> dict[str, Any]:
    return at(BEGIN + timedelta(days=day), trace or f"t-{session}-{day}", session)


def sessions(caller: Caller) -> set[str]:
    caller.server.fresh()
    return {one["id"] for one in caller.sessions()}


def test_sessions_go_when_their_last_activity_is_older_and_leave_a_record(caller: Caller) -> None:
    caller.send(
        old(0, "gone"), old(1, "gone"), old(0, "kept"), old(2.5, "kept"), old(0, "", "loose"), old(3, "", "later")
    )
    caller.post("/observability/comments", orjson.dumps({"body": "look", "sessionId": "gone"}))

    assert Clocks(caller, BEGIN + timedelta(days=32)).run(days=None) == []
    assert Clocks(caller, BEGIN + timedelta(days=32)).run(days=30) == [(1, 2), (0, 1)]

    assert sessions(caller) == {"kept"}
    assert {one["id"] for one in caller.pages("/observability/traces")} == {"t-kept-0", "t-kept-2.5", "later"}
    records = caller.read("/observability/erasures")["data"]
    assert sorted((one["kind"], one["digest"], one["until"], one["sessionCount"], one["traceCount"]) for one in records) == [
        ("retention", None, "2025-11-25T10:00:00.000Z", 0, 1),
        ("retention", None, "2025-11-25T10:00:00.000Z", 1, 2),
    ]  # fmt: skip
    assert caller.server.caller().read("/observability/erasures")["data"] == []


def test_late_data_of_what_expired_expires_too_and_what_began_since_is_another_session(caller: Caller) -> None:
    caller.send(old(0, "s-1"))
    clocks = Clocks(caller, BEGIN + timedelta(days=32))
    assert clocks.run() == [(1, 1)]

    caller.send(old(0, "s-1"), old(1, "s-1"), old(0, "late"))
    assert sessions(caller) == {"late"}
    caller.send(old(31, "s-1", "since"))
    assert sessions(caller) == {"late", "s-1"}
    assert [one["id"] for one in caller.session("s-1")["traces"]] == ["since"]

    clocks.pass_s(HOUR_S)
    assert clocks.run() == [(1, 1)]
    assert sessions(caller) == {"s-1"}


def test_a_run_erases_a_tenth_at_most_and_the_oldest_first(caller: Caller) -> None:
    caller.send(*(old(number / 100, f"s-{number:03}") for number in range(120)))
    clocks = Clocks(caller, BEGIN + timedelta(days=400))

    assert clocks.run() == [(12, 12)]
    assert min(sessions(caller)) == "s-012"
    assert clocks.run() == []
    clocks.pass_s(EVERY_S)
    assert clocks.run() == [(10, 10)]
    assert Clocks(caller, clocks.now).run() == [(9, 9)]  # another start of the server goes on
    assert min(sessions(caller)) == "s-031"


@pytest.mark.parametrize("jump", [timedelta(days=1), timedelta(days=400), timedelta(hours=-1)])
def test_a_clock_that_is_set_erases_nothing_until_it_went_on_for_a_run(jump: timedelta, caller: Caller) -> None:
    caller.send(old(0, "s-1"))
    clocks = Clocks(caller, BEGIN + timedelta(days=29, hours=12))
    assert clocks.run() == []

    clocks.pass_s(HOUR_S)
    clocks.now += jump
    assert clocks.run() == []
    assert sessions(caller) == {"s-1"}
    clocks.now -= jump
    clocks.pass_s(HOUR_S)
    assert clocks.run() == []  # set back, which is another jump
    clocks.pass_s(HOUR_S)
    assert clocks.run() == []
    assert sessions(caller) == {"s-1"}


def test_a_server_erases_by_the_setting_of_its_project(caller: Caller) -> None:
    caller.send(old(0, "s-1"))
    assert put(caller, {"retentionDays": 30}).json()["retentionDays"] == 30
    server = caller.server
    clocks = Clocks(caller, BEGIN + timedelta(days=32))
    retention = Retention(server.database, server.eraser, clocks.now_ns, lambda: 0.0)

    mine = {caller.project_id: server.identity.settings.everything()[caller.project_id]}
    assert [receipt.sessions for receipt in retention.run_if_due(mine)] == [1]
    assert sessions(caller) == set()
