"""One thread that sees what projects set into their sessions: automatic sessions of the past, and what is kept too long.

What it is at is told by the settings themselves, so a server that ends takes it up again at its next start.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Final

from threadline_server.errors import ThreadlineError
from threadline_server.lifecycle.applying import go_through
from threadline_server.lifecycle.project_book import ProjectBook
from threadline_server.lifecycle.retention import Retention
from threadline_server.store.database import Database
from threadline_server.store.refresh import Refresher

log = logging.getLogger(__name__)

LOOK_EVERY_S: Final = 2.0
"""How long a change that another process made may go unnoticed."""
SETTLE_S: Final = 3.0
"""So long another server may still make sessions by what was set before."""


class Lifecycle:
    """Made with a ``book`` that has been refreshed; ``clock_ns`` is the wall clock."""

    def __init__(
        self,
        database: Database,
        refresher: Refresher,
        book: ProjectBook,
        retention: Retention,
        clock_ns: Callable[[], int],
        *,
        settle_s: float = SETTLE_S,
    ) -> None:
        self._database = database
        self._refresher = refresher
        self._book = book
        self._retention = retention
        self._clock_ns = clock_ns
        self._settle_s = settle_s
        self._stopping = threading.Event()
        self._wake = threading.Event()
        self._thread = threading.Thread(target=self._run, name="lifecycle", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """End after the step at hand."""
        self._stopping.set()
        self._wake.set()
        self._thread.join()

    def look(self) -> None:
        """A setting was changed here: it holds for what is rolled up from now on. Raises Unavailable."""
        self._book.refresh()
        self._wake.set()

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._tend()
            except ThreadlineError as error:
                log.warning("cannot see a project's settings into its sessions, trying again: %s", error)
            except Exception:
                log.exception("BUG: cannot see a project's settings into its sessions, trying again")
            self._wake.wait(LOOK_EVERY_S)
            self._wake.clear()

    def _tend(self) -> None:
        projects = self._book.refresh()
        self._retention.run_if_due(projects)
        for project_id, settings in projects.items():
            if settings.auto_minutes == settings.auto_applied_minutes or self._stopping.wait(self._settle_s):
                continue
            done = go_through(self._database, self._refresher, project_id, self._clock_ns(), self._stopping.is_set)
            if done:
                self._book.note_applied(project_id, settings.auto_minutes)
                log.info("automatic sessions of project %d stand by its settings", project_id)
