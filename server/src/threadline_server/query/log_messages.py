"""Log records in answers: what they say goes to the span that they tell of, where that tells nothing itself.

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


class Tellers:
    """Which span of a trace each of its records tells of: the one whose call it names, else the one that it stands under.

    Made of (a span's id, the call that it made: a model's response or a tool's call), "" where there is none.
    """

    def __init__(self, spans: Iterable[tuple[str, str]]) -> None:
        self._calls = dict(spans)
        self._made = {call: span_id for span_id, call in reversed(self._calls.items())}

    def of(self, stands_under: str, call: str) -> str:
        """The id of the span; "" for a record of none."""
        if not call or self._calls.get(stands_under) == call:
            return stands_under
        return self._made.get(call, stands_under)


def apart(rows: Iterable[Row]) -> tuple[list[Row], list[Row]]:
    """Rows of ``spans_of`` of one trace as (spans, log records); what the records say stands in their spans."""
    spans: list[Row] = []
    logs: list[Row] = []
    for row in rows:
        (logs if row["kind"] == LOG else spans).append(row)
    if logs:
        tellers = Tellers((span["span_id"], span["response_id"]) for span in spans)
        told: dict[str, list[Row]] = {}
        for log in logs:
            told.setdefault(tellers.of(log["parent_id"], log["response_id"]), []).append(log)
        spans = [_telling(span, told.get(span["span_id"], ())) for span in spans]
    return spans, logs


def of_trace(first: Row | None, logs: Iterable[Row]) -> Row:
    """A trace's input and output: those of its first span, else what the records say that stand under it or under none."""
    texts = {"input": "", "output": ""} if first is None else {name: first[name] for name in ("input", "output")}
    if texts["input"] and texts["output"]:
        return texts
    under = ("",) if first is None else ("", first["span_id"])
    given, answered = whole(_said(log for log in logs if log["parent_id"] in under))
    if first is None or first["kind"] != "generation":
        answered = answered[-1:]  # what an agent said on its way is not what it answered
    return {"input": texts["input"] or _listing(given), "output": texts["output"] or _listing(answered)}


def arguments_of(texts: Iterable[str | bytes]) -> str | bytes:
    """A tool's arguments, told several times: spans may name a part of them only, records cut long ones."""
    return max(texts, key=len, default="")


def _telling(span: Row, logs: Sequence[Row]) -> Row:
    if not logs:
        return span
    given, answered = whole(_said(logs))
    told = {**span, "input": span["input"] or _listing(given), "output": span["output"] or _listing(answered)}
    if span["kind"] == "tool":
        told["input"] = arguments_of([told["input"], *(log["input"] for log in logs)])
    return told


def _said(logs: Iterable[Row]) -> list[Said]:
    tellings = [(_listed(log["input"]), _listed(log["output"])) for log in logs]
    return [said for said in tellings if any(said)]


def _listing(told: list[Any]) -> str:
    return orjson.dumps(told).decode() if told else ""


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
