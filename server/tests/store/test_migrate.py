"""Schemas: applied once, never changed afterwards, never older than the data."""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa
import pytest

from server.tests.spans import ask
from threadline_server.errors import StartupError, Unavailable
from threadline_server.query.searching import read
from threadline_server.store.damage import COMPUTED
from threadline_server.store.database import Database
from threadline_server.store.faults import Fault, Faults
from threadline_server.store.migrate import migrate, statements
from threadline_server.store.queries import sql_folder
from threadline_server.words import folded

NAMES = sorted(entry.name for entry in (sql_folder() / "migrations").iterdir() if entry.name.endswith(".sql"))
SHAPE = "SELECT table, name, type FROM system.columns WHERE database = currentDatabase() ORDER BY table, position"


def note(database: Database, name: str, checksum: str) -> None:
    database.insert("migrations", [pa.record_batch({"name": [name], "checksum": [checksum]})])


def test_every_migration_is_applied_in_order_and_once(new_store: Callable[[], Database]) -> None:
    database = new_store()

    assert [migrate(database), migrate(database)] == [NAMES, []]
    assert [row["name"] for row in database.rows("applied_migrations", {})] == NAMES


def test_the_tests_stores_have_the_tables_that_the_migrations_make(
    new_store: Callable[[], Database], store: Database
) -> None:
    migrated = new_store()
    migrate(migrated)
    made = "SELECT replace(create_table_query, currentDatabase(), '') AS made FROM system.tables WHERE database = currentDatabase() ORDER BY name"

    assert ask(store, made) == ask(migrated, made)
    assert migrate(store) == []


def test_every_statement_may_be_repeated(store: Database) -> None:
    """A process that ends half-way leaves statements behind that the next start runs again."""
    before = ask(store, SHAPE)

    for name in NAMES:
        for statement in statements((sql_folder() / "migrations" / name).read_text(encoding="utf-8")):
            store.command(statement)

    assert ask(store, SHAPE) == before


def test_a_migration_that_ended_half_way_is_finished(new_store: Callable[[], Database], store: Database) -> None:
    database = new_store()
    database.command(statements((sql_folder() / "migrations" / NAMES[0]).read_text(encoding="utf-8"))[0])

    assert migrate(database) == NAMES
    assert ask(database, SHAPE) == ask(store, SHAPE)


def test_a13_wherever_it_is_cut_off_the_next_start_ends_at_the_same_schema(
    store_url: str, database: Database, store: Database
) -> None:
    whole = ask(store, SHAPE)
    database.command("CREATE DATABASE cut_off")
    faults = Faults()
    cut_off = Database(store_url, name="cut_off", faults=faults)
    starts, is_cut_off = 0, True
    while is_cut_off:  # one statement further with each start
        starts += 1
        faults.set([Fault("input/output error", call="migrate", nth=starts)])
        try:
            migrate(cut_off)
            is_cut_off = False
        except Unavailable:
            pass
    found = ask(cut_off, SHAPE)
    cut_off.close()

    assert starts > len(NAMES) // 2
    assert found == whole


def test_a4_every_table_of_what_is_acknowledged_is_synced_with_its_folder(store: Database) -> None:
    """What is computed needs no syncing: after a crash it is computed again."""
    sql = "SELECT name, engine_full AS engine FROM system.tables WHERE database = currentDatabase() ORDER BY name"
    engines = {row["name"]: row["engine"] for row in ask(store, sql) if row["name"] not in COMPUTED}

    assert engines.keys() >= {"spans", "span_parts", "scores", "comments", "session_facts", "erasures"}
    assert [
        name
        for name, engine in engines.items()
        if "fsync_after_insert = 1" not in engine or "fsync_part_directory = 1" not in engine
    ] == ["refusals"]  # counts of what was refused, kept for who looks for the reason


