"""Texts that are not UTF-8: the parser refuses the whole message for one of them, so they are mended on the wire.

Only a message that failed to parse comes here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from google.protobuf.descriptor import Descriptor, FieldDescriptor

from threadline_server.ingest.decode import protobuf_wire

_MAX_DEPTH: Final = 100
_MAX_FIELDS: Final = 400_000
"""About half a second's work; a larger message with a broken text is refused as a whole."""


def repaired(message: bytes, descriptor: Descriptor) -> bytes:
    """The same message with U+FFFD for what is no UTF-8 in its text fields. Raises ``ValueError`` for no message at all."""
    return _repaired(message, descriptor, 0, iter(range(_MAX_FIELDS)))


def _repaired(message: bytes, descriptor: Descriptor, depth: int, budget: Iterator[int]) -> bytes:
    if depth > _MAX_DEPTH:
        raise ValueError("nested too deeply")
    out = bytearray()
    for tag, start, begun, end in protobuf_wire.fields(message, 0, len(message)):
        if next(budget, None) is None:
            raise ValueError("too many fields")
        if tag & 7 != protobuf_wire.LENGTH:
            out += message[start:end]
            continue
        content = _repaired_field(message[begun:end], descriptor.fields_by_number.get(tag >> 3), depth, budget)
        out += protobuf_wire.as_varint(tag) + protobuf_wire.as_varint(len(content)) + content
    return bytes(out)


def _repaired_field(content: bytes, field: FieldDescriptor | None, depth: int, budget: Iterator[int]) -> bytes:
    if field is None:
        return content
    if field.type == FieldDescriptor.TYPE_STRING:
        return content.decode("utf-8", "replace").encode()
    if field.message_type is not None:
        return _repaired(content, field.message_type, depth + 1, budget)
    return content
