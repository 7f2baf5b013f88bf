"""Telling messages that are the contract's already, so that what was read at the door is not read again at every page."""

from __future__ import annotations

from typing import Final

_MESSAGE: Final = frozenset({"role", "content", "toolCalls", "toolCallId", "name"})
_CALL: Final = frozenset({"id", "name", "arguments"})
_WORDS: Final = frozenset({"type", "text"})
_REFERENCE: Final = frozenset({"type", "url", "mediaType", "bytes", "name", "id"})
_ROLES: Final = ("system", "user", "assistant", "tool")


def is_normalised(values: list[object]) -> bool:
    """Whether reading these messages would change nothing. In doubt no."""
    return all(isinstance(value, dict) and _is_message(value) for value in values)


def _is_message(value: dict[str, object]) -> bool:
    content, calls = value.get("content"), value.get("toolCalls", [])
    if value.get("role") not in _ROLES or not value.keys() <= _MESSAGE:
        return False
    if (
        not isinstance(content, list)
        or not isinstance(calls, list)
        or not (content or calls or value["role"] == "tool")
    ):
        return False
    if not all(isinstance(value.get(key, ""), str) for key in ("toolCallId", "name")):
        return False
    return all(map(_is_part, content)) and all(map(_is_call, calls)) and not _only_reasons(content, calls)


def _is_part(part: object) -> bool:
    if not isinstance(part, dict):
        return False
    if part.get("type") in ("text", "reasoning"):
        return part.keys() == _WORDS and isinstance(part["text"], str) and part["text"] != ""
    if part.get("type") not in ("image", "audio", "video", "file") or not part.keys() <= _REFERENCE:
        return False
    return isinstance(part.get("bytes", 0), int) and not str(part.get("url", "")).startswith("data:")


def _is_call(call: object) -> bool:
    return isinstance(call, dict) and call.keys() == _CALL and not isinstance(call["arguments"], str)


def _only_reasons(content: list[dict[str, object]], calls: list[object]) -> bool:
    """Reasoning alone may belong to the message after it."""
    return bool(content) and not calls and all(part["type"] == "reasoning" for part in content)
