"""Every SQL block is valid as it stands, and with everything that may fill its slots."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

import pytest

from server.tests.spans import ask
from threadline_server.query import (
    analytics,
    conversations,
    describing,
    exports,
    fields,
    filters,
    paging,
    searching,
    traces,
    users,
)
from threadline_server.query.expression.values import OPERATORS
from threadline_server.query.filters import Filter, Sort
from threadline_server.store.database import Database
from threadline_server.store.queries import Fragment, fill, load, parse_blocks, slots

BLOCKS = load()
QUERIES = sorted(name for name, sql in BLOCKS.items() if "CREATE TABLE" not in sql)
VALUES = {
    "String": "it's", "Array(String)": ["a", "it's"], "Array(UInt32)": [1, 2], "UInt32": 1, "UInt64": 1, "Int64": 1,
    "Array(Int64)": [1, 2], "Array(UInt64)": [1, 2], "Array(Decimal(38, 12))": [Decimal("0.5")], "Decimal(38, 12)": "0.5", "Float64": 0.5,
    "Bool": True,
}  # fmt: skip
EXAMPLES = {"from": "2025-11-23", "to": "2025-11-24", "hasError": "true", "bookmarked": "true"}
SEARCHES = ["word", '"two words"', "beg*", '"two words" beg* -"not these" -nor*', "\u4e16", "-no yes"]
VALUES_OF_TYPES = {
    "number": "1", "money": "0.5", "duration": "5m", "time": "-7d", "text": '"t"', "texts": '"t"', "flag": "true", "value": '"t"',
    "score": "0.5",
}  # fmt: skip
Fragments = dict[str, Fragment]


def parameters_of(sql: str) -> dict[str, Any]:
    return {name: VALUES[type_] for name, type_ in re.findall(r"\{(\w+):([^}]+)\}", sql)} | {"time_zone": "UTC"}


def choices(table: Mapping[str, Filter]) -> list[Fragment]:
    """Each filter alone, and all at once."""
    pairs = [(name, EXAMPLES.get(name, "1")) for name in [*table, "tag"]] + [
        ("metadata.k", "v"),
        ("metadata.l", "w"),
    ]
    return [filters.choose(some, table).where for some in ([pair] for pair in pairs)] + [
        filters.choose(pairs, table).where
    ]


def expressions() -> Iterator[str]:
    """Each field and function with each of its operators."""
    subjects = [(name if field.type != "value" else f"{name}.k", field.type) for name, field in fields.FIELDS.items()]
    for subject, kind in [*subjects, ('score("q")', "score")]:
        for operator in OPERATORS[kind]:
            for value in (VALUES_OF_TYPES[kind], *(["2", "true"] if kind == "value" else [])):
                if not (kind == "value" and value != "2" and operator in ("<", "<=", ">", ">=")) and not (
                    kind == "value" and value != '"t"' and operator in ("contains", "startsWith")
                ):
                    written = {"exists": "", "in": f"({value})", "not in": f"({value}, {value})"}.get(operator, value)
                    yield f"{subject} {operator} {written}"


def choices_of_words() -> Iterator[Fragment]:
    """What expressions and searches add to the plain filters."""
    for text in expressions():
        yield filters.choose([("filter", text)], filters.SESSION_FILTERS, filters.Asked(1)).where
    for text in SEARCHES:
        yield filters.choose([("q", text)], filters.SESSION_FILTERS).where


def pages(sorts: Mapping[str, Sort], id_column: str) -> Iterator[paging.Page]:
    for sort, order in itertools.product(sorts, ("asc", "desc")):
        pairs = [("sort", sort), ("order", order)]
        first = paging.read_page(pairs, sorts, id_column, sort=sort)
        yield first
        yield paging.read_page([*pairs, ("cursor", first.cursor_after("1", "it's"))], sorts, id_column, sort=sort)


def fillings() -> Iterator[tuple[str, Fragments]]:
    """What the rooms above put into which slots."""
    for where in choices_of_words():
        yield "session_page", {"where": where}
    for where in choices(filters.SESSION_FILTERS):
        yield "session_page", {"where": where}
        yield "user_page", {"where": where}
        yield "session_totals", {"where": where, "statistics": analytics._STATISTICS}
    for page in pages(filters.SESSION_SORTS, "session_id"):
        yield "session_page", {"where": page.after, "sort": page.sort_value, "order": page.order_by}
    for page in pages(users.SORTS, "user_id"):
        yield "user_page", {"after": page.after, "sort": page.sort_value, "order": page.order_by}
    yield "user_page", {"user": users._ONE}
    for bucket in analytics.INTERVALS.values():
        yield "session_totals", {"bucket": bucket, "statistics": analytics._STATISTICS}
    for where in [*choices(filters.TRACE_FILTERS), traces._OF_SESSION, traces._ONE]:
        yield "trace_page", {"where": where}
    for page in pages(filters.TRACE_SORTS, "trace_id"):
        yield "trace_page", {"where": filters.both(traces._OF_SESSION, page.after), "order": page.order_by}
    yield "trace_page", {"where": traces._OF_SESSION, "columns": conversations._TURNS}
    for columns in (exports._EVERYTHING, conversations._WORDS):
        yield "spans_of", {"columns": columns}
    yield "trace_texts", {"where": traces._ROOTS}
    for text in SEARCHES:
        says = searching.read("q", text).says
        for block in ("turns_that_say", "sessions_that_say", "sessions_that_say_a_phrase"):
            yield block, {"says": says}
    for name in [*(name for name, field in fields.FIELDS.items() if field.values), "score"]:
        yield "field_values", {"values": Fragment(describing._values_of(name))}
    yield "field_values", {"values": Fragment(describing._OF_KEY)}


FILLINGS = list(fillings())


@pytest.mark.parametrize("name", QUERIES)
def test_every_block_is_valid_as_it_stands(name: str, database: Database) -> None:
    if BLOCKS[name].partition("\n")[2].lstrip().startswith("ALTER"):
        database.write(name, parameters_of(BLOCKS[name]))
        return
    reading = BLOCKS[name].replace("INSERT INTO spans", "")  # a reader may not even explain a write
    assert ask(database, f"EXPLAIN {reading}", **parameters_of(reading)) != []


def test_every_slot_is_filled_by_somebody() -> None:
    filled = {(name, slot) for name, fragments in FILLINGS for slot in fragments}

    assert {(name, slot) for name, sql in BLOCKS.items() for slot in slots(sql)} - filled == set()


@pytest.mark.parametrize("name", sorted({name for name, _ in FILLINGS}))
def test_every_block_is_valid_with_whatever_fills_its_slots(name: str, database: Database) -> None:
    for fragments in (fragments for block, fragments in FILLINGS if block == name):
        sql = fill(BLOCKS[name], fragments)
        assert ask(database, f"EXPLAIN {sql}", **parameters_of(sql)) != [], fragments


@pytest.mark.parametrize("name", QUERIES)
def test_every_block_over_data_reads_one_project(name: str) -> None:
    """Law 8, in the text: only what looks after all projects at once may leave the condition out."""
    over_all = {"applied_migrations", "dirty_since", "facts_since", "progress", "receipts_unfinished"}

    reads = len(
        re.findall(
            r"\b(?:FROM|ALTER TABLE) (?:spans|span_parts|traces|turn_texts|sessions|session_facts|trace_keys|refusals|scores|erasures|erasure_receipts)\b",
            BLOCKS[name],
        )
    )
    asks = len(re.findall(r"WHERE project_id = \{project_id:UInt32\}", BLOCKS[name]))
    assert (reads == asks and reads > 0) or name in over_all


def test_a_slot_has_a_name_and_perhaps_a_default() -> None:
    sql = "SELECT /*columns{*/ a, b /*}*/ FROM t WHERE true /*where*/"

    assert slots(sql) == {"columns", "where"}
    assert fill(sql, {}).split() == ["SELECT", "a,", "b", "FROM", "t", "WHERE", "true"]
    assert fill(sql, {"columns": Fragment("c"), "where": Fragment("AND d")}).split() == [
        "SELECT",
        "c",
        "FROM",
        "t",
        "WHERE",
        "true",
        "AND",
        "d",
    ]


def test_a_slot_that_is_not_there_is_a_bug() -> None:
    with pytest.raises(ValueError, match=r"BUG: no slot \['order'\]"):
        fill("-- one: x\nSELECT 1", {"order": Fragment("a")})


def test_a_file_is_split_at_its_names() -> None:
    assert parse_blocks("words before\n-- one: what it answers\nSELECT 1\n\n-- two: more\n-- a note\nSELECT 2\n") == {
        "one": "-- one: what it answers\nSELECT 1",
        "two": "-- two: more\n-- a note\nSELECT 2",
    }
