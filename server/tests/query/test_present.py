"""Times and durations as people read them."""

from __future__ import annotations

import datetime as dt
import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from threadline_server.query import present

UNITS = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}


@given(st.integers(-2_000_000_000_000, 9_000_000_000_000))
def test_a_moment_is_iso_8601_in_utc_with_milliseconds(milliseconds: int) -> None:
    text = present.moment(milliseconds)

    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", text)
    assert dt.datetime.fromisoformat(text) == dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(
        milliseconds=milliseconds
    )


@pytest.mark.parametrize(
    ("milliseconds", "text"),
    [
        (0, "0s"), (1, "1ms"), (850, "850ms"), (999, "999ms"), (1_000, "1s"), (48_999, "48s"), (59_999, "59s"), (60_000, "1m 0s"),
        (150_000, "2m 30s"), (3_599_999, "59m 59s"), (3_600_000, "1h 0m"), (3_900_000, "1h 5m"), (86_399_999, "23h 59m"),
        (86_400_000, "1d 0h"), (266_400_000, "3d 2h"), (40_000_000_000, "462d 23h"),
    ],
)  # fmt: skip
def test_a_duration_is_told_in_its_two_largest_units(milliseconds: int, text: str) -> None:
    assert present.duration_text(milliseconds) == text


@given(st.integers(0, 10**12))
def test_a_duration_is_never_told_as_more_than_it_is_nor_as_less_than_its_smaller_unit(milliseconds: int) -> None:
    parts = re.findall(r"(\d+)(ms|s|m|h|d)", present.duration_text(milliseconds))

    told = sum(int(amount) * UNITS[unit] for amount, unit in parts)
    assert 0 <= milliseconds - told < UNITS[parts[-1][1]]


@pytest.mark.parametrize(
    "text", ["null", '"x"', "{}", "0", "1e999", '{"a":\n [1,\r\n2]}', '"\\n"', "18446744073709551615"]
)
def test_a_column_of_json_is_answered_as_it_is_in_one_line(text: str) -> None:
    answered = present.encoded({"input": present.json_or_none(text)})

    assert b"\n" not in answered
    assert json.loads(answered) == {"input": json.loads(text)}


def test_a_column_that_is_empty_is_none() -> None:
    assert present.json_or_none("") is None


@given(st.integers(1, 900), st.booleans())
def test_an_answer_is_written_whatever_its_depth(depth: int, in_lists: bool) -> None:
    value: object = "innermost"
    for _ in range(depth):
        value = [value] if in_lists else {"a": value}

    told = json.loads(present.encoded(value))

    assert told == value or (depth > present.MOST_DEPTH and present.TOO_DEEP in str(told))
