"""From the query string of a list to the conditions of its SQL: the closed table of what can be filtered and sorted by.

A filter chooses *which* rows are shown; it never changes a row's numbers (law 3). Every condition is one of the texts below;
what a caller wrote reaches the engine as a bound value only. What else chooses sessions is in ``choosing``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec
import orjson

from threadline_server.errors import BadRequest
from threadline_server.query import parameters
from threadline_server.query.fields import FIELDS, STATUSES
from threadline_server.query.parameters import Pairs
from threadline_server.query.searching import Search
from threadline_server.store.queries import Fragment


class Filter(msgspec.Struct, frozen=True):
    """One filter: the condition with its bound value ``{name:Type}``, and how the value is read."""

    condition: str
    read: Callable[[str, str], Any]


class Sort(msgspec.Struct, frozen=True):
    """One sort: the column's expression and its type, for the cursor."""

    expression: str
    type: str


class Choice(msgspec.Struct, frozen=True):
    """Which rows a query string chooses."""

    where: Fragment
    values: Mapping[str, Any]
    search: Search | None = None
    unsearched: Fragment = Fragment("")
    """Where there is a search, the conditions but for it."""


def instant(name: str) -> str:
    """A parameter in nanoseconds, as times are stored: the engine looks so up in their indexes, for a third of a short question's work."""
    return f"fromUnixTimestamp64Nano({{{name}:Int64}}, 'UTC')"


def _text(_name: str, value: str) -> str:
    return value


def _status(name: str, value: str) -> str:
    return parameters.choice(name, value, STATUSES)


def _sql(field: str) -> str:
    return FIELDS[field].sql


def _amounts(name: str, column: str, kind: str, read: Callable[[str, str], Any]) -> dict[str, Filter]:
    return {
        f"min{name}": Filter(f"{column} >= {{min{name}:{kind}}}", read),
        f"max{name}": Filter(f"{column} <= {{max{name}:{kind}}}", read),
    }


SESSION_FILTERS: Final[Mapping[str, Filter]] = {
    "from": Filter(f"end_time >= {instant('from')}", parameters.moment_ns),
    "to": Filter(f"start_time < {instant('to')}", parameters.moment_ns),
    "userId": Filter(f"has({_sql('user.id')}, {{userId:String}})", _text),
    "environment": Filter("environment = {environment:String}", _text),
    "release": Filter("release = {release:String}", _text),
    "model": Filter("mapContains(model_generations, {model:String})", _text),
    "tool": Filter("mapContains(tool_calls, {tool:String})", _text),
    "outcome": Filter(f"{_sql('outcome')} = {{outcome:String}}", _text),
    "status": Filter(f"{_sql('status')} = {{status:String}}", _status),
    "bookmarked": Filter(f"{_sql('bookmarked')} = {{bookmarked:Bool}}", parameters.switch),
    "hasError": Filter(f"({_sql('errors')} > 0) = {{hasError:Bool}}", parameters.switch),
    **_amounts("Cost", _sql("cost"), "Decimal(38, 12)", parameters.dollars),
    **_amounts("Tokens", _sql("tokens"), "UInt64", parameters.whole),
    **_amounts("Traces", _sql("turns"), "UInt64", parameters.whole),
    **_amounts("Duration", _sql("duration"), "UInt64", parameters.whole),
}

SESSION_SORTS: Final[Mapping[str, Sort]] = {
    "lastActivity": Sort("toUnixTimestamp64Nano(end_time)", "Int64"),
    "startTime": Sort("toUnixTimestamp64Nano(start_time)", "Int64"),
    "duration": Sort("duration_ms", "UInt64"),
    "activeDuration": Sort(FIELDS["activeDuration"].sql, "UInt64"),
    "traceCount": Sort("trace_count", "UInt64"),
    "totalTokens": Sort("total_tokens", "UInt64"),
    "totalCost": Sort("cost", "Decimal(38, 12)"),
    "errorCount": Sort("error_count", "UInt64"),
}

TRACE_FILTERS: Final[Mapping[str, Filter]] = {
    **{name: SESSION_FILTERS[name] for name in ("from", "to", "environment", "release", "model")},
    "sessionId": Filter("session_id = {sessionId:String}", _text),
    "userId": Filter("user_id = {userId:String}", _text),
    "name": Filter("name = {name:String}", _text),
    "hasError": Filter("(status = 'error') = {hasError:Bool}", parameters.switch),
    **_amounts("Cost", "cost", "Decimal(38, 12)", parameters.dollars),
    **_amounts("Tokens", "total_tokens", "UInt64", parameters.whole),
}

TRACE_SORTS: Final[Mapping[str, Sort]] = {"startTime": Sort("toUnixTimestamp64Nano(start_time)", "Int64")}

METADATA: Final = "metadata."
_TAGS: Final = "hasAll(tags, {tags:Array(String)})"
_METADATA: Final = (
    "(mapContains(metadata, {{metadata_key_{0}:String}})"
    " AND metadata[{{metadata_key_{0}:String}}] IN ({{metadata_text_{0}:String}}, {{metadata_json_{0}:String}}))"
)
MAX_METADATA: Final = 50


def names(filters: Mapping[str, Filter]) -> list[str]:
    """Parameters that choose rows."""
    return [*filters, "tag"]


def choose(pairs: Pairs, filters: Mapping[str, Filter]) -> Choice:
    """The conditions and bound values of every filter in the query string. The caller has checked the names."""
    conditions: list[str] = []
    values: dict[str, Any] = {}
    for name, entry in filters.items():
        if (text := parameters.one(pairs, name)) is not None:
            conditions.append(entry.condition)
            values[name] = entry.read(name, text)
    if tags := [value for name, value in pairs if name == "tag"]:
        conditions.append(_TAGS)
        values["tags"] = tags
    metadata = [pair for pair in pairs if pair[0].startswith(METADATA)]
    if len(metadata) > MAX_METADATA:
        raise BadRequest(f"cannot use {len(metadata)} filters on metadata: at most {MAX_METADATA} at a time")
    for index, (name, value) in enumerate(metadata):
        conditions.append(_METADATA.format(index))
        values[f"metadata_key_{index}"] = name.removeprefix(METADATA)
        values[f"metadata_text_{index}"] = value
        values[f"metadata_json_{index}"] = orjson.dumps(value).decode()
    return Choice(Fragment("".join(f" AND {condition}" for condition in conditions)), values)


def both(*conditions: Fragment) -> Fragment:
    """Conditions that must all hold."""
    return Fragment("".join(conditions))
