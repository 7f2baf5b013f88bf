"""A session's traces as turns of a conversation (contract, section 6): who said what, each thing once.

- Words come from the model calls: what is new in a call's input at its start, its output at its end. New is what follows
  the assistant's last message; what stands before it is history that the caller repeats. The session's first call is shown
  whole, for its history is from before there was tracing. A system prompt is shown where the trace before had it not.
- Within a trace a message is shown once: inputs that begin like an earlier one (retries, later steps) add only what is
  beyond it; spans around a model call and twins of it beside it (two instrumentations, the same answer at the same time) say
  nothing of their own. In another trace the same words are news: a client without memory may say "yes" in every turn. Only
  when the trace before ended so, and more follows, are they history: the turn before had failed.
- The program's own input and output (of the outermost span) speak where no model call does.
- Tools: results as the next call's input tells them, with the tool span's id; tool spans that no input tells of at their end.
  Model calls inside a tool, a retriever or a guardrail are how it works, not what was said - unless there are no others.
- Log records say what their span does not say itself; records of no span each stand for themselves.
- A turn that failed has the user's message, no answer, and its error.

Times order the messages, the order of spans where times are equal. The work is linear in the size of what is read.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from threadline_server.messages import Message
from threadline_server.query import present
from threadline_server.query.conversation.history import Heard
from threadline_server.query.conversation.logs import Tellings
from threadline_server.query.conversation.rows import TurnSpan, TurnTrace
from threadline_server.query.conversation.turn import messages_of

__all__ = ["TurnSpan", "TurnTrace", "fold"]


def fold(traces: Sequence[TurnTrace], spans: Sequence[TurnSpan], *, context: int = 0) -> list[dict[str, Any]]:
    """The turns of these traces, which come in time order; their spans in any order.

    The first ``context`` traces only say what was heard before and make no turn: one is enough for a page of a session.
    (If that one has no model calls, a page may begin with a system prompt that the page before has shown.)
    """
    of_trace: dict[str, list[TurnSpan]] = {trace.trace_id: [] for trace in traces}
    for span in spans:
        if span.trace_id in of_trace:
            of_trace[span.trace_id].append(span)
    heard = Heard()
    tellings = Tellings()
    turns = []
    for trace in traces:
        own = tellings.put(of_trace[trace.trace_id])
        turns.append(_turn(trace, own, messages_of(trace, own, heard)))
    return turns[context:]


def _turn(trace: TurnTrace, spans: Sequence[TurnSpan], messages: list[Message]) -> dict[str, Any]:
    return {
        "traceId": trace.trace_id,
        "name": trace.name,
        "startTime": present.moment(trace.start_ns // 1_000_000),
        "endTime": present.moment(trace.end_ns // 1_000_000) if trace.end_ns else None,
        "status": trace.status,
        "error": _error(trace, spans) if trace.status == "error" else None,
        "totalTokens": trace.total_tokens,
        "totalCost": trace.total_cost,
        "messages": messages,
    }


def _error(trace: TurnTrace, spans: Sequence[TurnSpan]) -> dict[str, str | None]:
    """The trace's error; where it tells none, that of its first span that failed with a word about it."""
    type_, message = trace.error_type, trace.error_message
    if not type_ and not message:
        failed = [span for span in spans if span.status == "error" and (span.error_type or span.error_message)]
        first = min(failed, key=lambda span: (span.start_ns, span.span_id), default=None)
        if first is not None:
            type_, message = first.error_type, first.error_message
    return {"type": type_ or None, "message": message or None}
