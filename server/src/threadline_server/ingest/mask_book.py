"""The masking rules of every project, at hand: a snapshot that is swapped when they change, here or in another process."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from typing import Final, Protocol

from threadline_server.errors import ThreadlineError
from threadline_server.masking.rules import NO_RULES, MaskingRules

log = logging.getLogger(__name__)

LOOK_EVERY_S: Final = 1.0
"""How long a change that another process made may go unnoticed."""


def no_masking(_project_id: int) -> MaskingRules:
    return NO_RULES


class Source(Protocol):
    """Where the rules are kept."""

    def everything(self) -> Mapping[int, MaskingRules]:
        """Of every project that has any."""


class MaskBook:
    """Looks after the snapshot: ``refresh`` at once where this process changed rules, a thread for what others changed."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._rules: Mapping[int, MaskingRules] = {}
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="masking", daemon=True)

    def start(self) -> None:
        """Raises Unavailable when the rules cannot be read: nothing is taken in before they are known."""
        self.refresh()
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join()

    def of(self, project_id: int) -> MaskingRules:
        """A project's rules as of now."""
        return self._rules.get(project_id, NO_RULES)

    def refresh(self) -> None:
        """Take over what has changed. Raises Unavailable."""
        self._rules = self._source.everything()

    def _run(self) -> None:
        while not self._stopping.wait(LOOK_EVERY_S):
            try:
                self.refresh()
            except ThreadlineError as error:
                log.warning("cannot look for changed masking rules, trying again: %s", error)
