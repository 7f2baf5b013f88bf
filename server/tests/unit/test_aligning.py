"""Turns of two sessions that belong together: a longest common subsequence, as the table of a textbook finds it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from threadline_server.query.aligning import Step, Turn, align, common, normalised

KEYS = st.lists(st.sampled_from(["a", "b", "c", "", None]), max_size=40)
TURNS = st.lists(
    st.builds(Turn, st.sampled_from(["yes", "no", "why", ""]), st.sampled_from(["chat", "search", ""])), max_size=20
)
FEW = settings(max_examples=200, deadline=None)


def textbook(a: Sequence[str | None], b: Sequence[str | None]) -> list[tuple[int, int]]:
    longest = [[0] * (len(b) + 1) for _ in range(len(a) + 1)]
    for i in reversed(range(len(a))):
        for j in reversed(range(len(b))):
            is_same = a[i] and a[i] == b[j]
            longest[i][j] = longest[i + 1][j + 1] + 1 if is_same else max(longest[i + 1][j], longest[i][j + 1])
    i = j = 0
    found = []
    while i < len(a) and j < len(b):
        if a[i] and a[i] == b[j]:
            found.append((i, j))
            i, j = i + 1, j + 1
        elif longest[i + 1][j] == longest[i][j]:
            i += 1
        else:
            j += 1
    return found


@FEW
@given(a=KEYS, b=KEYS)
def test_what_two_have_in_common_is_what_the_textbook_finds(a: list[str | None], b: list[str | None]) -> None:
    assert common(a, b) == textbook(a, b)


@FEW
@given(a=TURNS, b=TURNS)
def test_every_turn_stands_once_in_order_and_beside_one_that_it_belongs_to(a: list[Turn], b: list[Turn]) -> None:
    steps = list(align(a, b))

    assert [step.a for step in steps if step.a is not None] == list(range(len(a)))
    assert [step.b for step in steps if step.b is not None] == list(range(len(b)))
    for step in steps:
        if step.match is None:
            assert (step.a is None) != (step.b is None)
        else:
            assert step.a is not None
            assert step.b is not None
            keys = {getattr(a[step.a], step.match), getattr(b[step.b], step.match)}
            assert len(keys) == 1
            assert "" not in keys
    asked = [(step.a, step.b) for step in steps if step.match == "input"]
    assert asked == textbook([turn.input for turn in a], [turn.input for turn in b])
    for (from_a, from_b), (to_a, to_b) in pairwise([(-1, -1), *asked, (len(a), len(b))]):
        between = [[turn.name for turn in a[from_a + 1 : to_a]], [turn.name for turn in b[from_b + 1 : to_b]]]
        named = [step for step in steps if step.match == "name" and step.a is not None and from_a < step.a < to_a]
        assert [(step.a, step.b) for step in named] == [(from_a + 1 + i, from_b + 1 + j) for i, j in textbook(*between)]


def test_what_was_asked_anew_stands_between_what_was_asked_in_both() -> None:
    first = [Turn("hello", "chat"), Turn("where is it", "chat"), Turn("thanks", "chat")]
    second = [
        Turn("hello", "chat"),
        Turn("what does it cost", "chat"),
        Turn("and when", "search"),
        Turn("thanks", "end"),
    ]

    assert list(align(first, second)) == [
        Step(0, 0, "input"), Step(1, 1, "name"), Step(None, 2, None), Step(2, 3, "input"),
    ]  # fmt: skip


@pytest.mark.parametrize("length", [1, 2, 3, 4, 5, 8, 9, 10, 63, 64, 65, 300])
def test_rows_that_were_not_kept_are_made_again(length: int) -> None:
    a = [str(at * 7 % 11) for at in range(length)]
    b = [str(at * 5 % 13) for at in range(length)]

    assert common(a, b) == textbook(a, b)


def test_case_width_composition_and_blanks_make_no_difference() -> None:
    assert normalised("  \uff39\uff25\uff33,\n caf\u00e9 ") == normalised("yes, cafe\u0301") == "yes, caf\u00e9"
