"""What has been understood of one span so far. Dialects offer facts to it in the order of their priority; the first stands."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final

import msgspec

from threadline_server.ingest import json_text, token_counts
from threadline_server.ingest.normalise.shape import Names, Shape
from threadline_server.ingest.told_numbers import real_number, whole_number
from threadline_server.messages import Message
from threadline_server.model import Attributes, Kind

MAX_TOKENS: Final = 1_000_000_000_000
MAX_COST_USD: Final = Decimal(999_999)
"""Dollars for one span; what a cost column holds. More than this is a mistake of units."""
_COST_STEP: Final = Decimal("0.000000000001")
MAX_LATENCY_MS: Final = 2**32 - 1
_COUNTS: Final[Names] = tuple(
    (name, name) for name in ("prompt", "completion", "total", "cached", "cache_write", "reasoning")
)


class Draft(msgspec.Struct, gc=False):
    """Facts by the names of ``Span``, as far as known. ``asked`` and ``answered`` are the input's and output's parsed values.

    ``shape`` is that of ``attributes``, the span's own; offers from other attributes than those do without it.
    """

    attributes: Attributes | None = None
    shape: Shape | None = None
    name: str = ""
    """What a reader calls the span, where the sender's name for it is a template or the trace has one of its own."""
    session_id: str = ""
    is_outside: bool = False
    """Whether it belongs to no session, whatever names one: what it tells is told in another trace."""
    user_id: str = ""
    environment: str = ""
    release: str = ""
    kind: Kind | None = None
    model: str = ""
    provider: str = ""
    model_parameters: bytes = b""
    prompt: int | None = None
    completion: int | None = None
    cached: int | None = None
    cache_write: int | None = None
    reasoning: int | None = None
    total: int | None = None
    cost_usd: Decimal | None = None
    time_to_first_token_ms: int | None = None
    response_id: str = ""
    tags: list[str] = []
    metadata: dict[str, str] = {}
    error_type: str = ""
    error_message: str = ""
    asked: Any = None
    answered: Any = None
    input: bytes = b""
    output: bytes = b""
    input_messages: list[Message] = []
    output_messages: list[Message] = []
    stored: set[str] = set()
    """Attributes that are wholly in another column and need not stand among ``attributes`` again."""
    notes: list[str] = []
    """What was left out, for ``threadline.dropped_fields``."""

    def present(self, attributes: Attributes, names: Names) -> Names:
        """Those of ``names`` that these attributes may have."""
        shape = self.shape
        return names if shape is None or attributes is not self.attributes else shape.present(names)

    def shape_of(self, attributes: Attributes) -> Shape:
        """The shape of these attributes: what is known of the span's own, else found out anew."""
        return self.shape if self.shape is not None and attributes is self.attributes else Shape(tuple(attributes))

    def offer_texts(self, attributes: Attributes, names: Names) -> None:
        for name, field in self.present(attributes, names):
            value = attributes.get(name)
            if value and not getattr(self, field):
                setattr(self, field, value if type(value) is str else plain_text(value))

    def offer_counts(self, attributes: Attributes, names: Names) -> None:
        """Numbers of tokens; senders that write them as text are understood, nonsense is noted and left out."""
        for name, field in self.present(attributes, names):
            value = attributes.get(name)
            if value is not None and getattr(self, field) is None:
                count = whole_number(value)
                if count is None or not 0 <= count <= MAX_TOKENS:
                    self.notes.append(f"{name}: no number of tokens")
                else:
                    setattr(self, field, count)

    def offer_usage(self, told: dict[str, Any]) -> None:
        """An object of token counts, in any provider's spelling."""
        self.offer_counts(token_counts.counts_of(told), _COUNTS)

    def offer_cost(self, name: str, value: Any) -> None:
        """US dollars."""
        if value is None or self.cost_usd is not None:
            return
        cost = dollars(value)
        if cost is None:
            self.notes.append(f"{name}: no sum of dollars")
        self.cost_usd = cost

    def offer_latency(self, name: str, value: Any, *, unit_ms: float) -> None:
        if value is None or self.time_to_first_token_ms is not None:
            return
        number = real_number(value)
        if number is None or not 0 <= number * unit_ms <= MAX_LATENCY_MS:
            self.notes.append(f"{name}: no duration")
        else:
            self.time_to_first_token_ms = round(number * unit_ms)

    def offer_tags(self, value: Any) -> None:
        """An array, or its JSON text, or one tag as plain text."""
        if not value or self.tags:
            return
        if isinstance(value, str):
            found, parsed = json_text.load(value) if value[0] == "[" else (False, None)
            value = parsed if found else [value]
        if isinstance(value, list):
            self.tags = list(dict.fromkeys(text for tag in value if (text := plain_text(tag))))

    def offer_metadata(self, pairs: Iterable[tuple[str, Any]]) -> None:
        for key, value in pairs:
            if key not in self.metadata and value is not None:
                self.metadata[key] = json_text.dump(value).decode()

    def offer_metadata_object(self, name: str, value: Any) -> None:
        """An object, or its JSON text."""
        found = json_text.load_object(value)
        if found is not None:
            self.offer_metadata(found.items())
            self.stored.add(name)

    def offer_parameters(self, name: str, value: Any) -> None:
        """The model's parameters: an object, or its JSON text."""
        if not value or self.model_parameters:
            return
        self.model_parameters = _object_text(value) if type(value) is str and len(value) < 512 else object_text(value)
        if self.model_parameters:
            self.stored.add(name)

    def offer_input(self, name: str, value: Any, *, is_json: bool) -> None:
        """What the span was given; ``is_json`` says that a text is JSON by its sender's word."""
        if value is None or self.input:
            return
        self.input, self.asked = content(value, is_json=is_json)
        self.stored.add(name)

    def offer_output(self, name: str, value: Any, *, is_json: bool) -> None:
        if value is None or self.output:
            return
        self.output, self.answered = content(value, is_json=is_json)
        self.stored.add(name)

    def leave_input(self, name: str) -> None:
        """What was offered is nobody's words: it stays among the attributes."""
        self.input, self.asked = b"", None
        self.stored.discard(name)

    def leave_output(self, name: str) -> None:
        self.output, self.answered = b"", None
        self.stored.discard(name)


def content(value: Any, *, is_json: bool) -> tuple[bytes, Any]:
    """A value as (its JSON text, its parsed form). A text that says it is JSON and is not stays a text."""
    if isinstance(value, str):
        if is_json:
            found, parsed = json_text.load(value)
            if found:
                return value.encode(), parsed
        return json_text.dump(value), value
    return json_text.dump(value), value


def object_text(value: Any) -> bytes:
    """An object as JSON text; empty where the value is none."""
    found = json_text.load_object(value)
    if found is None:
        return b""
    return value.encode() if isinstance(value, str) else json_text.dump(found)


_object_text = lru_cache(maxsize=2_000)(object_text)
"""Programs send the same few parameters with every call."""


def plain_text(value: Any) -> str:
    """A text or a number as text; nothing else names a thing."""
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""


def dollars(value: Any) -> Decimal | None:
    """A cost as exact decimal dollars with 12 places; None for what is none."""
    number = real_number(value)
    if number is None or not 0 <= number <= MAX_COST_USD:
        return None
    return Decimal(str(value)).quantize(_COST_STEP)
