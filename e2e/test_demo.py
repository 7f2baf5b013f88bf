"""``threadline demo`` as a whole: two weeks of conversations through the SDK, goals that some of them reach, and users who go on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from e2e.api import eventually
from e2e.server_process import ServerProcess
from threadline_server.demo.goals import GOALS
from threadline_server.demo.plan import SESSIONS

PATIENCE_S = 300.0


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """The demo, once it says where its dashboard is: then all is in."""
    server = ServerProcess(tmp_path_factory.mktemp("demo") / "data")
    server.command = "demo"
    with server:
        wait_for_its_announcement(server, 1)
        yield server


def wait_for_its_announcement(server: ServerProcess, times: int) -> None:
    printed = eventually(server.log.read_text, lambda text: text.count("/login#token=") >= times, within_s=PATIENCE_S)
    assert printed.count("/login#token=") >= times, printed[-3000:]


def chosen(server: ServerProcess, **filters: str) -> int:
    figures = server.api.http.get("/observability/analytics/sessions", params={"histogram": "false", **filters}).json()
    count: int = figures["totals"]["sessionCount"]
    return count


def goals(server: ServerProcess) -> dict[str, object]:
    return {goal["name"]: goal["when"] for goal in server.api.http.get("/observability/goals").json()["data"]}


def test_it_begins_with_two_weeks_of_sessions_and_their_users_go_on(demo: ServerProcess) -> None:
    assert eventually(lambda: chosen(demo), lambda count: count > SESSIONS, within_s=PATIENCE_S) > SESSIONS


def test_some_of_its_sessions_reach_each_of_its_goals_and_some_do_not(demo: ServerProcess) -> None:
    assert goals(demo) == GOALS
    for goal in GOALS:
        assert 0 < chosen(demo, goal=goal) < chosen(demo), goal


def test_the_next_start_leaves_what_became_of_it(demo: ServerProcess) -> None:
    first = demo.api.http.get("/observability/goals").json()["data"][0]
    assert demo.api.http.delete(f"/observability/goals/{first['id']}").is_success
    demo.stop()
    demo.start()
    wait_for_its_announcement(demo, 2)
    assert goals(demo) == {name: when for name, when in GOALS.items() if name != first["name"]}
