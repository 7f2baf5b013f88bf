"""smolagents, where OpenInference's instrumentation of it shows what the framework writes and not what was said.

Source: ``smolagents.memory`` (how steps become messages) and ``openinference.instrumentation.smolagents``. The answer is a call of
a tool ``final_answer``; calls and results stand in the history as text. An agent's span counts all that the agent used since it
was made, earlier tasks included.
"""

from __future__ import annotations

import re
from typing import Any, Final

from threadline_server.ingest.normalise.draft import Draft
from threadline_server.ingest.normalise.prefixed import evaluated
from threadline_server.messages import Message, message_text
from threadline_server.messages import read as read_messages
from threadline_server.messages.plain import compact
from threadline_server.model import RawSpan

SCOPE: Final = "openinference.instrumentation.smolagents"

_TASK: Final = "New task:\n"
_CALLS: Final = "Calling tools:\n"
_OBSERVED: Final = re.compile(r"(?:Call id: (\S+)\n)?Observation:\n")
_ANSWER: Final = "final_answer"


def read(span: RawSpan, draft: Draft) -> None:
    if draft.kind == "agent":
        draft.prompt = draft.completion = draft.total = None
    elif draft.kind == "tool" and span.attributes.get("tool.name") == _ANSWER:
        draft.kind = "span"
    draft.output_messages = [_answered(message) for message in draft.output_messages]
    draft.input_messages = _spoken(draft.input_messages)


def _answered(message: Message) -> Message:
    """The final answer as what it is: the assistant's words."""
    calls = message.get("toolCalls", [])
    answer = next((call for call in calls if call["name"] == _ANSWER), None)
    if answer is None:
        return message
    arguments = answer["arguments"]
    said = arguments.get("answer", arguments) if isinstance(arguments, dict) else arguments
    others = [call for call in calls if call is not answer]
    text = said if isinstance(said, str) else compact(said)
    content = [*message["content"], *([{"type": "text", "text": text}] if text else [])]
    rest = {key: value for key, value in message.items() if key != "toolCalls"}
    return {**rest, "content": content, **({"toolCalls": others} if others else {})}


def _spoken(given: list[Message]) -> list[Message]:
    """The history without what the framework wrote around it; what a final answer returned is that answer once more."""
    found: list[Message] = []
    calls: list[dict[str, Any]] = []
    for message in given:
        text = message_text(message)
        observed = _OBSERVED.match(text)
        if message["role"] == "user" and text.startswith(_TASK):
            found.append(_with_text(message, text[len(_TASK) :]))
        elif message["role"] == "assistant" and text.startswith(_CALLS):
            told = _called(evaluated(text[len(_CALLS) :]))
            calls = [call for each in told for call in each.get("toolCalls", [])]
            found += [_answered(each) for each in told] or [message]
        elif message["role"] == "tool" and observed:
            if not any(call["name"] == _ANSWER for call in calls):
                found.append(_result(message, text[observed.end() :], observed[1], calls))
        else:
            found.append(message)
    return found


def _called(told: Any) -> list[Message]:
    return read_messages([{"role": "assistant", "tool_calls": told}], "assistant") if isinstance(told, list) else []


def _result(message: Message, text: str, identity: str | None, calls: list[dict[str, Any]]) -> Message:
    """What a tool gave back, with the id of its call where only one was made."""
    identity = identity or (calls[0]["id"] if len(calls) == 1 else None)
    return _with_text(message, text) | ({"toolCallId": identity} if identity else {})


def _with_text(message: Message, text: str) -> Message:
    """The same message saying this; images and files stay."""
    others = [part for part in message["content"] if part["type"] != "text"]
    return {**message, "content": [*([{"type": "text", "text": text}] if text else []), *others]}
