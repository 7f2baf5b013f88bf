"""One project's rules over texts, JSON and values. It fails closed: what cannot be looked at is not kept."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any, Final

import orjson

from threadline_server.ingest import json_text
from threadline_server.masking.detectors import BY_NAME
from threadline_server.masking.rules import MaskingRules, any_of, compiled

log = logging.getLogger(__name__)

FAILED: Final = "[masking failed]"
_LEAST_NUMBER: Final = 100_000
"""Smaller whole numbers are counts, not names of anything."""
_MOST_NAMES: Final = 10_000
_JSON_STARTS: Final = ("{", "[", '"')


@lru_cache(maxsize=1_000)
def masker_of(rules: MaskingRules) -> Masker:
    """The masker of these rules, compiled once in a process."""
    return Masker(rules)


class Masker:
    """Replaces what the rules find; what they do not find in is returned as it is."""

    def __init__(self, rules: MaskingRules) -> None:
        self._detectors = [BY_NAME[name] for name in rules.detectors]
        self._own = [(compiled(own.pattern), f"[{own.name}]") for own in rules.patterns]
        self._any_own = any_of([own.pattern for own in rules.patterns])
        self._names: dict[str, str] = {}
        """Names of attributes repeat in every span."""

    def text(self, text: str) -> str:
        """A text, or one that is JSON: then its texts one by one, since JSON spells some characters otherwise."""
        masked: str = self._closed(self._text, text)
        return masked

    def name(self, name: str) -> str:
        """The name of an attribute: own patterns leave it alone, for it may be what tells the value's meaning."""
        known = self._names.get(name)
        if known is None:
            known = self._closed(self._detected, name)
            if len(self._names) < _MOST_NAMES and known == name:
                self._names[name] = name
        return known

    def value(self, value: Any) -> Any:
        """A value as JSON has it, with its keys and with whole numbers that are long enough to name something."""
        return self._closed(self._value, value)

    def json(self, text: bytes) -> bytes:
        """A JSON text; byte by byte the same where nothing is found, and empty where it cannot be looked at."""
        masked: str = self._closed(self._json, text.decode()) if text else ""
        return b"" if masked == FAILED else masked.encode()

    def attributes(self, attributes: Mapping[str, Any]) -> dict[str, Any]:
        """Attributes as a decoder has read them; numbers that stand alone are measurements, and stay."""
        return _apart(
            (self.name(name), value if isinstance(value, int | float) else self.value(value))
            for name, value in attributes.items()
        )

    def _closed(self, mask: Callable[[Any], Any], given: Any) -> Any:
        try:
            return mask(given)
        except (ValueError, RecursionError, ArithmeticError):  # half a surrogate pair, or nested without end
            log.warning("cannot mask a text; it is not kept")
            return FAILED

    def _text(self, text: str) -> str:
        if text.lstrip()[:1] in _JSON_STARTS and len(text) > 2:
            try:
                orjson.loads(text)
            except orjson.JSONDecodeError:
                pass
            else:
                return self._json(text)
        return self._plain(text)

    def _detected(self, text: str) -> str:
        for detect in self._detectors:
            text = detect(text)
        return text

    def _plain(self, text: str) -> str:
        text = self._detected(text)
        if self._any_own is not None and self._any_own.search(text) is None:
            return text
        for pattern, mask in self._own:
            text = pattern.sub(mask, text)
        return text

    def _json(self, text: str) -> str:
        held = orjson.loads(text)
        masked = self._value(held)
        # A key that comes twice hides a value from who parses; and what escapes spell is not to be seen in the text.
        if masked == held and "\\u" not in text and self._plain(text) == text:
            return text
        return json_text.dump(masked).decode()

    def _value(self, value: Any) -> Any:
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, dict):
            return _apart((self._plain(key), self._value(held)) for key, held in value.items())
        if isinstance(value, list | tuple):
            return [self._value(held) for held in value]
        if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= _LEAST_NUMBER:
            text = str(value)
            masked = self._plain(text)
            return value if masked == text else masked
        return value


def _apart(items: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """A dictionary of these; keys that have become alike are numbered, so that no value is lost."""
    made: dict[str, Any] = {}
    for key, held in items:
        own, number = key, 1
        while own in made:
            number += 1
            own = f"{key} {number}"
        made[own] = held
    return made
