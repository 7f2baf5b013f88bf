"""Users: each with the sums of their sessions, a page of their own, and how they are erased."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

from e2e.api import Api
from e2e.browser.conftest import Visit
from e2e.browser.conversations import ago, chat_turn
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
    links = page.get_by_role("table", name="Users").locator("[data-row-link]")
    expect(links).to_have_text([user["id"] for user in api.get("/users")["data"]])

    page.get_by_role("button", name="Cost").click()
    dearest = api.get("/users", sort="totalCost")["data"]
    expect(links).to_have_text([user["id"] for user in dearest])
    page.get_by_role("button", name="Cost").click()
    expect(links).to_have_text([user["id"] for user in api.get("/users", sort="totalCost", order="asc")["data"]])
    page.reload()
    expect(page.get_by_role("columnheader", name="Cost")).to_have_attribute("aria-sort", "ascending")

    (user,) = dearest[-1:]
    page.get_by_role("link", name=f"{user['sessionCount']} session", exact=False).first.click()
    found = page.get_by_role("table", name="Sessions").locator("[data-index]")
    (user_id,) = parse_qs(urlsplit(page.url).query)["userId"]
    expect(found).to_have_count(len(api.get("/sessions", userId=user_id)["data"]))


def test_users_are_found_by_a_part_of_their_id(visit: Visit, api: Api) -> None:
    page = visit(api, "/users")
    expect(page.get_by_role("textbox", name="Search users")).to_be_visible()
    page.keyboard.press("/")
    page.keyboard.type("u-4")
    page.keyboard.press("Enter")
    # Both share one session; a third user of it would not be shown.
    links = page.get_by_role("table", name="Users").locator("[data-row-link]")
    expect(links).to_have_text(["u-41", "u-40"])
    expect(page.get_by_label("These users in numbers").get_by_role("definition").nth(1)).to_have_text("1")
    page.reload()
    expect(links).to_have_text(["u-41", "u-40"])
    page.get_by_role("button", name="Clear the search").click()
    expect(links).to_have_count(len(api.get("/users")["data"]))
    page.get_by_role("textbox", name="Search users").fill("U-4")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Nobody here has")).to_be_visible()


def test_a_user_has_a_page_with_their_sums_and_sessions(visit: Visit, api: Api) -> None:
    page = visit(api, "/users")
    page.get_by_role("link", name="u-7", exact=True).click()
    expect(page.get_by_role("heading", name="u-7", exact=True)).to_be_visible()
    theirs = api.get("/sessions", userId="u-7")["data"]
    rows = page.get_by_role("table", name="Sessions").locator("[data-index]")
    expect(rows).to_have_count(len(theirs))
    numbers = page.get_by_label("In numbers")
    turns = sum(session["traceCount"] for session in theirs)
    expect(numbers.get_by_role("link", name=f"Turns: {turns}.")).to_be_visible()

    page.get_by_role("button", name="Cost").click()
    page.wait_for_url("**/users/u-7?sort=totalCost")
    dearest = api.get("/sessions", userId="u-7", sort="totalCost")["data"]
    expect(rows.first).to_contain_text(dearest[0]["id"])

    bar = numbers.get_by_label("Sessions over time").get_by_role("link")
    expect(bar).to_have_count(len(theirs))
    bar.first.click()
    expect(page.get_by_role("heading", name="Sessions", exact=True)).to_be_visible()
    oldest = min(theirs, key=lambda session: session["startTime"])
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text(oldest["id"])


def test_a_user_is_erased_when_their_id_is_written(visit: Visit, server: ServerProcess) -> None:
    odd = "anna/ü @x"
    with server.api.new_project("erased") as project:
        turns = [
            chat_turn("theirs", ago(hours=2), "Hi", userId=odd),
            chat_turn("other", ago(hours=1), "Hi", userId="b"),
        ]
        project.send(turns)
        page = visit(project, "/users", expected="404")
        page.get_by_role("link", name=odd, exact=True).click()
        page.get_by_role("button", name="Erase this user").click()
        erase = page.get_by_role("button", name="Erase the user")
        page.get_by_label("Write their id").fill("anna")
        expect(erase).to_be_disabled()
        page.get_by_label("Write their id").fill(odd)
        erase.click()

        receipt = page.get_by_label("Receipt of the erasure")
        expect(receipt).to_contain_text("1 session, 1 turn and 2 steps are gone")
        assert "anna" not in page.url
        (told,) = project.get("/erasures")["data"]
        expect(receipt).to_contain_text(told["id"])
        expect(page.get_by_role("table", name="Users").locator("[data-row-link]")).to_have_text(["b"])
        receipt.get_by_role("button", name="Dismiss the receipt").click()
        expect(receipt).to_have_count(0)


def test_a_project_without_users_says_what_brings_them(visit: Visit, server: ServerProcess) -> None:
    with server.api.new_project("nobody") as nobody:
        page = visit(nobody, "/users")
        expect(page.get_by_text("No session names a user here")).to_be_visible()
