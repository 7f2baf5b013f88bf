"""Bodies as they come: gzip of any cut and size, lengths, encodings."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import zlib
from collections.abc import AsyncIterator, Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from threadline_server.errors import BadRequest, TooLarge, UnsupportedMediaType
from threadline_server.ingest import receive

LIMIT = 1_000_000


def read(chunks: Sequence[bytes], headers: Mapping[str, str], limit: int = LIMIT) -> tuple[bytes, int]:
    """The body, and how many of the chunks were asked for."""
    asked = 0

    async def arriving() -> AsyncIterator[bytes]:
        nonlocal asked
        for chunk in chunks:
            asked += 1
            yield chunk

    return asyncio.run(receive.read_body(arriving(), headers, limit)), asked


@given(st.lists(st.binary(max_size=300), min_size=1, max_size=8), st.integers(0, 9))
def test_members_inflate_to_what_was_packed(parts: list[bytes], level: int) -> None:
    packed = b"".join(gzip.compress(part, level) for part in parts)

    assert receive.inflate(packed, LIMIT) == b"".join(parts)


@given(st.binary(min_size=1, max_size=300), st.data())
def test_a_stream_that_is_cut_anywhere_is_refused(body: bytes, data: st.DataObject) -> None:
    packed = gzip.compress(body)
    cut = data.draw(st.integers(1, len(packed) - 1))

    with pytest.raises(BadRequest):
        receive.inflate(packed[:cut], LIMIT)


@given(st.binary(max_size=200))
def test_any_bytes_inflate_or_are_refused(data: bytes) -> None:
    with contextlib.suppress(BadRequest):
        receive.inflate(data, LIMIT)


@pytest.mark.parametrize("size", [receive.SLICE - 1, receive.SLICE, receive.SLICE + 1, 3 * receive.SLICE])
def test_a_member_may_be_longer_than_a_slice(size: int) -> None:
    body = bytes(number * 2_654_435_761 >> 16 & 255 for number in range(size))

    assert receive.inflate(gzip.compress(body, 0) + gzip.compress(b"end"), LIMIT) == body + b"end"


@pytest.mark.parametrize("size", [receive.PIECE - 1, receive.PIECE, receive.PIECE + 1, 3 * receive.PIECE])
@pytest.mark.parametrize("level", [0, 9])
def test_a_member_may_inflate_to_more_than_a_piece(size: int, level: int) -> None:
    body = bytes(size)

    assert receive.inflate(gzip.compress(body, level) + gzip.compress(b"end"), LIMIT) == body + b"end"


@given(st.integers(0, 3 * receive.SLICE), st.integers(0, 9))
def test_a_body_of_any_length_inflates_to_itself(size: int, level: int) -> None:
    body = (b"abcdefgh" * (size // 8 + 1))[:size]

    assert receive.inflate(gzip.compress(body, level), LIMIT) == body


@pytest.mark.parametrize(("size", "fits"), [(LIMIT - 1, True), (LIMIT, True), (LIMIT + 1, False), (50 * LIMIT, False)])
def test_the_limit_is_on_the_inflated_body(size: int, fits: bool) -> None:
    packed = gzip.compress(bytes(size))

    if fits:
        assert receive.inflate(packed, LIMIT) == bytes(size)
    else:
        with pytest.raises(TooLarge):
            receive.inflate(packed, LIMIT)


def test_no_more_is_inflated_than_the_limit_and_one_byte(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    real = zlib.decompressobj

    class Counting:
        def __init__(self, window: int) -> None:
            self._unpacker = real(window)

        def decompress(self, data: bytes, most: int) -> bytes:
            asked.append(most)
            return self._unpacker.decompress(data, most)

        def __getattr__(self, name: str) -> object:
            return getattr(self._unpacker, name)

    monkeypatch.setattr(receive.zlib, "decompressobj", Counting)

    with pytest.raises(TooLarge):
        receive.inflate(gzip.compress(bytes(20 * LIMIT)), LIMIT)
    assert max(asked) == receive.PIECE
    assert sum(asked) == LIMIT + 1


def test_a_body_of_countless_members_is_refused() -> None:
    with pytest.raises(BadRequest, match="too many"):
        receive.inflate(gzip.compress(b"") * (receive.MAX_MEMBERS + 1), LIMIT)


@pytest.mark.parametrize("headers", [{}, {"content-encoding": ""}, {"content-encoding": " Identity "}])
def test_a_body_without_encoding_is_taken_as_it_is(headers: dict[str, str]) -> None:
    assert read([b"a", b"", b"b"], headers) == (b"ab", 3)


def test_reading_stops_at_the_limit() -> None:
    chunks = [b"x" * 600_000] * 5
    asked = iter(chunks)

    async def arriving() -> AsyncIterator[bytes]:
        for chunk in asked:
            yield chunk

    with pytest.raises(TooLarge):
        asyncio.run(receive.read_body(arriving(), {}, LIMIT))
    assert len(list(asked)) == 3


@pytest.mark.parametrize("length", ["", "x", "-5", "1e3", "0", str(LIMIT)])
def test_a_declared_length_matters_only_where_it_is_too_large(length: str) -> None:
    assert read([b"ab"], {"content-length": length}) == (b"ab", 1)
    with pytest.raises(TooLarge):
        read([b"ab"], {"content-length": str(LIMIT + 1)})


def test_another_encoding_is_refused_before_anything_is_read() -> None:
    with pytest.raises(UnsupportedMediaType):
        read([b"ab"], {"content-encoding": "br"})


@pytest.mark.parametrize(
    ("sent", "kind"),
    [
        ("application/json", "application/json"),
        (" Application/JSON ; charset=utf-8", "application/json"),
        ("", ""),
        (";", ""),
    ],
)
def test_the_content_type_is_read_without_its_parameters(sent: str, kind: str) -> None:
    assert receive.media_type({"content-type": sent}) == kind
    assert receive.media_type({}) == ""
