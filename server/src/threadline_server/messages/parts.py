"""Pieces of a message's content, whatever provider's words they came in: parts, tool calls and tool results.

Sources: OpenAI Chat and Responses, Anthropic Messages, Gemini `Part`, Bedrock Converse `ContentBlock`, the OpenTelemetry
GenAI message schema, LangChain content blocks, the Vercel AI SDK. A block says what it is by its ``type`` or, with Gemini
and Bedrock, by the one key that it has.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, Literal, TypeAlias

import msgspec

from threadline_server.messages.media import media_part
from threadline_server.messages.plain import MAX_DEPTH, Block, first, text_part

Piece: TypeAlias = tuple[Literal["part", "call", "result"], Block]
"""What a block turned out to be: a content part, a tool call ({id, name, arguments}) or a whole tool message."""


def tool_call(value: Block) -> Block:
    """A tool call of any provider as {id, name, arguments}; arguments are parsed where they are JSON text."""
    inner = first(value, "function", "custom", "tool_call", "functionCall", "function_call", "toolUse")
    block = {**value, **inner} if isinstance(inner, dict) else value
    nested = block.get("function")
    if isinstance(nested, dict):
        block = {**block, **nested}
    identity = first(block, "toolCallId", "call_id", "callId", "tool_call_id", "toolUseId", "id")
    name = first(block, "name", "toolName", "tool_name")
    arguments = next((block[key] for key in ("arguments", "args", "input", "parameters") if key in block), None)
    return {
        "id": None if identity is None else str(identity),
        "name": name if isinstance(name, str) else "",
        "arguments": _arguments(arguments),
    }


def _arguments(value: object) -> object:
    if not isinstance(value, str):
        return value
    stripped = value.strip()
    if not stripped:
        return {}
    if stripped[0] not in "{[":
        return value
    try:
        parsed: object = msgspec.json.decode(stripped)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return value
    return parsed


def tool_result(value: Block, depth: int = 0) -> Block:
    """The outcome of a tool as a message of role ``tool``."""
    inner = first(value, "functionResponse", "function_response", "toolResult")
    block = {**value, **inner} if isinstance(inner, dict) else value
    identity = first(block, "toolCallId", "tool_call_id", "tool_use_id", "toolUseId", "call_id", "callId", "id")
    name = first(block, "name", "toolName", "tool_name")
    content = next((block[key] for key in ("content", "response", "output", "result") if key in block), None)
    message: Block = {"role": "tool", "content": result_parts(content, depth)}
    if identity is not None:
        message["toolCallId"] = str(identity)
    if isinstance(name, str):
        message["name"] = name
    return message


def result_parts(content: object, depth: int = 0) -> list[Block]:
    """What a tool gave back, as parts: text where it is text or wraps one, JSON otherwise."""
    if content is None or content == "":
        return []
    if isinstance(content, dict):
        if content.get("type") in ("json", "text", "error-text", "error-json", "content") and "value" in content:
            return result_parts(content["value"], depth + 1) if depth < MAX_DEPTH else [text_part(content)]
        if len(content) == 1 and isinstance(first(content, "result", "output", "content", "json"), str):
            return [text_part(first(content, "result", "output", "content", "json"))]
    if (isinstance(content, dict) and is_block(content)) or (
        isinstance(content, list) and content and all(isinstance(item, dict) and is_block(item) for item in content)
    ):
        return [part for kind, part in pieces(content, depth + 1) if kind == "part"] or [text_part(content)]
    return [text_part(content)]


def _plain(block: Block) -> Iterator[Piece]:
    text = first(block, "text", "content", "refusal", "value", "input_text", "output_text")
    if isinstance(text, dict):
        text = first(text, "value", "text") or text
    if text is not None:
        yield "part", text_part(text)


def _json(block: Block) -> Iterator[Piece]:
    if block["json"] not in (None, ""):
        yield "part", text_part(block["json"])


def _reasoning(block: Block) -> Iterator[Piece]:
    found = first(block, "thinking", "reasoning", "reasoningContent", "content", "text", "summary")
    text = _joined(_arguments(found) if isinstance(found, str) and '"summary_text"' in found else found, 0)
    if text:
        yield "part", {"type": "reasoning", "text": text}


def _joined(value: object, depth: int) -> str:
    if isinstance(value, str):
        return value
    if depth > MAX_DEPTH:
        return ""
    if isinstance(value, list):
        return "\n".join(text for item in value if (text := _joined(item, depth + 1)))
    if isinstance(value, dict):
        return _joined(first(value, "text", "content", "reasoningText", "thinking"), depth + 1)
    return ""


def _call(block: Block) -> Iterator[Piece]:
    yield "call", tool_call(block)


def _result(block: Block) -> Iterator[Piece]:
    yield "result", tool_result(block)


def _server_call(block: Block) -> Iterator[Piece]:
    """A tool that the provider runs: OpenTelemetry has its arguments, with the kind of tool, under the part's own type."""
    held = block.get(block["type"])
    yield "call", tool_call({**block, "arguments": held} if isinstance(held, dict) else block)


