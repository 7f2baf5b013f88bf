"""Langfuse's own attributes, as its SDKs from version 3 on and LiteLLM's exporter for it write them.

Source: https://langfuse.com/integrations/native/opentelemetry (attribute mapping) and ``LangfuseOtelSpanAttributes`` of its SDKs.
What is said of the trace stands on whichever span the program said it on. Values are JSON text where they are no plain text.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from threadline_server.ingest import json_text
from threadline_server.ingest.normalise.draft import Draft, plain_text
from threadline_server.ingest.normalise.prefixed import offer_metadata, unquoted
from threadline_server.ingest.normalise.shape import Names
from threadline_server.ingest.told_numbers import real_number
from threadline_server.model import Kind, RawSpan

NAME: Final = "langfuse"
PREFIXES: Final = ("langfuse.",)

_KINDS: Final[dict[Any, Kind]] = {
    "generation": "generation", "span": "span", "event": "event", "agent": "agent", "tool": "tool", "chain": "span",
    "retriever": "retriever", "evaluator": "evaluator", "embedding": "embedding", "guardrail": "guardrail",
}  # fmt: skip
_TEXTS: Final[Names] = (
    ("langfuse.session.id", "session_id"),
    ("langfuse.user.id", "user_id"),
    ("langfuse.environment", "environment"),
    ("langfuse.release", "release"),
    ("langfuse.version", "release"),
    ("langfuse.observation.model.name", "model"),
)
_OF_OBSERVATION: Final[Names] = (
    ("langfuse.observation.metadata.langfuse_session_id", "session_id"),
    ("langfuse.observation.metadata.session_id", "session_id"),
    ("langfuse.observation.metadata.thread_id", "session_id"),
    ("langfuse.observation.metadata.sessionId", "session_id"),
    ("langfuse.observation.metadata.langfuse_user_id", "user_id"),
    ("langfuse.observation.metadata.user_id", "user_id"),
    ("langfuse.observation.metadata.userId", "user_id"),
    ("langfuse.observation.metadata.ls_provider", "provider"),
)
_METADATA: Final = "langfuse.observation.metadata"
_IN_METADATA: Final[Names] = tuple((name.removeprefix(f"{_METADATA}."), field) for name, field in _OF_OBSERVATION)
_TRACE_METADATA: Final = "langfuse.trace.metadata"
_USAGE: Final = "langfuse.observation.usage_details"
_FIRST_TOKEN: Final = "langfuse.observation.completion_start_time"


def read(span: RawSpan, draft: Draft) -> None:
    attributes = span.attributes
    get = attributes.get
    if draft.kind is None:
        said = get("langfuse.observation.type")
        draft.kind = _KINDS.get(said.lower()) if isinstance(said, str) else None
    draft.offer_texts(attributes, _TEXTS)
    _read_trace(span, draft)
    draft.offer_texts(attributes, _OF_OBSERVATION)
    if metadata := json_text.load_object(get(_METADATA)):  # it came as one object
        draft.offer_texts(metadata, _IN_METADATA)
    if draft.kind == "tool" and not draft.response_id:
        draft.response_id = plain_text(get("langfuse.observation.metadata.tool_call_id"))
    draft.offer_parameters("langfuse.observation.model.parameters", get("langfuse.observation.model.parameters"))
    usage = json_text.load_object(get(_USAGE))
    if usage:
        draft.offer_usage(usage)
    _read_cost(json_text.load_object(get("langfuse.observation.cost_details")), draft)
    _read_first_token(span, draft)
    if get("langfuse.observation.level") == "ERROR":
        draft.error_type = draft.error_type or "error"
        draft.error_message = plain_text(get("langfuse.observation.status_message"))
    for name in ("langfuse.observation.input", "langfuse.trace.input"):
        draft.offer_input(name, get(name), is_json=_is_json(get(name)))
    for name in ("langfuse.observation.output", "langfuse.trace.output"):
        draft.offer_output(name, get(name), is_json=_is_json(get(name)))


def _is_json(value: Any) -> bool:
    return isinstance(value, str) and value[:1] in ("{", "[", '"')


def _read_trace(span: RawSpan, draft: Draft) -> None:
    """Tags, metadata and name of the trace; a trace is called as its root is."""
    get = span.attributes.get
    draft.offer_tags(unquoted(get("langfuse.trace.tags")))
    if _TRACE_METADATA in span.attributes:
        draft.offer_metadata_object(_TRACE_METADATA, get(_TRACE_METADATA))
    offer_metadata(span.attributes, _TRACE_METADATA + ".", draft)
    if not span.parent_id and not draft.name:
        draft.name = plain_text(get("langfuse.trace.name"))


def _read_cost(details: dict[str, Any] | None, draft: Draft) -> None:
    """The sender's own sum, or the sum of its parts. A model that Langfuse has no price for comes as zeros: that is no price."""
    if not details:
        return
    parts = [number for key, value in details.items() if key != "total" and (number := real_number(value)) is not None]
    cost = details.get("total", sum(parts) if parts else None)
    if cost:
        draft.offer_cost("langfuse.observation.cost_details", cost)


def _read_first_token(span: RawSpan, draft: Draft) -> None:
    value = unquoted(span.attributes.get(_FIRST_TOKEN))
    if value is None or draft.time_to_first_token_ms is not None:
        return
    try:
        moment = dt.datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        draft.notes.append(f"{_FIRST_TOKEN}: no time")
        return
    if moment is not None:
        moment = moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
        at_ns = round(moment.timestamp() * 1_000_000) * 1_000
    else:
        at_ns = value if type(value) is int else 0
    if at_ns >= span.start_ns:
        draft.offer_latency(_FIRST_TOKEN, at_ns - span.start_ns, unit_ms=1e-6)
