"""Lists that are longer than a ClickHouse server takes as one parameter go as several that the statement puts together.

A parameter is a field of an HTTP request there, of at most ``http_max_field_value_size`` bytes (131,072 unless set): about 3,700
ids of traces, of which a round of the roll-up may have 5,000. The embedded engine has no such limit.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

FIELD_BYTES: Final = 100_000


def divided(
    statement: str, parameters: Mapping[str, Any], limit_bytes: int = FIELD_BYTES
) -> tuple[str, dict[str, Any]]:
    """The statement and its parameters, of which no list is longer than the limit as it is written (one element may be)."""
    given = dict(parameters)
    for name, value in parameters.items():
        if isinstance(value, list) and len(pieces := list(_pieces(value, limit_bytes))) > 1:
            del given[name]
            given |= {f"{name}_part{number}": piece for number, piece in enumerate(pieces)}
            statement = _with_parts(statement, name, len(pieces))
    return statement, given


def _with_parts(statement: str, name: str, count: int) -> str:
    def whole(found: re.Match[str]) -> str:
        parts = ", ".join(f"{{{name}_part{number}:{found[1]}}}" for number in range(count))
        return f"arrayConcat({parts})"

    return re.sub(rf"\{{{name}:([^{{}}]+)\}}", whole, statement)


def _pieces(values: Sequence[Any], limit_bytes: int) -> Iterator[list[Any]]:
    piece: list[Any] = []
    filled = 0
    for value in values:
        size = _written_bytes(value)
        if piece and filled + size > limit_bytes:
            yield piece
            piece, filled = [], 0
        piece.append(value)
        filled += size
    yield piece


def _written_bytes(value: Any) -> int:
    """At most so many, with what is escaped, quotes and a comma."""
    if isinstance(value, str):
        return 2 * len(value.encode()) + 4
    if isinstance(value, list | tuple):
        return 4 + sum(map(_written_bytes, value))
    return 24
