"""Log records in answers: what they say goes to the span that they stand under, where that tells nothing itself.

A call is told by one record with all its messages, or by a record for each message. Where both have come, the whole one counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

import orjson

from threadline_server.model import LOG
from threadline_server.query import present
from threadline_server.store.database import Row

Said = tuple[list[Any], list[Any]]
"""What went in and what came out, as one record tells it."""

_NO_ROW: Final[Row] = {}


def whole(tellings: Sequence[Said]) -> Said:
    """What the records of one span say together; they come in time order."""
    answered = [each for _, said in tellings for each in said]
    complete = next((said for said in reversed(tellings) if _is_whole_call(*said)), None)
    if complete is not None:
        return complete[0], complete[1] or answered
    return _without_repeated_results([each for said, _ in tellings for each in said]), answered


def _is_whole_call(given: Sequence[Any], answered: Sequence[Any]) -> bool:
    """Several messages, unless they are the results of tools, which one message of a user may hold together."""
    if len(given) > 1:
        return not (isinstance(given[0], dict) and given[0].get("role") == "tool")
    return bool(given and answered)


def _without_repeated_results(given: Sequence[Any]) -> list[Any]:
    """Botocore's instrumentation tells a tool's result in a record of its own, and once more in the user's message."""
    kept: dict[Any, Any] = {}
    for at, message in enumerate(given):
        identity = message.get("toolCallId") if isinstance(message, dict) else None
        kept.setdefault(at if identity is None else (identity,), message)
    return list(kept.values())


def apart(rows: Iterable[Row]) -> tuple[list[Row], list[Row]]:
    """Rows of ``spans_of`` as (spans, log records); what the records say stands in their spans."""
    spans: list[Row] = []
    logs: list[Row] = []
    for row in rows:
        (logs if row["kind"] == LOG else spans).append(row)
    if logs:
        tellings: dict[tuple[str, str], list[Said]] = {}
        for log in logs:
            said = (_listed(log["input"]), _listed(log["output"]))
            if any(said):
                tellings.setdefault((log["trace_id"], log["parent_id"]), []).append(said)
        spans = [_telling(span, tellings.get((span["trace_id"], span["span_id"]), ())) for span in spans]
    return spans, logs


def _telling(span: Row, tellings: Sequence[Said]) -> Row:
    if not tellings:
        return span
    given, answered = whole(tellings)
    return {
        **span,
        "input": span["input"] or (orjson.dumps(given).decode() if given else ""),
        "output": span["output"] or (orjson.dumps(answered).decode() if answered else ""),
    }


def _listed(text: str) -> list[Any]:
    """A list in JSON; nothing for what is none."""
    try:
        found = orjson.loads(text) if text else []
    except orjson.JSONDecodeError:
        return []
    return found if isinstance(found, list) else []


def presented(log: Row) -> dict[str, Any]:
    """A log record in an answer."""
    told = orjson.loads(log["told"])[0]["attributes"] if log["told"] else _NO_ROW
    return {
        "id": log["span_id"],
        "spanId": log["parent_id"] or None,
        "time": present.moment(log["start_ms"]),
        "name": log["name"],
        "severity": told.get("severity"),
        "body": told.get("body"),
        "attributes": present.json_or_none(log["attributes"]) or {},
    }
