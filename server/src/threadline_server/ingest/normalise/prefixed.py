"""Facts that travel one per attribute below a common beginning: ``ai.telemetry.metadata.plan``, ``langfuse.trace.metadata.plan``."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Any, Final

from threadline_server.ingest import json_text
from threadline_server.ingest.normalise.draft import Draft
from threadline_server.ingest.normalise.plumbing import is_plumbing

_MAX_LITERAL: Final = 20_000
"""Characters of a Python literal that is read."""
_WORDS: Final = ('"', "\\", ": '", "['")
_NO_REPR: Final = re.compile(r"(?<!\\)(?:\\\\)*\\[^\\'\"nrtxuU]")
"""An escape that ``repr`` never writes; Python would warn of it."""


def under(attributes: dict[str, Any], prefix: str) -> Iterator[tuple[str, str, Any]]:
    """(attribute's name, what follows the beginning, value) of each."""
    cut = len(prefix)
    for name, value in attributes.items():
        if name.startswith(prefix) and len(name) > cut:
            yield name, name[cut:], value


def offer_metadata(attributes: dict[str, Any], prefix: str, draft: Draft) -> None:
    """What stands below a beginning as the caller's own metadata; ``tags`` among it are tags, a framework's own stays where it is."""
    for name, key, value in under(attributes, prefix):
        if key == "tags":
            draft.offer_tags(value)
        elif value not in ("", None) and not is_plumbing(key):
            draft.offer_metadata([(key, unquoted(value))])
            draft.stored.add(name)


def unquoted(value: Any) -> Any:
    """The value of a text that is JSON itself: some senders encode every value, so that texts come in quotes."""
    if isinstance(value, str) and value[:1] in ('"', "[", "{"):
        found, parsed = json_text.load(value)
        return parsed if found else value
    return value


def unrepresented(value: Any) -> dict[str, Any]:
    """An object that came as JSON or as Python writes it (``{'cache_read': 64, 'name': None}``); empty where it is none."""
    return json_text.as_object(evaluated(value))


def evaluated(value: Any) -> Any:
    """The value of a text that is JSON or a Python literal; any other value as it is."""
    if not isinstance(value, str) or value[:1] not in ("{", "[") or len(value) > _MAX_LITERAL:
        return value
    found, parsed = json_text.load(value if any(mark in value for mark in _WORDS) else _as_json(value))
    return parsed if found else literal(value, otherwise=value)


def _as_json(shown: str) -> str:
    """A literal without texts for values, as JSON: counts come like that, and this reads fifty times faster."""
    return shown.replace("'", '"').replace(": None", ": null").replace(": True", ": true").replace(": False", ": false")


def literal(text: str, *, otherwise: Any, most: int = _MAX_LITERAL) -> Any:
    """The value of a Python literal of at most so many characters as ``repr`` writes it, as JSON would hold it."""
    if len(text) > most or _NO_REPR.search(text):
        return otherwise
    try:
        value = ast.literal_eval(text)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return otherwise
    return json_text.load(json_text.dump(value))[1]
