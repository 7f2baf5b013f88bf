"""What is watched of a server's parts: the checks of ``/readyz`` and the figures of ``/metrics``."""

from __future__ import annotations

import os
import resource
import shutil
import sys
import threading
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

from threadline_server import __version__
from threadline_server.ingest.commit import Committer
from threadline_server.ingest.intake import Intake
from threadline_server.store.damage import FOLDER as QUARANTINE
from threadline_server.store.database import Database
from threadline_server.store.refresh import Refresher
from threadline_server.watching.health import Health, alive, behind, disk
from threadline_server.watching.metrics import Labels, Metric, gauge, lines

_STARTED_S: Final = time.time()
_KIB: Final = 1 if sys.platform == "darwin" else 1024


class Watch:
    """Over parts that are open; asks them, and holds nothing itself."""

    def __init__(
        self, data_dir: Path, database: Database, intake: Intake, committer: Committer, refresher: Refresher
    ) -> None:
        self._data_dir = data_dir
        self._intake = intake
        self._committer = committer
        self._refresher = refresher
        self.health = Health(
            {
                "store": lambda: None if database.rows("progress", {}) else "it does not answer",
                "disk": disk(data_dir),
                "commit": alive("the thread that writes", committer.is_alive),
                "rollUp": alive("the thread that rolls up", refresher.is_alive),
                "rollUpLag": behind(refresher.lag_s),
                "decode": intake.decoding_fault,
            }
        )

    def lines(self) -> Iterable[str]:
        """What the parts tell, in Prometheus' text format."""
        for metric in (*self._own(), *self._pipe(), *_process()):
            yield from lines(metric)

    def _own(self) -> Iterable[Metric]:
        reasons = self.health.report().reasons
        yield Metric("threadline_build_info", "gauge", "1, with the version.", {(("version", __version__),): 1})
        yield gauge("threadline_ready", "1 where /readyz answers 200.", int(not reasons))
        yield Metric(
            "threadline_not_ready", "gauge", "1 for each part that cannot work now.", _by("part", dict.fromkeys(reasons, 1))
        )  # fmt: skip
        yield gauge(
            "threadline_quarantined_parts",
            "Parts of the store that were damaged and lie aside.",
            sum(1 for _ in (self._data_dir / QUARANTINE).iterdir()) if (self._data_dir / QUARANTINE).is_dir() else 0,
        )
        yield gauge("threadline_disk_free_bytes", "Free on the data directory's disk.", _free(self._data_dir))

    def _pipe(self) -> Iterable[Metric]:
        counts = self._intake.totals()
        yield Metric(
            "threadline_received_total", "counter", "Spans, records and messages received.", {(): counts.received}
        )
        yield Metric("threadline_stored_total", "counter", "Of these, what is on disk.", {(): counts.stored})
        for name, text, found in (
            ("rejected", "Of these, what was refused, by reason.", counts.rejected),
            ("ignored", "What came beside it and is not stored, by reason.", counts.ignored),
        ):
            yield Metric(f"threadline_{name}_total", "counter", text, _by("reason", found))
        rows, size = self._committer.waiting()
        yield gauge("threadline_commit_waiting_rows", "Rows that wait to be written.", rows)
        yield gauge("threadline_commit_waiting_bytes", "Bytes that wait to be written.", size)
        yield gauge(
            "threadline_intake_waiting_bytes",
            "Bytes of bodies that have come and are not on disk yet.",
            self._intake.waiting_bytes(),
        )
        yield gauge("threadline_rollup_waiting_traces", "Traces that wait to be rolled up.", self._refresher.waiting())
        yield gauge("threadline_rollup_lag_seconds", "Age of the oldest of these.", self._refresher.lag_s())


def _process() -> Iterable[Metric]:
    used = resource.getrusage(resource.RUSAGE_SELF)
    yield Metric(
        "process_cpu_seconds_total",
        "counter",
        "Processor time of the server's own process.",
        {(): used.ru_utime + used.ru_stime},
    )
    yield gauge("process_start_time_seconds", "When it started, in seconds since 1970.", _STARTED_S)
    yield gauge("process_resident_memory_bytes", "Memory it holds now.", _resident(used.ru_maxrss * _KIB))
    yield gauge("process_threads", "Its Python threads.", threading.active_count())
    with suppress(OSError):
        yield gauge("process_open_fds", "Open files and sockets.", sum(1 for _ in Path("/proc/self/fd").iterdir()))


def _by(label: str, found: Mapping[str, float]) -> dict[Labels, float]:
    return {((label, text),): value for text, value in found.items()}


def _resident(most_bytes: int) -> int:
    """Now where the system tells, else the most there ever was."""
    try:
        return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return most_bytes


def _free(folder: Path) -> int:
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return 0
