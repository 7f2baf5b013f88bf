from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from threadline_server.identity import open_identity
from threadline_server.settings import Settings

START = datetime(2026, 11, 23, 10, 30, tzinfo=UTC)
CHOSEN_KEY = "pk_chosen-by-the-test"


class Clock:
    """Both clocks of the identity: they move when told to."""

    def __init__(self):
        self.moment = START

    def now(self):
        return self.moment

    def monotonic(self):
        return (self.moment - START).total_seconds()

    def advance(self, **duration):
        self.moment += timedelta(**duration)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def settings(tmp_path):
    return Settings(data_dir=tmp_path / "data", api_key=CHOSEN_KEY)


@pytest.fixture
def opened(clock):
    """Open an identity with the test's clock and counted keys; it is closed after the test."""
    numbers = count(1)
    with ExitStack() as stack:

        def open_one(settings):
            identity = open_identity(
                settings,
                now=clock.now,
                monotonic=clock.monotonic,
                random_bytes=lambda length: next(numbers).to_bytes(length, "big"),
            )
            stack.callback(identity.close)
            return identity

        yield open_one


@pytest.fixture
def identity(opened, settings):
    return opened(settings)
