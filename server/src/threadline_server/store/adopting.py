"""What a server had acknowledged and not rolled up when it died is rolled up by one that shares its store.

Each notes now and then until which arrival its roll-ups are complete, also when it has nothing to do. One that has been silent for
long is taken for dead: what arrived since its last note is rolled up, then the note is forgotten. One that only slept goes on with
what it remembers, and notes itself again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final

from threadline_server.recurring import Recurring
from threadline_server.store.database import Database
from threadline_server.store.refresh import MARGIN_NS, Refresher

log = logging.getLogger(__name__)

LOOK_EVERY_S: Final = 60.0
DEAD_AFTER_NS: Final = 300_000_000_000


class Adopter:
    """Looks after the others. Does nothing with an embedded store, which has none."""

    def __init__(self, database: Database, refresher: Refresher, clock_ns: Callable[[], int]) -> None:
        self._database = database
        self._refresher = refresher
        self._clock_ns = clock_ns
        self._adopted: dict[str, int] = {}
        """The dead, and when their work was taken over."""
        self._looking = Recurring(self.look, LOOK_EVERY_S, what="look after the other servers")

    def start(self) -> None:
        if not self._database.is_embedded:
            self._looking.start()

    def stop(self) -> None:
        self._looking.stop()

    def look(self) -> None:
        """Forget those whose work is done, and take over that of the newly dead. Raises Unavailable."""
        now_ns = self._clock_ns()
        before_ns = now_ns - DEAD_AFTER_NS
        done = [server for server, since_ns in self._adopted.items() if self._refresher.progress_ns > since_ns]
        if done:
            self._database.write("forget_servers", {"servers": done, "before_ns": before_ns})
        for server in done:
            del self._adopted[server]
        silent = self._database.rows("silent_servers", {"before_ns": before_ns})
        if new := {row["server"]: row["complete_until_ns"] for row in silent if row["server"] not in self._adopted}:
            log.warning("%d servers of this store have been silent for minutes: their roll-ups are done here", len(new))
            self._refresher.recover(min(new.values()) - MARGIN_NS)
            self._adopted |= dict.fromkeys(new, now_ns)
