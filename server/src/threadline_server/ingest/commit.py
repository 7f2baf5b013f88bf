"""Group commit: requests that wait at the same time share one insert, and each is answered when that insert is on disk.

One thread inserts; while it does, further requests gather, so that the size of a commit follows the load: a lone request
is written at once, a crowd in parts of thousands of spans. A small commit waits a moment for requests that are being decoded,
since an insert costs as much for two hundred rows as for four hundred. Memory is bounded by bytes: over the bound a request is refused
with ``Unavailable`` before anything of it is kept.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from threadline_server.errors import Unavailable
from threadline_server.ingest.load import Load
from threadline_server.model import ARRIVAL_STEP_NS
from threadline_server.store.database import Database
from threadline_server.store.refresh import Refresher
from threadline_server.store.rows import with_arrival
from threadline_server.store.scores import keep_scores

log = logging.getLogger(__name__)

MAX_COMMIT_ROWS: Final = 10_000
ENOUGH_ROWS: Final = 400
PATIENCE_S: Final = 0.025
"""What a commit waits for while more is being decoded: as many rows, or as long."""
MAX_WAITING_BYTES: Final = 192 * 1024 * 1024


def marking(refresher: Refresher) -> Callable[[Load, int], None]:
    """What a committer is given to call, so that the roll-up knows of what is stored."""

    def mark(load: Load, received_ns: int) -> None:
        refresher.mark(load.project_id, load.touched, received_ns)
        for score in load.scores:
            if not score.trace_id:
                refresher.mark_session(load.project_id, score.session_id, received_ns)

    return mark


class Committer:
    """Writes loads to ``spans``; calls ``on_stored(load, received_ns)`` for each after it is on disk and before it is
    acknowledged; ``received_ns`` is the earliest arrival of its rows."""

    def __init__(self, database: Database, clock_ns: Callable[[], int], on_stored: Callable[[Load, int], None]) -> None:
        self._database = database
        self._clock_ns = clock_ns
        self._on_stored = on_stored
        self._waiting: deque[tuple[Load, Future[None]]] = deque()
        self._waiting_bytes = 0
        self._waiting_rows = 0
        self._expected = 0
        self._last_arrival_ns = 0
        self._changed = threading.Condition()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="commit", daemon=True)

    def start(self) -> None:
        self._thread.start()

    @contextmanager
    def expecting(self) -> Iterator[None]:
        """For as long as it may end in a ``submit``, a small commit waits for it."""
        with self._changed:
            self._expected += 1
        try:
            yield
        finally:
            with self._changed:
                self._expected -= 1
                self._changed.notify()

    def is_expecting(self) -> bool:
        """Whether there are requests that may end in a ``submit``."""
        return self._expected > 0

    def submit(self, load: Load) -> Future[None]:
        """A future that ends when ``load`` is on disk, or with the reason why it is not."""
        future: Future[None] = Future()
        with self._changed:
            if self._stopping:
                raise Unavailable("cannot store spans: the server is stopping")
            if self._waiting and self._waiting_bytes + load.batch.nbytes > MAX_WAITING_BYTES:
                raise Unavailable("cannot store spans: more is waiting to be written than fits", retry_after_s=1)
            self._waiting.append((load, future))
            self._waiting_bytes += load.batch.nbytes
            self._waiting_rows += load.batch.num_rows
            self._changed.notify()
        return future

    def is_alive(self) -> bool:
        return self._thread.is_alive()

    def waiting(self) -> tuple[int, int]:
        """Rows and bytes that wait to be written."""
        return self._waiting_rows, self._waiting_bytes

    def stop(self, timeout_s: float) -> None:
        """Write what waits, then end."""
        with self._changed:
            self._stopping = True
            self._changed.notify()
        self._thread.join(timeout_s)

    def _run(self) -> None:
        while group := self._next_group():
            self._commit(group)

    def _next_group(self) -> list[tuple[Load, Future[None]]]:
        """What is written next; empty when there will be nothing more. A sender who has gone by now is forgotten."""
        with self._changed:
            group: list[tuple[Load, Future[None]]] = []
            rows = 0
            while not group:
                self._changed.wait_for(lambda: self._waiting or self._stopping)
                if not self._waiting:
                    break
                self._changed.wait_for(self._is_enough, PATIENCE_S)
                while self._waiting and (not group or rows + self._waiting[0][0].batch.num_rows <= MAX_COMMIT_ROWS):
                    load, future = self._waiting.popleft()
                    self._waiting_bytes -= load.batch.nbytes
                    self._waiting_rows -= load.batch.num_rows
                    if future.set_running_or_notify_cancel():
                        rows += load.batch.num_rows
                        group.append((load, future))
            return group

    def _is_enough(self) -> bool:
        return self._waiting_rows >= ENOUGH_ROWS or not self._expected or self._stopping

    def _commit(self, group: list[tuple[Load, Future[None]]]) -> None:
        batches = [self._dated(load) for load, _ in group]
        try:
            if any(batch.num_rows for batch in batches):
                self._database.insert("spans", batches)
            self._insert_scores(group)
        except Unavailable as error:
            self._refuse(group, error)
        except Exception:  # the thread must outlive whatever the engine raises, and the sender must try again
            log.exception("BUG: cannot commit %d requests", len(group))
            self._refuse(group, Unavailable("cannot store spans: an unexpected failure of the store"))
        else:
            for (load, future), batch in zip(group, batches, strict=True):
                self._tell(load, pc.min(batch["received_ns"]).as_py() or self._clock_ns())
                future.set_result(None)

    def _insert_scores(self, group: list[tuple[Load, Future[None]]]) -> None:
        rows = [(load.project_id, score) for load, _ in group for score in load.scores]
        if rows:
            keep_scores(self._database, rows, self._clock_ns())

    def _tell(self, load: Load, received_ns: int) -> None:
        try:
            self._on_stored(load, received_ns)
        except Exception:  # what is on disk is acknowledged, and the thread must outlive this too
            log.exception("BUG: cannot tell the roll-up of %d stored spans", load.batch.num_rows)

    def _refuse(self, group: list[tuple[Load, Future[None]]], error: Unavailable) -> None:
        if len(group) > 1:  # one request's data must not fail the others
            for member in group:
                self._commit([member])
            return
        log.warning("cannot commit a request: %s", error, exc_info=error.__cause__)
        group[0][1].set_exception(error)

    def _dated(self, load: Load) -> pa.RecordBatch:
        return load.batch if load.is_dated else with_arrival(load.batch, self._arrival(load.batch.num_rows))

    def _arrival(self, rows: int) -> int:
        """The arrival of the first of ``rows`` rows; arrivals never repeat and never go back within a process."""
        first = max(self._clock_ns(), self._last_arrival_ns + ARRIVAL_STEP_NS)
        self._last_arrival_ns = first + (rows - 1) * ARRIVAL_STEP_NS
        return first
