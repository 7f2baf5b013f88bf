"""Rows of ``turn_texts``: what each trace said, with the words that it is found by."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import pyarrow as pa

from threadline_server.words import folded

MAX_SAID: Final = 64_000
"""Characters of one turn that are kept for the search."""
_KEYS: Final = ["project_id", "session_id", "hour", "trace_id", "version", "is_deleted", "start_time"]


def turn_texts(traces: pa.Table) -> pa.Table:
    """For each row of ``trace_rows`` one of ``turn_texts``: a turn without words has its place, too."""
    said = [list(_within_bounds(texts)) for texts in traces["said"].to_pylist()]
    rows = traces.select(_KEYS).append_column("said", pa.array(said, pa.list_(pa.string())))
    return rows.append_column("words", pa.array([folded(texts) for texts in said], pa.string()))


def _within_bounds(texts: Iterable[str]) -> Iterator[str]:
    room = MAX_SAID
    for text in texts:
        if room > 0 and text.strip():
            yield text[:room]
            room -= len(text)
