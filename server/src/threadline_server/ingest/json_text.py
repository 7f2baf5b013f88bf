"""JSON text for the columns that hold it: written so that every reader can read it again, read without surprises."""

from __future__ import annotations

from typing import Any, Final

import orjson

_MAX_DEPTH: Final = 100
_TOO_DEEP: Final = "(nested too deeply to keep)"
_NOT_JSON: Final = object()


def dump(value: Any) -> bytes:
    """The value as JSON. What JSON or UTF-8 cannot hold is replaced: numbers over 64 bits become text, depth is cut."""
    try:
        return orjson.dumps(value)
    except TypeError:
        return orjson.dumps(_storable(value, 0))


def _storable(value: Any, depth: int) -> Any:
    if depth > _MAX_DEPTH:
        return _TOO_DEEP
    if isinstance(value, dict):
        return {clean(str(key)): _storable(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_storable(item, depth + 1) for item in value]
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, int) and not -(2**63) <= value < 2**64:
        return hex(value)
    return value if isinstance(value, int | float | None) else clean(str(value))


def clean(text: str) -> str:
    """The text with U+FFFD for lone surrogates, which UTF-8 cannot hold."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def load(text: str | bytes) -> tuple[bool, Any]:
    """Whether the text is JSON, and its value."""
    try:
        return True, orjson.loads(text)
    except orjson.JSONDecodeError:
        return False, None


def as_object(value: Any) -> dict[str, Any]:
    """The value, if it is an object; else an empty one."""
    return value if isinstance(value, dict) else {}


def load_object(text: Any) -> dict[str, Any] | None:
    """The object that an attribute holds, as JSON text or as a structured value; None where it holds none."""
    if isinstance(text, str) and text[:1].lstrip() in ("{", ""):
        _, text = load(text)
    return text if isinstance(text, dict) else None
