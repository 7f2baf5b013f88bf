"""Which spans repeat what their descendants used (law 5 of the contract): they add nothing to any total."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

Branch: TypeAlias = tuple[str, str, bool]
"""(span id, parent id or empty, carries usage)."""


def repeating_spans(tree: Iterable[Branch]) -> set[str]:
    """Ids of the spans with usage that have another span with usage below them.

    Walks up from every span with usage. A span that two walks have passed needs no third, since everything above it was
    passed twice as well; so the work is linear in the tree, and a cycle of parents ends a walk where it began.
    """
    branches = list(tree)
    parents = {span_id: parent_id for span_id, parent_id, _ in branches}
    uses = {span_id for span_id, _, has_usage in branches if has_usage}
    first_below: dict[str, str] = {}
    second_below: set[str] = set()
    for origin in uses:
        ancestor = parents[origin]
        while ancestor in parents and ancestor not in second_below:
            if ancestor not in first_below:
                first_below[ancestor] = origin
            elif first_below[ancestor] != origin:
                second_below.add(ancestor)
            else:
                break
            ancestor = parents[ancestor]
    return {span_id for span_id in uses if span_id in second_below or first_below.get(span_id, span_id) != span_id}
