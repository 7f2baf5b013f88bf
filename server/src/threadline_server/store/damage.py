"""Parts of an embedded store that the disk has damaged: moved aside, so that all the others can be read.

What cannot be opened the engine sets aside by itself at its start; what shows as damaged when it is read is looked for then, by
reading each part alone. Either way the part goes to the folder ``quarantine`` of the data directory, with a line in the log.
What had been computed is computed anew; of what was sent, a backup has it or its sender.
"""

from __future__ import annotations

import logging
import shutil
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from threadline_server.errors import Damaged, ThreadlineError
from threadline_server.store.database import Database

log = logging.getLogger(__name__)

FOLDER: Final = "quarantine"
COMPUTED: Final = frozenset(
    {"loose_traces", "rollup_progress", "session_keys", "sessions", "trace_keys", "traces", "turn_texts"}
)
NEEDED_AT_START: Final = ("migrations", "rollup_progress")
_SET_ASIDE: Final = ("broken", "covered-by-broken", "unexpected")
"""How the engine's names begin for what it could not open; others in the same folder are people's own."""
AGAIN_S: Final = 60.0
_END_S: Final = 2.0


class Quarantine:
    """Looks for damaged parts when something could not be read."""

    def __init__(self, database: Database, data_dir: Path, store_dir: Path | None) -> None:
        self._database = database
        self._folder = data_dir / FOLDER
        self._store_dir = store_dir
        self._on_computed: Callable[[], None] = lambda: None
        self._changed = threading.Condition()
        self._is_asked = False
        self._stopping = False
        self._looked_s = -AGAIN_S
        self._thread = threading.Thread(target=self._run, name="quarantine", daemon=True)

    def start(self, on_computed: Callable[[], None]) -> None:
        """``on_computed`` is called where something damaged held what we had computed."""
        self._on_computed = on_computed
        if self._store_dir is not None:
            self._database.on_damage = self.look
            self._thread.start()

    def stop(self) -> None:
        with self._changed:
            self._stopping = True
            self._changed.notify()
        if self._thread.is_alive():
            self._thread.join(_END_S)

    def look(self) -> None:
        """Something could not be read: look for it, in a moment."""
        with self._changed:
            self._is_asked = True
            self._changed.notify()

    def before_start(self) -> None:
        """Move aside what the engine could not open, and what nothing can begin without. Raises ThreadlineError."""
        if self._store_dir is None:
            return
        there = {row["name"]: Path(row["folder"]) for row in self._database.rows("table_folders", {})}
        moved = [self._move(table, folder, found) for table, folder in there.items() for found in _set_aside(folder)]
        moved += [table for table in NEEDED_AT_START if table in there and self._take_out(table, there[table])]
        if not COMPUTED.isdisjoint(moved) and "rollup_progress" in there:
            self._database.write("forget_progress", {})

    def sweep(self) -> int:
        """Read every part, and move aside those that cannot be read; how many they were."""
        there = {row["name"]: Path(row["folder"]) for row in self._database.rows("table_folders", {})}
        moved = [table for table, folder in there.items() for _ in range(self._take_out(table, folder))]
        if not COMPUTED.isdisjoint(moved):
            self._on_computed()
        return len(moved)

    def _take_out(self, table: str, folder: Path) -> int:
        damaged = [part for part in self._parts(table) if not self._can_be_read(table, part)]
        for part in damaged:
            self._database.detach(table, part)
            self._move(table, folder, folder / "detached" / part)
        return len(damaged)

    def _parts(self, table: str) -> list[str]:
        return [row["part"] for row in self._database.rows("parts_in_use", {}) if row["table"] == table]

    def _can_be_read(self, table: str, part: str) -> bool:
        try:
            self._database.check(table, part)
        except Damaged:
            return False
        return True

    def _move(self, table: str, folder: Path, found: Path) -> str:
        self._folder.mkdir(mode=0o700, exist_ok=True)
        to = self._folder / f"{table}-{found.name}-{time.time_ns()}"
        shutil.move(folder / "detached" / found.name, to)
        log.error(
            "a part of the store is damaged and was moved to %s: %s",
            to, "what was in it is computed anew" if table in COMPUTED else "what was in it is missing; a backup may have it",
        )  # fmt: skip
        return table

    def _run(self) -> None:
        while self._is_due():
            try:
                self.sweep()
            except ThreadlineError as error:
                log.warning("cannot look for damaged parts now: %s", error, exc_info=error.__cause__)
            except Exception:
                log.exception("BUG: cannot look for damaged parts")
            self._looked_s = time.monotonic()

    def _is_due(self) -> bool:
        """Waits until somebody asks, and not again too soon after the last time; False at the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._is_asked or self._stopping)
            left = self._looked_s + AGAIN_S - time.monotonic()
            self._changed.wait_for(lambda: self._stopping, max(0.0, left))
            self._is_asked = False
            return not self._stopping


def _set_aside(folder: Path) -> list[Path]:
    detached = folder / "detached"
    return [found for found in detached.iterdir() if found.name.startswith(_SET_ASIDE)] if detached.is_dir() else []
