"""What can be asked of a session: the closed table behind its filters, the filter expression and their description.

The SQL of a field is an expression over a row of ``sessions``. Texts that a session may have several of are arrays.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal, TypeAlias

import msgspec

from threadline_server.query.goal_conditions import ACTIVE_MS, SEGMENTS, STATUS

FieldType: TypeAlias = Literal["number", "money", "duration", "time", "text", "texts", "flag", "value"]
"""``texts``: of several, where one that fits is enough; ``value``: any JSON value, of metadata."""


class Field(msgspec.Struct, frozen=True):
    """One field: its type, its SQL, and what it means."""

    type: FieldType
    sql: str
    meaning: str
    values: str = ""
    """An expression for the values that the project's sessions have, where there are few enough to choose from."""


def _labels(sql: str) -> str:
    return f"arrayFilter(label -> label != '', [toString({sql})])"


STATUSES: Final = ("active", "idle", "ended")

FIELDS: Final[Mapping[str, Field]] = {
    "cost": Field("money", "cost", "US dollars of all calls with a known price"),
    "tokens": Field("number", "total_tokens", "tokens in all"),
    "promptTokens": Field("number", "prompt_tokens", "tokens in, cached ones included"),
    "completionTokens": Field("number", "completion_tokens", "tokens out, reasoning included"),
    "cachedTokens": Field("number", "cached_tokens", "tokens read from a cache"),
    "reasoningTokens": Field("number", "reasoning_tokens", "tokens of reasoning"),
    "duration": Field("duration", "duration_ms", "from the first start to the last thing that happened"),
    "activeDuration": Field("duration", ACTIVE_MS, "without the pauses longer than the idle time"),
    "turns": Field("number", "trace_count", "traces"),
    "segments": Field("number", SEGMENTS, "stretches of activity"),
    "spans": Field("number", "span_count", "spans"),
    "generations": Field("number", "generation_count", "model calls"),
    "toolCalls": Field("number", "tool_count", "calls of tools"),
    "errors": Field("number", "error_count", "traces that ended in an error"),
    "comments": Field("number", "comment_count", "comments on it, its traces and their spans"),
    "startTime": Field("time", "toUnixTimestamp64Nano(start_time)", "when it began"),
    "lastActivity": Field("time", "toUnixTimestamp64Nano(end_time)", "when something last happened"),
    "session.id": Field("text", "session_id", "its id"),
    "user.id": Field("texts", "user_ids", "its users", "user_ids"),
    "environment": Field("text", "toString(environment)", "its environment", _labels("environment")),
    "release": Field("text", "toString(release)", "its release", _labels("release")),
    "model": Field("texts", "mapKeys(model_generations)", "models that were called", "mapKeys(model_generations)"),
    "unpricedModel": Field("texts", "unpriced_models", "models whose cost is left out", "unpriced_models"),
    "tool": Field("texts", "mapKeys(tool_calls)", "tools that were called", "mapKeys(tool_calls)"),
    "tag": Field("texts", "tags", "its tags", "tags"),
    "step": Field("texts", "step_names", "names of its traces", "step_names"),
    "title": Field("text", "title", "what somebody called it"),
    "outcome": Field("text", "outcome", "how it ended, in its caller's words", _labels("outcome")),
    "firstInput": Field("text", "first_input", "the first thing that was asked, cut short"),
    "lastOutput": Field("text", "last_output", "the last answer, cut short"),
    "bookmarked": Field("flag", "is_bookmarked", "somebody marked it"),
    "ended": Field("flag", "(ended_ms != 0)", "its caller ended it"),
    "status": Field("text", STATUS, "active, idle (nothing for the idle time) or ended (by its caller)", f"[{STATUS}]"),
    "metadata": Field("value", "metadata", 'metadata.<key>, or metadata["any key"]', "mapKeys(metadata)"),
}
ALIASES: Final[Mapping[str, str]] = {
    "totalCost": "cost", "totalTokens": "tokens", "traceCount": "turns", "spanCount": "spans", "generationCount": "generations",
    "commentCount": "comments", "toolCount": "toolCalls", "errorCount": "errors", "endTime": "lastActivity", "userId": "user.id", "user": "user.id",
    "sessionId": "session.id", "id": "session.id", "tags": "tag", "models": "model", "tools": "tool", "traceName": "step",
}  # fmt: skip
"""Other names of fields: those of a session's JSON, and what people write first."""
