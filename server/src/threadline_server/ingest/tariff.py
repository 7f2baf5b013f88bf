"""What a project says that models cost, ready to be asked once per span. Immutable: a change makes a new one."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Final, NamedTuple

from threadline_server.model import Price

PER_MILLION: Final = Decimal(1_000_000)
_MAX_REMEMBERED: Final = 4_096


class Band(NamedTuple):
    """Dollars per token for calls of more than ``above`` prompt tokens."""

    above: int
    prompt: Decimal
    completion: Decimal
    cached: Decimal
    cache_write: Decimal
    reasoning: Decimal
    request: Decimal


class _Entry(NamedTuple):
    begins_ns: int
    ends_ns: int
    band: Band


_ALWAYS: Final = (-(2**63), 2**63)


class OwnPrices:
    """The prices of one project. Of several that fit a call, the more exact one holds.

    That is: the model's name over a pattern and more letters over fewer; then a named provider over any; then the price that
    came into force last, then the one that was set last. Capital letters make no difference.
    """

    def __init__(self, prices: Sequence[Price]) -> None:
        self.prices = tuple(prices)
        ordered = sorted(prices, key=_exactness, reverse=True)
        self._entries = [(price.provider.lower(), price.model.lower(), _entry(price)) for price in ordered]
        self._found: dict[tuple[str, str], tuple[_Entry, ...]] = {}

    def __reduce__(self) -> tuple[type[OwnPrices], tuple[tuple[Price, ...]]]:
        """What another process decodes with: the prices, not what was found among them so far."""
        return OwnPrices, (self.prices,)

    def band(self, model: str, provider: str, time_ns: int) -> Band | None:
        """What a token of this model costs at this time; None where the project says nothing of it."""
        entries = self._found.get((model, provider))
        if entries is None:
            entries = self._fitting(model.lower(), provider.lower())
            if len(self._found) >= _MAX_REMEMBERED:
                self._found.clear()
            self._found[model, provider] = entries
        for begins_ns, ends_ns, band in entries:
            if begins_ns <= time_ns < ends_ns:
                return band
        return None

    def _fitting(self, model: str, provider: str) -> tuple[_Entry, ...]:
        return tuple(
            entry for named, pattern, entry in self._entries if named in ("", provider) and fits(model, pattern)
        )


def _exactness(price: Price) -> tuple[bool, int, bool, int, int]:
    starts = _ALWAYS[0] if price.valid_from_ns is None else price.valid_from_ns
    return "*" not in price.model, len(price.model.replace("*", "")), price.provider != "", starts, price.id


def fits(name: str, pattern: str) -> bool:
    """Whether ``name`` is ``pattern``, in which ``*`` stands for any text. By hand: no pattern may take longer than its length."""
    first, *others = pattern.split("*")
    if not others:
        return name == first
    last = others.pop()
    if not name.startswith(first) or not name.endswith(last):
        return False
    at, end = len(first), len(name) - len(last)
    for piece in others:
        found = name.find(piece, at, end)
        if found < 0:
            return False
        at = found + len(piece)
    return at <= end


def _entry(price: Price) -> _Entry:
    def rate(amount: Decimal | None, otherwise: Decimal) -> Decimal:
        return (otherwise if amount is None else amount) / PER_MILLION

    band = Band(
        above=-1,
        prompt=price.input / PER_MILLION,
        completion=price.output / PER_MILLION,
        cached=rate(price.cached_read, price.input),
        cache_write=rate(price.cache_write, price.input),
        reasoning=rate(price.reasoning, price.output),
        request=Decimal(0),
    )
    begins, ends = price.valid_from_ns, price.valid_to_ns
    return _Entry(_ALWAYS[0] if begins is None else begins, _ALWAYS[1] if ends is None else ends, band)
