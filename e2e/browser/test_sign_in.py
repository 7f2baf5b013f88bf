"""Signing in, with a key or with the link, and out again."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from e2e.api import Api
from e2e.browser.conftest import Visit
from e2e.server_process import ServerProcess

NOT_SIGNED_IN = r"status of 401"


def test_a_key_signs_in_and_leads_to_where_one_wanted_to_go(visit: Visit, project: Api) -> None:
    page = visit(project, "/sessions?sort=totalCost", signed_in=False, expected=NOT_SIGNED_IN)
    expect(page.get_by_role("heading", name="Sign in to Threadline")).to_be_visible()
    page.get_by_label("API key").fill(f" {project.key} ")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Sessions", exact=True)).to_be_visible()
    expect(page).to_have_url(f"{project.url}/sessions?sort=totalCost")


def test_a_wrong_key_is_refused_with_words_that_help(visit: Visit, project: Api) -> None:
    page = visit(project, "/login", signed_in=False, expected=NOT_SIGNED_IN)
    page.get_by_label("API key").fill("pk_wrong")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Cannot sign in: the key or link is wrong, used up or revoked.")).to_be_visible()
    expect(page.get_by_label("API key")).to_have_attribute("aria-invalid", "true")


def test_the_printed_link_signs_in_once_and_leaves_no_token_behind(visit: Visit, server: ServerProcess) -> None:
    (link,) = re.findall(r"/login#token=\S+", server.log.read_text())[-1:]
    page = visit(server.api, link, signed_in=False)
    expect(page.get_by_role("heading", name="Sessions", exact=True)).to_be_visible()
    expect(page).to_have_url(f"{server.url}/")
    page.go_back()
    assert "token" not in page.url

    again = visit(server.api, link, signed_in=False, expected=NOT_SIGNED_IN)
    expect(again.get_by_text("Cannot sign in: the key or link is wrong, used up or revoked.")).to_be_visible()
    expect(again).to_have_url(f"{server.url}/login")


def test_signing_out_ends_at_the_sign_in_page_and_shows_nothing_any_more(visit: Visit, project: Api) -> None:
    page = visit(project, expected=NOT_SIGNED_IN)
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in to Threadline")).to_be_visible()
    page.goto("/sessions")
    expect(page.get_by_role("heading", name="Sign in to Threadline")).to_be_visible()


@pytest.mark.parametrize(
    "elsewhere", ["https://example.com/", "//example.com/", "/\\example.com", "javascript:alert(1)"]
)
def test_signing_in_never_leads_to_another_site(visit: Visit, project: Api, elsewhere: str) -> None:
    page = visit(project, "/login?next=" + elsewhere, signed_in=False)
    page.get_by_label("API key").fill(project.key)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Sessions", exact=True)).to_be_visible()
    expect(page).to_have_url(f"{project.url}/")


def test_who_is_invited_makes_an_account_and_signs_in_with_it(visit: Visit, project: Api) -> None:
    link = project.http.post("/observability/invitations", json={"role": "viewer"}).json()["link"]
    page = visit(project, link.removeprefix(project.url), signed_in=False)
    expect(page.get_by_role("heading", name="You are invited to Threadline")).to_be_visible()
    assert "invitation" not in page.url
    email = f"{project.http.get('/auth/me').json()['project']['name']}@test.example"
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password", exact=True).fill("a dozen letters and more")
    page.get_by_role("button", name="Come in").click()
    expect(page.get_by_role("heading", name="Sessions", exact=True)).to_be_visible()

    again = visit(project, "/login?next=/analytics", signed_in=False, expected=NOT_SIGNED_IN)
    again.get_by_role("button", name="Use e-mail and password").click()
    again.get_by_label("E-mail").fill(email)
    again.get_by_label("Password", exact=True).fill("another dozen letters")
    again.get_by_role("button", name="Sign in").click()
    expect(again.get_by_text("Cannot sign in: the e-mail address or the password is wrong.")).to_be_visible()
    again.get_by_label("Password", exact=True).fill("a dozen letters and more")
    again.get_by_role("button", name="Sign in").click()
    expect(again).to_have_url(f"{project.url}/analytics")
