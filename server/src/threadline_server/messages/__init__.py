"""What was said: any value that a program gave as input or output, as the messages of the contract's section 6.

A message is ``{"role", "content": [parts]}`` and, where it has them, ``toolCalls`` ([{id, name, arguments}]), ``toolCallId``
and ``name``. Roles are system, user, assistant, tool, or the program's own word. A part is ``{"type": "text", "text"}``,
``{"type": "reasoning", "text"}`` or a reference - ``image``, ``audio``, ``video``, ``file`` with ``url``, ``mediaType``,
``bytes`` (a size), ``name``, ``id`` as far as known; the bytes themselves are never in it. Messages that say nothing are
left out. Nothing here raises, whatever JSON it is given, and reading what was read gives the same again.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from threadline_server.messages.envelopes import find, find_spoken
from threadline_server.messages.normalised import is_normalised
from threadline_server.messages.parts import result_parts
from threadline_server.messages.plain import MAX_DEPTH, compact, text_part
from threadline_server.messages.spelling import Message

__all__ = ["Message", "last_text", "message_text", "read", "read_result", "text"]


def read(value: object, role: str) -> list[Message]:
    """The messages of an input (role "user") or output (role "assistant"), in any known shape.

    ``role`` goes to what names no role itself. A value of no known shape is one message that shows it as JSON. Text that is
    itself JSON is opened only if it holds messages of a provider; an answer that happens to be JSON stays as it was said.
    """
    if isinstance(value, list) and is_normalised(value):
        return value
    if _is_hollow(value, 0):
        return []
    found = find(_opened(value) if isinstance(value, str) else value, role)
    if found is None:
        found = find_spoken(value, role)
    return [{"role": role, "content": [text_part(compact(value))]}] if found is None else found


def read_result(value: object) -> Message:
    """What a tool gave back as a message of role ``tool``, with the call's id and name where the value tells them."""
    found = find(_opened(value, '"tool') if isinstance(value, str) else value, "tool") or []
    if len(found) == 1 and found[0]["role"] == "tool":
        return found[0]
    return {"role": "tool", "content": result_parts(value)}


def _is_hollow(value: object, depth: int) -> bool:
    """Whether nothing is in it but empty things: ``{"args": [], "kwargs": {}}``."""
    if isinstance(value, dict | list) and depth < MAX_DEPTH:
        return all(_is_hollow(item, depth + 1) for item in (value.values() if isinstance(value, dict) else value))
    return value is None or value == ""


def _opened(value: str, mark: str = '"role"') -> object:
    if value[:1] not in ("{", "[") or mark not in value:
        return None
    try:
        opened: object = msgspec.json.decode(value)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None
    return opened


def message_text(message: Message) -> str:
    """The text of one message, without reasoning, tool calls and files."""
    parts = message["content"]
    if len(parts) == 1 and parts[0]["type"] == "text":
        return str(parts[0]["text"])
    return "\n".join(part["text"] for part in parts if part["type"] == "text" and part["text"])


def last_text(messages: Sequence[Message], role: str) -> str:
    """What this role said last; empty where it said nothing in words."""
    for message in reversed(messages):
        if message["role"] == role and (said := message_text(message)):
            return said
    return ""


def text(value: object) -> str:
    """What a person reads of a value: the words of its last message that has any."""
    return next((said for message in reversed(read(value, "user")) if (said := message_text(message))), "")
