"""Journeys and funnels: every step, way and bar opens as many sessions as it counts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Locator, expect

from e2e.api import Api
from e2e.browser.conftest import Visit
from e2e.browser.conversations import ago, chat_turn
from e2e.browser.support import no_serious_axe_violations
from e2e.server_process import ServerProcess

WAYS = (
    ("search", "cart", "pay"),
    ("search", "search", "cart", "search", "pay"),
    ("search", "cart"),
    ("search",),
    ("help", "search", "pay"),
)


def walks() -> Iterator[dict[str, Any]]:
    for number, way in enumerate(WAYS):
        begin = ago(hours=number + 2)
        for place, name in enumerate(way):
            at = begin + timedelta(seconds=60 * place)
            yield chat_turn(f"way-{number}", at, "Next", name=name, userId=f"u-{number % 2}", tags=[f"t-{name}"])


@pytest.fixture(scope="module")
def api(server: ServerProcess) -> Iterator[Api]:
    with server.api.new_project("journeys") as api:
        api.send(list(walks()))
        yield api


def test_each_step_way_and_path_opens_as_many_sessions_as_it_counts(visit: Visit, api: Api) -> None:
    page = visit(api, "/sessions")
    page.get_by_role("link", name="Journeys", exact=True).click()
    ways = page.get_by_role("region", name="Ways between steps")
    expect(ways.get_by_role("link", name=re.compile("^cart to pay: 1 session, 1 time, median 1m 00s"))).to_be_visible()
    no_serious_axe_violations(page)
    doors = ways.get_by_role("link").evaluate_all(
        "all => all.map(a => [a.getAttribute('href'), a.getAttribute('aria-label')])"
    )
    doors += page.locator("ol a").evaluate_all("all => all.map(a => [a.getAttribute('href'), a.innerText])")
    assert len(doors) >= 4 + 4 + 5
    assert {href: _count(api, href) for href, _ in doors} == {href: _sessions(label) for href, label in doors}


def test_the_options_stand_in_the_address_and_a_way_of_tags_opens_its_sessions(visit: Visit, api: Api) -> None:
    page = visit(api, "/journeys?userId=u-0")
    page.get_by_role("combobox", name="Steps are").select_option("tag")
    page.get_by_label("Least sessions of a way").fill("2")
    link = page.get_by_role("link", name=re.compile("^t-search to t-cart: 2 sessions"))
    expect(link).to_be_visible()
    expect(page.get_by_role("link", name=re.compile("^t-search to t-pay"))).to_have_count(0)
    page.reload()
    link.press("Enter")
    expect(page.get_by_role("button", name="Filter: goes from t-search to t-cart. Change it")).to_be_visible()
    assert parse_qs(urlsplit(page.url).query) == {
        "userId": ["u-0"], "stepBy": ["tag"], "fromStep": ["t-search"], "toStep": ["t-cart"]
    }  # fmt: skip
    rows = page.get_by_role("table", name="Sessions").locator("[data-index]")
    expect(rows).to_have_count(2)


def test_a_funnel_is_built_by_keyboard_and_its_bars_open_their_sessions(visit: Visit, api: Api) -> None:
    page = visit(api, "/funnels")
    for step in ("search", "cart", "pay"):
        page.get_by_role("textbox", name="Next step").or_(page.get_by_role("combobox", name="Next step")).fill(step)
        page.keyboard.press("Enter")
        expect(page.get_by_role("button", name=f"Remove {step}")).to_be_visible()
    funnel = page.get_by_role("region", name="Funnel", exact=True)
    expect(funnel).to_contain_text("40% convert: 2 of 5 sessions")
    page.get_by_role("textbox", name="Within").fill("2m")
    page.keyboard.press("Enter")
    expect(funnel).to_contain_text("20% convert: 1 of 5 sessions")
    page.get_by_role("combobox", name="In groups by").select_option("user")
    expect(page.get_by_role("rowheader", name="u-1")).to_be_visible()
    no_serious_axe_violations(page)
    page.reload()
    doors = _named_links(funnel.get_by_role("link"))
    assert {_sessions(label) for label in doors.values()} == {5, 3, 2, 1}
    groups = _named_links(page.get_by_role("region", name="Groups").get_by_role("link"))
    assert sorted(label.partition(".")[0] for label in groups.values()) == [
        "u-0: 1 session convert", "u-0: 3 sessions begin", "u-1: 2 sessions begin"
    ]  # fmt: skip
    doors |= groups
    assert {href: _count(api, href) for href in doors} == {href: _sessions(label) for href, label in doors.items()}
    page.get_by_role("button", name="Take pay earlier").click()
    expect(funnel).to_contain_text("0% convert: 0 of 5 sessions")


def test_a_project_without_sessions_says_what_to_do(visit: Visit, server: ServerProcess) -> None:
    with server.api.new_project("nowhere") as nowhere:
        page = visit(nowhere, "/journeys")
        expect(page.get_by_text("No session matches")).to_be_visible()
        no_serious_axe_violations(page)


def _named_links(links: Locator) -> dict[str, str]:
    expect(links.first).to_be_visible()
    pairs = links.evaluate_all("all => all.map(a => [a.getAttribute('href'), a.getAttribute('aria-label')])")
    return dict(pairs)


def _sessions(label: str) -> int:
    found = re.search(r"([\d,]+) sessions?", label)
    assert found is not None, label
    return int(found[1].replace(",", ""))


def _count(api: Api, href: str) -> int:
    address = urlsplit(href)
    assert address.path == "/sessions"
    return len(api.get(f"/sessions?{address.query}&limit=200")["data"])
