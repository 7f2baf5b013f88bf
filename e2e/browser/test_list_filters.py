"""Filters and time ranges: each chooses what the API chooses, stands in the address, and survives reload and back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Locator, Page, expect

from e2e.api import Api
from e2e.browser.conftest import Visit
from e2e.browser.conversations import ago
from e2e.browser.sample import sample
from e2e.server_process import ServerProcess

Steps = Callable[[Page], None]


@pytest.fixture(scope="module")
def few(server: ServerProcess) -> Iterator[Api]:
    with server.api.new_project("filters") as api:
        api.send(sample())
        yield api


def ids(page: Page) -> Locator:
    """The links of the rows; they lead to `/sessions/{id}`."""
    return page.get_by_role("table", name="Sessions").get_by_role("link")


def shows(page: Page, *session_ids: str) -> None:
    expect(ids(page)).to_have_count(len(session_ids))
    for place, session_id in enumerate(session_ids):
        expect(ids(page).nth(place)).to_have_attribute("href", f"/sessions/{session_id}")


def written(field: str, value: str) -> Steps:
    def steps(page: Page) -> None:
        page.get_by_role("button", name=field, exact=True).click()
        page.get_by_role("textbox", name=f"{field} is").fill(value)
        page.keyboard.press("Enter")

    return steps


def offered(field: str, value: str) -> Steps:
    def steps(page: Page) -> None:
        page.get_by_role("button", name=field, exact=True).click()
        page.get_by_role("group", name="Values").get_by_role("button", name=value, exact=True).click()

    return steps


def between(field: str, least: str, most: str) -> Steps:
    def steps(page: Page) -> None:
        page.get_by_role("group", name="Filter by").get_by_role("button", name=field, exact=True).click()
        page.get_by_role("textbox", name="At least").fill(least)
        page.get_by_role("textbox", name="At most").fill(most)
        page.get_by_role("button", name="Apply").click()

    return steps


def metadata(key: str, value: str) -> Steps:
    def steps(page: Page) -> None:
        offered("Metadata", key)(page)
        page.get_by_role("textbox", name=f"{key} is").fill(value)
        page.get_by_role("button", name="Apply").click()

    return steps


def error(choice: str) -> Steps:
    def steps(page: Page) -> None:
        page.get_by_role("button", name="Error", exact=True).click()
        page.get_by_role("button", name=choice, exact=True).click()

    return steps


FILTERS = {
    "user": (written("User", "u-41"), "userId=u-41", "user is u-41", ["hotel"]),
    "tag": (offered("Tag", "refund"), "tag=refund", "tag is refund", ["parcel", "cheap"]),
    "model": (offered("Model", "gpt-4o-mini"), "model=gpt-4o-mini", "model is gpt-4o-mini", ["cheap"]),
    "environment": (offered("Environment", "staging"), "environment=staging", "environment is staging", ["old"]),
    "release": (written("Release", "v1"), "release=v1", "release is v1", ["old"]),
    "metadata": (metadata("channel", "cli"), "metadata.channel=cli", "channel is cli", ["code"]),
    "error": (error("Has an error"), "hasError=true", "has error", ["parcel", "code"]),
    "no error": (
        error("Has no error"),
        "hasError=false",
        "has no error",
        ["invoice", "hotel", "visa", "cheap", "old"],
    ),
    "cost": (
        between("Cost", "$0.01", "0.1"),
        "minCost=0.01&maxCost=0.1",
        "cost is $0.01 to $0.10",
        ["parcel", "invoice"],
    ),
    "tokens": (between("Tokens", "9,600", ""), "minTokens=9600", "tokens are at least 9,600", ["parcel", "hotel"]),
    "turns": (between("Turns", "2", "2"), "minTraces=2&maxTraces=2", "turns are 2", ["hotel"]),
    "duration": (
        between("Duration", "1m", "2 h"),
        "minDuration=60000&maxDuration=7200000",
        "duration is 1m to 2h",
        ["hotel", "code"],
    ),
}


@pytest.mark.parametrize("name", FILTERS)
def test_a_filter_chooses_sessions_and_stands_in_the_address(visit: Visit, few: Api, name: str) -> None:
    steps, query, sentence, chosen = FILTERS[name]
    page = visit(few)
    expect(ids(page)).to_have_count(7)
    page.get_by_role("button", name="Add a filter").click()
    steps(page)
    expect(page).to_have_url(f"{few.url}/sessions?{query}")
    shows(page, *chosen)
    chip = page.get_by_role("button", name=f"Filter: {sentence}. Change it")
    expect(chip).to_be_visible()

    page.reload()
    expect(chip).to_be_visible()
    shows(page, *chosen)
    page.get_by_role("button", name=f"Remove the filter: {sentence}").click()
    expect(page).to_have_url(f"{few.url}/sessions")
    expect(ids(page)).to_have_count(7)
    page.go_back()
    shows(page, *chosen)


def test_filters_narrow_each_other_and_tags_stand_side_by_side(visit: Visit, few: Api) -> None:
    page = visit(few)
    page.get_by_role("button", name="u-12", exact=True).first.click()
    shows(page, "parcel", "invoice")
    for tag in ("vip", "refund"):
        page.get_by_role("button", name="Add a filter").click()
        written("Tag", tag)(page)
    expect(page).to_have_url(f"{few.url}/sessions?userId=u-12&tag=vip&tag=refund")
    shows(page, "parcel")
    page.go_back()
    page.go_back()
    expect(page).to_have_url(f"{few.url}/sessions?userId=u-12")
    shows(page, "parcel", "invoice")


def test_a_filter_that_is_there_can_be_changed(visit: Visit, few: Api) -> None:
    page = visit(few, "/sessions?userId=u-7")
    shows(page, "code", "cheap")
    page.get_by_role("button", name="Filter: user is u-7. Change it").click()
    page.get_by_role("textbox", name="User is").fill("u-1")
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{few.url}/sessions?userId=u-1")
    shows(page, "old")


def test_where_nothing_matches_the_way_back_is_offered(visit: Visit, few: Api) -> None:
    page = visit(few, "/sessions?range=24h&userId=u-1")
    expect(page.get_by_role("heading", name="No session matches")).to_be_visible()
    page.get_by_role("button", name="Look at all time").click()
    expect(page).to_have_url(f"{few.url}/sessions?userId=u-1")
    shows(page, "old")
    page.go_back()
    page.get_by_role("button", name="Remove the filters").click()
    expect(page).to_have_url(f"{few.url}/sessions?range=24h")
    shows(page, "parcel", "invoice", "hotel")


@pytest.mark.parametrize(
    ("words", "query", "chosen"),
    [
        ("Last hour", "range=1h", ["parcel", "invoice"]),
        ("Last 24 hours", "range=24h", ["parcel", "invoice", "hotel"]),
        ("Last 7 days", "range=7d", ["parcel", "invoice", "hotel", "visa"]),
        ("Last 30 days", "range=30d", ["parcel", "invoice", "hotel", "visa", "code", "cheap"]),
    ],
)
def test_a_range_shows_the_sessions_that_overlap_it(
    visit: Visit, few: Api, words: str, query: str, chosen: list[str]
) -> None:
    page = visit(few)
    page.get_by_role("button", name="Time range: All time").click()
    page.get_by_role("button", name=words, exact=True).click()
    expect(page).to_have_url(f"{few.url}/sessions?{query}")
    shows(page, *chosen)
    page.reload()
    expect(page.get_by_role("button", name=f"Time range: {words}")).to_be_visible()
    shows(page, *chosen)
    page.go_back()
    expect(ids(page)).to_have_count(7)


def test_a_range_of_ones_own_is_read_in_the_zone_of_the_browser(visit: Visit, few: Api) -> None:
    page = visit(few, timezone_id="Asia/Tokyo")
    local = [moment.astimezone(ZoneInfo("Asia/Tokyo")).replace(second=0) for moment in (ago(days=4), ago(hours=2))]
    page.get_by_role("button", name="Time range: All time").click()
    page.get_by_label("From").fill(local[0].strftime("%Y-%m-%dT%H:%M"))
    page.get_by_label("To", exact=True).fill(local[1].strftime("%Y-%m-%dT%H:%M"))
    page.get_by_role("button", name="Show this range").click()
    # The parcel began before the range ends; the hotel and the visa are whole in it.
    shows(page, "parcel", "hotel", "visa")
    begins, ends = ((moment - timedelta(hours=9)).strftime("%Y-%m-%dT%H%%3A%M%%3A00.000Z") for moment in local)
    expect(page).to_have_url(f"{few.url}/sessions?from={begins}&to={ends}")
