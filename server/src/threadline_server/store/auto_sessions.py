"""Sessions made for traces that name a user and no session: one for each stretch of the user's activity.

Which stretch a trace is in is found anew from all such traces of its user, whatever order they came in, and never added to
what an earlier round found (law 1). A session's id is made of the first trace of its stretch as of now: ``auto:<trace id>``.
When a late trace comes before the first, or joins two stretches, the traces that change their session move as they do when
they name another themselves: the sessions that they leave get tombstones.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from threadline_server.model import AUTO
from threadline_server.store.database import Database

Hours: TypeAlias = set[int]


class Found(NamedTuple):
    """Traces recomputed from their spans."""

    before: Mapping[str, Mapping[str, Any]]
    """Where they were, of those that were somewhere."""
    hours: Mapping[str, Hours]
    rows: pa.Table
    erased: frozenset[str]


class Loose(NamedTuple):
    """What the next round is to know of the traces for which sessions are made, to be written when all else is."""

    entries: list[dict[str, Any]]
    gone: list[dict[str, Any]]


def with_auto_sessions(
    database: Database, project_id: int, idle_ms: int, found: Found, recomputed: Callable[[list[str]], Found]
) -> tuple[Found, Loose]:
    """The same traces, and those that change their session with them; ``idle_ms`` 0 is for a project without such sessions.

    A project that never had any is asked nothing.
    """
    were_auto = [trace_id for trace_id, key in found.before.items() if key["session_id"].startswith(AUTO)]
    owners: dict[str, str] = {}
    if were_auto:
        rows = database.table("loose_of", {"project_id": project_id, "trace_ids": were_auto}).to_pylist()
        owners = {row["trace_id"]: row["user_id"] for row in rows}
    if not idle_ms:
        return found, Loose([], [{"user_id": user, "trace_id": trace_id} for trace_id, user in owners.items()])
    while True:
        loose = _loose(found.rows)
        users = {*owners.values(), *(row["user_id"] for row in loose)}
        changed = _changed(database, project_id, idle_ms, found, loose, users) if users else []
        owners |= {row["trace_id"]: row["user_id"] for row in changed if row["trace_id"] not in found.hours}
        others = [row["trace_id"] for row in changed if row["trace_id"] not in found.hours]
        if not others:
            break
        more = recomputed(others)
        found = Found(
            {**found.before, **more.before},
            {**found.hours, **more.hours},
            pa.concat_tables([found.rows, more.rows]),
            found.erased | more.erased,
        )
    made = {row["trace_id"]: row["auto_id"] for row in changed}
    entries = [{**row, "session_id": made[row["trace_id"]]} for row in loose]
    now = {(row["user_id"], row["trace_id"]) for row in loose}
    gone = [{"user_id": user, "trace_id": trace} for trace, user in owners.items() if (user, trace) not in now]
    return found._replace(rows=_in_sessions(found.rows, made)), Loose(entries, gone)


def _loose(rows: pa.Table) -> list[dict[str, Any]]:
    """A trace of which only log records came is none yet."""
    is_loose = (pc.field("session_id") == "") & (pc.field("user_id") != "") & (pc.field("span_count") > 0)
    some = rows.select(["trace_id", "user_id", "session_id", "span_count", "start_time", "end_time"]).filter(is_loose)
    starts, ends = (some[name].cast(pa.int64()).to_pylist() for name in ("start_time", "end_time"))
    return [
        {"trace_id": trace_id, "user_id": user_id, "start_ns": start_ns, "end_ms": end_ns // 1_000_000}
        for trace_id, user_id, start_ns, end_ns in zip(
            some["trace_id"].to_pylist(), some["user_id"].to_pylist(), starts, ends, strict=True
        )
    ]


def _changed(
    database: Database, project_id: int, idle_ms: int, found: Found, loose: list[dict[str, Any]], users: set[str]
) -> list[dict[str, Any]]:
    """All of the loose, and of their users' other traces those whose session is another now."""
    asked = {
        "project_id": project_id,
        "idle_ms": idle_ms,
        "user_ids": sorted(users),
        "fresh_or_gone": sorted(found.hours),
        "users": [row["user_id"] for row in loose],
        "traces": [row["trace_id"] for row in loose],
        "starts_ns": [row["start_ns"] for row in loose],
        "ends_ms": [row["end_ms"] for row in loose],
    }
    rows: list[dict[str, Any]] = database.table("auto_sessions", asked).to_pylist()
    return rows


def _in_sessions(rows: pa.Table, made: Mapping[str, str]) -> pa.Table:
    pairs = zip(rows["trace_id"].to_pylist(), rows["session_id"].to_pylist(), strict=True)
    ids = [made.get(trace_id, session_id) for trace_id, session_id in pairs]
    place = rows.schema.get_field_index("session_id")
    return rows.set_column(place, rows.schema.field(place), pa.array(ids, rows.schema.field(place).type))


def said_elsewhere(database: Database, project_id: int, session_ids: list[str], hours: list[int]) -> dict[str, str]:
    """Ids of automatic sessions of which something was said -> the session in which their first trace is now."""
    where = {"project_id": project_id, "session_ids": session_ids, "hours": hours}
    rows = database.table("said_of_traces", where).to_pylist()
    return {row["said_of"]: row["session_id"] for row in rows}
