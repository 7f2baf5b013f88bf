"""From what the dialects offered to the finished ``Span``: kind, error, usage, previews and what is left of the attributes."""

from __future__ import annotations

from typing import Any, Final

from threadline_server import messages
from threadline_server.ingest import json_text
from threadline_server.ingest.normalise import general
from threadline_server.ingest.normalise.draft import Draft
from threadline_server.ingest.normalise.evaluation import scores_of
from threadline_server.ingest.normalise.general import Resource
from threadline_server.ingest.normalise.usage import usage_of
from threadline_server.ingest.reasons import DROPPED_FIELDS
from threadline_server.messages import Message
from threadline_server.messages.said import said
from threadline_server.model import RawEvent, RawSpan, Span

PREVIEW: Final = 500
"""Characters of ``input_text`` and ``output_text``."""
_UNHEARD: Final = frozenset({"embedding", "evaluator", "guardrail", "reranker", "retriever"})
"""Kinds whose words are how the program works, not what was said in the conversation."""
_NOBODYS_WORDS: Final = _UNHEARD | {"tool"}
"""Kinds that are given what the program looks for: below a root, no preview of what a person asked."""
SENT_NAME: Final = "threadline.sent_name"
"""Attribute that keeps the name under which a span came, where another one is shown."""


def finished(raw: RawSpan, draft: Draft, resource: Resource, dialect: str) -> Span:
    usage = usage_of(draft)
    error, told_by = general.error_of(raw, draft) if raw.status == "error" or draft.error_type else (None, None)
    kind = draft.kind or ("generation" if usage is not None and draft.model else "span")
    asked, answered = draft.input_messages, draft.output_messages
    given, gave = asked or _read(draft.asked, "user"), answered or _read(draft.answered, "assistant")
    return Span(
        trace_id=raw.trace_id,
        span_id=raw.span_id,
        parent_id=raw.parent_id,
        name=draft.name or raw.name,
        kind=kind,
        start_ns=raw.start_ns,
        end_ns=raw.end_ns,
        status="error" if error is not None else raw.status,
        error=error,
        session_id=draft.session_id,
        user_id=draft.user_id,
        environment=draft.environment or resource.environment,
        release=draft.release or resource.release,
        service=resource.service,
        dialect=dialect,
        scope=raw.scope,
        span_kind=raw.span_kind,
        model=draft.model,
        provider=draft.provider,
        model_parameters=draft.model_parameters,
        usage=usage,
        cost_usd=draft.cost_usd,
        time_to_first_token_ms=draft.time_to_first_token_ms,
        response_id=draft.response_id,
        tags=tuple(draft.tags),
        metadata=draft.metadata,
        input_text="" if raw.parent_id and kind in _NOBODYS_WORDS else _preview(given, "user"),
        output_text="" if kind == "embedding" else _preview(gave, "assistant"),
        said="" if kind in _UNHEARD else said(given, gave),
        input=draft.input,
        output=draft.output,
        input_messages=json_text.dump(asked) if asked else b"",
        output_messages=json_text.dump(answered) if answered else b"",
        attributes=_left(raw, draft),
        events=_events(raw.events, told_by) if raw.events else b"",
        links=json_text.dump(raw.links) if raw.links else b"",
        resource=resource.text,
        scores=scores_of(raw.trace_id, raw.span_id, raw.events) if raw.events else (),
    )


def _read(value: Any, role: str) -> list[Message]:
    if not value:
        return []
    if isinstance(value, str) and value[:1] not in ("{", "["):
        return [{"role": role, "content": [{"type": "text", "text": value}]}]
    return messages.read(value, role)


def _preview(told: list[Message], role: str) -> str:
    """What a person would read: the last words of this role, else for a question, that is no tool's result, of anyone."""
    words = messages.last_text(told, role)
    if not words and told and role == "user" and told[-1]["role"] != "tool":
        words = next((text for message in reversed(told) if (text := messages.message_text(message))), "")
    return words[:PREVIEW].strip()


def _left(raw: RawSpan, draft: Draft) -> bytes:
    attributes, stored = raw.attributes, draft.stored
    if draft.name and draft.name != raw.name:
        attributes = {**attributes, SENT_NAME: raw.name}
    if draft.notes:
        earlier = attributes.get(DROPPED_FIELDS)
        attributes = {**attributes, DROPPED_FIELDS: [*(earlier if isinstance(earlier, list) else []), *draft.notes]}
    left = {name: value for name, value in attributes.items() if name not in stored} if stored else attributes
    return json_text.dump(left) if left else b""


def _events(events: tuple[RawEvent, ...], error: RawEvent | None) -> bytes:
    left = [
        {"name": event.name, "timeNs": event.time_ns, "attributes": event.attributes}
        for event in events
        if event is not error
    ]
    return json_text.dump(left) if left else b""
