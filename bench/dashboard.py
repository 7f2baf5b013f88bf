"""The dashboard in a real Chromium, on 100,000 sessions and on one of 5,000 turns: ``make bench-dashboard``.

Fills a folder once a day (``fill.py``), starts ``threadline serve`` on it, and measures: the first page's first paint and when its
rows can be used, what is seen of a sort and of a filter, the session of 5,000 turns from its address until it can be read, the
longest task (``PerformanceObserver``) while it is scrolled, zoomed and replayed, and the JavaScript of the first page. Each is
the median of several; the least is told too, since it is what the machine's other programs disturb least. What misses its
budget in budgets.toml fails the run.

    .venv/bin/python bench/dashboard.py [--rounds 5] [--sessions 100000] [--turns 5000]
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import statistics
import sys
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, Locator, Page, sync_playwright

HERE: Final = Path(__file__).parent
sys.path[:0] = [str(HERE.parent), str(HERE)]

import session_page  # noqa: E402
from fill import Filling, filled, midnight  # noqa: E402

from e2e.api import eventually  # noqa: E402
from e2e.browser.conftest import ARGUMENTS, chromium_path  # noqa: E402
from e2e.server_process import ServerProcess  # noqa: E402

DAYS: Final = 30
WAIT_MS: Final = 60_000
WATCH: Final = """
window.longTasks = [];
new PerformanceObserver(list => {
  for (const entry of list.getEntries()) window.longTasks.push({start: entry.startTime, ms: entry.duration});
}).observe({type: 'longtask', buffered: true});
new MutationObserver((_, self) => {
  if (!document.querySelector('[role=row] a[href^="/sessions/"], tr a[href^="/sessions/"]')) return;
  self.disconnect();
  requestAnimationFrame(() => setTimeout(() => { document.documentElement.dataset.usable = performance.now(); }));
}).observe(document, {childList: true, subtree: true});
"""
CLICK: Final = """
button => new Promise((resolve, reject) => {
  setTimeout(() => reject(new Error('no other rows within a minute')), 60000);
  const shown = () => [...document.querySelectorAll('[role=row] a[href^="/sessions/"], tr a[href^="/sessions/"]')]
    .slice(0, 5).map(link => link.getAttribute('href')).join();
  const before = shown(), began = performance.now();
  new MutationObserver((_, self) => {
    const now = shown();
    if (now === before || now === '') return;
    self.disconnect();
    requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - began)));
  }).observe(document.body, {childList: true, subtree: true, attributes: true, attributeFilter: ['href']});
  button.click();
})
"""
"""Presses a button; milliseconds until other rows are painted."""
LONG: Final = "/sessions/long"


def seen_after(button: Locator) -> float:
    found: float = button.evaluate(CLICK)
    return found


def first_page(browser: Browser, server: ServerProcess, rounds: int) -> dict[str, list[float]]:
    """Opened again and again in one profile: of a warm server, with a warm cache after the first."""
    page = opened(browser, server, WATCH)
    paints, usable = [], []
    for number in range(rounds + 1):
        page.goto("about:blank")
        page.goto("/sessions")
        ready = page.locator("html[data-usable]")
        ready.wait_for(state="attached", timeout=WAIT_MS)
        if number:
            paints.append(page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime"))
            usable.append(float(ready.get_attribute("data-usable") or "nan"))
    found = {"first_paint_ms": paints, "list_usable_ms": usable, "first_page_js_kb": [scripts_kb(page)]}
    page.context.close()
    return found


def scripts_kb(page: Page) -> float:
    """What the scripts that the page loaded weigh, compressed by gzip."""
    names = page.evaluate(
        "performance.getEntriesByType('resource').map(one => one.name).filter(one => /[.]js$/.test(one))"
    )
    return round(sum(len(gzip.compress(page.request.get(name).body(), 6)) for name in names) / 1024, 1)


def sorts_and_filters(browser: Browser, server: ServerProcess, rounds: int) -> dict[str, list[float]]:
    page = opened(browser, server, WATCH)
    found: dict[str, list[float]] = {"sort_ms": [], "filter_ms": []}
    for _ in range(rounds):
        page.goto("/sessions")
        page.locator("html[data-usable]").wait_for(state="attached", timeout=WAIT_MS)
        found["filter_ms"].append(seen_after(page.get_by_role("button", name="show the sessions with an error")))
        for column in ("Cost", "Turns", "Duration"):
            header = page.get_by_role("columnheader", name=column)
            found["sort_ms"].append(seen_after(header.get_by_role("button")))
    page.context.close()
    return found


def long_session(browser: Browser, server: ServerProcess, turns: int, rounds: int) -> dict[str, list[float]]:
    page = opened(browser, server, session_page.WATCH)
    found: dict[str, list[float]] = {"long_session_readable_ms": []}
    for number in range(rounds + 1):
        page.goto("about:blank")
        page.goto(LONG)
        readable = page.locator("html[data-readable]")
        readable.wait_for(state="attached", timeout=WAIT_MS)
        if number:
            found["long_session_readable_ms"].append(float(readable.get_attribute("data-readable") or "nan"))
    page.get_by_role("img", name=f"Timeline of {turns:,} turns").wait_for(timeout=WAIT_MS)
    session_page.take_tasks(page)
    for name, use in session_page.USES.items():
        longest = []
        for _ in range(rounds if use in {session_page.scroll, session_page.zoom} else 1):
            use(page)
            page.wait_for_timeout(300)
            longest.append(float(max(session_page.take_tasks(page), default=0)))
        found[f"longest_task_ms: {name}"] = longest
    page.context.close()
    return found


def opened(browser: Browser, server: ServerProcess, watch: str) -> Page:
    context = browser.new_context(base_url=server.url, viewport={"width": 1440, "height": 900})
    context.request.post("/auth/login", data={"apiKey": server.api.key})
    context.add_init_script(watch)
    page = context.new_page()
    page.set_default_timeout(WAIT_MS)
    return page


def add_long_session(server: ServerProcess, turns: int) -> None:
    """Sent once; the folder keeps it."""
    http = server.api.http

    def there() -> int:
        answer = http.get(f"/observability{LONG}")
        count: int = answer.json()["traceCount"] if answer.is_success else 0
        return count

    if there() != turns:
        made = session_page.turns(turns)
        for first in range(0, turns, session_page.BATCH):
            some = made[first : first + session_page.BATCH]
            http.post("/observability/traces", json={"traces": some}).raise_for_status()
        if eventually(there, lambda count: count == turns, within_s=120) != turns:
            sys.exit("cannot measure: the session of many turns is not complete after two minutes")


def judged(found: Mapping[str, Sequence[float]]) -> int:
    """Print each figure beside its budget; answer how many miss theirs."""
    budgets = tomllib.loads((HERE / "budgets.toml").read_text())["dashboard"]
    missed = 0
    for name, values in found.items():
        most = budgets[name.partition(":")[0]]["most"]
        middle = statistics.median(values)
        missed += middle > most
        told = " ".join(f"{value:8,.0f}" for value in (middle, min(values), max(values)))
        print(f"{'ok' if middle <= most else 'MISSED':6} {name:38} {told}   {most:,}", flush=True)
    return missed


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sessions", type=int, default=100_000)
    parser.add_argument("--turns", type=int, default=session_page.TURNS)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--data", type=Path, default=HERE / "data" / "dashboard")
    given = parser.parse_args()
    filled(given.data, Filling(given.sessions, DAYS, midnight()))
    load = os.getloadavg()[0]
    with ServerProcess(given.data) as server, sync_playwright() as playwright:
        add_long_session(server, given.turns)
        sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=[*ARGUMENTS, *sandbox])
        found: dict[str, list[float]] = {}
        missed = 0
        print(f"{'':6} {'':38} {'median':>8} {'least':>8} {'most':>8}   budget")
        for part in (
            lambda: first_page(browser, server, given.rounds),
            lambda: sorts_and_filters(browser, server, given.rounds),
            lambda: long_session(browser, server, given.turns, given.rounds),
        ):
            some = part()
            found |= some
            missed += judged(some)
        browser.close()
    loads = [load, os.getloadavg()[0]]
    print(
        f"load of the machine before and after: {loads[0]:.1f}, {loads[1]:.1f}; {missed} of {len(found)} figures missed"
    )
    (HERE / "results").mkdir(exist_ok=True)
    (HERE / "results" / "dashboard.json").write_text(json.dumps({"load": loads, "figures": found}, indent=1))
    return min(1, missed)


if __name__ == "__main__":
    sys.exit(main())
