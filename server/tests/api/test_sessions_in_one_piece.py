"""What a session is shown by stands beside its columns as one text: it says what they say, and leaves none out."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import orjson

from server.tests.spans import ask

from .running import Caller
from .test_project_settings import at

BEGIN = datetime(2026, 11, 23, 10, tzinfo=UTC)
NOT_SHOWN = {
    "project_id", "session_id", "version", "is_deleted", "start_time", "end_time", "pauses_ms",
    "step_names", "step_tags", "step_metadata", "step_start_ms", "step_end_ms", "step_failed", "step_tokens", "step_costs", "step_tools",
}  # fmt: skip
"""Read by themselves, or of the turns."""


def call(number: int, model: str, **more: Any) -> dict[str, Any]:
    moment = BEGIN.isoformat()
    return {
        "id": f"g-{number}", "kind": "generation", "name": "answer", "modelName": model, "startTime": moment, "endTime": moment,
        "input": "x", "output": "y", "promptTokens": 4_000_000_000, "completionTokens": number, "reasoningTokens": 1,
        "cachedTokens": 2, **more,
    }  # fmt: skip


def test_it_holds_every_column_that_is_shown_and_says_what_they_say(caller: Caller) -> None:
    failing = {"id": "t", "kind": "tool", "name": 'a "tool"', "error": "no", "startTime": BEGIN.isoformat()}
    first = at(BEGIN, "t-1", "s-1", "u-1") | {
        "input": 'a "quote", a \\ and\na line\u2028 \U0001f642 \x00',
        "output": "z",
        "error": "bad",
        "metadata": {'k"': {"deep": ["v"]}},
        "tags": ["b", "a"],
        "environment": "e",
        "release": "r",
        "observations": [call(1, "gpt-4o", cost=0.000000000123), call(2, "none-such"), failing],
    }
    caller.send(first, at(BEGIN.replace(hour=11), "t-2", "s-1"))
    said = {"title": "T", "outcome": "solved", "bookmarked": True, "ended": True}
    assert caller.patch("/observability/sessions/s-1", said).status_code == 200
    for score in ({"value": 0.1}, {"value": 1e300}, {"value": "good"}):
        caller.post("/observability/scores", orjson.dumps({"name": "n", "sessionId": "s-1"} | score))
    caller.post("/observability/comments", orjson.dumps({"body": "look", "sessionId": "s-1"}))
    caller.server.fresh()

    (row,) = ask(caller.server.database, f"SELECT *, shown FROM sessions FINAL WHERE project_id = {caller.project_id}")

    shown = orjson.loads(row.pop("shown"))
    assert shown == {name: value for name, value in row.items() if name not in NOT_SHOWN}
    assert [name for name, value in shown.items() if not value] == []
