"""Ids that a span carries beside its dialect: baggage that was copied to attributes, flattened metadata, other vendors' names.

They come last, and only names that can mean nothing else are taken (``thread.id`` is OpenTelemetry's word for a thread of
the process).
"""

from __future__ import annotations

from typing import Final

from threadline_server.ingest.normalise.draft import Draft, plain_text
from threadline_server.ingest.normalise.shape import Names
from threadline_server.model import RawSpan

NAME: Final = ""

_SESSIONS: Final = (
    "session_id", "sessionId", "langgraph.thread_id", "langgraph_thread_id", "conversation.id", "conversation_id",
    "conversationId", "thread_id", "threadId", "chat_id", "chatId",
)  # fmt: skip
_USERS: Final = ("user_id", "userId")
_CARRIERS: Final = ("", "baggage.", "metadata.")
_FOREIGN: Final[Names] = (
    ("baggage.session.id", "session_id"),
    ("baggage.user.id", "user_id"),
    ("lmnr.association.properties.session_id", "session_id"),
    ("lmnr.association.properties.user_id", "user_id"),
    ("mastra.metadata.sessionId", "session_id"),
    ("mastra.metadata.threadId", "session_id"),
    ("mastra.metadata.userId", "user_id"),
    ("openinference.session.id", "session_id"),
    ("mlflow.trace.session_id", "session_id"),
    ("langwatch.thread.id", "session_id"),
    ("langwatch.thread_id", "session_id"),
    ("langwatch.user.id", "user_id"),
    ("gen_ai.session.id", "session_id"),
    ("gen_ai.conversation_id", "session_id"),
    ("llm.session.id", "session_id"),
    ("llm.session_id", "session_id"),
    ("agno.session.id", "session_id"),
    ("agno.user.id", "user_id"),
    ("gen_ai.user.id", "user_id"),
    ("enduser.pseudo.id", "user_id"),
)
_NAMES: Final[Names] = (
    *_FOREIGN,
    *((carrier + name, "session_id") for carrier in _CARRIERS for name in _SESSIONS),
    *((carrier + name, "user_id") for carrier in _CARRIERS for name in _USERS),
)
PREFIXES: Final = tuple(name for name, _ in _NAMES)
_SCRUBBED: Final = "[Scrubbed due to"


def read(span: RawSpan, draft: Draft) -> None:
    attributes = span.attributes
    for name, field in _NAMES:
        value = attributes.get(name)
        if value and not getattr(draft, field):
            text = plain_text(value)
            if not text.startswith(_SCRUBBED):
                setattr(draft, field, text)
