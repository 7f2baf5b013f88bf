"""Every SQL block is valid as it stands, and with everything that may fill its slots."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

import pytest

from server.tests.spans import ask
from threadline_server.model import Goal
from threadline_server.query import (
    analytics,
    choosing,
    compare,
    conversations,
    cost_dimensions,
    cost_spikes,
    describing,
    export_bulk,
    export_pages,
    fields,
    figures,
    filters,
    funnels,
    goal_conditions,
    grouping,
    intervals,
    journeys,
    paging,
    searching,
    session_pair,
    sessions,
    steps,
    traces,
    users,
)
from threadline_server.query.expression.values import OPERATORS
from threadline_server.query.filters import Choice, Filter, Sort
from threadline_server.query.goal_conditions import ACTIVE, Goals, goals_at
from threadline_server.store.database import Database
from threadline_server.store.queries import Fragment, fill, load, parse_blocks, piece, slots, sql_folder

BLOCKS = load()
PIECES = parse_blocks((sql_folder() / "pieces.sql").read_text(encoding="utf-8"))
QUERIES = sorted(name for name, sql in BLOCKS.items() if "CREATE TABLE" not in sql)
VALUES = {
    "String": "it's", "Array(String)": ["a", "it's"], "Array(UInt32)": [1, 2], "UInt8": 1, "UInt32": 1, "UInt64": 1, "Int64": 1,
    "Array(Int64)": [1, 2], "Array(UInt16)": [1, 2], "Array(Bool)": [True, False], "Decimal(38, 12)": "0.5", "Bool": True,
    "Identifier": "spans", "Array(UInt64)": [1, 2], "Array(Decimal(38, 12))": [Decimal("0.5")], "Float64": 0.5,
}  # fmt: skip
EXAMPLES = {"from": "2025-11-23", "to": "2025-11-24", "hasError": "true", "bookmarked": "true", "status": "idle"}
CONDITIONS: list[dict[str, Any]] = [
    {"tag": "t"}, {"traceName": "n"}, {"metadata": {"k": 1, "l": "v"}}, {"outcome": "o"}, {"errorFree": True},
    {"score": {"name": "n", "min": 0.5, "max": 1, "label": "l"}},
]  # fmt: skip
BY_STEPS = [
    [("hasStep", "a"), ("hasStep", "b")], [("fromStep", "a"), ("toStep", "b")], [("entryStep", "a")], [("exitStep", "a")],
    [("path", "a"), ("pathCollapsed", "true")], [("path", "a"), ("pathContinues", "true")],
]  # fmt: skip
FUNNELS = [
    ["a", "b"],
    ["tag:a", "b"],
    ["a", "tag:b"],
    ["tag:a", "b", "tag:c"],
    ["tag:a", "tag:b"],
    ["a"] * funnels.MOST_STEPS,
]
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
    goals = every_goal()
    for text in [*expressions(), *(f'goal("{name}") = false' for name in goals.names)]:
        yield choosing.choose([("filter", text)], goals).where
    for text in SEARCHES:
        yield choosing.choose([("q", text)], goals).where


def pages(sorts: Mapping[str, Sort], id_column: str) -> Iterator[paging.Page]:
    for sort, order in itertools.product(sorts, ("asc", "desc")):
        pairs = [("sort", sort), ("order", order)]
        first = paging.read_page(pairs, sorts, id_column, sort=sort)
        yield first
        yield paging.read_page([*pairs, ("cursor", first.cursor_after("1", "it's"))], sorts, id_column, sort=sort)


def every_goal() -> Goals:
    """Each condition alone, and after each."""
    pairs = itertools.product([one for one in CONDITIONS if one.keys().isdisjoint(("errorFree", "score"))], CONDITIONS)
    whens = [*CONDITIONS, *({"sequence": list(pair)} for pair in pairs)]
    return goals_at([Goal(n, str(n), when, 0, 0) for n, when in enumerate(whens)], 0)


def choices_of_sessions() -> Iterator[Fragment]:
    """What chooses sessions beside the plain filters."""
    goals = every_goal()
    yield choosing.choose([("goal", test.goal.name) for test in goals.tests], goals).where
    for kind, pairs in itertools.product(steps.KINDS, BY_STEPS):
        yield choosing.choose([*pairs, ("stepBy", kind)], goals).where
    for texts in FUNNELS:
        yield choosing.choose([("funnelStep", text) for text in texts], goals).where


def fillings_of_journeys() -> Iterator[tuple[str, Fragments]]:
    goals = every_goal()
    for where in [Fragment(""), *choices_of_sessions()]:
        for name in (
            "session_page",
            "session_figures",
            "user_page",
            "journey_steps",
            "journey_transitions",
            "journey_paths",
        ):
            yield name, {"where": where}
        for name in ("session_figures", "group_figures"):
            yield name, {"where": where, "reached": goals.tests[0].reached, "active": ACTIVE}
        yield "goal_paces", {"where": where, "places": goals.places, "active": ACTIVE}
        yield "funnel", {"where": where}
    yield "sessions_by_id", {"goals": goals.reached, "boundaries": sessions._BOUNDARIES}
    yield "goals_of_session", {"places": goals.places, "active": ACTIVE}
    for taken in steps.STEPS.values():
        yield "journey_steps", {"steps": taken.names}
        yield "journey_transitions", {"steps": taken.names, "times": taken.times_ms}
        yield "journey_paths", {"steps": taken.names}
    for texts, group in itertools.product(FUNNELS, [*journeys.GROUPS, "metadata.k"]):
        asked = funnels.funnel(funnels.read_steps("step", texts), "funnel")
        yield "funnel", {"walked": asked.walked, "where": asked.enters, "keys": journeys._keys(group, {})}


def fillings_of_analytics() -> Iterator[tuple[str, Fragments]]:
    for where in choices(filters.SESSION_FILTERS):
        yield "session_figures", {"where": where, "statistics": analytics._STATISTICS}
        yield "session_span", {"where": where}
        sides = {"base": compare.based(Choice(where, {})).where, "current": where}
        yield "compared_figures", {**sides, "statistics": analytics._STATISTICS}
        yield "compared_ranks", {**sides, "keys": compare.KEYS}
        yield "session_histograms", {"where": where, "bins": figures.HISTOGRAMS}
        for block in (
            "cost_totals",
            "cost_groups",
            "cost_figures",
            "top_sessions",
            "top_users",
            "sessions_of_top_traces",
        ):
            yield block, {"where": where}
        for block in ("cost_days", "day_drivers", "driver_days"):
            yield block, {"where": filters.both(where, cost_spikes._BEGAN)}
        yield "session_groups", {"where": where, "keys": grouping.MODELS}
        yield "group_figures", {"where": where, "statistics": analytics._OWN_STATISTICS}
    yield "session_figures", {**analytics.FIGURES_BY_INTERVAL, "statistics": analytics._STATISTICS}
    for by in (*cost_dimensions.DIMENSIONS.values(), cost_dimensions.METADATA):
        yield "cost_groups", {"keys": by.keys, "costs": by.costs}
        yield "cost_figures", {"entries": by.entries, "leaves_out": by.leaves_out, "bucket": intervals.BUCKET}
    yield "cost_totals", {"bucket": intervals.BUCKET}
    yield "cost_days", {"bucket": intervals.BUCKET}
    for block in ("day_drivers", "driver_days"):
        yield block, {"bucket": intervals.BUCKET, "drivers": cost_spikes.DRIVERS}
    by_goal = grouping.of_sessions([("groupBy", "goal")], every_goal())
    assert by_goal is not None
    for keys in (*grouping.KEYS.values(), grouping.METADATA, by_goal.keys):
        yield "session_groups", {"keys": keys}
        yield "group_figures", {"entries": grouping.whole_entries(keys), "statistics": analytics._OWN_STATISTICS}
    for entries in (grouping.MODEL_ENTRIES, grouping.MERGED_MODEL_ENTRIES):
        own = {"own": grouping.OWN_OF_ENTRIES, "is_unnamed": grouping._IS_UNNAMED}
        yield "group_figures", {"entries": entries, **own, "statistics": analytics._OWN_STATISTICS}


def fillings() -> Iterator[tuple[str, Fragments]]:
    """What the rooms above put into which slots."""
    for where in choices_of_words():
        yield "session_page", {"where": where}
    for where in choices(filters.SESSION_FILTERS):
        yield "session_page", {"where": where}
        yield "user_page", {"where": where}
    for page in pages(filters.SESSION_SORTS, "session_id"):
        yield "session_page", {"where": page.after, "sort": page.sort_value, "order": page.order_by}
        yield "newest_sessions", {"where": page.after}
    yield "session_page", {"where": sessions._SINCE}
    for page in pages(users.SORTS, "user_id"):
        yield "user_page", {"after": page.after, "sort": page.sort_value, "order": page.order_by}
    yield "session_page", {"where": export_bulk.AFTER, "order": export_bulk.IN_ORDER}
    yield "user_page", {"user": users._ONE}
    for where in [*choices(filters.TRACE_FILTERS), traces._OF_SESSION, traces._ONE]:
        yield "trace_page", {"where": where}
        yield "trace_page", {"where": filters.both(where, traces._LATELY)}
    for page in pages(filters.TRACE_SORTS, "trace_id"):
        yield "trace_page", {"where": filters.both(traces._OF_SESSION, page.after), "order": page.order_by}
    for columns in (conversations._TURNS, session_pair.COLUMNS):
        yield "trace_page", {"where": traces._OF_SESSION, "columns": columns}
    for columns in (export_pages.EVERYTHING, conversations._WORDS):
        yield "spans_of", {"columns": columns}
    yield "spans_of", {"where": traces._RECORDS}
    yield "trace_texts", {"where": traces._ROOTS_AND_RECORDS}
    yield from fillings_of_journeys()
    for text in SEARCHES:
        says = searching.read("q", text).says
        for block in ("turns_that_say", "sessions_that_say"):
            yield block, {"says": says}
    for name in [*(name for name, field in fields.FIELDS.items() if field.values), "score"]:
        yield "field_values", {"values": Fragment(describing._values_of(name))}
    yield "field_values", {"values": Fragment(describing._OF_KEY)}


def fillings_of_alerts() -> Iterator[tuple[str, Fragments]]:
    for where in [*choices(filters.SESSION_FILTERS), *choices_of_sessions()]:
        yield "chosen_among", {"where": where}
        yield "alert_window", {"where": where}
    for test in every_goal().tests:
        yield "alert_window", {"reached": test.reached, "active": ACTIVE}


FILLINGS = [*fillings(), *fillings_of_alerts(), *fillings_of_analytics()]


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


def in_a_funnel(length: int) -> tuple[str, Mapping[str, Any]]:
    chosen = funnels.choose([("funnelStep", f"step {number}") for number in range(length)])
    return f"SELECT 1 FROM sessions FINAL WHERE project_id = 1 {chosen.where}", chosen.values


def in_a_goal(length: int) -> tuple[str, Mapping[str, Any]]:
    sequence = [{"traceName": f"step {number}"} for number in range(length)]
    goals = goal_conditions.goals_at([Goal(1, "far", {"sequence": sequence}, 0, 0)], now_ms=0)
    return f"SELECT {goals.places} FROM sessions FINAL WHERE project_id = 1", goals.values


@pytest.mark.parametrize("asked", [in_a_funnel, in_a_goal])
def test_twice_as_many_steps_do_not_make_a_plan_many_times_as_large(asked: Any, database: Database) -> None:
    sizes = []
    for length in (5, 10):
        sql, values = asked(length)
        sizes.append(len(ask(database, f"EXPLAIN QUERY TREE {sql}", **values)))

    assert sizes[1] < 5 * sizes[0]


@pytest.mark.parametrize("name", QUERIES)
def test_every_block_over_data_reads_one_project(name: str) -> None:
    """Law 8, in the text: only what looks after all projects at once may leave the condition out."""
    over_all = {
        "applied_migrations",
        "deletions_left",
        "dirty_since",
        "facts_since",
        "forget_progress",
        "forget_servers",
        "parts_in_use",
        "progress",
        "receipts_unfinished",
        "rows_of_part",
        "silent_servers",
        "table_folders",
    }

    reads = len(
        re.findall(
            r"\b(?:FROM|ALTER TABLE) (?:spans|span_parts|traces|turn_texts|sessions|session_keys|session_facts|trace_keys|refusals|client_drops|scores|loose_traces|comments|erasures|erased_stretches|erasure_receipts)\b",
            BLOCKS[name],
        )
    )
    asks = len(re.findall(r"WHERE project_id = \{project_id:UInt32\}", BLOCKS[name]))
    assert (reads == asks and reads > 0) or name in over_all


@pytest.mark.parametrize("name", PIECES)
def test_a_piece_stands_in_the_blocks_in_its_own_words_and_is_written_once(name: str) -> None:
    written = {
        file.name: file.read_text(encoding="utf-8") for file in sql_folder().iterdir() if file.name.endswith(".sql")
    }
    words = PIECES[name].partition("\n")[2]

    assert sum(text.count(f"/*={name}*/") for text in written.values()) > 1
    assert [file for file, text in written.items() if words in text] == ["pieces.sql"]
    assert any(piece(name) in sql for sql in BLOCKS.values())


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
