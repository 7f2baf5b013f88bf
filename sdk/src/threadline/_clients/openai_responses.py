"""OpenAI's Responses API."""

from __future__ import annotations

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
        "background", "conversation", "include", "max_output_tokens", "max_tool_calls", "parallel_tool_calls",
        "previous_response_id", "reasoning", "service_tier", "store", "stream", "temperature", "text", "tool_choice",
        "top_logprobs", "top_p", "truncation",
    }
)  # fmt: skip
_INPUT = frozenset({"instructions", "input", "prompt", "tools"})


class Responses:
    """``/responses``."""

    operation = "chat"
    kind: SpanKind = "generation"

    def asked(self, body: Json) -> Asked:
        return asked_of(body, _INPUT, _PARAMETERS)

    def plain(self, answer: Any) -> Json:
        return plain(answer)

    def answer(self, whole: Json) -> Answer:
        usage = whole.get("usage")
        status = text(whole.get("status"))
        incomplete = whole.get("incomplete_details") or {}
        return Answer(
            {"output": [_item(item) for item in whole.get("output") or []]},
            text(whole.get("model")),
            text(whole.get("id")),
            (text(incomplete.get("reason")) or status,) if status else (),
            Usage(
                prompt=count(usage, "input_tokens"),
                completion=count(usage, "output_tokens"),
                cached=count(usage, "input_tokens_details", "cached_tokens"),
                cache_write=count(usage, "input_tokens_details", "cache_write_tokens"),
                reasoning=count(usage, "output_tokens_details", "reasoning_tokens"),
            ),
            _failure(whole.get("error")),
        )

    def assembler(self) -> Assembler:
        return _Events()


def _failure(error: Any) -> str | None:
    if not isinstance(error, dict):
        return None
    return ": ".join(str(error[name]) for name in ("code", "message") if error.get(name)) or "the response failed"


def _item(item: Any) -> Any:
    """An item of the output, without what ``parse`` made of its texts, which is there as text already."""
    if not isinstance(item, dict):
        return item
    kept = {name: value for name, value in item.items() if name not in {"parsed_arguments", "encrypted_content"}}
    if isinstance(content := kept.get("content"), list):
        kept["content"] = [
            {name: value for name, value in part.items() if name not in {"parsed", "logprobs"}}
            if isinstance(part, dict)
            else part
            for part in content
        ]
    return kept


_PIECES = {
    "response.output_text.delta": ("content", "output_text", "text"),
    "response.refusal.delta": ("content", "refusal", "refusal"),
    "response.reasoning_text.delta": ("content", "reasoning_text", "text"),
    "response.reasoning_summary_text.delta": ("summary", "summary_text", "text"),
}
"""Events that continue a text: in which list of the item, in a part of which type, under which name."""
_ARGUMENTS = {
    "response.function_call_arguments.delta": "arguments",
    "response.mcp_call_arguments.delta": "arguments",
    "response.custom_tool_call_input.delta": "input",
}


class _Events:
    """Takes the whole response from the event that ends it; until then what the items and their pieces say."""

    def __init__(self) -> None:
        self._response: dict[str, Any] = {}
        self._items: dict[int, dict[str, Any]] = {}
        self._is_complete = False

    def take(self, event: Any) -> bool:
        kind: str = getattr(event, "type", "")
        if (response := getattr(event, "response", None)) is not None:
            self._response = dict(plain(response))
            self._is_complete = kind in {"response.completed", "response.incomplete", "response.failed"}
        elif kind in {"response.output_item.added", "response.output_item.done"}:
            self._items[event.output_index] = dict(plain(event.item))
        elif kind in _PIECES or kind in _ARGUMENTS:
            self._add(kind, event)
        elif kind == "error":
            self._response["error"] = {"code": getattr(event, "code", None), "message": getattr(event, "message", None)}
        return kind.endswith(".delta")

    def _add(self, kind: str, event: Any) -> None:
        item = self._items.setdefault(event.output_index, {"type": "message", "role": "assistant"})
        if (name := _ARGUMENTS.get(kind)) is not None:
            item[name] = (item.get(name) or "") + event.delta
            return
        where, type_, name = _PIECES[kind]
        index: int = event.summary_index if where == "summary" else event.content_index
        parts: list[dict[str, Any]] = item.setdefault(where, [])
        while len(parts) <= index:
            parts.append({"type": type_, name: ""})
        parts[index][name] = parts[index].get(name, "") + event.delta

    def whole(self) -> Json:
        if self._is_complete:
            return self._response
        return {**self._response, "output": [self._items[index] for index in sorted(self._items)]}
