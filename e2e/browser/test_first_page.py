"""What the browser has to fetch before somebody sees the list of sessions."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Response, Route, expect

from e2e.api import Api, eventually
from e2e.browser.conftest import Visit
from e2e.browser.sample import sample
from e2e.server_process import ROOT, ServerProcess

BUDGET = 350 * 1024
"""Bytes of JavaScript, as gzip makes them."""
PAGES = ROOT / "ui/src/pages"


@pytest.fixture(scope="module")
def few(server: ServerProcess) -> Iterator[Api]:
    with server.api.new_project("first-page") as api:
        api.send(sample())
        yield api


def test_the_list_fetches_little_javascript_and_that_of_no_other_page(visit: Visit, few: Api) -> None:
    page = visit(few, "/login", signed_in=True)
    fetched: list[Response] = []

    def note(response: Response) -> None:
        fetched.append(response)

    page.on("response", note)
    page.goto("/sessions")
    expect(page.get_by_role("table", name="Sessions").get_by_role("link")).to_have_count(7)
    page.wait_for_load_state("networkidle")
    scripts = {
        urlsplit(response.url).path.rpartition("/")[2]: response.body()
        for response in fetched
        if response.request.resource_type == "script"
    }
    sizes = {name: len(gzip.compress(body)) for name, body in scripts.items()}
    assert 0 < sum(sizes.values()) <= BUDGET, sizes
    lazy = {path.stem for path in PAGES.glob("*/*Page.tsx")} - {"SessionsPage", "LoginPage"}
    assert len(lazy) > 8
    others = lazy | {"Palette", "Charts", "Transcript", "ReplayBar"}
    assert {name for name in scripts if name.split("-")[0] in others} == set()
    with page.expect_response(lambda response: "/Palette-" in response.url and response.url.endswith(".js")):
        page.keyboard.press("Control+k")
    page.keyboard.type("quality")
    expect(page.get_by_role("dialog", name="Command palette").get_by_role("combobox")).to_have_value("quality")


@pytest.mark.parametrize(
    ("path", "asked"),
    [
        ("/sessions", {"/observability/sessions"}),
        (
            "/sessions/s-1",
            {
                "/observability/sessions/s-1",
                "/observability/sessions/s-1/conversation",
                "/observability/sessions/s-1/traces",
            },
        ),
    ],
)
def test_what_a_page_shows_is_asked_for_while_it_is_asked_who_is_there(
    path: str, asked: set[str], visit: Visit, project: Api
) -> None:
    """One after the other, each answer would wait for the one before, and the page for all of them."""
    project.send([{"id": "t-1", "name": "chat-turn", "sessionId": "s-1", "input": "Hello!", "output": "Hi."}])
    page = visit(project, "/login")
    held: list[Route] = []
    page.route("**/auth/me", lambda route: held.append(route))  # noqa: PLW0108 (Playwright marks what it is given)
    seen: set[str] = set()
    page.on("response", lambda response: seen.add(urlsplit(response.url).path))
    page.goto(path)
    assert eventually(lambda: page.wait_for_timeout(20) or seen & asked, lambda found: found == asked) == asked
    expect(page.get_by_text("Hello!")).to_have_count(0)
    for route in held:
        route.continue_()
    expect(page.get_by_text("Hello!").first).to_be_visible()
