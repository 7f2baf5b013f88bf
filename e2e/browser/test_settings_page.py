"""What a project sets for itself, where it is set: keys, prices, boundaries and retention, and who may not."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from e2e.api import Api, eventually
from e2e.browser.conftest import Visit
from e2e.browser.conversations import ago, chat_turn
from e2e.browser.hostile_texts import PAYLOADS
from e2e.browser.support import support

INJECTED = "script:not([src^='/assets/']), iframe, base, object, embed, svg[onload], img:not([src='/favicon.svg'])"


@pytest.fixture
def shop(project: Api) -> Api:
    project.send(support())
    return project


def open_section(page: Page, label: str) -> None:
    page.get_by_role("navigation", name="Settings").get_by_role("link", name=label, exact=True).click()


def status_with(api: Api, key: str) -> int:
    """What the list answers to who has this key."""
    with Api(api.url, key) as caller:
        return caller.http.get("/observability/sessions").status_code


def test_a_key_is_shown_once_works_and_is_revoked_after_it_was_asked(visit: Visit, project: Api) -> None:
    page = visit(project, "/settings")
    expect(page.get_by_label("This project")).to_contain_text(project.url)
    open_section(page, "API keys")
    page.get_by_label("Name", exact=True).fill("the worker")
    page.get_by_label("read: see everything").check()
    page.get_by_role("button", name="Make the key").click()
    secret = page.get_by_label("API key", exact=True).input_value()
    assert status_with(project, secret) == 200
    row = page.get_by_role("table", name="Keys").get_by_role("row", name="the worker")
    expect(row).to_contain_text("ingest, read")
    expect(row).to_contain_text(f"{secret[:7]}…")
    expect(row).to_contain_text("works")
    page.reload()
    expect(row).to_be_visible()
    assert secret not in page.content()

    row.get_by_role("button", name="Revoke the worker").click()
    asked = page.get_by_role("dialog", name="Revoke this key?")
    expect(asked.get_by_role("button", name="Keep it")).to_be_focused()
    page.keyboard.press("Enter")
    expect(asked).to_be_hidden()
    assert status_with(project, secret) == 200
    row.get_by_role("button", name="Revoke the worker").click()
    asked.get_by_role("button", name="Revoke the key").click()
    expect(row).to_contain_text("revoked just now")
    assert status_with(project, secret) == 401


def test_a_project_is_made_with_a_key_of_its_own(visit: Visit, project: Api) -> None:
    page = visit(project, "/settings", expected="status of 400")
    form = page.get_by_label("Another project")
    form.get_by_label("Name").fill("No Such Name!")
    form.get_by_role("button", name="Make the project").click()
    expect(form.get_by_role("alert")).to_be_visible()
    name = f"made-{project.key[-8:].lower()}"
    form.get_by_label("Name").fill(name)
    form.get_by_role("button", name="Make the project").click()
    with Api(project.url, form.get_by_label("API key", exact=True).input_value()) as other:
        assert other.http.get("/auth/me").json()["project"]["name"] == name


def test_an_unpriced_model_leads_to_its_price_and_the_past_is_repriced(visit: Visit, shop: Api) -> None:
    assert shop.get("/sessions")["data"][0]["unpricedModels"] == ["a-model-nobody-prices"]
    page = visit(shop, "/settings/prices")
    page.get_by_label("Models without a price").get_by_role("link", name="a-model-nobody-prices").click()
    expect(page).to_have_url(f"{shop.url}/settings/prices?model=a-model-nobody-prices")
    form = page.get_by_label("A new price")
    expect(form.get_by_label("Model")).to_have_value("a-model-nobody-prices")
    form.get_by_label("Input").fill("free")
    expect(form.get_by_role("button", name="Set the price")).to_be_disabled()
    form.get_by_label("Input").fill("1000")
    form.get_by_label("From (UTC)").fill("2020-01-01")
    form.get_by_role("button", name="Set the price").click()
    row = page.get_by_role("table", name="Prices").get_by_role("row", name="a-model-nobody-prices")
    expect(row).to_contain_text("$1,000.00")
    expect(row).to_contain_text("from 2020-01-01")
    past = page.get_by_label("Reprice the past")
    past.get_by_role("combobox").select_option("of all time")
    past.get_by_role("button", name="Reprice the calls").click()
    expect(past.get_by_role("list", name="Repricings")).to_contain_text(re.compile(r"Done.* 1 changed"))
    assert eventually(lambda: shop.get("/sessions")["data"][0]["unpricedModels"], lambda found: found == []) == []

    row.get_by_role("button", name="Delete the price of a-model-nobody-prices").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete the price").click()
    expect(page.get_by_text("None yet.")).to_be_visible()
    assert shop.get("/prices")["data"] == []


def test_a_pattern_prices_every_model_that_fits(visit: Visit, shop: Api) -> None:
    page = visit(shop, "/settings/prices")
    form = page.get_by_label("A new price")
    for label, value in (
        ("Model", "a-model-*"),
        ("Provider", "acme"),
        ("Output", "$0.60"),
        ("Before (UTC)", "2030-02-01"),
    ):
        form.get_by_label(label).fill(value)
    form.get_by_role("button", name="Set the price").click()
    expect(page.get_by_role("row", name="a-model-*")).to_contain_text("before 2030-02-01")
    (price,) = shop.get("/prices")["data"]
    assert (price["model"], price["provider"], price["input"], price["output"]) == ("a-model-*", "acme", 0, 0.6)


def test_idle_time_and_automatic_sessions_hold_at_once(visit: Visit, shop: Api) -> None:
    page = visit(shop, "/settings/sessions")
    idle = page.get_by_label("Idle time", exact=True)
    idle.get_by_label("Minutes").fill("0")
    expect(idle.get_by_role("button")).to_be_disabled()
    idle.get_by_label("Minutes").fill("5")
    idle.get_by_label("Minutes").press("Enter")
    expect(idle.get_by_role("status")).to_have_text("Saved")
    auto = page.get_by_label("Make sessions of traces that name only a user")
    auto.check()
    wanted = {"idleMinutes": 5, "autoSessions": True, "retentionDays": None}
    found = eventually(lambda: shop.get("/settings"), lambda told: told | wanted == told)
    assert {name: found[name] for name in wanted} == wanted
    page.reload()
    expect(idle.get_by_label("Minutes")).to_have_value("5")
    expect(auto).to_be_checked()


def test_retention_says_what_it_would_erase_and_asks(visit: Visit, project: Api) -> None:
    project.send([chat_turn("old", ago(days=40), "Long ago"), chat_turn("new", ago(days=1), "Yesterday")])
    page = visit(project, "/settings/sessions")
    part = page.get_by_label("Retention", exact=True)
    part.get_by_label("Days to keep").fill("90")
    expect(part).to_contain_text("nothing is erased today")
    part.get_by_label("Days to keep").fill("30")
    expect(part).to_contain_text("It would erase 1 session with 1 turn")
    part.get_by_role("button", name="Save the retention").click()
    asked = page.get_by_role("dialog", name="Keep 30 days only?")
    expect(asked).to_contain_text("1 session with 1 turn")
    asked.get_by_role("button", name="Keep everything").click()
    assert project.get("/settings")["retentionDays"] is None
    part.get_by_role("link", name="1 session").click()
    expect(page.get_by_role("table", name="Sessions").get_by_role("link", name="Long ago")).to_be_visible()

    page.go_back()
    part.get_by_label("Days to keep").fill("30")
    part.get_by_role("button", name="Save the retention").click()
    asked.get_by_role("button", name="Erase what is older").click()
    expect(asked).to_be_hidden()
    assert project.get("/settings")["retentionDays"] == 30


def test_who_may_only_read_sees_settings_and_changes_none(visit: Visit, project: Api) -> None:
    made = project.http.post("/observability/keys", json={"name": "reader", "scopes": ["read"]}).json()
    with Api(project.url, made["apiKey"]) as reader:
        page = visit(reader, "/settings/keys")
    expect(page.get_by_text("Only owners, and keys with the scope admin, see the project’s keys.")).to_be_visible()
    open_section(page, "Prices")
    expect(page.get_by_label("Prices", exact=True).first).to_be_visible()
    expect(page.get_by_role("button", name="Set the price")).to_have_count(0)
    open_section(page, "Sessions and retention")
    expect(page.get_by_label("Minutes")).to_be_disabled()
    expect(page.get_by_role("main").get_by_role("button")).to_have_count(0)


def test_hostile_names_of_keys_and_models_stay_text(visit: Visit, project: Api) -> None:
    for text in PAYLOADS:
        project.http.post("/observability/keys", json={"name": text[:100], "scopes": ["ingest"]})
        project.http.post("/observability/prices", json={"model": text[:200], "input": 1})
    page = visit(project, "/settings/keys")
    expect(page.get_by_role("table", name="Keys")).to_be_visible()
    expect(page.locator(INJECTED)).to_have_count(0)
    assert page.evaluate("window.ran") is None
    open_section(page, "Prices")
    expect(page.get_by_role("table", name="Prices")).to_be_visible()
    expect(page.locator(INJECTED)).to_have_count(0)
    assert page.evaluate("window.ran") is None