def test_sessions_are_moved_to_their_days_as_they_stand_however_often(new_store: Callable[[], Database]) -> None:
    """Migration 0016: of each session the newest version, of what was deleted nothing; found by id as before."""
    database = new_store()
    by_day = next(name for name in NAMES if name.startswith("0016_"))
    migrate(database, only=[name for name in NAMES if name < by_day])
    noon, day = 1_763_985_600, 86_400
    told = [
        ("moved", 1, 0, noon),
        ("moved", 2, 0, noon - day),
        ("gone", 1, 0, noon),
        ("gone", 2, 1, 0),
        ("plain", 1, 0, noon),
    ]
    columns = dict(
        zip(("session_id", "version", "is_deleted", "start_s"), map(list, zip(*told, strict=True)), strict=True)
    )
    starts = pa.array([second * 10**9 for second in columns.pop("start_s")], pa.timestamp("ns", "UTC"))
    rows = {"project_id": [1] * len(told), **columns, "start_time": starts, "title": [f"v{one[1]}" for one in told]}
    for place in range(len(told)):  # each in a part of its own, as rounds write them
        database.insert("sessions", [pa.record_batch(rows).slice(place, 1)])

    migrate(database)
    for statement in statements((sql_folder() / "migrations" / by_day).read_text(encoding="utf-8")):
        database.command(statement)

    asked = (
        "SELECT session_id, title, toUnixTimestamp(start_time) AS start_s, day FROM sessions FINAL ORDER BY session_id"
    )
    assert ask(database, asked) == [
        {"session_id": "moved", "title": "v2", "start_s": noon - day, "day": (noon - day) // day},
        {"session_id": "plain", "title": "v1", "start_s": noon, "day": noon // day},
    ]
    known = database.table("session_hours", {"project_id": 1, "session_ids": ["moved", "gone", "plain"]}).to_pylist()
    assert sorted((row["session_id"], row["start_ns"]) for row in known) == [
        ("moved", (noon - day) * 10**9), ("plain", noon * 10**9),
    ]  # fmt: skip


def test_words_are_moved_to_their_hours_as_they_stand_however_often(new_store: Callable[[], Database]) -> None:
    """Migration 0017: of each turn the newest version, of what was deleted nothing; found by the words of the newest only."""
    database = new_store()
    by_hour = next(name for name in NAMES if name.startswith("0017_"))
    migrate(database, only=[name for name in NAMES if name < by_hour])
    told = [
        (490_000, "grown", 1, 0, "begun"),
        (490_000, "grown", 2, 0, "ended"),
        (490_000, "gone", 1, 0, "begun"),
        (490_000, "gone", 2, 1, ""),
        (480_000, "plain", 1, 0, "begun"),
    ]
    for hour, trace_id, version, is_deleted, said in told:  # each in a part of its own, as rounds write them
        row = {"project_id": 1, "session_id": f"of {trace_id}", "hour": hour, "trace_id": trace_id, "version": version,
               "is_deleted": is_deleted, "said": [said], "words": folded([said])}  # fmt: skip
        database.insert("turn_texts", [pa.RecordBatch.from_pylist([row])])

    migrate(database)
    for statement in statements((sql_folder() / "migrations" / by_hour).read_text(encoding="utf-8")):
        database.command(statement)

    assert ask(database, "SELECT hour, trace_id, version, said FROM turn_texts ORDER BY hour") == [
        {"hour": 480_000, "trace_id": "plain", "version": 1, "said": ["begun"]},
        {"hour": 490_000, "trace_id": "grown", "version": 2, "said": ["ended"]},
    ]
    search = read("q", "begun")
    assert database.rows("sessions_that_say", {"project_id": 1, **search.values}, says=search.says) == [
        {"session_id": "of plain"}
    ]


def test_names_of_sessions_that_were_there_are_those_of_before(new_store: Callable[[], Database]) -> None:
    """Migration 0018 changes how they are kept, in parts that are there, too."""
    database = new_store()
    few_words = next(name for name in NAMES if name.startswith("0018_"))
    migrate(database, only=[name for name in NAMES if name < few_words])
    names = "session_id, model_cost, unpriced_models, tool_calls, tags, metadata, step_tags, step_tools, step_metadata, step_tokens, step_costs"
    values = (
        "'s', map('m', 0.000000000001, '', 0), ['n', 'n2'], map('sql', 2), ['', 'a'], map('k', '\"v\"'), [[], ['a', 'b', 'a']],"
        " [['sql'], []], [map(), map('k', '1')], [3, 0], [1, 0]"
    )
    database.command(f"INSERT INTO sessions (project_id, {names}) VALUES (1, {values})")
    before = ask(database, f"SELECT {names} FROM sessions")

    migrate(database)

    assert ask(database, f"SELECT {names} FROM sessions") == before
    assert [
        row["type"] for row in ask(database, SHAPE) if (row["table"], row["name"]) == ("sessions", "step_tools")
    ] == ["Array(Array(LowCardinality(String)))"]


def test_spans_and_traces_that_were_there_are_taken_over_as_they_are(new_store: Callable[[], Database]) -> None:
    """Migration 0019 links their parts into tables with finer marks, wherever it was cut off before."""
    database = new_store()
    finer = next(name for name in NAMES if name.startswith("0019_"))
    migrate(database, only=[name for name in NAMES if name < finer])
    for hour in (490_000, 490_000, 490_800):  # two parts of one day, another of another month
        database.command(
            "INSERT INTO spans (project_id, hour, trace_id, span_id, received_ns, labels, texts)"
            f" SELECT 1, {hour}, toString(number), 's', number, ['name'], [repeat('text ', 20)] FROM numbers(3000)"
        )
        database.command(
            "INSERT INTO traces (project_id, hour, session_id, trace_id, version, tool_calls)"
            f" SELECT 1, {hour}, 's', toString(number), {hour}, map('sql', number) FROM numbers(3000)"
        )
    asked = (
        "SELECT count() AS spans, sum(cityHash64(hour, trace_id, received_ns, version, name, input)) AS all FROM spans",
        "SELECT count() AS traces, sum(cityHash64(hour, trace_id, version, tool_calls)) AS all FROM traces FINAL",
    )
    before = [ask(database, one) for one in asked]

    migrate(database)
    for statement in statements((sql_folder() / "migrations" / finer).read_text(encoding="utf-8")):
        database.command(statement)

    assert [before[0][0]["spans"], before[1][0]["traces"]] == [9000, 6000]
    assert [ask(database, one) for one in asked] == before
    marks = "SELECT name, extract(engine_full, 'index_granularity = (\\\\d+)') AS rows FROM system.tables WHERE database = currentDatabase() AND name IN ('spans', 'traces') ORDER BY name"
    assert ask(database, marks) == [{"name": "spans", "rows": "512"}, {"name": "traces", "rows": "512"}]


def test_a_migration_that_was_edited_after_it_was_applied_is_refused(store: Database) -> None:
    note(store, NAMES[0], "another checksum")

    with pytest.raises(StartupError, match=f"migration {NAMES[0]} is not the one that was applied"):
        migrate(store)


def test_a_store_of_a_newer_version_is_refused_and_says_of_which(store: Database) -> None:
    note(store, "9999_from_the_future.sql", "checksum")

    with pytest.raises(StartupError, match="newer version") as refused:
        migrate(store)

    assert "9999_from_the_future.sql" in refused.value.message
    assert refused.value.hint == "Upgrade threadline-server."


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", []), ("-- only; words\n", []), ("SELECT 1", ["SELECT 1"]), ("SELECT 1;\n\nSELECT 2;\n", ["SELECT 1", "SELECT 2"]),
        ("-- a; b\nSELECT 1;\n  -- c\nSELECT\n2", ["SELECT 1", "SELECT\n2"]),
    ],
)  # fmt: skip
def test_statements_are_what_stands_between_semicolons(text: str, parts: list[str]) -> None:
    assert statements(text) == parts


def test_no_statement_of_ours_has_a_semicolon_within() -> None:
    """They are told apart by semicolons alone, so a quoted one would cut a statement in two."""
    for name in NAMES:
        for statement in statements((sql_folder() / "migrations" / name).read_text(encoding="utf-8")):
            assert statement.count("'") % 2 == 0
            assert statement.count("(") == statement.count(")")
