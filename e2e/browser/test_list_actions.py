"""What one does with the list beyond reading it: columns, stars, selected sessions, saved views, a stretch of time, arrivals."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect

from e2e.api import Api, eventually
from e2e.browser.conftest import Visit
from e2e.browser.conversations import ago, chat_turn
from e2e.server_process import ServerProcess

NUMBERS = itertools.count(1)
SESSIONS = 5


@pytest.fixture
def project(server: ServerProcess) -> Iterator[Api]:
    with server.api.new_project(f"actions-{next(NUMBERS)}") as api:
        api.send([chat_turn(f"s-{n}", ago(minutes=10 * n + 5), f"Question {n}") for n in range(SESSIONS)])
        yield api


def rows(page: Page) -> Locator:
    return page.get_by_role("table", name="Sessions").locator("[data-index]")


def headers(page: Page) -> list[str]:
    shown = page.get_by_role("table", name="Sessions").get_by_role("columnheader")
    return [text for text in shown.all_inner_texts() if text.strip()]


def query(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


def tags(api: Api) -> dict[str, list[str]]:
    return {session["id"]: session["tags"] for session in api.get("/sessions")["data"]}


def test_columns_are_chosen_and_stay_in_the_address(visit: Visit, project: Api) -> None:
    page = visit(project)
    expect(rows(page)).to_have_count(SESSIONS)

    page.keyboard.press("c")
    columns = page.get_by_role("list", name="Columns")
    columns.get_by_role("checkbox", name="Models").check()
    columns.get_by_role("checkbox", name="Duration").uncheck()
    page.keyboard.press("Escape")

    expect(page.get_by_role("columnheader", name="Models")).to_be_visible()
    assert "Duration" not in headers(page)
    before = headers(page)
    page.reload()
    expect(rows(page)).to_have_count(SESSIONS)
    assert headers(page) == before


def test_selected_sessions_are_tagged_together_and_it_is_undone(visit: Visit, project: Api) -> None:
    page = visit(project)
    expect(rows(page)).to_have_count(SESSIONS)

    page.keyboard.press("j")
    page.keyboard.press("x")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("Shift+X")
    bar = page.get_by_role("region", name="Selected sessions")
    expect(bar).to_contain_text("3 sessions selected")
    bar.get_by_role("button", name="Add a tag").click()
    page.get_by_placeholder("Tag").fill("checked")
    page.keyboard.press("Enter")

    tagged = eventually(lambda: tags(project), lambda found: sum("checked" in held for held in found.values()) == 3)
    assert {key for key, held in tagged.items() if "checked" in held} == {"s-0", "s-1", "s-2"}
    page.get_by_role("button", name="Undo").click()
    undone = eventually(lambda: tags(project), lambda found: not any("checked" in held for held in found.values()))
    assert not any("checked" in held for held in undone.values())


def test_deleting_says_what_goes_and_wants_it_written(visit: Visit, project: Api) -> None:
    page = visit(project)
    expect(rows(page)).to_have_count(SESSIONS)

    page.keyboard.press("j")
    page.keyboard.press("x")
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.get_by_role("region", name="Selected sessions").get_by_role("button", name="Delete").click()
    dialog = page.get_by_role("dialog", name="Delete 2 sessions?")
    delete = dialog.get_by_role("button", name="Delete 2 sessions")
    expect(dialog).to_contain_text("This cannot be undone.")
    expect(delete).to_be_disabled()
    dialog.get_by_label("Write 2 to delete them").fill("2")
    delete.click()

    expect(rows(page)).to_have_count(SESSIONS - 2)
    left = eventually(lambda: project.get("/sessions")["data"], lambda found: len(found) == SESSIONS - 2)
    assert {session["id"] for session in left} == {"s-2", "s-3", "s-4"}


def test_a_view_is_saved_opened_and_deleted(visit: Visit, project: Api) -> None:
    page = visit(project, "/sessions?sort=totalTokens")
    expect(rows(page)).to_have_count(SESSIONS)

    page.keyboard.press("v")
    page.get_by_role("button", name="Save what is shown as a view").click()
    page.get_by_role("textbox", name="Name of the new view").fill("Dearest")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Saved view: Dearest")).to_be_visible()
    page.goto("/sessions")
    expect(rows(page)).to_have_count(SESSIONS)
    page.keyboard.press("v")
    page.get_by_role("link", name="Dearest").click()

    expect(page.get_by_role("button", name="Saved view: Dearest")).to_be_visible()
    assert (query(page)["sort"], "view" in query(page)) == (["totalTokens"], True)
    page.get_by_role("button", name="Saved view: Dearest").click()
    page.get_by_role("button", name="Delete Dearest").click()
    page.get_by_role("button", name="Delete it").click()
    gone = eventually(lambda: project.get("/views")["data"], lambda found: not found)
    assert gone == []


def test_a_stretch_of_time_is_chosen_with_the_keyboard(visit: Visit, project: Api) -> None:
    page = visit(project)
    expect(rows(page)).to_have_count(SESSIONS)

    slider = page.get_by_role("slider", name="Sessions over time")
    slider.focus()
    page.keyboard.press("End")
    page.keyboard.press("Enter")

    page.wait_for_function("new URLSearchParams(location.search).has('from')")
    assert {"from", "to"} <= query(page).keys()


def test_what_arrives_waits_until_it_is_asked_for(visit: Visit, project: Api) -> None:
    page = visit(project)
    expect(rows(page)).to_have_count(SESSIONS)

    project.send([chat_turn("new", ago(seconds=5), "A new question")])
    pill = page.get_by_role("status", name="Arrivals").get_by_role("button")
    expect(pill).to_contain_text("1 new session")
    expect(rows(page)).to_have_count(SESSIONS)
    page.keyboard.press("n")

    expect(rows(page)).to_have_count(SESSIONS + 1)
    expect(rows(page).first).to_contain_text("A new question")


def test_a_star_is_a_bookmark(visit: Visit, project: Api) -> None:
    page = visit(project)
    expect(rows(page)).to_have_count(SESSIONS)

    page.keyboard.press("j")
    page.keyboard.press("b")

    found = eventually(lambda: project.session("s-0")["bookmarked"], bool)
    assert found is True
