"""The contract's laws 1-5 in plain Python, over a list of deliveries: slow, obvious, and independent of the engine."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from threadline_server.model import Span, Usage

IDLE_MS = 30 * 60 * 1000


def sessions(deliveries: Iterable[Span]) -> dict[str, dict[str, Any]]:
    """Session id -> its numbers, from every version of every span in order of arrival."""
    traces: dict[str, list[Span]] = defaultdict(list)
    for span in winners(deliveries):
        traces[span.trace_id].append(span)
    grouped: dict[str, list[list[Span]]] = defaultdict(list)
    for spans in traces.values():
        spans.sort(key=place)
        if session_id := first(spans, "session_id"):
            grouped[session_id].append(spans)
    return {session_id: session(sorted(found, key=began)) for session_id, found in grouped.items()}


def winners(deliveries: Iterable[Span]) -> list[Span]:
    """One version of each span: finished over unfinished, then the later end, then the later arrival."""
    best: dict[tuple[str, str], Span] = {}
    for span in deliveries:
        key = (span.trace_id, span.span_id)
        if key not in best or span.end_ns >= best[key].end_ns:
            best[key] = span
    return list(best.values())


def told_again(span: Span, trace: Sequence[Span]) -> bool:
    """Whether the span right above or below this one tells of the same call."""
    above = [
        other for other in trace if other.span_id == span.parent_id and other is not span and other.kind == span.kind
    ]
    if span.kind == "tool":
        return any(other.name == span.name for other in above)
    return bool(attempts_of(span, trace) and not is_call_of_attempts(span, trace)) or any(
        is_call_of_attempts(other, trace) for other in above
    )


def attempts_of(span: Span, trace: Sequence[Span]) -> list[Span]:
    below = [other for other in trace if other.parent_id == span.span_id and other is not span]
    return [other for other in below if other.kind == "generation"]


def is_call_of_attempts(span: Span, trace: Sequence[Span]) -> bool:
    """Whether a generation used what it took, of which the generations right below it tell nothing."""
    return has_used(span) and not any(has_used(other) for other in attempts_of(span, trace))


def session(traces: Sequence[Sequence[Span]]) -> dict[str, Any]:
    spans = [span for trace in traces for span in trace]
    counted = [(s, s.usage or Usage()) for trace in traces for s in trace if has_used(s) and not repeats(s, trace)]
    start, end = min(ms(span.start_ns) for span in spans), max(ms(until(span)) for span in spans)
    pauses = idle_pauses(spans)
    users = [user for trace in traces if (user := first(trace, "user_id"))]
    metadata: dict[str, Any] = {}
    for trace in traces:
        own: dict[str, Any] = {}
        for span in trace:
            own = {key: json.loads(text) for key, text in span.metadata.items()} | own
        metadata |= own
    return {
        "userId": users[0] if users else None,
        "userIds": list(dict.fromkeys(users)),
        "traceCount": len(traces),
        "spanCount": sum(span.kind != "log" for span in spans),
        "generationCount": sum(
            s.kind == "generation" and not (has_used(s) and repeats(s, t)) and not told_again(s, t)
            for t in traces
            for s in t
        ),
        "toolCount": sum(s.kind == "tool" and not told_again(s, t) for t in traces for s in t),
        "errorCount": sum(ended_in_error(trace) for trace in traces),
        "start": start,
        "end": end,
        "duration": end - start,
        "activeDuration": end - start - sum(pauses),
        "segments": len(pauses) + 1,
        **{name: sum(getattr(usage, field) for _, usage in counted) for name, field in TOKENS.items()},
        "totalCost": sum((span.cost_usd for span, _ in counted if span.cost_usd is not None), Decimal(0)),
        "models": by_model(counted),
        "unpricedModels": sorted({span.model for span, _ in counted if span.cost_usd is None and span.model}),
        "tags": list(dict.fromkeys(tag for trace in traces for span in trace for tag in span.tags)),
        "metadata": metadata,
    }


TOKENS = {
    "promptTokens": "prompt",
    "completionTokens": "completion",
    "cachedTokens": "cached",
    "reasoningTokens": "reasoning",
    "totalTokens": "total",
}


def by_model(counted: Iterable[tuple[Span, Usage]]) -> dict[str, tuple[int, Decimal | None]]:
    """Model -> tokens and cost (None where no call has a price)."""
    found: dict[str, tuple[int, Decimal | None]] = {}
    for span, usage in counted:
        if span.model:
            tokens, cost = found.get(span.model, (0, None))
            added = cost if span.cost_usd is None else (cost or Decimal(0)) + span.cost_usd
            found[span.model] = (tokens + usage.total, added)
    return found


def has_tokens(span: Span) -> bool:
    return span.usage is not None and span.usage != Usage()


def has_used(span: Span) -> bool:
    """Tokens, or at least something that cost."""
    return has_tokens(span) or bool(span.cost_usd)


def repeats(span: Span, trace: Sequence[Span]) -> bool:
    """Whether another span tells what this one used (law 5)."""
    return wraps(span, trace) or has_closer_twin(span, trace)


def has_closer_twin(span: Span, trace: Sequence[Span]) -> bool:
    """Whether a span that began later, while this or an earlier one ran, tells of the same response."""
    if not has_tokens(span) or not span.response_id:
        return False
    told = [s for s in trace if has_tokens(s) and s.response_id == span.response_id and not wraps(s, trace)]
    later = [other for other in told if (other.start_ns, other.span_id) > (span.start_ns, span.span_id)]
    busy_until = max(max(until(other), other.start_ns + 1) for other in [span, *told] if other not in later)
    return any(other.start_ns < busy_until for other in later)


def wraps(span: Span, trace: Sequence[Span]) -> bool:
    """Whether a descendant of the span carries usage, of which a mere cost is none to a span with tokens.

    Log records stand beside the tree, not in it.
    """
    tells = has_tokens if has_tokens(span) else has_used
    below, seen = [span.span_id], {span.span_id}
    while below:
        parent = below.pop()
        for child in trace:
            if child.parent_id == parent and child.span_id not in seen and child.kind != "log":
                if tells(child):
                    return True
                seen.add(child.span_id)
                below.append(child.span_id)
    return False


def idle_pauses(spans: Iterable[Span]) -> list[int]:
    """Pauses of the whole session longer than the idle time, in milliseconds."""
    pauses, busy_until = [], None
    for start, end in sorted((ms(span.start_ns), ms(until(span))) for span in spans):
        if busy_until is not None and start - busy_until > IDLE_MS:
            pauses.append(start - busy_until)
        busy_until = end if busy_until is None else max(busy_until, end)
    return pauses


def ended_in_error(trace: Sequence[Span]) -> bool:
    """Its root did, or its last model call."""
    generations = [span for span in trace if span.kind == "generation"]
    last = max(generations, key=lambda span: (until(span), span.span_id), default=None)
    return trace[0].status == "error" or (last is not None and last.status == "error")


def place(span: Span) -> tuple[int, int, str]:
    """Root first, then by start, log records last: the order in which conflicts are decided (law 2)."""
    return (2 if span.kind == "log" else int(span.parent_id != ""), span.start_ns, span.span_id)


def began(trace: Sequence[Span]) -> tuple[int, str]:
    return (min(span.start_ns for span in trace), trace[0].trace_id)


def first(trace: Iterable[Span], field: str) -> str:
    return next((value for span in trace if (value := getattr(span, field))), "")


def until(span: Span) -> int:
    return max(span.start_ns, span.end_ns)


def ms(time_ns: int) -> int:
    return time_ns // 1_000_000
