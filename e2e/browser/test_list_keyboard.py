"""The list without a pointer."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from e2e.api import Api
from e2e.browser.conftest import Visit
from e2e.browser.sample import sample
from e2e.server_process import ServerProcess


@pytest.fixture(scope="module")
def few(server: ServerProcess) -> Iterator[Api]:
    with server.api.new_project("keyboard") as api:
        api.send(sample())
        yield api


@pytest.fixture
def page(visit: Visit, few: Api) -> Page:
    page = visit(few)
    expect(page.get_by_role("table", name="Sessions").get_by_role("link")).to_have_count(7)
    return page


def row(page: Page, title: str):
    return page.get_by_role("link", name=f"“{title}”", exact=True)


def test_j_and_k_walk_the_rows_and_enter_opens_one(page: Page) -> None:
    page.keyboard.press("j")
    expect(row(page, "Where is my parcel?")).to_be_focused()
    for _ in range(3):
        page.keyboard.press("j")
    expect(row(page, "Do I need a visa?")).to_be_focused()
    page.keyboard.press("k")
    expect(row(page, "A hotel in Rome")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="A hotel in Rome")).to_be_visible()


def test_k_stops_at_the_first_row_and_j_at_the_last(page: Page) -> None:
    page.keyboard.press("j")
    page.keyboard.press("k")
    expect(row(page, "Where is my parcel?")).to_be_focused()
    for _ in range(9):
        page.keyboard.press("j")
    expect(row(page, "Long ago")).to_be_focused()


def test_a_slash_searches_and_enter_goes_to_what_was_found(page: Page) -> None:
    page.keyboard.press("/")
    box = page.get_by_role("combobox", name="Search what was said")
    expect(box).to_be_focused()
    page.keyboard.type("hote")
    expect(page.get_by_role("option").nth(0)).to_have_text("said hote")
    expect(page.get_by_role("option").nth(1)).to_have_text("open A hotel in Rome")
    expect(box).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="A hotel in Rome")).to_be_visible()


def test_the_search_box_opens_a_session_by_an_id_that_is_not_in_the_list(page: Page, few: Api) -> None:
    page.goto("/sessions?userId=u-1")
    expect(row(page, "Long ago")).to_be_visible()
    page.keyboard.press("/")
    page.keyboard.type("parcel")
    page.get_by_role("option", name="open parcel").click()
    expect(page).to_have_url(f"{few.url}/sessions/parcel")
    expect(page.get_by_role("heading", name="Where is my parcel?")).to_be_visible()


def test_letters_typed_into_the_search_box_are_no_shortcuts(page: Page) -> None:
    page.keyboard.press("/")
    page.keyboard.type("jf?")
    expect(page.get_by_role("combobox", name="Search what was said")).to_have_value("jf?")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.keyboard.press("Escape")
    expect(page.get_by_role("combobox", name="Search what was said")).not_to_be_focused()


def test_f_adds_a_filter_by_keyboard_alone(page: Page, few: Api) -> None:
    page.keyboard.press("f")
    expect(page.get_by_role("group", name="Filter by").get_by_role("button", name="User")).to_be_focused()
    page.keyboard.press("t")
    expect(page.get_by_role("group", name="Filter by").get_by_role("button", name="Tag")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("textbox", name="Tag is")).to_be_focused()
    page.keyboard.type("vip")
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{few.url}/sessions?tag=vip")
    expect(page.get_by_role("table", name="Sessions").get_by_role("link")).to_have_text(["“Where is my parcel?”"])


def test_escape_closes_the_filter_menu_and_gives_the_focus_back(page: Page) -> None:
    page.get_by_role("button", name="Add a filter").focus()
    page.keyboard.press("f")
    expect(page.get_by_role("group", name="Filter by")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("group", name="Filter by")).to_be_hidden()
    expect(page.get_by_role("button", name="Add a filter")).to_be_focused()


def test_a_question_mark_shows_the_shortcuts_of_the_page(page: Page) -> None:
    page.keyboard.press("?")
    sheet = page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(sheet.get_by_role("term")).to_have_text(
        [
            "Saved views",
            "Add a filter",
            "Write a filter expression",
            "Search what was said",
            "Choose the columns",
            "Next session",
            "Previous session",
            "Open the session",
            "Select the session",
            "Select up to the session",
            "Bookmark the session",
            "Choose a time",
            "Choose more",
            "Show that time",
            "Command palette",
            "This sheet",
        ],
    )
    expect(sheet.get_by_role("definition")).to_have_text(
        ["v", "f", "e", "/", "c", "j", "k", "enter", "x", "X", "b", "←→", "shift→", "enter", "ctrlk", "?"]
    )
    page.keyboard.press("Escape")
    expect(sheet).to_be_hidden()
