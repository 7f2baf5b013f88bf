"""Law 3 and FAULTS.md T4 over the API: however often a batch comes, every number is the one of a single delivery."""

from __future__ import annotations

import random

import orjson

from .running import Caller, Server

TIMES = 10
BEGIN = "2025-11-23T10:30:0"
PATHS = (
    "sessions",
    "traces",
    "users",
    "analytics/sessions",
    "analytics/costs",
    "analytics/journeys",
    "sessions/s-0",
    "sessions/s-1/traces",
)


def body(number: int) -> bytes:
    """A turn of a session that others share, with a call and a tool that failed."""
    times = {"startTime": f"{BEGIN}{number % 10}Z", "endTime": f"{BEGIN}{number % 10}.700Z"}
    call = {
        "id": f"g-{number}",
        "kind": "generation",
        "modelName": "gpt-4o",
        "promptTokens": 3 + number,
        "completionTokens": 7,
        **times,
    }
    tool = {"id": f"f-{number}", "kind": "tool", "name": "look", "error": {"message": "no"}, **times}
    trace = {
        "id": f"t-{number}",
        "name": f"step {number % 3}",
        "sessionId": f"s-{number % 4}",
        "userId": f"u-{number % 3}",
        "tags": [f"tag {number % 2}"],
    }
    return orjson.dumps({"traces": [{**trace, "input": "?", "output": "!", "observations": [call, tool], **times}]})


def told(caller: Caller) -> dict[str, bytes]:
    return {path: caller.get(f"/observability/{path}").content for path in PATHS}


def test_t4_every_batch_ten_times_in_any_order_gives_the_same_bytes_as_once(server: Server) -> None:
    once, often = server.caller(), server.caller()
    bodies = [body(number) for number in range(12)]
    repeated = bodies * TIMES
    random.Random(4).shuffle(repeated)
    for caller, deliveries in ((once, bodies), (often, repeated)):
        assert [caller.post("/observability/traces", each).status_code for each in deliveries] == [200] * len(
            deliveries
        )
    server.fresh()

    assert told(often) == told(once)
    assert orjson.loads(told(once)["analytics/sessions"])["totals"]["traceCount"] == len(bodies)
