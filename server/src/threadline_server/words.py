"""What a text is found by: its words, folded so that how somebody happens to write them makes no difference.

Case, accents, width, ligatures and the vowel points of Hebrew and Arabic are folded away, character by character, so that the
same text gives the same words however it was composed. A character of a script that is written without blanks is a sign of its
own, and so is each emoji. In a row of signs each word is a pair, ``AB BC C`` for ``ABC``: a pair is rare where a sign is common.

For the store a folded word is ASCII letters and digits only: lower case for itself, four characters that begin with a capital
for any other. The folded form of a turn is one text: each word with ``MARK`` and a blank before it, a blank at the end. So
``" Xnew Xyork "`` is where these words stand side by side, and ``"Xyor"`` where a word begins so. Between the texts of a turn
stands ``GAP``, which no phrase holds.
"""

from __future__ import annotations

import string
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

MARK: Final = "X"
GAP: Final = "| "
_ASCII: Final = bytes(
    ord(chr(code).lower()) if chr(code).isascii() and chr(code).isalnum() else ord(" ") for code in range(256)
)
_DIGITS: Final = (string.digits + string.ascii_letters).replace(MARK, "")
_LETTER, _SIGN = "ABCDE", "STUVW"
"""How a character begins in the store that is part of a word, or a sign: the first letter for those below 226,981, and so on."""


def _ranges(*bounds: tuple[int, int]) -> frozenset[int]:
    return frozenset(code for first, last in bounds for code in range(first, last + 1))


_UNWRITTEN: Final = _ranges(
    (0x00AD, 0x00AD), (0x0300, 0x036F), (0x0591, 0x05BD), (0x05BF, 0x05BF), (0x05C1, 0x05C2), (0x05C4, 0x05C5), (0x05C7, 0x05C7),
    (0x0640, 0x0640), (0x064B, 0x065F), (0x0670, 0x0670), (0x1AB0, 0x1AFF), (0x1DC0, 0x1DFF), (0x200C, 0x200F), (0x2060, 0x2060),
    (0x20D0, 0x20FF), (0xFE00, 0xFE0F), (0xFE20, 0xFE2F), (0xFEFF, 0xFEFF), (0x1F3FB, 0x1F3FF), (0xE0100, 0xE01EF),
)  # fmt: skip
"""Accents and points, joiners, selectors of variants and skin tones."""
_WITHOUT_BLANKS: Final = (
    (0x0E00, 0x0EFF), (0x0F00, 0x0FFF), (0x1000, 0x109F), (0x1780, 0x17FF), (0x3005, 0x3007), (0x3040, 0x312F), (0x31A0, 0x31FF),
    (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x3FFFF),
)  # fmt: skip
"""Thai and Lao, Tibetan, Burmese, Khmer, Kana and Bopomofo, Han."""


class _Folding(dict[int, str]):
    """Character -> what it is folded to: part of a word, a sign between blanks, a blank, or nothing."""

    def __missing__(self, code: int) -> str:
        plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", chr(code)).casefold())
        self[code] = folded = "".join(map(_part, plain))
        return folded


def _part(letter: str) -> str:
    code, kind = ord(letter), unicodedata.category(letter)
    if code in _UNWRITTEN:
        return ""
    if kind == "So" or (kind[0] in "LMN" and any(first <= code <= last for first, last in _WITHOUT_BLANKS)):
        return f" {_stored(code, _SIGN)} "
    if kind[0] not in "LMN":
        return " "
    return letter if letter.isascii() else _stored(code, _LETTER)


def _stored(code: int, leads: str) -> str:
    size = len(_DIGITS)
    high, low = divmod(code, size**3)
    return leads[high] + _DIGITS[low // size**2] + _DIGITS[low // size % size] + _DIGITS[low % size]


_FOLDING: Final = _Folding()


def words_of(text: str) -> list[str]:
    """The folded words of a text, in order; of a row of signs, each sign."""
    if text.isascii():
        return text.encode().translate(_ASCII).decode().split()
    return text.translate(_FOLDING).split()


def folded(texts: Iterable[str]) -> str:
    """The folded form of what was said in one turn."""
    return GAP.join(_form(text) for text in texts)


def _form(text: str) -> str:
    words = words_of(text)
    if not text.isascii():
        words = [word + after if is_sign(word) and is_sign(after) else word for word, after in pairwise([*words, ""])]
    return phrase(words)


def is_sign(word: str) -> bool:
    return word[:1] in _SIGN and word != ""


def phrase(words: Iterable[str], *, is_open: bool = False) -> str:
    """These words side by side, as they stand in a folded form; where it ``is_open`` the last one may go on."""
    marked = f" {MARK}".join(("", *words))
    return marked if is_open else f"{marked} "


class Wanted(NamedTuple):
    """Words that must stand side by side, as they stand in folded forms; the last one may go on where it ``is_open``."""

    words: tuple[str, ...]
    is_open: bool


def wanted(words: Sequence[str], *, is_open: bool = False) -> Wanted:
    """What finds these words, of ``words_of``, in a folded form. A sign alone is found as the beginning of its pairs."""
    found = [word + after if is_sign(word) and is_sign(after) else word for word, after in pairwise([*words, ""])]
    if words and is_sign(words[-1]):
        if len(words) > 1 and is_sign(words[-2]):
            return Wanted(tuple(found[:-1]), is_open=False)
        return Wanted(tuple(found), is_open=True)
    return Wanted(tuple(found), is_open)


class Place(NamedTuple):
    """A folded word and where it stands in its text: ``text[start:end]``."""

    word: str
    start: int
    end: int


def places(text: str) -> Iterator[Place]:
    """The words of ``words_of`` with their places."""
    word, start, end = "", 0, 0
    for at, letter in enumerate(text):
        folding = _FOLDING[ord(letter)]
        if not folding:
            end = at + 1
            continue
        for number, piece in enumerate(folding.split(" ")):
            if number and word:
                yield Place(word, start, end)
                word = ""
            if piece:
                start = start if word else at
                word, end = word + piece, at + 1
    if word:
        yield Place(word, start, end)
