"""CrewAI, where its instrumentations show the framework's records around what was said.

Source: ``openinference.instrumentation.crewai``, its wrappers and its event listener, and ``crewai``: a crew, a task and an agent
answer with an object whose ``raw`` is the answer; the listener tells calls of tools as the model's output, names as ``repr`` writes them.
A crew or a flow without a name of its own is named by an id, another one for each run.

OpenLLMetry's ``opentelemetry.instrumentation.crewai`` has names of its own (``PREFIXES``). Its ``crewai.crew.usage_metrics`` are not
counted: they sum up the life of the crew's models, earlier runs included.
"""

from __future__ import annotations

import re
from typing import Any, Final

from threadline_server import messages
from threadline_server.ingest.normalise.draft import Draft, plain_text
from threadline_server.model import RawSpan

NAME: Final = "openllmetry"
PREFIXES: Final = ("crewai.crew.", "crewai.task.")
SCOPE: Final = "openinference.instrumentation.crewai"
LISTENER: Final = SCOPE + "._event_listener"

_NAMED_BY_ID: Final = re.compile(r"(Crew|Flow)_[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?=\.)")
_OF_A_TASK: Final = frozenset({"agent", "context", "tools"})
"""Arguments of ``Task._execute_core``."""


def read(span: RawSpan, draft: Draft) -> None:
    if draft.kind == "generation":
        _read_calls(draft)
    elif draft.kind in ("span", "agent"):
        draft.name = draft.name or _NAMED_BY_ID.sub(r"\1", span.name)
        _read_work(span, draft)


def _read_work(span: RawSpan, draft: Draft) -> None:
    if isinstance(draft.asked, dict) and draft.asked.keys() == _OF_A_TASK:
        draft.asked = None
    draft.asked = span.attributes.get("task_description") or draft.asked
    answered = draft.answered
    said = plain_text(answered.get("raw")) if isinstance(answered, dict) else ""
    if said and not draft.output_messages:
        draft.output_messages = messages.read(said, "assistant")


def _read_calls(draft: Draft) -> None:
    answered = draft.answered
    if not draft.output_messages and isinstance(answered, list) and all(map(_is_call, answered)):
        draft.output_messages = messages.read([{"role": "assistant", "tool_calls": answered}], "assistant")
    for message in draft.input_messages:
        for call in message.get("toolCalls", ()):
            call["name"] = call["name"].strip("'")


def _is_call(item: Any) -> bool:
    return isinstance(item, dict) and isinstance(item.get("function"), dict)


def read_told(span: RawSpan, draft: Draft) -> None:
    """What OpenLLMetry tells: a task is what a person asked, where no model call says so."""
    get = span.attributes.get
    asked = plain_text(get("crewai.task.description"))
    if asked and not draft.input_messages:
        draft.input_messages = messages.read(asked, "user")
        draft.output_messages = draft.output_messages or messages.read(draft.answered, "assistant")
    draft.offer_output("crewai.crew.result", get("crewai.crew.result"), is_json=False)
    crew = plain_text(get("crewai.crew.name"))
    if crew and crew != "crew":
        draft.name = draft.name or f"{crew}.workflow"
