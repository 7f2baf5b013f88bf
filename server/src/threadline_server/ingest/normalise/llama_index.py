"""LlamaIndex, where its instrumentations show the framework's objects and not what was said.

Source: ``openinference.instrumentation.llama_index``: each method that LlamaIndex instruments is a span, every one of a model's
class is an LLM span; inputs are arguments, outputs are values, as JSON or as Python shows them. ``llama_index.core``: workflows
hand each other events, chat engines answer with an ``AgentChatResponse``, tools with a ``ToolOutput``. OpenLLMetry's
``opentelemetry.instrumentation.llamaindex`` tells tasks with the same objects as JSON.
"""

from __future__ import annotations

import re
from typing import Final

from threadline_server.ingest.normalise.draft import Draft, plain_text
from threadline_server.ingest.normalise.prefixed import literal
from threadline_server.messages import read as read_messages
from threadline_server.model import RawSpan

SCOPE: Final = "openinference.instrumentation.llama_index"

TASK_SCOPE: Final = "opentelemetry.instrumentation.llamaindex"

_CALLED: Final = ("llm.input_messages.", "llm.output_messages.", "llm.token_count.", "llm.prompts")
"""What a span has once the model was called in it, and not around it or for its sake."""
_MACHINERY: Final = frozenset({"init_state", "ctx", "ev"})
"""Arguments of a workflow and its steps."""
_TOOL_OUTPUT: Final = frozenset({"tool_name", "raw_input", "raw_output"})
_OBJECT: Final = re.compile(r"[A-Z]\w*\((?:\w+=|\))")
_RESULT: Final = re.compile(r"StopEvent\(result=(['\"].*['\"])\)", re.DOTALL)


def read(span: RawSpan, draft: Draft) -> None:
    if draft.kind == "generation" and not any(name.startswith(_CALLED) for name in span.attributes):
        draft.kind = "span"
        _leave_input(span, draft)
        _leave_output(span, draft)
    elif draft.kind == "tool":
        _read_tool_output(draft)
    elif draft.kind in ("span", "agent"):
        if isinstance(draft.asked, dict) and not _MACHINERY.isdisjoint(draft.asked):
            _leave_input(span, draft)
        _read_answer(span, draft)


def _read_answer(span: RawSpan, draft: Draft) -> None:
    answered = draft.answered
    if isinstance(answered, dict) and "sources" in answered and answered.get("response") == "":
        _leave_output(span, draft)  # it was still to be streamed
    elif isinstance(answered, str) and _OBJECT.match(answered):
        result = _RESULT.fullmatch(answered)
        said = literal(result[1], otherwise=None) if result else None
        if isinstance(said, str):
            draft.answered = said
        else:
            _leave_output(span, draft)


def _leave_input(span: RawSpan, draft: Draft) -> None:
    """Nobody's words. What a whole trace was given or gave back would be shown as if it were somebody's."""
    draft.asked = None
    if not span.parent_id:
        draft.leave_input("input.value")


def _leave_output(span: RawSpan, draft: Draft) -> None:
    draft.answered = None
    if not span.parent_id:
        draft.leave_output("output.value")


def _read_tool_output(draft: Draft) -> None:
    told = draft.answered
    if isinstance(told, dict) and "raw_output" in told and isinstance(told.get("blocks"), list):
        draft.output_messages = read_messages([{"role": "tool", "content": told["blocks"]}], "tool")


def read_task(draft: Draft) -> None:
    """OpenLLMetry's span of a tool is a task like any other, named after the tool's class; what it gave back tells the tool."""
    told = draft.answered
    if isinstance(told, dict) and told.keys() >= _TOOL_OUTPUT:
        draft.kind = "tool"
        draft.name = draft.name or plain_text(told["tool_name"])
        _read_tool_output(draft)
