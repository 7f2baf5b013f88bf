"""Random filter expressions, and what a plain program makes of them over a session as the API shows it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping
from decimal import Decimal
from typing import Any

import orjson
from hypothesis import strategies as st

from threadline_server.query.expression.tree import Ago, And, Moment, Node, Not, Or, Subject, Test, Value
from threadline_server.query.expression.values import OPERATORS
from threadline_server.query.fields import FIELDS

Entry = Mapping[str, Any]
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def ns(text: str) -> int:
    """Times are shown in milliseconds; the values here are whole milliseconds, too."""
    return (dt.datetime.fromisoformat(text) - _EPOCH) // dt.timedelta(milliseconds=1) * 1_000_000


GETTERS: dict[str, Callable[[Entry], Any]] = {
    "cost": lambda entry: Decimal(repr(entry["totalCost"])),
    "tokens": lambda entry: entry["totalTokens"],
    **{
        name: (lambda entry, name=name: entry[name])
        for name in ("promptTokens", "completionTokens", "cachedTokens", "reasoningTokens")
    },
    "duration": lambda entry: entry["duration"],
    "activeDuration": lambda entry: entry["activeDuration"],
    "turns": lambda entry: entry["traceCount"],
    "segments": lambda entry: entry["segments"],
    "spans": lambda entry: entry["spanCount"],
    "generations": lambda entry: entry["generationCount"],
    "toolCalls": lambda entry: entry["toolCount"],
    "errors": lambda entry: entry["errorCount"],
    "comments": lambda entry: entry["commentCount"],
    "startTime": lambda entry: ns(entry["startTime"]),
    "lastActivity": lambda entry: ns(entry["endTime"]),
    "session.id": lambda entry: entry["id"],
    "user.id": lambda entry: entry["userIds"],
    "environment": lambda entry: entry["environment"] or "",
    "release": lambda entry: entry["release"] or "",
    "model": lambda entry: [use["model"] for use in entry["models"]],
    "unpricedModel": lambda entry: entry["unpricedModels"],
    "tool": lambda entry: [use["name"] for use in entry["tools"]],
    "tag": lambda entry: entry["tags"],
    "step": lambda entry: entry["steps"],
    "title": lambda entry: entry["title"] or "",
    "outcome": lambda entry: entry["outcome"] or "",
    "firstInput": lambda entry: entry["firstInput"] or "",
    "lastOutput": lambda entry: entry["lastOutput"] or "",
    "bookmarked": lambda entry: entry["bookmarked"],
    "ended": lambda entry: entry["endedAt"] is not None,
}
"""What the session's JSON tells of a field. ``status`` depends on now; ``steps`` is put there by the test."""


def holds(node: Node, entry: Entry, now_ns: int) -> bool:
    match node:
        case And(parts):
            return all(holds(part, entry, now_ns) for part in parts)
        case Or(parts):
            return any(holds(part, entry, now_ns) for part in parts)
        case Not(part):
            return not holds(part, entry, now_ns)
        case Test():
            return _holds(node, entry, now_ns)


def _holds(test: Test, entry: Entry, now_ns: int) -> bool:
    if test.operator == "!=":
        return not _holds(Test(test.subject, "=", test.values), entry, now_ns)
    if test.operator == "not in":
        return not _holds(Test(test.subject, "in", test.values), entry, now_ns)
    values = [_plain(value, now_ns) for value in test.values]
    if test.subject.name == "metadata":
        return _metadata(test, entry)
    if test.subject.name == "status":
        return _fits(test.operator, _status(entry, now_ns), values)
    found = GETTERS[test.subject.name](entry)
    if FIELDS[test.subject.name].type != "texts":
        return _fits(test.operator, found, values)
    return bool(found) if test.operator == "exists" else any(_fits(test.operator, one, values) for one in found)


def _status(entry: Entry, now_ns: int) -> str:
    if entry["endedAt"] is not None:
        return "ended"
    return "active" if ns(entry["endTime"]) > now_ns - 1_800_000_000_000 else "idle"


def _plain(value: Value, now_ns: int) -> Any:
    match value:
        case Ago(milliseconds):
            return now_ns - milliseconds * 1_000_000
        case Moment(nanoseconds):
            return nanoseconds
        case _:
            return value


