"""Traces: a project's, a session's, one with its span tree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from threadline_server.errors import NotFound
from threadline_server.model import HOUR_NS, LOG
from threadline_server.query import filters, log_messages, paging, parameters, present, sessions
from threadline_server.query.filters import Choice
from threadline_server.query.paging import Page
from threadline_server.query.parameters import Pairs
from threadline_server.store.database import Database, Row
from threadline_server.store.queries import Fragment

LIST_PARAMETERS: Final = (*filters.names(filters.TRACE_FILTERS), *paging.PARAMETERS, "include")
OF_SESSION_PARAMETERS: Final = ("limit", "cursor", "order", "include")

_OF_SESSION: Final = Fragment(" AND session_id = {session_id:String} AND hour IN {hours:Array(UInt32)}")
_ROOTS_AND_RECORDS: Final = Fragment(" AND (parent_id = '' OR kind = 'log')")
_RECORDS: Final = Fragment(" AND kind = 'log'")
_LATELY: Final = Fragment(" AND hour >= {newest_hour:UInt32}")
_LAST_HOUR: Final = 2**32 - 1
_LOOKED_AT: Final = 20
"""Times as many rows as a page has are looked at first: of some traces there are several versions, and filters leave some out."""
_ONE: Final = Fragment(
    " AND trace_id = {trace_id:String} AND session_id = {session_id:String} AND hour = {hour:UInt32}"
)


def list_traces(database: Database, project_id: int, pairs: Pairs) -> dict[str, Any]:
    """One page of the project's traces that the query string chooses; the newest first unless asked otherwise."""
    parameters.check_known(pairs, LIST_PARAMETERS, [filters.METADATA])
    chosen = filters.choose(pairs, filters.TRACE_FILTERS)
    page = paging.read_page(pairs, filters.TRACE_SORTS, "trace_id", sort="startTime")
    found = _newest(database, project_id, page, chosen) or _rows(
        database, project_id, page, chosen.where, chosen.values
    )
    return _answer(database, project_id, page, found, with_spans=_with_spans(pairs))


