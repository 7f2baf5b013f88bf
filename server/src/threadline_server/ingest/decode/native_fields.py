"""The fields of a trace object or observation of the plain JSON -> attributes under our own names (``threadline.semconv``)."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final, Literal

import msgspec

from threadline import semconv
from threadline_server.ingest import json_text, reasons
from threadline_server.model import Attributes, RawEvent

_MAX_ID: Final = 512
_EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_TEXTS: Final = {
    "userId": semconv.USER_ID, "kind": semconv.KIND, "modelName": semconv.REQUEST_MODEL, "provider": semconv.PROVIDER,
    "environment": semconv.ENVIRONMENT, "release": semconv.RELEASE,
}  # fmt: skip
_NUMBERS: Final = {
    "promptTokens": semconv.PROMPT_TOKENS, "completionTokens": semconv.COMPLETION_TOKENS,
    "totalTokens": semconv.TOTAL_TOKENS, "cachedTokens": semconv.CACHED_TOKENS,
    "cacheWriteTokens": semconv.CACHE_WRITE_TOKENS, "reasoningTokens": semconv.REASONING_TOKENS,
    "cost": semconv.COST_USD, "timeToFirstToken": semconv.TIME_TO_FIRST_TOKEN_MS,
}  # fmt: skip
_OBJECTS: Final = {"metadata": semconv.METADATA, "modelParameters": semconv.MODEL_PARAMETERS}
_VALUES: Final = {"input": semconv.INPUT, "output": semconv.OUTPUT}
READ_FIELDS: Final = frozenset(
    {*_TEXTS, *_NUMBERS, *_OBJECTS, *_VALUES, "id", "name", "sessionId", "parentId", "parentObservationId", "startTime",
     "endTime", "tags", "status", "error"}
)  # fmt: skip


class Refused(Exception):
    """The trace object cannot be taken: a reason of ``reasons`` and a sentence that names the field, not its value."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class RawFields(msgspec.Struct, frozen=True):
    name: str
    attributes: Attributes
    status: Literal["", "ok", "error"]
    status_message: str
    exception: Attributes | None

    def events(self, time_ns: int) -> tuple[RawEvent, ...]:
        return () if self.exception is None else (RawEvent(semconv.EXCEPTION_EVENT, time_ns, self.exception),)


def raw_fields(value: dict[str, Any], *, is_root: bool) -> RawFields:
    """Everything of the object but its ids and times; fields without a meaning of ours stay under their own names."""
    attributes: Attributes = {key: item for key, item in value.items() if key not in READ_FIELDS and item is not None}
    for key, name in _TEXTS.items():
        text = _text(value, key)
        if text:
            attributes[name] = text
    session_id = value.get("sessionId", attributes.get(semconv.SESSION_ID))
    if session_id is not None:
        attributes[semconv.SESSION_ID] = _session_id(session_id)
    attributes |= {name: value[key] for key, name in _NUMBERS.items() if value.get(key) is not None}
    for key in _OBJECTS:
        if not isinstance(value.get(key), dict | None):
            raise Refused(reasons.MALFORMED, f"{key} is not an object")
    for key, name in (_OBJECTS | _VALUES).items():
        if value.get(key) is not None:
            attributes[name] = json_text.dump(value[key]).decode()
    if tags := _tags(value.get("tags")):
        attributes[semconv.TAGS] = tags
    attributes[semconv.KIND] = "span" if is_root else attributes.get(semconv.KIND) or _likely_kind(value)
    status, message, exception = _outcome(value)
    if status == "" and value.get("status") is not None:
        attributes["status"] = value["status"]
    return RawFields(_text(value, "name"), attributes, status, message, exception)


def _likely_kind(value: dict[str, Any]) -> str:
    return "generation" if value.get("modelName") or value.get("promptTokens") is not None else "span"


def _text(value: dict[str, Any], key: str) -> str:
    held = value.get(key)
    if held is not None and not isinstance(held, str):
        raise Refused(reasons.MALFORMED, f"{key} is not a text")
    return held or ""


def identifier(value: dict[str, Any], key: str, reason: str) -> str:
    """The caller's own id; empty where there is none."""
    held = value.get(key)
    if held is None:
        return ""
    if not isinstance(held, str) or not 0 < len(held) <= _MAX_ID:
        raise Refused(reason, f"{key} is not a text of 1 to {_MAX_ID} characters")
    return held


def _session_id(held: Any) -> str:
    if not isinstance(held, str) or not 0 < len(held) <= reasons.MAX_SESSION_ID:
        raise Refused(reasons.SESSION_ID, f"sessionId is not a text of 1 to {reasons.MAX_SESSION_ID} characters")
    return held


def _tags(held: Any) -> list[str]:
    if held is None:
        return []
    if not isinstance(held, list) or not all(isinstance(tag, str) for tag in held):
        raise Refused(reasons.MALFORMED, "tags is not an array of texts")
    return held


def _outcome(value: dict[str, Any]) -> tuple[Literal["", "ok", "error"], str, Attributes | None]:
    """How it ended: (status, message, the exception's attributes). An ``error`` is one whatever ``status`` says."""
    error, said = value.get("error"), value.get("status")
    if isinstance(error, dict) and error:
        told = {
            semconv.EXCEPTION_TYPE: _text(error, "type"),
            semconv.EXCEPTION_MESSAGE: _text(error, "message"),
            semconv.EXCEPTION_STACK: _text(error, "stack"),
        }
        return "error", told[semconv.EXCEPTION_MESSAGE], {name: text for name, text in told.items() if text}
    if isinstance(error, str) and error:
        return "error", error, None
    if error:
        raise Refused(reasons.MALFORMED, "error is neither a text nor an object")
    match said:
        case "ok":
            return "ok", "", None
        case "error":
            return "error", "", None
        case _:
            return "", "", None


def moment(value: dict[str, Any], key: str) -> int | None:
    """An ISO 8601 time as nanoseconds since 1970; UTC where it names no offset."""
    held = value.get(key)
    if held is None:
        return None
    written = held.upper().replace(",", ".") if isinstance(held, str) else ""
    if not ("T" in written or " " in written):
        raise Refused(reasons.MALFORMED, f"{key} is not an ISO 8601 time such as 2026-11-23T10:30:00Z")
    try:
        parsed = dt.datetime.fromisoformat(written)
    except ValueError as error:
        raise Refused(reasons.MALFORMED, f"{key} is not an ISO 8601 time such as 2026-11-23T10:30:00Z") from error
    parsed = parsed if parsed.tzinfo is not None else parsed.replace(tzinfo=dt.UTC)
    passed = parsed - _EPOCH
    return (passed.days * 86_400 + passed.seconds) * 1_000_000_000 + passed.microseconds * 1_000 + _nanoseconds(written)


def _nanoseconds(text: str) -> int:
    """The seventh to ninth digit of a second's fraction, which ``datetime`` has no room for."""
    fraction = text.partition(".")[2]
    digits = fraction[: next((at for at, character in enumerate(fraction) if not character.isdigit()), len(fraction))]
    return int(digits[6:9].ljust(3, "0")) if len(digits) > 6 and digits.isascii() else 0
