"""The spool's files as bytes: a head that says how far the file has been delivered, then records with checksums.

All numbers are big-endian. A head is ``TLSPOOL1``, the offset of the first record that is not delivered, how many spans
lie before it, and the CRC-32 of these. A record is a mark, its kind, the length of its body, how many spans it holds,
how many lie before it in the file, the CRC-32 of the body and that of the record's own head; then the body, deflated.
The numbering tells how many spans a damaged stretch held.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

MAGIC: Final = b"TLSPOOL1"
SPANS: Final = 0
REPORT: Final = 1
SCORES: Final = 3
"""What a record holds: spans, a report on dropped ones, or scores, which count as spans in all that follows."""
_END: Final = 2

_POSITION = struct.Struct(">8sQQ")
_CHECKSUM = struct.Struct(">I")
HEAD_BYTES: Final = _POSITION.size + _CHECKSUM.size
_MARK: Final = b"\xf5TLR"
_RECORD = struct.Struct(">4sBIIQI")
_RECORD_BYTES: Final = _RECORD.size + _CHECKSUM.size
_MAX_BODY_BYTES: Final = 64 * 1024 * 1024
_LEVEL = 1


class Position(NamedTuple):
    """Where to read on."""

    offset: int = HEAD_BYTES
    spans: int = 0
    """How many spans lie before it."""


class Record(NamedTuple):
    """One record, or what is left to say at the end of a file."""

    kind: int
    body: bytes
    spans: int
    after: Position
    lost: int
    """Spans before this record that could not be read."""

    @property
    def is_end(self) -> bool:
        return self.kind == _END


class _RecordHead(NamedTuple):
    kind: int
    size: int
    spans: int
    before: int
    checksum: int


def head(position: Position) -> bytes:
    """Returns the first bytes of a file."""
    return _checked(_POSITION.pack(MAGIC, *position))


def record(kind: int, body: bytes, *, spans: int, before: int) -> bytes:
    """Returns a record's bytes; ``before`` is the number of spans in the file so far."""
    packed = zlib.compress(body, _LEVEL)
    return _checked(_RECORD.pack(_MARK, kind, len(packed), spans, before, zlib.crc32(packed))) + packed


def join(resource: bytes, spans: Sequence[bytes]) -> bytes:
    """Returns the body of a record of spans; JSON as we write it holds no line breaks."""
    return b"\n".join((resource, *spans))


def split(body: bytes) -> tuple[bytes, list[bytes]]:
    """Undoes ``join``."""
    resource, *spans = body.split(b"\n")
    return resource, spans


def position(data: bytes) -> Position:
    """Returns where to read on in a file; where that cannot be read, at its beginning."""
    if not data.startswith(MAGIC):
        return Position(0, 0)
    packed = data[: _POSITION.size]
    if data[_POSITION.size : HEAD_BYTES] != _CHECKSUM.pack(zlib.crc32(packed)):
        return Position()
    _, offset, spans = _POSITION.unpack(packed)
    return Position(offset, spans)


def records(data: bytes, start: Position) -> Iterator[Record]:
    """Reads a file from ``start``: skips what is damaged, and says with the next record, or at the end, how much that was."""
    offset, seen = start
    told = seen
    """Spans up to here are known to have been written, read or not."""
    is_damaged = False
    while offset < len(data):
        found = _record_head(data, offset)
        body = None if found is None else _body(data, offset, found)
        if found is None or body is None:
            is_damaged = True
            told = max(told, 0 if found is None else found.before + found.spans)
            offset = _next_mark(data, offset + 1)
            continue
        offset += _RECORD_BYTES + found.size
        after = Position(offset, found.before + found.spans)
        yield Record(found.kind, body, found.spans, after, max(found.before - seen, 0))
        seen = told = after.spans
        is_damaged = False
    # A damaged end that does not tell its number of spans held one at least.
    yield end(Position(len(data), told), max(told - seen, int(is_damaged)))


def end(after: Position, lost: int) -> Record:
    """Returns what stands behind the last record of a file."""
    return Record(_END, b"", 0, after, lost)


def _checked(packed: bytes) -> bytes:
    return packed + _CHECKSUM.pack(zlib.crc32(packed))


def _record_head(data: bytes, offset: int) -> _RecordHead | None:
    packed = data[offset : offset + _RECORD.size]
    checksum = data[offset + _RECORD.size : offset + _RECORD_BYTES]
    if not packed.startswith(_MARK) or checksum != _CHECKSUM.pack(zlib.crc32(packed)):
        return None
    return _RecordHead(*_RECORD.unpack(packed)[1:])


def _body(data: bytes, offset: int, found: _RecordHead) -> bytes | None:
    begin = offset + _RECORD_BYTES
    packed = data[begin : begin + found.size]
    if len(packed) != found.size or zlib.crc32(packed) != found.checksum:
        return None
    inflater = zlib.decompressobj()
    try:
        body = inflater.decompress(packed, _MAX_BODY_BYTES)
    except zlib.error:
        return None
    return body if inflater.eof else None


def _next_mark(data: bytes, offset: int) -> int:
    found = data.find(_MARK, offset)
    return len(data) if found < 0 else found
