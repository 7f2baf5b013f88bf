"""Work that is done again and again beside everything else."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from threadline_server.errors import ThreadlineError

log = logging.getLogger(__name__)


class Recurring:
    """A thread that calls ``look`` every so many seconds until it is stopped. What fails is logged as ``what``, and done again."""

    def __init__(self, look: Callable[[], None], every_s: float, *, what: str) -> None:
        self._look = look
        self._every_s = every_s
        self._what = what
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=what, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Ends after the look at hand. One that was never started has nothing to end."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while not self._stopping.wait(self._every_s):
            try:
                self._look()
            except ThreadlineError as error:
                log.warning("cannot %s, trying again: %s", self._what, error)