def _newest(database: Database, project_id: int, page: Page, chosen: Choice) -> list[Row]:
    """The same page, where the newest hours before its end fill it; else none. A trace lies at the hour in which it begins."""
    if page.order != "desc":
        return []
    ends_ns = [int(page.values["cursor_value"])] if "cursor_value" in page.values else []
    ends_ns += [chosen.values["to"]] if "to" in chosen.values else []
    until = max(0, min([end_ns // HOUR_NS for end_ns in ends_ns], default=_LAST_HOUR))
    where = {"project_id": project_id, "until_hour": until, "enough": page.limit * _LOOKED_AT}
    newest = database.rows("newest_trace_hour", where)
    if not newest:
        return []
    values = {**chosen.values, "newest_hour": newest[0]["hour"]}
    found = _rows(database, project_id, page, filters.both(chosen.where, _LATELY), values)
    return found if len(found) > page.limit else []


def list_session_traces(database: Database, project_id: int, session_id: str, pairs: Pairs) -> dict[str, Any]:
    """One page of a session's traces in time order."""
    parameters.check_known(pairs, OF_SESSION_PARAMETERS)
    row = sessions.session_place(database, project_id, session_id)
    return of_session(database, project_id, row, pairs, with_spans=_with_spans(pairs))


def of_session(database: Database, project_id: int, session: Row, pairs: Pairs, *, with_spans: bool) -> dict[str, Any]:
    """The same for a session whose row is known."""
    page = session_page(pairs)
    found = session_trace_rows(database, project_id, session, page)
    return _answer(database, project_id, page, found, with_spans=with_spans)


def session_page(pairs: Pairs) -> Page:
    """The page of a session's traces that a query string asks for."""
    return paging.read_page(pairs, filters.TRACE_SORTS, "trace_id", sort="startTime", order="asc")


def session_trace_rows(database: Database, project_id: int, session: Row, page: Page, **columns: Fragment) -> list[Row]:
    """One page of a session's traces as rows, and one row more if there are more; all ``columns`` unless some are named."""
    return _rows(database, project_id, page, _OF_SESSION, _keys_of(session), **columns)


def trace_of_cursor(database: Database, project_id: int, session: Row, page: Page, **columns: Fragment) -> list[Row]:
    """The row of the trace after which a session's page begins; none for the first page."""
    if "cursor_id" not in page.values:
        return []
    values = {"project_id": project_id, "limit": 1, "trace_id": page.values["cursor_id"], **_keys_of(session)}
    where = filters.both(_OF_SESSION, Fragment(" AND trace_id = {trace_id:String}"))
    return database.rows("trace_page", values, where=where, **columns)


def one_trace(database: Database, project_id: int, trace_id: str) -> dict[str, Any]:
    """A trace with its spans. Raises ``NotFound``."""
    places = database.rows("trace_place", {"project_id": project_id, "trace_id": trace_id})
    if not places:
        raise NotFound("cannot find this trace")
    values = {"trace_id": trace_id, "session_id": places[0]["session_id"], "hour": places[0]["hour"]}
    page = session_page([("limit", "1")])
    found = _rows(database, project_id, page, _ONE, values)
    if not found:
        raise NotFound("cannot find this trace")
    trace: dict[str, Any] = _answer(database, project_id, page, found, with_spans=True)["data"][0]
    return trace


def one_session_trace(database: Database, project_id: int, session_id: str, trace_id: str) -> dict[str, Any]:
    """A trace with its spans, if it is in this session. Raises ``NotFound``."""
    found = one_trace(database, project_id, trace_id)
    if found["sessionId"] != session_id:
        raise NotFound("cannot find this trace in this session")
    return found


def span_keys(rows: Sequence[Row]) -> dict[str, Any]:
    """Bound values that find the spans of these trace rows."""
    pairs = [(hour, row["trace_id"]) for row in rows for hour in row["span_hours"]]
    return {"hours": [hour for hour, _ in pairs], "trace_ids": [trace_id for _, trace_id in pairs]}


def spans_of(database: Database, project_id: int, rows: Sequence[Row], **slots: Fragment) -> list[Row]:
    """The spans and log records of these trace rows, by trace in time order, the root before what begins with it.

    All ``columns`` unless some are named, ``trace_id``, ``span_id``, ``parent_id`` and ``start_ns`` among them; all rows unless
    ``where`` says which.
    """
    found = database.rows("spans_of", {"project_id": project_id, **span_keys(rows)}, **slots)
    return sorted(found, key=_place)


def _place(row: Row) -> tuple[str, int, bool, str]:
    return row["trace_id"], int(row["start_ns"]), row["parent_id"] != "", row["span_id"]


def first_span(rows: Sequence[Row]) -> Row | None:
    """The span that tells a trace's input and output, of its rows in time order: a root, else the earliest; None of log records only."""
    spans = [row for row in rows if row["kind"] != LOG]
    return next((row for row in spans if not row["parent_id"]), next(iter(spans), None))


def texts_of(database: Database, project_id: int, rows: Sequence[Row]) -> dict[str, Row]:
    """Input and output of these traces by id, as ``first_span`` tells them.

    Roots are asked for first, since they are few and their texts small beside those of the model calls.
    """
    if not rows:
        return {}
    keys = {"project_id": project_id, **span_keys(rows)}
    found = database.rows("trace_texts", keys, where=_ROOTS_AND_RECORDS)
    texts = {row["trace_id"]: row for row in found if row["span_id"]}
    if orphans := [row for row in rows if row["trace_id"] not in texts]:
        keys = {"project_id": project_id, **span_keys(orphans)}
        found = database.rows("trace_texts", keys)
        texts |= {row["trace_id"]: row for row in found}
    if untold := [row for row in rows if _is_untold(texts.get(row["trace_id"], {}))]:
        texts |= _texts_of_records(database, project_id, untold, texts)
    return texts


def _is_untold(texts: Row) -> bool:
    """Whether log records may say what the trace's first span does not."""
    return bool(texts.get("has_records")) and not (texts["input"] and texts["output"])


def _texts_of_records(
    database: Database, project_id: int, rows: Sequence[Row], texts: Mapping[str, Row]
) -> dict[str, Row]:
    told: dict[str, list[Row]] = {row["trace_id"]: [] for row in rows}
    for log in spans_of(database, project_id, rows, where=_RECORDS):
        told[log["trace_id"]].append(log)
    first = {trace_id: row if row["span_id"] else None for trace_id, row in texts.items()}
    return {trace_id: log_messages.of_trace(first[trace_id], logs) for trace_id, logs in told.items()}


def _keys_of(session: Row) -> dict[str, Any]:
    return {"session_id": session["session_id"], "hours": session["trace_hours"]}


def _with_spans(pairs: Pairs) -> bool:
    include = parameters.one(pairs, "include")
    return include is not None and parameters.choice("include", include, ["spans"]) == "spans"


def _rows(
    database: Database, project_id: int, page: Page, where: Fragment, values: Mapping[str, Any], **columns: Fragment
) -> list[Row]:
    return database.rows(
        "trace_page",
        {"project_id": project_id, "limit": page.limit + 1, **values, **page.values},
        where=filters.both(where, page.after),
        order=page.order_by,
        **columns,
    )


def _answer(database: Database, project_id: int, page: Page, found: list[Row], *, with_spans: bool) -> dict[str, Any]:
    shown = found[: page.limit]
    if with_spans and shown:
        data = _told_by_spans(shown, spans_of(database, project_id, shown))
    else:
        texts = texts_of(database, project_id, shown)
        data = [present.trace(row, texts) for row in shown]
    more = len(found) > page.limit
    return {
        "data": data,
        "nextCursor": page.cursor_after(shown[-1]["sort_value"], shown[-1]["trace_id"]) if more else None,
    }


def _told_by_spans(shown: Sequence[Row], found: Sequence[Row]) -> list[dict[str, Any]]:
    """Traces with their spans and log records; ``found`` are the rows of both, which tell the traces' texts, too."""
    told: dict[str, list[Row]] = {row["trace_id"]: [] for row in shown}
    for row in found:
        told[row["trace_id"]].append(row)
    return [_told(row, told[row["trace_id"]]) for row in shown]


def _told(trace: Row, rows: Sequence[Row]) -> dict[str, Any]:
    spans, logs = log_messages.apart(rows)
    texts = log_messages.of_trace(first_span(rows), logs)
    return {
        **present.trace(trace, {trace["trace_id"]: texts}),
        "spans": [present.span(row) for row in spans],
        "logs": [log_messages.presented(row) for row in logs],
    }
