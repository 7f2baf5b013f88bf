"""Two servers that share a store on a ClickHouse server and PostgreSQL: whichever one asks answers the same."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from e2e.api import Api, eventually
from e2e.client_process import PROGRAMS
from e2e.server_process import ServerProcess, clean_environment
from server.tests.postgresql_server import postgresql


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The environment of servers that share what they keep."""
    folder = tmp_path_factory.mktemp("shared")
    command = [sys.executable, str(PROGRAMS / "clickhouse_server.py"), str(folder / "store")]
    with (
        postgresql(folder / "postgresql") as new,
        subprocess.Popen(
            command, env=clean_environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as store,
    ):
        assert store.stdin is not None
        assert store.stdout is not None
        yield {
            "THREADLINE_STORE": f"clickhouse://127.0.0.1:{int(store.stdout.readline())}/default",
            "THREADLINE_DATABASE": new(),
        }
        store.stdin.close()


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory, shared: dict[str, str]) -> Iterator[tuple[Api, Api]]:
    folder = tmp_path_factory.mktemp("servers")
    with ServerProcess(folder / "one", **shared) as one, ServerProcess(folder / "other", **shared) as other:
        yield one.api, other.api


def turn(number: int, **facts: Any) -> dict[str, Any]:
    """The turn of that number, one in each hour of a day."""
    start, end = (f"2026-11-23T{number:02}:30:0{second}Z" for second in (0, 2))
    call = {
        "id": f"g-{number}", "kind": "generation", "name": "answer", "modelName": "gpt-4o", "startTime": start, "endTime": end,
        "promptTokens": 100, "completionTokens": 10,
        "input": {"messages": [{"role": "user", "content": f"question {number}"}]}, "output": f"answer {number}",
    }  # fmt: skip
    return {
        "id": f"t-{number}", "name": "chat", "userId": "ada", "startTime": start, "endTime": end, "observations": [call], **facts
    }  # fmt: skip


def sent(api: Api, trace: dict[str, Any]) -> None:
    assert api.http.post("/observability/traces", json=trace).json() == {"accepted": 1, "rejected": []}


def traces_of(api: Api, session: str) -> int:
    answer = api.http.get(f"/observability/sessions/{session}")
    return int(answer.json()["traceCount"]) if answer.is_success else 0


def test_a_session_that_was_sent_to_both_at_once_is_one_on_both(pair: tuple[Api, Api]) -> None:
    with ThreadPoolExecutor(4) as senders:
        for _ in senders.map(lambda number: sent(pair[number % 2], turn(number, sessionId="both")), range(24)):
            pass
    for api in pair:
        eventually(lambda api=api: traces_of(api, "both"), lambda count: count == 24)
    sessions, conversations = [api.session("both") for api in pair], [api.conversation("both") for api in pair]

    assert sessions[0] == sessions[1]
    assert (sessions[0]["traceCount"], sessions[0]["totalTokens"], sessions[0]["userId"]) == (24, 24 * 110, "ada")
    assert conversations[0] == conversations[1]
    assert len(conversations[0]) == 24


def test_who_listens_to_one_hears_of_what_came_to_the_other(pair: tuple[Api, Api]) -> None:
    one, other = pair
    with one.new_project("live") as here, Api(other.url, here.key) as there:
        sent(there, turn(1, sessionId="before"))
        eventually(lambda: traces_of(here, "before"), lambda count: count == 1)
        numbers, done = iter(range(2, 10)), threading.Event()

        def send_on() -> None:
            while not done.wait(1):
                sent(there, turn(next(numbers), sessionId="heard"))

        sender = threading.Thread(target=send_on)
        with here.http.stream("GET", "/observability/live", timeout=60) as stream:
            sender.start()
            heard = next(line for line in stream.iter_lines() if line.startswith("data:") and '"id":"heard"' in line)
            done.set()
        sender.join()
    assert json.loads(heard.removeprefix("data:"))["userId"] == "ada"


def test_projects_keys_and_goals_of_one_are_the_others(pair: tuple[Api, Api]) -> None:
    one, other = pair
    with one.new_project("shop") as here, Api(other.url, here.key) as there:
        assert here.http.post("/observability/goals", json={"name": "bought", "when": {"tag": "paid"}}).is_success
        sent(there, turn(1, sessionId="s", tags=["paid"]))
        eventually(lambda: traces_of(here, "s"), lambda count: count == 1)
        for api in (here, there):
            goals = eventually(lambda api=api: api.session("s")["goals"], lambda found: found == ["bought"])
            assert goals == ["bought"]

        issued = here.http.post("/observability/keys", json={"name": "app", "scopes": ["ingest", "read"]}).json()
        with Api(there.url, issued["apiKey"]) as app:
            assert app.http.get("/observability/sessions").status_code == 200
            assert here.http.delete(f"/observability/keys/{issued['id']}").is_success
            status = eventually(lambda: app.http.get("/observability/sessions").status_code, lambda code: code == 401)
            assert status == 401


def test_who_is_erased_by_one_is_gone_from_both(pair: tuple[Api, Api]) -> None:
    one, other = pair
    with one.new_project("erased") as here, Api(other.url, here.key) as there:
        sent(here, turn(1, sessionId="s", userId="canary"))
        eventually(lambda: traces_of(there, "s"), lambda count: count == 1)
        assert there.http.delete("/observability/users/canary").is_success
        sent(here, turn(2, sessionId="s", userId="canary"))

        for api in (here, there):
            assert eventually(lambda api=api: traces_of(api, "s"), lambda count: count == 0) == 0
            assert api.get("/sessions")["data"] == []


def test_one_goes_on_where_the_other_is_killed_and_a_third_finds_all(
    shared: dict[str, str], pair: tuple[Api, Api], tmp_path: Path
) -> None:
    with ServerProcess(tmp_path / "third", **shared) as third, pair[0].new_project("kept") as here:
        with Api(third.url, here.key) as there:
            sent(there, turn(1, sessionId="s"))
        third.kill()
        sent(here, turn(2, sessionId="s"))
        third.start()

        assert eventually(lambda: traces_of(here, "s"), lambda count: count == 2) == 2
