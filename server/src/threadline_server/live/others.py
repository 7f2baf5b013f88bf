"""What other servers that share the store changed: a feed hears of its own server's roll-ups only."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable
from typing import Final

from threadline_server.live.feed import Feed
from threadline_server.recurring import Recurring
from threadline_server.store.database import Database
from threadline_server.store.rollup import Touched

LOOK_EVERY_S: Final = 1.0
WINDOW_NS: Final = 60_000_000_000
"""How far back a look goes: by so much another server's clock may be behind, or a round of its roll-up last."""


class Others:
    """Looks for rows of sessions that are new to this server, in the projects that somebody listens to."""

    def __init__(self, database: Database, feed: Feed, clock_ns: Callable[[], int]) -> None:
        self._database = database
        self._feed = feed
        self._clock_ns = clock_ns
        self._known: dict[int, dict[str, int]] = defaultdict(dict)
        self._lock = threading.Lock()
        self._looking = Recurring(self.look, LOOK_EVERY_S, what="look for what other servers changed")

    def start(self) -> None:
        if not self._database.is_embedded:
            self._looking.start()

    def stop(self) -> None:
        self._looking.stop()

    def watch(self, touched: Touched) -> None:
        """What this server's own roll-up changed, of which its feed hears by itself."""
        if self._database.is_embedded:
            return
        with self._lock:
            if touched.project_id in self._known:
                self._known[touched.project_id] |= dict.fromkeys(touched.sessions, touched.version)

    def look(self) -> None:
        """Tell the feed what is new since the last look. The first one at a project only remembers."""
        listened = self._feed.listened()
        with self._lock:
            for project_id in self._known.keys() - listened:
                del self._known[project_id]
        since_ns = max(0, self._clock_ns() - WINDOW_NS)
        for project_id in listened:
            rows = self._database.rows("live_changed", {"project_id": project_id, "since_ns": since_ns})
            with self._lock:
                is_first = project_id not in self._known
                known = {name: version for name, version in self._known[project_id].items() if version > since_ns}
                news = [row["session_id"] for row in rows if row["version"] > known.get(row["session_id"], 0)]
                self._known[project_id] = known | {row["session_id"]: row["version"] for row in rows}
            if news and not is_first:
                self._feed.watch(Touched(project_id, 0, tuple(news)))
