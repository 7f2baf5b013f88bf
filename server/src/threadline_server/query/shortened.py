"""Messages that are shown beside others: as much of them as a page can hold."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from threadline_server.messages import Message
from threadline_server.query import present

MOST_CHARACTERS: Final = 20_000
"""Of the texts of one turn together."""
MOST_MESSAGES: Final = 200
MOST_DEPTH: Final = 50
_NAMES: Final = frozenset({"role", "toolCallId", "name", "modelName", "spanId"})


def shortened(told: Sequence[Message]) -> tuple[list[Message], bool]:
    """Messages whose texts have ``MOST_CHARACTERS`` together, and whether anything was left out."""
    room = _Room(MOST_CHARACTERS)
    shown = []
    for message in told[:MOST_MESSAGES]:
        if room.left <= 0:
            break
        shown.append({name: value if name in _NAMES else room.within(value) for name, value in message.items()})
    return shown, room.is_cut or len(shown) < len(told)


class _Room:
    """How many characters may still be told."""

    def __init__(self, most: int) -> None:
        self.left = most
        self.is_cut = False

    def within(self, value: Any, depth: int = 0) -> Any:
        """The value with its texts cut to the room that there is."""
        if isinstance(value, str):
            self.is_cut |= len(value) > self.left
            kept = value[: max(self.left, 0)]
            self.left -= len(value)
            return kept
        if not isinstance(value, dict | list):
            return value
        if depth == MOST_DEPTH:
            self.is_cut = True
            return present.TOO_DEEP
        if isinstance(value, list):
            return list(self._items(value, depth))
        return {name: self.within(item, depth + 1) for name, item in value.items()}

    def _items(self, values: Sequence[Any], depth: int) -> Iterator[Any]:
        for value in values:
            if self.left <= 0:
                self.is_cut = True
                return
            self.left -= 1
            yield self.within(value, depth + 1)
