from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from threadline import daily_session_id, new_session_id


def test_a_conversation_has_an_id_of_its_own():
    first, second = new_session_id(), new_session_id()
    assert (first != second, first[:13], len(first)) == (True, "conversation-", 45)
    assert new_session_id("chat").startswith("chat-")


@pytest.mark.parametrize(
    ("zone", "day"),
    [(UTC, "2026-11-23"), (ZoneInfo("Asia/Tokyo"), "2026-11-24"), (ZoneInfo("America/New_York"), "2026-11-23")],
)
def test_a_users_day_is_that_of_its_time_zone(zone, day):
    at = datetime(2026, 11, 23, 16, 30, tzinfo=UTC)
    assert daily_session_id("user 456", time_zone=zone, at=at) == f"user-user 456-{day}"


def test_without_a_moment_it_is_today():
    before, found, after = (datetime.now(UTC), daily_session_id("456"), datetime.now(UTC))
    assert found in {f"user-456-{moment:%Y-%m-%d}" for moment in (before, after)}


def test_very_long_users_stay_apart_and_fit():
    ids = {daily_session_id("x" * 1_000 + end) for end in "ab"}
    assert (len(ids), all(len(one) <= 512 for one in ids)) == (2, True)
