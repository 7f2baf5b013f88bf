"""What the SDK says in the log of the program it runs in: at most one line a minute on each subject."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import logging

    logger: logging.Logger

_INTERVAL_S = 60.0


def __getattr__(name: str) -> object:
    """Loads the standard library's logging for those who have something to say, instead of for all who import us."""
    if name != "logger":
        raise AttributeError(name)
    import logging

    return logging.getLogger("threadline")


class Notices:
    """Writes to the logger ``threadline``, seldom enough never to drown the program's own lines."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._last: dict[str, float] = {}
        # Re-entrant, as every lock that recording can reach: a signal handler or a finaliser that records
        # may interrupt its own thread inside it.
        self._lock = threading.RLock()

    def warn(self, subject: str, message: str) -> None:
        """Logs ``message``, unless something was logged on ``subject`` less than a minute ago."""
        now = self._monotonic()
        with self._lock:
            last = self._last.get(subject)
            if last is not None and now - last < _INTERVAL_S:
                return
            self._last[subject] = now
        from threadline._notices import logger  # by way of __getattr__

        logger.warning("%s", message)

    def after_fork_in_child(self) -> None:
        """Replaces the lock: the thread that held it may not exist in the child."""
        self._lock = threading.RLock()
