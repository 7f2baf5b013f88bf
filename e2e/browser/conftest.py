"""A browser, pages that are watched, and a screenshot of whatever fails."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Error, Page, expect, sync_playwright

from e2e.api import Api
from e2e.browser.watch import Watch
from e2e.server_process import ROOT

WITHOUT = (
    # Playwright's own list, which whoever names features replaces: those of it that matter here.
    "AimEnabled", "AvoidUnnecessaryBeforeUnloadCheckSync", "DestroyProfileOnBrowserClose", "HttpsUpgrades",
    "HttpsFirstBalancedModeAutoEnable", "LensOverlay", "MediaRouter", "OptimizationHints", "PaintHolding", "PreconnectToSearch",
    "ThirdPartyStoragePartitioning",
    # The pop-ups of each window's address bar: pages of their own that take as long to load as ours.
    "WebUIOmniboxPopup", "WebUIOmniboxAimPopup", "WebUIOmniboxFullPopup",
)  # fmt: skip
"""Features of Chromium that the tests do without."""
ARGUMENTS = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-features=" + ",".join(WITHOUT),
)
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
WAIT_MS = 20_000

Visit = Callable[..., Page]


def chromium_path() -> str | None:
    """Where `make browser` found one; None for Playwright's own."""
    noted = ROOT / ".venv/browser"
    if noted.exists():
        return noted.read_text().strip() or None
    return next((path for name in NAMES if (path := shutil.which(name))), None)


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        expect.set_options(timeout=WAIT_MS)
        sandbox = ("--no-sandbox",) if os.geteuid() == 0 else ()
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=[*ARGUMENTS, *sandbox])
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium: Browser, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Visit]:
    """Opens a page in a browser profile of its own, signed in with a key unless told otherwise.

    ``expected`` is a pattern of console messages that belong to the test; ``now`` stops the browser's clock.
    """
    watches: list[Watch] = []
    pages: list[Page] = request.node.stash.setdefault(PAGES, [])
    with ExitStack() as stack:

        def open_page(
            api: Api,
            path: str = "/sessions",
            *,
            signed_in: bool = True,
            expected: str = "",
            now: datetime | None = None,
            **options: Any,
        ) -> Page:
            options = {"viewport": {"width": 1440, "height": 900}, "timezone_id": "UTC", "locale": "en-GB"} | options
            context = chromium.new_context(base_url=api.url, reduced_motion="reduce", **options)
            stack.callback(context.close)
            context.set_default_timeout(WAIT_MS)
            if signed_in:
                assert context.request.post("/auth/login", data={"apiKey": api.key}).status == 204
            if now is not None:
                context.clock.set_fixed_time(now)
            page = context.new_page()
            pages.append(page)
            watches.append(Watch(page, api.url, expected))
            page.goto(path)
            return page

        yield open_page
        faults = [fault for watch in watches for fault in watch.faults]
        unseen = [watch for watch in watches if watch.documents == 0]
        if faults or unseen:
            shots = [str(path) for path in screenshots(pages, tmp_path)]
            pytest.fail("\n".join([*faults, f"pages without a document: {len(unseen)}", *shots]), pytrace=False)


PAGES = pytest.StashKey[list[Page]]()


def screenshots(pages: list[Page], folder: Path) -> Iterator[Path]:
    for number, page in enumerate(pages, 1):
        if not page.is_closed():
            path = folder / f"page-{number}.png"
            # A picture helps to understand a failure; without one the failure is still told.
            with suppress(Error):
                page.screenshot(path=path)
                yield path


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.when == "call" and report.failed:
        for path in screenshots(item.stash.get(PAGES, []), _folder_of(item)):
            report.sections.append(("Screenshot", str(path)))
    return report


def _folder_of(item: pytest.Item) -> Path:
    folder = getattr(item, "funcargs", {}).get("tmp_path")
    return folder or item.config.rootpath / re.sub(r"\W", "_", item.name)
