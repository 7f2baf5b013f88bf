"""One long conversation that has everything a session's page shows."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from e2e.browser.axe import no_serious_axe_violations
from e2e.browser.conversations import ago, generation, iso

__all__ = ["BEGIN", "CALL", "SESSION", "SYSTEM", "TURNS", "no_serious_axe_violations", "step", "support", "turn"]

SESSION = 'order 1182/küche "次" 50%2F?#'
"""An id that has to be encoded with care."""
SYSTEM = {"role": "system", "content": "You are the support of a shop. Be brief."}
BEGIN = ago(days=2).replace(hour=10, minute=30, second=0)
CALL = {
    "id": "c-1",
    "type": "function",
    "function": {"name": "lookup_order", "arguments": '{"id": 1182, "express": true}'},
}
TURNS = ("Where is my parcel?", "When will it arrive?", "Refund me, please.", "Thank you!")


def support() -> list[dict[str, Any]]:
    """Four turns: with a tool, with the growing history, failed, and hours later."""
    asked = [SYSTEM, {"role": "user", "content": TURNS[0]}]
    called = {"role": "assistant", "content": None, "tool_calls": [CALL]}
    found = {"role": "tool", "tool_call_id": "c-1", "content": '{"status": "shipped"}'}
    left = {"role": "assistant", "content": "It left the depot **this morning**."}
    history = [*asked, called, found, left]
    later = [*history, {"role": "user", "content": TURNS[1]}, {"role": "assistant", "content": "Tomorrow."}]
    return [
        turn(
            0,
            0,
            5000,
            step("g-1", 0, 2000, **generation(asked, {"message": called}, tokens=(120, 20))),
            step("t-1", 2000, 2200, kind="tool", name="lookup_order", input={"id": 1182}, output={"status": "shipped"}),
            step("g-2", 2200, 5000, **generation([*asked, called, found], {"message": left}, tokens=(180, 30))),
            output="It left the depot this morning.",
            tags=["parcel"],
        ),
        turn(
            1,
            60,
            3000,
            step(
                "g-3",
                0,
                3000,
                cachedTokens=256,
                modelParameters={"temperature": 0.2},
                provider="openai",
                **generation(later[:-1], {"message": later[-1]}, tokens=(300, 10)),
            ),
            output="Tomorrow.",
        ),
        turn(
            2,
            120,
            1000,
            step(
                "g-4",
                0,
                1000,
                error={"type": "RateLimitError", "message": "slow down", "stack": "Traceback: line 7"},
                **generation([*later, {"role": "user", "content": TURNS[2]}], None, tokens=(0, 0)),
            ),
            error={"type": "RateLimitError", "message": "slow down", "stack": "Traceback: line 7"},
        ),
        turn(
            3,
            4 * 3600,
            1000,
            step(
                "g-5",
                0,
                1000,
                **generation(
                    [*later, {"role": "user", "content": TURNS[3]}],
                    "You are welcome.",
                    model="a-model-nobody-prices",
                    tokens=(40, 4),
                ),
            ),
            output="You are welcome.",
        ),
    ]


def turn(number: int, after_s: float, took_ms: int, *steps: dict[str, Any], **facts: Any) -> dict[str, Any]:
    begin = BEGIN + timedelta(seconds=after_s)
    return {
        "id": f"turn-{number + 1}",
        "name": "chat-turn",
        "sessionId": SESSION,
        "userId": "u-12",
        "environment": "production",
        "release": "v2.0",
        "metadata": {"channel": "web", "attempt": number},
        "startTime": iso(begin),
        "endTime": iso(begin + timedelta(milliseconds=took_ms)),
        "input": {"message": TURNS[number]},
        "observations": [{**one, **_times(begin, one)} for one in steps],
        **facts,
    }


def step(span_id: str, begin_ms: int, end_ms: int, **facts: Any) -> dict[str, Any]:
    return {"id": span_id, "startTime": begin_ms, "endTime": end_ms, **facts}


def _times(begin: Any, one: dict[str, Any]) -> dict[str, str]:
    return {name: iso(begin + timedelta(milliseconds=one[name])) for name in ("startTime", "endTime")}
