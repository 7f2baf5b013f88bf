import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from threadline import _spool_format as form
from threadline._spool_format import HEAD_BYTES, Position

BODIES = st.lists(st.tuples(st.binary(max_size=200), st.integers(1, 9)), max_size=8)


def written(records: list[tuple[bytes, int]]) -> bytes:
    data, before = form.head(Position()), 0
    for body, spans in records:
        data += form.record(form.SPANS, body, spans=spans, before=before)
        before += spans
    return data


def read(data: bytes) -> tuple[list[tuple[bytes, int]], int]:
    """The records, and how many spans are told to be lost."""
    found = list(form.records(data, form.position(data)))
    assert [record.is_end for record in found] == [False] * (len(found) - 1) + [True]
    return [(record.body, record.spans) for record in found[:-1]], sum(record.lost for record in found)


@given(BODIES)
def test_what_is_written_is_read(records):
    assert read(written(records)) == (records, 0)


@given(BODIES, st.data())
def test_reading_goes_on_where_the_head_says(records, data):
    done = data.draw(st.integers(0, len(records)))
    whole = written(records)
    position = [Position(), *[record.after for record in form.records(whole, Position())]][done]
    assert read(form.head(position) + whole[HEAD_BYTES:]) == (records[done:], 0)


@given(BODIES.filter(bool), st.data())
def test_a_flipped_bit_costs_at_most_one_record_and_the_count_is_exact(records, data):
    whole = bytearray(written(records))
    place = data.draw(st.integers(0, len(whole) - 1))
    whole[place] ^= 1 << data.draw(st.integers(0, 7))
    found, lost = read(bytes(whole))
    without_one = [records[:index] + records[index + 1 :] for index in range(len(records))]
    assert found in [records, *without_one]
    missing = sum(spans for _, spans in records) - sum(spans for _, spans in found)
    # The head of the last record alone knows how many spans it held.
    assert lost == missing or (found == records[:-1] and lost == 1)


@given(BODIES.filter(bool), st.data())
def test_a_torn_end_costs_the_last_records_and_is_noticed(records, data):
    whole = written(records)
    cut = data.draw(st.integers(HEAD_BYTES, len(whole) - 1))
    found, lost = read(whole[:cut])
    ends = [record.after.offset for record in form.records(whole, Position())][:-1]
    assert (found, lost > 0) == (records[: sum(end <= cut for end in ends)], cut not in {HEAD_BYTES, *ends})


@given(st.binary(max_size=300))
def test_any_bytes_are_read_without_an_error(noise):
    assert isinstance(read(noise)[1], int)
    assert read(form.head(Position()) + noise)[0] == []


@pytest.mark.parametrize("packed", [b"not deflated", zlib.compress(b"a" * 1000)[:-5]])
def test_a_body_that_cannot_be_inflated_is_lost_whatever_its_checksum(packed, monkeypatch):
    monkeypatch.setattr(form.zlib, "compress", lambda body, level: packed)
    data = form.head(Position()) + form.record(form.SPANS, b"", spans=3, before=0)
    assert read(data) == ([], 3)


def test_a_body_that_inflates_beyond_all_measure_is_lost(monkeypatch):
    monkeypatch.setattr(form, "_MAX_BODY_BYTES", 100)
    assert read(written([(b"a" * 100_000, 2)])) == ([], 2)


def test_spans_and_their_program_are_one_body():
    assert form.split(form.join(b"{}", [b"1", b"2"])) == (b"{}", [b"1", b"2"])
