"""Light and dark, wide and narrow."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from e2e.api import Api, session_path
from e2e.browser.conftest import Visit
from e2e.browser.conversations import ago, chat_turn
from e2e.browser.sample import sample
from e2e.browser.support import SESSION, support
from e2e.server_process import ServerProcess

PHONE = {"width": 390, "height": 844}
UNBROKEN = "w" * 500


@pytest.fixture(scope="module")
def shop(server: ServerProcess) -> Iterator[Api]:
    long = chat_turn(
        UNBROKEN,
        ago(hours=1),
        UNBROKEN,
        f"```\n{UNBROKEN}\n```",
        userId=UNBROKEN,
        tags=[UNBROKEN],
        metadata={UNBROKEN: UNBROKEN},
        id="long",
    )
    with server.api.new_project("looks") as api:
        api.send([*support(), *sample(), long])
        yield api


def scheme_of(page: Page) -> tuple[str | None, bool]:
    """What the page says that its scheme is, and whether its ground is dark."""
    root = page.locator("html")
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor.match(/\\d+/g).slice(0, 3).map(Number)")
    return root.get_attribute("data-mantine-color-scheme"), max(ground) < 64


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_is_light_or_dark_as_the_system_is(visit: Visit, shop: Api, scheme: str) -> None:
    page = visit(shop, color_scheme=scheme)
    expect(page.get_by_role("table", name="Sessions")).to_be_visible()
    assert scheme_of(page) == (scheme, scheme == "dark")


def test_the_theme_that_was_chosen_outlives_a_reload(visit: Visit, shop: Api) -> None:
    page = visit(shop, color_scheme="light")
    page.get_by_role("button", name="Theme: As the system").click()
    page.get_by_role("menuitem", name="Dark").click()
    expect(page.locator("html")).to_have_attribute("data-mantine-color-scheme", "dark")
    page.reload()
    expect(page.get_by_role("button", name="Theme: Dark")).to_be_visible()
    assert scheme_of(page) == ("dark", True)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_filled_button_can_be_read(visit: Visit, project: Api, scheme: str) -> None:
    page = visit(project, "/login", color_scheme=scheme)
    page.get_by_label("API key").fill("pk_something")
    button = page.get_by_role("button", name="Sign in")
    expect(button).to_have_css("background-color", "rgb(79, 70, 229)")
    expect(button).to_have_css("color", "rgb(255, 255, 255)")


@pytest.mark.parametrize(
    "path",
    [
        "/sessions",
        "/sessions?tag=vip&userId=u-12&minCost=0.01",
        session_path(SESSION),
        session_path(UNBROKEN),
        "/login",
    ],
)
def test_nothing_makes_a_phone_scroll_sideways(visit: Visit, shop: Api, path: str) -> None:
    page = visit(shop, path, viewport=PHONE)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.wait_for_load_state("networkidle")
    widths = page.evaluate("[document.documentElement.scrollWidth, document.querySelector('main').scrollWidth]")
    assert max(widths) <= PHONE["width"]


def test_on_a_phone_a_row_is_a_card_and_leads_to_the_session(visit: Visit, shop: Api) -> None:
    page = visit(shop, "/sessions?userId=u-7", viewport=PHONE)
    page.get_by_role("link", name="“Fix the test”").click()
    expect(page.get_by_role("heading", name="Fix the test")).to_be_in_viewport()
    page.get_by_role("article", name="Turn 2").get_by_role("button", name="inspect it").click()
    panel = page.get_by_role("dialog", name="Inspector")
    expect(panel.get_by_role("heading", name="Turn 2 of 3")).to_be_in_viewport()
    panel.get_by_role("button", name="Close the inspector").click()
    expect(panel).to_be_hidden()


def test_on_a_phone_the_list_sorts_by_its_menu(visit: Visit, shop: Api) -> None:
    page = visit(shop, "/sessions?userId=u-7", viewport=PHONE)
    page.get_by_role("button", name="Sorted by Last activity").click()
    page.get_by_role("menuitem", name="Tokens").click()
    expect(page).to_have_url(f"{shop.url}/sessions?userId=u-7&sort=totalTokens")
    expect(page.get_by_role("table", name="Sessions").get_by_role("link")).to_have_text(["“Fix the test”", "“Hi”"])


def test_on_a_phone_the_navigation_opens_and_closes(visit: Visit, shop: Api) -> None:
    page = visit(shop, viewport=PHONE)
    burger = page.get_by_role("button", name="Navigation")
    expect(page.get_by_role("button", name="Sign out")).to_be_hidden()
    burger.click()
    expect(burger).to_have_attribute("aria-expanded", "true")
    expect(page.get_by_role("button", name="Sign out")).to_be_in_viewport()
