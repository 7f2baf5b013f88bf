"""Time and ids for sessions that are played: in the past, where a pause costs nothing, or now, where it lasts.

What takes time says so with ``spend``; what the user waits with ``pause``.
"""

from __future__ import annotations

import threading
import time
from random import Random
from typing import Protocol

from threadline.testing import Instant

SECOND_NS = 1_000_000_000


class StageClock(Protocol):
    """Tells the SDK the time of what is played, and moves it on."""

    def now(self) -> Instant:
        """Returns the moment that is being played."""
        ...

    def spend(self, seconds: float) -> None:
        """Lets work take so long."""
        ...

    def pause(self, seconds: float) -> None:
        """Lets the user take so long."""
        ...

    def return_to(self, moment: Instant) -> None:
        """Goes to a moment, so that two things can happen side by side."""
        ...


class PastClock:
    """Stands still until it is moved."""

    def __init__(self, start_ns: int) -> None:
        self._ns = start_ns

    def now(self) -> Instant:
        return Instant(self._ns, self._ns)

    def move_to(self, ns: int) -> None:
        """Goes to another day."""
        self._ns = ns

    def spend(self, seconds: float) -> None:
        self._ns += int(seconds * SECOND_NS)

    def pause(self, seconds: float) -> None:
        self.spend(seconds)

    def return_to(self, moment: Instant) -> None:
        self._ns = moment.wall_ns


class PresentClock:
    """The computer's time. Work lasts as long as it would, users are quick, and once ``stop`` is set nothing lasts.

    Args:
        stop: Ends all waiting.
        longest_pause_s: How long users take at most, so that whoever watches sees something happen.
    """

    def __init__(self, stop: threading.Event, longest_pause_s: float) -> None:
        self._stop = stop
        self._longest_pause_s = longest_pause_s

    def now(self) -> Instant:
        return Instant(time.time_ns(), time.monotonic_ns())

    def spend(self, seconds: float) -> None:
        self._stop.wait(seconds)

    def pause(self, seconds: float) -> None:
        self._stop.wait(min(seconds, self._longest_pause_s))

    def return_to(self, moment: Instant) -> None:
        """Does nothing: the present cannot be had twice, so what would be side by side comes one after the other."""


class DrawnIds:
    """Trace and span ids drawn from seeded chance, so that playing a session again gives the same spans.

    Attributes:
        spans: How many span ids have been drawn.
    """

    def __init__(self) -> None:
        self._chance = Random()
        self.spans = 0

    def restart(self, seed: str) -> None:
        """Draws from ``seed`` from now on."""
        self._chance = Random(seed)

    def trace_id(self) -> str:
        return f"{self._chance.getrandbits(128) or 1:032x}"

    def span_id(self) -> str:
        self.spans += 1
        return f"{self._chance.getrandbits(64) or 1:016x}"
