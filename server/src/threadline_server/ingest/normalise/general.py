"""What any span may carry, whatever instrumented it: OpenTelemetry's general conventions.

Sources: https://opentelemetry.io/docs/specs/semconv/ (registry: session, user, enduser, service, deployment, error,
exceptions on spans), and OpenInference's context attributes ``metadata`` and ``tag.tags``, which others have taken over.
Names on the span come before the same names on the resource.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import Any, Final

import msgspec
import orjson

from threadline_server.ingest import json_text
from threadline_server.ingest.normalise.draft import Draft, plain_text
from threadline_server.ingest.normalise.plumbing import parted
from threadline_server.ingest.normalise.shape import Names
from threadline_server.ingest.reasons import MAX_SESSION_ID
from threadline_server.model import Attributes, RawEvent, RawSpan, SpanError

_NAMES: Final[Names] = (
    ("session.id", "session_id"),
    ("user.id", "user_id"),
    ("enduser.id", "user_id"),
    ("deployment.environment.name", "environment"),
    ("deployment.environment", "environment"),
    ("service.version", "release"),
    ("error.type", "error_type"),
)
_ON_RESOURCE: Final[Names] = (*_NAMES, ("gen_ai.conversation.id", "session_id"))
_IN_METADATA: Final = (
    (
        "session_id",
        (
            "session_id",
            "sessionId",
            "session.id",
            "langfuse_session_id",
            "thread_id",
            "threadId",
            "conversation_id",
            "conversationId",
            "chat_id",
            "chatId",
        ),
    ),
    ("user_id", ("user_id", "userId", "user.id", "langfuse_user_id")),
)
_EMPTY: Final = '""'
_TRACEBACK: Final = "Traceback (most recent call last):"
_JS_FRAME: Final = "\n    at "
"""Some senders put the stack into the message: Python's begins with the one, each line of JavaScript's after its first with the other."""
_MAX_PARAGRAPHS: Final = 20
"""Of a message, whose repetition is looked for."""
_SCRUBBED: Final = "[Scrubbed due to"
"""What Logfire writes in place of a value; never an id."""


class Resource(msgspec.Struct, frozen=True):
    """What all spans of one process share."""

    attributes: Attributes
    service: str
    environment: str
    release: str
    session_id: str
    user_id: str
    text: bytes


_last: list[Resource] = []


def resource_of(span: RawSpan) -> Resource:
    """The facts of a span's resource; spans that came together share it, so the last one is at hand."""
    if _last and (last := _last[0]).attributes is span.resource:
        return last
    found = Draft()
    found.offer_texts(span.resource, _ON_RESOURCE)
    resource = Resource(
        span.resource,
        plain_text(span.resource.get("service.name")),
        found.environment,
        found.release,
        found.session_id,
        found.user_id,
        json_text.dump(span.resource) if span.resource else b"",
    )
    _last[:] = [resource]
    return resource


def read(span: RawSpan, draft: Draft) -> None:
    draft.offer_texts(span.attributes, _NAMES)
    if draft.session_id.startswith(_SCRUBBED):
        draft.session_id = ""


def read_last(span: RawSpan, draft: Draft, resource: Resource) -> None:
    """What stands in for facts that neither the span nor its dialects named: the resource's, then those in the metadata."""
    attributes = span.attributes
    if "metadata" in attributes:
        _offer_metadata(attributes["metadata"], draft)
    if "tag.tags" in attributes:
        draft.offer_tags(attributes["tag.tags"])
    if draft.session_id.startswith(_SCRUBBED):
        draft.session_id = ""
    if draft.user_id.startswith(_SCRUBBED):
        draft.user_id = ""
    draft.session_id = draft.session_id or resource.session_id
    draft.user_id = draft.user_id or resource.user_id
    if draft.metadata and not (draft.session_id and draft.user_id):
        for field, keys in _IN_METADATA:
            found = next((key for key in keys if draft.metadata.get(key, _EMPTY) != _EMPTY), None)
            if found is not None and not getattr(draft, field):
                value = plain_text(orjson.loads(draft.metadata[found]))
                if len(value) > MAX_SESSION_ID:
                    draft.notes.append(f"metadata.{found}: longer than {MAX_SESSION_ID} characters")
                elif not value.startswith(_SCRUBBED):
                    setattr(draft, field, value)
    if draft.is_outside:
        draft.session_id = ""


def _offer_metadata(value: Any, draft: Draft) -> None:
    found = json_text.load_object(value)
    if found is not None:
        said, noted = parted(found)
        draft.offer_metadata(said.items())
        if not noted:
            draft.stored.add("metadata")


def error_of(span: RawSpan, draft: Draft) -> tuple[SpanError | None, RawEvent | None]:
    """The error in which the span ended, and the exception event that it was told by.

    A span that recorded an exception and ended well has handled it: that stays an event.
    """
    if span.status != "error" and (span.status == "ok" or not draft.error_type):
        return None, None
    event = next((event for event in reversed(span.events) if event.name == "exception"), None)
    told: dict[str, Any] = event.attributes if event is not None else {}
    message = (
        plain_text(told.get("exception.message"))
        or draft.error_message
        or span.status_message
        or plain_text(span.attributes.get("error.message"))
    )
    said, stack = _apart(message)
    error = SpanError(
        type=plain_text(told.get("exception.type")) or draft.error_type,
        message=said,
        stack=plain_text(told.get("exception.stacktrace")) or stack,
    )
    return error, event


def _apart(message: str) -> tuple[str, str]:
    """The message and the stack in it. JavaScript's begins with the message again, where that came before it."""
    said, traceback, below = message.partition(_TRACEBACK)
    if traceback or _JS_FRAME not in message:
        return said.rstrip(), traceback + below
    head = message.partition(_JS_FRAME)[0]
    for blank in islice(re.finditer("\n\n", head), _MAX_PARAGRAPHS):
        said, headline = head[: blank.start()], head[blank.end() :]
        if said and headline.endswith(said):
            return said.rstrip(), message[blank.end() :]
    return head.rstrip(), message
