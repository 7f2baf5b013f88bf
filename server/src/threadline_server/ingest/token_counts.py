"""An object of token counts by name, in any provider's spelling -> counts by ours.

The same names mean two things. OpenAI's answers count the cached tokens within the prompt; Langfuse's handler for LangChain
and Anthropic's API give what is left of it, so that all parts add up to the total. What is exclusive shows by that sum: with
a total, if the parts are needed to reach it; without one, unless the parts are told below a whole of their own (nested).
"""

from __future__ import annotations

from typing import Any, Final

from threadline_server.ingest.told_numbers import whole_number

_PROMPT: Final = ("input", "prompt_tokens", "input_tokens", "promptTokens", "inputTokens")
_COMPLETION: Final = ("output", "completion_tokens", "output_tokens", "completionTokens", "outputTokens")
_TOTAL: Final = ("total", "total_tokens", "totalTokens")
_IN_PROMPT: Final = ("prompt_tokens_details", "input_tokens_details", "input_token_details", "inputTokenDetails")
_IN_COMPLETION: Final = (
    "completion_tokens_details", "output_tokens_details", "output_token_details", "outputTokenDetails",
)  # fmt: skip


def counts_of(details: dict[str, Any]) -> dict[str, int]:
    """The counts by the draft's names, with cached tokens in the prompt and reasoning in the completion."""
    flat = {key: count for key, value in details.items() if (count := whole_number(value)) is not None and count >= 0}
    prompt, completion, total = (_first(flat, names) for names in (_PROMPT, _COMPLETION, _TOTAL))
    inward = {key: flat[key] for key in flat if key not in _PROMPT and key.startswith(("input", "prompt", "cache"))}
    outward = {
        key: flat[key]
        for key in flat
        if key not in _COMPLETION and key.startswith(("output", "completion", "reasoning"))
    }
    parts = sum(inward.values()) + sum(outward.values())
    counts = dict.fromkeys(("cached", "cache_write", "reasoning"), 0)
    for key, count in (*inward.items(), *_nested(details, _IN_PROMPT)):
        name = _part_of_prompt(key.lower())
        if name:
            counts[name] = max(counts[name], count)
    for key, count in (*outward.items(), *_nested(details, _IN_COMPLETION)):
        if "reasoning" in key.lower():
            counts["reasoning"] = max(counts["reasoning"], count)
    if parts and (total is None or total == (prompt or 0) + (completion or 0) + parts):
        prompt, completion = (prompt or 0) + sum(inward.values()), (completion or 0) + sum(outward.values())
    wholes = {
        "prompt": prompt,
        "completion": completion,
        "total": total if prompt is None or completion is None else None,
    }
    told = {name: count for name, count in wholes.items() if count is not None}
    return told | {name: count for name, count in counts.items() if count}


def _part_of_prompt(key: str) -> str:
    if "creation" in key or "write" in key:
        return "cache_write"
    return "cached" if "cache" in key else ""


def _first(flat: dict[str, int], names: tuple[str, ...]) -> int | None:
    return next((flat[name] for name in names if name in flat), None)


def _nested(details: dict[str, Any], names: tuple[str, ...]) -> list[tuple[str, int]]:
    """Parts told within their whole. The first object that is there counts; its names are those of the parts."""
    held: dict[str, Any] = next((details[name] for name in names if isinstance(details.get(name), dict)), {})
    return [(key, count) for key, value in held.items() if (count := whole_number(value)) is not None and count > 0]
