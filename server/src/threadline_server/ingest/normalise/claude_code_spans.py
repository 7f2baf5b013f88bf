"""Spans of Claude Code and of the Claude Agent SDK (``CLAUDE_CODE_ENHANCED_TELEMETRY_BETA``).

Source: https://code.claude.com/docs/en/monitoring-usage ("Traces"). An interaction is one prompt, with its model requests and
tools below it; counts have bare names, and ``input_tokens`` leaves the cache out.
"""

from __future__ import annotations

from typing import Final

from threadline_server.ingest.normalise.claude_code import NAME, PREFIX, offer_counts
from threadline_server.ingest.normalise.draft import Draft, plain_text
from threadline_server.ingest.normalise.shape import Names
from threadline_server.ingest.normalise.telling import said
from threadline_server.model import Kind, RawSpan

__all__ = ["NAME", "PREFIXES", "read"]

PREFIXES: Final = ("span.type",)

_KINDS: Final[dict[str, Kind]] = {"interaction": "agent", "llm_request": "generation", "tool": "tool"}
_TEXTS: Final[Names] = (
    ("model", "model"),
    ("gen_ai.response.id", "response_id"),
    ("request_id", "response_id"),
)
_ARGUMENTS: Final = (
    ("full_command", "command"),
    ("file_path", "file_path"),
    ("skill_name", "skill"),
    ("subagent_type", "subagent_type"),
)
"""(attribute of a tool's span, the tool's own name for it); the whole input is told by a log record only."""
_OUTPUT: Final = "tool.output"
_NOT_OUTPUT: Final = frozenset({"bash_command", "file_path"})
"""What the event of a tool's output repeats of its input."""


def read(span: RawSpan, draft: Draft) -> None:
    if not span.name.startswith(PREFIX):
        return
    get = span.attributes.get
    kind = plain_text(get("span.type"))
    draft.kind = draft.kind or _KINDS.get(kind, "span")
    draft.offer_texts(span.attributes, (("error", "error_message"),))
    if kind == "interaction":
        draft.input_messages = draft.input_messages or said("user", get("user_prompt"))
    elif kind == "llm_request":
        draft.offer_texts(span.attributes, _TEXTS)
        offer_counts(span.attributes, draft)
        draft.offer_latency("ttft_ms", get("ttft_ms"), unit_ms=1)
        draft.offer_output("response.model_output", get("response.model_output"), is_json=False)
        if get("success") is False and span.status != "ok":
            draft.error_type = draft.error_type or plain_text(get("status_code")) or "error"
    elif kind == "tool":
        _read_tool(span, draft)


def _read_tool(span: RawSpan, draft: Draft) -> None:
    get = span.attributes.get
    draft.name = draft.name or plain_text(get("tool_name"))
    draft.offer_texts(span.attributes, (("tool_use_id", "response_id"),))
    draft.offer_input("tool_input", get("tool_input"), is_json=True)
    arguments = {argument: value for name, argument in _ARGUMENTS if (value := get(name)) is not None}
    draft.offer_input("tool_input", arguments or None, is_json=False)
    told = next((event.attributes for event in span.events if event.name == _OUTPUT), {})
    output = {name: value for name, value in told.items() if name not in _NOT_OUTPUT}
    only = next(iter(output.values())) if len(output) == 1 else output
    draft.offer_output(_OUTPUT, only or None, is_json=isinstance(only, str) and only[:1] in ("{", "["))
