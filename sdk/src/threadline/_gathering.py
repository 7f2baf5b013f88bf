"""What makes a batch: spans and scores, prepared and encoded on the background thread."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import NamedTuple, TypeAlias

from threadline._otlp import encode_score, encode_span
from threadline._records import ScoreRecord, SpanRecord
from threadline._spool_format import SCORES, SPANS

Prepare: TypeAlias = Callable[[SpanRecord], SpanRecord | None]
"""What is done to each span on the background thread, before it is encoded or reaches a disk: masking, limits, sampling.
None: the span is not sent, and the hook itself has counted why."""
PrepareScore: TypeAlias = Callable[[ScoreRecord], ScoreRecord]
"""The same for a score by ids."""


class Limits(NamedTuple):
    """How much may wait, and what makes a batch."""

    queue_spans: int = 24_000
    queue_bytes: int = 24 * 1024 * 1024
    """Memory that waiting spans may occupy, about."""
    batch_spans: int = 2048
    batch_bytes: int = 1024 * 1024
    """Before compression."""
    batch_age_s: float = 1.0


class Gathering:
    """Spans and scores that will leave together."""

    def __init__(
        self, limits: Limits, prepare: Prepare | None, prepare_score: PrepareScore | None, age_s: float
    ) -> None:
        self.encoded: dict[int, list[bytes]] = {SPANS: [], SCORES: []}
        self.taken_spans = 0
        self.taken_bytes = 0
        self._limits = limits
        self._prepare = prepare
        self._prepare_score = prepare_score
        self._age_s = age_s
        self.wire_bytes = 0
        self._due: float | None = None

    @property
    def count(self) -> int:
        return sum(map(len, self.encoded.values()))

    def add(self, record: SpanRecord | ScoreRecord) -> None:
        if self._due is None:
            self._due = time.monotonic() + self._age_s
        self.taken_spans += 1
        self.taken_bytes += record.size()
        if isinstance(record, ScoreRecord):
            scored = record if self._prepare_score is None else self._prepare_score(record)
            self._keep(SCORES, encode_score(scored))
            return
        prepared = record if self._prepare is None else self._prepare(record)
        if prepared is not None:
            self._keep(SPANS, encode_span(prepared))

    def _keep(self, kind: int, encoded: bytes) -> None:
        self.encoded[kind].append(encoded)
        self.wire_bytes += len(encoded)

    @property
    def is_full(self) -> bool:
        return self.taken_spans >= self._limits.batch_spans or self.wire_bytes >= self._limits.batch_bytes

    def time_left(self) -> float | None:
        """Seconds until the spans must leave; None while there are none."""
        return None if self._due is None else max(self._due - time.monotonic(), 0.0)
