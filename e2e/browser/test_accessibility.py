"""The check of accessibility itself: it lets a sound page pass and names what is wrong with another."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from e2e.browser.conftest import Visit
from e2e.browser.support import no_serious_axe_violations
from e2e.server_process import ServerProcess


def test_a_button_without_a_name_is_found_and_named(visit: Visit, server: ServerProcess) -> None:
    page: Page = visit(server.api, "/login", signed_in=False)
    expect(page.get_by_role("heading").first).to_be_visible()
    no_serious_axe_violations(page)
    page.evaluate("document.querySelector('h1, h2').append(document.createElement('button'))")
    with pytest.raises(pytest.fail.Exception, match=r"critical button-name.*\n.*<button>"):
        no_serious_axe_violations(page)
