"""A filter expression as typed nodes. Every node can be written as text again, and reading that gives the same node."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Final, Literal, TypeAlias, Union

import msgspec

Operator: TypeAlias = Literal["=", "!=", "<", "<=", ">", ">=", "in", "not in", "contains", "startsWith", "exists"]


class Ago(msgspec.Struct, frozen=True):
    """A moment so many milliseconds before now."""

    milliseconds: int


class Moment(msgspec.Struct, frozen=True):
    """A moment, in nanoseconds since 1970."""

    nanoseconds: int


Value: TypeAlias = Union[str, bool, Decimal, int, Moment, Ago]  # noqa: UP007  (a type alias at run time)
"""As its subject is kept: ``int`` for counts and milliseconds, ``Decimal`` for dollars and numbers of metadata."""


class Subject(msgspec.Struct, frozen=True):
    """What is asked about: a field of ``FIELDS`` with the key of a ``value``, or a function with its argument."""

    name: str
    key: str = ""


class Test(msgspec.Struct, frozen=True):
    """One comparison. ``exists`` has no values, ``in`` any number, the others one."""

    __test__ = False  # no test of pytest's

    subject: Subject
    operator: Operator
    values: tuple[Value, ...] = ()


class Not(msgspec.Struct, frozen=True):
    part: Node


class And(msgspec.Struct, frozen=True):
    parts: tuple[Node, ...]


class Or(msgspec.Struct, frozen=True):
    parts: tuple[Node, ...]


Node: TypeAlias = Union[Test, Not, And, Or]  # noqa: UP007

FUNCTIONS: Final = ("goal", "score")
_PLAIN_KEY: Final = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")


def written(node: Node) -> str:
    """The expression as text, with no more parentheses than it needs."""
    match node:
        case Or(parts):
            return " or ".join(written(part) for part in parts)
        case And(parts):
            return " and ".join(f"({written(part)})" if isinstance(part, Or | And) else written(part) for part in parts)
        case Not(part):
            return f"not ({written(part)})" if isinstance(part, Or | And) else f"not {written(part)}"
        case Test():
            return _test(node)


def _test(test: Test) -> str:
    subject = _subject(test.subject)
    if test.operator == "exists":
        return f"{subject} exists"
    if test.operator in ("in", "not in"):
        return f"{subject} {test.operator} ({', '.join(map(_value, test.values))})"
    return f"{subject} {test.operator} {_value(test.values[0])}"


def _subject(subject: Subject) -> str:
    if subject.name in FUNCTIONS:
        return f"{subject.name}({_quoted(subject.key)})"
    if subject.name != "metadata":
        return subject.name
    return (
        f"metadata.{subject.key}"
        if subject.key and _PLAIN_KEY.issuperset(subject.key)
        else f"metadata[{_quoted(subject.key)}]"
    )


def _value(value: Value) -> str:
    match value:
        case str():
            return _quoted(value)
        case bool():
            return "true" if value else "false"
        case Ago(milliseconds):
            return f"-{milliseconds}ms" if milliseconds else "now"
        case Moment(nanoseconds):
            seconds, rest = divmod(nanoseconds, 1_000_000_000)
            time = dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(seconds=seconds)
            return f"{time:%Y-%m-%dT%H:%M:%S}.{rest // 1_000:06d}Z"
        case _:
            return f"{value.normalize():f}" if isinstance(value, Decimal) else str(value)


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    for letter, name in (("\n", "\\n"), ("\t", "\\t"), ("\r", "\\r")):
        escaped = escaped.replace(letter, name)
    return f'"{escaped}"'
