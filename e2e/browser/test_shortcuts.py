"""The sheet of shortcuts tells what works on the page that is open, and each of them does."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from e2e.api import Api, session_path
from e2e.browser.conftest import Visit
from e2e.browser.support import SESSION, no_serious_axe_violations, support
from e2e.server_process import ServerProcess

EVERYWHERE = {"Command palette": "ctrlk", "This sheet": "?"}
TIMELINE = {"Previous and next turn": "←→", "Zoom in and out": "+-", "Show all": "0"}
SESSION_PAGE = {
    "Replay the session": "space",
    "Previous turn": "[",
    "Next turn": "]",
    "Back to the list": "u",
    "Bookmark the session": "b",
    "Transcript, to read and print": "p",
}
REPLAY = {
    "Play or pause": "space",
    "Back 5 seconds": "←",
    "On 5 seconds": "→",
    "Back one turn": "[",
    "On one turn": "]",
    "Next error": "e",
    "Leave the replay": "esc",
}


@pytest.fixture(scope="module")
def shop(server: ServerProcess) -> Iterator[Api]:
    with server.api.new_project("shortcuts") as api:
        api.send(support())
        yield api


def sheet(page: Page) -> dict[str, dict[str, str]]:
    """What the sheet says, by its headings; it is closed again."""
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(dialog).to_be_visible()
    told: dict[str, dict[str, str]] = dialog.evaluate(
        """dialog => Object.fromEntries([...dialog.querySelectorAll('section')].map(section => [
            section.querySelector('h3').textContent,
            Object.fromEntries([...section.querySelectorAll('dl > div')].map(row =>
                [row.querySelector('dt').textContent, row.querySelector('dd').textContent]))
        ]))"""
    )
    no_serious_axe_violations(page)
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    return told


def test_the_sheet_of_a_session_changes_with_what_is_open(visit: Visit, shop: Api) -> None:
    page = visit(shop, session_path(SESSION))
    expect(page.get_by_role("article", name="Turn 4")).to_be_visible()
    assert sheet(page) == {"Session": SESSION_PAGE, "In the timeline": TIMELINE, "Everywhere": EVERYWHERE}
    page.keyboard.press("]")
    expect(page.get_by_role("tree", name="Steps of the turn")).to_be_visible()
    told = sheet(page)
    assert told["Session"] == SESSION_PAGE | {"Close the inspector": "esc"}
    assert told["In the steps of a turn"] == {"Previous and next step": "↑↓", "Fold and unfold": "←→"}
    page.keyboard.press("Escape")
    page.keyboard.press(" ")
    expect(page.get_by_role("region", name="Replay")).to_be_visible()
    page.keyboard.press(" ")
    told = sheet(page)
    assert told["Replay"] == REPLAY
    assert told["Session"] == {name: SESSION_PAGE[name] for name in list(SESSION_PAGE)[3:]}


def test_a_key_of_the_sheet_does_what_it_says(visit: Visit, shop: Api) -> None:
    page = visit(shop, session_path(SESSION))
    expect(page.get_by_role("article", name="Turn 4")).to_be_visible()
    page.keyboard.press("b")
    expect(page.get_by_role("button", name="Bookmarked")).to_be_visible()
    assert "Remove the bookmark" in sheet(page)["Session"]
    page.keyboard.press("b")
    expect(page.get_by_role("button", name="Bookmark", exact=True)).to_be_visible()
    page.keyboard.press("p")
    expect(page.get_by_text("Transcript of all 4 turns")).to_be_visible()
