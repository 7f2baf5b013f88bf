"""Scores of Langfuse's SDK and feedback of LangSmith's are scores of the sessions that their traces are in."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from server.tests.api.running import Caller

BEGIN = "2025-11-23T10:30:00Z"


def turn() -> dict[str, Any]:
    return {"id": "t", "name": "turn", "sessionId": "s", "startTime": BEGIN, "endTime": BEGIN}


LANGFUSE = [
    ({"traceId": "t", "value": 0.5, "comment": "so so"}, "thumbs", 0.5, []),
    ({"traceId": "t", "observationId": "o", "value": 1, "dataType": "BOOLEAN"}, "thumbs", 1.0, ["true"]),
    ({"traceId": "t", "value": "good", "dataType": "CATEGORICAL"}, "thumbs", None, ["good"]),
    ({"sessionId": "s", "value": 2}, "thumbs", 2.0, []),
]
LANGSMITH = [
    ({"run_id": "t", "score": 1}, "thumbs", 1.0, []),
    ({"run_id": "r", "trace_id": "t", "score": False}, "thumbs", 0.0, ["false"]),
    ({"run_id": "t", "value": "good"}, "thumbs", None, ["good"]),
]


def scores(caller: Caller) -> list[dict[str, Any]]:
    caller.server.fresh()
    found: list[dict[str, Any]] = caller.session("s")["scores"]
    return found


@pytest.mark.parametrize("is_first", [True, False], ids=["before its trace", "after its trace"])
@pytest.mark.parametrize(("told", "name", "mean", "labels"), LANGFUSE)
def test_a_langfuse_score(
    told: dict[str, Any], name: str, mean: float | None, labels: list[str], is_first: bool, caller: Caller
) -> None:
    body = orjson.dumps({"id": "sc", "name": name, **told})
    if not is_first:
        caller.send(turn())
    for _ in range(2):
        assert caller.post("/api/public/scores", body).status_code == 200
    if is_first:
        caller.send(turn())

    assert scores(caller) == [{"name": name, "count": 1, "mean": mean, "labels": labels}]


@pytest.mark.parametrize(("told", "name", "mean", "labels"), LANGSMITH)
def test_langsmith_feedback(
    told: dict[str, Any], name: str, mean: float | None, labels: list[str], caller: Caller
) -> None:
    caller.send(turn())
    assert caller.post("/feedback", orjson.dumps({"id": "f", "key": name, **told})).status_code == 202

    assert scores(caller) == [{"name": name, "count": 1, "mean": mean, "labels": labels}]
