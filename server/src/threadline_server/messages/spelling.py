"""One message in any provider's spelling -> the contract's."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, TypeAlias

from threadline_server.messages.parts import Piece, pieces, result_parts, tool_call, tool_result
from threadline_server.messages.plain import Block, first

Message: TypeAlias = dict[str, Any]
"""A normalised message of the contract's section 6; keys without a value are left out, but for role and content."""

_ROLES: Final = {
    "human": "user", "humanmessage": "user", "humanmessagechunk": "user", "enduser": "user",
    "ai": "assistant", "aimessage": "assistant", "aimessagechunk": "assistant", "model": "assistant", "bot": "assistant",
    "chatbot": "assistant", "tool-call": "assistant",
    "developer": "system", "systemmessage": "system",
    "function": "tool", "toolmessage": "tool", "functionmessage": "tool", "tool-response": "tool", "tool_response": "tool",
}  # fmt: skip
_LANGCHAIN: Final = frozenset(
    {"human", "ai", "system", "tool", "function", "chat", "AIMessageChunk", "HumanMessageChunk", "ToolMessageChunk"}
)
_CALL_ITEMS: Final = frozenset({"function_call", "custom_tool_call", "mcp_call"})
_RESULT_ITEMS: Final = frozenset({"function_call_output", "custom_tool_call_output", "function_call_result"})


def role_name(said: object, role: str) -> str:
    """The contract's word for a role; roles of the program's own making stay as they are."""
    if not isinstance(said, str) or not said:
        return role
    word = said.rpartition(".")[2].lower()
    return _ROLES.get(word, word or role)


def assemble(role: str, found: Iterable[Piece], *, call_id: object = None, name: object = None) -> list[Message]:
    """Messages made of pieces in order: a tool's result always stands as a message of its own, a call only once.

    (LangChain names the calls of an Anthropic answer twice: as blocks of the content and beside it.)
    """
    done: list[Message] = []
    current: Message = {"role": role, "content": []}
    called: set[str] = set()
    for kind, piece in found:
        if kind == "result":
            done += _if_it_says_something(current)
            done.append({**({"name": name} if isinstance(name, str) and name else {}), **piece})
            current = {"role": role, "content": []}
        elif kind == "call":
            if piece["id"] not in called:
                current.setdefault("toolCalls", []).append(piece)
            if piece["id"] is not None:
                called.add(piece["id"])
        else:
            current["content"].append(piece)
    if call_id is not None:
        current["toolCallId"] = str(call_id)
    if isinstance(name, str) and name:
        current["name"] = name
    return done + _if_it_says_something(current, answers=role == "tool" and not done)


def _if_it_says_something(message: Message, *, answers: bool = False) -> list[Message]:
    return [message] if message["content"] or message.get("toolCalls") or answers else []


def one_message(value: Block, role: str) -> list[Message] | None:
    """The message that this object is, or None where it is not one. Several where tool results stood inside it."""
    if isinstance(value.get("role"), str):
        return spelled_out(value, role_name(value["role"], role))
    kind = value.get("type")
    if value.get("lc") is not None and isinstance(value.get("kwargs"), dict):
        identity = value.get("id")
        constructor = identity[-1] if isinstance(identity, list) and identity else None
        inner = value["kwargs"]
        return (
            spelled_out(inner, role_name(inner.get("role") or inner.get("type") or constructor, role))
            if "content" in inner
            else None
        )
    if not isinstance(kind, str):
        return None
    if kind in _LANGCHAIN and ("content" in value or isinstance(value.get("data"), dict)):
        inner = value["data"] if isinstance(value.get("data"), dict) else value
        return spelled_out(inner, role_name(inner.get("role") or kind, role))
    return _response_item(kind, value)


def _response_item(kind: str, value: Block) -> list[Message] | None:
    """An item of OpenAI's Responses API, or of its Agents SDK for JavaScript, that is not a message with a role."""
    if kind in _CALL_ITEMS and "name" in value:
        called = assemble("assistant", [("call", tool_call(value))])
        return [*called, tool_result(value)] if value.get("output") is not None else called
    if kind in _RESULT_ITEMS:
        return [tool_result(value)]
    if kind == "reasoning" and ("summary" in value or "encrypted_content" in value):
        return assemble("assistant", pieces(value))
    if kind.endswith("_call") and "status" in value:
        call = {
            "id": first(value, "call_id", "id"),
            "name": kind,
            "arguments": first(value, "action", "queries", "code"),
        }
        return assemble("assistant", [("call", call)])
    return None


def spelled_out(value: Block, role: str) -> list[Message]:
    content = next((value[key] for key in ("content", "parts", "blocks") if value.get(key) not in (None, "", [])), None)
    call_id = first(value, "toolCallId", "tool_call_id", "tool_use_id")
    name = value.get("name")
    if role == "tool":
        if _defines_a_tool(content):
            return []
        if isinstance(content, list) and any(kind == "result" for kind, _ in pieces(content)):
            return assemble(role, pieces(content), name=name)
        parts: list[Piece] = [("part", part) for part in result_parts(content)]
        return assemble(role, parts, call_id=call_id, name=name)
    found: list[Piece] = []
    reasoning = first(value, "reasoning_content", "reasoning")
    if reasoning is not None:
        found += pieces({"type": "reasoning", "content": reasoning})
    found += pieces(content)
    if isinstance(value.get("refusal"), str):
        found += pieces(value["refusal"])
    if isinstance(value.get("audio"), dict):
        found += pieces({"type": "audio", **value["audio"]})
        found += pieces(value["audio"].get("transcript"))
    found += [("call", call) for call in _calls(value)]
    return assemble(role, found, name=name)


def _defines_a_tool(content: object) -> bool:
    """Langfuse's handler for LangChain lists the tools that a model may call among the messages."""
    function = content.get("function") if isinstance(content, dict) and content.get("type") == "function" else None
    return isinstance(function, dict) and "parameters" in function


def _calls(value: Block) -> list[Block]:
    extra = value.get("additional_kwargs")
    listed = first(value, "toolCalls", "tool_calls") or (extra.get("tool_calls") if isinstance(extra, dict) else None)
    calls = [tool_call(call) for call in listed if isinstance(call, dict)] if isinstance(listed, list) else []
    single = value.get("function_call")
    if isinstance(single, dict) and "name" in single:
        calls.append(tool_call(single))
    return calls
