import itertools
import json
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from pathlib import PurePosixPath
from types import MappingProxyType, SimpleNamespace
from uuid import UUID

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, SecretStr

from threadline._plain_values import dump
from threadline._values import (
    MAX_CHARACTERS,
    MAX_DEPTH,
    MAX_ITEMS,
    MAX_OBJECTS,
    MAX_TAGS,
    _Copier,
    json_object,
    json_text,
    text,
    texts,
)


class Colour(Enum):
    RED = "red"


@dataclass
class Point:
    x: int
    y: float


class Account(BaseModel):
    name: str
    password: SecretStr
    colour: Colour = Colour.RED


class Text(str):
    __slots__ = ()


class Count(int):
    pass


class Ratio(float):
    pass


class FailingRepr:
    def __repr__(self) -> str:
        raise OSError("no")


class FailingText(Exception):
    def __str__(self) -> str:
        raise ValueError("no")


class QuerySet:
    """Asks its database when it is iterated or printed, as Django's does."""

    def __iter__(self):
        raise AssertionError("the database was asked")

    __repr__ = __iter__


class FailingDict(dict):
    def items(self):
        raise AssertionError("asked")

    __len__ = __iter__ = items


class FailingMapping(Mapping):
    def __getitem__(self, key):
        raise RuntimeError("no")

    __iter__ = __len__ = items = lambda self: self[0]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        (True, True),
        (0, 0),
        (1.5, 1.5),
        ("Grüße 🙂", "Grüße 🙂"),
        (float("nan"), "NaN"),
        (float("inf"), "Infinity"),
        (float("-inf"), "-Infinity"),
        (2**63, "9223372036854775808"),
        (1 << 5000, "[integer of 5001 bits]"),
        ("a\ud800b", "a\ufffdb"),
        (Text("text"), "text"),
        (Count(3), 3),
        (Ratio(0.5), 0.5),
        (b"text", "text"),
        (b"\xff\xfe", "[binary: 2 bytes]"),
        (memoryview(b"ab"), "[binary: 2 bytes]"),
        ((1, (2, 3)), [1, [2, 3]]),
        (deque([1]), [1]),
        (frozenset({1}), [1]),
        (MappingProxyType({"a": 1}), {"a": 1}),
        ({1: "a", None: "b", False: "c", ("x", 1): "d"}, {"1": "a", "null": "b", "false": "c", '["x",1]': "d"}),
        (datetime(2026, 11, 23, 10, 30, tzinfo=UTC), "2026-11-23T10:30:00+00:00"),
        (date(2026, 11, 23), "2026-11-23"),
        (timedelta(seconds=90), "0:01:30"),
        (Decimal("0.10"), "0.10"),
        (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (PurePosixPath("/a/b"), "/a/b"),
        (Colour.RED, "red"),
        (Point(1, float("nan")), {"x": 1, "y": "NaN"}),
        (
            Account(name="a", password=SecretStr("s")),
            {"name": "a", "password": "[pydantic.types.SecretStr]", "colour": "red"},
        ),
        (np.int64(3), 3),
        (np.array([[1, 2], [3, 4]]), [[1, 2], [3, 4]]),
        (np.zeros((200, 100)), "[numpy.ndarray: shape (200, 100)]"),
        (ValueError("wrong"), "ValueError: wrong"),
        (SimpleNamespace(a=1), {"a": 1}),
        (FailingRepr(), f"[{__name__}.FailingRepr]"),
        (FailingText(), f"[unreadable {__name__}.FailingText: ValueError]"),
        (FailingDict(a=1), {"a": 1}),
        (FailingMapping(), f"[unreadable {__name__}.FailingMapping: RuntimeError]"),
        (Point, f"[class {__name__}.Point]"),
        (json.loads, "[function json.loads]"),
        (QuerySet(), f"[{__name__}.QuerySet]"),
        ((number for number in [1]), "[generator]"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_every_value_becomes_json(value, expected):
    assert json.loads(json_text(value)) == expected


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.binary() | st.datetimes() | st.decimals() | st.complex_numbers()
    | st.text(st.characters(codec=None, categories=None)) | st.builds(FailingRepr) | st.builds(QuerySet),
    lambda inner: st.lists(inner) | st.tuples(inner) | st.dictionaries(st.text() | st.integers() | st.tuples(st.floats()), inner),
)  # fmt: skip


@given(JSON)
def test_what_is_json_already_stays_as_it_is(value):
    assert json.loads(json_text(value)) == value


@given(ANYTHING)
def test_any_value_becomes_json_in_utf8_without_its_extensions(value):
    json.loads(json_text(value).encode(), parse_constant=pytest.fail)


@given(st.text())
def test_a_text_stays_as_it_is(value):
    assert text(value) == value


@given(st.text(), st.characters(categories=["Cs"]), st.text())
def test_a_lone_surrogate_is_replaced_and_nothing_else(before, surrogate, after):
    assert text(before + surrogate + after) == f"{before}\ufffd{after}"


def test_a_cycle_is_marked():
    value: dict = {"name": "a"}
    value["self"] = [value]
    assert json.loads(json_text(value)) == {"name": "a", "self": ["[cycle]"]}


def test_a_value_that_occurs_twice_is_no_cycle():
    shared = {"a": 1}
    assert json.loads(json_text([shared, shared])) == [{"a": 1}, {"a": 1}]


def test_depth_is_bounded():
    value: list = []
    for _ in range(100_000):
        value = [value]
    assert json_text(value) == "[" * MAX_DEPTH + f'"[truncated: nested deeper than {MAX_DEPTH}]"' + "]" * MAX_DEPTH


def test_length_is_bounded_over_all_texts_together():
    copy = json.loads(json_text(["a" * (MAX_CHARACTERS - 1), "bcd", "ef"]))
    assert copy[1:] == ["b[truncated: 2 more characters]", "[truncated: 2 more characters]"]


def test_the_number_of_elements_is_bounded_over_all_levels_together():
    copy = json.loads(json_text([list(range(MAX_ITEMS)), [1]]))
    assert (copy[0][-1], copy[1]) == ("[truncated: 2 more items]", ["[truncated: 1 more items]"])


def test_the_number_of_keys_is_bounded():
    copy = json.loads(json_text(dict.fromkeys(range(MAX_ITEMS + 5))))
    assert (len(copy), copy["[truncated]"]) == (MAX_ITEMS + 1, "5 more keys")


def test_long_binary_data_is_named_only():
    assert text(b"a" * (MAX_CHARACTERS + 1)) == f"[binary: {MAX_CHARACTERS + 1} bytes]"


def test_the_original_is_not_changed_and_not_kept():
    messages = [{"role": "user"}]
    copy = json_object({"messages": messages})
    messages.append({"role": "assistant"})
    assert (copy, len(messages)) == ({"messages": [{"role": "user"}]}, 2)


def test_what_is_no_mapping_becomes_one():
    assert json_object("web") == {"value": "web"}


def test_a_text_by_itself_is_one_of_several_texts():
    assert (texts("conversion"), texts(["a", 1])) == (["conversion"], ["a", "1"])


def test_tags_are_bounded_in_number_and_an_endless_iterable_ends():
    assert len(texts(itertools.count())) == MAX_TAGS


def test_the_number_of_objects_is_bounded():
    one = str(UUID(int=1))
    copy = json.loads(json_text([*([UUID(int=1)] * (MAX_OBJECTS + 2)), "text"]))
    assert copy == [one] * MAX_OBJECTS + ["[truncated: 3 more items]"]
    copy = json.loads(json_text([[UUID(int=1)] * MAX_OBJECTS, {"a": UUID(int=1), "b": "text"}]))
    assert copy[1] == {"a": f"[truncated: more than {MAX_OBJECTS} objects]", "b": "text"}


def test_a_limit_of_characters_can_be_given():
    assert json_text({"a": "bcdef"}, 3) == '{"a":"bc[truncated: 3 more characters]"}'


def test_very_many_lone_surrogates_are_question_marks():
    assert text("\ud800" * 2_000 + "é") == "?" * 2_000 + "é"


@given(st.lists(JSON | ANYTHING, max_size=5), st.integers(0, 30), st.integers(1, 100))
def test_the_short_ways_lead_to_what_the_walk_finds(values, characters, repetitions):
    value = values * repetitions
    assert json_text(value, characters) == dump(_Copier(characters).copy(value))
