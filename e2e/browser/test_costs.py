"""Costs: what was spent over time and in groups, the days that stand out, and what is dearest."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote

import pytest
from playwright.sync_api import Page, expect

from e2e.api import Api
from e2e.browser.analytics_world import SPIKE_DAYS_AGO, UNPRICED, asked, listed, month, numbered_links, sessions_of
from e2e.browser.conftest import Visit
from e2e.browser.conversations import ago, iso
from e2e.browser.support import no_serious_axe_violations
from e2e.server_process import ServerProcess

DIMENSIONS = {"model": "model", "user": "user", "traceName": "trace name", "tool": "tool", "tag": "tag"}


@pytest.fixture(scope="module")
def api(server: ServerProcess) -> Iterator[Api]:
    with server.api.new_project("costs") as api:
        api.send(list(month()))
        yield api


def chart_rows(page: Page) -> list[list[str]]:
    table = page.get_by_role("region", name="Costs over time").locator("table")
    expect(table.locator("tbody tr").first).to_be_attached()
    found: list[list[str]] = table.locator("tr").evaluate_all(
        "all => all.map(r => [...r.cells].map(c => c.textContent))"
    )
    return found


def test_the_stacks_are_those_of_the_api_and_their_groups_doors(visit: Visit, api: Api) -> None:
    page = visit(api, f"/analytics/costs?from={_month_ago()}")
    page.get_by_role("button", name="tokens", exact=True).click()
    page.get_by_role("button", name="week", exact=True).click()
    over_time = page.get_by_role("region", name="Costs over time")
    for by, word in DIMENSIONS.items():
        page.get_by_role("button", name=word, exact=True).click()
        expect(over_time.locator("caption")).to_have_text(f"Tokens per week by {word}")
        answer = asked(
            api, f"/analytics/costs?groupBy={by}&groupLimit=6&interval=week&timeZone=UTC&from={_month_ago()}"
        )
        groups = answer["breakdown"]["groups"]
        _, *rows = chart_rows(page)
        assert [[_number(cell) for cell in row[1:]] for row in rows] == [
            [one["totalTokens"], *(group["series"]["totalTokens"][at] for group in groups)]
            for at, one in enumerate(answer["series"])
        ]
        doors = page.locator("section[aria-label=Groups] tbody tr:has(a)").evaluate_all(
            "all => all.map(row => [row.querySelector('a').getAttribute('href'), row.cells[4].innerText])"
        )
        assert {href: listed(api, href) for href, _ in doors} == {href: _number(count) for href, count in doors}
    page.reload()
    expect(page.get_by_role("button", name="tag", exact=True)).to_have_attribute("aria-pressed", "true")
    expect(over_time.locator("caption")).to_have_text("Tokens per week by tag")


def test_each_bar_opens_its_sessions_and_the_dearest_are_doors(visit: Visit, api: Api) -> None:
    page = visit(api, "/analytics/costs?interval=week")
    links = numbered_links(page.get_by_role("region", name="Costs over time").get_by_role("link"))
    assert {href: listed(api, href) for href in links} == {href: sessions_of(label) for href, label in links.items()}
    no_serious_axe_violations(page)
    top = asked(api, "/analytics/costs?include=top&top=5")["top"]
    for title, told in (("sessions", "id"), ("users", "id")):
        hrefs = (
            page.get_by_role("region", name=f"Dearest {title}")
            .get_by_role("link")
            .evaluate_all("all => all.map(a => a.getAttribute('href'))")
        )
        assert [unquote(href.rsplit("/", 1)[1]) for href in hrefs] == [one[told] for one in top[title]]
    page.get_by_role("region", name="Dearest traces").get_by_role("link").first.click()
    expect(page.get_by_role("heading", name="All of it")).to_be_visible()


def test_a_spike_is_marked_and_says_what_drove_it(visit: Visit, api: Api) -> None:
    page = visit(api, "/analytics/costs?range=30d")
    spikes = page.get_by_role("region", name="Spikes").get_by_role("listitem")
    expect(spikes).to_have_count(1)
    day = ago(days=SPIKE_DAYS_AGO, hours=2)
    expect(spikes).to_contain_text(f"{day:%a} {day.day} {day:%b}")
    told = asked(api, "/analytics/costs?include=spikes&timeZone=UTC")["spikes"][0]
    assert told["drivers"]["users"][0]["key"] == "u-dear"
    marked = page.get_by_role("region", name="Costs over time").get_by_role("link", name=re.compile("a spike"))
    expect(marked).to_have_count(1)
    spikes.get_by_role("link", name="u-dear").click()
    expect(page.get_by_role("table", name="Sessions").locator("[data-index]")).to_have_count(1)


def test_a_cost_that_is_unknown_says_why(visit: Visit, api: Api) -> None:
    page = visit(api, "/analytics/costs")
    cells = page.get_by_role("row", name=re.compile(f"^{UNPRICED}")).get_by_role("cell")
    expect(cells.first.locator("[data-tip]")).to_have_attribute("data-tip", f"No price for {UNPRICED}.")
    expect(cells.first).to_have_text("-")
    expect(page.get_by_text("what it cost is not in these sums")).to_be_visible()
    page.goto("/analytics/costs?userId=u-free")
    expect(page.get_by_text(f"Nothing to draw: No price for {UNPRICED}.")).to_be_visible()
    assert "$0.00" not in page.locator("main").inner_text()


def test_a_project_without_sessions_says_what_to_do(visit: Visit, server: ServerProcess) -> None:
    with server.api.new_project("no-costs") as nowhere:
        page = visit(nowhere, "/analytics/costs")
        expect(page.get_by_text("No session matches")).to_be_visible()
        no_serious_axe_violations(page)


def _number(text: str) -> int:
    return int(text.split(maxsplit=1)[0].replace(",", "")) if text[:1].isdigit() else 0


def _month_ago() -> str:
    return iso(ago(days=30))
