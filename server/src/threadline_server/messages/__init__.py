"""What was said: any value that a program gave as input or output, as the messages of the contract's section 6.

A message is ``{"role", "content": [parts]}`` and, where it has them, ``toolCalls`` ([{id, name, arguments}]), ``toolCallId``
and ``name``. Roles are system, user, assistant, tool, or the program's own word. A part is ``{"type": "text", "text"}``,
``{"type": "reasoning", "text"}`` or a reference - ``image``, ``audio``, ``video``, ``file`` with ``url``, ``mediaType``,
``bytes`` (a size), ``name``, ``id`` as far as known; the bytes themselves are never in it. Messages that say nothing are
left out. Nothing here raises, whatever JSON it is given, and reading what was read gives the same again.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from threadline_server.messages.envelopes import find, find_spoken
from threadline_server.messages.plain import compact, text_part
from threadline_server.messages.spelling import Message

__all__ = ["Message", "last_text", "message_text", "read", "text"]


def read(value: object, role: str) -> list[Message]:
    """The messages of an input (role "user") or output (role "assistant"), in any known shape.

    ``role`` goes to what names no role itself. A value of no known shape is one message that shows it as JSON. Text that is
    itself JSON is opened only if it holds messages of a provider; an answer that happens to be JSON stays as it was said.
    """
    if value is None or value == "" or value in ([], {}):
        return []
    found = find(_opened(value) if isinstance(value, str) else value, role)
    if found is None:
        found = find_spoken(value, role)
    return [{"role": role, "content": [text_part(compact(value))]}] if found is None else found


def _opened(value: str) -> object:
    if value[:1] not in ("{", "[") or '"role"' not in value:
        return None
    try:
        opened: object = msgspec.json.decode(value)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None
    return opened


def message_text(message: Message) -> str:
    """The text of one message, without reasoning, tool calls and files."""
    return "\n".join(part["text"] for part in message["content"] if part["type"] == "text" and part["text"])


def last_text(messages: Iterable[Message], role: str) -> str:
    """What this role said last; empty where it said nothing in words."""
    return next(
        (said for message in reversed(list(messages)) if message["role"] == role and (said := message_text(message))),
        "",
    )


def text(value: object) -> str:
    """What a person reads of a value: the words of its last message that has any."""
    return next((said for message in reversed(read(value, "user")) if (said := message_text(message))), "")