def _server_result(block: Block) -> Iterator[Piece]:
    held = block.get(block["type"])
    yield "result", tool_result({**block, "content": held} if held is not None else block)


def _media(kind: str) -> Callable[[Block], Iterator[Piece]]:
    def reader(block: Block) -> Iterator[Piece]:
        yield "part", media_part(kind, block)

    return reader


_Reader: TypeAlias = Callable[[Block], Iterator[Piece]]
_BY_TYPE: Final[dict[str, _Reader]] = {
    **dict.fromkeys(("text", "input_text", "output_text", "summary_text", "refusal"), _plain),
    **dict.fromkeys(("reasoning", "thinking", "reasoning_text", "reasoning_content"), _reasoning),
    **dict.fromkeys(("tool_use", "server_tool_use", "mcp_tool_use", "tool_call"), _call),
    **dict.fromkeys(("tool_result", "tool_call_response", "mcp_tool_result"), _result),
    "server_tool_call": _server_call,
    "server_tool_call_response": _server_result,
    **dict.fromkeys(("image", "image_url", "input_image", "output_image"), _media("image")),
    **dict.fromkeys(("audio", "input_audio", "output_audio"), _media("audio")),
    **dict.fromkeys(("video", "video_url", "input_video"), _media("video")),
    **dict.fromkeys(("file", "input_file", "document", "blob", "uri", "media"), _media("file")),
}
_BY_KEY: Final[dict[str, _Reader]] = {
    **dict.fromkeys(("functionCall", "function_call", "toolUse"), _call),
    **dict.fromkeys(("functionResponse", "function_response", "toolResult"), _result),
    **dict.fromkeys(("inlineData", "inline_data", "fileData", "file_data", "document"), _media("file")),
    "image": _media("image"),
    "video": _media("video"),
    "audio": _media("audio"),
    "reasoningContent": _reasoning,
    "text": _plain,
    "json": _json,
}


def _reader(block: Block) -> _Reader | None:
    kind = block.get("type", block.get("block_type"))
    if isinstance(kind, str):
        word = kind.replace("-", "_")
        if word == "function" and _calls_a_function(block):
            return _call
        return _BY_TYPE.get(word) or (_result if word.endswith("_tool_result") else None)
    if block.get("thought") is True and "text" in block:
        return _reasoning
    told = [key for key in _BY_KEY if key in block]
    filled = next((key for key in told if block[key] is not None), None)
    return _BY_KEY[filled] if filled is not None else _nothing if told else None


def _nothing(_block: Block) -> Iterator[Piece]:
    """Dumps of objects have every field that a part may have, most of them empty."""
    return iter(())


def _calls_a_function(block: Block) -> bool:
    """A call in OpenAI's words that stands where content belongs; a definition of a tool has the same type."""
    function = block.get("function")
    return isinstance(function, dict) and "name" in function and "arguments" in function


def is_block(value: Block) -> bool:
    """Whether this is a piece of content, as opposed to a message or a value of the program."""
    if "role" in value or _reader(value) is None:
        return False
    return "type" in value or "block_type" in value or len(value) <= 3


def pieces(content: object, depth: int = 0) -> Iterator[Piece]:
    """The pieces of a message's content in order. Unknown blocks become their own JSON, so that nothing is lost."""
    if content is None or content == "":
        return
    if isinstance(content, list) and depth < MAX_DEPTH:
        for item in content:
            yield from pieces(item, depth + 1)
        return
    if isinstance(content, dict) and (reader := _reader(content)) is not None:
        yield from reader(content)
    else:
        yield "part", text_part(content)
