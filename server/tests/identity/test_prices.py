"""Prices and repricings as the database keeps them."""

from decimal import Decimal

import pytest

from threadline_server.errors import Conflict
from threadline_server.identity import prices
from threadline_server.model import Price


def price(model="house-*", **facts):
    return Price(**{"id": 0, "model": model, "provider": "", "input": Decimal("0.5"), "output": Decimal(2)} | facts)


def test_a_price_comes_back_as_it_was_kept(identity):
    full = price(
        provider="house", input=Decimal("0.000001"), cached_read=Decimal(0), cache_write=Decimal(1000000),
        reasoning=Decimal("12.5"), valid_from_ns=1_700_000_000_123_000_000, valid_to_ns=1_800_000_000_000_000_000,
    )  # fmt: skip
    kept = identity.prices.keep(1, full)
    assert {name: getattr(kept, name) for name in full.__struct_fields__ if name != "id"} == {
        name: getattr(full, name) for name in full.__struct_fields__ if name != "id"
    }
    assert identity.prices.of(1) == [kept]
    assert identity.prices.everything() == {1: [kept]}


def test_the_version_differs_after_every_change(identity):
    versions = [identity.prices.version()]
    for model in ("a", "b"):
        identity.prices.keep(1, price(model))
        versions.append(identity.prices.version())
    identity.prices.keep(1, price("a", input=Decimal(9)))
    versions.append(identity.prices.version())
    identity.prices.remove(1, identity.prices.of(1)[0].id)
    versions.append(identity.prices.version())
    assert len(set(versions)) == 5


def test_a_project_has_no_more_prices_than_fit_at_hand(identity, monkeypatch):
    monkeypatch.setattr(prices, "MAX_PRICES", 1)
    identity.prices.keep(1, price("a"))
    identity.prices.keep(1, price("a", input=Decimal(1)))
    with pytest.raises(Conflict, match="has 1 already"):
        identity.prices.keep(1, price("b"))
    assert [(kept.model, kept.input) for kept in identity.prices.of(1)] == [("a", 1)]


def test_one_repricing_of_a_project_runs_at_a_time(identity):
    other = identity.create_project("shop").project.id
    first = identity.repricings.begin(1, None, None)
    identity.repricings.begin(other, None, None)
    with pytest.raises(Conflict, match="a repricing of this project is running"):
        identity.repricings.begin(1, None, None)
    assert [one.project_id for one in identity.repricings.running()] == [1, other]

    identity.repricings.note(first.id, "done", looked_at=5, changed=2)

    second = identity.repricings.begin(1, None, None)
    found = [(one.id, one.state, one.looked_at, one.changed) for one in identity.repricings.latest(1)]
    assert found == [(second.id, "running", 0, 0), (first.id, "done", 5, 2)]
