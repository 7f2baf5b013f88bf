"""The sessions that the tests of the list look at: few, and different in everything that can be sorted and filtered by."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from e2e.browser.conversations import ago, chat_turn

PARCEL = ago(minutes=20)


def sample() -> list[dict[str, Any]]:
    """The traces of seven sessions."""
    first = PARCEL - timedelta(hours=3)
    failed = {"type": "RateLimitError", "message": "slow down"}
    return [
        # Two stretches with hours between, two models, a failed turn.
        chat_turn("parcel", first, "Where is my parcel?", userId="u-12", tags=["refund"], metadata={"channel": "web"}),
        chat_turn("parcel", first + timedelta(seconds=50), "Still nothing?", took_ms=4000, userId="u-12", error=failed),
        chat_turn(
            "parcel", PARCEL, "And now?", userId="u-12", model="claude-sonnet-4-5", tokens=(9000, 300), tags=["vip"]
        ),
        chat_turn("invoice", ago(minutes=25), "Send me the invoice", userId="u-12", tokens=(1200, 800)),
        chat_turn("hotel", ago(hours=6), "A hotel in Rome", userId="u-40", tokens=(40000, 2000), took_ms=9000),
        chat_turn("hotel", ago(hours=5), "Near the station", userId="u-41", tokens=(41000, 1000), took_ms=2000),
        chat_turn("visa", ago(days=3), "Do I need a visa?", tokens=(10, 5), model="a-model-nobody-prices"),
        chat_turn(
            "code",
            ago(days=12),
            "Fix the test",
            userId="u-7",
            tokens=(700, 90),
            metadata={"channel": "cli", "plan": "pro"},
        ),
        chat_turn(
            "code", ago(days=12) + timedelta(seconds=30), "Again", userId="u-7", tokens=(900, 80), error="timeout"
        ),
        chat_turn(
            "code", ago(days=12) + timedelta(seconds=60), "Again!", userId="u-7", tokens=(999, 70), error="timeout"
        ),
        chat_turn("cheap", ago(days=25), "Hi", userId="u-7", model="gpt-4o-mini", tokens=(20, 10), tags=["refund"]),
        chat_turn(
            "old", ago(days=60), "Long ago", userId="u-1", tokens=(500, 500), release="v1", environment="staging"
        ),
    ]
