"""Folding: what makes two writings of a word the same, and that the folded form finds what was said and nothing else."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from threadline_server import words

letters = st.sampled_from("abXY zé éẽßİ世界人あガ🙂👩\u200d'-_9²ךקאלпрПРไทย한") | st.characters(
    exclude_categories=("Cs",)
)
texts = st.text(letters, max_size=20)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Päckchen", "packchen"), ("PAIN", "pain"), ("e\u0301te\u0301", "été"), ("straße", "STRASSE"), ("ﬁn", "fin"), ("ＡＢＣ１", "abc1"),
        ("İstanbul", "istanbul"), ("Σίσυφος", "ΣΊΣΥΦΟΣ"), ("שָׁלוֹם", "שלום"), ("مُحَمَّد", "محمد"), ("ｶﾞ", "ガ"), ("👍🏽", "👍"),
        ("co\u00adoperate", "cooperate"), ("한국", "\u1112\u1161\u11ab\u1100\u116e\u11a8"),
    ],
)  # fmt: skip
def test_ways_to_write_a_word_are_one(one: str, other: str) -> None:
    assert words.words_of(one) == words.words_of(other) != []


@pytest.mark.parametrize(
    ("one", "other"), [("resume", "resumes"), ("कि", "का"), ("世", "界"), ("пар", "пор"), ("🙂", "🙁"), ("ｶ", "ガ")]
)
def test_different_words_stay_different(one: str, other: str) -> None:
    assert words.words_of(one) != words.words_of(other)


@given(text=texts)
def test_a_text_composed_in_another_way_has_the_same_words(text: str) -> None:
    expected = words.words_of(text)

    for form in ("NFC", "NFD"):
        assert words.words_of(unicodedata.normalize(form, text)) == expected


@given(text=st.text(st.characters(max_codepoint=127), max_size=60))
def test_the_short_way_for_ascii_is_the_long_one(text: str) -> None:
    assert words.words_of(text) == re.findall("[a-z0-9]+", text.lower()) == words.words_of(f"{text} é")[:-1]


@given(text=texts)
def test_the_places_are_those_of_the_words(text: str) -> None:
    found = list(words.places(text))

    assert [place.word for place in found] == words.words_of(text)
    assert all(0 <= place.start < place.end <= len(text) for place in found)
    assert all(
        words.words_of(text[place.start : place.end])[:1] == [place.word] for place in found if place.word.isalpha()
    )


@given(said=st.lists(texts, max_size=3))
def test_the_folded_form_is_ascii_that_only_blanks_divide(said: list[str]) -> None:
    form = words.folded(said)

    assert re.fullmatch(r"(?: X[0-9A-WYZa-z]+| |\|)*", form)
    assert form.isascii()


def finds(form: str, looked_for: str, *, is_open: bool = False) -> bool:
    wanted = words.wanted(words.words_of(looked_for), is_open=is_open)
    return words.phrase(wanted.words, is_open=wanted.is_open) in form


@given(before=texts, part=texts, after=texts)
def test_what_was_said_is_found_by_any_of_its_pieces(before: str, part: str, after: str) -> None:
    if words.words_of(part):
        assert finds(words.folded([f"{before} {part} {after}"]), part)


@given(said=st.lists(texts, max_size=3), looked_for=texts)
def test_a_phrase_is_found_where_its_words_stand_side_by_side_and_nowhere_else(
    said: list[str], looked_for: str
) -> None:
    wanted = words.words_of(looked_for)
    if not wanted:
        return
    spoken = [words.words_of(text) for text in said]

    assert finds(words.folded(said), looked_for) == any(
        text[at : at + len(wanted)] == wanted for text in spoken for at in range(len(text))
    )


@given(said=texts, looked_for=texts)
def test_a_beginning_is_found_where_a_word_begins_so(said: str, looked_for: str) -> None:
    wanted, spoken = words.words_of(looked_for), words.words_of(said)
    if wanted:
        assert finds(words.folded([said]), looked_for, is_open=True) == any(
            spoken[at : at + len(wanted) - 1] == wanted[:-1]
            and at + len(wanted) <= len(spoken)
            and spoken[at + len(wanted) - 1].startswith(wanted[-1])
            for at in range(len(spoken))
        )


def test_a_phrase_does_not_go_on_from_one_message_to_the_next() -> None:
    form = words.folded(["to New", "York it is"])

    assert (finds(form, "new york"), finds(form, "to new"), finds(form, "york it")) == (False, True, True)
