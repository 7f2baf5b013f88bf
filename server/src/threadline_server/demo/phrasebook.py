"""The longest session: a traveller who practises Spanish for four hundred turns, over some evenings.

Written are the phrases, the slips and the remarks (``scripts/phrasebook.toml``); this puts them in order.
"""

from __future__ import annotations

from random import Random

import msgspec

from threadline_server.demo.script import Conversation, Script, Turn, read_table

TURNS = 400
_SITTING = 57
"""Turns in one sitting, about; then the traveller is away for hours."""


class Phrase(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Something to say in Spanish, and what a learner makes of it."""

    en: str
    es: str
    slip: str = ""
    note: str = ""


class Aside(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Something that the traveller wants to know in between."""

    user: str
    answer: str


class Phrasebook(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything that is said in the session."""

    service: str
    user: str
    model: str
    opening: Turn
    closing: Turn
    right: list[str]
    wrong: list[str]
    unknown: list[str]
    given_up: list[str]
    ask: list[str]
    phrase: list[Phrase]
    aside: list[Aside]


def add_phrasebook(script: Script) -> Script:
    """The script with the phrasebook's conversation, if it is the application that it belongs to."""
    book = msgspec.convert(read_table("phrasebook"), Phrasebook)
    if script.program.service != book.service:
        return script
    long = Conversation("phrasebook", turn=_turns(book, Random(3)), user=book.user, model=book.model, tags=["practice"])
    return msgspec.structs.replace(script, conversation=[*script.conversation, long])


def _turns(book: Phrasebook, chance: Random) -> list[Turn]:
    practice = _Practice(book, chance)
    turns = [Turn(book.opening.user, f"{book.opening.answer} {practice.question('how do you say')}")]
    asides = iter(book.aside)
    while len(turns) < TURNS - 1:
        gap = f"{chance.randrange(3, 20)}h" if len(turns) % _SITTING == 0 else ""
        if len(turns) % 17 == 11 and (aside := next(asides, None)):
            turns.append(
                Turn(
                    aside.user,
                    f"{aside.answer} {practice.question('So, back to it: how do you say')}",
                    step="explain",
                    gap=gap,
                )
            )
        else:
            turns.append(practice.turn(gap))
    return [*turns, book.closing]


class _Practice:
    """Which phrase is asked next: those that went wrong sooner than those that went well."""

    def __init__(self, book: Phrasebook, chance: Random) -> None:
        self._book = book
        self._chance = chance
        self._known = {phrase.en: 0 for phrase in book.phrase}
        self._queue = list(book.phrase)
        self._asked = self._queue.pop(0)

    def question(self, lead: str = "") -> str:
        """Asks for the current phrase."""
        return f"{lead or self._chance.choice(self._book.ask)} “{self._asked.en}”"

    def turn(self, gap: str) -> Turn:
        """The traveller's answer to the current phrase, and the next question."""
        phrase, seen = self._asked, self._known[self._asked.en]
        drawn = self._chance.random()
        if phrase.slip and drawn < (0.75, 0.3, 0.1, 0.05)[min(seen, 3)]:
            said, verdict, delay = phrase.slip, self._chance.choice(self._book.wrong), 9
        elif drawn > (0.85, 0.93, 0.97, 0.99)[min(seen, 3)]:
            said, verdict, delay = self._chance.choice(self._book.given_up), self._chance.choice(self._book.unknown), 6
        else:
            said, verdict, delay = phrase.es, self._chance.choice(self._book.right), 60 + 50 * seen
        needs_note = said == phrase.slip if phrase.slip else seen == 0
        self._known[phrase.en] = seen + 1
        self._queue.insert(min(delay, len(self._queue)), phrase)
        self._asked = self._queue.pop(0)
        answer = [verdict.replace("PHRASE", _sentence(phrase.es)), phrase.note if needs_note else "", self.question()]
        return Turn(said, " ".join(part for part in answer if part), step="practise", gap=gap)


def _sentence(text: str) -> str:
    return text if text[-1] in ".?!" else f"{text}."
