"""The model calls of one trace, each once, as messages that went in and came out."""

from __future__ import annotations

from collections.abc import Container, Hashable, Sequence
from itertools import pairwise
from typing import Final

import msgspec

from threadline_server import messages
from threadline_server.messages import Message
from threadline_server.query.conversation.history import key
from threadline_server.query.conversation.rows import TurnSpan
from threadline_server.query.conversation.tree import Tree

INNER_WORK: Final = frozenset({"tool", "retriever", "reranker", "embedding", "guardrail", "evaluator"})
"""Kinds whose own model calls are how they work, not what was said."""


class Call(msgspec.Struct, gc=False):
    """A model call: its span, all that it was given, all that it answered."""

    span: TurnSpan
    input: list[Message]
    output: list[Message]


def decode(text: bytes | str) -> object:
    """The value of a JSON text of the store; text that is no JSON stands for itself."""
    if not text:
        return None
    try:
        value: object = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return text if isinstance(text, str) else text.decode(errors="replace")
    return value


def _read(normalised: bytes | str, raw: bytes | str, role: str) -> list[Message]:
    return messages.read(decode(normalised), role) or messages.read(decode(raw), role)


def sent(span: TurnSpan) -> list[Message]:
    return _read(span.input_messages, span.input, "user")


def received(span: TurnSpan) -> list[Message]:
    """What a span gave back. Where it gives back the whole history, only what follows the user's last message; no vectors."""
    if span.kind == "embedding":
        return []
    found = _read(span.output_messages, span.output, "assistant")
    asked = next((at for at in range(len(found) - 1, -1, -1) if found[at]["role"] == "user"), -1)
    return [message for message in found[asked + 1 :] if message["role"] != "system"]


def calls_of(spans: Sequence[TurnSpan], tree: Tree) -> list[Call]:
    """The generations that say something, in time order, without the spans that only repeat another's words.

    Where no generation says anything, spans of other kinds do that carry messages: agents whose model nobody watches.
    """
    generations = [span for span in spans if span.kind == "generation"]
    inner = tree.below(span.span_id for span in spans if span.kind in INNER_WORK)
    outer = [span for span in generations if span.span_id not in inner]
    others = [span for span in spans if span.input_messages or span.output_messages]
    return (
        _once(outer, tree)
        or _once(generations, tree)
        or _once([span for span in others if span.kind not in INNER_WORK and span.span_id not in inner], tree)
    )


def _once(spans: Sequence[TurnSpan], tree: Tree) -> list[Call]:
    calls = [Call(span, sent(span), received(span)) for span in spans]
    repeats_input = tree.above(call.span.span_id for call in calls if call.input)
    repeats_output = tree.above(call.span.span_id for call in calls if call.output)
    for call in calls:
        if call.span.span_id in repeats_input:
            call.input = []
        if call.span.span_id in repeats_output:
            call.output = []
    _tell_answers(calls, repeats_output)
    return _without_twins([call for call in calls if call.input or call.output])


def _tell_answers(calls: Sequence[Call], above: Container[str]) -> None:
    """Give a call that was not told an answer, as some leave out calls of tools, the one that the next input has in its place."""
    for call, following in pairwise(calls):
        at = len(call.input)
        untold = at and not call.output and call.span.span_id not in above and call.span.status != "error"
        if untold and len(following.input) > at:
            answer = following.input[at]
            if answer["role"] == "assistant" and key(following.input[at - 1]) == key(call.input[-1]):
                call.output = [answer]


def _without_twins(calls: Sequence[Call]) -> list[Call]:
    """One call that two instrumentations watched is two spans side by side, at the same time, with the same answer."""
    kept: list[Call] = []
    seen: dict[Hashable, Call] = {}
    for call in calls:
        for identity in _identities(call):
            twin = seen.get(identity)
            if twin is not None and call.span.start_ns < max(twin.span.until_ns, twin.span.start_ns + 1):
                twin.input = max(twin.input, call.input, key=len)
                twin.output = twin.output or call.output
                break
        else:
            kept.append(call)
            seen.update(dict.fromkeys(_identities(call), call))
    return kept


def _identities(call: Call) -> list[Hashable]:
    found: list[Hashable] = [call.span.response_id] if call.span.response_id else []
    if call.output:
        found.append((key(call.input[-1]) if call.input else None, *map(key, call.output)))
    return found
