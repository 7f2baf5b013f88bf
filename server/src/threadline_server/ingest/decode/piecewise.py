"""Wires that tell of a span in several messages: what their decoders and the makers of their spans share.

A decoder makes a ``SpanPart`` of each message; when one arrives, a maker reads all parts of its span, in the order in which
their sender meant them, and makes the span anew (docs/adr/0005). A maker's ends only ever grow with more parts, so that what
is made of more of them wins in the store over what was made of fewer.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, TypeAlias

import msgspec
import orjson

from threadline import semconv
from threadline_server.ingest import json_text, reasons
from threadline_server.ingest.decode import validity
from threadline_server.ingest.decode.native_fields import Refused, moment
from threadline_server.model import Attributes, Drop, RawSpan, SpanPart

Value: TypeAlias = dict[str, Any]

_EPOCH_UNITS: Final = ((1e11, 1_000_000_000), (1e14, 1_000_000), (1e17, 1_000), (1e20, 1))


class Told(msgspec.Struct, frozen=True):
    """What a body held: parts with the place of their message, what could not be used, and the names of all messages."""

    parts: list[tuple[int, SpanPart]]
    drops: list[Drop]
    ids: list[str]
    """By place, as the sender names them; empty where it does not."""


class Piece(msgspec.Struct, frozen=True, gc=False):
    """A part as its maker reads it."""

    span_id: str
    step: int
    sent_ns: int
    value: Value


PartDecoder: TypeAlias = Callable[[bytes], Told]
"""Raises ``BadRequest`` for a body that is none of its kind."""
Maker: TypeAlias = Callable[[str, Sequence[Piece]], RawSpan | None]
"""(trace id, pieces in order) -> the span as far as it was told; None until a time is known."""


def part_of(wire: str, span_id: str, trace_id: str, value: Value, *, step: int, sent_ns: int) -> SpanPart:
    """``value`` is the message; whatever its maker needs is in it."""
    try:
        body = orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except TypeError:
        body = json_text.dump(value)
    digest = hashlib.blake2b(digest_size=16)
    for field in (wire, span_id, trace_id, str(step), str(sent_ns)):
        digest.update(field.encode() + b"\0")
    digest.update(body)
    return SpanPart(wire, span_id, trace_id, digest.hexdigest(), step, sent_ns, body)


def root_id(trace_id: str) -> str:
    """The id of the root span of a trace that its sender tells of without a span."""
    return hashlib.blake2b(f"root\0{trace_id}".encode(), digest_size=8).hexdigest()


def instant(value: Value, key: str, latest_ns: int) -> int:
    """ISO 8601, or a number of seconds, milliseconds, ... since 1970, as nanoseconds; 0 where there is none. Raises ``Refused``."""
    held = value.get(key)
    if isinstance(held, int | float) and not isinstance(held, bool):
        factor = next((factor for below, factor in _EPOCH_UNITS if 0 <= held < below), 0)
        time_ns = int(held * factor) if isinstance(held, int) else round(held * 1_000_000) * factor // 1_000_000
    else:
        time_ns = moment(value, key) or 0
        if held is None:
            return 0
    if not validity.EARLIEST_NS <= time_ns <= latest_ns:
        side = "before the year 2000" if time_ns < validity.EARLIEST_NS else "more than 2 days in the future"
        raise Refused(reasons.TIME_RANGE, f"{key} is {side}")
    return time_ns


def merged(values: Iterable[Value]) -> Value:
    """The fields of all messages: the last one that is not null stands; metadata are joined key by key, tags as a set."""
    fields: Value = {}
    for value in values:
        for key, held in value.items():
            before = fields.get(key)
            if held is None:
                continue
            if key == "metadata" and isinstance(held, dict) and isinstance(before, dict):
                fields[key] = before | held
            elif key == "tags" and isinstance(held, list) and isinstance(before, list):
                fields[key] = before + [tag for tag in held if tag not in before]
            else:
                fields[key] = held
    return fields


def text_of(value: Value, *keys: str) -> str:
    """The first of these that names something: a text, or a number as text."""
    for key in keys:
        held = value.get(key)
        if isinstance(held, str) and held:
            return held
        if isinstance(held, int | float) and not isinstance(held, bool):
            return str(held)
    return ""


def object_of(value: Value, key: str) -> Value:
    held = value.get(key)
    return held if isinstance(held, dict) else {}


def checked_session(session_id: str) -> None:
    """Raises ``Refused`` for a session id that is too long to be one."""
    if len(session_id) > reasons.MAX_SESSION_ID:
        raise Refused(reasons.SESSION_ID, f"the session id is longer than {reasons.MAX_SESSION_ID} characters")


def json_attributes(values: Mapping[str, Any]) -> Attributes:
    """Attributes whose value is JSON text, without those that hold nothing."""
    return {
        name: json_text.dump(value).decode()
        for name, value in values.items()
        if value is not None and value not in ({}, [])
    }


def texts(values: Mapping[str, str]) -> Attributes:
    return {name: text for name, text in values.items() if text}


def whole_counts(values: Mapping[str, Any]) -> Attributes:
    """Numbers of tokens by attribute, without what is no number."""
    return {name: held for name, held in values.items() if isinstance(held, int | float) and not isinstance(held, bool)}


def exception(message: str, *, type_: str = "", stack: str = "") -> Attributes:
    told = {semconv.EXCEPTION_TYPE: type_, semconv.EXCEPTION_MESSAGE: message, semconv.EXCEPTION_STACK: stack}
    return texts(told)
