"""Who may get into a project, and one's own account: invited, given a role, removed, signed out elsewhere."""

from __future__ import annotations

import itertools

from playwright.sync_api import Locator, Page, expect

from e2e.api import Api
from e2e.browser.conftest import Visit
from e2e.browser.hostile_texts import PAYLOADS
from e2e.browser.people import PASSWORD, SignedIn, invite, join, sign_in

INJECTED = "script:not([src^='/assets/']), iframe, base, object, embed, svg[onload], img:not([src='/favicon.svg'])"
NUMBERS = itertools.count(1)


def someone(name: str) -> str:
    """An address that nobody else on the server has."""
    return f"{name}-{next(NUMBERS)}@test.example"


def visit_as(visit: Visit, project: Api, email: str, path: str, **options: str) -> Page:
    """The page, for somebody with a password."""
    page = visit(project, "/login", signed_in=False, expected=options.get("expected", "status of 401"))
    assert page.request.post("/auth/login", data={"email": email, "password": PASSWORD}).status == 204
    page.goto(path)
    return page


def people(page: Page, name: str) -> Locator:
    return page.get_by_role("list", name="People", exact=True).get_by_role("listitem").filter(has_text=name)


def test_somebody_is_invited_comes_in_gets_another_role_and_is_removed(visit: Visit, project: Api) -> None:
    page = visit(project, "/settings/people")
    expect(page.get_by_text("Nobody has an account yet")).to_be_visible()
    form = page.get_by_label("Invite somebody")
    expect(form.get_by_label("Role")).to_have_value("owner")
    ann, bob = someone("ann"), someone("bob")
    form.get_by_label("E-mail").fill(ann)
    form.get_by_role("button", name="Make the link").click()
    link = form.get_by_label("invitation link", exact=True).input_value()
    expect(form.get_by_role("status")).to_contain_text(f"For {ann}, as an owner")
    opened = page.get_by_role("list", name="Open invitations").get_by_role("listitem")
    expect(opened).to_contain_text(f"{ann}, as an owner")
    page.reload()
    expect(opened).to_be_visible()
    assert link.partition("#")[2] not in page.content()

    guest = visit(project, link, signed_in=False, expected="status of 401")
    guest.get_by_label("E-mail").fill(ann)
    guest.get_by_label("Name").fill("Ann")
    guest.get_by_label("Password", exact=True).fill(PASSWORD)
    guest.get_by_role("button", name="Come in").click()
    expect(guest.get_by_role("navigation", name="Main")).to_be_visible()
    browser = join(project, "viewer", bob)

    page.reload()
    expect(people(page, ann)).to_contain_text("Ann")
    expect(page.get_by_role("list", name="Open invitations")).to_have_count(0)
    page.get_by_label(f"Role of {bob}").select_option("member")
    expect(page.get_by_label(f"Role of {bob}")).to_have_value("member")
    page.get_by_role("button", name=f"Remove {bob}").click()
    asked = page.get_by_role("dialog", name="Remove from the project?")
    asked.get_by_role("button", name="Keep them").click()
    expect(asked).to_be_hidden()
    assert browser.send("GET", "/auth/me").json()["account"]["role"] == "member"
    page.get_by_role("button", name=f"Remove {bob}").click()
    asked.get_by_role("button", name="Remove from the project").click()
    expect(people(page, bob)).to_have_count(0)
    assert browser.status == 401


def test_an_open_invitation_is_withdrawn_and_its_link_leads_nowhere(visit: Visit, project: Api) -> None:
    link = invite(project, "member")
    page = visit(project, "/settings/people")
    page.get_by_role("button", name="Withdraw the invitation for whoever has the link").click()
    expect(page.get_by_role("list", name="Open invitations")).to_have_count(0)
    body = {"token": link.partition("=")[2], "email": someone("late"), "name": "", "password": PASSWORD}
    assert SignedIn(project.url, {}).send("POST", "/auth/accept", body).status_code == 401


