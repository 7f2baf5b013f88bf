"""What was refused, kept for the report on a project's data: counted in memory, written every few seconds."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

import msgspec
import pyarrow as pa

from threadline_server.errors import ThreadlineError
from threadline_server.ingest.decode.otlp_drops import ClientDrop
from threadline_server.store.database import Database

log = logging.getLogger(__name__)

WRITE_EVERY_S: Final = 10.0
MAX_EXAMPLE: Final = 200
"""Characters."""
_MINUTE_NS: Final = 60_000_000_000

_Key: TypeAlias = tuple[int, int, str]


class _Refused(msgspec.Struct):
    count: int
    example: str


class RefusalLog:
    """Notes refusals and writes them to the table ``refusals``, from a thread of its own while there are any."""

    def __init__(self, database: Database, clock_ns: Callable[[], int]) -> None:
        self._database = database
        self._clock_ns = clock_ns
        self._noted: dict[_Key, _Refused] = {}
        self._noting = threading.Lock()
        self._writing = threading.Lock()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="refusals", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Write what is noted and end."""
        self._stopping.set()
        self._thread.join()
        self._try_to_flush()

    def note(self, project_id: int, reason: str, count: int, told: str) -> None:
        """So many were refused for this reason, and a sender was told this."""
        key = (project_id, self._clock_ns() // _MINUTE_NS, reason)
        with self._noting:
            known = self._noted.get(key)
            if known is None:
                self._noted[key] = _Refused(count, told[:MAX_EXAMPLE])
            else:
                known.count += count

    def take_client_drops(self, project_id: int, drops: Sequence[ClientDrop]) -> None:
        """Store what clients say they dropped; returns when it is on disk. Raises Unavailable."""
        now_minute = self._clock_ns() // _MINUTE_NS
        minutes = [min(drop.at_ns // _MINUTE_NS or now_minute, now_minute) for drop in drops]
        batch = pa.record_batch(
            {
                "project_id": pa.array([project_id] * len(drops), pa.uint32()),
                "report_id": pa.array([drop.report_id for drop in drops], pa.string()),
                "reason": pa.array([drop.reason for drop in drops], pa.string()),
                "minute": pa.array(minutes, pa.uint32()),
                "spans": pa.array([drop.spans for drop in drops], pa.uint64()),
                "service": pa.array([drop.service for drop in drops], pa.string()),
            }
        )
        self._database.insert("client_drops", [batch])

    def flush(self) -> None:
        """Write what is noted so far. Raises Unavailable, after which it is still noted."""
        with self._writing:
            with self._noting:
                taken, self._noted = self._noted, {}
            if not taken:
                return
            try:
                self._database.insert("refusals", [_batch(taken)])
            except Exception:
                self._put_back(taken)
                raise

    def _put_back(self, taken: dict[_Key, _Refused]) -> None:
        with self._noting:
            for key, refused in taken.items():
                newer = self._noted.setdefault(key, refused)
                if newer is not refused:
                    newer.count += refused.count

    def _run(self) -> None:
        while not self._stopping.wait(WRITE_EVERY_S):
            self._try_to_flush()

    def _try_to_flush(self) -> None:
        try:
            self.flush()
        except ThreadlineError as error:
            log.warning("cannot write what was refused, trying again: %s", error)


def _batch(taken: dict[_Key, _Refused]) -> pa.RecordBatch:
    projects, minutes, reasons = zip(*taken, strict=True)
    return pa.record_batch(
        {
            "project_id": pa.array(projects, pa.uint32()),
            "minute": pa.array(minutes, pa.uint32()),
            "reason": pa.array(reasons, pa.string()),
            "refused": pa.array([refused.count for refused in taken.values()], pa.uint64()),
            "example": pa.array([refused.example for refused in taken.values()], pa.string()),
        }
    )
