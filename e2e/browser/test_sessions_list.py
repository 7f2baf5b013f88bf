"""The list of sessions: what its columns say, how it sorts, and how it goes on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect

from e2e.api import Api
from e2e.browser.conftest import Visit
from e2e.browser.conversations import NOW, ago, chat_turn
from e2e.browser.sample import sample
from e2e.server_process import ServerProcess

SORTS = {
    "Turns": "traceCount",
    "Duration": "duration",
    "Active": "activeDuration",
    "Tokens": "totalTokens",
    "Cost": "totalCost",
    "Errors": "errorCount",
    "Started": "startTime",
    "Last activity": "lastActivity",
}
MANY = 250


@pytest.fixture(scope="module")
def few(server: ServerProcess) -> Iterator[Api]:
    with server.api.new_project("list") as api:
        api.send(sample())
        yield api


@pytest.fixture(scope="module")
def many(server: ServerProcess) -> Iterator[Api]:
    with server.api.new_project("many") as api:
        api.send([chat_turn(f"s-{n:03}", ago(minutes=n), f"Question {n:03}") for n in range(MANY)])
        yield api


def links(page: Page) -> Locator:
    return page.get_by_role("table", name="Sessions").get_by_role("link")


def quoted(api: Api, **parameters: object) -> list[str]:
    """What the links of the list say, in the order of the API."""
    return [f"“{session['firstInput']}”" for session in api.pages("/sessions", **parameters)]


def test_a_row_says_what_the_api_says(visit: Visit, few: Api) -> None:
    page = visit(few, now=NOW + timedelta(seconds=30))
    rows = page.get_by_role("table", name="Sessions").get_by_role("row")
    expect(rows.nth(0).get_by_role("columnheader")).to_have_text(
        ["Select all sessions that are loaded", "Bookmark", "Session", "User", *SORTS]
    )
    parcel, _, hotel, visa = (rows.nth(place).get_by_role("cell") for place in range(1, 5))
    expect(parcel).to_have_text(
        [
            "Select this session",
            "",
            "“Where is my parcel?”parcel",
            "u-12",
            "3 turns",
            "3h 00m",
            "55s",
            "9.6k",
            "$0.033",
            "! 1 failed",
            "3 h ago",
            "20 min ago",
        ]
    )
    expect(hotel.nth(3)).to_have_text("u-40 +1")
    expect(visa.nth(8)).to_have_text("-")
    expect(visa.nth(8).locator("[aria-description]")).to_have_attribute(
        "aria-description", "No price for a-model-nobody-prices."
    )


def test_the_strip_above_the_list_sums_up_what_the_list_shows(visit: Visit, few: Api) -> None:
    page = visit(few, "/sessions?userId=u-12")
    strip = page.locator("dl")
    expect(strip).to_have_text("sessions2turns per session2per session$0.022turn failed1")
    page.get_by_role("button", name="1 turn failed: show the sessions with an error").click()
    expect(page).to_have_url(f"{few.url}/sessions?userId=u-12&hasError=true")
    expect(strip).to_have_text("session1turns per session3per session$0.033turn failed1")
    expect(links(page)).to_have_text(["“Where is my parcel?”"])


@pytest.mark.parametrize("column", SORTS)
def test_the_head_of_a_column_sorts_down_and_then_up_as_the_api_does(visit: Visit, few: Api, column: str) -> None:
    other = "totalCost" if column == "Turns" else "traceCount"
    page = visit(few, f"/sessions?sort={other}")
    head = page.get_by_role("columnheader", name=column, exact=True)
    for order, word in (("desc", "descending"), ("asc", "ascending")):
        head.get_by_role("button").click()
        expect(head).to_have_attribute("aria-sort", word)
        expect(links(page)).to_have_text(quoted(few, sort=SORTS[column], order=order))
    expect(page.locator("[aria-sort]")).to_have_count(1)
    page.reload()
    expect(head).to_have_attribute("aria-sort", "ascending")
    expect(links(page)).to_have_text(quoted(few, sort=SORTS[column], order="asc"))


def test_250_sessions_are_all_reached_by_scrolling_in_order_and_once(visit: Visit, many: Api) -> None:
    page = visit(many)
    table = page.get_by_role("table", name="Sessions")
    seen: list[str] = []
    expect(links(page).first).to_have_text("“Question 000”")
    for n in range(MANY):
        row = table.locator(f'[role="row"][aria-rowindex="{n + 2}"]')
        expect(row).to_be_attached()
        if n % 10 == 0:
            row.scroll_into_view_if_needed()
        seen.append(row.get_by_role("link").inner_text())
    assert seen == [f"“Question {n:03}”" for n in range(MANY)]
    expect(table).to_have_attribute("aria-rowcount", str(MANY + 1))


def test_the_list_scrolls_by_keyboard_as_soon_as_it_is_there(visit: Visit, many: Api) -> None:
    page = visit(many)
    expect(links(page).first).to_have_text("“Question 000”")
    page.keyboard.press("PageDown")
    expect(page.get_by_role("link", name="“Question 000”")).not_to_be_in_viewport()
    expect(page.get_by_role("link", name="“Question 018”")).to_be_in_viewport()


def test_coming_back_from_a_session_finds_the_list_where_it_was_left(visit: Visit, many: Api) -> None:
    page = visit(many)
    expect(links(page).first).to_have_text("“Question 000”")
    wanted = page.get_by_role("link", name="“Question 040”")
    links(page).last.scroll_into_view_if_needed()
    wanted.scroll_into_view_if_needed()
    wanted.click()
    expect(page.get_by_role("heading", name="Question 040")).to_be_visible()
    page.go_back()
    expect(wanted).to_be_in_viewport()


def test_a_page_asks_for_the_next_sessions_with_the_cursor_and_never_by_offset(visit: Visit, many: Api) -> None:
    page = visit(many)
    expect(links(page).first).to_be_visible()
    with page.expect_request(lambda request: "cursor=" in request.url) as asked:
        links(page).last.scroll_into_view_if_needed()
    assert parse_qs(urlsplit(asked.value.url).query).keys() == {"sort", "order", "limit", "cursor"}


def test_a_session_that_arrives_shows_by_itself(visit: Visit, project: Api) -> None:
    page = visit(project)
    expect(page.get_by_role("heading", name="No session yet")).to_be_visible()
    project.send([chat_turn("first", ago(seconds=1), "Hello!")])
    expect(links(page)).to_have_text(["“Hello!”"])
