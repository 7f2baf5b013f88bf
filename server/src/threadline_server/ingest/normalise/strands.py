"""Strands Agents, beside the GenAI names and span events that it writes. Read after those: it corrects some of them.

Source: https://strandsagents.com/latest/documentation/docs/user-guide/observability-evaluation/traces/ and
``strands.telemetry.tracer``. An agent's span counts all that the agent used since it was made, earlier turns included.
"""

from __future__ import annotations

from typing import Any, Final

from threadline_server.ingest.normalise.draft import Draft
from threadline_server.ingest.normalise.prefixed import unquoted
from threadline_server.model import RawSpan

NAME: Final = "strands"
PREFIXES: Final = ("gen_ai.event.start_time", "event_loop.", "gen_ai.agent.tools")

_FIRST_TOKEN: Final = "gen_ai.server.time_to_first_token"


def read(span: RawSpan, draft: Draft) -> None:
    get = span.attributes.get
    draft.offer_latency(_FIRST_TOKEN, get(_FIRST_TOKEN), unit_ms=1)
    if draft.kind == "agent":
        draft.prompt = draft.completion = draft.total = None
    elif draft.kind == "tool":
        _read_tool(span, draft)


def _read_tool(span: RawSpan, draft: Draft) -> None:
    """A tool's span tells its arguments and its result as if they were messages."""
    for event in span.events:
        if event.name == "gen_ai.tool.message":
            draft.offer_input(event.name, unquoted(event.attributes.get("content")), is_json=False)
        elif event.name == "gen_ai.choice":
            draft.offer_output(event.name, _content(unquoted(event.attributes.get("message"))), is_json=False)
    draft.input_messages, draft.output_messages = [], []


def _content(value: Any) -> Any:
    """A list of one text is that text."""
    if isinstance(value, list) and len(value) == 1 and isinstance(value[0], dict) and value[0].keys() == {"text"}:
        return value[0]["text"]
    return value
