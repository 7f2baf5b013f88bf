"""FAULTS.md row A6: whichever call of the store fails, callers are told 503 or get what is right, and nothing is lost or doubled."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import orjson
import pytest
from httpx import Response

from threadline_server.store import refresh
from threadline_server.store.database import Database
from threadline_server.store.faults import Fault, Faults
from threadline_server.store.migrate import migrate

from .running import Caller, Server, running

TURNS = 3
FAILING = range(1, 25)
"""The scenario makes about forty calls in all; each request of it is repeated until it is taken."""


@pytest.fixture(scope="module")
def faults() -> Faults:
    return Faults()


@pytest.fixture(scope="module")
def failing_server(
    store_url: str, database: Database, faults: Faults, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    database.command("CREATE DATABASE failing")
    failing = Database(store_url, name="failing", faults=faults)
    migrate(failing)
    with running(failing, tmp_path_factory.mktemp("failing")) as served:
        yield served
    failing.close()


def turn(number: int) -> dict[str, Any]:
    call = {"id": f"g-{number}", "kind": "generation", "modelName": "gpt-4o", "promptTokens": 5, "completionTokens": 2,
            "startTime": f"2026-11-20T10:30:0{number}Z", "endTime": f"2026-11-20T10:30:0{number}.5Z"}  # fmt: skip
    return {"id": f"t-{number}", "name": "turn", "sessionId": "s", "userId": "u", "observations": [call],
            "startTime": f"2026-11-20T10:30:0{number}Z", "endTime": f"2026-11-20T10:30:0{number}.5Z"}  # fmt: skip


def repeated(ask: Callable[[], Any], statuses: set[int]) -> None:
    """Until it is taken, as a client does."""
    for _ in range(5):
        status = ask().status_code
        statuses.add(status)
        if status < 300:
            return
    raise AssertionError(f"never taken: {statuses}")


def converse(caller: Caller) -> set[int]:
    """Three turns, an edit, a score and a look at the list; the statuses of all answers."""
    statuses: set[int] = set()
    for number in range(TURNS):
        body = orjson.dumps(turn(number))
        repeated(lambda body=body: caller.post("/observability/traces", body), statuses)
    caller.server.fresh()
    repeated(lambda: caller.patch("/observability/sessions/s", {"title": "Refund"}), statuses)
    score = orjson.dumps({"id": "one", "name": "helpful", "value": 0.5, "sessionId": "s"})
    repeated(lambda: caller.post("/observability/scores", score), statuses)
    repeated(lambda: caller.get("/observability/sessions"), statuses)
    return statuses


def outcome(caller: Caller) -> dict[str, Any]:
    session = caller.session("s")
    names = ("title", "traceCount", "spanCount", "totalTokens", "scores", "duration")
    return {name: session[name] for name in names} | {"listed": len(caller.sessions()), "spans": caller.stored_spans()}


@pytest.fixture(scope="module")
def right(failing_server: Server) -> dict[str, Any]:
    caller = failing_server.caller()
    assert converse(caller) == {200, 201}
    failing_server.fresh()
    return outcome(caller)


@pytest.mark.parametrize("nth", FAILING)
def test_whichever_call_fails_the_numbers_end_right(
    nth: int, right: dict[str, Any], failing_server: Server, faults: Faults, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refresh, "RETRY_S", 0.02)
    caller = failing_server.caller()
    faults.set([Fault("input/output error", nth=nth)])
    try:
        statuses = converse(caller)
    finally:
        faults.set([])
    failing_server.fresh()

    assert (statuses <= {200, 201, 503}, outcome(caller)) == (True, right), statuses


@pytest.mark.parametrize("nth", [1, 2, 3])
@pytest.mark.parametrize("block", ["session_figures", "session_histograms"])
def test_an_analytic_of_which_one_read_fails_is_503_and_the_next_is_whole(
    block: str, nth: int, failing_server: Server, faults: Faults
) -> None:
    caller = failing_server.caller()
    converse(caller)
    failing_server.fresh()
    day = (("from", "2026-11-20T00:00:00Z"), ("to", "2026-11-21T00:00:00Z"))

    def ask() -> Response:
        return caller.get("/observability/analytics/sessions", *day)

    whole = ask()
    faults.set([Fault("input/output error", call="read", name=block, nth=nth)])
    try:
        statuses = [ask().status_code for _ in range(3)]
    finally:
        faults.set([])

    assert sorted(statuses) == [200, 200, 503]
    assert whole.json()["totals"]["traceCount"] == TURNS
    assert ask().json() == whole.json()
