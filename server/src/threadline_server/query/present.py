"""Rows of the store as the contract's JSON objects: names, times, durations, null where nothing is known."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import orjson

from threadline_server.store.database import Row

MOST_DEPTH = 200
TOO_DEEP = "(nested too deeply to show)"
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def moment(milliseconds: int) -> str:
    """ISO 8601 UTC with milliseconds: ``2026-11-23T10:30:00.000Z``."""
    time = _EPOCH + dt.timedelta(milliseconds=milliseconds)
    return f"{time:%Y-%m-%dT%H:%M:%S}.{milliseconds % 1000:03d}Z"


def bound(time_ns: int | None) -> str | None:
    """An end of a window of time; None where it is open."""
    return None if time_ns is None else moment(time_ns // 1_000_000)


def duration_text(milliseconds: int) -> str:
    """A duration as people say it, in its two largest units: ``850ms``, ``48s``, ``2m 30s``, ``1h 5m``, ``3d 2h``."""
    seconds = milliseconds // 1000
    if seconds == 0:
        return f"{milliseconds}ms" if milliseconds else "0s"
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86400
    if minutes == 0:
        return f"{seconds}s"
    if hours == 0:
        return f"{minutes}m {seconds % 60}s"
    if days == 0:
        return f"{hours}h {minutes % 60}m"
    return f"{days}d {hours % 24}h"


def encoded(value: Any) -> bytes:
    """An answer as JSON; of messages nested deeper than JSON is written here, the innermost are left out."""
    try:
        return orjson.dumps(value)
    except TypeError:
        return orjson.dumps(_shallow(value, 0))


def _shallow(value: Any, depth: int) -> Any:
    if isinstance(value, dict):
        return {key: _shallow(item, depth + 1) for key, item in value.items()} if depth < MOST_DEPTH else TOO_DEEP
    if isinstance(value, list):
        return [_shallow(item, depth + 1) for item in value] if depth < MOST_DEPTH else TOO_DEEP
    return value


def json_or_none(text: str) -> orjson.Fragment | None:
    """A JSON text of the store for an answer, in one line and unread, whatever its size and depth; None where there is nothing."""
    return orjson.Fragment(text.replace("\n", " ").replace("\r", " ")) if text else None


def metadata(row: Row) -> dict[str, Any]:
    return {key: orjson.loads(text) for key, text in row["metadata"].items()}


def session(row: Row) -> dict[str, Any]:
    """A session object."""
    return {
        "id": row["session_id"],
        "userId": row["user_id"] or None,
        "userIds": row["user_ids"],
        "title": row["title"] or None,
        "outcome": row["outcome"] or None,
        "traceCount": row["trace_count"],
        "spanCount": row["span_count"],
        "generationCount": row["generation_count"],
        "toolCount": row["tool_count"],
        "errorCount": row["error_count"],
        "startTime": moment(row["start_ms"]),
        "endTime": moment(row["end_ms"]),
        "duration": row["duration_ms"],
        "activeDuration": row["active_ms"],
        "segments": row["segments"],
        "status": row["status"],
        **tokens(row),
        "totalCost": row["cost"],
        "models": _models(row),
        "unpricedModels": row["unpriced_models"],
        "tags": row["tags"],
        "metadata": metadata(row),
        "environment": row["environment"] or None,
        "release": row["release"] or None,
        "firstInput": row["first_input"] or None,
        "lastOutput": row["last_output"] or None,
        "goals": row["goals"],
        "scores": [
            {
                "name": name,
                "count": count,
                "mean": row["score_means"].get(name),
                "labels": row["score_labels"].get(name, []),
            }
            for name, count in sorted(row["score_counts"].items())
        ],
        "commentCount": row["comment_count"],
        "bookmarked": row["is_bookmarked"],
        "endedAt": moment(row["ended_ms"]) if row["ended_ms"] else None,
        "tools": tools(row),
    }


def tools(row: Row) -> list[dict[str, Any]]:
    """Those that a session or a trace called, the most used first."""
    return [
        {"name": name, "calls": calls, "errors": row["tool_errors"].get(name, 0)}
        for name, calls in sorted(row["tool_calls"].items(), key=lambda tool: (-tool[1], tool[0]))
    ]


def metrics(row: Row) -> dict[str, Any]:
    """The seed's six numbers of a session."""
    return {
        "sessionId": row["session_id"],
        "userId": row["user_id"] or None,
        "traceCount": row["trace_count"],
        "totalTokens": row["total_tokens"],
        "totalCost": row["cost"],
        "duration": duration_text(row["duration_ms"]),
    }


