"""A session as CSV: a row for each span in time order, log records left out. What a table of model calls and tools needs to be added up."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from threadline_server.query import csv_text, present
from threadline_server.query.export_pages import WholeTrace, whole_traces
from threadline_server.store.database import Database, Row

COLUMNS: Final = (
    "sessionId", "traceId", "traceName", "spanId", "parentId", "kind", "name", "startTime", "endTime", "duration", "status",
    "errorType", "errorMessage", "model", "provider", "promptTokens", "completionTokens", "cachedTokens", "reasoningTokens",
    "totalTokens", "cost", "timeToFirstToken", "userId", "environment", "release", "tags", "metadata", "input", "output",
)  # fmt: skip


def write(database: Database, project_id: int, session: Row) -> Iterator[bytes]:
    yield csv_text.lines([COLUMNS])
    for trace in whole_traces(database, project_id, session):
        yield csv_text.lines(_cells(trace, row) for row in trace.spans)


def _cells(trace: WholeTrace, row: Row) -> tuple[Any, ...]:
    span = present.span(row)
    error = span["error"] or {"type": None, "message": None}
    return (
        trace.row["session_id"], row["trace_id"], trace.row["name"], row["span_id"], span["parentId"], row["kind"], row["name"],
        span["startTime"], span["endTime"], span["duration"], span["status"], error["type"], error["message"],
        span["modelName"], span["provider"], row["prompt_tokens"], row["completion_tokens"], row["cached_tokens"],
        row["reasoning_tokens"], row["total_tokens"], row["cost"], row["time_to_first_token_ms"], row["user_id"] or None,
        row["environment"] or None, row["release"] or None, row["tags"] or None, present.metadata(row) or None,
        row["input"] or row["input_messages"] or None, row["output"] or row["output_messages"] or None,
    )  # fmt: skip
