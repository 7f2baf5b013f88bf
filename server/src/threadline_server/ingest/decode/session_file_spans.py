"""A span or log record of our own export -> the row that it was written from."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final, Literal, TypeAlias

import msgspec
import orjson

from threadline_server.ingest import reasons
from threadline_server.ingest.decode import validity
from threadline_server.ingest.decode.native_fields import Refused
from threadline_server.model import Kind, Span, SpanError, Usage

_MAX_ID: Final = 512
_MAX_COUNT: Final = 2**63 - 1
_MAX_COST: Final = Decimal(999_999)
_COST_STEP: Final = Decimal("1e-12")
_NOTHING: Final = msgspec.Raw(b"null")
_STATUS: Final[dict[str, Literal["", "ok", "error"]]] = {"ok": "ok", "error": "error", "running": ""}


class _Error(msgspec.Struct, frozen=True):
    type: str | None = None
    message: str | None = None
    stack: str | None = None


class _Part(msgspec.Struct, frozen=True):
    type: str
    text: str | msgspec.UnsetType = msgspec.UNSET

    def __post_init__(self) -> None:
        if self.type in ("text", "reasoning") and self.text is msgspec.UNSET:
            raise ValueError(f"a part of type {self.type} has no text")


class _Call(msgspec.Struct, frozen=True):
    name: str
    arguments: Any
    id: str | None = None


class _Message(msgspec.Struct, frozen=True, rename="camel"):
    role: str
    content: list[_Part]
    tool_calls: list[_Call] | msgspec.UnsetType = msgspec.UNSET
    tool_call_id: str | None = None
    name: str | None = None


class _Event(msgspec.Struct, frozen=True, rename="camel"):
    name: str
    time_ns: int
    attributes: dict[str, Any]


class SpanEntry(msgspec.Struct, frozen=True, rename="camel"):
    """What an export says of a span. Raw fields are JSON texts that are kept as they are."""

    id: str
    kind: Kind
    name: str
    start_time_unix_nano: str
    end_time_unix_nano: str
    status: Literal["ok", "error", "running"]
    parent_id: str | None = None
    error: _Error | None = None
    time_to_first_token: int | None = None
    model_name: str | None = None
    provider: str | None = None
    model_parameters: msgspec.Raw = _NOTHING
    input: msgspec.Raw = _NOTHING
    output: msgspec.Raw = _NOTHING
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached_tokens: int = 0
    cache_write_tokens: int = 0
    reasoning_tokens: int = 0
    total_tokens: int = 0
    has_usage: bool | None = None
    cost: Decimal | None = None
    cost_is_ours: bool = False
    attributes: msgspec.Raw = _NOTHING
    tags: list[str] = []
    metadata: dict[str, msgspec.Raw] = {}
    session_id: str = ""
    user_id: str = ""
    environment: str = ""
    release: str = ""
    service: str = ""
    dialect: str = ""
    scope: str = ""
    span_kind: str = ""
    response_id: str = ""
    input_text: str = ""
    output_text: str = ""
    said: str = ""
    input_messages: msgspec.Raw = _NOTHING
    output_messages: msgspec.Raw = _NOTHING
    events: msgspec.Raw = _NOTHING
    links: msgspec.Raw = _NOTHING
    resource: msgspec.Raw = _NOTHING


def span_of(entry: SpanEntry, trace_id: str, latest_ns: int) -> Span:
    """The span as it was stored. Raises ``Refused``, ``msgspec.ValidationError``."""
    _check_ids(entry)
    start_ns, end_ns = _nanoseconds(entry.start_time_unix_nano), _nanoseconds(entry.end_time_unix_nano)
    if fault := validity.time_fault(0, start_ns, end_ns, latest_ns):
        raise Refused(fault.reason, f"span {entry.id[:40]}: {fault.message}")
    error = entry.error
    return Span(
        trace_id=trace_id,
        span_id=entry.id,
        parent_id=entry.parent_id or "",
        name=entry.name,
        kind=entry.kind,
        start_ns=start_ns,
        end_ns=max(start_ns, end_ns) if end_ns else 0,
        status=_STATUS[entry.status],
        error=None if error is None else SpanError(error.type or "", error.message or "", error.stack or ""),
        session_id=entry.session_id,
        user_id=entry.user_id,
        environment=entry.environment,
        release=entry.release,
        service=entry.service,
        dialect=entry.dialect,
        scope=entry.scope,
        span_kind=entry.span_kind,
        model=entry.model_name or "",
        provider=entry.provider or "",
        model_parameters=_text(entry.model_parameters, _OBJECT),
        usage=_usage(entry),
        cost_usd=_cost(entry),
        is_cost_ours=entry.cost_is_ours,
        time_to_first_token_ms=_latency(entry),
        response_id=entry.response_id,
        tags=tuple(entry.tags),
        metadata={key: _metadata(value) for key, value in entry.metadata.items()},
        input_text=entry.input_text,
        output_text=entry.output_text,
        said=entry.said,
        input=_text(entry.input, _ANY),
        output=_text(entry.output, _ANY),
        input_messages=_text(entry.input_messages, _MESSAGES),
        output_messages=_text(entry.output_messages, _MESSAGES),
        attributes=_text(entry.attributes, _OBJECT),
        events=_text(entry.events, _EVENTS),
        links=_text(entry.links, _ARRAY),
        resource=_text(entry.resource, _OBJECT),
    )


_Decoder: TypeAlias = msgspec.json.Decoder[Any]
_ANY: Final[_Decoder] = msgspec.json.Decoder(msgspec.Raw)
_OBJECT: Final[_Decoder] = msgspec.json.Decoder(dict[str, msgspec.Raw])
_ARRAY: Final[_Decoder] = msgspec.json.Decoder(list[msgspec.Raw])
_MESSAGES: Final[_Decoder] = msgspec.json.Decoder(list[_Message])
_EVENTS: Final[_Decoder] = msgspec.json.Decoder(list[_Event])


def _text(raw: msgspec.Raw, shape: _Decoder) -> bytes:
    """The JSON text byte by byte, once it is known to be of the shape that its readers rely on; empty where there is nothing."""
    text = bytes(raw)
    if text in (b"", b"null") or (shape is not _ANY and text in (b"{}", b"[]")):
        return b""
    shape.decode(text)
    return text


def _metadata(raw: msgspec.Raw) -> str:
    try:
        orjson.loads(bytes(raw))
    except orjson.JSONDecodeError as error:
        raise Refused(reasons.MALFORMED, "a value in metadata is not JSON that can be read again") from error
    return bytes(raw).decode()


def _usage(entry: SpanEntry) -> Usage | None:
    usage = Usage(
        entry.prompt_tokens,
        entry.completion_tokens,
        entry.cached_tokens,
        entry.cache_write_tokens,
        entry.reasoning_tokens,
        entry.total_tokens,
    )
    counts = msgspec.structs.astuple(usage)
    if not all(0 <= count <= _MAX_COUNT for count in counts):
        raise Refused(reasons.MALFORMED, "a number of tokens is negative or beyond 64 bits")
    return usage if (any(counts) if entry.has_usage is None else entry.has_usage) else None


def _cost(entry: SpanEntry) -> Decimal | None:
    cost = entry.cost
    if cost is None:
        return None
    if not cost.is_finite() or not 0 <= cost <= _MAX_COST:
        raise Refused(reasons.MALFORMED, f"cost is not an amount of 0 to {_MAX_COST} dollars")
    return cost.quantize(_COST_STEP)


def _latency(entry: SpanEntry) -> int | None:
    latency = entry.time_to_first_token
    if latency is not None and not 0 <= latency < 2**32:
        raise Refused(reasons.MALFORMED, "timeToFirstToken is not a number of milliseconds")
    return latency


def _check_ids(entry: SpanEntry) -> None:
    if not 0 < len(entry.id) <= _MAX_ID:
        raise Refused(reasons.SPAN_ID, f"a span's id is not a text of 1 to {_MAX_ID} characters")
    if len(entry.parent_id or "") > _MAX_ID:
        raise Refused(reasons.PARENT_ID, f"parentId is longer than {_MAX_ID} characters")
    if len(entry.session_id) > reasons.MAX_SESSION_ID:
        raise Refused(reasons.SESSION_ID, f"sessionId is longer than {reasons.MAX_SESSION_ID} characters")


def _nanoseconds(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 19):
        raise Refused(reasons.MALFORMED, "a time is not a whole number of nanoseconds")
    return int(text)
