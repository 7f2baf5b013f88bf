"""Any Python value as JSON: never fails, bounded in depth, number and length, with a visible mark where it was cut.

The copy is made at once, so what the program does to the value afterwards does not show.
"""

from __future__ import annotations

import json
import math
import os
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from itertools import islice
from typing import Any, TypeAlias

JsonValue: TypeAlias = "bool | int | float | str | list[JsonValue] | dict[str, JsonValue] | None"

MAX_DEPTH = 32
MAX_ITEMS = 10_000
"""Elements and keys in one value, all levels together."""
MAX_CHARACTERS = 1_000_000
"""Characters in one value, all its texts and keys together."""

_dump = json.JSONEncoder(ensure_ascii=False, allow_nan=False, check_circular=False, separators=(",", ":")).encode


def json_text(value: object) -> str:
    """Returns ``value`` as JSON text."""
    return _dump(_Copier().copy(value))


def json_object(value: Mapping[str, object]) -> dict[str, JsonValue]:
    """Returns a copy of ``value`` in JSON's types; what is no mapping is put under the key ``value``."""
    copy = _Copier().copy(value)
    return copy if isinstance(copy, dict) else {"value": copy}


def text(value: object) -> str:
    """Returns a text as it is, without lone surrogates, and any other value as JSON text."""
    if type(value) is str and value.isascii() and len(value) <= MAX_CHARACTERS:
        return value
    copy = _Copier().copy(value)
    return copy if isinstance(copy, str) else _dump(copy)


def texts(values: Iterable[object]) -> list[str]:
    """Returns each value as by ``text``; a text by itself is one value, not one for each letter."""
    return [text(values)] if isinstance(values, str) else [text(value) for value in values]


def _is_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _without_lone_surrogates(text: str) -> str:
    if text.isascii() or _is_utf8(text):
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _type_name(value: object) -> str:
    kind = type(value)
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def _integer(value: int) -> int | str:
    bits = value.bit_length()
    if bits < 64:
        return value
    # JSON's readers round such numbers, and Python refuses to print very long ones.
    return str(value) if bits <= 4096 else f"[integer of {bits} bits]"


def _float(value: float) -> float | str:
    if math.isfinite(value):
        return value
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def _binary(value: bytes | bytearray | memoryview) -> str:
    if isinstance(value, memoryview) or len(value) > MAX_CHARACTERS:
        return f"[binary: {len(value)} bytes]"
    try:
        return value.decode()
    except UnicodeDecodeError:
        return f"[binary: {len(value)} bytes]"


def _numpy(value: Any) -> object:
    return value.tolist() if value.size <= MAX_ITEMS else f"[{_type_name(value)}: shape {value.shape}]"


def _isoformat(value: Any) -> object:
    return value.isoformat()


def _exception(value: BaseException) -> str:
    return f"{type(value).__name__}: {value}"


_CONVERTERS: dict[str, Callable[[Any], object]] = {
    "bytes": _binary,
    "bytearray": _binary,
    "memoryview": _binary,
    "BaseException": _exception,
    "complex": str,
    "datetime.date": _isoformat,  # datetime too
    "datetime.time": _isoformat,
    "datetime.timedelta": str,
    "decimal.Decimal": str,
    "fractions.Fraction": str,
    "uuid.UUID": str,
    "numpy.generic": _numpy,
    "numpy.ndarray": _numpy,
    "pydantic.main.BaseModel": lambda value: value.model_dump(warnings=False),
    "pydantic.v1.main.BaseModel": lambda value: value.dict(),
}
"""By name, so that no module is imported only to recognise its values."""


def _simplify(value: object) -> object:
    """Returns something nearer to JSON for a value that is neither a plain type nor a container."""
    for kind in type(value).__mro__:
        name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
        if (convert := _CONVERTERS.get(name)) is not None:
            return convert(value)
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if (fields := getattr(type(value), "__dataclass_fields__", None)) is not None:
        return {name: getattr(value, name, None) for name in fields}
    if hasattr(type(value), "__iter__"):
        # A generator would be used up; a query set would ask its database, in its repr() too.
        return f"[{_type_name(value)}]"
    return repr(value)


class _Copier:
    """Copies one value, spending its budget of elements and characters."""

    __slots__ = ("_characters", "_items", "_path")

    def __init__(self) -> None:
        self._characters = MAX_CHARACTERS
        self._items = MAX_ITEMS
        self._path: set[int] = set()
        """Identities of the containers around the value, to notice cycles."""

    def copy(self, value: object, depth: int = 0) -> JsonValue:
        if type(value) is str:
            return self._text(value)
        if value is None or value is True or value is False:
            return value
        if type(value) is int:
            return _integer(value)
        if type(value) is float:
            return _float(value)
        if depth >= MAX_DEPTH:
            return f"[truncated: nested deeper than {MAX_DEPTH}]"
        if id(value) in self._path:
            return "[cycle]"
        self._path.add(id(value))
        try:
            return self._compound(value, depth)
        except Exception as error:  # noqa: BLE001  # the value's own code may fail in any way
            return f"[unreadable {_type_name(value)}: {type(error).__name__}]"
        finally:
            self._path.discard(id(value))

    def _compound(self, value: object, depth: int) -> JsonValue:
        if isinstance(value, Mapping):
            return self._object(value, depth)
        if isinstance(value, list | tuple | set | frozenset | deque):
            return self._array(value, len(value), depth)
        if isinstance(value, Enum):
            return self.copy(value.value, depth + 1)
        if isinstance(value, str):
            return self._text(str.__str__(value))
        if isinstance(value, int):
            return _integer(int(value))
        if isinstance(value, float):
            return _float(float(value))
        return self.copy(_simplify(value), depth + 1)

    def _object(self, value: Mapping[object, object], depth: int) -> JsonValue:
        kept = list(islice(value.items(), self._items))
        self._items -= len(kept)
        copy = {self._key(key, depth): self.copy(item, depth + 1) for key, item in kept}
        if (missing := len(value) - len(kept)) > 0:
            copy["[truncated]"] = f"{missing} more keys"
        return copy

    def _array(self, values: Iterable[object], length: int, depth: int) -> JsonValue:
        kept = list(islice(values, self._items))
        self._items -= len(kept)
        copy = [self.copy(item, depth + 1) for item in kept]
        if (missing := length - len(kept)) > 0:
            copy.append(f"[truncated: {missing} more items]")
        return copy

    def _key(self, key: object, depth: int) -> str:
        if type(key) is str:
            return self._text(key)
        copy = self.copy(key, depth + 1)
        return copy if isinstance(copy, str) else _dump(copy)

    def _text(self, text: str) -> str:
        missing = len(text) - self._characters
        if missing <= 0:
            self._characters -= len(text)
            return _without_lone_surrogates(text)
        kept, self._characters = text[: self._characters], 0
        return f"{_without_lone_surrogates(kept)}[truncated: {missing} more characters]"
