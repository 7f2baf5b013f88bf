"""E1, E2: nothing that arrives in telemetry runs, loads, or becomes markup: it is shown as the text that it is."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from e2e.api import Api, session_path
from e2e.browser import hostile_world
from e2e.browser.conftest import Visit
from e2e.browser.hostile_texts import LETTERS, PAYLOADS, TEXTS
from e2e.browser.hostile_world import ALL, address, is_harmless, visible
from e2e.server_process import ServerProcess

HIGH = {"width": 5000, "height": 9500}
"""A window in which a virtual list has every row."""
COLUMNS = "session,user,status,outcome,goals,scores,tags,models,tools,environment,release,metadata,lastOutput,id"
FIRST, SECOND = PAYLOADS[:2]


@pytest.fixture(scope="module")
def hostile_project(server: ServerProcess) -> Iterator[Api]:
    with server.api.new_project("hostile") as api:
        hostile_world.fill(api)
        yield api


def go(page: Page, to: str) -> None:
    """To another page as a link leads there, without loading the document again."""
    page.evaluate("to => { history.pushState(null, '', to); dispatchEvent(new PopStateEvent('popstate')); }", to)


def test_hostile_text_stays_text_in_every_column_of_the_list(visit: Visit, hostile_project: Api) -> None:
    page = visit(hostile_project, f"/sessions?columns={COLUMNS}", viewport=HIGH)
    rows = page.get_by_role("table", name="Sessions").locator("[data-index]")
    expect(rows).to_have_count(len(TEXTS) + 1)
    shown = rows.evaluate_all(
        "all => all.map(row => ['user', 'id'].map(col => row.querySelector(`[data-col=${col}]`).textContent))"
    )
    expected = [
        [f"{visible(TEXTS['script'])} +{len(TEXTS) - 1}", ALL],
        *([visible(text)] * 2 for text in TEXTS.values()),
    ]
    assert {told[1] for told in shown} == {told[1] for told in expected}
    assert sorted(told[0] for told in shown if told[1] != ALL) == sorted(told[0] for told in expected[1:])
    is_harmless(page)


def test_hostile_text_stays_text_in_what_a_search_finds(visit: Visit, hostile_project: Api) -> None:
    page = visit(hostile_project, "/sessions?q=window", viewport=HIGH)
    found = page.get_by_role("table", name="Sessions").locator("mark")
    expect(found.first).to_be_visible()
    is_harmless(page)


def test_hostile_text_stays_text_on_the_page_of_its_session(visit: Visit, hostile_project: Api) -> None:
    """In the header, the conversation and the inspector, one session after the other in the same document."""
    page = visit(hostile_project, "/users")
    for name, text in TEXTS.items():
        if text not in PAYLOADS and text not in LETTERS.values():
            continue
        number = list(TEXTS).index(name)
        go(page, address("sessions", text) + f"?turn=one-{number}&span=g-1")
        expect(page.get_by_role("heading", level=1), name).to_have_text(visible(text.strip().strip("\ufeff")))
        said = page.get_by_role("feed", name="Conversation").get_by_role("article", name="Turn 1")
        expect(said.get_by_role("note", name="Error")).to_be_visible()
        expect(page.get_by_role("complementary", name="Inspector").get_by_role("region", name="Error")).to_be_visible()
        is_harmless(page)


def test_hostile_text_stays_text_with_everything_unfolded(visit: Visit, hostile_project: Api) -> None:
    page = visit(
        hostile_project, address("sessions", ALL) + "?view=transcript", viewport={"width": 1440, "height": 30_000}
    )
    expect(page.get_by_text(f"Transcript of all {len(TEXTS)} turns")).to_be_visible()
    turns = page.get_by_role("feed", name="Conversation").get_by_role("article")
    expect(turns).to_have_count(len(TEXTS))
    told = turns.get_by_role("note", name="Error").evaluate_all("all => all.map(one => one.textContent)")
    missing = [text for text in TEXTS.values() if not any(text.split("\n")[0][:60] in each for each in told)]
    assert [text for text in missing if text.isprintable()] == []
    is_harmless(page)
    page.emulate_media(media="print")
    is_harmless(page)


def test_hostile_text_stays_text_in_charts_scores_replay_and_inspector(visit: Visit, hostile_project: Api) -> None:
    page = visit(hostile_project, address("sessions", ALL) + "?view=scores", viewport={"width": 1440, "height": 30_000})
    listed = page.get_by_role("tabpanel").get_by_role("listitem")
    expect(listed).to_have_count(len(TEXTS))
    is_harmless(page)
    go(page, address("sessions", ALL) + "?view=charts")
    expect(page.get_by_role("heading", name="Cost by model")).to_be_visible()
    is_harmless(page)
    go(page, address("sessions", ALL) + "?turn=all-0&span=u-1")
    panel = page.get_by_role("complementary", name="Inspector")
    panel.get_by_role("button", name="Attributes").click()
    expect(panel.get_by_role("region", name="Error")).to_contain_text(f"{FIRST}: {FIRST}")
    is_harmless(page)
    go(page, address("sessions", ALL) + "?at=9000")
    expect(page.get_by_role("slider").first).to_be_visible()
    is_harmless(page)
    timeline = page.get_by_role("img", name="Timeline of")
    box = timeline.bounding_box()
    assert box is not None
    for part in range(1, 20):
        page.mouse.move(box["x"] + box["width"] * part / 20, box["y"] + box["height"] / 2)
    is_harmless(page)


PAGES = {
    address("users"): "table",
    address("users", FIRST): "heading",
    address("traces"): "table",
    address("quality"): "table",
    address("compare", a=FIRST, b=SECOND): "heading",
    address("compare", a=ALL, b=FIRST): "heading",
    address("analytics", groupBy="user"): "table",
    address("analytics", groupBy="tag"): "table",
    address("analytics", groupBy=f"metadata.{FIRST}"): "table",
    address("analytics", "costs", groupBy="traceName"): "table",
    address("analytics", "costs", groupBy="model"): "table",
    address("analytics", "goals"): "table",
    address("journeys") + "?steps=100&least=1": "listitem",
    address("funnels", step=FIRST) + "&step=" + address(SECOND)[1:]: "listitem",
    address("alerts"): "listitem",
    address("alerts", view="rules"): "table",
    address("settings", "keys"): "table",
    address("settings", "prices"): "table",
    address("settings", "audit"): "listitem",
}
"""Addresses, and what on the page has the words of telemetry or of people in it."""


@pytest.mark.parametrize("where", PAGES)
def test_hostile_text_stays_text_wherever_else_it_is_shown(where: str, visit: Visit, hostile_project: Api) -> None:
    page = visit(hostile_project, where)
    expect(page.locator("main").get_by_role(PAGES[where]).filter(has_text="window.ran").first).to_be_visible()  # type: ignore[arg-type]
    is_harmless(page)


def test_hostile_text_stays_text_in_menus_dialogs_notices_and_the_palette(visit: Visit, hostile_project: Api) -> None:
    page = visit(hostile_project, session_path(FIRST))
    page.get_by_role("button", name="Delete the session").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    is_harmless(page)
    page.keyboard.press("Escape")
    page.keyboard.press("Control+k")
    page.keyboard.type("window.ran")
    expect(page.get_by_role("dialog").get_by_role("option").filter(has_text="window.ran").first).to_be_visible()
    is_harmless(page)
    page.keyboard.press("Escape")
    go(page, "/sessions")
    page.get_by_role("button", name="View").first.click()
    expect(page.get_by_text(FIRST, exact=True).first).to_be_visible()
    is_harmless(page)


def test_hostile_text_stays_text_for_whoever_has_a_link(visit: Visit, hostile_project: Api) -> None:
    made = hostile_project.http.post(f"/observability{session_path(FIRST)}/shares", json={})
    assert made.status_code == 201, made.text
    page = visit(hostile_project, made.json()["link"], signed_in=False, expected="status of 401")
    expect(page.get_by_role("heading", level=1)).to_have_text(FIRST)
    is_harmless(page)
