"""Two turns side by side: what each is, and in what they differ."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from threadline_server import messages
from threadline_server.messages import Message
from threadline_server.messages.plain import compact
from threadline_server.query import present
from threadline_server.query.shortened import shortened
from threadline_server.store.database import Row

TOKENS: Final = ("promptTokens", "completionTokens", "cachedTokens", "reasoningTokens", "totalTokens")
NUMBERS: Final = ("duration", "generationCount", "toolCount", *TOKENS)
_FACTS: Final = {
    "input": ("input_text",), "output": ("output_text",), "name": ("name",), "tools": ("tool_calls", "tool_errors"),
    "status": ("status",), "error": ("error_type", "error_message"),
}  # fmt: skip


def turn(row: Row, number: int, told: Sequence[Message]) -> dict[str, Any]:
    """A turn with its messages, which are cut where they are long together."""
    shown, is_cut = shortened(told)
    return {
        "turn": number,
        "traceId": row["trace_id"],
        "name": row["name"],
        "startTime": present.moment(row["start_ms"]),
        "endTime": present.moment(row["end_ms"]),
        "duration": row["end_ms"] - row["start_ms"],
        "status": row["status"],
        "error": {"type": row["error_type"] or None, "message": row["error_message"] or None}
        if row["status"] == "error"
        else None,
        "generationCount": row["generation_count"],
        "toolCount": row["tool_count"],
        **present.tokens(row),
        "totalCost": None if row["unpriced_models"] and not row["cost"] else row["cost"],
        "unpricedModels": row["unpriced_models"],
        "tools": present.tools(row),
        "input": row["input_text"] or None,
        "output": row["output_text"] or None,
        "messages": shown,
        "isCut": is_cut,
    }


def differences(a: Mapping[str, Any], b: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """How much more each number is on the second side. That of costs is unknown where either has calls without a price."""
    is_known = not a["unpricedModels"] and not b["unpricedModels"]
    return {
        **{name: b[name] - a[name] for name in names},
        "totalCost": round(b["totalCost"] - a["totalCost"], 12) if is_known else None,
    }


def is_different(a: Row | None, b: Row | None) -> bool:
    """By what lists show; numbers differ always, so they are no difference."""
    return a is None or b is None or bool(_told_apart(a, b))


def differing(a: Row | None, b: Row | None, told_a: Sequence[Message], told_b: Sequence[Message]) -> list[str]:
    """In what two turns differ, by all that was said in them; nothing where one is alone."""
    if a is None or b is None:
        return []
    found = _told_apart(a, b)
    for what, said in (("input", _asked), ("output", _answered), ("tools", _called)):
        if said(told_a) != said(told_b):
            found.add(what)
    prompts = [[messages.message_text(one) for one in told if one["role"] == "system"] for told in (told_a, told_b)]
    if all(prompts) and prompts[0] != prompts[1]:
        found.add("systemPrompt")
    return [what for what in (*_FACTS, "systemPrompt") if what in found]


def _told_apart(a: Row, b: Row) -> set[str]:
    return {what for what, columns in _FACTS.items() if any(a[column] != b[column] for column in columns)}


def _asked(told: Sequence[Message]) -> str:
    return messages.last_text(told, "user")


def _answered(told: Sequence[Message]) -> str:
    return messages.last_text(told, "assistant")


def _called(told: Sequence[Message]) -> list[tuple[str, str]]:
    return [(call["name"], compact(call["arguments"])) for message in told for call in message.get("toolCalls", ())]
