"""Objects of no JSON type, made simpler without asking them to do anything that may take long, fail or change them.

Never called: ``repr`` and ``str`` of an unknown class, its iterator, its properties. What is left is its name.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from itertools import islice
from typing import Any


def type_name(value: object) -> str:
    """Returns the name of the value's class, with its module unless that is built in."""
    return _name(type(value))


def converter(kind: type, max_items: int, max_characters: int) -> Callable[[Any], object]:
    """Returns what makes values of a type that is neither plain nor a container simpler.

    Args:
        kind: Any type.
        max_items: How many elements a value may hold to be read at all.
        max_characters: How many bytes may be decoded as text.
    """
    for base in kind.__mro__:
        if (convert := _CONVERTERS.get(_name(base))) is not None:
            return convert
        if (convert_within := _BOUNDED.get(_name(base))) is not None:
            return lambda value: convert_within(value, max_items, max_characters)
    if issubclass(kind, os.PathLike):
        return os.fspath
    if (names := _field_names(kind)) is not None:
        return lambda value: _fields(value, names)
    return lambda value: f"[{type_name(value)}]"


def _name(kind: type) -> str:
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def _field_names(kind: Any) -> list[str] | None:
    """Returns the fields of a dataclass, of one made by attrs or of a msgspec Struct."""
    if (fields := getattr(kind, "__dataclass_fields__", None)) is not None:
        return list(fields)
    if (attributes := getattr(kind, "__attrs_attrs__", None)) is not None:
        return [attribute.name for attribute in attributes]
    if (names := getattr(kind, "__struct_fields__", None)) is not None:
        return list(names)
    return None


def _fields(value: object, names: list[str]) -> dict[str, object]:
    """Reads what is stored and computes nothing: the attribute of a mapped class may be a question to a database."""
    stored = getattr(value, "__dict__", {})
    kind = type(value)
    read = {}
    for name in names:
        if name in stored:
            read[name] = stored[name]
        elif type(getattr(kind, name, None)).__name__ in {"member_descriptor", "getset_descriptor"}:  # slots
            read[name] = getattr(value, name, None)
    return read


def _binary(value: bytes | bytearray | memoryview, _max_items: int, max_characters: int) -> str:
    if isinstance(value, memoryview):
        return f"[binary: {value.nbytes} bytes]"
    if len(value) > max_characters:
        return f"[binary: {len(value)} bytes]"
    try:
        return value.decode()
    except UnicodeDecodeError:
        return f"[binary: {len(value)} bytes]"


def _numpy(value: Any, max_items: int, max_characters: int) -> object:
    is_small = value.size <= max_items and value.nbytes <= 4 * max_characters
    return value.tolist() if is_small else f"[{type_name(value)}: shape {value.shape}]"


def _pydantic(value: Any, max_items: int, _max_characters: int) -> object:
    # Its own serialiser, for it knows what the class excludes or hides; it copies all, so first a look at how much.
    if _holds_more_than(max_items, value):
        return f"[truncated: {type_name(value)} of more than {max_items} items]"
    return value.model_dump(warnings=False) if hasattr(type(value), "model_dump") else value.dict()


def _holds_more_than(max_items: int, value: object) -> bool:
    """Counts elements through containers and objects' attributes, and stops as soon as it knows."""
    level: list[Any] = [value]
    left = max_items
    while level:
        deeper: list[Any] = []
        for one in level:
            kind = type(one)
            if issubclass(kind, dict):
                inner: Any = dict.values(one)
            elif issubclass(kind, list | tuple | set | frozenset):
                inner = one
            elif hasattr(kind, "__pydantic_fields__") or hasattr(kind, "__fields__"):
                inner = vars(one).values()
            else:
                continue
            left -= len(inner)
            if left < 0:
                return True
            deeper += islice(inner, max_items)
        level = deeper
    return False


def _exception(value: BaseException) -> str:
    return f"{type(value).__name__}: {value}"


def _isoformat(value: Any) -> object:
    return value.isoformat()


def _named(what: str) -> Callable[[Any], str]:
    return lambda value: f"[{what} {value.__module__}.{value.__qualname__}]"


_CONVERTERS: dict[str, Callable[[Any], object]] = {
    "BaseException": _exception,
    "complex": str,
    "datetime.date": _isoformat,  # datetime too
    "datetime.time": _isoformat,
    "datetime.timedelta": str,
    "decimal.Decimal": str,
    "fractions.Fraction": str,
    "function": _named("function"),
    "type": _named("class"),
    "types.SimpleNamespace": vars,
    "uuid.UUID": str,
}
_BOUNDED: dict[str, Callable[[Any, int, int], object]] = {
    "bytes": _binary,
    "bytearray": _binary,
    "memoryview": _binary,
    "numpy.generic": _numpy,
    "numpy.ndarray": _numpy,
    "pydantic.main.BaseModel": _pydantic,
    "pydantic.v1.main.BaseModel": _pydantic,
}
"""By name, so that no module is imported only to recognise its values."""
