"""Where a large OTLP body in protobuf may be cut: between resources, between scopes, between spans or log records.

Source: https://protobuf.dev/programming-guides/encoding. Fields of a message may come in any order, and one message in several
pieces; so a piece is some of the listed fields, preceded by all others.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Final

from google.protobuf.descriptor import Descriptor

from threadline_server.errors import BadRequest
from threadline_server.ingest.decode.pieces import MOST_PARTS, Format, Listed, Piece, Runs

_LISTS: Final = (b"\x0a", b"\x12", b"\x12")
"""Tags: ``resource_spans``, ``scope_spans``, ``spans``; the same numbers as ``resource_logs``, ``scope_logs``, ``log_records``."""
_WIDTHS: Final = {1: 8, 5: 4}
_LENGTH: Final = 2


def _varint(body: bytes, place: int, end: int) -> tuple[int, int]:
    """(the number, the place after it)."""
    number = shift = 0
    while place < end and shift < 64:
        byte = body[place]
        place += 1
        number |= (byte & 0x7F) << shift
        if byte < 0x80:
            return number, place
        shift += 7
    raise _malformed()


def _fields(body: bytes, start: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Of each field of a message: where its tag, its content and the next field begin."""
    while start < end:
        tag, place = _varint(body, start, end)
        kind = tag & 7
        if kind == _LENGTH:
            length, content = _varint(body, place, end)
            after = content + length
        elif kind == 0:
            content, (_, after) = place, _varint(body, place, end)
        else:
            content, after = place, place + _WIDTHS.get(kind, end)
        if after > end:
            raise _malformed()
        yield start, content, after
        start = after


def protobuf_format(request: Descriptor) -> Format:
    """Bodies that are an ``ExportTraceServiceRequest`` or an ``ExportLogsServiceRequest``."""
    return Format(len(_LISTS), _listed, partial(_parts, request))


def _listed(body: bytes, start: int, end: int, depth: int) -> Listed | None:
    if depth == len(_LISTS):
        return None
    tag = body[start : start + 1] if depth else b""
    start = _content(body, start, end, depth)
    runs = Runs(of_last=depth == len(_LISTS) - 1)
    others: list[bytes] = []
    listed = _LISTS[depth][0]
    for begun, _, after in _fields(body, start, end):
        if body[begun] == listed:
            runs.add(begun, after)
        else:
            others.append(body[begun:after])
    return Listed(runs.all(), partial(_around, tag, b"".join(others)))


def _around(tag: bytes, others: bytes, piece: Piece) -> Piece:
    before = others + piece.before
    if not tag:
        return piece._replace(before=before)
    return piece._replace(before=tag + _as_varint(len(before) + piece.end - piece.start) + before)


def _as_varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def _parts(request: Descriptor, body: bytes, start: int, end: int, depth: int) -> int:
    message = request
    for tag in _LISTS[:depth]:
        message = message.fields_by_number[tag[0] >> 3].message_type  # type: ignore[assignment]
    return _messages(message, body, _content(body, start, end, depth), end)


def _messages(message: Descriptor, body: bytes, start: int, end: int) -> int:
    """How many messages there are within one."""
    found = 0
    open_ = [(message, start, end)]
    while open_ and found <= MOST_PARTS:
        message, start, end = open_.pop()
        for begun, content, after in _fields(body, start, end):
            field = message.fields_by_number.get(body[begun] >> 3)
            if field is not None and field.message_type is not None and body[begun] & 7 == _LENGTH:
                found += 1
                open_.append((field.message_type, content, after))
    return found


def _content(body: bytes, start: int, end: int, depth: int) -> int:
    """Where the fields of a stretch begin: below the top it is a field of the message around it."""
    return _varint(body, start + 1, end)[1] if depth else start


def _malformed() -> BadRequest:
    return BadRequest("cannot read the body: it is not a protobuf message")
