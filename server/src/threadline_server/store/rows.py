"""Between ``model.Span`` and the columns of ``spans``: the only place that knows both."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, Final

import numpy as np
import pyarrow as pa

from threadline_server.model import ARRIVAL_STEP_NS, HOUR_NS, Span, Usage
from threadline_server.store.usage import COST_ONLY, usage_key

_TIME: Final = pa.timestamp("ns", tz="UTC")
_COST: Final = pa.decimal128(18, 12)
_NO_TOKENS: Final = Usage()
_NO_COUNTS: Final = (0,) * 8
_MERE_COST: Final = (COST_ONLY, *_NO_COUNTS[1:])
MAX_COST: Final = Decimal(999_999)
"""Dollars; what a cost column holds. A larger cost of one span is a unit mistake and refused by the normaliser."""


def span_batch(project_id: int, spans: Sequence[Span]) -> pa.RecordBatch:
    """The columns of these spans, all but ``received_ns``, which the committer adds.

    Facts that share a column (``labels``, ``counts``, ``previews``, ``texts``) stand in the order of the table's aliases.
    """
    starts = np.fromiter((span.start_ns for span in spans), np.int64, len(spans))
    ends = np.fromiter((span.end_ns for span in spans), np.int64, len(spans))
    return pa.record_batch(
        {
            "project_id": pa.array(np.full(len(spans), project_id, np.uint32)),
            "hour": pa.array((starts // HOUR_NS).astype(np.uint32)),
            "trace_id": pa.array([span.trace_id for span in spans], pa.string()),
            "span_id": pa.array([span.span_id for span in spans], pa.string()),
            "parent_id": pa.array([span.parent_id for span in spans], pa.string()),
            "start_time": pa.array(starts).cast(_TIME),
            "end_time": pa.array(ends).cast(_TIME),
            "cost": pa.array([span.cost_usd for span in spans], _COST),
            "time_to_first_token_ms": pa.array([span.time_to_first_token_ms for span in spans], pa.uint32()),
            "tags": pa.array([span.tags for span in spans], pa.list_(pa.string())),
            "metadata": pa.array([tuple(span.metadata.items()) for span in spans], pa.map_(pa.string(), pa.string())),
            "labels": _shared(spans, _labels, pa.string()),
            "counts": _shared(spans, _counts, pa.uint64()),
            "previews": _shared(spans, _previews, pa.string()),
            "texts": _shared(spans, _texts, pa.binary()),
        }
    )


def _shared(spans: Sequence[Span], facts: Callable[[Span], tuple[Any, ...]], kind: pa.DataType) -> pa.ListArray:
    """A column that holds the same number of facts of every span."""
    flat: list[Any] = []
    for span in spans:
        flat += facts(span)
    width = len(flat) // len(spans) if spans else 0
    offsets = np.arange(len(spans) + 1, dtype=np.int32) * width
    return pa.ListArray.from_arrays(pa.array(offsets), pa.array(flat, kind))


def _labels(span: Span) -> tuple[str, ...]:
    error = span.error
    return (
        span.name, span.kind, span.status, error.type if error else "", error.message if error else "", span.environment,
        span.release, span.service, span.dialect, span.scope, span.model, span.provider, span.session_id, span.user_id,
    )  # fmt: skip


def _counts(span: Span) -> tuple[int, ...]:
    usage = span.usage
    if usage is None or usage == _NO_TOKENS:
        return _MERE_COST if span.cost_usd else _NO_COUNTS
    return (
        usage_key(span.response_id, has_usage=True), usage.prompt, usage.completion, usage.cached, usage.cache_write, usage.reasoning, usage.total,
        int(span.is_cost_ours),
    )  # fmt: skip


def _previews(span: Span) -> tuple[str, ...]:
    return span.input_text, span.output_text, span.said


def _texts(span: Span) -> tuple[bytes, ...]:
    return (
        span.input, span.output, span.input_messages, span.output_messages, span.attributes, span.events, span.links,
        span.resource, span.model_parameters, span.error.stack.encode() if span.error else b"",
        span.span_kind.encode(), span.response_id.encode(),
    )  # fmt: skip


def with_arrival(batch: pa.RecordBatch, received_ns: int) -> pa.RecordBatch:
    """The same columns with each row's own arrival: ``received_ns`` for the first, a step more for each that follows."""
    arrivals = received_ns + ARRIVAL_STEP_NS * np.arange(batch.num_rows, dtype=np.int64)
    return batch.append_column("received_ns", pa.array(arrivals))


def with_arrivals(batch: pa.RecordBatch, received_ns: Sequence[int]) -> pa.RecordBatch:
    """The same where each row tells its own arrival."""
    return batch.append_column("received_ns", pa.array(received_ns, pa.int64()))
