"""What the identity database says of every project, at hand for those who need it with each request."""

from __future__ import annotations

import logging
import threading
from abc import ABC, abstractmethod

from threadline_server.errors import ThreadlineError

log = logging.getLogger(__name__)


class Book(ABC):
    """A snapshot: swapped by ``refresh`` at once where this process changed something, by a thread for what others changed."""

    def __init__(self, what: str, look_every_s: float) -> None:
        self._what = what
        self._look_every_s = look_every_s
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=what, daemon=True)

    @abstractmethod
    def refresh(self) -> None:
        """Take over what has changed. Raises Unavailable."""

    def start(self) -> None:
        """Raises Unavailable when it cannot be read: nothing is taken in before it is known."""
        self.refresh()
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopping.wait(self._look_every_s):
            try:
                self.refresh()
            except ThreadlineError as error:
                log.warning("cannot look for changes of %s, trying again: %s", self._what, error)
