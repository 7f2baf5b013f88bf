"""Usage x prices -> US dollars, exactly: the price of the span's day, of cached and of cache-write tokens.

A cost that the sender gave stands; then come the project's own prices, then the list of genai-prices. A span without a model stays without a price (the wrapper of another span's call), and so
does one whose model neither knows: its cost is absent, not 0. The price list is imported and searched once
per provider, model and price period; a call's cost is then a few multiplications.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import msgspec

from threadline_server.ingest.tariff import PER_MILLION, Band, OwnPrices
from threadline_server.model import Span, Usage

if TYPE_CHECKING:
    from genai_prices.types import ModelInfo, ModelPrice, TieredPrices

_STEP: Final = Decimal("0.000000000001")
_PERIOD_NS: Final = 900_000_000_000
"""Prices change at the beginning of a day or, off-peak, of a quarter of an hour."""
_LIKELY: Final = ("openai", "aws")
_MAX_NAME: Final = 200
"""Characters of a model's name that is looked up."""
MAX_COST_USD: Final = Decimal(999_999)
"""Dollars for one span; what a cost column holds."""


def priced(span: Span, own: OwnPrices | None = None) -> Span:
    """The same span with its cost, where it can be known; ``own`` are its project's own prices."""
    usage = span.usage
    if usage is None or span.cost_usd is not None or not span.model:
        return span
    cost = cost_of(usage, span.model, span.provider, span.start_ns, own)
    return span if cost is None else msgspec.structs.replace(span, cost_usd=cost, is_cost_ours=True)


def cost_of(usage: Usage, model: str, provider: str, time_ns: int, own: OwnPrices | None = None) -> Decimal | None:
    """US dollars with 12 decimals; None for a model without a price, usage that is a mere total, a sum that no column holds."""
    if len(model) > _MAX_NAME or not (usage.prompt or usage.completion):
        return None
    band = None if own is None else own.band(model, provider[:_MAX_NAME], time_ns)
    if band is None:
        bands = _tariff(
            provider[:_MAX_NAME], model, time_ns // _PERIOD_NS if _varies(provider[:_MAX_NAME], model) else 0
        )
        if bands is None:
            return None
        band = next(band for band in bands if usage.prompt > band.above)
    cost = _sum(usage, band)
    return cost if cost <= MAX_COST_USD else None


def _sum(usage: Usage, band: Band) -> Decimal:
    cost = band.request + band.prompt * max(usage.prompt - usage.cached - usage.cache_write, 0)
    cost += band.completion * max(usage.completion - usage.reasoning, 0)
    if usage.cached or usage.cache_write:
        cost += band.cached * usage.cached + band.cache_write * usage.cache_write
    if usage.reasoning:
        cost += band.reasoning * min(usage.reasoning, usage.completion)
    return cost.quantize(_STEP)


def load_price_list() -> None:
    """Import the price list now (about 0.2 s), so that the first call to be priced need not wait for it."""
    _model("openai", "gpt-4o")


@lru_cache(maxsize=4_096)
def _varies(provider: str, model: str) -> bool:
    found = _model(provider, model)
    return found is not None and isinstance(found.prices, list)


@lru_cache(maxsize=16_384)
def _tariff(provider: str, model: str, period: int) -> tuple[Band, ...] | None:
    """The bands of a model's prices, the highest first; ``period`` counts from 1970 and is 0 for prices without a date."""
    found = _model(provider, model)
    if found is None:
        return None
    return _bands(found.get_prices(dt.datetime.fromtimestamp(period * _PERIOD_NS // 1_000_000_000, dt.UTC)))


@lru_cache(maxsize=4_096)
def _model(provider: str, model: str) -> ModelInfo | None:
    """The model in the price list: by the provider's own name for it, then by any provider's, then by ``provider/model``.

    The list knows no provider for some names that only one has (``text-embedding-3-small``, ids of Bedrock); that one is asked last.
    """
    from genai_prices.data_snapshot import get_snapshot

    prices = get_snapshot()
    prefix, slash, rest = model.partition("/")
    attempts: list[tuple[str, str | None]] = [(model, provider or None), (model, None)]
    if slash and rest:
        attempts += [(rest, prefix), (rest, provider or None)]
    attempts += [(model, likely) for likely in _LIKELY]
    for name, provider_id in attempts:
        try:
            return prices.find_provider_model(name, None, provider_id, None)[1]
        except LookupError:
            continue
    return None


def _bands(prices: ModelPrice) -> tuple[Band, ...] | None:
    if prices.input_mtok is None and prices.output_mtok is None:
        return None
    starts = {-1}
    for price in prices.__dict__.values():
        starts.update(tier.start for tier in getattr(price, "tiers", ()))
    return tuple(_band(prices, above) for above in sorted(starts, reverse=True))


def _band(prices: ModelPrice, above: int) -> Band:
    def rate(key: str, otherwise: Decimal) -> Decimal:
        price: Decimal | TieredPrices | None = getattr(prices, key)
        if price is None:
            return otherwise
        if isinstance(price, Decimal):
            return price / PER_MILLION
        return next((tier.price for tier in reversed(price.tiers) if tier.start <= above), price.base) / PER_MILLION

    prompt, completion = rate("input_mtok", Decimal(0)), rate("output_mtok", Decimal(0))
    return Band(
        above=above,
        prompt=prompt,
        completion=completion,
        cached=rate("cache_read_mtok", prompt),
        cache_write=rate("cache_write_mtok", prompt),
        reasoning=rate("output_reasoning_mtok", completion),
        request=rate("requests_kcount", Decimal(0)) * 1_000,
    )
