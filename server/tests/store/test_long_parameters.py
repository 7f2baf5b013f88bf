"""Parameters that are longer than a ClickHouse server takes in one piece."""

from __future__ import annotations

from clickhouse_connect.driver.binding import format_bind_value
from hypothesis import given
from hypothesis import strategies as st

from server.tests.spans import BASE_NS, ask, span, touched
from threadline_server.store.database import Database
from threadline_server.store.long_parameters import FIELD_BYTES, divided
from threadline_server.store.refresh import ROUND_TRACES
from threadline_server.store.rollup import RollUp
from threadline_server.store.rows import span_batch

from .clickhouse_stub import FIELD_BYTES as FIELD_BYTES_OF_A_SERVER
from .clickhouse_stub import clickhouse

values = st.text(max_size=20) | st.integers(-(2**63), 2**63 - 1) | st.tuples(st.text(max_size=5), st.integers(0, 9))


@given(st.lists(values, max_size=30), st.integers(100, 300))
def test_each_part_is_short_enough_and_all_are_the_list(held: list[object], limit_bytes: int) -> None:
    _, given_now = divided("SELECT {held:Array(String)}", {"held": held}, limit_bytes)
    parts = list(given_now.values())

    assert [value for part in parts for value in part] == held
    assert all(len(format_bind_value(part).encode()) <= limit_bytes for part in parts if len(part) > 1)


def test_a_statement_puts_the_parts_together_wherever_it_names_the_list() -> None:
    statement = "SELECT {a:Array(String)}, {ab:UInt8}, {a:Array(String)}"
    parted = "arrayConcat({a_part0:Array(String)}, {a_part1:Array(String)})"

    assert divided(statement, {"a": ["x", "y"], "ab": 1}, 6) == (
        f"SELECT {parted}, {{ab:UInt8}}, {parted}",
        {"ab": 1, "a_part0": ["x"], "a_part1": ["y"]},
    )
    assert divided(statement, {"a": ["x", "y"], "ab": 1}) == (statement, {"a": ["x", "y"], "ab": 1})


def test_a_round_of_all_the_traces_that_one_may_have_is_rolled_up_on_a_clickhouse_server(
    store: Database, store_url: str
) -> None:
    spans = [
        span(number, trace=f"{number:032x}", after_s=-number, session_id=f"session {number:0300}")
        for number in range(ROUND_TRACES)
    ]
    store.insert("spans", [span_batch(1, spans)])
    name = str(ask(store, "SELECT currentDatabase() AS name")[0]["name"])

    assert FIELD_BYTES < FIELD_BYTES_OF_A_SERVER < len(format_bind_value([one.trace_id for one in spans]))
    with clickhouse(store_url.removeprefix("chdb://"), name) as stub:
        remote = Database(f"clickhouse://127.0.0.1:{stub.port}/default")
        found = RollUp(remote, lambda: BASE_NS).run(1, touched(spans))
        remote.close()

    assert len(found.sessions) == ROUND_TRACES
    assert ask(store, "SELECT count() AS sessions, sum(span_count) AS spans FROM sessions FINAL") == [
        {"sessions": ROUND_TRACES, "spans": ROUND_TRACES}
    ]
