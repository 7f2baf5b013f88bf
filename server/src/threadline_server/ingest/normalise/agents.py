"""Coding agents that tell of their work in log records, without traces: a module for each, one way to rows.

An agent's module says what a record is (``Telling``) and drafts its facts. A telling with a turn stands in the trace of that
turn; an agent that names no turns has one trace for a conversation.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from threadline_server.ingest import reasons
from threadline_server.ingest.normalise import claude_code, codex, gemini_cli, general
from threadline_server.ingest.normalise.finish import finished
from threadline_server.ingest.normalise.telling import NOTHING, Telling
from threadline_server.model import Drop, RawLog, RawSpan, Span

__all__ = ["NOTHING", "normalise", "read"]

_AGENTS: Final[dict[str, Callable[[str, RawLog], Telling]]] = {
    claude_code.PREFIX: claude_code.read,
    codex.PREFIX: codex.read,
    gemini_cli.PREFIX: gemini_cli.read,
}


def read(raw: RawLog, event: str) -> Telling | None:
    """What the record tells, if an agent wrote it. The event's full name may stand in the event name or in the body."""
    for name in (event, raw.name, raw.body):
        if isinstance(name, str) and len(name) < 200:
            prefix, dot, word = name.partition(".")
            agent = _AGENTS.get(prefix + dot)
            if agent is not None:
                return agent(word, raw)
    return NOTHING if event == gemini_cli.TOLD_AGAIN and raw.scope == gemini_cli.NAME else None


def normalise(raw: RawLog, telling: Telling) -> Span | Drop:
    """The row of a telling, without ids of a trace."""
    draft = telling.draft
    draft.kind = telling.kind
    span = RawSpan(
        raw.trace_id,
        "",
        raw.span_id,
        telling.name,
        raw.time_ns - int(telling.duration_ms * 1_000_000),
        raw.time_ns,
        raw.attributes,
        "error" if telling.error is not None else "",
        telling.error or "",
        resource=raw.resource,
        scope=raw.scope,
        scope_version=raw.scope_version,
    )
    general.read(span, draft)
    resource = general.resource_of(span)
    general.read_last(span, draft, resource)
    if len(draft.session_id) > reasons.MAX_SESSION_ID:
        return Drop(-1, reasons.SESSION_ID, f"the session id is longer than {reasons.MAX_SESSION_ID} characters")
    return finished(span, draft, resource, telling.dialect)
