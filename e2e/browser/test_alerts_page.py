"""Alerts: rules are made, paused, changed and deleted; what fired leads to its session, and is counted until it was seen."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from e2e.api import Api, eventually, session_path
from e2e.browser.conftest import Visit
from e2e.browser.conversations import ago, chat_turn
from e2e.browser.hostile_texts import PAYLOADS
from e2e.browser.test_settings_page import INJECTED

FAILED = "status of 400"
LONG = 'long "talk"/1'


def new_rule(page: Page, **values: str) -> None:
    """Open the form and fill it in by its labels."""
    page.get_by_role("button", name="New rule").click()
    form = page.get_by_role("dialog", name="New rule")
    for label, value in values.items():
        field = form.get_by_label(label.replace("_", " "))
        if field.evaluate("element => element.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)


def turns(session_id: str, count: int) -> list[dict[str, object]]:
    return [chat_turn(session_id, ago(seconds=60 - number), f"Question {number}") for number in range(count)]


def test_what_fired_is_counted_leads_to_its_session_and_is_seen(visit: Visit, project: Api) -> None:
    page = visit(project, "/alerts")
    main = page.get_by_role("main")
    main.get_by_role("link", name="make one").click()
    new_rule(page, Name="long talks", Its="turns", Above="2")
    page.get_by_role("button", name="Add the rule").click()
    row = page.get_by_role("table", name="Rules").get_by_role("row", name="long talks")
    expect(row).to_contain_text("turns of a session above 2")

    page.goto("/sessions")
    count = page.get_by_role("navigation", name="Main").locator("[data-tip='1 alert nobody has seen']")
    expect(page.get_by_role("heading", name="No session yet")).to_be_visible()
    expect(count).to_have_count(0)
    project.send([*turns(LONG, 3), *turns("short", 2)])
    assert eventually(lambda: len(project.get("/alerts")["data"]), lambda found: found == 1) == 1
    expect(count).to_have_text("1 new", timeout=40_000)

    page.get_by_role("link", name="Alerts").click()
    fired = main.get_by_role("list", name="Alerts").get_by_role("listitem")
    expect(fired).to_contain_text("long talks")
    expect(fired).to_contain_text("turns 3, limit 2")
    expect(fired.get_by_role("img", name="Firing")).to_be_visible()
    fired.get_by_role("link", name=f"Session {LONG}").click()
    expect(page).to_have_url(f"{project.url}{session_path(LONG)}")
    page.go_back()
    fired.get_by_role("button", name="Mark long talks as seen").click()
    expect(fired).to_contain_text("seen just now")
    expect(count).to_have_count(0)
    main.get_by_role("button", name="New").click()
    expect(page).to_have_url(f"{project.url}/alerts?state=new")
    expect(main.get_by_text("No alert is like this.")).to_be_visible()


def test_a_rule_on_a_window_is_changed_paused_and_deleted(visit: Visit, project: Api) -> None:
    page = visit(project, "/alerts?view=rules", expected=FAILED)
    new_rule(page, Name="errors", Look_at="aggregate", Limit="20", Window="15m", Only_of_sessions_where="nonsense = 1")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("At least so many").fill("5")
    dialog.get_by_role("button", name="Add the rule").click()
    expect(dialog.get_by_role("alert")).to_contain_text("Not saved.")
    dialog.get_by_label("Only of sessions where").fill('environment = "production"')
    dialog.get_by_role("button", name="Add the rule").click()
    row = page.get_by_role("table", name="Rules").get_by_role("row", name="errors")
    expect(row).to_contain_text("share of sessions with an error above 20 % within 15m, of at least 5 sessions")
    expect(row).to_contain_text('environment = "production"')
    row.get_by_role("button", name="Pause errors").click()
    expect(row).to_contain_text("paused")
    row.get_by_role("button", name="Edit errors").click()
    expect(dialog.get_by_label("Limit")).to_have_value("20")
    dialog.get_by_label("Limit").fill("7.5")
    dialog.get_by_role("button", name="Save the rule").click()
    expect(row).to_contain_text("above 7.5 %")
    (rule,) = project.get("/alerts/rules")["data"]
    assert (rule["enabled"], rule["when"], rule["filters"]) == (
        False,
        {"aggregate": "errorRate", "above": 0.075, "window": 900_000, "minSessions": 5},
        {"filter": 'environment = "production"'},
    )
    row.get_by_role("button", name="Delete errors").click()
    page.get_by_role("dialog", name="Delete this rule?").get_by_role("button", name="Delete the rule").click()
    expect(page.get_by_text("There is no rule yet.")).to_be_visible()
    assert project.get("/alerts/rules")["data"] == []


def test_a_webhook_has_a_secret_that_is_shown_once_and_is_tried(visit: Visit, project: Api) -> None:
    page = visit(project, "/alerts?view=rules", expected=FAILED)
    new_rule(page, Name="told", Above="5", **{"Tell this address": "http://127.0.0.1:1/inside"})
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Make a secret to sign with").click()
    secret = dialog.get_by_label("signing secret", exact=True).input_value()
    assert len(secret) == 32
    dialog.get_by_role("button", name="Add the rule").click()
    expect(dialog.get_by_role("alert")).to_contain_text("Not saved.")
    dialog.get_by_label("Tell this address").fill("https://hooks.invalid/threadline")
    dialog.get_by_role("button", name="Add the rule").click()
    row = page.get_by_role("table", name="Rules").get_by_role("row", name="told")
    expect(row).to_contain_text("https://hooks.invalid/threadline")
    expect(row).to_contain_text("signed")
    assert secret not in page.content()
    row.get_by_role("button", name="Send a test to the webhook of told").click()
    expect(row.get_by_role("status")).to_contain_text("Not delivered:")

    row.get_by_role("button", name="Pause told").click()
    expect(row).to_contain_text("paused")
    assert project.get("/alerts/rules")["data"][0]["webhook"]["hasSecret"] is True


def test_hostile_names_of_rules_stay_text(visit: Visit, project: Api) -> None:
    for text in PAYLOADS:
        rule = {"name": text, "when": {"session": "traceCount", "above": 0}, "filters": {"tag": [text]}}
        assert project.http.post("/observability/alerts/rules", json=rule).status_code == 201
    page = visit(project, "/alerts?view=rules")
    expect(page.get_by_role("table", name="Rules").get_by_role("row")).to_have_count(len(PAYLOADS) + 1)
    expect(page.locator(INJECTED)).to_have_count(0)
    assert page.evaluate("window.ran") is None
