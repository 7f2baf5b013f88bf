"""A filter expression as a condition over a row of ``sessions``. The SQL is ours, what its author wrote is bound.

Each comparison is true or false, never unknown: ``!=`` is whatever ``=`` is not, also where there is nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

import msgspec
import orjson

from threadline_server.query.expression.tree import Ago, And, Moment, Node, Not, Or, Test, Value
from threadline_server.query.fields import FIELDS, Field, FieldType
from threadline_server.query.goal_conditions import Goals
from threadline_server.store.queries import Fragment


class Condition(msgspec.Struct, frozen=True):
    """A condition over a row, with the values that it binds."""

    where: Fragment
    values: Mapping[str, Any]


_TYPES: Final[Mapping[FieldType, str]] = {
    "number": "UInt64", "money": "Decimal(38, 12)", "duration": "UInt64", "time": "Int64",
}  # fmt: skip
_ORDERED: Final = ("<", "<=", ">", ">=")


def condition(node: Node, goals: Goals) -> Condition:
    """``goals`` are the project's, with those that the expression names, and say what now is."""
    writer = _Writer(goals)
    return Condition(Fragment(writer.node(node)), writer.values)


class _Writer:
    def __init__(self, goals: Goals) -> None:
        self._goals = goals
        self.values: dict[str, Any] = {}

    def node(self, node: Node) -> str:
        match node:
            case And(parts):
                return f"({' AND '.join(map(self.node, parts))})"
            case Or(parts):
                return f"({' OR '.join(map(self.node, parts))})"
            case Not(part):
                return f"(NOT {self.node(part)})"
            case Test():
                return self._test(node)

    def _test(self, test: Test) -> str:
        if test.operator == "!=":
            return f"(NOT {self._test(msgspec.structs.replace(test, operator='='))})"
        if test.operator == "not in":
            return f"(NOT {self._test(msgspec.structs.replace(test, operator='in'))})"
        subject = test.subject
        if subject.name == "goal":
            return self._goal(subject.key, test.values[0])
        if subject.name == "score":
            return self._score(test)
        return self._field(FIELDS[subject.name], test)

    def _field(self, field: Field, test: Test) -> str:
        if "{idle_" in field.sql:
            self.values |= self._goals.values
        match field.type:
            case "value":
                return self._metadata(test)
            case "text":
                return self._text(field.sql, test)
            case "texts":
                return self._texts(field.sql, test)
            case "flag":
                return f"({field.sql} = {self._bound(test.values[0], 'Bool')})"
            case "number" | "money" | "duration" | "time":
                return self._amount(field.sql, _TYPES[field.type], test)

    def _bound(self, value: Any, kind: str) -> str:
        name = f"filter_{len(self.values)}"
        self.values[name] = value
        return f"{{{name}:{kind}}}"

    def _plain(self, value: Value) -> Any:
        match value:
            case Ago(milliseconds):
                return (self._goals.now_ms - milliseconds) * 1_000_000
            case Moment(nanoseconds):
                return nanoseconds
            case _:
                return value

    def _amount(self, sql: str, kind: str, test: Test) -> str:
        found = [self._plain(value) for value in test.values]
        if test.operator == "in":
            return f"has({self._bound(found, f'Array({kind})')}, {sql})"
        return f"({sql} {test.operator} {self._bound(found[0], kind)})"

    def _text(self, sql: str, test: Test) -> str:
        match test.operator:
            case "in":
                return f"has({self._bound(list(test.values), 'Array(String)')}, {sql})"
            case "exists":
                return f"({sql} != '')"
            case "contains":
                return f"(position({sql}, {self._bound(test.values[0], 'String')}) > 0)"
            case "startsWith":
                return f"startsWith({sql}, {self._bound(test.values[0], 'String')})"
            case _:
                return f"({sql} = {self._bound(test.values[0], 'String')})"

    def _texts(self, sql: str, test: Test) -> str:
        """Whether one of several texts fits."""
        match test.operator:
            case "in":
                return f"arrayExists(one -> has({self._bound(list(test.values), 'Array(String)')}, one), {sql})"
            case "exists":
                return f"notEmpty({sql})"
            case "=":
                return f"has({sql}, {self._bound(test.values[0], 'String')})"
            case _:
                return f"arrayExists(one -> {self._text('one', test)}, {sql})"

    def _goal(self, name: str, wanted: Value) -> str:
        self.values |= self._goals.values
        return f"(({self._goals.named(name).reached}) = {'true' if wanted else 'false'})"

    def _score(self, test: Test) -> str:
        name = self._bound(test.subject.key, "String")
        if test.operator == "exists":
            return f"mapContains(score_counts, {name})"
        tests = [
            f"has(score_labels[{name}], {self._bound(value, 'String')})"
            if isinstance(value, str)
            else f"(mapContains(score_means, {name}) AND {self._real(f'score_means[{name}]', test, value)})"
            for value in test.values
        ]
        return f"({' OR '.join(tests)})"

    def _real(self, sql: str, test: Test, value: Value) -> str:
        operator = test.operator if test.operator in _ORDERED else "="
        assert isinstance(value, Decimal)  # noqa: S101  (the parser lets nothing else through)
        return f"({sql} {operator} {self._bound(float(value), 'Float64')})"

    def _metadata(self, test: Test) -> str:
        key = self._bound(test.subject.key, "String")
        is_there, text = f"mapContains(metadata, {key})", f"metadata[{key}]"
        if test.operator == "exists":
            return is_there
        if test.operator in ("contains", "startsWith"):
            words = self._text(f"JSONExtractString({text})", test)
            return f"({is_there} AND startsWith({text}, '\"') AND {words})"
        return f"({is_there} AND ({' OR '.join(self._json(text, test, value) for value in test.values)}))"

    def _json(self, text: str, test: Test, value: Value) -> str:
        """Whether a JSON text stands for a value; a text also for a number that is written so, as in the plain filters."""
        if isinstance(value, bool):
            return f"({text} = '{'true' if value else 'false'}')"
        if isinstance(value, str):
            written = [value, orjson.dumps(value).decode()]
            return f"has({self._bound(written, 'Array(String)')}, {text})"
        return f"ifNull({self._real(f'toFloat64OrNull({text})', test, value)}, false)"
