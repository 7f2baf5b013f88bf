"""Who stands inside whom in one trace. Parents may be missing or go in a circle; there is a tree of them all the same."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from threadline_server.query.conversation.rows import TurnSpan


class Tree:
    """The spans of one trace by their place; every walk visits a span once."""

    def __init__(self, spans: Sequence[TurnSpan]) -> None:
        self._parents = _without_circles({span.span_id: span.parent_id for span in spans})
        self._children: dict[str, list[TurnSpan]] = {}
        for span in spans:
            self._children.setdefault(self._parents[span.span_id], []).append(span)
        self._roots = [span for span in spans if self._parents[span.span_id] not in self._parents]

    def above(self, span_ids: Iterable[str]) -> set[str]:
        """The spans that have one of these inside them."""
        found: set[str] = set()
        for span_id in span_ids:
            parent = self._parents.get(span_id, "")
            while parent in self._parents and parent not in found:
                found.add(parent)
                parent = self._parents[parent]
        return found

    def below(self, span_ids: Iterable[str]) -> set[str]:
        """The spans that stand inside one of these."""
        found: set[str] = set()
        waiting = list(span_ids)
        while waiting:
            for child in self._children.get(waiting.pop(), ()):
                if child.span_id not in found:
                    found.add(child.span_id)
                    waiting.append(child.span_id)
        return found

    def outermost(self) -> list[TurnSpan]:
        """What the caller of the program would see: each root or, where it is an empty shell around one span, that span."""
        found = []
        for root in self._roots:
            span = root
            while not (span.input or span.output or span.input_messages or span.output_messages):
                inside = self._children.get(span.span_id, ())
                if len(inside) != 1:
                    break
                span = inside[0]
            found.append(span)
        return found


def _without_circles(parents: dict[str, str]) -> dict[str, str]:
    """The same parents, but that of one span in each circle has none."""
    settled: set[str] = set()
    for span_id in list(parents):
        path: set[str] = set()
        at = span_id
        while at in parents and at not in settled and at not in path:
            path.add(at)
            at = parents[at]
        if at in path:
            parents[at] = ""
        settled |= path
    return parents
