"""Log records in a conversation: each becomes part of the span that it tells of, or speaks for itself.

Messages of one call that came with the same time (clocks of a millisecond) and in no known order stand in the order in which
the calls before told them, and new ones after.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Final

import msgspec

from threadline_server import messages
from threadline_server.messages import Message
from threadline_server.model import LOG
from threadline_server.query.conversation.calls import decode
from threadline_server.query.conversation.history import key
from threadline_server.query.conversation.rows import TurnSpan
from threadline_server.query.log_messages import Said, Tellers, arguments_of, whole

_MOMENT_NS: Final = 1_000
"""Records within it may have been sent with one and the same time."""


class Tellings:
    """Puts the log records of one session's traces into their spans, trace by trace in time order."""

    def __init__(self) -> None:
        self._known: dict[Hashable, int] = {}

    def put(self, rows: Sequence[TurnSpan]) -> list[TurnSpan]:
        """The spans of a trace with what its log records say, where they say nothing themselves.

        A span that has not come is stood in for. Records under no span stay as they are.
        """
        logs = [row for row in rows if row.kind == LOG and (row.input_messages or row.output_messages or row.input)]
        spans = [row for row in rows if row.kind != LOG]
        if not logs:
            return spans
        records = _by_span(logs, spans)
        alone = [log for log in records.pop("", []) if log.input_messages or log.output_messages]
        places = {span.span_id: at for at, span in enumerate(spans)}
        for span_id, own in records.items():
            given, answered = self._said(own)
            at = places.get(span_id)
            if at is not None:
                spans[at] = _with(spans[at], own, given, answered)
            elif given or answered:
                spans.append(_standing_in(own, given, answered))
        return spans + alone

    def _said(self, logs: Sequence[TurnSpan]) -> Said:
        """What went into a call and what came out, each message in its place."""
        tellings: list[tuple[int, Said]] = []
        for log in logs:
            said = (
                messages.read(decode(log.input_messages), "user"),
                messages.read(decode(log.output_messages), "assistant"),
            )
            tellings.append((log.start_ns // _MOMENT_NS, said))
        tellings.sort(key=lambda telling: (telling[0], *self._place(telling[1][0])))
        given, answered = whole([said for _, said in tellings])
        for message in (*given, *answered):
            self._known.setdefault(key(message), len(self._known))
        return given, answered

    def _place(self, given: Sequence[Message]) -> tuple[bool, int]:
        """System prompts first, then what is known; what is new keeps its order after that."""
        if not given:
            return True, len(self._known)
        return given[0]["role"] != "system", self._known.get(key(given[0]), len(self._known))


def _by_span(logs: Sequence[TurnSpan], spans: Sequence[TurnSpan]) -> dict[str, list[TurnSpan]]:
    """The records in time order by the span that they tell of; "" has those of none."""
    tellers = Tellers((span.span_id, span.tool_call_id or span.response_id) for span in spans)
    found: dict[str, list[TurnSpan]] = {}
    for log in sorted(logs, key=lambda log: (log.start_ns, log.span_id)):
        found.setdefault(tellers.of(log.parent_id, log.response_id), []).append(log)
    return found


def _with(span: TurnSpan, logs: Sequence[TurnSpan], given: list[Message], answered: list[Message]) -> TurnSpan:
    if given and not (span.input_messages or span.input):
        span = msgspec.structs.replace(span, input_messages=msgspec.json.encode(given))
    if answered and not (span.output_messages or span.output):
        span = msgspec.structs.replace(span, output_messages=msgspec.json.encode(answered))
    if span.kind == "tool":
        span = msgspec.structs.replace(span, input=arguments_of([span.input, *(log.input for log in logs)]))
    return span


def _standing_in(logs: Sequence[TurnSpan], given: list[Message], answered: list[Message]) -> TurnSpan:
    first, last = logs[0], logs[-1]
    return msgspec.structs.replace(
        first,
        span_id=first.parent_id,
        parent_id="",
        kind="generation",
        end_ns=last.end_ns,
        model=first.model or last.model,
        input=b"",
        output=b"",
        input_messages=msgspec.json.encode(given) if given else b"",
        output_messages=msgspec.json.encode(answered) if answered else b"",
    )
