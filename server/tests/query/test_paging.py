"""Cursors: what a list answered leads on, anything else is refused in words."""

from __future__ import annotations

import base64
import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from threadline_server.errors import BadRequest
from threadline_server.query import filters, paging

texts = st.text(st.characters(exclude_categories=("Cs",)))
whole_numbers = st.integers(0, 2**63 - 1).map(str)
amounts = st.integers(0, 10**20).map(lambda number: format(Decimal(number).scaleb(-12).normalize(), "f"))


def read(*pairs: tuple[str, str], sort: str = "lastActivity") -> paging.Page:
    return paging.read_page(pairs, filters.SESSION_SORTS, "session_id", sort=sort)


def encoded(value: Any) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


@given(
    sort=st.sampled_from(list(filters.SESSION_SORTS)),
    order=st.sampled_from(["asc", "desc"]),
    row_id=texts,
    data=st.data(),
)
def test_a_cursor_leads_to_the_row_that_it_was_made_of(sort: str, order: str, row_id: str, data: st.DataObject) -> None:
    value = data.draw(amounts if sort == "totalCost" else whole_numbers)
    first = read(("sort", sort), ("order", order))

    after = read(("sort", sort), ("order", order), ("cursor", first.cursor_after(value, row_id)))

    assert (first.after, first.values) == ("", {})
    assert after.values == {"cursor_value": value, "cursor_id": row_id}
    assert (after.order_by, after.limit, after.sort_value) == (first.order_by, first.limit, first.sort_value)


@given(sort=st.sampled_from(list(filters.SESSION_SORTS)), order=st.sampled_from(["asc", "desc"]))
def test_a_cursor_belongs_to_one_sort_and_order(sort: str, order: str) -> None:
    cursor = read().cursor_after("5", "id")

    if (sort, order) == ("lastActivity", "desc"):
        assert read(("sort", sort), ("order", order), ("cursor", cursor)).values["cursor_id"] == "id"
    else:
        with pytest.raises(BadRequest, match="another sort or order"):
            read(("sort", sort), ("order", order), ("cursor", cursor))


@given(st.text() | st.binary().map(encoded) | st.lists(texts, max_size=5).map(encoded))
def test_anything_else_as_a_cursor_is_refused(text: str) -> None:
    if text:
        with pytest.raises(BadRequest, match="cannot read 'cursor'"):
            read(("cursor", text))


@pytest.mark.parametrize("sort", ["lastActivity", "duration", "totalCost"])
@pytest.mark.parametrize(
    "value",
    [
        "",
        " 5",
        "+5",
        "-5",
        "1e5",
        "1_000",
        "٥",
        "NaN",
        "Infinity",
        "0x5",
        "5;",
        "9" * 40,
        "1" + "0" * 30,
        "5 ",
        "5\n",
        ".",
        "1.",
        ".5",
        "1e-7",
    ],
)
def test_a_value_that_no_row_has_is_refused_before_the_store_sees_it(sort: str, value: str) -> None:
    with pytest.raises(BadRequest, match="cannot read 'cursor'"):
        read(("sort", sort), ("cursor", encoded([sort, "desc", value, "id"])))


@pytest.mark.parametrize("value", [7, None, [], {}, True])
def test_a_value_of_another_type_is_refused(value: object) -> None:
    with pytest.raises(BadRequest):
        read(("cursor", encoded(["lastActivity", "desc", value, "id"])))


@pytest.mark.parametrize("value", ["0.5", "0.000000000001", "12"])
def test_only_costs_have_decimals(value: str) -> None:
    assert (
        read(("sort", "totalCost"), ("cursor", encoded(["totalCost", "desc", value, "id"]))).values["cursor_value"]
        == value
    )
    if "." in value:
        with pytest.raises(BadRequest):
            read(("sort", "duration"), ("cursor", encoded(["duration", "desc", value, "id"])))


@pytest.mark.parametrize(("text", "limit"), [("1", 1), ("200", 200), ("007", 7)])
def test_a_limit_is_1_to_200(text: str, limit: int) -> None:
    assert read(("limit", text)).limit == limit


@pytest.mark.parametrize("text", ["0", "201", "-1", "1.5", "x", "1e2", "٣", " "])
def test_another_limit_is_refused(text: str) -> None:
    with pytest.raises(BadRequest, match="'limit'"):
        read(("limit", text))


@pytest.mark.parametrize("name", ["sort", "order"])
@pytest.mark.parametrize("value", ["x", "DESC", "end_time", "desc; DROP TABLE spans", "lastactivity", " "])
def test_an_unknown_sort_or_order_is_refused_with_the_valid_ones(name: str, value: str) -> None:
    with pytest.raises(BadRequest) as refused:
        read((name, value))

    valid = ["asc", "desc"] if name == "order" else list(filters.SESSION_SORTS)
    assert refused.value.hint == f"Valid: {', '.join(valid)}."


@pytest.mark.parametrize("name", paging.PARAMETERS)
def test_a_parameter_of_the_page_is_given_once(name: str) -> None:
    with pytest.raises(BadRequest, match="given 2 times"):
        read((name, "1"), (name, "1"))
