"""Any Python value as JSON: never fails, bounded in depth, number and length, with a visible mark where it was cut.

The copy is made at once, so what the program does to the value afterwards does not show. What is made of JSON's own
types takes the short way of ``_plain_values``; everything else is walked, see ``_foreign_values`` for what is read.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from itertools import islice
from typing import Any, TypeAlias

from threadline._foreign_values import converter, type_name
from threadline._plain_values import dump, dumped, is_utf8, left_after, plain_json

JsonValue: TypeAlias = "bool | int | float | str | list[JsonValue] | dict[str, JsonValue] | None"

MAX_DEPTH = 32
MAX_ITEMS = 10_000
"""Elements and keys in one value, all levels together."""
MAX_CHARACTERS = 1_000_000
"""Characters in one value, all its texts and keys together."""
MAX_TAGS = 100
MAX_OBJECTS = 500
"""Objects of no JSON type in one value, all levels together: reading one takes several times as long as an element."""
_ONE_OBJECT_MORE = f"[truncated: more than {MAX_OBJECTS} objects]"
_MAX_NAMED_BITS = 4096
_PLAIN_TYPES = frozenset({str, int, float, bool, type(None), dict, list, tuple})
_ITEMS_AT_ONCE = 64
_DEEPEST_SHARED = 3
"""Looking further down for what is plain would look at the same elements again and again."""
_MOST_SURROGATE_BYTES = 3 * 1_000
"""With more of them, joining the pairs takes longer than a value may take: each becomes a question mark."""


def json_text(value: object, max_characters: int = MAX_CHARACTERS) -> str:
    """Returns ``value`` as JSON text."""
    text = plain_json(value, max_characters, MAX_ITEMS, MAX_DEPTH)
    if text is None:
        text = dumped(_Copier(max_characters, shares=True).copy(value))
    return dump(_Copier(max_characters).copy(value)) if text is None else text


def json_object(value: Mapping[str, object], max_characters: int = MAX_CHARACTERS) -> dict[str, JsonValue]:
    """Returns a copy of ``value`` in JSON's types; what is no mapping is put under the key ``value``."""
    copy = _Copier(max_characters).copy(value)
    return copy if isinstance(copy, dict) else {"value": copy}


def text(value: object, max_characters: int = MAX_CHARACTERS) -> str:
    """Returns a text as it is, without lone surrogates, and any other value as JSON text."""
    if type(value) is str and len(value) <= max_characters and value.isascii():
        return value
    copy = _Copier(max_characters).copy(value)
    return copy if isinstance(copy, str) else dump(copy)


def texts(values: Iterable[object]) -> list[str]:
    """Returns each value as by ``text``, no more than ``MAX_TAGS``; a text by itself is one value, not its letters."""
    if isinstance(values, str):
        return [text(values)]
    copier = _Copier(MAX_CHARACTERS)
    copies = (copier.copy(value) for value in islice(values, MAX_TAGS))
    return [copy if isinstance(copy, str) else dump(copy) for copy in copies]


def shortened(text: str, characters: int) -> str:
    """Returns the beginning of ``text``, with a mark that tells how much is missing; all of it where it fits."""
    missing = len(text) - characters
    return text if missing <= 0 else f"{text[:characters]}[truncated: {missing} more characters]"


def _without_lone_surrogates(text: str) -> str:
    if text.isascii() or is_utf8(text):
        return text
    surrogates = len(text.encode("utf-8", "surrogatepass")) - len(text.encode("utf-8", "ignore"))
    if surrogates > _MOST_SURROGATE_BYTES:
        return text.encode("utf-8", "replace").decode()
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _integer(value: int) -> int | str:
    bits = int.bit_length(value)
    if bits < 64:
        return int.__add__(value, 0)  # JSON's type itself, where it is one derived from it
    # JSON's readers round such numbers, and Python refuses to print very long ones.
    return int.__repr__(value) if bits <= _MAX_NAMED_BITS else f"[integer of {bits} bits]"


def _float(value: float) -> float | str:
    if math.isfinite(value):
        return float.__add__(value, 0.0) if type(value) is not float else value
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


