"""Law 5: which spans repeat what their descendants used, against a program that is slow and plain."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from threadline_server.store.usage import (
    Branch,
    Use,
    calls_told_again,
    repeating_spans,
    spans_that_add_nothing,
    usage_key,
)

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


def use(span_id: str, *, parent: str = "", key: int = 1, at: int = 0, until: int = 10) -> Use:
    return Use(span_id, parent, key, at, until)


def test_one_call_that_two_instrumentations_watched_counts_where_it_began_last() -> None:
    outer, inner = use("outer", key=7), use("inner", key=7, at=2, until=9)

    assert spans_that_add_nothing([outer, inner]) == {"outer"}
    assert spans_that_add_nothing([inner, outer]) == {"outer"}


def test_the_same_response_at_another_time_is_another_call() -> None:
    assert spans_that_add_nothing([use("first", key=7), use("from the cache", key=7, at=10, until=11)]) == set()


def test_spans_that_name_no_response_are_no_twins() -> None:
    assert spans_that_add_nothing([use("one"), use("other")]) == set()


def test_a_wrapper_is_not_the_twin_that_stays() -> None:
    wrapper, call = use("wrapper", key=7, at=3), use("call", parent="wrapper", key=7, at=3, until=9)

    assert spans_that_add_nothing([wrapper, call]) == {"wrapper"}


def test_three_that_overlap_are_one_call() -> None:
    assert spans_that_add_nothing([use("a", key=7), use("b", key=7, at=1, until=2), use("c", key=7, at=5)]) == {
        "a",
        "b",
    }


def test_a_mere_cost_repeats_what_is_below_it_and_takes_nothing_from_what_is_above() -> None:
    session, call, search = use("session", key=2), use("call", parent="session"), use("search", parent="call", key=2)

    assert spans_that_add_nothing([session, call, search]) == {"session"}
    assert spans_that_add_nothing([session, search._replace(parent_id="session")]) == {"session"}
    assert spans_that_add_nothing([use("one", key=2), use("other", key=2)]) == set()


def test_a_key_tells_no_usage_from_usage_and_responses_apart() -> None:
    keys = [usage_key(id_, has_usage=True) for id_ in ("", "chatcmpl-1", "chatcmpl-2")]

    assert usage_key("chatcmpl-1", has_usage=False) == 0
    assert keys[0] == 1
    assert len(set(keys)) == 3
    assert usage_key("chatcmpl-1", has_usage=True) == keys[1]


def test_a_call_of_a_tool_inside_a_call_of_the_same_tool_is_told_again() -> None:
    def called(span_id: str, parent_id: str, tool: str) -> Use:
        return Use(span_id, parent_id, 0, 0, 9, "tool", tool)

    agents, clients, servers = called("a", "", "weather"), called("b", "a", "weather"), called("c", "b", "weather")
    others = [
        called("d", "a", "search"),
        called("e", "elsewhere", "weather"),
        called("f", "f", "weather"),
        called("g", "a", ""),
    ]
    assert calls_told_again([servers, agents, *others, clients]) == {"b", "c"}


def generation(span_id: str, parent: str = "", key: int = 0) -> Use:
    return Use(span_id, parent, key, 0, 9, "generation")


def test_a_generation_right_above_generations_is_their_wrapper() -> None:
    framework, first, second = (
        generation("framework"),
        generation("first", "framework"),
        generation("second", "framework", 7),
    )

    assert calls_told_again([second, framework, first]) == {"framework"}
    assert calls_told_again([framework, first]) == {"framework"}
    assert calls_told_again([framework, generation("agents", "tool"), use("tool", parent="framework")]) == set()
    assert calls_told_again([generation("itself", "itself")]) == set()


def test_attempts_without_usage_are_the_one_call_of_the_generation_around_them_that_tells_it() -> None:
    call, failed, answered = generation("call", key=7), generation("failed", "call"), generation("answered", "call")

    assert calls_told_again([call, failed, answered]) == {"failed", "answered"}
    assert calls_told_again([call, failed, answered._replace(usage_key=8)]) == {"call"}
