"""Sessions: one page of them, one of them, what a choice of them adds up to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import orjson

from threadline_server.errors import NotFound
from threadline_server.query import choosing, filters, matches, paging, parameters, present
from threadline_server.query.filters import Choice
from threadline_server.query.goal_conditions import ACTIVE_MS, SEGMENTS, STATUS, Goals
from threadline_server.query.paging import Page
from threadline_server.query.parameters import Pairs
from threadline_server.store.database import Database, Row
from threadline_server.store.queries import Fragment

_BOUNDARIES: Final = Fragment(f"{ACTIVE_MS} AS active_ms, {SEGMENTS} AS segments, {STATUS} AS status")
LIST_PARAMETERS: Final = (*choosing.PARAMETERS, *paging.PARAMETERS)
_NEWEST_FIRST: Final = ("lastActivity", "desc")
_AMONG: Final = (5_000, 50_000)
"""So many sessions, the newest, are searched before all are; the second only where texts have to be read."""
_SINCE: Final = Fragment(f" AND end_time > {filters.instant('since_ns')}")
"""Of those that are equally old as the last of the newest, some may not be among them."""


def list_sessions(database: Database, project_id: int, pairs: Pairs, goals: Goals) -> dict[str, Any]:
    """One page of the sessions that the query string chooses, in its order; with ``q`` each has its ``match``."""
    parameters.check_known(pairs, LIST_PARAMETERS, [filters.METADATA])
    chosen = choosing.choose(pairs, goals)
    page = paging.read_page(pairs, filters.SESSION_SORTS, "session_id", sort="lastActivity")
    found = _page(database, project_id, chosen, page)
    shown = found[: page.limit]
    rows = {
        row["session_id"]: row for row in rows_of(database, project_id, [row["session_id"] for row in shown], goals)
    }
    data = [present.session(rows[row["session_id"]]) for row in shown if row["session_id"] in rows]
    if chosen.search is not None:
        told = matches.matches(database, project_id, chosen.search, list(rows.values()))
        data = [{**entry, "match": told.get(entry["id"])} for entry in data]
    more = len(found) > page.limit
    return {
        "data": data,
        "nextCursor": page.cursor_after(shown[-1]["sort_value"], shown[-1]["session_id"]) if more else None,
    }


def _page(database: Database, project_id: int, chosen: Choice, page: Page) -> list[Row]:
    """The ids of a page and of one session more. Who searches for what is often said finds a page of it among the newest sessions."""
    values = {"project_id": project_id, "limit": page.limit + 1, **chosen.values, **page.values}
    where = filters.both(chosen.where, page.after)
    if chosen.search is None or (page.sort, page.order) != _NEWEST_FIRST:
        return _ids(database, values, where, page)
    among = filters.both(chosen.unsearched, page.after)
    for most in _AMONG if chosen.search.reads_texts else _AMONG[:1]:
        newest = database.rows("newest_sessions", {**values, "limit": most}, where=among)[0]
        hours = {"said_from_hour": newest["first_hour"], "said_to_hour": newest["last_hour"]}
        if newest["session_count"] < most:  # they are all
            return _ids(database, {**values, **hours}, where, page)
        since = {**values, **hours, "since_ns": newest["since_ns"]}
        if len(found := _ids(database, since, filters.both(where, _SINCE), page)) > page.limit:
            return found
    return _ids(database, values, where, page)


def _ids(database: Database, values: Mapping[str, Any], where: Fragment, page: Page) -> list[Row]:
    return database.rows("session_page", values, where=where, sort=page.sort_value, order=page.order_by)


def session_place(database: Database, project_id: int, session_id: str) -> Row:
    """Where a session's traces are: a few columns, of a row that has forty. Raises ``NotFound`` as ``session_row`` does."""
    if found := database.rows("session_hours", {"project_id": project_id, "session_ids": [session_id]}):
        return found[0]
    raise _not_found()


def session_row(database: Database, project_id: int, session_id: str, goals: Goals) -> Row:
    """One session's row of the roll-up, and which of the ``goals`` it reached. Raises ``NotFound`` where this project has no such session."""
    if found := rows_of(database, project_id, [session_id], goals):
        return found[0]
    raise _not_found()


def _not_found() -> NotFound:
    return NotFound(
        "cannot find this session", hint="Sessions appear within a second of their first span; ids are per project."
    )


def rows_of(database: Database, project_id: int, session_ids: list[str], goals: Goals) -> list[Row]:
    """Rows of those of these sessions that there are, with the names of the ``goals`` that each reached."""
    if not session_ids:
        return []
    values = {"project_id": project_id, "session_ids": session_ids, **goals.values}
    rows = database.rows("sessions_by_id", values, goals=goals.reached, boundaries=_BOUNDARIES)
    return [{**orjson.loads(row["shown"]), **row, "goals": goals.reached_by(row)} for row in rows]
