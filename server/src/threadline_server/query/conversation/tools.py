"""Tool spans of one trace as messages, unless the next call's input already told their outcome."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any, Final

import msgspec

from threadline_server import messages
from threadline_server.messages import Message, message_text
from threadline_server.query.conversation.calls import Call, decode
from threadline_server.query.conversation.rows import TurnSpan

_BESIDE_A_NAME: Final = re.compile(r"[^\w-]+")
_LOOK_AHEAD: Final = 50
_TOLD_BY_NAME: Final = "execute_tool "
"""OpenTelemetry GenAI: the span's name SHOULD be "execute_tool {gen_ai.tool.name}"."""


class Toolbox:
    """The tool calls of a trace: what tools there are, and which call a result answers."""

    def __init__(self, calls: Sequence[Call]) -> None:
        self._names: dict[str, str] = {}
        self._tools: set[str] = set()
        self._made: dict[str, list[dict[str, Any]]] = {}
        for call in calls:
            for message in (*call.input, *call.output):
                for made in message.get("toolCalls", ()):
                    self._tools.add(made["name"])
                    if made["id"] is not None:
                        self._names[made["id"]] = made["name"]
            for message in call.output:
                for made in message.get("toolCalls", ()):
                    self._made.setdefault(made["name"], []).append(made)

    def named(self, result: Message) -> Message:
        """A tool's message with the name of the call that it answers, where it does not tell: the only one, if its id tells nothing."""
        name = self._names.get(result.get("toolCallId", "")) or (
            next(iter(self._tools)) if len(self._tools) == 1 else ""
        )
        return {**result, "name": name} if name and not result.get("name") else result

    def is_untold(self, run: ToolRun) -> bool:
        """Whether a model called this tool, for the run has a call's id, and no model call of the trace tells of it.

        By its name, too: frameworks give calls ids of their own.
        """
        identity = run.span.tool_call_id
        return bool(identity) and identity not in self._names and run.result["name"] not in self._tools

    def name_of(self, span: TurnSpan) -> str:
        """The tool that a span ran: a called name that stands in the span's name as a word, or that name itself."""
        if span.name in self._tools:
            return span.name
        words = [word for word in _BESIDE_A_NAME.split(span.name) if word in self._tools]
        return words[0] if words else span.name.removeprefix(_TOLD_BY_NAME)

    def answer(self, result: Message, arguments: object = None) -> Message:
        """The result with the id of its call, which is then done: the one with these arguments or else the first undone."""
        made = self._made.get(result.get("name", ""), [])
        identity = result.get("toolCallId")
        if identity is not None:
            at = next((at for at, call in enumerate(made) if call["id"] == identity), None)
        else:
            at = next(
                (at for at, call in enumerate(made[:_LOOK_AHEAD]) if call["arguments"] == arguments),
                0 if made else None,
            )
        if at is None:
            return result
        call = made.pop(at)
        return result if call["id"] is None else {**result, "toolCallId": call["id"]}


class ToolRun(msgspec.Struct, gc=False):
    """A tool span, what it gave back, and the message of a model call's input that tells the same, if there is one."""

    span: TurnSpan
    result: Message
    told: Message | None = None


def runs_of(spans: Sequence[TurnSpan], toolbox: Toolbox, failures: Mapping[str, TurnSpan]) -> list[ToolRun]:
    """These tool spans with what they gave back: a failed one that gave nothing, its error.

    ``failures`` has a failed span right below another by the other's id: some tell a tool's failure by the span of its execution.
    """
    runs = []
    for span in spans:
        result = messages.read_result(decode(span.output_messages) or decode(span.output))
        failed = span if span.status == "error" else failures.get(span.span_id)
        if not result["content"] and failed is not None:
            error = ": ".join(text for text in (failed.error_type, failed.error_message) if text)
            result["content"] = [{"type": "text", "text": error}] if error else []
        if span.tool_call_id:
            result["toolCallId"] = span.tool_call_id
        runs.append(ToolRun(span, {**toolbox.named(result), "name": result.get("name") or toolbox.name_of(span)}))
    return runs


def call_of(run: ToolRun) -> dict[str, Any]:
    """The call that a model made, where only the tool's span tells of it."""
    arguments = decode(run.span.input)
    name = run.result["name"]
    return {"id": run.span.tool_call_id, "name": name, "arguments": {} if arguments is None else arguments}


def message_of(run: ToolRun) -> Message:
    """The same as the model's message."""
    return {"role": "assistant", "content": [], "toolCalls": [call_of(run)]}


def match(runs: Sequence[ToolRun], told: Sequence[Message]) -> None:
    """Give each run the told result that is its own: by the call's id, then by name and text, by name in order, by text.

    The last two are guesses, not made against two ids that differ.
    """
    free = {id(message): message for message in told}
    sameness: tuple[Callable[[Message], Hashable], ...] = (
        lambda message: message.get("toolCallId"),
        lambda message: (message.get("name"), message_text(message).strip()),
        lambda message: message.get("name"),
        lambda message: message_text(message).strip() or None,
    )
    for certain, same in zip((True, True, False, False), sameness, strict=True):
        waiting: dict[Hashable, deque[Message]] = {}
        for message in told:
            if id(message) in free and same(message) is not None:
                waiting.setdefault(same(message), deque()).append(message)
        for run in runs:
            candidates = waiting.get(same(run.result)) if run.told is None else None
            if candidates and (certain or "toolCallId" not in run.result or "toolCallId" not in candidates[0]):
                run.told = candidates.popleft()
                del free[id(run.told)]
