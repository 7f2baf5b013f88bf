"""The snapshot of the projects' own prices."""

import threading
from decimal import Decimal

from threadline_server.errors import Unavailable
from threadline_server.ingest import price_book
from threadline_server.ingest.price_book import PriceBook
from threadline_server.model import Price

PATIENCE_S = 30


class Source:
    """Prices as another process changes them."""

    def __init__(self):
        self.prices, self.changes, self.reads = {}, 0, 0
        self.failures = 0

    def set(self, project_id, amount):
        self.prices = {**self.prices, project_id: [Price(1, "m", "", Decimal(amount), Decimal(0))]}
        self.changes += 1

    def version(self):
        if self.failures:
            self.failures -= 1
            raise Unavailable("cannot read the keys and projects")
        return self.changes

    def everything(self):
        self.reads += 1
        return self.prices


def test_a_project_without_prices_of_its_own_has_none():
    book = PriceBook(Source())
    book.refresh()
    assert book.of(1) is None


def test_prices_are_read_again_only_where_something_changed_and_others_stay_the_same_object():
    source = Source()
    source.set(1, 1)
    source.set(2, 1)
    book = PriceBook(source)
    book.refresh()
    book.refresh()
    first = book.of(1), book.of(2)
    source.set(2, 5)
    book.refresh()
    assert source.reads == 2
    assert book.of(1) is first[0]
    assert book.of(2) is not first[1]
    assert book.of(2).band("m", "", 0).prompt == Decimal("0.000005")


def test_a_change_that_another_process_made_is_noticed_even_after_a_failure(monkeypatch):
    monkeypatch.setattr(price_book, "LOOK_EVERY_S", 0.001)
    source = Source()
    noticed = threading.Event()
    book = PriceBook(source)
    book.start()
    source.failures = 1
    source.set(1, 1)
    everything = source.everything

    def told():
        noticed.set()
        return everything()

    source.everything = told
    assert noticed.wait(PATIENCE_S)
    book.stop()
    assert book.of(1) is not None
