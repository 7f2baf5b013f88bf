"""Which spans repeat what others used (law 5 of the contract), or a call that another told: they add nothing to any total.

A wrapper repeats its descendants; what tells a cost and no tokens repeats any usage below it, but is none that a span above it
repeats: a tool with a price of its own does not make its caller's tokens a repetition. Twins are one call that two instrumentations watched, side by side under one parent: the
provider's id of its response is the same and they ran at the same time. (The same id at another time is a cached response.)
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Final, NamedTuple, TypeAlias

Branch: TypeAlias = tuple[str, str, bool]
"""(span id, parent id or empty, carries usage)."""


COST_ONLY: Final = 2
"""The key of a span that tells what it cost, and no tokens."""


class Use(NamedTuple):
    """A span as far as what it used is concerned."""

    span_id: str
    parent_id: str
    usage_key: int
    start_ns: int
    until_ns: int
    kind: str = ""
    name: str = ""


def usage_key(response_id: str, *, has_usage: bool) -> int:
    """What the store keeps of a span's usage to tell it from others: 0 for none, 1 for usage of no named response,
    2 for a mere cost (``COST_ONLY``)."""
    if not has_usage or not response_id:
        return int(has_usage)
    digest = hashlib.blake2b(response_id.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return max(COST_ONLY + 1, int.from_bytes(digest, "big"))


def repetition(traces: Mapping[str, Iterable[Use]]) -> dict[str, list[str]]:
    """What repeats in these traces, as pairs of lists that a statement is given."""
    found: dict[str, list[str]] = {
        "repeating_traces": [], "repeating_spans": [], "told_again_traces": [], "told_again_spans": []
    }  # fmt: skip
    for trace_id, uses in traces.items():
        known = list(uses)
        for word, spans in (("repeating", spans_that_add_nothing(known)), ("told_again", calls_told_again(known))):
            found[f"{word}_traces"] += [trace_id] * len(spans)
            found[f"{word}_spans"] += sorted(spans)
    return found


def spans_that_add_nothing(uses: Iterable[Use]) -> set[str]:
    """Wrappers, and of the twins that are left all but one."""
    known = list(uses)
    wrappers = repeating_spans((use.span_id, use.parent_id, use.usage_key not in (0, COST_ONLY)) for use in known)
    costs = {use.span_id for use in known if use.usage_key == COST_ONLY}
    if costs:
        wrappers |= costs & repeating_spans((use.span_id, use.parent_id, use.usage_key != 0) for use in known)
    return wrappers | twins(use for use in known if use.span_id not in wrappers)


def calls_told_again(uses: Iterable[Use]) -> set[str]:
    """Spans that tell of a call that the span right above or below them tells of, too.

    A call of a tool inside a call of the same tool: the agent's and the library's, or a client's and its server's (MCP).
    A generation around generations, which are the calls of the model that it took; but attempts that tell no usage are one call
    with a generation around them that does.
    """
    known = {use.span_id: use for use in uses}
    inside = [(use, known[use.parent_id]) for use in known.values() if _is_told_by_parent(use, known)]
    generations = [(inner, outer) for inner, outer in inside if inner.kind == "generation"]
    of_attempts = {outer.span_id for inner, outer in generations if inner.usage_key}
    calls = {outer.span_id for _, outer in generations if outer.usage_key} - of_attempts
    return {
        outer.span_id if inner.kind == "generation" and outer.span_id not in calls else inner.span_id
        for inner, outer in inside
    }


def _is_told_by_parent(use: Use, known: Mapping[str, Use]) -> bool:
    outer = known.get(use.parent_id)
    if outer is None or outer is use or outer.kind != use.kind:
        return False
    return use.kind == "generation" or (use.kind == "tool" and use.name == outer.name != "")


def twins(uses: Iterable[Use]) -> set[str]:
    """Of spans that tell of one response at one time, all but the one that began last: it is the closest to the call itself."""
    of_response: dict[int, list[Use]] = defaultdict(list)
    for use in uses:
        if use.usage_key > COST_ONLY:
            of_response[use.usage_key].append(use)
    found: set[str] = set()
    for told in of_response.values():
        told.sort(key=lambda use: (use.start_ns, use.span_id))
        busy_until_ns = -1
        for before, use in pairwise(told):
            busy_until_ns = max(busy_until_ns, before.until_ns, before.start_ns + 1)
            if use.start_ns < busy_until_ns:
                found.add(before.span_id)
    return found


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
