"""The own prices of every project, at hand: a snapshot that is swapped when they change, here or in another process."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Final, Protocol, TypeAlias

from threadline_server.ingest.book import Book
from threadline_server.ingest.tariff import OwnPrices
from threadline_server.model import Price

LOOK_EVERY_S: Final = 2.0
"""How long a change that another process made may go unnoticed."""

OwnPricesOf: TypeAlias = Callable[[int], OwnPrices | None]
"""A project's own prices by its id; None where it has none."""


def no_own_prices(_project_id: int) -> OwnPrices | None:
    return None


class Source(Protocol):
    """Where the prices are kept."""

    def version(self) -> object:
        """Differs whenever any price does; cheap to ask for."""

    def everything(self) -> Mapping[int, Sequence[Price]]:
        """Project id -> its prices."""


class PriceBook(Book):
    """The own prices of every project."""

    def __init__(self, source: Source) -> None:
        super().__init__("prices", LOOK_EVERY_S)
        self._source = source
        self._own: Mapping[int, OwnPrices] = {}
        self._version: object = None
        self._refreshing = threading.Lock()

    def of(self, project_id: int) -> OwnPrices | None:
        """A project's own prices as of now."""
        return self._own.get(project_id)

    def refresh(self) -> None:
        """Prices of a project that did not change stay the same object."""
        with self._refreshing:
            version = self._source.version()
            if version == self._version:
                return
            prices = self._source.everything()
            self._own = {project_id: self._made(project_id, some) for project_id, some in prices.items()}
            self._version = version

    def _made(self, project_id: int, prices: Sequence[Price]) -> OwnPrices:
        known = self._own.get(project_id)
        return known if known is not None and known.prices == tuple(prices) else OwnPrices(prices)
