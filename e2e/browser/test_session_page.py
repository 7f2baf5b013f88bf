"""The page of a session: its numbers, what was said, and the one selection that all parts share."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from e2e.api import Api, session_path
from e2e.browser.conftest import Visit
from e2e.browser.support import BEGIN, SESSION, SYSTEM, TURNS, support
from e2e.server_process import ServerProcess

PATH = session_path(SESSION)


@pytest.fixture(scope="module")
def shop(server: ServerProcess) -> Iterator[Api]:
    with server.api.new_project("session-page") as api:
        api.send(support())
        yield api


@pytest.fixture
def page(visit: Visit, shop: Api) -> Page:
    page = visit(shop, PATH)
    expect(turn(page, 4)).to_be_visible()
    return page


def turn(page: Page, number: int) -> Locator:
    return page.get_by_role("article", name=f"Turn {number}", exact=True)


def inspector(page: Page) -> Locator:
    return page.get_by_role("complementary", name="Inspector")


def steps(page: Page) -> Locator:
    return inspector(page).get_by_role("tree", name="Steps of the turn").get_by_role("treeitem")


def test_the_head_says_what_the_api_says(page: Page, shop: Api) -> None:
    session = shop.session(SESSION)
    figures = (session["duration"], session["activeDuration"], session["traceCount"], session["totalTokens"])
    assert (*figures, session["totalCost"]) == (14_401_000, 122_000, 4, 704, 0.00178)
    head = page.get_by_role("main").locator("dl").first
    expect(head.get_by_role("term")).to_have_text(["Duration", "Active", "Turns", "Tokens", "Cost", "Models"])
    expect(head.get_by_role("definition")).to_have_text(
        [
            "4h 00m",
            "2m 02s1 long wait",
            "4! 1 failed",
            "704640 prompt · 256 cached · 64 completion",
            "$0.0018+",
            "gpt-4o +1, show what each usedno price for a-model-nobody-prices",
        ]
    )
    exact = [
        "4h 00m (14,401 s)",
        "2m 02s (122 s)",
        "4 turns, 10 steps",
        "704 tokens",
        "$0.00178, without a-model-nobody-prices: no price known",
    ]
    for place, words in enumerate(exact):
        number = head.get_by_role("definition").nth(place).locator("[aria-description]").first
        expect(number).to_have_attribute("aria-description", words)


def test_the_models_open_to_what_each_used(page: Page) -> None:
    page.get_by_role("button", name="gpt-4o +1 , show what each used").click()
    rows = page.get_by_role("table").get_by_role("row")
    expect(rows).to_have_text(
        ["ModelCallsPromptCompletionCost", "gpt-4o460060$0.0018", "a-model-nobody-prices1404-add a price"]
    )


def test_every_fact_of_the_head_opens_the_sessions_that_share_it(page: Page, shop: Api) -> None:
    doors = {
        "user u-12": "userId=u-12",
        "environment production": "environment=production",
        "release v2.0": "release=v2.0",
        "tag parcel": "tag=parcel",
        "channel web": "metadata.channel=web",
        "attempt 3": "metadata.attempt=3",
    }
    for name, query in doors.items():
        page.get_by_role("link", name=name, exact=True).click()
        expect(page).to_have_url(f"{shop.url}/sessions?{query}")
        expect(page.get_by_role("table", name="Sessions").get_by_role("link")).to_have_text([f"“{TURNS[0]}”"])
        page.go_back()
        expect(turn(page, 1)).to_be_visible()


def test_the_conversation_reads_as_it_was_said_without_the_repeated_history(page: Page) -> None:
    said = page.get_by_role("feed", name="Conversation").get_by_role("group")
    expect(said).to_have_text(
        [
            f"User{TURNS[0]}",
            "Assistantgpt-4oIt left the depot this morning.",
            f"User{TURNS[1]}",
            "Assistantgpt-4oTomorrow.",
            f"User{TURNS[2]}",
            f"User{TURNS[3]}",
            "Assistanta-model-nobody-pricesYou are welcome.",
        ]
    )
    expect(page.get_by_text("4 h later")).to_be_visible()


def test_the_system_prompt_stands_once_and_unfolds(page: Page) -> None:
    prompt = page.get_by_role("button", name="System prompt")
    expect(prompt).to_have_count(1)
    prompt.click()
    expect(prompt).to_have_attribute("aria-expanded", "true")
    expect(turn(page, 1).get_by_role("paragraph").filter(has_text=SYSTEM["content"])).to_be_visible()


def test_a_tool_call_and_its_result_are_one_line_that_unfolds(page: Page) -> None:
    call = turn(page, 1).get_by_role("button", name="lookup_order")
    expect(call).to_have_text('lookup_order(id=1182, express=true)→ {"status": "shipped"}')
    call.click()
    asked, answered = turn(page, 1).locator("pre").all()
    assert [json.loads(part.inner_text()) for part in (asked, answered)] == [
        {"id": 1182, "express": True},
        {"status": "shipped"},
    ]


def test_a_turn_that_failed_says_how(page: Page) -> None:
    expect(turn(page, 3).get_by_role("note", name="Error")).to_have_text("RateLimitError: slow down")
    expect(page.get_by_role("note", name="Error")).to_have_count(1)


def test_conversation_timeline_inspector_and_address_share_one_selection(page: Page, shop: Api) -> None:
    timeline = page.get_by_role("img", name="Timeline of 4 turns")
    turn(page, 2).get_by_role("button", name="inspect it").click()
    expect(page).to_have_url(f"{shop.url}{PATH}?turn=turn-2")
    expect(inspector(page).get_by_role("heading", level=2)).to_have_text("Turn 2 of 4")

    timeline.focus()
    page.keyboard.press("ArrowRight")
    expect(page).to_have_url(f"{shop.url}{PATH}?turn=turn-3")
    expect(turn(page, 3)).to_have_attribute("aria-current", "true")
    expect(inspector(page).get_by_role("heading", level=2)).to_have_text("Turn 3 of 4")

    timeline.click(position={"x": 10, "y": 30})
    expect(page).to_have_url(f"{shop.url}{PATH}?turn=turn-1")
    expect(turn(page, 1)).to_have_attribute("aria-current", "true")
    expect(page.locator("article[aria-current]")).to_have_count(1)

    turn(page, 1).get_by_text("It left the depot").click()
    expect(page).to_have_url(f"{shop.url}{PATH}?turn=turn-1&span=g-2")
    expect(steps(page).and_(page.locator("[aria-selected=true]"))).to_have_text("generate-response2.8s")

    page.reload()
    expect(steps(page).and_(page.locator("[aria-selected=true]"))).to_have_text("generate-response2.8s")
    expect(turn(page, 1)).to_have_attribute("aria-current", "true")


def test_brackets_step_through_the_turns_and_escape_closes_the_inspector(page: Page, shop: Api) -> None:
    for key, number in (("]", 1), ("]", 2), ("[", 1)):
        page.keyboard.press(key)
        expect(page).to_have_url(f"{shop.url}{PATH}?turn=turn-{number}")
        expect(turn(page, number)).to_have_attribute("aria-current", "true")
    page.keyboard.press("Escape")
    expect(inspector(page)).to_have_count(0)
    expect(page).to_have_url(f"{shop.url}{PATH}")


def test_the_pointer_on_the_timeline_tells_the_turn(page: Page) -> None:
    page.get_by_role("img", name="Timeline of 4 turns").hover(position={"x": 10, "y": 30})
    card = page.get_by_role("region", name="Timeline").get_by_role("status")
    expect(card).to_have_text("1 · chat-turn10:30:00 · 5s · 350 tokens")


def test_the_inspector_shows_a_step_exactly_as_it_came(visit: Visit, shop: Api) -> None:
    page = visit(shop, f"{PATH}?turn=turn-2&span=g-3")
    panel = inspector(page)
    expect(steps(page)).to_have_text(["Whole turn3s", "chat-turn3s", "generate-response3s"])
    expect(panel.get_by_role("definition")).to_have_text(
        ["10:31:00.000", "3s", "gpt-4o", "openai", "310", "300", "256", "10", "$0.00053", "g-3"]
    )
    (span,) = [span for span in shop.get("/traces/turn-2")["spans"] if span["id"] == "g-3"]
    panel.get_by_role("button", name="Attributes").click()
    for title, value in (
        ("Input", span["input"]),
        ("Output", span["output"]),
        ("Model parameters", {"temperature": 0.2}),
        ("Attributes", span["attributes"]),
    ):
        shown = panel.locator("pre", has=page.locator(f'xpath=self::*[@aria-label="{title}"]'))
        assert json.loads(shown.inner_text()) == value
    assert [message["content"] for message in span["input"]["messages"]][-1] == TURNS[1]


def test_the_inspector_shows_the_stack_of_an_error(visit: Visit, shop: Api) -> None:
    page = visit(shop, f"{PATH}?turn=turn-3&span=g-4")
    told = inspector(page).get_by_role("region", name="Error")
    expect(told).to_contain_text("RateLimitError: slow down")
    expect(told).to_contain_text("Traceback: line 7")


def test_arrow_keys_walk_the_steps_of_a_turn(visit: Visit, shop: Api) -> None:
    page = visit(shop, f"{PATH}?turn=turn-1")
    tree = inspector(page).get_by_role("tree", name="Steps of the turn")
    selected = steps(page).and_(page.locator("[aria-selected=true]"))
    expect(selected).to_have_text("Whole turn5s")
    tree.focus()
    page.keyboard.press("End")
    expect(page).to_have_url(f"{shop.url}{PATH}?turn=turn-1&span=g-2")
    page.keyboard.press("ArrowUp")
    expect(page).to_have_url(f"{shop.url}{PATH}?turn=turn-1&span=t-1")
    expect(selected).to_have_text("lookup_order200ms")
    page.keyboard.press("Home")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowLeft")
    expect(steps(page)).to_have_count(2)


def test_coming_back_to_a_session_shows_its_conversation_again(page: Page) -> None:
    page.get_by_role("link", name="All sessions").click()
    expect(page.get_by_role("table", name="Sessions").get_by_role("link")).to_have_count(1)
    page.go_back()
    expect(turn(page, 1).get_by_role("group", name="User")).to_have_text(f"User{TURNS[0]}")


@pytest.mark.parametrize(("item", "ending"), [("JSON, can be imported again", "json"), ("JSON Lines", "jsonl")])
def test_the_export_menu_downloads_what_the_api_exports(
    page: Page, shop: Api, tmp_path: Path, item: str, ending: str
) -> None:
    page.get_by_role("button", name="Export").click()
    with page.expect_download() as started:
        page.get_by_role("menuitem", name=item).click()
    started.value.save_as(tmp_path / "saved")
    exported = shop.http.get(f"/observability{PATH}/export", params={"format": ending})
    assert started.value.suggested_filename.endswith(f".{ending}")
    assert (tmp_path / "saved").read_bytes() == exported.content
    assert BEGIN.strftime("%Y-%m-%dT%H:%M:%S").encode() in exported.content


@pytest.mark.parametrize("session_id", ["a/b", "a%2Fb", " spaced ", "çà 次 🧵", "a?b#c&d=e", "'\"<b>", "x" * 512])
def test_any_id_leads_from_the_list_to_its_page_and_stands_a_reload(
    visit: Visit, project: Api, session_id: str
) -> None:
    project.send([{"id": "t", "name": "chat-turn", "sessionId": session_id, "input": "Hello!", "output": "Hi."}])
    page = visit(project)
    page.get_by_role("table", name="Sessions").get_by_role("link").click()
    expect(turn(page, 1)).to_be_visible()
    expect(page).to_have_url(project.url + session_path(session_id))
    page.reload()
    expect(turn(page, 1).get_by_role("group", name="User")).to_have_text("UserHello!")
