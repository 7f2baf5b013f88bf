"""A session that is exported and imported into an empty project is the same session, whatever deliveries it was made of."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from functools import partial
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from threadline_server.ingest.decode import otlp_json
from threadline_server.ingest.decode.session_file import To
from threadline_server.ingest.prepare import NO_TERMS, Load, Restored, prepare_restored, prepare_spans
from threadline_server.masking.rules import NO_RULES
from threadline_server.model import Span
from threadline_server.query import exports, sessions
from threadline_server.query.goal_conditions import NO_GOALS
from threadline_server.store.database import Database
from threadline_server.store.rollup import RollUp
from threadline_server.store.rows import with_arrival

from .test_laws import PROJECTS, PROPERTY, deliver, deliveries, listed, parts_of, rollup, side_by_side, small_worlds

__all__ = ["rollup"]  # the fixture
FEWER = settings(PROPERTY, max_examples=4)
worlds = side_by_side(small_worlds, most=4)
NOW_NS = 1_800_000_000_000_000_000


def exported(database: Database, project_id: int, form: str) -> dict[str, bytes]:
    """Session id -> its file."""
    page = sessions.list_sessions(database, project_id, [("limit", "200")], NO_GOALS)["data"]
    rows = [sessions.session_row(database, project_id, entry["id"], NO_GOALS) for entry in page]
    return {row["session_id"]: b"".join(exports.stream(database, project_id, row, form)) for row in rows}


def store(database: Database, rollup: RollUp, loads: Iterable[Load | None], *, arrival: int) -> None:
    """Store what was read of some files, and roll up once."""
    touched: dict[int, dict[str, set[int]]] = defaultdict(lambda: defaultdict(set))
    for number, load in enumerate(loads):
        assert load is not None
        database.insert("spans", [with_arrival(load.batch, arrival + number * 10**6)])
        for trace_id, hours in load.touched.items():
            touched[load.project_id][trace_id] |= set(hours)
    for project_id, dirty in touched.items():
        rollup.run(project_id, dirty)


@pytest.mark.parametrize("form", ["json", "jsonl"])
@FEWER
@given(data=st.data())
def test_what_is_exported_and_imported_into_an_empty_project_is_exported_as_it_was(
    form: str, data: st.DataObject, database: Database, rollup: RollUp
) -> None:
    project_id = deliver(database, rollup, data.draw(deliveries(data.draw(worlds))))
    before, numbers = exported(database, project_id, form), listed(database, project_id)
    copy, again = next(PROJECTS), data.draw(st.integers(1, 2))

    for number, files in enumerate(data.draw(parts_of([*before.values()] * again))):
        read = [(file, *prepare_restored(copy, NO_RULES, To(NOW_NS), file)) for file in files]
        for file, _, outcome in read:
            assert isinstance(outcome, Restored)
            assert (outcome.rejected, outcome.received) == ((), trace_count(file))
        store(database, rollup, [load for _, load, _ in read], arrival=1 + number * 10**9)

    assert exported(database, copy, form) == before
    assert listed(database, copy) == numbers


def trace_count(file: bytes) -> int:
    head: Any = msgspec.json.decode(file.split(b"\n", 1)[0] if b'"traces":[' not in file else file)
    return int(head["traceCount"])


def told_by_otlp(span: Span) -> Span:
    """The span as OTLP can tell it: no log record, and a call of a model that has a price has its cost, else it would be priced anew."""
    kind = "span" if span.kind == "log" else span.kind
    is_priced = span.model == "gpt-4o" and span.usage is not None
    cost = Decimal("0.25") if is_priced and span.cost_usd is None else span.cost_usd
    return msgspec.structs.replace(span, kind=kind, cost_usd=cost)


@FEWER
@given(data=st.data())
def test_what_is_exported_as_otlp_and_sent_to_an_empty_project_has_the_same_numbers(
    data: st.DataObject, database: Database, rollup: RollUp
) -> None:
    spans = [told_by_otlp(span) for span in data.draw(worlds)]
    project_id = deliver(database, rollup, data.draw(deliveries(spans)))
    numbers = listed(database, project_id)
    copy = next(PROJECTS)

    for number, files in enumerate(data.draw(parts_of([*exported(database, project_id, "otlp").values()]))):
        decode = partial(otlp_json.decode, now_ns=NOW_NS)
        read = [prepare_spans(copy, NO_TERMS, "span", decode, file) for file in files]
        assert all(outcome.rejected == () for _, outcome in read)
        store(database, rollup, [load for load, _ in read], arrival=1 + number * 10**9)

    assert {name: without_order(entry) for name, entry in listed(database, copy).items()} == {
        name: without_order(entry) for name, entry in numbers.items()
    }


def without_order(entry: dict[str, Any]) -> dict[str, Any]:
    """Which of two turns of one moment is the first is decided by their ids, and OTLP takes digests of ids that are not its own."""
    return {name: value for name, value in entry.items() if name not in ("userId", "metadata")} | {
        name: sorted(entry[name]) for name in ("userIds", "tags", "unpricedModels")
    }
