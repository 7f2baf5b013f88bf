"""The whole way of somebody who reads what happened, with the keyboard alone."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from e2e.api import Api
from e2e.browser.conftest import Visit
from e2e.browser.sample import sample
from e2e.browser.support import support
from e2e.server_process import ServerProcess


@pytest.fixture(scope="module")
def shop(server: ServerProcess) -> Iterator[Api]:
    with server.api.new_project("by-keyboard") as api:
        api.send([*support(), *sample()])
        yield api


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def test_from_the_list_by_a_filter_to_a_turn_its_steps_the_replay_and_back(visit: Visit, shop: Api) -> None:
    page = visit(shop)
    rows = page.get_by_role("table", name="Sessions").get_by_role("link")
    expect(rows).to_have_count(8)
    press(page, "e")
    page.keyboard.type('user.id = "u-12" and turns = 4')
    press(page, "Enter")
    expect(rows).to_have_count(1)
    filtered = page.url
    assert parse_qs(urlsplit(filtered).query) == {"filter": ['user.id = "u-12" and turns = 4']}
    press(page, "Escape", "j")
    expect(rows.first).to_be_focused()
    press(page, "Enter")
    expect(page.get_by_role("article", name="Turn 4")).to_be_visible()
    press(page, "]", "]")
    inspector = page.get_by_role("complementary", name="Inspector")
    expect(inspector).to_contain_text("Turn 2 of 4")
    press(page, "[")
    expect(inspector).to_contain_text("Turn 1 of 4")
    _tab_to(page, "[role=tree]")
    press(page, "ArrowDown", "ArrowDown", "ArrowDown")
    expect(inspector.get_by_role("treeitem", name="lookup_order")).to_have_attribute("aria-selected", "true")
    press(page, "Escape")
    expect(inspector).to_have_count(0)
    press(page, " ")
    replay = page.get_by_role("region", name="Replay")
    expect(replay).to_be_visible()
    press(page, " ", "]")
    assert "at=" in page.url or page.wait_for_url("**at=**") is None
    press(page, "Escape")
    expect(replay).to_have_count(0)
    press(page, "u")
    expect(page).to_have_url(filtered)
    expect(rows).to_have_count(1)


def _tab_to(page: Page, selector: str) -> None:
    """Tab until what is looked for has the focus: whoever has no pointer has no other way."""
    for _ in range(60):
        if page.evaluate("selector => document.activeElement?.matches(selector)", selector):
            return
        page.keyboard.press("Tab")
    pytest.fail(f"Tab does not come to {selector}")
