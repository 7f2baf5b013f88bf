"""Whose export a file is, as its content tells: ours, Langfuse's or Phoenix's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, Literal, TypeAlias

from threadline_server.errors import BadRequest
from threadline_server.ingest.decode.json_body import parse
from threadline_server.ingest.decode.session_file import lines_of

Exporter: TypeAlias = Literal["threadline", "langfuse", "phoenix"]
_HINT: Final = (
    "Send a json or jsonl export of Threadline, traces or observations of Langfuse, or spans of Phoenix;"
    " docs/reference/api.md shows each."
)
_ELSEWHERE: Final = {
    "resourceSpans": "it is OTLP: send it to /v1/traces",
    "traces": "it is plain JSON: send it to /observability/traces",
    "traceCount": "it is a list of sessions without their traces: export them with include=traces (--traces)",
    "batch": "it is a batch of Langfuse's SDK: send it to /api/public/ingestion",
}


def recognise(body: bytes) -> Exporter:
    """Who wrote this file. Raises ``BadRequest`` for what nobody did."""
    first = parse(bytes(next(lines_of(body))))
    if isinstance(first, dict) and (first.get("format") == "threadline.session/1" or "givenScores" in first):
        return "threadline"
    if isinstance(first, dict) and "spans" in first and "logs" in first:
        return "threadline"
    record = next(records_of(first), None)
    if record is not None and trace_of_context(record):
        return "phoenix"
    if record is not None and is_langfuse(record):
        return "langfuse"
    told = next((told for key, told in _ELSEWHERE.items() if isinstance(first, dict) and key in first), None)
    raise BadRequest(f"cannot import this file: {told or 'it is an export of nothing that is known'}", hint=_HINT)


def records(body: bytes) -> Iterator[dict[str, Any]]:
    """The records of a foreign export: a page of an API (``data``), an array, one object, or a line for each. Raises ``BadRequest``."""
    for line in lines_of(body):
        yield from records_of(parse(bytes(line)))


def records_of(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict) and isinstance(value.get("data"), list):
        value = value["data"]
    if isinstance(value, dict) and isinstance(value.get("context.trace_id"), dict):
        value = _rows(value)
    for record in value if isinstance(value, list) else [value]:
        yield record if isinstance(record, dict) else {}


def _rows(columns: dict[str, Any]) -> list[Any]:
    """A table that pandas wrote column by column."""
    places = columns["context.trace_id"]
    return [{name: held.get(place) for name, held in columns.items() if isinstance(held, dict)} for place in places]


def trace_of_context(record: dict[str, Any]) -> Any:
    """The trace id of a span of Phoenix; None where it is none."""
    context = record.get("context")
    return context.get("trace_id") if isinstance(context, dict) else record.get("context.trace_id")


def is_langfuse(record: dict[str, Any]) -> bool:
    """Whether it is a trace or an observation of Langfuse's API, or of its exports, which spell names with underscores."""
    if not isinstance(record.get("id"), str):
        return False
    is_trace = "timestamp" in record and bool(
        record.keys() & {"observations", "htmlPath", "projectId", "project_id", "sessionId", "session_id", "public"}
    )
    is_observation = bool(record.keys() & {"traceId", "trace_id"}) and bool(record.keys() & {"startTime", "start_time"})
    return is_trace or is_observation
