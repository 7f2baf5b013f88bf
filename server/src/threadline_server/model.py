"""What the rooms of the server hand each other: frozen values without I/O, SQL or HTTP.

``RawSpan`` and ``RawLog`` are what a decoder makes of any wire format; ``Span`` is what the normaliser makes of them, in our
own words; ``Drop`` says why a piece of data was refused. Times are integer nanoseconds since 1970 UTC, 0 where unknown.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final, Literal, TypeAlias

import msgspec

Kind: TypeAlias = Literal[
    "span",
    "generation",
    "tool",
    "retriever",
    "embedding",
    "agent",
    "event",
    "reranker",
    "guardrail",
    "evaluator",
    "log",
]
"""``log`` is a log record that stands beside the spans of its trace: it says who and what was said, and is never counted."""
LOG: Final = "log"
Attributes: TypeAlias = dict[str, Any]
"""Attribute values as JSON-like Python values: str, bool, int, float, None, list, dict; bytes come as base64 text."""

AUTO: Final = "auto:"
"""How the ids of sessions begin that we make for traces without one; no sender's id begins so."""

HOUR_NS = 3_600_000_000_000
ARRIVAL_STEP_NS = 1_024
"""Two arrivals lie at least so far apart. What is made anew of one arrival, such as its cost by other prices, takes the next of the
numbers in between: it wins over what it was made of, and loses to whatever arrived later."""


class RawEvent(msgspec.Struct, frozen=True, gc=False):
    """A span event as it came: an exception, a message, a streamed token."""

    name: str
    time_ns: int
    attributes: Attributes


class RawSpan(msgspec.Struct, frozen=True, gc=False):
    """A span as it came, whatever wire format carried it. Ids are lower-case hex for OTLP, the caller's own text otherwise."""

    trace_id: str
    span_id: str
    parent_id: str
    name: str
    start_ns: int
    end_ns: int
    attributes: Attributes
    status: Literal["", "ok", "error"] = ""
    status_message: str = ""
    events: tuple[RawEvent, ...] = ()
    links: tuple[Attributes, ...] = ()
    resource: Attributes = {}
    scope: str = ""
    scope_version: str = ""
    span_kind: str = ""
    """OpenTelemetry's kind in lower case: internal, server, client, producer, consumer."""


class SpanPart(msgspec.Struct, frozen=True, gc=False):
    """What one message of a foreign SDK tells of a span: its beginning, its end, a correction. Any number make one span."""

    wire: str
    """Whose words these are, and of what: ``langfuse.observation``, ``langsmith.run``, ..."""
    span_id: str
    """Of what they tell, as the sender names it: unique within project and wire."""
    trace_id: str
    """Empty where the message does not tell."""
    part_id: str
    """Digest of all the others: the same message again is the same part."""
    step: int
    """0 for what begins a span, 1 for what changes it: the former are read first, whenever they were sent."""
    sent_ns: int
    body: bytes
    """JSON of the message."""


class RawLog(msgspec.Struct, frozen=True, gc=False):
    """A log record as it came. ``trace_id`` and ``span_id`` are empty where it was written outside any span."""

    trace_id: str
    span_id: str
    time_ns: int
    """When it happened, else when it was first seen."""
    name: str
    """The record's event name; some libraries put it into an attribute instead."""
    body: Any
    attributes: Attributes
    severity: str = ""
    resource: Attributes = {}
    scope: str = ""
    scope_version: str = ""


class Usage(msgspec.Struct, frozen=True, gc=False):
    """Tokens of one model call. ``prompt`` includes ``cached`` and ``cache_write``; ``completion`` includes ``reasoning``."""

    prompt: int = 0
    completion: int = 0
    cached: int = 0
    cache_write: int = 0
    reasoning: int = 0
    total: int = 0


class Price(msgspec.Struct, frozen=True):
    """What a project says that a model costs: US dollars per million tokens. It wins over the price list."""

    id: int
    model: str
    """A model's name, or a pattern in which ``*`` stands for any text."""
    provider: str
    """Empty: whoever provides it."""
    input: Decimal
    output: Decimal
    cached_read: Decimal | None = None
    """None: as ``input``, and so for ``cache_write``; ``reasoning`` as ``output``."""
    cache_write: Decimal | None = None
    reasoning: Decimal | None = None
    valid_from_ns: int | None = None
    """It holds for spans that begin in [from, to); None: without such a bound."""
    valid_to_ns: int | None = None


class Goal(msgspec.Struct, frozen=True):
    """A named condition that a session can reach; evaluated when it is asked for, so that it holds for the past too."""

    id: int
    name: str
    """Unique in its project; any text."""
    when: Mapping[str, Any]
    """The condition as its author wrote it, and as ``query.goal_definitions`` has checked it."""
    created_ns: int
    updated_ns: int


