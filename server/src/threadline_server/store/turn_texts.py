"""Rows of ``turn_texts``: what each trace said, with the words that it is found by.

Numbers come first: where these rows may wait, they are written when nothing else is to be done. While there is, and they are
many or the first has waited for ``MOST_WAIT_S``, a few are after each round, so that no number waits for all the words of
seconds. A trace that grows meanwhile is folded and indexed once.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Collection, Iterable, Iterator
from math import ceil
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from threadline_server.errors import Unavailable
from threadline_server.store.database import Database
from threadline_server.words import folded

log = logging.getLogger(__name__)

MAX_SAID: Final = 64_000
"""Characters of one turn that are kept for the search."""
MOST_BYTES: Final = 24_000_000
MOST_WAIT_S: Final = 5.0
FEW_ROWS: Final = 500
"""Between two rounds, where there are not more than ``MOST_BYTES``: about 50 ms."""
_KEYS: Final = ["project_id", "session_id", "hour", "trace_id", "version", "is_deleted", "start_time"]


class TurnTexts:
    """What the roll-up found and has not written yet. For one thread, but for the question whether anything waits."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.may_wait = False
        self._kept: list[pa.Table] = []
        self._since_s = 0.0
        self.arrived_ns: int | None = None
        """When the first span arrived whose words wait; None where nothing does."""

    def __bool__(self) -> bool:
        return bool(self._kept)

    @property
    def is_due(self) -> bool:
        return bool(self._kept) and (
            sum(rows.nbytes for rows in self._kept) > MOST_BYTES or time.monotonic() - self._since_s > MOST_WAIT_S
        )

    def keep(self, traces: pa.Table, arrived_ns: int) -> None:
        """Take the words of rows of ``trace_rows``, in place of what waits of the same traces."""
        if not traces.num_rows:
            return
        if not self._kept:
            self._since_s = time.monotonic()
        self.arrived_ns = arrived_ns if self.arrived_ns is None else min(self.arrived_ns, arrived_ns)
        self._kept.append(traces.select([*_KEYS, "said"]))
        if not self.may_wait:
            self.write()

    def forget(self, project_id: int, trace_ids: Collection[str]) -> None:
        """Never write what waits of these traces: they were erased."""
        gone = pa.array(sorted(trace_ids), pa.string())
        self._kept = [
            rows.filter(pc.invert(pc.and_(pc.equal(rows["project_id"], project_id), pc.is_in(rows["trace_id"], gone))))
            for rows in self._kept
        ]

    def write(self) -> None:
        """Write what waits. Raises ``Unavailable``, and keeps it then."""
        if self._kept:
            self._write(_latest(pa.concat_tables(self._kept)))
        self._kept, self.arrived_ns = [], None

    def write_some(self) -> None:
        """Write a few of those that wait longest, as many as exceed ``MOST_BYTES`` at least. Raises as ``write``."""
        rows = _latest(pa.concat_tables(self._kept))
        excess = 1 - MOST_BYTES / rows.nbytes if rows.nbytes > MOST_BYTES else 0.0
        few = max(FEW_ROWS, ceil(rows.num_rows * excess))
        self._write(rows.slice(0, few))
        left = rows.slice(few)
        self._kept = [left] if left.num_rows else []
        if not self._kept:
            self.arrived_ns = None

    def _write(self, traces: pa.Table) -> None:
        if not traces.num_rows:
            return
        try:
            self._database.insert("turn_texts", turn_texts(traces).to_batches())
        except Unavailable:
            raise
        except Exception:
            if traces.num_rows == 1:
                log.exception("BUG: cannot write the words of a trace; the search does not find it")
                return
            middle = traces.num_rows // 2
            self._write(traces.slice(0, middle))
            self._write(traces.slice(middle))


def turn_texts(traces: pa.Table) -> pa.Table:
    """For each row of ``trace_rows`` one of ``turn_texts``: a turn without words has its place, too."""
    said = [list(_within_bounds(texts)) for texts in traces["said"].to_pylist()]
    rows = traces.select(_KEYS).append_column("said", pa.array(said, pa.list_(pa.string())))
    return rows.append_column("words", pa.array([folded(texts) for texts in said], pa.string()))


def _latest(traces: pa.Table) -> pa.Table:
    """Of each trace the last row."""
    keys = zip(traces["project_id"].to_pylist(), traces["trace_id"].to_pylist(), strict=True)
    last = {key: place for place, key in enumerate(keys)}
    return traces if len(last) == traces.num_rows else traces.take(pa.array(list(last.values()), pa.int64()))


def _within_bounds(texts: Iterable[str]) -> Iterator[str]:
    room = MAX_SAID
    for text in texts:
        if room > 0 and text.strip():
            yield text[:room]
            room -= len(text)
