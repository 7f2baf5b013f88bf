"""What OpenInference's instrumentation of AutoGen AgentChat puts into ``input.value`` and ``output.value`` of agents and teams.

Source: ``openinference.instrumentation.autogen_agentchat``: arguments of a call as JSON. A team's are its ``task`` and a
``TaskResult``; an agent's messages, which JSON does not know, stand there as Python prints them.
"""

from __future__ import annotations

import re
from typing import Any, Final

from threadline_server.ingest.normalise.draft import Draft
from threadline_server.ingest.normalise.prefixed import literal
from threadline_server.messages import Message
from threadline_server.model import RawSpan

SCOPE: Final = "openinference.instrumentation.autogen_agentchat"

_WORD: Final = re.compile(r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*\"""", re.DOTALL)
"""One text as Python prints it."""
_PERSON: Final = "user"


def read(_span: RawSpan, draft: Draft) -> None:
    if draft.kind not in ("agent", "span"):
        return
    given, gave = draft.asked, draft.answered
    if isinstance(given, dict) and not draft.input_messages:
        told = given.get("messages") or given.get("task")
        draft.input_messages = _said(told if isinstance(told, list) else [told])
    if isinstance(gave, dict) and isinstance(gave.get("messages"), list) and not draft.output_messages:
        draft.output_messages = [said for said in _said(gave["messages"]) if said["role"] != _PERSON]


def _said(told: list[Any]) -> list[Message]:
    """The words of each message; events of tools and models' thoughts have none."""
    found: list[Message] = []
    for item in told:
        fields = item if isinstance(item, dict) else _printed(item) if isinstance(item, str) else {}
        source, text = fields.get("source"), fields.get("content")
        if not isinstance(text, str) or not text or fields.get("type") == "ThoughtEvent":
            continue
        content = [{"type": "text", "text": text}]
        if source == _PERSON or not isinstance(source, str):
            found.append({"role": _PERSON, "content": content})
        else:
            found.append({"role": "assistant", "content": content, "name": source})
    return found


def _printed(text: str) -> dict[str, Any]:
    """The fields of ``id='..' source='user' .. content='Hello' type='TextMessage'``; any other text is a person's."""
    if not text.startswith("id="):
        return {"content": text}
    return {name: _field(text, name) for name in ("source", "content", "type")}


def _field(text: str, name: str) -> str | None:
    """The first field of this name, if it is a text that Python can have printed."""
    mark = f" {name}="
    at = text.find(mark)
    found = _WORD.match(text, at + len(mark)) if at >= 0 else None
    return None if found is None else literal(found[0], otherwise=None, most=len(text))
