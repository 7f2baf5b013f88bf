"""``q``: sessions in which something was said, found by the index over the words of their turns (docs/adr/0011).

Words, phrases in quotes, beginnings (``refund*``), and with a minus what must not have been said. A turn is found that says all
that is looked for; a session in which any turn says what is left out is left out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from threadline_server import words
from threadline_server.errors import BadRequest
from threadline_server.store.queries import Fragment, within

MAX_LENGTH: Final = 1_000
MAX_TERMS: Final = 20
MIN_BEGINNING: Final = 2
"""Characters before a ``*``: with fewer, nearly every turn is found."""
LAST_HOUR: Final = 2**32 - 1
"""No turn begins later."""
_TERM: Final = re.compile(r'(?P<minus>-?)(?:"(?P<phrase>[^"]*)"?|(?P<word>[^\s"]+))')
_QUOTES: Final = str.maketrans(dict.fromkeys("\u201c\u201d\u201e\u00ab\u00bb", '"'))


class Term(msgspec.Struct, frozen=True):
    """Words that stand side by side; of the last one only the beginning where it ``is_open``."""

    words: tuple[str, ...]
    is_open: bool


class Search(msgspec.Struct, frozen=True):
    """What is looked for, as a condition over ``sessions`` and as one over the turns that are shown."""

    terms: tuple[Term, ...]
    where: Fragment
    says: Fragment
    values: Mapping[str, Any]
    """Also the hours among which turns are looked for, from the first on: all that there are."""
    reads_texts: bool
    """Whether it is more than looking up words in an index."""


def read(parameter: str, text: str) -> Search:
    """What a text asks for. Raises ``BadRequest`` where it asks for nothing."""
    if len(text) > MAX_LENGTH:
        raise BadRequest(
            f"cannot use {parameter!r}: it has {len(text)} characters, at most {MAX_LENGTH} are looked for"
        )
    wanted: list[Term] = []
    unwanted: list[Term] = []
    for found in _TERM.finditer(text.translate(_QUOTES)):
        if term := _term(parameter, found["word"] or found["phrase"] or "", is_phrase=found["word"] is None):
            (unwanted if found["minus"] else wanted).append(term)
    if not wanted:
        raise BadRequest(
            f"cannot use {parameter!r}: there is no word to look for",
            hint='Write words, "a phrase", a beginning such as refund*, and -word for what must not have been said.',
        )
    if len(wanted) + len(unwanted) > MAX_TERMS:
        raise BadRequest(f"cannot use {parameter!r}: it has more than {MAX_TERMS} terms")
    values: dict[str, Any] = {"said_from_hour": 0, "said_to_hour": LAST_HOUR}
    says = _says("q", wanted, values)
    where = [f"session_id IN {within('sessions_that_say', says)}"] + [
        f"session_id NOT IN {within('sessions_that_say', _says(f'q_without_{number}', [term], values))}"
        for number, term in enumerate(unwanted)
    ]
    reads_texts = any(len(_wanted(term).words) > 1 for term in (*wanted, *unwanted))
    return Search(tuple(wanted), Fragment(" AND ".join(where)), says, values, reads_texts)


def _term(parameter: str, written: str, *, is_phrase: bool) -> Term | None:
    is_open = not is_phrase and written.endswith("*")
    folded = words.words_of(written)
    if not folded:
        return None
    if is_open and not words.is_sign(folded[-1]) and len(written.rstrip("*")) < MIN_BEGINNING:
        raise BadRequest(
            f"cannot use {parameter!r}: {written[:40]!r} is too short a beginning",
            hint=f"Give at least {MIN_BEGINNING} characters before the *.",
        )
    return Term(tuple(folded), is_open)


def _wanted(term: Term) -> words.Wanted:
    return words.wanted(term.words, is_open=term.is_open)


def _says(name: str, terms: Sequence[Term], values: dict[str, Any]) -> Fragment:
    """Whether a turn says all of it: whole words by the index, beginnings by its dictionary, then phrases by the text."""
    whole: dict[str, None] = {}
    conditions: list[str] = []
    for number, term in enumerate(terms):
        wanted = _wanted(term)
        whole |= dict.fromkeys(wanted.words[:-1] if wanted.is_open else wanted.words)
        if wanted.is_open:
            values[f"{name}_begins_{number}"] = f"%{words.MARK}{wanted.words[-1]}%"
            conditions.append(f" AND words LIKE {{{name}_begins_{number}:String}}")
        if len(wanted.words) > 1:
            values[f"{name}_phrase_{number}"] = words.phrase(wanted.words, is_open=wanted.is_open)
            conditions.append(f" AND position(words, {{{name}_phrase_{number}:String}}) > 0")
    if whole:
        values[f"{name}_words"] = [f"{words.MARK}{word}" for word in whole]
        conditions.insert(0, f" AND hasAllTokens(words, {{{name}_words:Array(String)}})")
    return Fragment("".join(conditions))
