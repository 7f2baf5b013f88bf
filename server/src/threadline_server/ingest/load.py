"""What one request brings to be written. Known to those who prepare it, who need no engine, and to the committer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

import msgspec
import pyarrow as pa

from threadline_server.model import Score

TraceHours: TypeAlias = Mapping[str, set[int]]
"""Trace id -> the hours in which its new spans begin."""


class Load(msgspec.Struct, frozen=True):
    """The spans of one request, as columns, with what the roll-up needs to know of them."""

    project_id: int
    batch: pa.RecordBatch
    touched: TraceHours
    is_dated: bool = False
    """Whether ``batch`` tells the arrivals itself: spans made of parts have those of their parts."""
    scores: tuple[Score, ...] = ()
    """What was judged in the same request."""