def test_the_only_owner_stays_one_and_another_may_step_down(visit: Visit, project: Api) -> None:
    ann, bob = someone("ann"), someone("bob")
    join(project, "owner", ann, "Ann")
    other = join(project, "viewer", bob)
    page = visit_as(visit, project, ann, "/settings/people", expected="status of (401|409)")
    page.get_by_label(f"Role of {ann}").select_option("member")
    asked = page.get_by_role("dialog", name="Become a member?")
    asked.get_by_role("button", name="Become a member").click()
    expect(asked.get_by_role("alert")).to_contain_text("Make somebody else an owner first.")
    asked.get_by_role("button", name="Stay an owner").click()

    page.get_by_role("button", name=f"Sign {bob} out everywhere").click()
    page.get_by_role("dialog").get_by_role("button", name="Sign out everywhere").click()
    expect(page.get_by_role("dialog")).to_be_hidden()
    assert other.status == 401
    page.get_by_label(f"Role of {bob}").select_option("owner")
    expect(page.get_by_label(f"Role of {bob}")).to_have_value("owner")
    page.get_by_label(f"Role of {ann}").select_option("member")
    asked.get_by_role("button", name="Become a member").click()
    expect(page.get_by_text("You are a member of this project: ask an owner.")).to_be_visible()
    expect(page.get_by_role("list", name="People", exact=True)).to_have_count(0)


def test_a_viewer_is_told_why_and_looks_after_the_own_account(visit: Visit, project: Api) -> None:
    cleo = someone("cleo")
    elsewhere = join(project, "viewer", cleo, "Cleo")
    page = visit_as(visit, project, cleo, "/settings/people")
    expect(page.get_by_text("Only owners, and keys with the scope admin, see who is in the project.")).to_be_visible()
    expect(page.get_by_label("Invite somebody")).to_have_count(0)
    page.get_by_role("link", name="Your account").click()
    expect(page.get_by_label("Your account", exact=True).last).to_contain_text("viewer of")
    browsers = page.get_by_role("list", name="Browsers").get_by_role("listitem")
    expect(browsers).to_have_count(2)
    page.get_by_role("button", name="Sign out everywhere else").click()
    expect(browsers).to_have_count(1)
    assert elsewhere.status == 401

    again = sign_in(project, cleo)
    form = page.get_by_label("Password", exact=True)
    form.get_by_label("Current password", exact=True).fill("not this one, no")
    form.get_by_role("textbox", name="New password").fill("short")
    expect(form.get_by_role("button", name="Change the password")).to_be_disabled()
    form.get_by_role("textbox", name="New password").fill("another dozen letters")
    form.get_by_role("button", name="Change the password").click()
    expect(form.get_by_role("alert")).to_contain_text("the current one is another")
    assert again.status == 200
    form.get_by_label("Current password", exact=True).fill(PASSWORD)
    form.get_by_role("button", name="Change the password").click()
    expect(form.get_by_role("status")).to_have_text("Saved")
    assert (again.status, sign_in(project, cleo, "another dozen letters").status) == (401, 200)
    page.reload()
    expect(browsers.first).to_contain_text("This browser")


def test_who_came_with_a_key_has_no_account_and_sees_what_openid_connect_is_set_to(visit: Visit, project: Api) -> None:
    page = visit(project, "/settings/account")
    expect(page.get_by_text("which is nobody’s account")).to_be_visible()
    page.get_by_role("main").get_by_role("link", name="People").last.click()
    provider = page.get_by_label("OpenID Connect", exact=True)
    expect(provider).to_contain_text("Not set: people sign in with a password.")
    expect(provider).to_contain_text(f"{project.url}/auth/oidc/callback")


def test_hostile_names_of_people_stay_text(visit: Visit, project: Api) -> None:
    for text in [text for text in PAYLOADS if text.isprintable()][:3]:
        join(project, "viewer", someone("guest"), text[:200])
    page = visit(project, "/settings/people", viewport={"width": 390, "height": 800})
    expect(page.get_by_role("list", name="People", exact=True).get_by_role("listitem")).to_have_count(3)
    expect(page.locator(INJECTED)).to_have_count(0)
    assert page.evaluate("window.ran") is None
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
