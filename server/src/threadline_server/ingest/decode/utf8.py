"""Texts that are not UTF-8: the parser refuses the whole message for one of them, so they are mended on the wire.

Only a message that failed to parse comes here. Source of the format: https://protobuf.dev/programming-guides/encoding.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from google.protobuf.descriptor import Descriptor, FieldDescriptor

_MAX_DEPTH: Final = 100
_MAX_FIELDS: Final = 400_000
"""About half a second's work; a larger message with a broken text is refused as a whole."""
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5


def repaired(message: bytes, descriptor: Descriptor) -> bytes:
    """The same message with U+FFFD for what is no UTF-8 in its text fields. Raises ``ValueError`` for no message at all."""
    return _repaired(message, descriptor, 0, iter(range(_MAX_FIELDS)))


def _repaired(message: bytes, descriptor: Descriptor, depth: int, budget: Iterator[int]) -> bytes:
    if depth > _MAX_DEPTH:
        raise ValueError("nested too deeply")
    out = bytearray()
    position = 0
    while position < len(message):
        if next(budget, None) is None:
            raise ValueError("too many fields")
        start = position
        tag, position = _varint(message, position)
        wire = tag & 7
        if wire == _BYTES:
            size, position = _varint(message, position)
            end = position + size
            if end > len(message):
                raise ValueError("cut short")
            content = _repaired_field(message[position:end], descriptor.fields_by_number.get(tag >> 3), depth, budget)
            out += _encoded(tag) + _encoded(len(content)) + content
            position = end
            continue
        if wire == _VARINT:
            _, position = _varint(message, position)
        elif wire in (_FIXED64, _FIXED32):
            position += 8 if wire == _FIXED64 else 4
        else:
            raise ValueError("unknown wire type")
        out += message[start:position]
    return bytes(out)


def _repaired_field(content: bytes, field: FieldDescriptor | None, depth: int, budget: Iterator[int]) -> bytes:
    if field is None:
        return content
    if field.type == FieldDescriptor.TYPE_STRING:
        return content.decode("utf-8", "replace").encode()
    if field.message_type is not None:
        return _repaired(content, field.message_type, depth + 1, budget)
    return content


def _varint(message: bytes, position: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        if position >= len(message):
            raise ValueError("cut short")
        byte = message[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, position
    raise ValueError("a number of more than 10 bytes")


def _encoded(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)
