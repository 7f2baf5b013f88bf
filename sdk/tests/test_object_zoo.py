"""FAULTS.md row C8: whatever a program logs is recorded, bounded and marked, without waking it or changing it.

Nothing here is timed; ``make bench-sdk`` measures these objects.
"""

import copy
import io
import json
import threading
from collections import OrderedDict, UserList, defaultdict
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

import django
import numpy as np
import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, Field, SecretStr, computed_field, field_serializer
from sqlalchemy import ForeignKey
from sqlalchemy.orm import DeclarativeBase, Mapped, MappedAsDataclass, mapped_column, relationship

from threadline._values import MAX_CHARACTERS, MAX_ITEMS, json_text, text

settings.configure(DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}})
django.setup()

from django.db import models  # noqa: E402  # Django has to be configured first
from django.utils.functional import SimpleLazyObject, lazy  # noqa: E402


class Order(models.Model):  # noqa: DJ008  # nobody prints it
    number = models.IntegerField()

    class Meta:
        app_label = "shop"


class Base(MappedAsDataclass, DeclarativeBase):
    pass


class Customer(Base):
    __tablename__ = "customer"
    id: Mapped[int] = mapped_column(primary_key=True)
    parcels: Mapped[list["Parcel"]] = relationship(default_factory=list)


class Parcel(Base):
    __tablename__ = "parcel"
    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))


def woken(*_: object) -> Any:
    pytest.fail("the object's own code ran")


def blocks(*_: object) -> Any:
    threading.Event().wait()


class Blocking:
    """Each of these would wait for ever."""

    __repr__ = __str__ = __iter__ = __len__ = __eq__ = __bool__ = __getattr__ = blocks
    __hash__ = None


class Raising:
    __repr__ = __str__ = __iter__ = __len__ = __bool__ = woken


class OwnDict(dict):
    __iter__ = __len__ = items = keys = values = __getitem__ = woken


class OwnList(list):
    __iter__ = __len__ = __getitem__ = woken


class OwnText(str):
    __slots__ = ()
    __str__ = __repr__ = __len__ = isascii = encode = woken


class OwnNumber(int):
    __int__ = __str__ = __repr__ = __add__ = bit_length = woken


class Mood(StrEnum):
    GLAD = "glad"


class Message(BaseModel):
    role: str
    content: str = Field(repr=False)
    key: SecretStr = SecretStr("secret")
    internal: str = Field("secret", exclude=True)
    card: str = "secret"
    more: list[int] = []

    @field_serializer("card")
    def _hide(self, _: str) -> str:
        return "hidden"

    @computed_field
    @property
    def length(self) -> int:
        return len(self.content)


@dataclass(slots=True)
class Slotted:
    x: int
    y: list[int] = field(default_factory=list)


@dataclass
class WithProperty:
    x: int

    @property
    def costly(self) -> Any:
        return woken()


class Pair(NamedTuple):
    a: int
    b: int


CYCLE: dict = {"name": "a"}
CYCLE["self"] = [CYCLE, {"again": CYCLE}]
LONG = "a" * 100_000_000


def longer(characters: int) -> str:
    return "a" * MAX_CHARACTERS + f"[truncated: {characters - MAX_CHARACTERS} more characters]"


