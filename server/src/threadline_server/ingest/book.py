"""What the identity database says of every project, at hand for those who need it with each request."""

from __future__ import annotations

from abc import ABC, abstractmethod

from threadline_server.recurring import Recurring


class Book(ABC):
    """A snapshot: swapped by ``refresh`` at once where this process changed something, by a thread for what others changed."""

    def __init__(self, what: str, look_every_s: float) -> None:
        self._looking = Recurring(self.refresh, look_every_s, what=f"look for changes of {what}")

    @abstractmethod
    def refresh(self) -> None:
        """Take over what has changed. Raises Unavailable."""

    def start(self) -> None:
        """Raises Unavailable when it cannot be read: nothing is taken in before it is known."""
        self.refresh()
        self._looking.start()

    def stop(self) -> None:
        self._looking.stop()
