"""Messages that travel as one attribute per field: ``llm.input_messages.3.message.content``.

Programs send the same few sets of names again and again, so each set is taken apart once. An index of more than four digits
is none: such an attribute stays what it is, and no list is ever longer than the attributes that were sent.
"""

from __future__ import annotations

from typing import Any, NamedTuple, TypeAlias

from threadline_server.ingest.normalise.shape import Shape
from threadline_server.model import Attributes

Rows: TypeAlias = dict[int, dict[str, Any]]
"""Index -> field -> value."""


class Row(NamedTuple):
    """Of one item of a list: the (field, attribute's name) pairs, and the names of ``plain`` fields if it has just those."""

    at: int
    fields: tuple[tuple[str, str], ...]
    plain: tuple[str, ...] | None


class FlatList:
    """One list as it was sent: its items' ``layout`` by index, the attributes that they are made of, and those attributes' names."""

    __slots__ = ("_attributes", "layout", "names")

    def __init__(self, layout: tuple[Row, ...], names: tuple[str, ...], attributes: Attributes) -> None:
        self.layout = layout
        self.names = names
        self._attributes = attributes

    @property
    def rows(self) -> Rows:
        return {row.at: self.row(row) for row in self.layout}

    def row(self, row: Row) -> dict[str, Any]:
        """Field -> value of one item."""
        return {field: self._attributes[name] for field, name in row.fields}


class FlatLists:
    """Finds the lists that begin with ``prefixes`` among attributes; ``plain`` are the fields of their usual items."""

    def __init__(self, *prefixes: str, plain: tuple[str, ...] = ()) -> None:
        self._prefixes = prefixes
        self._plain = plain

    def gather(self, attributes: Attributes, shape: Shape) -> dict[str, FlatList]:
        """Prefix -> its list, as far as it was sent, where ``attributes`` are of this shape."""
        found = shape.once(self, lambda: self._layouts(attributes))
        return {prefix: FlatList(rows, names, attributes) for prefix, (rows, names) in found.items()}

    def _layouts(self, attributes: Attributes) -> dict[str, tuple[tuple[Row, ...], tuple[str, ...]]]:
        fields: dict[str, dict[int, list[tuple[str, str]]]] = {}
        for name in attributes:
            for prefix in self._prefixes:
                if place := _place(name, prefix):
                    fields.setdefault(prefix, {}).setdefault(place[0], []).append((place[1], name))
        return {
            prefix: (
                tuple(self._row(index, rows[index]) for index in sorted(rows)),
                tuple(name for row in rows.values() for _, name in row),
            )
            for prefix, rows in fields.items()
        }

    def _row(self, index: int, fields: list[tuple[str, str]]) -> Row:
        named = dict(fields)
        plain = tuple(named[field] for field in self._plain) if named.keys() == set(self._plain) else None
        return Row(index, tuple(fields), plain)


def _place(name: str, prefix: str) -> tuple[int, str] | None:
    """(index, field)."""
    if not name.startswith(prefix):
        return None
    index, dot, field = name[len(prefix) :].partition(".")
    if not dot or not field or not 0 < len(index) < 5 or not (index.isascii() and index.isdigit()):
        return None
    return int(index), field


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
