"""The command palette: anything by its name, without a pointer."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from e2e.api import Api, session_path
from e2e.browser.conftest import Visit
from e2e.browser.support import SESSION, no_serious_axe_violations, support
from e2e.server_process import ServerProcess


@pytest.fixture(scope="module")
def shop(server: ServerProcess) -> Iterator[Api]:
    with server.api.new_project("palette") as api:
        api.send(support())
        yield api


def palette(page: Page) -> tuple[Locator, Locator]:
    """The box to type in, once it has the focus, and the results."""
    page.keyboard.press("Control+k")
    dialog = page.get_by_role("dialog", name="Command palette")
    box = dialog.get_by_role("combobox", name="Find a page, a session, a user or a command")
    expect(box).to_be_focused()
    return box, dialog.get_by_role("listbox", name="Results")


def active(box: Locator) -> str | None:
    """What a screen reader is told: the option that the box points at, which has to be the selected one."""
    said: str | None = box.evaluate(
        """box => {
            const option = document.getElementById(box.getAttribute('aria-activedescendant'));
            return option.getAttribute('aria-selected') === 'true' ? option.innerText.split('\\n')[0] : null;
        }"""
    )
    return said


def test_it_goes_to_a_page_by_a_few_letters_and_walks_by_arrows(visit: Visit, shop: Api) -> None:
    page = visit(shop)
    expect(page.get_by_role("table", name="Sessions")).to_be_visible()
    box, results = palette(page)
    expect(results.get_by_role("group", name="Go to").get_by_role("option", name="Funnels")).to_be_visible()
    no_serious_axe_violations(page)
    page.keyboard.type("jou")
    expect(results.get_by_role("option").first).to_have_text("JourneysJourneys")
    assert active(box) == "Journeys"
    page.keyboard.press("ArrowUp")
    assert active(box) == "Open the session with the id “jou”"
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Journeys", level=1)).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_it_opens_a_session_by_id_or_by_what_was_said_and_a_user(visit: Visit, shop: Api) -> None:
    page = visit(shop, "/quality")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    _, results = palette(page)
    page.keyboard.type("1182/küche")
    named = results.get_by_role("group", name="Sessions", exact=True).get_by_role("option")
    expect(named).to_have_count(1)
    named.click()
    expect(page).to_have_url(f"{shop.url}{session_path(SESSION)}")
    expect(page.get_by_role("article", name="Turn 4")).to_be_visible()
    _, results = palette(page)
    page.keyboard.type("depot")
    results.get_by_role("group", name="Said in").get_by_role("option").click()
    expect(page.get_by_role("complementary", name="Inspector")).to_contain_text("Turn 1 of 4")
    _, results = palette(page)
    page.keyboard.type("u-1")
    results.get_by_role("group", name="Users").get_by_role("option", name="u-12").click()
    expect(page).to_have_url(f"{shop.url}/users/u-12")
    _, results = palette(page)
    expect(results.get_by_role("group", name="Recent sessions").get_by_role("option")).to_have_count(1)


def test_it_does_what_the_page_can_do_and_gives_the_focus_back(visit: Visit, shop: Api) -> None:
    page = visit(shop, session_path(SESSION), color_scheme="light")
    expect(page.get_by_role("article", name="Turn 4")).to_be_visible()
    page.get_by_role("button", name="Export").focus()
    palette(page)
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("button", name="Export")).to_be_focused()
    palette(page)
    page.keyboard.type("bookm")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Bookmarked")).to_be_visible()
    palette(page)
    page.keyboard.type("json")
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    assert download.value.suggested_filename.endswith(".json")
    palette(page)
    page.keyboard.type("theme dark")
    page.keyboard.press("Enter")
    expect(page.locator("html")).to_have_attribute("data-mantine-color-scheme", "dark")
    _, results = palette(page)
    page.keyboard.type("share")
    no_serious_axe_violations(page)
    expect(results.get_by_role("option").first).to_contain_text("Share the session")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name="Share this session")).to_be_visible()
    # As in the moment before the focus has arrived in the dialog.
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("Control+k")
    expect(page.get_by_role("dialog", name="Command palette")).to_have_count(0)
