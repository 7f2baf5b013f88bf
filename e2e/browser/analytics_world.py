"""Conversations of a month for the pages of the analytics: a spike, a model without a price, the period before."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Locator, expect

from e2e.api import Api
from e2e.browser.conversations import ago, chat_turn

UNPRICED = "a-model-nobody-prices"
SPIKE_DAYS_AGO = 3


def month() -> Iterator[dict[str, Any]]:
    """A session a day, two on some; three days ago one that costs far more; the traces in any order."""
    for day in range(1, 28):
        at = ago(days=day, hours=1)
        facts = {"userId": f"u-{day % 3}", "tags": [f"t-{day % 2}"], "environment": "production"}
        yield chat_turn(f"day-{day}", at, "Hello", tokens=(20_000 + 1000 * (day % 4), 900), **facts)
        if day % 2:
            later = at + timedelta(minutes=2)
            error = {"type": "Timeout", "message": "too slow"} if day % 3 == 0 else None
            yield chat_turn(f"day-{day}", later, "And?", name="pay", error=error, **facts)
        if day % 5 == 0:
            yield chat_turn(
                f"free-{day}", at, "Hi", model=UNPRICED, tokens=(700, 50), userId="u-free", name="small-talk"
            )
    yield chat_turn(
        "dear", ago(days=SPIKE_DAYS_AGO, hours=2), "All of it", tokens=(4_000_000, 90_000), userId="u-dear",
        name="research", tags=["batch"],
    )  # fmt: skip


def numbered_links(links: Locator) -> dict[str, str]:
    """Of each link its label by its address."""
    expect(links.first).to_be_visible()
    return dict(links.evaluate_all("all => all.map(a => [a.getAttribute('href'), a.getAttribute('aria-label')])"))


def sessions_of(label: str) -> int:
    """The number of sessions that a label tells first."""
    found = re.search(r"([\d,]+) sessions?\b", label)
    assert found is not None, label
    return int(found[1].replace(",", ""))


def listed(api: Api, href: str) -> int:
    """How many sessions the list shows at an address."""
    assert urlsplit(href).path == "/sessions"
    return len(asked(api, href, limit=200)["data"])


def asked(api: Api, address: str, **more: object) -> dict[str, Any]:
    """What the API answers at an address with a query."""
    parts = urlsplit(address)
    return api.get(parts.path, **parse_qs(parts.query), **more)
