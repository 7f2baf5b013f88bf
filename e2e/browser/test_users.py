"""Users: each with the sums of their sessions, sorted as the API sorts, and a door to the sessions."""

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
    with server.api.new_project("users") as api:
        api.send(sample())
        yield api


def test_users_are_sorted_as_the_api_does_and_open_their_sessions(visit: Visit, api: Api) -> None:
    page = visit(api, "/sessions")
    page.get_by_role("link", name="Users", exact=True).click()
    links = page.get_by_role("table", name="Users").get_by_role("link")
    expect(links).to_have_text([user["id"] for user in api.get("/users")["data"]])

    page.get_by_role("button", name="Cost").click()
    dearest = api.get("/users", sort="totalCost")["data"]
    expect(links).to_have_text([user["id"] for user in dearest])
    page.get_by_role("button", name="Cost").click()
    expect(links).to_have_text([user["id"] for user in api.get("/users", sort="totalCost", order="asc")["data"]])
    page.reload()
    expect(page.get_by_role("columnheader", name="Cost")).to_have_attribute("aria-sort", "ascending")

    links.first.click()
    expect(page.get_by_role("heading", name="Sessions", exact=True)).to_be_visible()
    found = page.get_by_role("table", name="Sessions").locator("[data-index]")
    (user,) = parse_qs(urlsplit(page.url).query)["userId"]
    expect(found).to_have_count(len(api.get("/sessions", userId=user)["data"]))


def test_a_project_without_users_says_what_brings_them(visit: Visit, server: ServerProcess) -> None:
    with server.api.new_project("nobody") as nobody:
        page = visit(nobody, "/users")
        expect(page.get_by_text("No session names a user here")).to_be_visible()
