"""Between ``model.Span`` and the columns of ``spans``: the only place that knows both."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, Final

import numpy as np
import pyarrow as pa

from threadline_server.model import HOUR_NS, Span, Usage
from threadline_server.store.usage import usage_key

_NO_USAGE: Final = Usage()
_TIME: Final = pa.timestamp("ns", tz="UTC")
_COST: Final = pa.decimal128(18, 12)
MAX_COST: Final = Decimal(999_999)
"""Dollars; what a cost column holds. A larger cost of one span is a unit mistake and refused by the normaliser."""

_TEXTS: Final[tuple[str, ...]] = (
    "trace_id", "span_id", "parent_id", "name", "kind", "status", "session_id", "user_id", "environment", "release", "service",
    "dialect", "scope", "model", "provider", "input_text", "output_text",
)  # fmt: skip
_TEXTS_PER_SPAN: Final = 12
_TOKENS: Final[tuple[tuple[str, Callable[[Usage], int]], ...]] = (
    ("prompt_tokens", lambda usage: usage.prompt),
    ("completion_tokens", lambda usage: usage.completion),
    ("cached_tokens", lambda usage: usage.cached),
    ("cache_write_tokens", lambda usage: usage.cache_write),
    ("reasoning_tokens", lambda usage: usage.reasoning),
    ("total_tokens", lambda usage: usage.total),
)


def span_batch(project_id: int, spans: Sequence[Span]) -> pa.RecordBatch:
    """The columns of these spans, all but ``received_ns``, which the committer adds."""
    columns: dict[str, Any] = {"project_id": pa.array(np.full(len(spans), project_id, np.uint32))}
    starts = np.fromiter((span.start_ns for span in spans), np.int64, len(spans))
    columns["hour"] = pa.array((starts // HOUR_NS).astype(np.uint32))
    columns["start_time"] = pa.array(starts).cast(_TIME)
    columns["end_time"] = pa.array(np.fromiter((span.end_ns for span in spans), np.int64, len(spans))).cast(_TIME)
    for name in _TEXTS:
        columns[name] = pa.array([getattr(span, name) for span in spans], pa.string())
    columns["texts"] = _texts(spans)
    for name in ("type", "message"):
        columns[f"error_{name}"] = pa.array(
            ["" if s.error is None else getattr(s.error, name) for s in spans], pa.string()
        )
    usages = [span.usage or _NO_USAGE for span in spans]
    columns["usage_key"] = pa.array(
        [usage_key(span.response_id, has_usage=span.usage is not None) for span in spans], pa.uint64()
    )
    for name, tokens in _TOKENS:
        columns[name] = pa.array([tokens(usage) for usage in usages], pa.uint64())
    columns["cost"] = pa.array([span.cost_usd for span in spans], _COST)
    columns["time_to_first_token_ms"] = pa.array([span.time_to_first_token_ms for span in spans], pa.uint32())
    columns["tags"] = pa.array([span.tags for span in spans], pa.list_(pa.string()))
    columns["metadata"] = pa.array([tuple(span.metadata.items()) for span in spans], pa.map_(pa.string(), pa.string()))
    return pa.record_batch(columns)


def _texts(spans: Sequence[Span]) -> pa.ListArray:
    """The column ``texts``: of each span the texts that the table's aliases name, in their order."""
    flat: list[bytes] = []
    for span in spans:
        flat += (
            span.input, span.output, span.input_messages, span.output_messages, span.attributes, span.events, span.links,
            span.resource, span.model_parameters, span.error.stack.encode() if span.error else b"",
            span.span_kind.encode(), span.response_id.encode(),
        )  # fmt: skip
    offsets = np.arange(len(spans) + 1, dtype=np.int32) * _TEXTS_PER_SPAN
    return pa.ListArray.from_arrays(pa.array(offsets), pa.array(flat, pa.binary()))


def with_arrival(batch: pa.RecordBatch, received_ns: int) -> pa.RecordBatch:
    """The same columns with each row's own arrival: ``received_ns`` for the first, one more for each that follows."""
    arrivals = np.arange(received_ns, received_ns + batch.num_rows, dtype=np.int64)
    return batch.append_column("received_ns", pa.array(arrivals))
