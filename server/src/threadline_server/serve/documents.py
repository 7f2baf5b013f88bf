"""The OpenAPI document of the read routes: the contract's objects as types, and every parameter from the tables that read it.

Answers are written by ``query.present`` directly; these types describe them (a test holds real answers against them) and the
dashboard's TypeScript is generated from them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from threadline_server.query import choosing, export_bulk, exports, filters, quality, sessions, steps, traces

Parameters = list[dict[str, Any]]


class Object(BaseModel):
    """Camel case outside."""

    model_config = ConfigDict(alias_generator=to_camel, extra="forbid", protected_namespaces=(), defer_build=True)


class Failure(Object):
    class Error(Object):
        code: str
        message: str
        hint: str | None
        position: int | None = Field(
            default=None, description="of a filter expression: the character at which it goes wrong, from 0"
        )

    error: Error


class Tokens(Object):
    prompt_tokens: int = Field(description="includes cached tokens")
    completion_tokens: int = Field(description="includes reasoning tokens")
    cached_tokens: int
    reasoning_tokens: int
    total_tokens: int


class ModelUse(Object):
    model: str
    generations: int
    prompt_tokens: int
    completion_tokens: int
    total_tokens: int
    cost: float | None = Field(description="US dollars; null where no call of this model has a price")


class ToolUse(Object):
    name: str
    calls: int
    errors: int


class SessionScore(Object):
    name: str
    count: int = Field(description="scores of this name of the session and its traces")
    mean: float | None = Field(description="of those that are numbers; of yes and no the share of yes")
    labels: list[str] = Field(description="categories that were named")


class Session(Tokens):
    id: str
    user_id: str | None
    user_ids: list[str]
    title: str | None
    outcome: str | None
    trace_count: int
    span_count: int
    generation_count: int
    tool_count: int
    error_count: int = Field(description="traces that ended in an error")
    start_time: str
    end_time: str
    duration: int = Field(description="milliseconds")
    active_duration: int = Field(description="milliseconds, without the pauses longer than the idle time")
    segments: int
    status: Literal["active", "idle", "ended"] = Field(
        description="ended: by its caller; idle: nothing for the idle time"
    )
    total_cost: float = Field(description="US dollars of all calls with a known price")
    models: list[ModelUse]
    unpriced_models: list[str]
    tags: list[str]
    metadata: dict[str, Any]
    environment: str | None
    release: str | None
    first_input: str | None
    last_output: str | None
    goals: list[str]
    scores: list[SessionScore]
    comment_count: int = Field(description="comments on it, its traces and their spans")
    bookmarked: bool
    ended_at: str | None = Field(description="when the caller ended it, by PATCH")
    tools: list[ToolUse]


class Match(Object):
    trace_id: str
    turn: int = Field(description="its place among the session's traces, from 1")
    snippet: str = Field(description="plain text")
    highlights: list[tuple[int, int]] = Field(description="[from, to) in characters of the snippet")


class FoundSession(Session):
    match: Match | None = Field(default=None, description="with q: the first turn that says it")


class SpanError(Object):
    type: str | None
    message: str | None
    stack: str | None = Field(default=None, description="not told in a conversation")


class Span(Tokens):
    id: str
    parent_id: str | None
    kind: str
    name: str
    start_time: str
    end_time: str | None = Field(description="null while it is running")
    duration: int | None = Field(description="milliseconds; null while it is running")
    time_to_first_token: int | None = Field(description="milliseconds")
    status: Literal["ok", "error", "running"]
    error: SpanError | None
    model_name: str | None
    provider: str | None
    model_parameters: dict[str, Any]
    input: Any
    output: Any
    cost: float | None = Field(description="US dollars; null where unknown")
    attributes: dict[str, Any]


class Log(Object):
    id: str
    span_id: str | None
    time: str
    name: str
    severity: str | None
    body: Any
    attributes: dict[str, Any]


class Trace(Tokens):
    id: str
    name: str
    session_id: str | None
    user_id: str | None
    start_time: str
    end_time: str
    duration: int = Field(description="milliseconds")
    status: Literal["ok", "error", "running"]
    error: SpanError | None
    span_count: int
    generation_count: int
    tool_count: int
    total_cost: float
    models: list[str]
    unpriced_models: list[str]
    tags: list[str]
    metadata: dict[str, Any]
    environment: str | None
    release: str | None
    input: Any
    output: Any
    spans: list[Span] | None = Field(
        default=None, description="where asked for with include=spans; always for one trace"
    )
    logs: list[Log] | None = Field(default=None, description="log records of the trace, wherever its spans are")


class ToolCall(Object):
    id: str | None = None
    name: str
    arguments: Any


class Message(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, extra="allow", protected_namespaces=(), defer_build=True)
    role: str
    content: list[dict[str, Any]]
    tool_calls: list[ToolCall] | None = None
    tool_call_id: str | None = None
    name: str | None = None
    model_name: str | None = None
    span_id: str | None = None


class Turn(Object):
    trace_id: str
    name: str
    start_time: str
    end_time: str
    status: Literal["ok", "error", "running"]
    error: SpanError | None
    total_tokens: int
    total_cost: float
    messages: list[Message]


class SessionDetail(Session):
    traces: list[Trace]
    next_cursor: str | None = Field(description="of the traces: for /sessions/{id}/traces")


class Sessions(Object):
    data: list[FoundSession]
    next_cursor: str | None


class Traces(Object):
    data: list[Trace]
    next_cursor: str | None


class Turns(Object):
    data: list[Turn]
    next_cursor: str | None


class SessionMetrics(Object):
    session_id: str
    user_id: str | None
    trace_count: int
    total_tokens: int
    total_cost: float
    duration: str


class Completion(Object):
    reached: int
    closed: int
    open: int
    rate: float | None


class Rejection(Object):
    index: int = Field(description="of the trace in the request")
    reason: str
    message: str


class Taken(Object):
    accepted: int
    rejected: list[Rejection]


class Ingestion(Object):
    received: int
    stored: int
    rejected: dict[str, int] = Field(description="by reason; received = stored + rejected")
    ignored: dict[str, int] = Field(description="accepted beside them and not stored, by reason")


_DESCRIPTIONS: Final[Mapping[str, str]] = {
    "from": "ISO 8601; sessions that end at or after it",
    "to": "ISO 8601; sessions that begin before it",
    "tag": "repeatable; all of them",
    "hasError": "true or false",
    "limit": "1 to 200, 50 unless given",
    "cursor": "nextCursor of the page before",
    "order": "desc or asc",
    "include": "spans",
    "filter": 'an expression, such as cost > 0.5 and tag in ("web"); see docs/reference/filters.md',
    "q": 'words that were said, "a phrase", a beginning such as refund*, -word for what must not have been said',
    "interval": "hour, day, week or month",
    "timeZone": "IANA name for the intervals, UTC unless given",
    "goal": "name of a goal that was reached; repeatable; all of them",
    "completionGoal": "name of the goal that completion is about",
    "hasStep": "a step that the session takes; repeatable; all of them",
    "fromStep": "with toStep: steps of which the second follows the first at once",
    "toStep": "with fromStep",
    "entryStep": "the session's first step",
    "exitStep": "the session's last step",
    "path": "repeatable, in order: all steps of the session",
    "pathContinues": "true: the steps of path are its first ones, and more follow",
    "pathCollapsed": "true: a step that repeats counts once in path",
    "stepBy": "what the steps of these filters are: trace names (default) or tags",
    "funnelStep": "repeatable, in order, as step of /analytics/funnel: sessions that come as far",
    "funnelWithin": "milliseconds, as within of /analytics/funnel",
    "funnelReached": "number of a funnelStep that the session reaches; the last unless given",
    "funnelStopped": "number of the last funnelStep that the session reaches",
    "by": "what a step is: trace names (default) or tags",
    "collapse": "true: a step that repeats counts once",
    "nodes": "1 to 50 steps that are named, 20 unless given; others are counted together",
    "paths": "0 to 50, 10 unless given",
    "pathLength": "1 to 20 steps of a path, 10 unless given",
    "step": "2 to 10, in order: a trace name, name:<trace name> or tag:<tag>",
    "within": "milliseconds from the first step",
    "groupBy": "user, model, tag, environment, release or metadata.<key>",
    "groupLimit": "1 to 100 groups, 20 unless given; the others are counted together",
    "histogram": "true unless given; without it the answer is faster",
    "top": "1 to 100, 10 unless given: how many sessions, traces and users",
    "previous": "true unless given; without it the answer is faster",
    "minDuration": "milliseconds",
    "maxDuration": "milliseconds",
    "minCost": "US dollars",
    "maxCost": "US dollars",
}


def parameters(
    names: Iterable[str],
    choices: Mapping[str, Iterable[str]] | None = None,
    descriptions: Mapping[str, str] | None = None,
    *,
    repeatable: Collection[str] = (*choosing.REPEATABLE, "step"),
) -> Parameters:
    """Query parameters of these names; ``choices`` has the values of those that take few, ``descriptions`` what is said here only."""
    entries: Parameters = []
    for name in names:
        schema: dict[str, Any] = {"type": "string"}
        if choices and name in choices:
            schema = {"type": "string", "enum": list(choices[name])}
        if name in repeatable:
            schema = {"type": "array", "items": schema}
        entries.append(
            {
                "name": name,
                "in": "query",
                "required": False,
                "schema": schema,
                "description": (descriptions or {}).get(name, _DESCRIPTIONS.get(name, "")),
            }
        )
    return entries


CHOICES: Final = {
    "order": ("desc", "asc"),
    "include": ("spans",),
    **dict.fromkeys(("hasError", "pathContinues", "pathCollapsed", "collapse"), ("true", "false")),
    **dict.fromkeys(("by", "stepBy"), steps.KINDS),
}
SESSION_LIST: Final = parameters(sessions.LIST_PARAMETERS, {**CHOICES, "sort": filters.SESSION_SORTS})
TRACE_LIST: Final = parameters(traces.LIST_PARAMETERS, {**CHOICES, "sort": filters.TRACE_SORTS})
OF_SESSION: Final = parameters(traces.OF_SESSION_PARAMETERS, CHOICES)
PAGE: Final = parameters(("limit", "cursor"))
EXPORT: Final = parameters(exports.PARAMETERS, {"format": exports.FORMATS})
BULK_EXPORT: Final = parameters(
    export_bulk.PARAMETERS,
    {**CHOICES, "format": export_bulk.FORMATS, "include": ("traces",)},
    {"include": "traces, with jsonl"},
)
QUALITY: Final = parameters(quality.PARAMETERS)

_FAILURES: Final[Mapping[int | str, dict[str, Any]]] = {
    status: {"model": Failure} for status in (400, 401, 403, 404, 422, 503)
}


def answer(
    summary: str, model: type[BaseModel], parameters: Parameters | None = None, *, status: int = 200
) -> dict[str, Any]:
    """Route options: what it answers, and its query parameters."""
    return {
        "summary": summary,
        "response_model": None,
        "responses": {status: {"model": model}, **_FAILURES},
        "openapi_extra": {"parameters": parameters or []},
    }


def intake(
    summary: str, *, answers: type[BaseModel] = Taken, kinds: Iterable[str] = ("application/json",)
) -> dict[str, Any]:
    """Route options of an ingest route, whose body the pipe reads itself."""
    options = answer(summary, answers)
    options["responses"] |= {status: {"model": Failure} for status in (413, 415)}
    options["openapi_extra"] = {
        "requestBody": {"required": True, "content": {kind: {"schema": {"type": "object"}} for kind in kinds}}
    }
    return options


def download(
    summary: str,
    parameters: Parameters,
    kinds: Mapping[str, exports.Form] | Mapping[str, export_bulk.BulkForm] = exports.FORMATS,
) -> dict[str, Any]:
    """Route options of a file."""
    options = answer(summary, SessionDetail, parameters)
    content: dict[str, Any] = {form.media_type: {} for form in kinds.values()}
    options["responses"][200] = {"content": content, "description": "The file"}
    return options
