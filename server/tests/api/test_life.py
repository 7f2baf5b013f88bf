"""A server's life in a process of its own: it starts on an empty directory, stops, and starts again with everything."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

LIFE = """
import json, pathlib, sys
from starlette.testclient import TestClient
from threadline_server.app import opened
from threadline_server.ingest.workers import Workers
from threadline_server.errors import StartupError
from threadline_server.settings import Settings

settings = Settings(data_dir=pathlib.Path(sys.argv[1]), api_key="pk_chosen-by-the-test")
headers = {"authorization": "Bearer pk_chosen-by-the-test"}
told = {}

with opened(settings, Workers(0)) as app:
    web = TestClient(app, base_url="http://127.0.0.1:4318", headers=headers)
    told["healthz"] = web.get("/healthz").json()
    for number in range(5):
        trace = {"id": f"t-{number}", "sessionId": "s", "startTime": "2025-11-23T10:30:00Z", "endTime": "2025-11-23T10:30:01Z"}
        assert web.post("/observability/traces", json=trace).status_code == 200
    try:
        with opened(settings, Workers(0)):
            pass
    except StartupError as error:
        told["second"] = type(error).__name__
    # Stops without having waited for the roll-up.

with opened(settings, Workers(0)) as app:
    web = TestClient(app, base_url="http://127.0.0.1:4318", headers=headers)
    told["metrics"] = web.get("/observability/sessions/s/metrics").json()
print(json.dumps(told))
"""


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    data_dir = tmp_path_factory.mktemp("life") / "with a space"
    done = subprocess.run(
        [sys.executable, "-c", LIFE, str(data_dir)], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    answer["files"] = sorted(path.name for path in Path(data_dir).iterdir())
    return answer


def test_a_server_on_an_empty_directory_is_well(told: dict[str, Any]) -> None:
    assert told["healthz"] == {"status": "ok"}
    assert {"credentials.json", "identity.db", "store"} <= set(told["files"])


def test_a_second_server_on_the_same_directory_is_refused(told: dict[str, Any]) -> None:
    assert told["second"] == "DataDirectoryInUse"


def test_what_was_acknowledged_before_a_stop_is_counted_after_the_next_start(told: dict[str, Any]) -> None:
    assert told["metrics"] == {
        "sessionId": "s", "userId": None, "traceCount": 5, "totalTokens": 0, "totalCost": 0, "duration": "1s",
    }  # fmt: skip
