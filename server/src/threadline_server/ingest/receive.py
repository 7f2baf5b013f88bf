"""From an HTTP request to the bytes that it carries: encodings, size limits, content types."""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator, Mapping
from typing import Final

import pyarrow as pa

from threadline_server.errors import BadRequest, TooLarge, UnsupportedMediaType

GZIP_WINDOW: Final = 31
SLICE: Final = 64 * 1024
PIECE: Final = 256 * 1024
MAX_MEMBERS: Final = 10_000


async def read_body(chunks: AsyncIterator[bytes], headers: Mapping[str, str], limit: int) -> bytes:
    """The whole body, inflated. Stops reading, and inflating, at ``limit`` bytes.

    Raises:
        TooLarge: the body is longer than ``limit``, on the wire or inflated.
        UnsupportedMediaType: its content encoding is neither gzip nor zstd nor none.
        BadRequest: it says gzip or zstd and is not.
    """
    encoding = headers.get("content-encoding", "identity").strip().lower()
    if encoding not in {"identity", "gzip", "zstd", ""}:
        raise UnsupportedMediaType(
            f"cannot read the body: content encoding {encoding[:40]!r}", hint="Send gzip, zstd or no encoding."
        )
    declared = headers.get("content-length", "")
    if declared.isdigit() and int(declared) > limit:
        raise _too_large(limit)
    body = bytearray()
    async for chunk in chunks:
        body += chunk
        if len(body) > limit:
            raise _too_large(limit)
    if encoding == "zstd":
        return unpack_zstd(bytes(body), limit)
    return inflate(bytes(body), limit) if encoding == "gzip" else bytes(body)


def inflate(data: bytes, limit: int) -> bytes:
    """Gunzip ``data``, all members, to at most ``limit`` bytes.

    It is fed in slices, since zlib copies what follows a member: many small members would cost their number squared. What
    comes out is kept in pieces, since one that grows is copied again and again: a bomb costs its limit, once.
    """
    pieces: list[bytes] = []
    size = members = 0
    unpacker = None
    try:
        for start in range(0, len(data), SLICE):
            left = data[start : start + SLICE]
            is_piece_full = False
            while left or is_piece_full:
                if unpacker is None:
                    unpacker, members = zlib.decompressobj(GZIP_WINDOW), members + 1
                if members > MAX_MEMBERS:
                    raise BadRequest("cannot inflate the body: it is cut into too many gzip members")
                most = min(PIECE, limit - size + 1)
                piece = unpacker.decompress(left, most)
                pieces.append(piece)
                size += len(piece)
                if size > limit:
                    raise _too_large(limit)
                is_piece_full = len(piece) == most and not unpacker.eof
                left = unpacker.unused_data if unpacker.eof else unpacker.unconsumed_tail
                if unpacker.eof:
                    unpacker = None
    except zlib.error as error:
        raise BadRequest("cannot inflate the body: it is not valid gzip") from error
    if unpacker is not None:
        raise BadRequest("cannot inflate the body: the gzip stream ends too early")
    return b"".join(pieces)


def unpack_zstd(data: bytes, limit: int) -> bytes:
    """Unpack ``data``, all frames, to at most ``limit`` bytes."""
    try:
        with pa.CompressedInputStream(pa.BufferReader(data), "zstd") as stream:
            out: bytes = stream.read(limit + 1)
    except OSError as error:
        raise BadRequest("cannot unpack the body: it is not valid zstd, or ends too early") from error
    if len(out) > limit:
        raise _too_large(limit)
    return out


def media_type(headers: Mapping[str, str]) -> str:
    """The content type without its parameters, in lower case."""
    return headers.get("content-type", "").partition(";")[0].strip().lower()


def _too_large(limit: int) -> TooLarge:
    return TooLarge(
        f"cannot take the body: it holds more than {limit} bytes once inflated",
        hint="Send smaller batches, or raise THREADLINE_MAX_BODY_BYTES.",
    )
