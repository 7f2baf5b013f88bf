"""Where a large OTLP body in protobuf may be cut: between resources, between scopes, between spans or log records.

Fields of a message may come in any order, and one message in several pieces; so a piece is some of the listed fields, preceded
by all others.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final, TypeVar

from google.protobuf.descriptor import Descriptor

from threadline_server.errors import BadRequest, TooLarge
from threadline_server.ingest.decode.pieces import MOST_PARTS, Format, Listed, Piece, Runs
from threadline_server.ingest.decode.protobuf_wire import LENGTH, as_varint, fields, varint

_Found = TypeVar("_Found")

_LISTS: Final = (b"\x0a", b"\x12", b"\x12")
"""Tags: ``resource_spans``, ``scope_spans``, ``spans``; the same numbers as ``resource_logs``, ``scope_logs``, ``log_records``."""

MOST_OTHERS: Final = 1_000
"""Fields of a message beside its list: there are two or three, and what is not known yet."""


def protobuf_format(request: Descriptor) -> Format:
    """Bodies that are an ``ExportTraceServiceRequest`` or an ``ExportLogsServiceRequest``."""
    return Format(len(_LISTS), _refusing(_listed), _refusing(partial(_parts, request)))


def _refusing(look: Callable[[bytes, int, int, int], _Found]) -> Callable[[bytes, int, int, int], _Found]:
    """The same, which raises ``BadRequest`` for what is no message."""

    def found(body: bytes, start: int, end: int, depth: int) -> _Found:
        try:
            return look(body, start, end, depth)
        except ValueError as error:
            raise BadRequest("cannot read the body: it is not a protobuf message") from error

    return found


def _listed(body: bytes, start: int, end: int, depth: int) -> Listed | None:
    if depth == len(_LISTS):
        return None
    tag = body[start : start + 1] if depth else b""
    start = _content(body, start, end, depth)
    runs = Runs(of_last=depth == len(_LISTS) - 1)
    others: list[bytes] = []
    listed = _LISTS[depth][0]
    for _, begun, _, after in fields(body, start, end):
        if body[begun] == listed:
            runs.add(begun, after)
        elif len(others) < MOST_OTHERS:
            others.append(body[begun:after])
        else:
            raise TooLarge(
                f"cannot take the body: it holds more than {MOST_OTHERS} fields beside one list",
                hint="No exporter writes so many; check what makes the body.",
            )
    return Listed(runs.all(), partial(_around, tag, b"".join(others)))


def _around(tag: bytes, others: bytes, piece: Piece) -> Piece:
    before = others + piece.before
    if not tag:
        return piece._replace(before=before)
    return piece._replace(before=tag + as_varint(len(before) + piece.end - piece.start) + before)


def _parts(request: Descriptor, body: bytes, start: int, end: int, depth: int) -> int:
    message = request
    for tag in _LISTS[:depth]:
        message = message.fields_by_number[tag[0] >> 3].message_type  # type: ignore[assignment]
    return _messages(message, body, _content(body, start, end, depth), end)


def _messages(message: Descriptor, body: bytes, start: int, end: int) -> int:
    """How many messages there are within one; of other fields, which take a fifth of the memory, five count as one."""
    found = 0.0
    open_ = [(message, start, end)]
    while open_:
        message, start, end = open_.pop()
        for tag, _, content, after in fields(body, start, end):
            field = message.fields_by_number.get(tag >> 3)
            if field is not None and field.message_type is not None and tag & 7 == LENGTH:
                found += 1
                open_.append((field.message_type, content, after))
            else:
                found += 0.2
            if found > MOST_PARTS:
                return MOST_PARTS + 1
    return int(found)


def _content(body: bytes, start: int, end: int, depth: int) -> int:
    """Where the fields of a stretch begin: below the top it is a field of the message around it."""
    return varint(body, start + 1, end)[1] if depth else start
