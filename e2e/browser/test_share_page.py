"""A session that is shared: made and revoked by who may, read by whoever has the link, and by the link alone."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from e2e.api import Api, session_path
from e2e.browser.conftest import Visit
from e2e.browser.conversations import ago, chat_turn
from e2e.browser.support import SESSION, TURNS, support

PATH = session_path(SESSION)
OVER = "This link does not open anything any more"


@pytest.fixture
def shop(project: Api) -> Api:
    project.send([*support(), chat_turn("other", ago(minutes=1), "A secret")])
    return project


def make_link(page: Page) -> str:
    page.get_by_role("button", name="Share the session").click()
    page.get_by_role("button", name="Make a link").click()
    return page.get_by_label("link", exact=True).input_value()


def test_whoever_has_the_link_reads_that_session_until_it_is_revoked(visit: Visit, shop: Api) -> None:
    page = visit(shop, PATH)
    link = make_link(page)
    asked: list[str] = []
    reader = visit(shop, "/login", signed_in=False, expected="status of 401")
    reader.on("request", lambda request: asked.append(request.url))
    reader.goto(link)
    expect(reader.get_by_role("heading", level=1)).to_have_text(TURNS[0])
    share = shop.get(f"{PATH}/shares")["data"][0]
    expect(reader).to_have_url(f"{shop.url}/share/{share['id']}")
    secret = link.partition("#")[2]
    assert [url for url in asked if secret in url.partition("#")[0]] == []
    assert secret not in reader.evaluate("document.cookie + JSON.stringify({...localStorage, ...sessionStorage})")

    reader.get_by_role("button", name="Turn 1, chat-turn: inspect it").click()
    inspector = reader.get_by_role("complementary", name="Inspector")
    inspector.get_by_role("treeitem", name="lookup_order").first.click()
    expect(inspector.get_by_role("heading", name="lookup_order")).to_be_visible()
    reader.get_by_role("tab", name="Charts").click()
    expect(reader.get_by_role("heading", name="Cost by model")).to_be_visible()
    for name in ("Main", "All sessions", "Change the title", "Delete the session", "Share the session", "Scores"):
        expect(reader.get_by_label(name, exact=True)).to_have_count(0)
    expect(reader.get_by_role("link")).to_have_count(0)
    reader.reload()
    expect(reader.get_by_role("heading", name="Cost by model")).to_be_visible()

    dialog = page.get_by_role("dialog", name="Share this session")
    dialog.get_by_role("button", name=f"Revoke link {share['id']}").click()
    expect(dialog.get_by_role("list", name="Open links")).to_have_count(0)
    reader.reload()
    expect(reader.get_by_role("heading", name=OVER)).to_be_visible()
    reader.goto(link)
    expect(reader.get_by_role("heading", name=OVER)).to_be_visible()
    expect(reader).to_have_url(f"{shop.url}/share")


def test_who_reads_when_the_link_ends_is_told_without_a_reload(visit: Visit, shop: Api) -> None:
    shared = shop.http.post(f"/observability{PATH}/shares").json()
    reader = visit(shop, f"/share#{shared['link'].partition('#')[2]}", signed_in=False, expected="status of 401")
    expect(reader.get_by_role("heading", level=1)).to_have_text(TURNS[0])
    assert shop.http.delete(f"/observability{PATH}/shares/{shared['id']}").status_code == 204
    reader.get_by_role("button", name="Turn 2, chat-turn: inspect it").click()
    expect(reader.get_by_role("heading", name=OVER)).to_be_visible()


def test_a_link_shows_no_more_to_who_is_signed_in_and_leaves_them_signed_in(visit: Visit, shop: Api) -> None:
    shared = shop.http.post(f"/observability{PATH}/shares").json()
    reader = visit(shop, f"/share#{shared['link'].partition('#')[2]}")
    expect(reader.get_by_role("heading", level=1)).to_have_text(TURNS[0])
    expect(reader.get_by_label("Share the session")).to_have_count(0)
    reader.goto("/sessions")
    expect(reader.get_by_role("table", name="Sessions").get_by_role("link", name="A secret")).to_be_visible()


def test_a_shared_session_prints_as_its_transcript(visit: Visit, shop: Api) -> None:
    shared = shop.http.post(f"/observability{PATH}/shares").json()
    reader = visit(shop, f"/share#{shared['link'].partition('#')[2]}", signed_in=False)
    reader.get_by_role("button", name="Transcript").click()
    expect(reader.get_by_text("Transcript of all 4 turns")).to_be_visible()
    reader.emulate_media(media="print")
    expect(reader.get_by_text("Shared with you, to read")).to_be_hidden()
    expect(reader.get_by_role("button", name="Transcript")).to_be_hidden()
    expect(reader.get_by_role("feed").get_by_text(TURNS[3])).to_be_visible()
    height = reader.evaluate("document.querySelector('[role=feed]').getBoundingClientRect().bottom")
    assert reader.evaluate("document.documentElement.scrollHeight") >= height - 1


@pytest.mark.parametrize("address", ["/share", "/share#wrong", "/share/999999"])
def test_a_link_that_is_not_whole_says_so(visit: Visit, project: Api, address: str) -> None:
    reader = visit(project, address, signed_in=False, expected="status of 401")
    expect(reader.get_by_role("heading", name=OVER)).to_be_visible()
