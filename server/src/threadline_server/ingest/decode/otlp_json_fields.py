"""Fields of OTLP's JSON, read by the type that the format gives them: camelCase first, snake_case too."""

from __future__ import annotations

from typing import Any, Final

from threadline_server.model import Attributes

_MAX_DEPTH: Final = 100
"""Levels of nested attribute values, as in the binary encoding."""


class Malformed(ValueError):
    """A field has another type than the format says; the message names the field."""


def check_signal(request: Any, camel: str, snake: str) -> None:
    """Raises ``Malformed`` for what is no request, and for another signal's."""
    if not isinstance(request, dict):
        raise Malformed("it is not a JSON object")
    for other in ("resourceSpans", "resourceLogs", "resourceMetrics"):
        if other in request and other != camel and field(request, camel, snake) is None:
            raise Malformed(f"it holds {other}, not {camel}")


def field(holder: dict[str, Any], camel: str, snake: str) -> Any:
    value = holder.get(camel)
    return holder.get(snake) if value is None else value


def scalar(value: Any) -> str | int | None:
    return value if isinstance(value, str | int) else None


def text(holder: dict[str, Any], camel: str, snake: str) -> str:
    value = field(holder, camel, snake)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Malformed(f"{camel} is not a text")
    return value


def time_ns(holder: dict[str, Any], camel: str, snake: str) -> int:
    value = field(holder, camel, snake)
    if value is None:
        return 0
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 20:
        return int(value)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if not isinstance(value, int) or isinstance(value, bool):
        raise Malformed(f"{camel} is not a whole number")
    return value


def listed(holder: dict[str, Any], camel: str, snake: str) -> list[Any]:
    value = field(holder, camel, snake)
    if value is None:
        return []
    if not isinstance(value, list):
        raise Malformed(f"{camel} is not an array")
    return value


def objects(holder: dict[str, Any], camel: str, snake: str) -> list[dict[str, Any]]:
    items = listed(holder, camel, snake)
    if not all(isinstance(item, dict) for item in items):
        raise Malformed(f"{camel} holds something that is not an object")
    return items


def attributes_of(holder: Any) -> Attributes:
    """The attributes of an object that carries them; of a name that comes twice the last stands."""
    if not isinstance(holder, dict):
        raise Malformed("resource is not an object")
    return {
        text(pair, "key", "key"): value_of(pair.get("value"), 0) for pair in objects(holder, "attributes", "attributes")
    }


def value_of(value: Any, depth: int) -> Any:
    """An ``AnyValue``, the usual kinds first."""
    if not isinstance(value, dict):
        if value is None:
            return None
        raise Malformed("an attribute's value is not an object")
    if "stringValue" in value or "string_value" in value:
        return text(value, "stringValue", "string_value")
    for (camel, snake), read in _VALUES:
        inner = field(value, camel, snake)
        if inner is not None:
            return read(inner, depth)
    return None


def _integer(value: Any, _: int) -> Any:
    if isinstance(value, str) and len(value) <= 20 and value.removeprefix("-").isdecimal() and value.isascii():
        return int(value)
    if isinstance(value, int | float):
        return value
    raise Malformed("an intValue is not a whole number")


def _double(value: Any, _: int) -> Any:
    if isinstance(value, int | float):
        return value
    try:
        return float(value)
    except (TypeError, ValueError) as error:
        raise Malformed("a doubleValue is not a number") from error


def _array(value: Any, depth: int) -> Any:
    if depth >= _MAX_DEPTH:
        raise Malformed("an attribute's value is nested too deeply")
    if not isinstance(value, dict):
        raise Malformed("an arrayValue is not an object")
    return [value_of(item, depth + 1) for item in listed(value, "values", "values")]


def _mapping(value: Any, depth: int) -> Any:
    if depth >= _MAX_DEPTH:
        raise Malformed("an attribute's value is nested too deeply")
    if not isinstance(value, dict):
        raise Malformed("a kvlistValue is not an object")
    return {
        text(pair, "key", "key"): value_of(pair.get("value"), depth + 1) for pair in objects(value, "values", "values")
    }


def _as_it_is(value: Any, _: int) -> Any:
    return value if isinstance(value, bool | str) else None


_VALUES: Final = (
    (("intValue", "int_value"), _integer),
    (("boolValue", "bool_value"), _as_it_is),
    (("doubleValue", "double_value"), _double),
    (("arrayValue", "array_value"), _array),
    (("kvlistValue", "kvlist_value"), _mapping),
    (("bytesValue", "bytes_value"), _as_it_is),
)
