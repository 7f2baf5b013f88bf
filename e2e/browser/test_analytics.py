"""Analytics: the numbers of the chosen sessions, each a door to the sessions behind it."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

from e2e.api import Api
from e2e.browser.conftest import Visit
from e2e.browser.sample import sample
from e2e.server_process import ServerProcess


@pytest.fixture(scope="module")
def api(server: ServerProcess) -> Iterator[Api]:
    with server.api.new_project("analytics") as api:
        api.send(sample())
        yield api


def test_each_bar_and_group_opens_as_many_sessions_as_it_counts(visit: Visit, api: Api) -> None:
    page = visit(api, "/sessions")
    page.get_by_role("link", name="Analytics", exact=True).click()
    expect(page.get_by_role("heading", name="Analytics")).to_be_visible()
    page.get_by_role("button", name="user", exact=True).click()
    expect(page.get_by_role("columnheader", name="user")).to_be_visible()
    bars = page.locator("ol a").evaluate_all("all => all.map(a => [a.href, a.getAttribute('aria-label')])")
    rows = page.locator("tbody tr:has(a)").evaluate_all(
        "all => all.map(row => [row.querySelector('a').href, ': ' + row.querySelector('td').innerText + ' '])"
    )
    assert len(bars) >= 4
    assert rows
    counted = {href: int(label.rsplit(": ", 1)[1].split()[0].replace(",", "")) for href, label in bars + rows}
    found = {href: _count(api, href) for href in counted}
    assert found == counted


def test_a_filter_of_the_list_holds_and_goes_along_with_a_door(visit: Visit, api: Api) -> None:
    page = visit(api, "/analytics?hasError=true&groupBy=environment")
    expect(page.get_by_role("button", name="environment", exact=True)).to_have_attribute("aria-pressed", "true")
    page.get_by_role("link", name="Sessions: ").click()
    expect(page.get_by_role("heading", name="Sessions", exact=True)).to_be_visible()
    assert page.url.endswith("/sessions?hasError=true")


def test_the_numbers_are_those_of_the_time_range(visit: Visit, api: Api) -> None:
    page = visit(api, "/analytics?from=2001-01-01T00:00:00Z&to=2001-01-02T00:00:00Z")
    expect(page.get_by_text("No session matches")).to_be_visible()
    page.goto("/analytics?from=2001-01-01T00:00:00Z")
    expect(page.get_by_role("link", name="Sessions: ")).to_be_visible()


def _count(api: Api, href: str) -> int:
    address = urlsplit(href)
    assert address.path == "/sessions"
    return len(api.get("/sessions", **parse_qs(address.query), limit=200)["data"])
