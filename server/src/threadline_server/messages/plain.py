"""Small readings that every shape shares: the first field that says something, a value as one line of JSON."""

from __future__ import annotations

import re
from typing import Any, Final, TypeAlias

import msgspec

Block: TypeAlias = dict[str, Any]

MAX_DEPTH: Final = 16
"""How many envelopes are opened; what lies deeper is shown as JSON."""
_MAX_JSON_DEPTH: Final = 64
_BINARY: Final = re.compile(r"(?:data:[^,]{0,200},)?[A-Za-z0-9+/_=-]{1024}")


def compact(value: object) -> str:
    """The value as JSON on one line, with embedded files named by their size only."""
    try:
        return msgspec.json.encode(_without_binaries(value, 0)).decode()
    except (RecursionError, TypeError, ValueError):
        return "(a value that cannot be shown)"


def _without_binaries(value: object, depth: int) -> object:
    if isinstance(value, str):
        return f"({len(value)} characters of binary data)" if _BINARY.match(value) else value
    if depth > _MAX_JSON_DEPTH:
        return "(nested too deeply to show)"
    if isinstance(value, dict):
        return {str(key): _without_binaries(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_without_binaries(item, depth + 1) for item in value]
    return value


def first(block: Block, *keys: str) -> Any:
    """The first value under these keys that is neither missing nor null nor an empty text."""
    return next((block[key] for key in keys if block.get(key) not in (None, "")), None)


def text_part(text: object) -> Block:
    return {"type": "text", "text": text if isinstance(text, str) else compact(text)}
