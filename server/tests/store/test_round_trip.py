"""What a span says comes back as it was: through the engine, the trace's page and the export."""

from __future__ import annotations

import itertools
from decimal import Decimal
from typing import Any, get_args

import orjson
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from server.tests.spans import BASE_NS, span, touched
from threadline_server.model import LOG, Kind, Span, SpanError, Usage
from threadline_server.query import exports, present, sessions, traces
from threadline_server.query.goal_conditions import NO_GOALS
from threadline_server.store.database import Database
from threadline_server.store.rollup import RollUp
from threadline_server.store.rows import MAX_COST, span_batch, with_arrival

PROJECTS = itertools.count(20_001)
PROPERTY = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
PARTS = [
    "'",
    '"',
    "\\",
    "\0",
    "\n",
    "\t",
    "\r",
    "`",
    "\\N",
    "NULL",
    "🙂",
    "\u2028",
    "\ufeff",
    "{x:String}",
    "/*",
    "--",
    "\x7f\x1b",
    "é",
]
texts = st.text(st.characters(exclude_categories=("Cs",)), max_size=20) | st.lists(
    st.sampled_from(PARTS), max_size=5
).map("".join)
ids = texts.filter(bool)
json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
json_texts = st.just(b"") | json_values.map(orjson.dumps)
objects = st.just(b"") | st.dictionaries(texts, json_values, max_size=3).map(orjson.dumps)
tokens = st.integers(0, 10**12)
moments = st.integers(0, 86_400 * 10**9).map(lambda after: BASE_NS + after)

spans = st.builds(
    Span,
    trace_id=ids, span_id=ids, parent_id=texts, name=texts, kind=st.sampled_from([kind for kind in get_args(Kind) if kind != LOG]), start_ns=moments, end_ns=st.just(0) | moments,
    status=st.sampled_from(["", "ok", "error"]), error=st.none() | st.builds(SpanError, texts, texts, texts), session_id=ids, user_id=texts,
    environment=texts, release=texts, service=texts, dialect=texts, scope=texts, span_kind=texts, model=texts, provider=texts,
    model_parameters=objects, usage=st.none() | st.builds(Usage, tokens, tokens, tokens, tokens, tokens, tokens),
    cost_usd=st.none() | st.integers(0, 10**12).map(lambda number: Decimal(number).scaleb(-12)),
    time_to_first_token_ms=st.none() | st.integers(0, 2**32 - 1), response_id=texts, tags=st.lists(texts, max_size=3).map(tuple),
    metadata=st.dictionaries(texts, json_values.map(lambda value: orjson.dumps(value).decode()), max_size=3), input_text=texts, output_text=texts,
    input=json_texts, output=json_texts, input_messages=json_texts, output_messages=json_texts, attributes=objects, events=json_texts,
    links=json_texts, resource=objects,
)  # fmt: skip


def stored(database: Database, *sent: Span) -> int:
    project_id = next(PROJECTS)
    ticks = itertools.count(1)
    database.insert("spans", [with_arrival(span_batch(project_id, sent), 1)])
    RollUp(database, lambda: next(ticks)).run(project_id, touched(sent))
    return project_id


def exported(database: Database, project_id: int, session_id: str) -> dict[str, Any]:
    row = sessions.session_row(database, project_id, session_id, NO_GOALS)
    whole: dict[str, Any] = orjson.loads(b"".join(exports.stream(database, project_id, row, "json")))
    return whole


def value(text: bytes) -> Any:
    return orjson.loads(text) if text else None


