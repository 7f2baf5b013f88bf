"""Messages that travel as one attribute per field: ``llm.input_messages.3.message.content``.

Programs use the same few hundred names again and again, so each name is taken apart once. An index of more than four digits
is none: such an attribute stays what it is, and no list is ever longer than the attributes that were sent.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple, TypeAlias

Rows: TypeAlias = dict[int, dict[str, Any]]
"""Index -> field -> value."""


class FlatList(NamedTuple):
    """One list's rows, and the attributes that they are made of."""

    rows: Rows
    names: list[str]


Place: TypeAlias = tuple[str, int, str]
"""(prefix, index, field)"""

MAX_NAMES: Final = 20_000
_UNKNOWN: Final[Place] = ("", 0, "")


class FlatLists:
    """Finds the lists that begin with ``prefixes`` among attributes."""

    def __init__(self, *prefixes: str) -> None:
        self._prefixes = prefixes
        self._places: dict[str, Place | None] = {}

    def gather(self, attributes: dict[str, Any]) -> dict[str, FlatList]:
        """Prefix -> its list, as far as it was sent."""
        found: dict[str, FlatList] = {}
        places = self._places
        for name, value in attributes.items():
            place = places.get(name, _UNKNOWN)
            if place is _UNKNOWN:
                place = self._learn(name)
            if place is not None:
                prefix, index, field = place
                flat = found.get(prefix)
                if flat is None:
                    flat = found[prefix] = FlatList({}, [])
                rows, names = flat
                names.append(name)
                row = rows.get(index)
                if row is None:
                    rows[index] = {field: value}
                else:
                    row[field] = value
        return found

    def _learn(self, name: str) -> Place | None:
        if len(self._places) >= MAX_NAMES:
            self._places.clear()
        place = next((place for prefix in self._prefixes if (place := _place(name, prefix))), None)
        self._places[name] = place
        return place


def _place(name: str, prefix: str) -> Place | None:
    if not name.startswith(prefix):
        return None
    index, dot, field = name[len(prefix) :].partition(".")
    if not dot or not field or not 0 < len(index) < 5 or not (index.isascii() and index.isdigit()):
        return None
    return prefix, int(index), field


def unflatten(row: dict[str, Any]) -> dict[str, Any]:
    """``{"tool_calls.0.id": 1}`` -> ``{"tool_calls": {"0": {"id": 1}}}``; where two names collide the shorter stands."""
    tree: dict[str, Any] = {}
    for field in sorted(row):
        at, parts = tree, field.split(".")[:12]
        for part in parts[:-1]:
            at = at.setdefault(part, {})
            if not isinstance(at, dict):
                break
        else:
            at.setdefault(parts[-1], row[field])
    return tree


def in_order(indexed: Any) -> list[dict[str, Any]]:
    """The objects of an unflattened list by their index."""
    if not isinstance(indexed, dict):
        return []
    numbered = [(int(key), item) for key, item in indexed.items() if key.isascii() and key.isdigit() and len(key) < 5]
    return [item for _, item in sorted(numbered, key=lambda pair: pair[0]) if isinstance(item, dict)]
