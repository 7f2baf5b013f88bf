"""Anthropic's messages."""

from __future__ import annotations

import json
from typing import Any

from threadline._clients.answers import (
    Answer,
    Asked,
    Assembler,
    Json,
    Usage,
    asked_of,
    count,
    plain,
    text,
)
from threadline._spans import SpanKind

_PARAMETERS = frozenset(
    {
        "max_tokens", "output_config", "output_format", "service_tier", "stop_sequences", "stream", "temperature", "thinking",
        "tool_choice", "top_k", "top_p",
    }
)  # fmt: skip
_INPUT = frozenset({"system", "messages", "tools", "mcp_servers"})


class Messages:
    """``/v1/messages``."""

    operation = "chat"
    kind: SpanKind = "generation"

    def asked(self, body: Json) -> Asked:
        return asked_of(body, _INPUT, _PARAMETERS)

    def plain(self, answer: Any) -> Json:
        return plain(answer)

    def answer(self, whole: Json) -> Answer:
        reason = text(whole.get("stop_reason"))
        content = [
            {name: value for name, value in block.items() if name not in {"parsed_output", "signature"}}
            if isinstance(block, dict)
            else block
            for block in whole.get("content") or []
        ]
        return Answer(
            {"role": "assistant", "content": content},
            text(whole.get("model")),
            text(whole.get("id")),
            (reason,) if reason else (),
            usage_of(whole.get("usage")),
        )

    def assembler(self) -> Assembler:
        return _Events()


def usage_of(usage: Any) -> Usage:
    """Adds to Anthropic's input tokens those of the cache, which it counts beside them."""
    fresh = count(usage, "input_tokens")
    cached = count(usage, "cache_read_input_tokens")
    written = count(usage, "cache_creation_input_tokens")
    return Usage(
        prompt=None if fresh is None else fresh + (cached or 0) + (written or 0),
        completion=count(usage, "output_tokens"),
        cached=cached,
        cache_write=written,
        reasoning=count(usage, "output_tokens_details", "thinking_tokens"),
    )


_PIECES = {"text_delta": "text", "thinking_delta": "thinking", "signature_delta": "signature"}


class _Events:
    """Puts the blocks of a message together; the usage grows until the last event but one."""

    def __init__(self) -> None:
        self._message: dict[str, Any] = {}
        self._blocks: dict[int, dict[str, Any]] = {}
        self._json: dict[int, str] = {}
        """What came of the arguments of each call of a tool."""

    def take(self, event: Any) -> bool:
        kind = getattr(event, "type", "")
        if kind == "message_start":
            self._message = dict(plain(event.message))
        elif kind == "content_block_start":
            self._blocks[event.index] = dict(plain(event.content_block))
        elif kind == "content_block_delta":
            self._add(event.index, event.delta)
        elif kind == "message_delta":
            self._message |= plain(event.delta)
            if event.usage is not None:
                self._message["usage"] = {**self._message.get("usage", {}), **plain(event.usage)}
        return bool(kind == "content_block_delta")

    def _add(self, index: int, delta: Any) -> None:
        block = self._blocks.setdefault(index, {"type": "text", "text": ""})
        if delta.type == "input_json_delta":
            self._json[index] = self._json.get(index, "") + delta.partial_json
        elif delta.type == "citations_delta":
            block["citations"] = [*block.get("citations", []), plain(delta.citation)]
        elif (name := _PIECES.get(delta.type)) is not None:
            block[name] = (block.get(name) or "") + getattr(delta, name)

    def whole(self) -> Json:
        content = [
            {**self._blocks[index], "input": _arguments(self._json[index])}
            if self._json.get(index)
            else self._blocks[index]
            for index in sorted(self._blocks)
        ]
        return {**self._message, "content": content}


def _arguments(told: str) -> Any:
    try:
        return json.loads(told)
    except ValueError:  # the stream broke in the middle of them
        return told