def as_exported(sent: Span) -> dict[str, Any]:
    """Every fact of a span under the names of the export."""
    running, usage = sent.end_ns == 0, sent.usage or Usage()
    start, end = sent.start_ns // 1_000_000, sent.end_ns // 1_000_000
    error = sent.error or SpanError()
    return {
        "id": sent.span_id, "parentId": sent.parent_id or None, "kind": sent.kind, "name": sent.name,
        "startTime": present.moment(start), "endTime": None if running else present.moment(end), "duration": None if running else end - start,
        "timeToFirstToken": sent.time_to_first_token_ms, "status": "error" if sent.status == "error" else "running" if running else "ok",
        "error": {"type": error.type or None, "message": error.message or None, "stack": error.stack or None} if sent.status == "error" else None,
        "modelName": sent.model or None, "provider": sent.provider or None, "modelParameters": value(sent.model_parameters) or {},
        "input": value(sent.input), "output": value(sent.output),
        "promptTokens": usage.prompt, "completionTokens": usage.completion, "cachedTokens": usage.cached, "reasoningTokens": usage.reasoning,
        "totalTokens": usage.total, "cost": None if sent.cost_usd is None else float(sent.cost_usd), "attributes": value(sent.attributes) or {},
        "cacheWriteTokens": usage.cache_write, "tags": list(sent.tags), "metadata": {key: orjson.loads(text) for key, text in sent.metadata.items()},
        "sessionId": sent.session_id, "userId": sent.user_id, "environment": sent.environment, "release": sent.release, "service": sent.service,
        "dialect": sent.dialect, "scope": sent.scope, "spanKind": sent.span_kind, "responseId": sent.response_id,
        "startTimeUnixNano": str(sent.start_ns), "endTimeUnixNano": str(sent.end_ns),
        "inputMessages": value(sent.input_messages), "outputMessages": value(sent.output_messages), "events": value(sent.events),
        "links": value(sent.links), "resource": value(sent.resource),
    }  # fmt: skip


@PROPERTY
@given(sent=spans)
def test_an_export_and_a_trace_have_every_fact_of_a_span_as_it_was_stored(sent: Span, database: Database) -> None:
    project_id = stored(database, sent)
    facts = as_exported(sent)

    [trace] = exported(database, project_id, sent.session_id)["traces"]
    shown = orjson.loads(present.encoded(traces.one_trace(database, project_id, sent.trace_id)))
    [whole], [part] = trace["spans"], shown["spans"]
    assert {name: whole[name] for name in facts} == facts
    said = {"input": value(sent.input or sent.input_messages), "output": value(sent.output or sent.output_messages)}
    assert part == {name: facts[name] for name in part} | said
    assert {name: trace[name] for name in shown if name != "spans"} == {
        name: shown[name] for name in shown if name != "spans"
    }
    assert {name: shown[name] for name in ("name", "sessionId", "metadata")} == {
        name: facts[name] for name in ("name", "sessionId", "metadata")
    }
    assert (shown["id"], shown["userId"] or "", shown["tags"]) == (
        sent.trace_id,
        sent.user_id,
        list(dict.fromkeys(sent.tags)),
    )
    assert {name: shown[name] for name in said} == said


@settings(PROPERTY, max_examples=10)
@given(depth=st.integers(1, 1_000))
@example(depth=254)
@example(depth=1_000)
def test_a_value_of_any_depth_that_can_be_stored_can_be_read(depth: int, database: Database) -> None:
    deep = b'{"a":' * depth + b"1" + b"}" * depth
    sent = span(1, input=deep, output=deep, attributes=deep, model_parameters=deep, resource=deep, events=deep)
    project_id = stored(database, sent)

    row = sessions.session_row(database, project_id, "session", NO_GOALS)
    texts = [
        b"".join(exports.stream(database, project_id, row, "json")),
        b"".join(exports.stream(database, project_id, row, "jsonl")),
        present.encoded(traces.one_trace(database, project_id, "t")),
        present.encoded(traces.list_traces(database, project_id, [("include", "spans")])),
    ]

    assert all(deep in text for text in texts)


def test_a_span_of_megabytes_comes_back_whole(database: Database) -> None:
    words = "'\\\"🙂\0" * 400_000
    sent = span(1, input=orjson.dumps(words), attributes=orjson.dumps({"k": words}), input_text=words[:500])
    project_id = stored(database, sent)

    [trace] = exported(database, project_id, "session")["traces"]
    assert trace["spans"][0]["input"] == words
    assert trace["spans"][0]["attributes"] == {"k": words}


def test_the_largest_amounts_come_back(database: Database) -> None:
    most = 2**63 - 1
    sent = span(1, usage=Usage(most, most, most, most, most, most), cost_usd=MAX_COST, time_to_first_token_ms=2**32 - 1)
    project_id = stored(database, sent)

    [found] = exported(database, project_id, "session")["traces"][0]["spans"]
    assert [
        found[f"{name}Tokens"] for name in ("prompt", "completion", "cached", "reasoning", "total", "cacheWrite")
    ] == [most] * 6
    assert (found["cost"], found["timeToFirstToken"]) == (999_999, 2**32 - 1)
