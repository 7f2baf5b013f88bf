"""axe, the checker of accessibility, run inside a page: what it calls serious or critical fails a test."""

from __future__ import annotations

from functools import cache
from typing import Any, Final

import pytest
from playwright.sync_api import Page

from e2e.server_process import ROOT

SOURCE: Final = ROOT / "ui/node_modules/axe-core/axe.min.js"
FAILING: Final = ("serious", "critical")
RUN: Final = "async () => (await axe.run(document, {resultTypes: ['violations']})).violations"


def no_serious_axe_violations(page: Page) -> None:
    """Fails with each rule that the page breaks as it stands, the elements that break it and why."""
    # Evaluated by the debugger, so that the page's content security policy stays as it is.
    page.evaluate(_source())
    faults = [_told(found) for found in page.evaluate(RUN) if found["impact"] in FAILING]
    if faults:
        pytest.fail("\n".join([f"axe at {page.url}", *faults]), pytrace=False)


@cache
def _source() -> str:
    return SOURCE.read_text()


def _told(found: dict[str, Any]) -> str:
    places = [
        f"    {node['html'][:200]}\n      {node['failureSummary'].splitlines()[-1].strip()}" for node in found["nodes"]
    ]
    return "\n".join([f"  {found['impact']} {found['id']}: {found['help']}", *places])
