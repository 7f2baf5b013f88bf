"""Texts that vary: ``{a|b}`` is one of two wordings, ``{order}`` a thing from the cast, ``{date+3}`` a day near the session's.

Braces may be nested; the inner ones are resolved first.
"""

from __future__ import annotations

import re
import string
from collections.abc import Mapping
from datetime import date, timedelta
from random import Random

from threadline_server.demo.script import CastGroup, Phrases

_BRACED = re.compile(r"\{([^{}]*)\}")
_DOUBLE_SPACE = re.compile(r"(?<=\S)  (?=\S)")  # around an alternative that is empty
_DAY = re.compile(r"(date|weekday|iso)([+-]\d+)?")
_ALPHABETS = {"#": string.digits, "?": string.ascii_uppercase, "~": "0123456789abcdef"}


def draw_cast(groups: Mapping[str, CastGroup], chance: Random) -> dict[str, object]:
    """Who and what this session is about: one value for each slot."""
    slots: dict[str, object] = {}
    for name, group in groups.items():
        if isinstance(group, str):
            slots[name] = draw_pattern(group, chance)
            continue
        chosen = chance.choice(group)
        slots |= chosen if isinstance(chosen, dict) else {name: chosen}
    return slots


def draw_pattern(pattern: str, chance: Random) -> str:
    """``10####`` as ``104711``."""
    return "".join(chance.choice(_ALPHABETS.get(character, character)) for character in pattern)


class Wording:
    """Chooses words for one session.

    Args:
        chance: Decides between wordings.
        slots: What stands for ``{order}`` and the like.
        day: The day of the session, which ``{date+3}`` counts from.
    """

    def __init__(self, chance: Random, slots: Mapping[str, object], day: date) -> None:
        self._chance = chance
        self._slots = slots
        self._day = day

    def text(self, phrases: Phrases) -> str:
        """One of the phrases, with nothing left open. Raises KeyError for a slot that is not in the cast."""
        chosen = phrases if isinstance(phrases, str) else self._chance.choice(phrases)
        return _DOUBLE_SPACE.sub(" ", self._filled(chosen)).strip()

    def value(self, value: object) -> object:
        """The same for all texts inside a value; a text that is nothing but a slot becomes what is in it, of its own type."""
        if isinstance(value, str):
            whole = _BRACED.fullmatch(value)
            return self._resolve(whole[1]) if whole else self._filled(value)
        if isinstance(value, dict):
            return {key: self.value(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.value(item) for item in value]
        return value

    def _filled(self, text: str) -> str:
        while (resolved := _BRACED.sub(lambda match: _spelled(self._resolve(match[1])), text)) != text:
            text = resolved
        return text

    def _resolve(self, inside: str) -> object:
        if "|" in inside:
            return self._chance.choice(inside.split("|"))
        if inside in self._slots:
            return self._slots[inside]
        if (day := _DAY.fullmatch(inside)) is None:
            raise KeyError(inside)
        return _shown(day[1], self._day + timedelta(days=int(day[2] or 0)))


def _spelled(value: object) -> str:
    return f"{value:.2f}" if isinstance(value, float) else str(value)


def _shown(form: str, day: date) -> str:
    if form == "iso":
        return day.isoformat()
    return f"{day:%A}" if form == "weekday" else f"{day.day} {day:%B}"
