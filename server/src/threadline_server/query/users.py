"""Users, each with the totals of their sessions. A session of two users counts for both."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from threadline_server.errors import NotFound
from threadline_server.query import choosing, filters, paging, parameters, present, sessions
from threadline_server.query.filters import Sort
from threadline_server.query.goal_conditions import Goals
from threadline_server.query.parameters import Pairs
from threadline_server.store.database import Database, Row
from threadline_server.store.queries import Fragment

SORTS: Final[Mapping[str, Sort]] = {
    "lastActivity": Sort("toUnixTimestamp64Nano(max(end_time))", "Int64"),
    "firstSeen": Sort("toUnixTimestamp64Nano(min(start_time))", "Int64"),
    "sessionCount": Sort("count()", "UInt64"),
    "traceCount": Sort("sum(trace_count)", "UInt64"),
    "errorCount": Sort("sum(error_count)", "UInt64"),
    "totalTokens": Sort("sum(total_tokens)", "UInt64"),
    "totalCost": Sort("sum(cost)", "Decimal(38, 12)"),
    "activeDuration": Sort("sum(active_ms)", "UInt64"),
}
LIST_PARAMETERS: Final = (*choosing.PARAMETERS, *paging.PARAMETERS)
DETAIL_PARAMETERS: Final = paging.PARAMETERS
_ONE: Final = Fragment(" AND user_id = {user_id:String}")


def list_users(database: Database, project_id: int, pairs: Pairs, goals: Goals) -> dict[str, Any]:
    """One page of the users of the sessions that the query string chooses; the last active first unless asked otherwise."""
    parameters.check_known(pairs, LIST_PARAMETERS, [filters.METADATA])
    chosen = choosing.choose(pairs, goals)
    page = paging.read_page(pairs, SORTS, "user_id", sort="lastActivity")
    found = database.rows(
        "user_page",
        {"project_id": project_id, "limit": page.limit + 1, **chosen.values, **page.values},
        where=chosen.where,
        after=page.after,
        sort=page.sort_value,
        order=page.order_by,
    )
    shown = found[: page.limit]
    more = len(found) > page.limit
    return {
        "data": [_user(row) for row in shown],
        "nextCursor": page.cursor_after(shown[-1]["sort_value"], shown[-1]["user_id"]) if more else None,
    }


def one_user(database: Database, project_id: int, user_id: str, pairs: Pairs, goals: Goals) -> dict[str, Any]:
    """A user with a page of their sessions. Raises ``NotFound``."""
    parameters.check_known(pairs, DETAIL_PARAMETERS)
    found = database.rows(
        "user_page", {"project_id": project_id, "limit": 1, "user_id": user_id, **goals.idle}, user=_ONE
    )
    if not found:
        raise NotFound("cannot find this user: no session here is theirs")
    page = sessions.list_sessions(database, project_id, [*pairs, ("userId", user_id)], goals)
    return {**_user(found[0]), "sessions": page["data"], "nextCursor": page["nextCursor"]}


def _user(row: Row) -> dict[str, Any]:
    tokens = {
        f"{name}Tokens": row[f"all_{name}_tokens"] for name in ("prompt", "completion", "cached", "reasoning", "total")
    }
    return {
        "id": row["user_id"],
        "sessionCount": row["session_count"],
        "traceCount": row["all_trace_count"],
        "errorCount": row["all_error_count"],
        "activeDuration": row["all_active_ms"],
        **tokens,
        "totalCost": row["all_cost"],
        "firstSeen": present.moment(row["first_ms"]),
        "lastActivity": present.moment(row["last_ms"]),
    }
