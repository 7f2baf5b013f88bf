"""The fields of a protobuf message on the wire, for what the parser cannot say of a message or does not get to see.

Source: https://protobuf.dev/programming-guides/encoding. Whatever is no message raises ``ValueError``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

LENGTH: Final = 2
"""The kind of field, the last three bits of its tag, that holds a text, bytes or a message: as many bytes as it says first."""
_VARINT: Final = 0
_WIDTHS: Final = {1: 8, 5: 4}
_MOST_BITS: Final = 70


def varint(body: bytes, place: int, end: int) -> tuple[int, int]:
    """(the number, the place after it)."""
    number = 0
    for shift in range(0, _MOST_BITS, 7):
        if place >= end:
            raise ValueError("cut short")
        byte = body[place]
        place += 1
        number |= (byte & 0x7F) << shift
        if byte < 0x80:
            return number, place
    raise ValueError("a number of more than 10 bytes")


def as_varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def fields(body: bytes, start: int, end: int) -> Iterator[tuple[int, int, int, int]]:
    """Of each field of a message its tag, and where the field, its content and the next field begin."""
    while start < end:
        tag, place = varint(body, start, end)
        kind = tag & 7
        if tag <= kind:
            raise ValueError("a field without a number")
        if kind == LENGTH:
            length, content = varint(body, place, end)
            after = content + length
        elif kind == _VARINT:
            content, (_, after) = place, varint(body, place, end)
        elif kind in _WIDTHS:
            content, after = place, place + _WIDTHS[kind]
        else:
            raise ValueError("unknown wire type")
        if after > end:
            raise ValueError("cut short")
        yield tag, start, content, after
        start = after
