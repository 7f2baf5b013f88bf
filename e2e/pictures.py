"""Takes the pictures of the README and the documentation from the demo's conversations: ``make pictures``.

Two weeks before a fixed moment are played into a server of its own, and the browser's clock stands at that moment: the
same code gives the same pictures.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, NamedTuple

from playwright.sync_api import Browser, Page, expect, sync_playwright

from e2e.api import Api, eventually, session_path
from e2e.browser.conftest import ARGUMENTS, chromium_path
from e2e.server_process import KEY, ROOT, ServerProcess
from threadline_server.demo.filling import fill
from threadline_server.demo.goals import define_goals
from threadline_server.remote import Remote

FOLDER: Final = ROOT / "docs/images"
NOW: Final = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
SIZE: Final = {"width": 1280, "height": 800}
MOST_BYTES: Final = 300_000
WAIT_MS: Final = 30_000
SCHEMES: Final = ("light", "dark")


class Picture(NamedTuple):
    """A page as it is taken; ``ready`` brings it to what the picture shows and waits until it is there."""

    name: str
    path: str
    ready: Callable[[Page], None]


def _seen(role: str, name: str) -> Callable[[Page], None]:
    return lambda page: expect(page.locator(f'[role="{role}"][aria-label="{name}"]').first).to_be_visible()


def _list(page: Page) -> None:
    expect(page.get_by_role("table", name="Sessions").get_by_role("link").nth(5)).to_be_visible()
    expect(page.get_by_text("turns per session")).to_be_visible()


def _session(page: Page) -> None:
    expect(page.get_by_role("article", name="Turn 1", exact=True)).to_be_visible()
    page.keyboard.press("]")
    expect(page.get_by_role("tree", name="Steps of the turn").get_by_role("treeitem").first).to_be_visible()
    page.get_by_role("heading", level=1).scroll_into_view_if_needed()


def _replay(page: Page) -> None:
    expect(page.get_by_role("region", name="Replay")).to_be_visible()


def _palette(page: Page) -> None:
    _list(page)
    page.keyboard.press("Control+k")
    expect(page.get_by_role("combobox", name="Find a page, a session, a user or a command")).to_be_focused()
    page.keyboard.type("refund")
    expect(page.get_by_role("group", name="Said in").get_by_role("option").first).to_be_visible()


def _heading(name: str) -> Callable[[Page], None]:
    return lambda page: expect(page.get_by_role("heading", name=name, level=1)).to_be_visible()


def pictures(session: str) -> tuple[Picture, ...]:
    """All of them; ``session`` is the one that is opened."""
    opened = session_path(session)
    return (
        Picture("sessions", "/sessions", _list),
        Picture("session", opened, _session),
        Picture("replay", f"{opened}?at=38000", _replay),
        Picture("analytics", "/analytics", _heading("Analytics")),
        Picture("journeys", "/journeys", _seen("region", "Ways between steps")),
        Picture("palette", "/sessions", _palette),
    )


def main() -> None:
    """Take every picture, and say how large it is."""
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, ServerProcess(Path(folder) / "data") as server:
        fill(f"http://{KEY}@127.0.0.1:{server.port}/default", now=NOW)
        define_goals(Remote(server.url, KEY))
        todo = pictures(_telling(server.api))
        with _browser() as browser:
            for scheme in SCHEMES:
                _take(browser, server.api, scheme, todo)


def _telling(api: Api) -> str:
    """The id of a conversation with tools, several turns and a refund: the one that the product is for."""
    asked = {"q": "refund", "filter": "turns >= 4 and turns <= 8", "sort": "totalCost", "limit": 1}
    found = eventually(lambda: api.get("/sessions", **asked)["data"], bool)  # words come after the numbers
    session: str = found[0]["id"]
    return session


@contextmanager
def _browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        expect.set_options(timeout=WAIT_MS)
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=[*ARGUMENTS, "--no-sandbox"])
        yield browser
        browser.close()


def _take(browser: Browser, api: Api, scheme: str, todo: tuple[Picture, ...]) -> None:
    context = browser.new_context(
        base_url=api.url,
        viewport=SIZE,
        color_scheme=scheme,
        reduced_motion="reduce",
        timezone_id="UTC",
        locale="en-GB",
    )
    context.clock.set_fixed_time(NOW)
    if context.request.post("/auth/login", data={"apiKey": api.key}).status != 204:
        raise SystemExit("the server does not let the browser in")
    for name, path, ready in todo:
        page = context.new_page()
        page.goto(path)
        ready(page)
        page.wait_for_load_state("networkidle")
        file = FOLDER / f"{name}-{scheme}.png"
        page.screenshot(path=file, animations="disabled", caret="hide")
        page.close()
        size = file.stat().st_size
        print(f"{file.relative_to(ROOT)}  {size // 1000} KB")
        if size > MOST_BYTES:
            raise SystemExit(f"{file.name} is larger than {MOST_BYTES // 1000} KB: show less")
    context.close()


if __name__ == "__main__":
    main()
