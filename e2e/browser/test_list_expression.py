"""The filter expression and the search for words: written by keyboard, kept in the address, honest about what is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from e2e.api import Api
from e2e.browser.conftest import Visit
from e2e.browser.sample import sample
from e2e.server_process import ServerProcess

REFUSED = r"status of 400"


@pytest.fixture(scope="module")
def few(server: ServerProcess) -> Iterator[Api]:
    with server.api.new_project("expressions") as api:
        api.send(sample())
        yield api


def rows(page: Page, *session_ids: str) -> None:
    links = page.get_by_role("table", name="Sessions").locator("[data-row-link]")
    expect(links).to_have_count(len(session_ids))
    for place, session_id in enumerate(session_ids):
        expect(links.nth(place)).to_have_attribute("href", f"/sessions/{session_id}")


def test_an_expression_is_completed_by_keyboard_and_stands_in_the_address(visit: Visit, few: Api) -> None:
    page = visit(few)
    page.get_by_role("table", name="Sessions").get_by_role("link").first.wait_for()
    page.keyboard.press("e")
    box = page.get_by_role("combobox", name="Filter expression")
    expect(box).to_be_focused()
    for typed, option in (("us", "user.id"), ("= u-41", "u-41")):
        page.keyboard.type(typed)
        expect(page.get_by_role("option").filter(has_text=option).first).to_be_visible()
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
    expect(box).to_have_value('user.id = "u-41" ')
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{few.url}/sessions?filter=user.id+%3D+%22u-41%22")
    rows(page, "hotel")
    expect(page.get_by_label("These sessions in numbers")).to_contain_text("1")
    page.reload()
    expect(box).to_have_value('user.id = "u-41"')
    rows(page, "hotel")


def test_a_fault_of_an_expression_is_told_under_its_character(visit: Visit, few: Api) -> None:
    page = visit(few, "/sessions?filter=cost+%3E+0.5+and+usr.id+%3D+1", expected=REFUSED)
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("expected a field, not 'usr.id'")
    expect(alert.locator("[aria-hidden]")).to_have_text("cost > 0.5 and ^")
    expect(page.get_by_role("combobox", name="Filter expression")).to_have_attribute("aria-invalid", "true")
    page.get_by_role("combobox", name="Filter expression").fill("errors > 0")
    page.keyboard.press("Enter")
    rows(page, "parcel", "code")
    expect(alert).to_have_count(0)


def test_words_that_were_said_show_in_their_place_and_lead_to_their_turn(visit: Visit, few: Api) -> None:
    page = visit(few)
    page.get_by_role("table", name="Sessions").get_by_role("link").first.wait_for()
    page.keyboard.press("/")
    page.keyboard.type("station")
    expect(page.get_by_role("option").first).to_have_text("said station")
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{few.url}/sessions?q=station")
    rows(page, "hotel")
    expect(page.locator("mark")).to_have_text("station")
    page.get_by_role("link", name="Turn 2:").click()
    expect(page).to_have_url(f"{few.url}/sessions/hotel?turn={few_turn(few)}")


def few_turn(api: Api) -> str:
    match = api.get("/sessions", q="station")["data"][0]["match"]
    return quote(match["traceId"], safe="")
