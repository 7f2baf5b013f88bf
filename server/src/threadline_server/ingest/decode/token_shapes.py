"""Tokens and cost of a generation as Langfuse and the OpenAI Agents SDK send them, below ``usageDetails`` and the older ``usage``."""

from __future__ import annotations

from typing import Any, Final

from threadline import semconv
from threadline_server.ingest.decode.piecewise import Value
from threadline_server.ingest.token_counts import counts_of
from threadline_server.model import Attributes

_NAMES: Final = {
    "prompt": semconv.PROMPT_TOKENS,
    "completion": semconv.COMPLETION_TOKENS,
    "total": semconv.TOTAL_TOKENS,
    "cached": semconv.CACHED_TOKENS,
    "cache_write": semconv.CACHE_WRITE_TOKENS,
    "reasoning": semconv.REASONING_TOKENS,
}


def tokens(details: Value, usage: Value) -> Attributes:
    """Attributes for the tokens of a generation; none where nothing is told."""
    told = counts_of(details)
    if told.keys().isdisjoint(("prompt", "completion", "total")):
        told = counts_of(usage)
    return {_NAMES[name]: count for name, count in told.items()}


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


def _first(told: Value, *keys: str) -> Any:
    return next((held for key in keys if (held := _number(told.get(key))) is not None), None)


def _number(held: Any) -> Any:
    return held if isinstance(held, int | float) and not isinstance(held, bool) else None
