"""Spring AI: its ``ChatClient``, advisors, tools and vector stores, beside the GenAI names that its models write.

Source: https://docs.spring.io/spring-ai/reference/observability/. Numbers come as text. The conversation is named by the chat
client's span only, and called ``default`` by programs that do not tell theirs apart.
"""

from __future__ import annotations

from typing import Final

from threadline_server.ingest.normalise.draft import Draft, plain_text
from threadline_server.model import Kind, RawSpan

NAME: Final = "spring-ai"
PREFIXES: Final = ("spring.ai.",)

_KINDS: Final[dict[str, Kind]] = {"chat_client": "agent", "tool_call": "tool", "vector_store": "retriever"}
_CONVERSATION: Final = "spring.ai.chat.client.conversation.id"
_NOBODYS: Final = "default"
_INPUTS: Final = ("spring.ai.tool.call.arguments", "db.vector.query.content")
_OUTPUTS: Final = ("spring.ai.tool.call.result", "db.vector.query.response.documents")


def read(span: RawSpan, draft: Draft) -> None:
    get = span.attributes.get
    kind = plain_text(get("spring.ai.kind"))
    if draft.kind is None:
        draft.kind = _KINDS.get(kind)
    named = plain_text(get(_CONVERSATION))
    if named and named != _NOBODYS and not draft.session_id:
        draft.session_id = named
    if kind == "tool_call":
        draft.name = draft.name or plain_text(get("spring.ai.tool.definition.name"))
    for name in _INPUTS:
        draft.offer_input(name, get(name), is_json=True)
    for name in _OUTPUTS:
        draft.offer_output(name, get(name), is_json=True)
    draft.offer_input("spring.ai.chat.client.user.text", get("spring.ai.chat.client.user.text"), is_json=False)