def _fits(operator: str, found: Any, values: list[Any]) -> bool:
    tests: dict[str, Callable[[], bool]] = {
        "=": lambda: found == values[0],
        "in": lambda: found in values,
        "<": lambda: found < values[0],
        "<=": lambda: found <= values[0],
        ">": lambda: found > values[0],
        ">=": lambda: found >= values[0],
        "contains": lambda: values[0] in found,
        "startsWith": lambda: found.startswith(values[0]),
        "exists": lambda: found != "",
    }
    return bool(tests[operator]())


def _metadata(test: Test, entry: Entry) -> bool:
    metadata = entry["metadata"]
    if test.subject.key not in metadata:
        return False
    found = metadata[test.subject.key]
    if test.operator == "exists":
        return True
    if test.operator in ("contains", "startsWith"):
        return isinstance(found, str) and _fits(test.operator, found, list(test.values))
    return any(_is(found, test.operator, value) for value in test.values)


def _is(found: Any, operator: str, value: Value) -> bool:
    if isinstance(value, bool):
        return found is value
    if isinstance(value, str):
        return orjson.dumps(found).decode() in (value, orjson.dumps(value).decode())
    if isinstance(found, bool) or not isinstance(found, int | float):
        return False
    return _fits(operator if operator in ("<", "<=", ">", ">=") else "=", float(found), [float(value)])  # type: ignore[arg-type]


# --- random trees ---

plain_texts = st.text(st.characters(exclude_categories=("Cs",)), max_size=8)


def trees(
    *, texts: st.SearchStrategy[str] = plain_texts, keys: st.SearchStrategy[str] = plain_texts, goals: Collection[str] = (),
    moments: st.SearchStrategy[int] | None = None,
) -> st.SearchStrategy[Node]:  # fmt: skip
    """Trees that the parser may answer: no node of one part, no value that it would refuse."""
    milliseconds = moments if moments is not None else st.integers(1_700_000_000_000, 1_800_000_000_000)
    values: dict[str, st.SearchStrategy[Any]] = {
        "number": st.integers(0, 6) | st.integers(0, 2**63 - 1),
        "money": st.sampled_from(["0", "0.1", "0.5", "0.500000000001", "1.25", "13.5"]).map(lambda text: Decimal(text).quantize(Decimal("1e-12"))),
        "duration": st.sampled_from([0, 1, 800, 15_000, 1_800_000, 1_800_001, 7_200_000]) | st.integers(0, 10**10),
        "time": milliseconds.map(lambda ms: Moment(ms * 1_000_000)) | st.integers(0, 10**11).map(Ago),
        "text": texts,
        "texts": texts,
        "flag": st.booleans(),
        "value": texts | st.booleans() | st.sampled_from(["0", "3", "-1.5"]).map(Decimal),
    }  # fmt: skip
    subjects = st.sampled_from(sorted(name for name in FIELDS if name != "metadata")).map(Subject) | keys.map(
        lambda key: Subject("metadata", key)
    )
    if goals:
        subjects |= st.sampled_from(sorted(goals)).map(lambda name: Subject("goal", name))

    def tests_of(subject: Subject) -> st.SearchStrategy[Node]:
        kind = "flag" if subject.name == "goal" else FIELDS[subject.name].type
        return st.sampled_from(OPERATORS[kind]).flatmap(lambda operator: _test(subject, kind, operator, values))

    def above(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
        several = st.lists(inner, min_size=2, max_size=3).map(tuple)
        return inner.map(Not) | several.map(_and) | several.map(_or)

    return st.recursive(subjects.flatmap(tests_of), above, max_leaves=6)


def _and(parts: tuple[Node, ...]) -> Node:
    return And(parts)


def _or(parts: tuple[Node, ...]) -> Node:
    """An ``or`` inside an ``or`` is written without parentheses, and so reads as one."""
    return Or(tuple(inner for part in parts for inner in (part.parts if isinstance(part, Or) else (part,))))


def _test(
    subject: Subject, kind: str, operator: str, values: Mapping[str, st.SearchStrategy[Any]]
) -> st.SearchStrategy[Node]:
    one = values[kind]
    if kind == "value" and operator in ("contains", "startsWith"):
        one = values["text"]
    elif kind == "value" and operator in ("<", "<=", ">", ">="):
        one = st.sampled_from(["0", "3", "-1.5", "2.75"]).map(Decimal)
    count = {"exists": (0, 0), "in": (1, 3), "not in": (1, 3)}.get(operator, (1, 1))
    return st.lists(one, min_size=count[0], max_size=count[1]).map(
        lambda found: Test(subject, operator, tuple(found))  # type: ignore[arg-type]
    )
