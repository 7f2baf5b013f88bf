"""Where times and ids come from: arguments of everything that needs them, so that tests can count them."""

from __future__ import annotations

import os
import time
from typing import NamedTuple, Protocol


class Instant(NamedTuple):
    """One moment, read from two clocks."""

    wall_ns: int
    """Nanoseconds since the Unix epoch; may jump when the computer's clock is set."""
    monotonic_ns: int
    """Nanoseconds since an arbitrary moment; never jumps, so durations are taken from it."""


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> Instant:
        """Returns the present moment."""
        ...


class Ids(Protocol):
    """Makes ids in OpenTelemetry's form: lower-case hexadecimal, not all zeros."""

    def trace_id(self) -> str:
        """Returns 32 digits."""
        ...

    def span_id(self) -> str:
        """Returns 16 digits."""
        ...


class SystemClock:
    """The computer's clocks."""

    def now(self) -> Instant:
        return Instant(time.time_ns(), time.monotonic_ns())


class RandomIds:
    """Ids from the operating system's randomness, which a fork does not repeat."""

    def trace_id(self) -> str:
        return os.urandom(16).hex()

    def span_id(self) -> str:
        return os.urandom(8).hex()
