"""Two periods or two releases: what differs, and whether by more than noise."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from e2e.api import Api
from e2e.browser.conftest import Visit
from e2e.browser.conversations import ago, chat_turn
from e2e.server_process import ServerProcess

EACH = 12


@pytest.fixture(scope="module")
def project(server: ServerProcess) -> Iterator[Api]:
    """A release whose sessions have far more tokens than those of the release before."""
    with server.api.new_project("compare") as api:
        old = [
            chat_turn(f"old-{n}", ago(days=9, minutes=n), "Hi", release="v1", tokens=(100 + n, 10)) for n in range(EACH)
        ]
        new = [
            chat_turn(
                f"new-{n}",
                ago(days=2, minutes=n),
                "Hi",
                release="v2",
                tokens=(5000 + n, 10),
                error="x" if n < 2 else None,
            )
            for n in range(EACH)
        ]
        api.send([*old, *new])
        yield api


def test_two_periods_tell_what_differs_and_by_which_test(visit: Visit, project: Api) -> None:
    page = visit(project, "/sessions")
    page.get_by_role("link", name="Compare", exact=True).click()
    tokens = page.get_by_role("row", name="Tokens per session")
    expect(tokens).to_contain_text("Differs")
    expect(tokens).to_contain_text("Mann-Whitney U test")
    expect(tokens).to_contain_text(
        "In 100% of pairs the session of this period has more tokens than that of the period before"
    )
    turns = page.get_by_role("row", name="Turns per session")
    expect(turns).to_contain_text("Not tested")
    expect(turns).to_contain_text("All values are equal")
    expect(page.get_by_role("row", name="Error rate")).to_contain_text("z-test of two proportions")

    page.get_by_role("link", name=f"2 of {EACH} sessions had an error: show them").click()
    expect(page.get_by_role("table", name="Sessions").locator("[data-index]")).to_have_count(2)


def test_two_releases_are_chosen_from_those_that_are_known(visit: Visit, project: Api) -> None:
    page = visit(project, "/compare")
    page.get_by_role("link", name="Two releases").click()
    expect(page.get_by_text("Choose the two releases")).to_be_visible()
    for label, release in (("Release", "v2"), ("Compared with", "v1")):
        page.get_by_role("combobox", name=label, exact=True).click()
        page.get_by_role("option", name=release).click()
    expect(page.get_by_role("row", name="Tokens per session")).to_contain_text("the session of v2 has more tokens")
    page.reload()
    page.get_by_role("columnheader", name="v1").get_by_role("link").click()
    page.wait_for_url("**/sessions?release=v1")
    expect(page.get_by_role("table", name="Sessions").locator("[data-index]")).to_have_count(EACH)


def test_a_period_of_nothing_is_not_tested(visit: Visit, project: Api) -> None:
    page = visit(project, "/compare?range=1h")
    expect(page.get_by_text("Nothing could be tested.")).to_be_visible()
    expect(page.get_by_text("fewer than 8 sessions")).to_have_count(6)