ZOO = {
    "100 MB text": (lambda: LONG, longer(100_000_000)),
    "100 MB text in a list": (lambda: [LONG, "b"], [longer(100_000_000), "[truncated: 1 more characters]"]),
    "100 MB of a derived text": (lambda: OwnText(LONG), longer(100_000_000)),
    "100 MB of bytes": (lambda: b"a" * 100_000_000, "[binary: 100000000 bytes]"),
    "memory view": (lambda: memoryview(bytearray(12)).cast("i"), "[binary: 12 bytes]"),
    "list of a million": (lambda: [0] * 1_000_000, [0] * MAX_ITEMS + ["[truncated: 990000 more items]"]),
    "cycle": (lambda: CYCLE, {"name": "a", "self": ["[cycle]", {"again": "[cycle]"}]}),
    "generator": (lambda: (woken() for _ in [1]), "[generator]"),
    "map": (lambda: map(woken, [1]), "[map]"),
    "range": (lambda: range(10**12), "[range]"),
    "open file": (lambda: io.StringIO("text"), "[_io.StringIO]"),
    "lock": (threading.Lock, "[_thread.lock]"),
    "blocking": (Blocking, f"[{__name__}.Blocking]"),
    "raising": (Raising, f"[{__name__}.Raising]"),
    "list that holds them": (lambda: [Blocking(), {"a": Raising()}], [f"[{__name__}.Blocking]", {"a": f"[{__name__}.Raising]"}]),
    "key that blocks when asked": (lambda: {Mood.GLAD: 1, (1, 2): 2}, {"glad": 1, "[1,2]": 2}),
    "derived dictionary": (lambda: OwnDict(a=1), {"a": 1}),
    "derived list": (lambda: OwnList([1]), [1]),
    "derived text": (lambda: OwnText("a"), "a"),
    "derived number": (lambda: OwnNumber(7), 7),
    "ordered and default dictionaries": (lambda: [OrderedDict(a=1), defaultdict(woken, b=2)], [{"a": 1}, {"b": 2}]),
    "named tuple": (lambda: Pair(1, 2), [1, 2]),
    "user list": (lambda: UserList([1]), "[collections.UserList]"),
    "slotted dataclass": (lambda: Slotted(1, [2]), {"x": 1, "y": [2]}),
    "dataclass with a property": (lambda: WithProperty(1), {"x": 1}),
    "unknown object": (object, "[object]"),
    "Django query set": (lambda: Order.objects.filter(number=1), "[django.db.models.query.QuerySet]"),
    "Django row": (lambda: Order(number=1), f"[{__name__}.Order]"),
    "Django lazy object": (lambda: SimpleLazyObject(woken), "[django.utils.functional.SimpleLazyObject]"),
    "Django lazy text": (lazy(woken, str), "[django.utils.functional.lazy.<locals>.__proxy__]"),
    "SQLAlchemy row with a relationship not loaded": (
        lambda: Customer.__new__(Customer),
        {},
    ),
    "SQLAlchemy row": (lambda: Parcel(id=1, customer_id=2), {"id": 1, "customer_id": 2}),
    "numpy array": (lambda: np.arange(4).reshape(2, 2), [[0, 1], [2, 3]]),
    "numpy scalars": (lambda: [np.float32(0.5), np.int8(1), np.bool_(True), np.str_("a")], [0.5, 1, True, "a"]),
    "numpy array of 100 MB": (lambda: np.zeros(12_500_000), "[numpy.ndarray: shape (12500000,)]"),
    "numpy array of long texts": (lambda: np.array(["a" * 3_000_000] * 2), "[numpy.ndarray: shape (2,)]"),
    "numpy array of objects": (lambda: np.array([object()], dtype=object), ["[object]"]),
    "numpy array of NaN": (lambda: np.array([np.nan]), ["NaN"]),
    "pydantic model": (
        lambda: Message(role="user", content="Hi."),
        {"role": "user", "content": "Hi.", "key": "[pydantic.types.SecretStr]", "card": "hidden", "more": [], "length": 3},
    ),
    "pydantic model of a million": (
        lambda: Message(role="user", content="", more=[0] * 1_000_000),
        f"[truncated: {__name__}.Message of more than {MAX_ITEMS} items]",
    ),
    "pydantic model without validation": (
        lambda: Message.model_construct(role=1),
        {"role": 1, "key": "[pydantic.types.SecretStr]", "card": "hidden", "more": []},
    ),
    "class and function": (lambda: [Slotted, woken], [f"[class {__name__}.Slotted]", f"[function {__name__}.woken]"]),
}  # fmt: skip


@pytest.mark.parametrize("name", ZOO)
def test_an_object_is_recorded_and_stays_asleep(name):
    make, expected = ZOO[name]
    recorded = json.loads(json_text(make()))
    if name == "pydantic model without validation":  # its computed field cannot be computed, which is its own affair
        assert recorded == expected or recorded.startswith("[unreadable ")
    else:
        assert recorded == expected


def test_a_query_set_has_not_asked_its_database():
    orders = Order.objects.filter(number=1)
    json_text({"orders": orders})
    assert orders._result_cache is None


def test_a_generator_is_left_where_it_is():
    numbers = iter([1, 2, 3])
    json_text(numbers)
    assert next(numbers) == 1


@given(
    st.recursive(
        st.none() | st.integers() | st.floats() | st.text() | st.binary() | st.builds(Slotted, st.integers()),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner) | st.tuples(inner) | st.builds(WithProperty, inner),
    )
)  # fmt: skip
def test_no_value_is_changed(value):
    before = copy.deepcopy(value)
    json_text(value)
    assert repr(value) == repr(before)


@pytest.mark.parametrize("make", [Blocking, Raising, lambda: SimpleLazyObject(woken), lambda: OwnText("a")])
def test_names_and_ids_may_be_any_object_too(make):
    assert json.loads(f'"{text(make())}"')


def test_the_zoo_through_the_handles(recording):
    for name, (make, _) in ZOO.items():
        if "100 MB" not in name:
            with recording.obs.span(name, input=make(), metadata={"value": make()}, tags=[make()]):
                pass
    assert len(recording.spans) == len([name for name in ZOO if "100 MB" not in name])
