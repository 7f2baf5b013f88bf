"""A session over time: replayed, in charts, and on paper."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from e2e.api import Api, session_path
from e2e.browser.conftest import Visit
from e2e.browser.support import SESSION, TURNS, support
from e2e.server_process import ServerProcess

PATH = session_path(SESSION)
ENDS_MS = (5_000, 63_000, 121_000, 14_401_000)
"""When each of the four turns is over, after the beginning of the session."""


@pytest.fixture(scope="module")
def shop(server: ServerProcess) -> Iterator[Api]:
    with server.api.new_project("session-replay") as api:
        api.send(support())
        goal = {"name": "thanked", "when": {"metadata": {"attempt": 3}}}
        assert api.http.post("/observability/goals", json=goal).status_code == 201
        yield api


def replay(page: Page) -> Locator:
    return page.get_by_role("region", name="Replay")


def progress(page: Page) -> Locator:
    return replay(page).get_by_role("definition")


def turns(page: Page) -> Locator:
    return page.get_by_role("feed", name="Conversation").get_by_role("article")


def at(api: Api, moment_ms: int) -> str:
    return f"{api.url}{PATH}?at={moment_ms}"


def test_a_link_reproduces_the_moment(visit: Visit, shop: Api) -> None:
    page = visit(shop, f"{PATH}?at=61000")
    expect(progress(page)).to_have_text(["10:31:01 1m 01s", "turn 2 of 4", "350 tok", "$0.0013"])
    expect(turns(page)).to_have_count(2)
    asked = turns(page).nth(1)
    expect(asked).to_contain_text(TURNS[1])
    expect(asked).not_to_contain_text("Tomorrow.")
    expect(asked.get_by_role("img", name="Working")).to_be_visible()
    expect(replay(page).get_by_role("button", name="Play", exact=True)).to_be_visible()


def test_the_keyboard_steps_scrubs_and_leaves(visit: Visit, shop: Api) -> None:
    page = visit(shop, f"{PATH}?at=0")
    expect(replay(page)).to_be_visible()
    expect(turns(page)).to_have_count(1)
    page.keyboard.press("ArrowRight")
    expect(page).to_have_url(at(shop, 5_000))
    page.keyboard.press("ArrowLeft")
    expect(page).to_have_url(at(shop, 0))
    for key, moment_ms, count in (
        ("]", ENDS_MS[0], 1),
        ("]", ENDS_MS[1], 2),
        ("]", ENDS_MS[2], 3),
        ("[", ENDS_MS[1], 2),
    ):
        page.keyboard.press(key)
        expect(page).to_have_url(at(shop, moment_ms))
        expect(turns(page)).to_have_count(count)
    expect(turns(page).nth(1)).to_contain_text("Tomorrow.")
    page.keyboard.press("Escape")
    expect(page).to_have_url(f"{shop.url}{PATH}")
    expect(turns(page)).to_have_count(4)


def test_space_plays_to_the_end_and_everything_moves_together(visit: Visit, shop: Api) -> None:
    page = visit(shop, PATH)
    expect(turns(page)).to_have_count(4)
    page.keyboard.press("Space")
    replay(page).get_by_role("button", name="16 times as fast").click()
    expect(replay(page).get_by_role("button", name="Pause")).to_be_visible()
    expect(page).to_have_url(at(shop, ENDS_MS[3]))
    expect(progress(page)).to_have_text(["14:30:01 4h 00m", "turn 4 of 4", "704 tok", "$0.0018"])
    expect(replay(page).get_by_role("button", name="Play", exact=True)).to_be_visible()
    expect(page.locator("article[aria-current]")).to_have_attribute("aria-label", "Turn 4")
    slider = replay(page).get_by_role("slider", name="Moment of the replay")
    expect(slider).to_have_attribute("aria-valuetext", "4h 00m after the beginning, turn 4 of 4")


def test_a_replay_asked_for_before_the_turns_have_come_begins_when_they_do(visit: Visit, shop: Api) -> None:
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page = visit(shop, "/sessions")
    page.route("**/traces?**", hold, times=1)
    page.goto(PATH)
    expect(turns(page)).to_have_count(4)
    page.keyboard.press("Space")
    expect(replay(page)).to_have_count(0)
    held.pop().continue_()
    expect(replay(page).get_by_role("button", name="Pause")).to_be_visible()


def test_the_replay_jumps_to_what_failed_and_to_what_was_reached(visit: Visit, shop: Api) -> None:
    page = visit(shop, f"{PATH}?at=0")
    replay(page).get_by_role("button", name="next error").click()
    expect(page).to_have_url(at(shop, ENDS_MS[2]))
    expect(turns(page).last).to_contain_text("RateLimitError")
    replay(page).get_by_role("button", name="next goal").click()
    expect(page).to_have_url(at(shop, ENDS_MS[3]))


def test_a_turn_that_is_chosen_is_where_the_replay_goes_on(visit: Visit, shop: Api) -> None:
    page = visit(shop, f"{PATH}?at=0")
    expect(turns(page)).to_have_count(1)
    page.get_by_role("img", name="Timeline of 4 turns").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(page).to_have_url(re.compile(rf"turn=turn-2&at={ENDS_MS[1]}$"))
    expect(turns(page)).to_have_count(2)


def test_every_bar_of_a_chart_opens_its_turn(visit: Visit, shop: Api) -> None:
    page = visit(shop, PATH)
    page.get_by_role("tab", name="Charts").click()
    expect(page).to_have_url(f"{shop.url}{PATH}?view=charts")
    tokens = page.get_by_role("figure").filter(has=page.get_by_role("heading", name="Tokens per turn"))
    tokens.get_by_text("Table").click()
    rows = tokens.get_by_role("row")
    expect(rows).to_have_text(
        [
            "Turnpromptprompt, cachedcompletioncompletion, reasoning",
            "1300 tokens0 tokens50 tokens0 tokens",
            "244 tokens256 tokens10 tokens0 tokens",
            "30 tokens0 tokens0 tokens0 tokens",
            "440 tokens0 tokens4 tokens0 tokens",
        ]
    )
    bars = tokens.get_by_role("img")
    bars.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(tokens.get_by_role("status")).to_contain_text("Turn 2")
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{shop.url}{PATH}?turn=turn-2&view=charts")
    rows.nth(4).get_by_role("button").click()
    expect(page).to_have_url(f"{shop.url}{PATH}?turn=turn-4&view=charts")
    tools = page.get_by_role("region", name="Cost of the turns that call a tool")
    expect(tools.get_by_role("listitem")).to_have_text(["lookup_order1 call$0.0013"])
    models = page.get_by_role("region", name="Cost by model")
    expect(models.get_by_role("listitem")).to_have_text(
        ["gpt-4o4 calls, 660 tokens$0.0018", "a-model-nobody-prices1 call, 44 tokens-"]
    )


def test_the_transcript_prints_every_turn_unfolded(visit: Visit, shop: Api) -> None:
    page = visit(shop, PATH, color_scheme="dark")
    page.get_by_role("button", name="Export").click()
    page.get_by_role("menuitem", name="Transcript, to read and print").click()
    expect(page).to_have_url(f"{shop.url}{PATH}?view=transcript")
    expect(page.get_by_text("Transcript of all 4 turns")).to_be_visible()
    page.emulate_media(media="print")
    said = page.get_by_role("feed", name="Conversation")
    expect(said.get_by_role("heading", name="Arguments")).to_be_visible()
    expect(said.get_by_text("You are the support of a shop. Be brief.")).to_be_visible()
    for name in ("Main", "Export", "Print"):
        expect(page.get_by_label(name, exact=True)).to_be_hidden()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    height = page.evaluate("document.querySelector('[role=feed]').getBoundingClientRect().bottom")
    assert page.evaluate("document.documentElement.scrollHeight") >= height - 1


def test_the_page_itself_prints_what_has_been_loaded(visit: Visit, shop: Api) -> None:
    page = visit(shop, PATH)
    said = page.get_by_role("feed", name="Conversation")
    expect(turns(page)).to_have_count(4)
    expect(said.get_by_role("heading", name="Arguments")).to_have_count(0)
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    expect(said.get_by_role("heading", name="Arguments")).to_be_visible()
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    expect(said.get_by_role("heading", name="Arguments")).to_have_count(0)
