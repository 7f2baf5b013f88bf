"""Whether a server can do its work now, and why not: asked by ``/readyz``, told by ``/metrics``."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, NamedTuple

from threadline_server.data_directory import LEAST_FREE_BYTES
from threadline_server.errors import ThreadlineError, Unavailable

MOST_BEHIND_S: Final = 60.0
REMEMBERED_S: Final = 1.0
"""However often it is asked, the store is asked this seldom."""

Check = Callable[[], str | None]
"""Why this part cannot work now; None where it can."""


class Report(NamedTuple):
    """``reasons``: part -> why it cannot work; empty where the server is ready."""

    reasons: Mapping[str, str]


class Health:
    """Asks each part; remembers the answer for a second."""

    def __init__(self, checks: Mapping[str, Check], monotonic: Callable[[], float] = time.monotonic) -> None:
        self._checks = checks
        self._monotonic = monotonic
        self._asking = threading.Lock()
        self._known: tuple[float, Report] | None = None

    def report(self) -> Report:
        """As of now, or of up to a second ago."""
        with self._asking:
            now = self._monotonic()
            if self._known is None or now - self._known[0] >= REMEMBERED_S:
                asked = {name: _asked(check) for name, check in self._checks.items()}
                self._known = now, Report({name: why for name, why in asked.items() if why})
            return self._known[1]


def _asked(check: Check) -> str | None:
    try:
        return check()
    except Unavailable as error:
        return f"{error.message}. {error.hint}" if error.hint else error.message
    except ThreadlineError:
        return "it cannot be asked; see the server's log"


def disk(folder: Path, least_bytes: int = LEAST_FREE_BYTES) -> Check:
    """Whether what arrives still fits."""

    def check() -> str | None:
        try:
            free = shutil.disk_usage(folder).free
        except OSError as error:
            return f"the data directory cannot be read: {error.strerror}"
        return None if free >= least_bytes else f"the disk is full: {free} bytes are free, {least_bytes} are needed"

    return check


def behind(lag_s: Callable[[], float], most_s: float = MOST_BEHIND_S) -> Check:
    """Whether lists and numbers show what has arrived."""

    def check() -> str | None:
        lag = lag_s()
        return None if lag <= most_s else f"the roll-up is {lag:.0f} s behind what has arrived"

    return check


def alive(name: str, is_alive: Callable[[], bool]) -> Check:
    """Whether somebody is there to do the work."""
    return lambda: None if is_alive() else f"{name} has ended; restart the server"
