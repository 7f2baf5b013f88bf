"""``GET /sessions/{id}/conversation``: a page of a session's traces, read from the store and folded into turns."""

from __future__ import annotations

from typing import Any, Final

from threadline_server.query import parameters, sessions, traces
from threadline_server.query.conversation import TurnSpan, TurnTrace, fold
from threadline_server.query.parameters import Pairs
from threadline_server.store.database import Database, Row
from threadline_server.store.queries import Fragment

PARAMETERS: Final = ("limit", "cursor")

_TURNS: Final = Fragment("trace_id, name, status, error_type, error_message, total_tokens, cost, span_hours")
_WORDS: Final = Fragment(
    "trace_id, span_id, parent_id, kind, name, status, error_type, error_message, model, response_id, input_messages,"
    " output_messages, if(input_messages = '' OR parent_id = '', input, '') AS input,"
    " if(output_messages = '' OR parent_id = '', output, '') AS output,"
    " toUnixTimestamp64Nano(start_time) AS start_ns, toUnixTimestamp64Nano(end_time) AS end_ns"
)


def session_conversation(database: Database, project_id: int, session_id: str, pairs: Pairs) -> dict[str, Any]:
    """One page of the session's turns in time order. Raises ``NotFound``."""
    parameters.check_known(pairs, PARAMETERS)
    session = sessions.session_place(database, project_id, session_id)
    page = traces.session_page(pairs)
    found = traces.session_trace_rows(database, project_id, session, page, columns=_TURNS)
    shown = found[: page.limit]
    before = traces.trace_of_cursor(database, project_id, session, page, columns=_TURNS)
    rows = [*before, *shown]
    spans = [_span(row) for row in traces.spans_of(database, project_id, rows, columns=_WORDS)] if shown else []
    turns = fold([_trace(row, is_first=not before and row is rows[0]) for row in rows], spans, context=len(before))
    more = len(found) > page.limit
    return {
        "data": turns,
        "nextCursor": page.cursor_after(shown[-1]["sort_value"], shown[-1]["trace_id"]) if more else None,
    }


def _trace(row: Row, *, is_first: bool) -> TurnTrace:
    return TurnTrace(
        trace_id=row["trace_id"],
        name=row["name"],
        start_ns=int(row["sort_value"]),
        end_ns=row["end_ms"] * 1_000_000,
        status=row["status"],
        error_type=row["error_type"],
        error_message=row["error_message"],
        total_tokens=row["total_tokens"],
        total_cost=row["cost"],
        is_first=is_first,
    )


def _span(row: Row) -> TurnSpan:
    is_tool = row["kind"] == "tool"
    return TurnSpan(
        trace_id=row["trace_id"],
        span_id=row["span_id"],
        parent_id=row["parent_id"],
        kind=row["kind"],
        name=row["name"],
        start_ns=row["start_ns"],
        end_ns=row["end_ns"],
        status=row["status"],
        error_type=row["error_type"],
        error_message=row["error_message"],
        model=row["model"],
        response_id="" if is_tool else row["response_id"],
        tool_call_id=row["response_id"] if is_tool else "",
        input_messages=row["input_messages"],
        output_messages=row["output_messages"],
        input=row["input"],
        output=row["output"],
    )
