"""Where messages lie in a value: requests, responses and states of providers and frameworks, fields of a program's own."""

from __future__ import annotations

from typing import Any, Final

from threadline_server.messages.parts import is_block, pieces
from threadline_server.messages.plain import MAX_DEPTH, Block, compact, first, text_part
from threadline_server.messages.spelling import Message, assemble, one_message, role_name, spelled_out

_PAIRED: Final = frozenset({"user", "assistant", "system", "tool", "human", "ai", "developer"})
_SYSTEM: Final = ("system", "system_instruction", "systemInstruction", "system_prompt", "instructions")
_SENT: Final = ("messages", "contents", "input", "inputs", "message", "new_message", "kwargs", "update", "data", "args")
_RECEIVED: Final = (
    "choices", "candidates", "generations", "output", "outputs", "message", "messages", "content", "response", "result",
    "update", "value", "data",
)  # fmt: skip
_ENVELOPES: Final = frozenset(_SENT + _RECEIVED)
_ASKED: Final = (
    "message", "user_message", "userMessage", "user_input", "user_query", "human_input", "chat_input", "question", "query",
    "prompt", "input", "text", "content", "utterance", "task", "msg", "q",
    "inputs", "kwargs", "args",
)  # fmt: skip
_SAID: Final = (
    "response", "answer", "output", "final_output", "finalOutput", "final_answer", "reply", "content", "text", "output_text",
    "completion", "generated_text", "assistant_message", "assistantMessage", "message", "result", "outputs", "data",
)  # fmt: skip


def find(value: object, role: str, depth: int = 0) -> list[Message] | None:
    """The messages that a value certainly holds; None where it is no provider's shape."""
    if depth > MAX_DEPTH:
        return None
    if isinstance(value, list):
        return _find_in_list(value, role, depth)
    if not isinstance(value, dict):
        return None
    message = one_message(value, role)
    if message is None and is_block(value) and "type" in value:
        message = assemble(role, pieces(value))
    return _find_in_fields(value, role, depth) if message is None else message


def _find_in_fields(value: Block, role: str, depth: int) -> list[Message] | None:
    if _ENVELOPES.isdisjoint(value):
        return None
    for key in _SENT + _RECEIVED if role == "user" else _RECEIVED + _SENT:
        inner = value.get(key)
        if key in ("choices", "candidates", "generations") and isinstance(inner, list):
            return _alternatives(inner, role, depth)
        plain = key in ("messages", "contents") or (key == "input" and "instructions" in value)
        if plain and isinstance(inner, str) and inner:
            return [*_system_prompt(value, role), {"role": role, "content": [text_part(inner)]}]
        if isinstance(inner, dict | list) and inner:
            found = find(inner, role, depth + 1)
            if found is not None:
                return _system_prompt(value, role) + found
    return None


def _system_prompt(value: Block, role: str) -> list[Message]:
    """What an input says beside its messages; an output that repeats it does not say it again."""
    config = value.get("config")
    held = first(value, *_SYSTEM) or (first(config, *_SYSTEM) if isinstance(config, dict) else None)
    if role != "user" or held is None:
        return []
    if isinstance(held, dict) and "parts" in held:
        held = held["parts"]
    return assemble("system", pieces(held))


def _alternatives(choices: list[Any], role: str, depth: int) -> list[Message]:
    """OpenAI's choices, Gemini's candidates, LangChain's generations: each a message or a plain text."""
    found: list[Message] = []
    for choice in choices:
        if isinstance(choice, list) and depth < MAX_DEPTH:
            found += _alternatives(choice, role, depth + 1)
        elif isinstance(choice, dict):
            held = first(choice, "message", "content", "delta")
            if isinstance(held, dict) and ("role" in held or "lc" in held or "data" in held):
                found += one_message(held, role) or []
            elif isinstance(held, dict):
                found += spelled_out(held, role)
            else:
                found += assemble(role, pieces(held if held is not None else choice.get("text")))
    return found


def _find_in_list(values: list[Any], role: str, depth: int) -> list[Message] | None:
    if values and all(isinstance(item, dict) and is_block(item) for item in values):
        return assemble(role, pieces(values))
    found: list[Message] = []
    certain = False
    for item in values:
        if isinstance(item, list) and len(item) == 2 and isinstance(item[0], str) and item[0] in _PAIRED:
            messages: list[Message] | None = spelled_out({"content": item[1]}, role_name(item[0], role))
        else:
            messages = find(item, role, depth + 1)
        certain = certain or messages is not None
        if messages is None:
            messages = assemble(role, pieces(item if isinstance(item, str) else compact(item)))
        for message in messages:
            _add(found, message, fragment=isinstance(item, dict) and "role" not in item and "type" in item)
    return found if certain else None


def _add(found: list[Message], message: Message, *, fragment: bool) -> None:
    """One answer of the Responses API is a run of items; it reads as the one message that it was."""
    last = found[-1] if found else None
    if last is None or message["role"] != "assistant" or last["role"] != "assistant":
        found.append(message)
    elif fragment or _only_reasons(last):
        last["content"] += message["content"]
        if message.get("toolCalls"):
            last.setdefault("toolCalls", []).extend(message["toolCalls"])
    else:
        found.append(message)


def _only_reasons(message: Message) -> bool:
    return "toolCalls" not in message and all(part["type"] == "reasoning" for part in message["content"])


def find_spoken(value: object, role: str, depth: int = 0) -> list[Message] | None:
    """What a value of the program's own shape says, by the usual names of its fields: {"question": "..."}."""
    if depth > MAX_DEPTH:
        return None
    if isinstance(value, str):
        return assemble(role, pieces(value))
    if isinstance(value, list):
        return find_spoken(value[0], role, depth + 1) if len(value) == 1 else None
    if not isinstance(value, dict):
        return None
    for key in _ASKED + _SAID if role == "user" else _SAID + _ASKED:
        inner = value.get(key)
        if isinstance(inner, str | dict | list) and inner:
            found = find(inner, role, depth + 1) or find_spoken(inner, role, depth + 1)
            if found:
                return found
    return None
