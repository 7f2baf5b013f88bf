"""Numbers of tokens as Langfuse sends them -> ours, in which the prompt includes its cached and the completion its reasoning tokens.

Three shapes travel under ``usageDetails`` (and the older ``usage``): OpenAI's own object, which its Agents SDK sends too, whose details are parts; flat names
of which ``input`` and ``output`` include the rest, as Langfuse's wrappers for OpenAI send them; and flat buckets that add up,
as Langfuse documents it. The last two look alike: buckets add up to the total, or have none.
"""

from __future__ import annotations

from typing import Any, Final

from threadline import semconv
from threadline_server.ingest.decode.piecewise import Value, object_of, whole_counts
from threadline_server.model import Attributes

_PROMPT: Final = ("input", "prompt_tokens", "input_tokens", "promptTokens")
_COMPLETION: Final = ("output", "completion_tokens", "output_tokens", "completionTokens")
_TOTAL: Final = ("total", "total_tokens", "totalTokens")
_KNOWN: Final = frozenset((*_PROMPT, *_COMPLETION, *_TOTAL))


def tokens(details: Value, usage: Value) -> Attributes:
    """Attributes for the tokens of a generation; none where nothing is told."""
    told = details if _first(details, *_PROMPT, *_COMPLETION, *_TOTAL) is not None else usage
    if "prompt_tokens" in told or any(isinstance(held, dict) for held in told.values()):
        return _openai(told)
    return _flat(told)


def cost(details: Value, usage: Value) -> float | None:
    """US dollars: the total, else the sum of what there is. A zero says nothing: calls that failed carry one."""
    for told, total, parts in ((details, "total", ()), (usage, "totalCost", ("inputCost", "outputCost"))):
        whole = _first(told, total)
        if whole is None:
            costs = [_number(told.get(key)) for key in (parts or told)]
            whole = sum(held for held in costs if held is not None)
        if whole:
            return float(whole)
    return None


def _openai(told: Value) -> Attributes:
    of_prompt = object_of(told, "prompt_tokens_details") or object_of(told, "input_tokens_details")
    of_completion = object_of(told, "completion_tokens_details") or object_of(told, "output_tokens_details")
    return whole_counts(
        {
            semconv.PROMPT_TOKENS: _first(told, *_PROMPT),
            semconv.COMPLETION_TOKENS: _first(told, *_COMPLETION),
            semconv.TOTAL_TOKENS: _first(told, *_TOTAL),
            semconv.CACHED_TOKENS: _first(of_prompt, "cached_tokens"),
            semconv.REASONING_TOKENS: _first(of_completion, "reasoning_tokens"),
        }
    )


def _flat(told: Value) -> Attributes:
    prompt, completion, total = _first(told, *_PROMPT), _first(told, *_COMPLETION), _first(told, *_TOTAL)
    parts = {key: held for key, held in told.items() if key not in _KNOWN and _number(held) is not None}
    of_completion = sum(held for key, held in parts.items() if key.startswith("output"))
    of_prompt = sum(held for key, held in parts.items() if key.startswith(("input", "cache", "prompt")))
    known = (prompt or 0) + (completion or 0)
    if (of_prompt or of_completion) and total in (None, known + of_prompt + of_completion):
        prompt, completion = (prompt or 0) + of_prompt, (completion or 0) + of_completion
    return whole_counts(
        {
            semconv.PROMPT_TOKENS: prompt,
            semconv.COMPLETION_TOKENS: completion,
            semconv.TOTAL_TOKENS: total,
            semconv.CACHED_TOKENS: _all_with(parts, "cache_read", "cached"),
            semconv.CACHE_WRITE_TOKENS: _all_with(parts, "cache_creation", "cache_write"),
            semconv.REASONING_TOKENS: _all_with(parts, "reasoning"),
        }
    )


def _all_with(parts: Value, *words: str) -> Any:
    found = [held for key, held in parts.items() if any(word in key for word in words)]
    return sum(found) if found else None


def _first(told: Value, *keys: str) -> Any:
    return next((held for key in keys if (held := _number(told.get(key))) is not None), None)


def _number(held: Any) -> Any:
    return held if isinstance(held, int | float) and not isinstance(held, bool) else None
