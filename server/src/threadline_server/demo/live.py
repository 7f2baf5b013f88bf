"""Conversations that go on while one looks: played in the present, one after the other, until they are told to stop."""

from __future__ import annotations

import logging
import threading
import time
from datetime import UTC, datetime
from random import Random

from threadline_server.demo.clocks import PresentClock
from threadline_server.demo.performance import Performance
from threadline_server.demo.plan import Part, cast
from threadline_server.demo.recording import record_for
from threadline_server.demo.script import Script

log = logging.getLogger(__name__)

PROGRAMS = ("outfitters-support", "waypoint-planner", "handbook-assistant")
_LONGEST_PAUSE_S = 12.0
_BETWEEN_SESSIONS_S = (15.0, 90.0)
_FEWEST_TURNS = 3


class LiveSessions:
    """A few users who talk with the applications right now, each in a thread of its own.

    Args:
        dsn: The server and the key.
        scripts: The applications.
        programs: Which of them are in use.
    """

    def __init__(self, dsn: str, scripts: list[Script], programs: tuple[str, ...] = PROGRAMS) -> None:
        self._dsn = dsn
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self._go_on, args=(script,), name=f"demo-{script.program.service}", daemon=True)
            for script in scripts
            if script.program.service in programs
        ]

    def start(self) -> None:
        """Begins the first conversations."""
        for thread in self._threads:
            thread.start()

    def stop(self, timeout: float) -> None:
        """Lets the turns that are under way end at once, and begins no others."""
        self._stop.set()
        for thread in self._threads:
            if thread.is_alive():
                thread.join(timeout)

    def _go_on(self, script: Script) -> None:
        chance = Random()
        while not self._stop.is_set():
            try:
                self.play(next_part(script, chance))
            except Exception:
                log.exception("BUG: a live conversation of the demo ended early")
            self._stop.wait(chance.uniform(*_BETWEEN_SESSIONS_S))

    def play(self, part: Part) -> None:
        """Plays one session to its end, or to the end of the turn in which it is told to stop."""
        observability = record_for(self._dsn, part)
        clock = PresentClock(self._stop, _LONGEST_PAUSE_S)
        for _turn in Performance(part, observability, clock, ends_at_ns=None).turns():
            if self._stop.is_set():
                break
        observability.shutdown(timeout=1.0)


def next_part(script: Script, chance: Random) -> Part:
    """A session that begins now."""
    long_enough = [told for told in script.conversation if not told.user and len(told.turn) >= _FEWEST_TURNS]
    now = datetime.now(UTC)
    return cast(script, chance.choice(long_enough), f"{time.time_ns()}/{chance.random()}", now, starts_at=now)