def trace(row: Row, texts: Mapping[str, Row]) -> dict[str, Any]:
    """A trace without its spans; ``texts`` has its input and output by trace id."""
    own = texts.get(row["trace_id"], {})
    return {
        "id": row["trace_id"],
        "name": row["name"],
        "sessionId": row["session_id"] or None,
        "userId": row["user_id"] or None,
        "startTime": moment(row["start_ms"]),
        "endTime": moment(row["end_ms"]),
        "duration": row["end_ms"] - row["start_ms"],
        "status": row["status"],
        "error": _error(row) if row["status"] == "error" else None,
        "spanCount": row["span_count"],
        "generationCount": row["generation_count"],
        "toolCount": row["tool_count"],
        **tokens(row),
        "totalCost": row["cost"],
        "models": sorted(row["model_generations"]),
        "unpricedModels": row["unpriced_models"],
        "tags": row["tags"],
        "metadata": metadata(row),
        "environment": row["environment"] or None,
        "release": row["release"] or None,
        "input": json_or_none(own.get("input", "")),
        "output": json_or_none(own.get("output", "")),
    }


def span(row: Row) -> dict[str, Any]:
    """One span of a trace."""
    running = row["end_ms"] == 0
    return {
        "id": row["span_id"],
        "parentId": row["parent_id"] or None,
        "kind": row["kind"],
        "name": row["name"],
        "startTime": moment(row["start_ms"]),
        "endTime": None if running else moment(row["end_ms"]),
        "duration": None if running else row["end_ms"] - row["start_ms"],
        "timeToFirstToken": row["time_to_first_token_ms"],
        "status": "error" if row["status"] == "error" else "running" if running else "ok",
        "error": _error(row) if row["status"] == "error" else None,
        "modelName": row["model"] or None,
        "provider": row["provider"] or None,
        "modelParameters": json_or_none(row["model_parameters"]) or {},
        "input": json_or_none(row["input"]),
        "output": json_or_none(row["output"]),
        **tokens(row),
        "cost": row["cost"],
        "attributes": json_or_none(row["attributes"]) or {},
    }


def tokens(row: Row) -> dict[str, int]:
    return {
        "promptTokens": row["prompt_tokens"],
        "completionTokens": row["completion_tokens"],
        "cachedTokens": row["cached_tokens"],
        "reasoningTokens": row["reasoning_tokens"],
        "totalTokens": row["total_tokens"],
    }


def _error(row: Row) -> dict[str, Any]:
    return {
        "type": row["error_type"] or None,
        "message": row["error_message"] or None,
        "stack": row.get("error_stack") or None,
    }


def _models(row: Row) -> list[dict[str, Any]]:
    """Per model, the most expensive first; ``cost`` is None where no call of it has a price."""
    names = sorted(row["model_generations"], key=lambda name: (-(row["model_cost"].get(name) or 0), name))
    return [
        {
            "model": name,
            "generations": row["model_generations"][name],
            "promptTokens": row["model_prompt_tokens"].get(name, 0),
            "completionTokens": row["model_completion_tokens"].get(name, 0),
            "totalTokens": row["model_total_tokens"].get(name, 0),
            "cost": row["model_cost"].get(name),
        }
        for name in names
    ]
