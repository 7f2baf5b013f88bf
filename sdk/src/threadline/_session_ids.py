"""Session ids for programs that have none of their own."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime, tzinfo

_MOST_CHARACTERS_OF_A_USER = 400


def new_session_id(prefix: str = "conversation") -> str:
    """Returns a session id that nobody else has: call it where a conversation starts, and keep it for all of its turns.

    Args:
        prefix: What it begins with, such as ``conversation``, ``chat`` or ``job``.

    Returns:
        The prefix, a hyphen and 32 hexadecimal digits, such as ``conversation-0f3a...``.
    """
    return f"{prefix}-{os.urandom(16).hex()}"


def daily_session_id(user_id: str, *, time_zone: tzinfo | None = None, at: datetime | None = None) -> str:
    """Returns the session id of a user's day, such as ``user-456-2026-11-23``: one session for each user and day.

    Args:
        user_id: The user.
        time_zone: Whose midnight ends the day, such as ``zoneinfo.ZoneInfo("Europe/Berlin")``; UTC unless given.
        at: A moment of the day; now unless given. Without a time zone of its own it is local time.
    """
    # Here, since it is a large part of what importing the SDK takes.
    from datetime import UTC, datetime

    time_zone = time_zone or UTC
    day = datetime.now(time_zone) if at is None else at.astimezone(time_zone)
    return f"user-{short_user(user_id)}-{day:%Y-%m-%d}"


def short_user(user_id: str) -> str:
    """Returns the user id as it fits into a session id: a very long one by its beginning and a digest."""
    if len(user_id) <= _MOST_CHARACTERS_OF_A_USER:
        return user_id
    from hashlib import blake2b

    return f"{user_id[:64]}-{blake2b(user_id.encode('utf-8', 'replace'), digest_size=16).hexdigest()}"