class _Copier:
    """Copies one value, spending its budget of elements and characters.

    Args:
        max_characters: All texts and keys together.
        shares: What is plain already is not copied, which is quicker: good enough for what is made JSON at once.
    """

    __slots__ = ("_characters", "_items", "_objects", "_path", "_readers", "_shares")

    def __init__(self, max_characters: int, *, shares: bool = False) -> None:
        self._characters = max_characters
        self._items = MAX_ITEMS
        self._objects = MAX_OBJECTS
        self._path: set[int] = set()
        """Identities of the containers around the value, to notice cycles."""
        self._readers: dict[type, _Reader] = {}
        self._shares = shares

    def copy(self, value: Any, depth: int = 0) -> JsonValue:
        if value is None or value is True or value is False:
            return value
        kind = type(value)
        if kind is str:
            return self.text(value)
        if kind is int:
            return _integer(value)
        if depth >= MAX_DEPTH:
            return f"[truncated: nested deeper than {MAX_DEPTH}]"
        if id(value) in self._path:
            return "[cycle]"
        self._path.add(id(value))
        try:
            read = self._readers.get(kind)
            if read is None:
                read = self._readers[kind] = _reader(kind)
            return read(self, value, depth)
        except Exception as error:  # noqa: BLE001  # the value's own code may fail in any way
            return f"[unreadable {type_name(value)}: {type(error).__name__}]"
        finally:
            self._path.discard(id(value))

    def foreign(self, value: object, depth: int, convert: Callable[[Any], object]) -> JsonValue:
        if self._objects == 0:
            return _ONE_OBJECT_MORE
        self._objects -= 1
        return self.copy(convert(value), depth + 1)

    def mapping(self, items: Iterable[tuple[Any, Any]], length: int, depth: int) -> JsonValue:
        copy: dict[str, JsonValue] = {}
        kept = self._kept(items)
        for key, item in kept:
            name = self.text(key) if type(key) is str else self._key(key, depth)
            copy[name] = self.copy(item, depth + 1)
        if (missing := length - len(kept)) > 0:
            copy["[truncated]"] = f"{missing} more keys"
        return copy

    def array(self, values: Iterable[Any], length: int, depth: int) -> JsonValue:
        kept = self._kept(values)
        copy: list[JsonValue] = []
        for start in range(0, len(kept), _ITEMS_AT_ONCE):
            some = kept[start : start + _ITEMS_AT_ONCE]
            if self._shared(some, depth):
                copy += some
            elif not self._append(copy, some, depth):
                break
        if (missing := length - len(copy)) > 0:
            copy.append(f"[truncated: {missing} more items]")
        return copy

    def _append(self, copy: list[JsonValue], items: list[Any], depth: int) -> bool:
        """Copies items one by one; False where one more object would be too many."""
        for item in items:
            if self._objects == 0 and type(item) not in _PLAIN_TYPES:
                return False
            copy.append(self.copy(item, depth + 1))
        return True

    def _shared(self, items: list[Any], depth: int) -> bool:
        """Whether these may stand in the copy as they are; then they are taken off the budgets."""
        if not self._shares or depth > _DEEPEST_SHARED:
            return False
        # The items themselves have been taken off already.
        left = left_after(items, self._characters, self._items + len(items), MAX_DEPTH - depth)
        if left is not None:
            self._characters, self._items = left
        return left is not None

    def text(self, text: str) -> str:
        length = str.__len__(text)
        if length <= self._characters:
            self._characters -= length
            plain = text if type(text) is str else str.__str__(text)
            return plain if plain.isascii() else _without_lone_surrogates(plain)
        kept, self._characters = str.__getitem__(text, slice(self._characters)), 0
        return f"{_without_lone_surrogates(kept)}[truncated: {length - len(kept)} more characters]"

    def _kept(self, values: Iterable[Any]) -> list[Any]:
        kept = list(islice(values, self._items))
        self._items -= len(kept)
        return kept

    def _key(self, key: object, depth: int) -> str:
        copy = self.copy(key, depth + 1)
        return copy if isinstance(copy, str) else dump(copy)


_Reader: TypeAlias = Callable[[_Copier, Any, int], JsonValue]


def _reader(kind: type) -> _Reader:
    """Returns how values of this type are read.

    By the type, never by isinstance(): a lazy proxy would fetch what it stands for to tell its class. And with the
    built-in types' own methods, so that the code of a type derived from them does not run.
    """
    for base, read in _READERS:
        if issubclass(kind, base):
            return read
    convert = converter(kind, MAX_ITEMS, MAX_CHARACTERS)
    return lambda copier, value, depth: copier.foreign(value, depth, convert)


def _array_of(base: Any) -> _Reader:
    return lambda copier, value, depth: copier.array(base.__iter__(value), base.__len__(value), depth)


def _mapping(copier: _Copier, value: Any, depth: int) -> JsonValue:
    return copier.mapping(value.items(), len(value), depth)


def _dict(copier: _Copier, value: Any, depth: int) -> JsonValue:
    return copier.mapping(dict.items(value), dict.__len__(value), depth)


def _enum(copier: _Copier, value: Any, depth: int) -> JsonValue:
    return copier.copy(value._value_, depth + 1)  # `value` itself may be a property of the class's own


def _scalar(read: Callable[[Any], JsonValue]) -> _Reader:
    return lambda _copier, value, _depth: read(value)


_READERS: tuple[tuple[type, _Reader], ...] = (
    (dict, _dict),
    *((base, _array_of(base)) for base in (list, tuple, set, frozenset, deque)),
    (Enum, _enum),
    (str, lambda copier, value, _depth: copier.text(value)),
    (int, _scalar(_integer)),
    (float, _scalar(_float)),
    (Mapping, _mapping),
)
