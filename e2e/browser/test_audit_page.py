"""The audit log as sentences: chosen by who, what and when, page by page, for those who administer."""

from __future__ import annotations

from playwright.sync_api import expect

from e2e.api import Api
from e2e.browser.conftest import Visit
from e2e.browser.hostile_texts import PAYLOADS
from e2e.browser.people import join

INJECTED = "script:not([src^='/assets/']), iframe, base, object, embed, svg[onload], img:not([src='/favicon.svg'])"


def do(project: Api, method: str, path: str, **body: object) -> None:
    project.http.request(method, f"/observability{path}", json=body).raise_for_status()


def test_events_are_sentences_with_the_exact_values_on_hover(visit: Visit, project: Api) -> None:
    do(project, "POST", "/keys", name="ci", scopes=["read"])
    do(project, "PUT", "/settings", idleMinutes=5)
    do(project, "PUT", "/settings/masking", detectors=["email"])
    page = visit(project, "/settings/audit")
    events = page.get_by_role("list", name="Events").get_by_role("listitem")
    for said in (
        "Key first key signed in",
        "Key first key set masking to email",
        "Key first key changed the settings: idle time 5 min",
        "Key first key made key ci, which may read",
    ):
        expect(events.filter(has_text=said)).to_have_count(1)
    expect(events.first).to_contain_text("127.0.0.1")
    events.last.get_by_text("made key").hover()
    expect(page.get_by_role("tooltip")).to_contain_text("(ci): read")


def test_events_are_chosen_by_who_what_and_when_and_the_address_has_it(visit: Visit, project: Api) -> None:
    do(project, "POST", "/keys", name="ci")
    ann = join(project, "owner", f"ann-{project.key[-6:].lower()}@test.example")
    ann.send("POST", "/observability/keys", {"name": "hers"}).raise_for_status()
    page = visit(project, "/settings/audit")
    events = page.get_by_role("list", name="Events").get_by_role("listitem")
    expect(events).to_have_count(5)
    page.get_by_label("What", exact=True).select_option("Made a key")
    expect(events).to_have_count(2)
    page.get_by_label("Whose name has").fill("ANN-")
    page.keyboard.press("Enter")
    expect(events).to_have_count(1)
    expect(events).to_contain_text("made key hers")
    expect(page).to_have_url(f"{project.url}/settings/audit?action=key.create&name=ANN-")
    page.reload()
    expect(events).to_have_count(1)
    page.get_by_label("Who", exact=True).select_option("API keys")
    expect(page.get_by_text("Nothing is like this.")).to_be_visible()
    page.go_back()
    expect(events).to_have_count(1)
    page.get_by_role("link", name="Show everything").click()
    expect(events).to_have_count(5)
    page.goto("/settings/audit?to=2020-01-01T00:00:00.000Z")
    expect(page.get_by_text("Nothing is like this.")).to_be_visible()


def test_older_events_are_a_page_away_and_hostile_names_stay_text(visit: Visit, project: Api) -> None:
    for number in range(60 - len(PAYLOADS[:10])):
        do(project, "POST", "/keys", name=f"key {number}")
    for text in PAYLOADS[:10]:
        do(project, "POST", "/keys", name=text[:100])
    page = visit(project, "/settings/audit", viewport={"width": 390, "height": 800})
    events = page.get_by_role("list", name="Events").get_by_role("listitem")
    expect(events).to_have_count(50)
    page.get_by_role("button", name="Show older").click()
    expect(events).to_have_count(61)
    expect(page.get_by_role("button", name="Show older")).to_have_count(0)
    expect(page.locator(INJECTED)).to_have_count(0)
    assert page.evaluate("window.ran") is None
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_who_may_only_read_is_told_why_there_is_no_log(visit: Visit, project: Api) -> None:
    made = project.http.post("/observability/keys", json={"name": "reader", "scopes": ["read"]}).json()
    with Api(project.url, made["apiKey"]) as reader:
        page = visit(reader, "/settings/audit")
    expect(page.get_by_text("Only owners, and keys with the scope admin, see the audit log.")).to_be_visible()
    expect(page.get_by_text("The key that this browser signed in with does not have it.")).to_be_visible()
