"""A session as a file, streamed a page of traces at a time, so that its size does not matter.

``json``: one object, the session with all its traces and their spans, ``"format": "threadline.session/1"``.
``jsonl``: the session on the first line, then one trace with its spans on each.
A span carries everything that is stored of it, so that an import can restore it; a trace's log records (``logs``) have the
same form and are no spans.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from threadline_server.model import LOG
from threadline_server.query import paging, present, traces
from threadline_server.store.database import Database, Row
from threadline_server.store.queries import Fragment

FORMAT: Final = "threadline.session/1"
FORMATS: Final[Mapping[str, str]] = {"json": "application/json", "jsonl": "application/x-ndjson"}
PARAMETERS: Final = ("format",)

_EVERYTHING: Final = Fragment(
    "* EXCEPT (project_id, hour, start_time, end_time, texts),"
    " toUnixTimestamp64Milli(start_time) AS start_ms, toUnixTimestamp64Milli(end_time) AS end_ms,"
    " toString(toUnixTimestamp64Nano(start_time)) AS start_ns, toString(toUnixTimestamp64Nano(end_time)) AS end_ns"
)
_TEXTS: Final = {
    "sessionId": "session_id", "userId": "user_id", "environment": "environment", "release": "release", "service": "service",
    "dialect": "dialect", "scope": "scope", "spanKind": "span_kind", "responseId": "response_id",
    "startTimeUnixNano": "start_ns", "endTimeUnixNano": "end_ns",
}  # fmt: skip
_JSON: Final = {
    "inputMessages": "input_messages", "outputMessages": "output_messages", "events": "events", "links": "links",
    "resource": "resource",
}  # fmt: skip


def stream(database: Database, project_id: int, session: Row, form: str) -> Iterator[bytes]:
    """The file in pieces."""
    head = present.encoded({"format": FORMAT, **present.session(session)})
    if form == "jsonl":
        yield head + b"\n"
        for trace in _traces(database, project_id, session):
            yield present.encoded(trace) + b"\n"
        return
    yield head[:-1] + b',"traces":['
    for index, trace in enumerate(_traces(database, project_id, session)):
        yield (b",\n" if index else b"\n") + present.encoded(trace)
    yield b"\n]}\n"


def _traces(database: Database, project_id: int, session: Row) -> Iterator[dict[str, Any]]:
    cursor: str | None = None
    while True:
        page = traces.session_page([("limit", str(paging.PAGE)), *([("cursor", cursor)] if cursor else [])])
        found = traces.session_trace_rows(database, project_id, session, page)
        shown = found[: page.limit]
        keys = {"project_id": project_id, **traces.span_keys(shown)}
        texts = traces.texts_of(database, project_id, shown)
        spans: dict[str, list[dict[str, Any]]] = {row["trace_id"]: [] for row in shown}
        logs: dict[str, list[dict[str, Any]]] = {row["trace_id"]: [] for row in shown}
        for row in database.rows("spans_of", keys, columns=_EVERYTHING):
            (logs if row["kind"] == LOG else spans)[row["trace_id"]].append(_whole_span(row))
        for row in shown:
            yield {**present.trace(row, texts), "spans": spans[row["trace_id"]], "logs": logs[row["trace_id"]]}
        if len(found) <= page.limit:
            return
        cursor = page.cursor_after(shown[-1]["sort_value"], shown[-1]["trace_id"])


def _whole_span(row: Row) -> dict[str, Any]:
    return {
        **present.span(row),
        "cacheWriteTokens": row["cache_write_tokens"],
        "tags": row["tags"],
        "metadata": present.metadata(row),
        **{name: row[column] for name, column in _TEXTS.items()},
        **{name: present.json_or_none(row[column]) for name, column in _JSON.items()},
    }
