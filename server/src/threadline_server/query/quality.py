"""``GET /quality``: what a project's data look like, and what is wrong with them.

What began in the window is counted whole, from the roll-ups. What arrived in it is looked at in the newest ``SAMPLE`` spans,
so that the report of a busy project costs no more than that of a quiet one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from threadline_server.errors import BadRequest
from threadline_server.model import HOUR_NS
from threadline_server.query import findings, parameters, present
from threadline_server.query.parameters import Pairs
from threadline_server.store.database import Database, Row

PARAMETERS: Final = ("from", "to")
DEFAULT_NS: Final = 24 * HOUR_NS
MAX_WINDOW_NS: Final = 31 * 24 * HOUR_NS
SAMPLE: Final = 100_000
LISTED: Final = 20
EXAMPLES: Final = 5
AHEAD_MS: Final = 5_000
BEHIND_MS: Final = 3_600_000
_LOOKED_AT: Final = 100
"""Traces without a session whose senders are looked up."""
_MINUTE_NS: Final = 60_000_000_000
_MAX_NAME: Final = 200


def report(
    database: Database,
    project_id: int,
    pairs: Pairs,
    *,
    now_ns: int,
    meanings: Mapping[str, str],
    client_meanings: Mapping[str, str],
) -> dict[str, Any]:
    """The report; ``meanings`` tells what each reason of a refusal means, ``client_meanings`` each of a client's drops."""
    parameters.check_known(pairs, PARAMETERS)
    window = _window(pairs, now_ns)
    values = {"project_id": project_id, **window}
    arrived = database.rows("clocks_in", values | {"sample": SAMPLE, "ahead_ms": AHEAD_MS, "behind_ms": BEHIND_MS})[0]
    begun = database.rows("traces_in", values)[0]
    last = arrived["last_ms"] if arrived["spans"] else _last_ever(database, project_id)
    found: dict[str, Any] = {
        "from": present.moment(window["from_ns"] // 1_000_000),
        "to": present.moment(window["to_ns"] // 1_000_000),
        "lastSeen": present.moment(last) if last else None,
        "spanCount": arrived["spans"],
        "isSampled": arrived["spans"] >= SAMPLE,
        "traceCount": begun["traces"],
        "refused": [_refusal(row, meanings) for row in database.rows("refused_in", values)],
        "dropped": [_dropped(row, client_meanings) for row in database.rows("dropped_in", values)],
        "withoutSession": _sessionless(database, values, begun),
        "unpricedModels": [
            {"model": row["model"], "traceCount": row["traces"]}
            for row in database.rows("unpriced_in", values | {"limit": LISTED})
        ],
        "oneCallSessions": _lone(database.rows("lone_sessions", values)[0]),
        "clocks": _clocks(arrived),
        "senders": [_sender(row) for row in database.rows("senders_in", values | {"sample": SAMPLE, "limit": LISTED})],
        "notUnderstood": _strangers(database, values),
    }
    return {**found, "findings": findings.of(found)}


def _window(pairs: Pairs, now_ns: int) -> dict[str, int]:
    given = {name: parameters.one(pairs, name) for name in PARAMETERS}
    to_ns = now_ns + 1 if given["to"] is None else parameters.moment_ns("to", given["to"])
    from_ns = to_ns - DEFAULT_NS if given["from"] is None else parameters.moment_ns("from", given["from"])
    if not 0 <= to_ns - from_ns <= MAX_WINDOW_NS:
        raise BadRequest(
            "cannot report: from must lie before to, by at most 31 days", hint="Without them it is the last 24 hours."
        )
    from_ns = max(from_ns, 0)
    return {
        "from_ns": from_ns,
        "to_ns": max(to_ns, 0),
        "first_hour": from_ns // HOUR_NS,
        "last_hour": max(to_ns, 0) // HOUR_NS,
        "first_minute": from_ns // _MINUTE_NS,
        "last_minute": max(to_ns, 0) // _MINUTE_NS,
    }


def _last_ever(database: Database, project_id: int) -> int | None:
    """The hour in which the newest trace of all time begins, in milliseconds."""
    row = database.rows("last_trace", {"project_id": project_id})[0]
    return row["hour"] * 3_600_000 if row["traces"] else None


def _refusal(row: Row, meanings: Mapping[str, str]) -> dict[str, Any]:
    return {
        "reason": row["reason"],
        "count": row["refused"],
        "meaning": meanings.get(row["reason"], ""),
        "example": row["example"] or None,
        "lastSeen": present.moment(row["last_ms"]),
    }


def _dropped(row: Row, meanings: Mapping[str, str]) -> dict[str, Any]:
    return {
        "reason": row["reason"],
        "spanCount": row["dropped"],
        "meaning": meanings.get(row["reason"], ""),
        "services": row["services"],
        "lastSeen": present.moment(row["last_ms"]),
    }


def _sessionless(database: Database, values: Mapping[str, int], begun: Row) -> dict[str, Any]:
    rows = database.rows("sessionless_traces", {**values, "limit": _LOOKED_AT}) if begun["sessionless"] else []
    senders: list[Row] = []
    if rows:
        hours = sorted({hour for row in rows for hour in row["span_hours"]})
        where = {"project_id": values["project_id"], "hours": hours, "trace_ids": [row["trace_id"] for row in rows]}
        senders = database.rows("senders_of", where | {"limit": EXAMPLES})
    return {
        "traceCount": begun["sessionless"],
        "examples": [
            {"id": row["trace_id"], "name": row["name"], "startTime": present.moment(row["start_ms"])}
            for row in rows[:EXAMPLES]
        ],
        "senders": [{**_named(row), "traceCount": row["traces"]} for row in senders],
    }


def _lone(row: Row) -> dict[str, Any]:
    return {"sessionCount": row["sessions"], "oneCallCount": row["lone"], "examples": row["examples"]}


def _clocks(row: Row) -> dict[str, Any]:
    def told(count: str, most: str, example: str) -> dict[str, Any]:
        is_there = row[count] > 0
        return {
            "spanCount": row[count],
            "most": row[most] if is_there else 0,
            "exampleTrace": row[example] if is_there else None,
        }

    return {
        "ahead": told("early", "most_ahead_ms", "early_trace"),
        "behind": told("late", "most_behind_ms", "late_trace"),
    }


def _sender(row: Row) -> dict[str, Any]:
    return {
        **_named(row),
        "spanCount": row["spans"],
        "traceCount": row["traces"],
        "generationCount": row["generations"],
        "withSessionCount": row["named"],
        "lastSeen": present.moment(row["last_ms"]),
    }


def _named(row: Row) -> dict[str, Any]:
    return {name: row[name] or None for name in ("service", "scope", "dialect")}


def _strangers(database: Database, values: Mapping[str, int]) -> dict[str, Any]:
    row = database.rows("strangers_in", {**values, "sample": SAMPLE})[0]
    spans: list[Row] = []
    if row["spans"]:
        where = {name: row[name] for name in ("hours", "trace_ids", "span_ids")}
        spans = database.rows("attribute_names", {"project_id": values["project_id"], **where})
    return {
        "spanCount": row["spans"],
        "traceCount": row["traces"],
        "examples": [
            {
                "traceId": span["trace_id"],
                "spanId": span["span_id"],
                "name": span["name"],
                "service": span["service"] or None,
                "scope": span["scope"] or None,
                "attributes": [name[:_MAX_NAME] for name in span["names"]],
                "events": [name[:_MAX_NAME] for name in span["event_names"]],
            }
            for span in spans[:EXAMPLES]
        ],
    }