class SpanError(msgspec.Struct, frozen=True, gc=False):
    type: str = ""
    message: str = ""
    stack: str = ""


class Score(msgspec.Struct, frozen=True, gc=False):
    """A judgement of a span, a trace or a session: a number, yes or no, or a category."""

    about: Literal["span", "trace", "session"]
    trace_id: str
    """Empty for a score that names a session only."""
    session_id: str
    """Empty where there is a trace: the score is in whichever session that is in."""
    span_id: str
    score_id: str
    name: str
    kind: Literal["numeric", "boolean", "category"]
    value: float | None
    label: str
    comment: str
    source: str
    time_ns: int


class SaidScore(msgspec.Struct, frozen=True, gc=False):
    """A score of an import, with the moment at which it was given: of one id the later stands."""

    score: Score
    said_ns: int


class SaidComment(msgspec.Struct, frozen=True, gc=False):
    """A comment of an import: on a session, or on a trace or a span of it."""

    session_id: str
    trace_id: str
    span_id: str
    comment_id: str
    author: str
    body: str
    said_ns: int


class SaidFact(msgspec.Struct, frozen=True):
    """A fact of a session of an import (``annotate.session_facts``), with the moment at which it was said."""

    session_id: str
    field: str
    value: Any
    said_ns: int


class Span(msgspec.Struct, frozen=True, gc=False):
    """One step of a trace in Threadline's words; one row of the ``spans`` table.

    ``input``, ``output``, ``model_parameters``, ``attributes``, ``events``, ``links`` and ``resource`` are JSON texts, empty where
    there is nothing. ``input_messages`` and ``output_messages`` are JSON arrays of normalised messages (contract section 6:
    role, content parts, toolCalls, toolCallId, name), empty where the dialect names no messages; a reader then derives them
    from ``input`` and ``output``. ``input_text`` and ``output_text`` are what a person would read in a list, cut short; ``said`` is
    what the span adds to the conversation, for the search (``messages.said``).
    """

    trace_id: str
    span_id: str
    parent_id: str
    name: str
    kind: Kind
    start_ns: int
    end_ns: int
    """0 while the span is running."""
    status: Literal["", "ok", "error"] = ""
    error: SpanError | None = None
    session_id: str = ""
    user_id: str = ""
    environment: str = ""
    release: str = ""
    service: str = ""
    dialect: str = ""
    scope: str = ""
    span_kind: str = ""
    model: str = ""
    provider: str = ""
    model_parameters: bytes = b""
    usage: Usage | None = None
    cost_usd: Decimal | None = None
    is_cost_ours: bool = False
    """Whether ``cost_usd`` is from a price list, and so may be recomputed; the sender's own cost stands."""
    time_to_first_token_ms: int | None = None
    response_id: str = ""
    tags: tuple[str, ...] = ()
    metadata: dict[str, str] = {}
    """Key -> JSON text of the value."""
    input_text: str = ""
    output_text: str = ""
    said: str = ""
    input: bytes = b""
    output: bytes = b""
    input_messages: bytes = b""
    output_messages: bytes = b""
    attributes: bytes = b""
    events: bytes = b""
    links: bytes = b""
    resource: bytes = b""
    scores: tuple[Score, ...] = ()
    """What was judged in the span's words; rows of their own."""


class Drop(msgspec.Struct, frozen=True, gc=False):
    """A refused piece of data: where it stood in its request, why in one word (counted), and a sentence for the sender."""

    index: int
    reason: str
    message: str


class AlertRule(msgspec.Struct, frozen=True):
    """What a project wants to be told of. ``when`` and ``filters`` are as their author wrote them."""

    id: int
    project_id: int
    name: str
    when: Mapping[str, Any]
    filters: Mapping[str, Any]
    is_enabled: bool
    webhook_url: str | None
    has_secret: bool
    created_ns: int
    updated_ns: int


class Finding(msgspec.Struct, frozen=True):
    """What a rule measured, of one session or (``session_id`` empty) of many, and whether that is too much."""

    rule_id: int
    session_id: str
    metric: str
    value: float
    threshold: float
    holds: bool


class AlertEvent(msgspec.Struct, frozen=True):
    """That a rule held, from when until when."""

    id: int
    rule_id: int
    rule_name: str
    session_id: str
    metric: str
    value: float
    threshold: float
    fired_ns: int
    cleared_ns: int
    """0 while it holds."""
    acknowledged_ns: int
    delivery: str
    """``none``, ``waiting``, ``delivered`` or ``failed``."""
