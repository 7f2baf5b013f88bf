"""A session on paper."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from e2e.api import Api, session_path
from e2e.browser.conftest import Visit
from e2e.browser.support import SESSION, TURNS, support
from e2e.server_process import ServerProcess

A4_WIDTH = 674
"""CSS pixels between the margins."""


@pytest.fixture(scope="module")
def shop(server: ServerProcess) -> Iterator[Api]:
    with server.api.new_project("print") as api:
        api.send(support())
        yield api


def test_the_transcript_is_light_whole_and_without_controls(visit: Visit, shop: Api) -> None:
    page = visit(shop, f"{session_path(SESSION)}?view=transcript", color_scheme="dark")
    expect(page.get_by_text("Transcript of all 4 turns")).to_be_visible()
    page.set_viewport_size({"width": A4_WIDTH, "height": 960})
    page.emulate_media(media="print")
    expect(page.locator("body")).to_have_css("background-color", "rgb(255, 255, 255)")
    expect(page.locator("h1")).to_have_css("color", "rgb(26, 26, 31)")
    main = page.get_by_role("main")
    for fact in (SESSION, "u-12", "production", "v2.0", "Duration", "Tokens", "Cost", *TURNS):
        expect(main.get_by_text(fact, exact=True).first).to_be_visible()
    for unfolded in ("You are the support of a shop. Be brief.", '"shipped"', "RateLimitError: slow down"):
        expect(main.get_by_text(unfolded).first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= A4_WIDTH
    shown = page.locator("button:visible, input:visible, canvas:visible, nav:visible").evaluate_all(
        """all => all.map(one => one.getAttribute('aria-label') ?? one.innerText)
            .filter(label => !/^Turn \\d|^gpt-4o|^System prompt|^lookup_order|^Timeline/.test(label))"""
    )
    assert shown == []
    pdf = page.pdf(format="A4", print_background=False)
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) in {2, 3}
