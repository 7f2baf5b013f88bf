"""FAULTS.md row A11: a question that is too large costs who asked it, and nobody else."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import orjson
import pytest

from threadline_server.store import database as module
from threadline_server.store.database import Database
from threadline_server.store.migrate import migrate

from .running import Server, running

TIMES = {"startTime": "2025-11-23T10:30:00Z", "endTime": "2025-11-23T10:30:01Z"}
QUESTIONS = ["sessions", "analytics/sessions", "analytics/costs", "traces", "sessions/s/export", "users"]
REQUESTS = 10


@pytest.fixture(scope="module")
def narrow(store_url: str, database: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose routes read with next to no memory."""
    database.command("CREATE DATABASE narrow")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "READ_LIMITS", module.READ_LIMITS | {"max_memory_usage": 50_000})
        readers = Database(store_url, name="narrow")
    writers = Database(store_url, name="narrow")
    migrate(writers)
    with running(writers, tmp_path_factory.mktemp("narrow")) as served:
        served.web.app.state.database = readers  # type: ignore[attr-defined]  # an application has a state
        yield served
    readers.close()
    writers.close()


def body(number: int) -> bytes:
    traces = [
        {"id": f"t-{number}-{place}", "name": "turn", "sessionId": "s", "input": "x" * 2_000, **TIMES}
        for place in range(50)
    ]
    return orjson.dumps({"traces": traces})


def test_a11_a_question_over_the_limit_is_422_and_what_arrives_meanwhile_is_stored(narrow: Server) -> None:
    caller = narrow.caller()
    stored: list[int] = []

    def go_on() -> None:
        other = narrow.caller(caller.project_id)
        stored.extend(other.post("/observability/traces", body(number)).status_code for number in range(REQUESTS))

    sending = threading.Thread(target=go_on)
    sending.start()
    statuses = {caller.get(f"/observability/{question}").status_code for question in QUESTIONS * 3}
    sending.join()

    assert statuses <= {200, 404, 422}
    assert 422 in statuses
    assert stored == [200] * REQUESTS
    assert caller.get("/healthz").status_code == 200
