"""Law 5: which spans repeat what their descendants used, against a program that is slow and plain."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from threadline_server.store.usage import Branch, repeating_spans

IDS = [f"s{number}" for number in range(8)]
parents = st.sampled_from(["", "elsewhere", *IDS])
trees = st.lists(
    st.tuples(st.sampled_from(IDS), parents, st.booleans()), unique_by=lambda branch: branch[0], max_size=8
)


def naive(tree: list[Branch]) -> set[str]:
    return {
        span_id
        for span_id, _, uses in tree
        if uses and any(other != span_id and has_usage for other, has_usage in below(span_id, tree))
    }


def below(span_id: str, tree: list[Branch]) -> set[tuple[str, bool]]:
    found: set[tuple[str, bool]] = set()
    edge = {span_id}
    while edge:
        children = {(child, uses) for child, parent, uses in tree if parent in edge} - found
        found |= children
        edge = {child for child, _ in children}
    return found


@given(trees)
def test_a_span_repeats_when_another_span_below_it_carries_usage(tree: list[Branch]) -> None:
    """Trees, forests, orphans, spans that are their own parents, and circles."""
    assert repeating_spans(tree) == naive(tree)


@given(trees, st.randoms())
def test_the_order_of_the_spans_does_not_matter(tree: list[Branch], chance: object) -> None:
    shuffled = list(tree)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]

    assert repeating_spans(shuffled) == repeating_spans(tree)


def test_a_chain_of_wrappers_counts_at_its_end_only() -> None:
    depth = 50_000
    chain = [(f"{number}", f"{number - 1}" if number else "", True) for number in range(depth)]

    assert repeating_spans(chain) == {f"{number}" for number in range(depth - 1)}


def test_a_circle_of_spans_ends() -> None:
    circle = [(f"{number}", f"{(number + 1) % 50_000}", number == 7) for number in range(50_000)]

    assert repeating_spans(circle) == set()


def test_a_wrapper_of_many_calls_is_walked_to_twice() -> None:
    wide = [("root", "", True), *((f"{number}", "root", True) for number in range(50_000))]

    assert repeating_spans(wide) == {"root"}
