"""Where a running server is asked for a snapshot: by files in its data directory, which only its owner may write.

Who wants one makes the folder ``snapshot`` with a file ``wanted``; the answer is ``ready.json``, or ``failed`` with the reason.
"""

from __future__ import annotations

import logging
import threading
from pathlib import Path
from typing import Final

from threadline_server.backup import snapshot
from threadline_server.errors import ThreadlineError
from threadline_server.store.database import Database

log = logging.getLogger(__name__)

LOOK_EVERY_S: Final = 0.5
WANTED: Final = "wanted"
FAILED: Final = "failed"


class SnapshotDesk:
    """One thread that looks for a request now and then."""

    def __init__(self, database: Database, data_dir: Path, store_dir: Path | None) -> None:
        self._database = database
        self._data_dir = data_dir
        self._store_dir = store_dir
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(store_dir,), name="snapshots", daemon=True)

    def start(self) -> None:
        """Nobody is there for a store on a ClickHouse server, which has backups of its own."""
        if self._store_dir is not None:
            self._thread.start()

    def stop(self) -> None:
        """End after the snapshot at hand."""
        self._stopping.set()
        if self._store_dir is not None:
            self._thread.join()

    def _run(self, store_dir: Path) -> None:
        wanted = self._data_dir / snapshot.FOLDER / WANTED
        while not self._stopping.wait(LOOK_EVERY_S):
            if wanted.exists():
                self._answer(wanted, store_dir)

    def _answer(self, wanted: Path, store_dir: Path) -> None:
        try:
            wanted.unlink()
            snapshot.take(self._database, self._data_dir, store_dir)
        except (ThreadlineError, OSError) as error:
            log.warning("cannot take the snapshot that was asked for: %s", error)
            self._refuse(wanted.with_name(FAILED), str(error))
        except Exception:
            log.exception("BUG: cannot take the snapshot that was asked for")
            self._refuse(wanted.with_name(FAILED), "the server's log says why")
        else:
            log.info("took a snapshot for a backup")

    def _refuse(self, answer: Path, reason: str) -> None:
        try:
            answer.write_text(reason, encoding="utf-8")
        except OSError:  # who asked has gone, and the folder with it
            log.warning("nobody waits for the snapshot any more")
