"""Which spans repeat what their descendants used (law 5 of the contract): they add nothing to any total."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

Branch: TypeAlias = tuple[str, str, bool]
"""(span id, parent id or empty, carries usage)."""


def repeating_spans(tree: Iterable[Branch]) -> set[str]:
    """Ids of the spans with usage that have a descendant with usage.

    Walks up from every span with usage and stops where another walk has been, so it is linear in the tree and cannot be
    caught in a cycle of parents. A span that is its own ancestor does not repeat itself.
    """
    branches = list(tree)
    parents = {span_id: parent_id for span_id, parent_id, _ in branches}
    uses = {span_id for span_id, _, has_usage in branches if has_usage}
    above: set[str] = set()
    for span_id in uses:
        ancestor = parents[span_id]
        while ancestor and ancestor in parents and ancestor not in above and ancestor != span_id:
            above.add(ancestor)
            ancestor = parents[ancestor]
    return above & uses
