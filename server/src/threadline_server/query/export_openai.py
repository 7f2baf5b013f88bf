"""A session as examples for OpenAI's fine-tuning of chat models: ``{"messages": [...], "tools": [...]}``, one for each turn.

The example of a turn is what its last successful model call was given and answered: what the model saw, the turns before it
included. A turn that makes no valid example is left out: it has no such call, does not end with the assistant, or its calls and
results of tools do not belong together. Only words are told; a message of images alone says so in brackets.

Source: https://platform.openai.com/docs/guides/supervised-fine-tuning (formatting your data).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import orjson

from threadline_server import messages
from threadline_server.messages import Message
from threadline_server.query import present
from threadline_server.query.export_pages import WholeTrace, whole_traces
from threadline_server.store.database import Database, Row

_DEFINITIONS: Final = "gen_ai.tool.definitions"


def write(database: Database, project_id: int, session: Row) -> Iterator[bytes]:
    for trace in whole_traces(database, project_id, session):
        if (found := _example(trace)) is not None:
            yield present.encoded(found) + b"\n"


def _example(trace: WholeTrace) -> dict[str, Any] | None:
    calls = [row for row in trace.spans if row["kind"] == "generation" and row["status"] != "error"]
    last = max(calls, key=lambda row: (row["end_ms"], row["start_ms"]), default=None)
    if last is None:
        return None
    said = [*_said(last, "input", "user"), *_said(last, "output", "assistant")]
    told = example([_message(message) for message in said])
    if told is None:
        return None
    tools = _tools(last)
    return {"messages": told, **({"tools": tools} if tools else {})}


def _said(row: Row, side: str, role: str) -> list[Message]:
    if row[f"{side}_messages"]:
        found: list[Message] = orjson.loads(row[f"{side}_messages"])
        return found
    return messages.read(_loaded(row[side]), role) if row[side] else []


def _message(message: Message) -> dict[str, Any]:
    role = message["role"]
    words = "\n".join(_words(part) for part in message["content"] if part["type"] != "reasoning")
    told: dict[str, Any] = {"role": role, "content": words}
    if role == "tool":
        told["tool_call_id"] = message.get("toolCallId") or ""
    if role == "assistant" and (calls := message.get("toolCalls")):
        told["content"] = words or None
        told["tool_calls"] = [
            {
                "id": call.get("id") or f"call_{number}",
                "type": "function",
                "function": {"name": call["name"], "arguments": present.encoded(call["arguments"]).decode()},
            }
            for number, call in enumerate(calls)
        ]
    return told


def _words(part: Mapping[str, Any]) -> str:
    return part["text"] if part["type"] == "text" else f"[{part['type']}]"


def example(told: Sequence[dict[str, Any]]) -> list[dict[str, Any]] | None:
    """The messages where they make a valid example, else None."""
    said = [message for message in told if message["content"] or message.get("tool_calls") or message["role"] == "tool"]
    if not said or said[-1]["role"] != "assistant" or all(message["role"] == "assistant" for message in said):
        return None
    waiting: set[str] = set()
    for message in said:
        if message["role"] == "tool":
            if message["tool_call_id"] not in waiting:
                return None
            waiting.remove(message["tool_call_id"])
        elif waiting:
            return None
        else:
            waiting = {call["id"] for call in message.get("tool_calls") or ()}
    return said


def _tools(row: Row) -> list[dict[str, Any]]:
    """The tools that the model could call, wherever the call told them, in OpenAI's shape."""
    for held in (_loaded(row["attributes"]), _loaded(row["model_parameters"]), _loaded(row["input"])):
        if isinstance(held, dict):
            told = held.get(_DEFINITIONS) or held.get("tools")
            told = _loaded(told) if isinstance(told, str) else told
            if isinstance(told, list) and told:
                return [tool for tool in map(_tool, told) if tool is not None]
    return []


def _tool(told: Any) -> dict[str, Any] | None:
    if not isinstance(told, dict):
        return None
    function = told["function"] if isinstance(told.get("function"), dict) else told
    if not isinstance(function.get("name"), str):
        return None
    schema = function.get("parameters") or function.get("input_schema") or {"type": "object", "properties": {}}
    described = {"description": function["description"]} if isinstance(function.get("description"), str) else {}
    return {"type": "function", "function": {"name": function["name"], **described, "parameters": schema}}


def _loaded(text: Any) -> Any:
    try:
        return orjson.loads(text) if text else None
    except orjson.JSONDecodeError:
        return None
