"""Query-string values: what is read, and what is refused in words."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from threadline_server.errors import BadRequest, UnknownParameter
from threadline_server.query import filters, parameters

READERS: list[Callable[[str, str], Any]] = [
    parameters.moment_ns,
    parameters.whole,
    parameters.dollars,
    parameters.switch,
]
moments = st.datetimes(dt.datetime(1901, 1, 2), dt.datetime(2261, 12, 30), timezones=st.timezones() | st.none())  # noqa: DTZ001


@given(moments)
def test_a_time_is_read_to_the_microsecond_in_its_own_zone(moment: dt.datetime) -> None:
    utc = moment.replace(tzinfo=dt.UTC) if moment.tzinfo is None else moment.astimezone(dt.UTC)

    read = parameters.moment_ns("from", moment.isoformat())

    assert dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(microseconds=read // 1_000) == utc
    assert read % 1_000 == 0


@pytest.mark.parametrize(
    ("text", "same_as"),
    [
        ("2025-11-23T10:30:00", "2025-11-23T10:30:00Z"),
        ("2025-11-23", "2025-11-23T00:00:00Z"),
        ("2025-11-23 10:30:00", "2025-11-23T10:30:00Z"),
        ("2025-11-23T10:30:00 01:00", "2025-11-23T09:30:00Z"),
        ("2025-11-23T10:30:00+01:00", "2025-11-23T09:30:00Z"),
        ("2025-11-23T10:30:00.123456789Z", "2025-11-23T10:30:00.123456Z"),
    ],
)
def test_a_time_may_be_written_in_several_ways(text: str, same_as: str) -> None:
    assert parameters.moment_ns("from", text) == parameters.moment_ns("from", same_as)


@pytest.mark.parametrize(
    "text",
    ["", "now", "yesterday", "1763893800", "2025-13-01", "2025-11-23T25:00Z", "0001-01-01", "1900-06-01", "2262-01-01"],
)
def test_another_time_is_refused(text: str) -> None:
    with pytest.raises(BadRequest, match="cannot read 'from'"):
        parameters.moment_ns("from", text)


@given(st.integers(0, parameters.MAX_INTEGER))
def test_a_whole_number_is_read(number: int) -> None:
    assert parameters.whole("minTokens", str(number)) == number


@pytest.mark.parametrize("text", ["", "-1", "+1", "1.0", "1e3", "0x1", "1_000", "٣", "nan", str(2**63), "9" * 5_000])
def test_another_number_is_refused(text: str) -> None:
    with pytest.raises(BadRequest, match="cannot read 'minTokens'"):
        parameters.whole("minTokens", text)


@given(st.decimals(0, 10**15 - 1, places=12))
def test_an_amount_is_read_exactly(amount: Decimal) -> None:
    assert parameters.dollars("minCost", str(amount)) == amount
    assert parameters.dollars("minCost", format(amount, "f")) == amount


@pytest.mark.parametrize(
    "text", ["", "x", "-0.01", "NaN", "sNaN", "Infinity", "1e15", "1e999999999", "$5", "1,5", "0x1", "1_000", "٣"]
)
def test_another_amount_is_refused(text: str) -> None:
    with pytest.raises(BadRequest, match="cannot read 'minCost'"):
        parameters.dollars("minCost", text)


@given(st.text(), st.sampled_from(READERS))
def test_any_text_is_read_or_refused(text: str, reader: Callable[[str, str], Any]) -> None:
    with contextlib.suppress(BadRequest):
        reader("name", text)


@pytest.mark.parametrize(("text", "value"), [("true", True), ("TRUE", True), ("false", False), ("False", False)])
def test_a_switch_is_true_or_false(text: str, value: bool) -> None:
    assert parameters.switch("hasError", text) is value


@pytest.mark.parametrize("text", ["", "1", "0", "yes", "no", " true"])
def test_another_switch_is_refused(text: str) -> None:
    with pytest.raises(BadRequest) as refused:
        parameters.switch("hasError", text)

    assert refused.value.hint == "Give true or false."


@given(st.text())
def test_an_unknown_parameter_is_refused_with_the_valid_ones(name: str) -> None:
    if name in {"limit", "cursor"} or (name.startswith("metadata.") and name != "metadata."):
        return
    with pytest.raises(UnknownParameter) as refused:
        parameters.check_known([("limit", "1"), (name, "")], ("limit", "cursor"), [filters.METADATA])

    assert refused.value.hint == "Valid parameters: cursor, limit, metadata.<key>."


def test_a_filter_given_twice_is_refused_but_for_tags_and_metadata() -> None:
    for name in filters.SESSION_FILTERS:
        with pytest.raises(BadRequest, match="given 2 times"):
            filters.choose([(name, "1"), (name, "1")], filters.SESSION_FILTERS)

    chosen = filters.choose(
        [("tag", "a"), ("metadata.k", "v"), ("tag", "b"), ("metadata.k", "w")], filters.SESSION_FILTERS
    )
    assert chosen.values["tags"] == ["a", "b"]
    assert [chosen.values["metadata_text_0"], chosen.values["metadata_text_1"]] == ["v", "w"]


def test_more_metadata_filters_than_a_query_can_hold_are_refused() -> None:
    pairs = [(f"metadata.k{number}", "v") for number in range(filters.MAX_METADATA + 1)]

    filters.choose(pairs[:-1], filters.SESSION_FILTERS)
    with pytest.raises(BadRequest, match="metadata"):
        filters.choose(pairs, filters.SESSION_FILTERS)


@given(
    st.lists(
        st.tuples(st.sampled_from(["tag", "userId", "environment", "metadata.k", "metadata.' OR 1"]), st.text()),
        max_size=6,
        unique_by=lambda pair: pair[0],
    )
)
def test_a_value_never_stands_in_the_sql(pairs: list[tuple[str, str]]) -> None:
    """A condition's text depends on which filters are given and on nothing that was written in them."""
    plain = [(name if not name.startswith("metadata.") else "metadata.x", "plain") for name, _ in pairs]

    assert filters.choose(pairs, filters.SESSION_FILTERS).where == filters.choose(plain, filters.SESSION_FILTERS).where
