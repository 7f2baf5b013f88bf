"""What the files of a session are written from: its traces with every row of theirs, a page at a time, so that size does not matter."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import msgspec
import orjson

from threadline_server.errors import QueryTooLarge
from threadline_server.model import LOG
from threadline_server.query import log_messages, paging, present, traces
from threadline_server.store.database import Database, Row
from threadline_server.store.queries import Fragment

EVERYTHING: Final = Fragment(
    "* EXCEPT (project_id, hour, start_time, end_time, texts, counts, previews, labels),"
    " name, kind, status, error_type, error_message, environment, release, service, dialect, scope, model, provider, session_id,"
    " user_id, has_usage, prompt_tokens, completion_tokens, cached_tokens, cache_write_tokens, reasoning_tokens, total_tokens,"
    " input_text, output_text, input, output, input_messages, output_messages, attributes, events, links, resource,"
    " model_parameters, error_stack, span_kind, response_id,"
    " toString(cost) AS cost_text, CAST(counts[8] != 0, 'Bool') AS cost_is_ours, previews[3] AS said,"
    " toUnixTimestamp64Milli(start_time) AS start_ms, toUnixTimestamp64Milli(end_time) AS end_ms,"
    " toString(toUnixTimestamp64Nano(start_time)) AS start_ns, toString(toUnixTimestamp64Nano(end_time)) AS end_ns"
)


SPANS: Final = 250
"""Spans held at once: of 20 KB each, as model calls have, 5 MB, which a caller that reads slowly keeps for as long."""


class WholeTrace(msgspec.Struct, frozen=True):
    """A trace's row of the roll-up, the rows of its spans and log records in time order, and what people said of it."""

    row: Row
    spans: list[Row]
    logs: list[Row]
    scores: list[Row]
    comments: list[Row]


def whole_traces(database: Database, project_id: int, session: Row) -> Iterator[WholeTrace]:
    """Every trace of a session in time order. A page of them costs a look at all that follow, so pages are large."""
    cursor: str | None = None
    while True:
        page = traces.session_page([("limit", str(paging.MAX_PAGE)), *([("cursor", cursor)] if cursor else [])])
        found = traces.session_trace_rows(database, project_id, session, page)
        shown = found[: page.limit]
        for few in _few(shown):
            yield from _whole(database, project_id, few)
        if len(found) <= page.limit:
            return
        cursor = page.cursor_after(shown[-1]["sort_value"], shown[-1]["trace_id"])


def _few(rows: list[Row]) -> Iterator[list[Row]]:
    """The rows in groups that have no more spans than are held at once; a trace that has more is one of its own."""
    few: list[Row] = []
    spans = 0
    for row in rows:
        if few and spans + row["span_count"] > SPANS:
            yield few
            few, spans = [], 0
        few.append(row)
        spans += row["span_count"]
    if few:
        yield few


def _whole(database: Database, project_id: int, rows: list[Row]) -> Iterator[WholeTrace]:
    """These traces; in halves where their texts are more than one query may hold."""
    try:
        found = traces.spans_of(database, project_id, rows, columns=EVERYTHING)
    except QueryTooLarge:
        if len(rows) == 1:
            raise
        for half in (rows[: len(rows) // 2], rows[len(rows) // 2 :]):
            yield from _whole(database, project_id, half)
        return
    of = {row["trace_id"]: WholeTrace(row, [], [], [], []) for row in rows}
    for row in found:
        trace = of[row["trace_id"]]
        (trace.logs if row["kind"] == LOG else trace.spans).append(row)
    said = {"project_id": project_id, "session_ids": [], "trace_ids": list(of)}
    for row in database.rows("given_scores", said):
        of[row["trace_id"]].scores.append(row)
    for row in database.rows("given_comments", said):
        of[row["trace_id"]].comments.append(row)
    yield from of.values()


def said_of_session(database: Database, project_id: int, session: Row) -> dict[str, list[dict[str, Any]]]:
    """What people said of a session itself, also when it was an automatic one under another id, as its file tells it."""
    places = {"project_id": project_id, "session_ids": [session["session_id"]], "hours": session["trace_hours"]}
    elsewhere = [row["said_of"] for row in database.rows("said_of_traces", places)]
    said = {"project_id": project_id, "session_ids": [session["session_id"], *elsewhere], "trace_ids": []}
    facts = database.rows("facts_of", {"project_id": project_id, "session_ids": said["session_ids"]})
    return {
        "facts": [
            {"field": row["field"], "value": orjson.loads(row["value"]), "saidUnixNano": row["said_ns"]}
            for row in facts
        ],
        "givenScores": [score(row) for row in database.rows("given_scores", said)],
        "givenComments": [comment(row) for row in database.rows("given_comments", said)],
    }


def said_of_trace(trace: WholeTrace) -> dict[str, list[dict[str, Any]]]:
    """The same of a trace and its spans."""
    return {
        "givenScores": [score(row) for row in trace.scores],
        "givenComments": [comment(row) for row in trace.comments],
    }


def comment(row: Row) -> dict[str, Any]:
    """A comment as a file tells it."""
    return {
        "id": row["comment_id"],
        "spanId": row["span_id"] or None,
        "author": row["author"] or None,
        "body": row["body"],
        "saidUnixNano": row["said_ns"],
    }


def score(row: Row) -> dict[str, Any]:
    """A score as a file tells it."""
    return {
        "id": row["score_id"],
        "spanId": row["span_id"] or None,
        "name": row["name"],
        "kind": row["kind"],
        "value": row["value"],
        "label": row["label"] or None,
        "comment": row["comment"] or None,
        "source": row["source"] or None,
        "time": row["time_ms"],
        "saidUnixNano": row["said_ns"],
    }


_TEXTS: Final = {
    "sessionId": "session_id", "userId": "user_id", "environment": "environment", "release": "release", "service": "service",
    "dialect": "dialect", "scope": "scope", "spanKind": "span_kind", "responseId": "response_id",
    "startTimeUnixNano": "start_ns", "endTimeUnixNano": "end_ns", "inputText": "input_text", "outputText": "output_text",
    "said": "said",
}  # fmt: skip
_JSON: Final = {
    "inputMessages": "input_messages", "outputMessages": "output_messages", "events": "events", "links": "links",
    "resource": "resource",
}  # fmt: skip


def whole_span(row: Row) -> dict[str, Any]:
    """Everything that is stored of a span or a log record."""
    return {
        **present.span(row),
        "cost": None if row["cost"] is None else orjson.Fragment(row["cost_text"]),
        "costIsOurs": row["cost_is_ours"],
        "hasUsage": row["has_usage"],
        "cacheWriteTokens": row["cache_write_tokens"],
        "tags": row["tags"],
        "metadata": {key: orjson.Fragment(text) for key, text in row["metadata"].items()},
        **{name: row[column] for name, column in _TEXTS.items()},
        **{name: present.json_or_none(row[column]) for name, column in _JSON.items()},
    }


def texts(trace: WholeTrace) -> dict[str, Row]:
    """The trace's input and output, as ``traces.texts_of`` finds them."""
    first = traces.first_span(trace.spans)
    own = log_messages.of_trace(None if first is None else _with_texts(first), map(_with_texts, trace.logs))
    return {trace.row["trace_id"]: own}


def _with_texts(row: Row) -> Row:
    return {
        **row,
        "input": row["input"] or row["input_messages"],
        "output": row["output"] or row["output_messages"],
    }
