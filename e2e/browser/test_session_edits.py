"""What is said of a session on its page: in place, at once, and with a way back."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from e2e.api import Api, eventually, session_path
from e2e.browser.conftest import Visit
from e2e.browser.hostile_texts import PAYLOADS
from e2e.browser.hostile_world import is_harmless
from e2e.browser.support import SESSION, TURNS, support

PATH = session_path(SESSION)
EDITED = ("title", "outcome", "bookmarked", "tags", "metadata")


@pytest.fixture
def shop(project: Api) -> Api:
    project.send(support())
    return project


def notice(page: Page) -> Locator:
    return page.get_by_role("status", name="Changes")


def fill(page: Page, opener: str, *values: str) -> None:
    """Open a small form by its button and say these values in it."""
    page.get_by_role("button", name=opener, exact=True).click()
    form = page.get_by_role("dialog").locator("form")
    for place, value in enumerate(values):
        form.get_by_role("textbox").nth(place).fill(value)
    form.get_by_role("textbox").last.press("Enter")
    expect(form).to_have_count(0)


def retitle(page: Page, title: str) -> None:
    page.get_by_role("button", name="Change the title").click()
    page.get_by_role("textbox", name="Title").fill(title)
    page.keyboard.press("Enter")


def said(api: Api) -> list[object]:
    session = api.session(SESSION)
    return [session[name] for name in EDITED]


def test_a_session_is_edited_in_place_and_each_change_can_be_undone(visit: Visit, shop: Api) -> None:
    before = said(shop)
    assert before == [None, None, False, ["parcel"], {"channel": "web", "attempt": 3}]
    page = visit(shop, PATH)
    title = page.get_by_role("heading", level=1)
    changes = (
        (lambda: retitle(page, "A late parcel"), "Title changed"),
        (lambda: page.get_by_role("button", name="Bookmark", exact=True).click(), "Bookmarked"),
        (lambda: fill(page, "Say the outcome", "solved"), "Outcome changed"),
        (lambda: fill(page, "Add a tag", "vip"), "Tag vip added"),
        (lambda: fill(page, "Add metadata", "seats", "4"), "seats added"),
        (lambda: fill(page, "Change channel", "phone"), "channel changed"),
    )
    for change, told in changes:
        change()
        expect(notice(page)).to_contain_text(told)
    expect(title).to_have_text("A late parcel")
    after = ["A late parcel", "solved", True, ["parcel", "vip"], {"channel": "phone", "attempt": 3, "seats": 4}]
    assert eventually(lambda: said(shop), lambda found: found == after) == after

    for name in ("Remove seats", "Remove vip", "Remove channel"):
        page.get_by_role("button", name=name).click()
    page.get_by_role("button", name="Bookmarked").click()
    fill(page, "Outcome solved, change it", "")
    retitle(page, "")
    expect(title).to_have_text(TURNS[0])
    assert eventually(lambda: said(shop), lambda found: found == before) == before
    notice(page).get_by_role("button", name="Undo").click()
    expect(title).to_have_text("A late parcel")
    assert eventually(lambda: shop.session(SESSION)["title"], lambda found: found is not None) == "A late parcel"


def test_what_the_server_refuses_goes_back_to_how_it_was(visit: Visit, shop: Api) -> None:
    page = visit(shop, PATH, expected="500")
    page.route(
        "**/observability/sessions/*",
        lambda route: (
            route.fulfill(status=500, json={"error": {"code": "broken", "message": "out of order"}})
            if route.request.method == "PATCH"
            else route.continue_()
        ),
    )
    retitle(page, "Never kept")
    expect(notice(page)).to_have_text("Not saved. Out of order.")
    expect(page.get_by_role("heading", level=1)).to_have_text(TURNS[0])


def test_a_session_is_ended_and_opened_again(visit: Visit, shop: Api) -> None:
    page = visit(shop, PATH)
    page.get_by_role("button", name="End it").click()
    expect(page.get_by_text(re.compile(r"^ended \d"))).to_be_visible()
    assert eventually(lambda: shop.session(SESSION)["endedAt"], bool)
    page.get_by_role("button", name="reopen").click()
    expect(page.get_by_role("button", name="End it")).to_be_visible()
    assert eventually(lambda: shop.session(SESSION)["endedAt"], lambda at: at is None) is None


def test_a_goal_tells_at_which_turn_it_was_reached_and_leads_there(visit: Visit, shop: Api) -> None:
    for name, when in (("thanked", {"metadata": {"attempt": 3}}), ("paid", {"tag": "paid"})):
        assert shop.http.post("/observability/goals", json={"name": name, "when": when}).status_code == 201
    page = visit(shop, PATH)
    expect(page.get_by_text("paid not reached")).to_be_visible()
    page.get_by_role("button", name="Goal thanked, reached at turn 4: show it").click()
    expect(page).to_have_url(f"{shop.url}{PATH}?turn=turn-4")


def test_scores_are_given_to_the_session_and_to_a_turn_and_taken_back(visit: Visit, shop: Api) -> None:
    page = visit(shop, f"{PATH}?view=scores")
    fill(page, "Score this session", "helpfulness", "0.8", "answered at once")
    scores = page.get_by_role("tabpanel").get_by_role("list", name="Scores").get_by_role("listitem")
    expect(scores).to_have_count(1)
    expect(scores).to_contain_text("helpfulness0.8by dashboard")
    expect(scores).to_contain_text("answered at once")
    expect(page.get_by_role("button", name="Score helpfulness 0.8, show the scores")).to_be_visible()

    page.goto(f"{PATH}?view=scores&turn=turn-2")
    fill(page, "Score this turn", "polite", "yes")
    inspector = page.get_by_role("complementary", name="Inspector")
    expect(inspector.get_by_role("listitem")).to_contain_text("politeyes")
    expect(scores.first).to_contain_text("turn 2")
    stored = shop.get(f"{PATH}/scores")["data"]
    assert [(one["name"], one["value"], one["about"]) for one in stored] == [
        ("polite", True, "trace"),
        ("helpfulness", 0.8, "session"),
    ]
    inspector.get_by_role("button", name="Delete the score polite").click()
    expect(scores).to_have_count(1)
    assert len(eventually(lambda: shop.get(f"{PATH}/scores")["data"], lambda found: len(found) == 1)) == 1


def test_a_session_is_deleted_only_after_it_was_asked(visit: Visit, shop: Api) -> None:
    page = visit(shop, PATH)
    page.get_by_role("button", name="Delete the session").click()
    asked = page.get_by_role("dialog", name="Delete this session?")
    expect(asked).to_contain_text("4 turns and 10 steps")
    asked.get_by_role("button", name="Keep it").click()
    expect(asked).to_be_hidden()
    assert shop.http.get(f"/observability{PATH}").status_code == 200
    page.get_by_role("button", name="Delete the session").click()
    asked.get_by_role("button", name="Delete the session").click()
    expect(page).to_have_url(f"{shop.url}/sessions")
    assert shop.http.get(f"/observability{PATH}").status_code == 404


def test_hostile_text_that_is_said_of_a_session_stays_text(visit: Visit, shop: Api) -> None:
    for place, text in enumerate(PAYLOADS):
        about = {"name": text, "value": text, "comment": text, "source": text, "traceId": "turn-1"}
        assert shop.http.post("/observability/scores", json={"id": f"s-{place}", **about}).status_code == 201
    everywhere = {"tags": list(PAYLOADS), "metadata": {text: text for text in PAYLOADS}}
    page = visit(shop)
    for text in PAYLOADS[:2]:
        patch = {"title": text, "outcome": text, **everywhere}
        assert shop.http.patch(f"/observability{PATH}", json=patch).status_code == 200
        page.goto(f"{PATH}?view=scores")
        expect(page.get_by_role("heading", level=1)).to_have_text(text)
        listed = page.get_by_role("tabpanel").get_by_role("listitem")
        expect(listed).to_have_count(len(PAYLOADS))
        judged = listed.all_inner_texts()
        assert all(any(told.count(payload) == 4 for told in judged) for payload in PAYLOADS)
        for payload in PAYLOADS:
            expect(page.get_by_role("link", name=f"tag {payload}", exact=True)).to_be_attached()
        is_harmless(page)
    page.get_by_role("tab", name="Charts").click()
    expect(page.get_by_role("heading", name="Cost by model")).to_be_visible()
    is_harmless(page)
