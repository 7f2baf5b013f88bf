"""Tests of significance against values that are known from elsewhere, and laws."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from threadline_server.query import significance

values = st.lists(st.integers(0, 9), min_size=1, max_size=30)
shares = st.tuples(st.integers(0, 500), st.integers(1, 500)).filter(lambda share: share[0] <= share[1])


def ranked(base: list[int], current: list[int]) -> significance.Ranked:
    """What the statement ``compared_ranks`` tells of these, and what follows from it."""
    ordered = sorted((*((value, 0) for value in base), *((value, 1) for value in current)))
    counts = Counter([*base, *current])
    return significance.mann_whitney(
        len(base),
        len(current),
        rank_sum=sum(place for place, (_, side) in enumerate(ordered, start=1) if side),
        equal_pairs=sum(one == other for one in base for other in current),
        repeats=float(sum(n**3 - n for n in counts.values())),
    )


def test_ranks_as_scipy_tests_them() -> None:
    """SciPy's example: mannwhitneyu([19, 22, 16, 29, 24], [20, 11, 17, 12], method="asymptotic")."""
    found = ranked([20, 11, 17, 12], [19, 22, 16, 29, 24])

    assert found == (pytest.approx(17 / 20), pytest.approx(0.11134688653314041))


@given(values, values)
def test_ranks_say_how_often_one_is_greater_and_alike_from_both_sides(base: list[int], current: list[int]) -> None:
    there, back = ranked(base, current), ranked(current, base)

    wins = sum((one < other) + (one == other) / 2 for one in base for other in current)
    assert there.superiority == pytest.approx(wins / (len(base) * len(current)))
    assert back == (pytest.approx(1 - there.superiority), there.p_value and pytest.approx(there.p_value))
    assert (there.p_value is None) == (len({*base, *current}) == 1)


def test_two_proportions_as_in_a_textbook() -> None:
    """15 of 100 against 25 of 100: z = 1.7678 (pooled), two-sided p = 0.0771."""
    assert significance.two_proportions(15, 100, 25, 100) == pytest.approx(0.0771, abs=5e-5)


@given(shares, shares)
def test_two_proportions_do_not_care_which_comes_first(one: tuple[int, int], other: tuple[int, int]) -> None:
    p = significance.two_proportions(*one, *other)

    assert p == significance.two_proportions(*other, *one)
    assert p is None or 0 <= p <= 1


@pytest.mark.parametrize("some", [0, 10])
def test_shares_that_are_both_nothing_or_all_are_not_tested(some: int) -> None:
    assert significance.two_proportions(some, 10, some, 10) is None


def test_q_values_as_r_adjusts_them() -> None:
    """R: p.adjust(c(0.01, 0.04, 0.03, 0.005, 0.5), method = "BH")."""
    assert significance.adjusted([0.01, None, 0.04, 0.03, 0.005, 0.5]) == [
        pytest.approx(0.025),
        None,
        pytest.approx(0.05),
        pytest.approx(0.05),
        pytest.approx(0.025),
        pytest.approx(0.5),
    ]


@given(st.lists(st.none() | st.floats(0, 1), max_size=8))
def test_q_values_keep_the_order_and_are_no_less_than_p_values(p_values: list[float | None]) -> None:
    q_values = significance.adjusted(p_values)

    both = [(p, q) for p, q in zip(p_values, q_values, strict=True) if p is not None and q is not None]
    assert [q is None for q in q_values] == [p is None for p in p_values]
    assert [q for _, q in sorted(both)] == sorted(q for _, q in both)
    assert all(p <= q + 1e-12 and q <= 1 for p, q in both)
