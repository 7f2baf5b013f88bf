"""People: how they come in, what their role lets them do, and how fast they are out again."""

import pytest
from fastapi.testclient import TestClient

from server.tests.identity.conftest import CHOSEN_KEY, HOME
from threadline_server.serve.auth import COOKIE

PASSWORD = "correct horse battery"
NOW = "2026-11-23T10:30:00.000Z"


def _link(owner, **wanted):
    answer = owner.post("/observability/invitations", json=wanted)
    assert answer.status_code == 201, answer.text
    return answer.json()["link"]


def _token(owner, **wanted):
    return _link(owner, **wanted).partition("#invitation=")[2]


def _came_in(owner, browser, email="ann@test.example", **wanted):
    page = browser()
    token = _token(owner, **wanted)
    answer = page.post("/auth/accept", json={"token": token, "email": email, "name": "Ann", "password": PASSWORD})
    assert answer.status_code == 204, answer.text
    return page


def _sign_in(browser, email="ann@test.example", password=PASSWORD, **more):
    page = browser()
    return page, page.post("/auth/login", json={"email": email, "password": password, **more})


# --- coming in ---


def test_an_invitation_makes_an_account_that_is_signed_in(owner, browser):
    page = _came_in(owner, browser, " Ann@Test.Example ", role="viewer")
    assert page.get("/auth/me").json() == {
        "project": {"id": 1, "name": "default"},
        "scopes": ["read"],
        "account": {
            "id": 1,
            "email": "ann@test.example",
            "name": "Ann",
            "role": "viewer",
            "hasPassword": True,
            "projects": ["default"],
        },
    }
    assert owner.get("/observability/accounts").json()["data"] == [
        {
            "id": 1,
            "email": "ann@test.example",
            "name": "Ann",
            "role": "viewer",
            "hasPassword": True,
            "createdAt": NOW,
            "lastSignedInAt": None,
        }
    ]


def test_an_invitation_is_a_link_that_no_list_shows_again(owner):
    link = _link(owner, role="member", email="bob@test.example")
    where, _, token = link.partition("#invitation=")
    assert (where, len(token)) == ("http://127.0.0.1:4318/login", 33)
    listed = owner.get("/observability/invitations")
    assert listed.json()["data"] == [
        {
            "id": 1,
            "role": "member",
            "email": "bob@test.example",
            "createdAt": NOW,
            "expiresAt": "2026-11-30T10:30:00.000Z",
        }
    ]
    assert token not in listed.text


def test_an_invitation_works_once(owner, browser):
    token = _token(owner)
    body = {"token": token, "name": "", "password": PASSWORD}
    answers = [
        browser().post("/auth/accept", json={**body, "email": f"{name}@test.example"}).status_code for name in "ab"
    ]
    assert answers == [204, 401]


def test_an_invitation_that_was_withdrawn_or_is_a_week_old_is_over(owner, browser, clock):
    withdrawn, old = _token(owner), _token(owner)
    assert owner.delete("/observability/invitations/1").status_code == 204
    assert owner.delete("/observability/invitations/1").status_code == 404
    clock.advance(days=7)
    for token in (withdrawn, old, "x"):
        body = {"token": token, "email": "a@test.example", "password": PASSWORD}
        assert browser().post("/auth/accept", json=body).status_code == 401
    assert owner.get("/observability/invitations").json()["data"] == []


def test_an_invitation_for_an_address_is_for_no_other(owner, browser):
    token = _token(owner, email="ann@test.example")
    body = {"token": token, "email": "eve@test.example", "password": PASSWORD}
    assert browser().post("/auth/accept", json=body).status_code == 403
    assert browser().post("/auth/accept", json={**body, "email": "ANN@test.example"}).status_code == 204


@pytest.mark.parametrize(
    "wrong",
    [
        {"password": "short"},
        {"password": "x" * 12},
        {"password": "eve@test.example"},
        {"password": "x" * 257},
        {"email": "nobody"},
        {"email": "a b@test.example"},
        {"name": "a\x00b"},
    ],
    ids=str,
)
def test_what_makes_no_account_leaves_the_invitation_as_it_is(owner, browser, wrong):
    token = _token(owner)
    body = {"token": token, "email": "eve@test.example", "name": "Eve", "password": PASSWORD}
    assert browser().post("/auth/accept", json={**body, **wrong}).status_code == 400
    assert browser().post("/auth/accept", json=body).status_code == 204


def test_who_has_an_account_comes_into_another_project_with_its_password_only(owner, browser, app):
    _came_in(owner, browser, role="viewer")
    shop_key = owner.post("/observability/projects", json={"name": "shop"}).json()["apiKey"]
    shop = TestClient(app, HOME, headers={"authorization": f"Bearer {shop_key}"})
    token = _token(shop, role="owner")
    body = {"token": token, "email": "ann@test.example", "name": "Another", "password": "another password"}
    assert browser().post("/auth/accept", json=body).status_code == 401
    page = browser()
    assert page.post("/auth/accept", json={**body, "password": PASSWORD}).status_code == 204
    me = page.get("/auth/me").json()
    assert (me["project"]["name"], me["account"]["name"], me["account"]["projects"]) == (
        "shop", "Ann", ["default", "shop"],
    )  # fmt: skip
    assert page.post("/auth/project", json={"project": "default"}).status_code == 204
    assert (page.get("/auth/me").json()["project"]["name"], page.get("/auth/me").json()["scopes"]) == (
        "default", ["read"],
    )  # fmt: skip
    assert page.post("/auth/project", json={"project": "nobodys"}).status_code == 404


# --- signing in ---


def test_an_account_signs_in_with_its_password_in_the_project_that_it_names(owner, browser):
    _came_in(owner, browser, role="member")
    page, answer = _sign_in(browser, " ANN@test.example")
    assert (answer.status_code, page.get("/auth/me").json()["scopes"]) == (204, ["ingest", "read", "write"])
    assert _sign_in(browser, project="default")[1].status_code == 204
    assert _sign_in(browser, project="shop")[1].status_code == 401


def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(owner, browser):
    _came_in(owner, browser)
    answers = [
        _sign_in(browser, password="wrong wrong wrong")[1],
        _sign_in(browser, email="nobody@test.example")[1],
        _sign_in(browser, project="unknown")[1],
    ]
    assert {(answer.status_code, answer.content) for answer in answers} == {(401, answers[0].content)}


def test_after_ten_wrong_passwords_the_address_waits(owner, browser, clock):
    _came_in(owner, browser)
    answers = [_sign_in(browser, password=f"wrong wrong {number}")[1].status_code for number in range(11)]
    assert answers == [401] * 10 + [429]
    assert _sign_in(browser)[1].status_code == 429
    clock.advance(minutes=1)
    assert _sign_in(browser)[1].status_code == 204


@pytest.mark.parametrize(
    "body",
    [
        {"email": "ann@test.example"},
        {"password": PASSWORD},
        {"email": "ann@test.example", "password": PASSWORD, "apiKey": CHOSEN_KEY},
        {"apiKey": CHOSEN_KEY, "project": "default"},
        {"email": "ann@test.example", "password": "x" * 257},
    ],
    ids=str,
)
def test_half_a_sign_in_is_a_bad_request(browser, body):
    assert browser().post("/auth/login", json=body).status_code == 400


@pytest.mark.of_a_file
def test_no_password_and_no_token_is_in_the_database(owner, browser, settings):
    token = _token(owner)
    body = {"token": token, "email": "ann@test.example", "name": "Ann", "password": PASSWORD}
    page = browser()
    pending = _token(owner)
    assert page.post("/auth/accept", json=body).status_code == 204
    kept = b"".join(path.read_bytes() for path in settings.data_dir.glob("identity.db*"))
    secrets = [PASSWORD, token, pending, page.cookies[COOKIE], CHOSEN_KEY]
    assert [secret for secret in secrets if secret.encode() in kept] == []
    assert b"$argon2id$" in kept


# --- what is effective when ---


def test_another_role_holds_at_once_where_one_is_signed_in(owner, browser, app):
    page = _came_in(owner, browser, role="owner")
    _came_in(owner, browser, "bob@test.example", role="owner")
    assert page.get("/observability/keys").status_code == 200
    assert owner.patch("/observability/accounts/1", json={"role": "viewer"}).json()["role"] == "viewer"
    refused = page.get("/observability/keys")
    assert (refused.status_code, refused.json()["error"]["message"]) == (
        403,
        "cannot do this with this role: it needs the scope admin and the role has read",
    )


def test_another_process_changing_a_role_is_noticed_within_a_second(owner, browser, opened, settings, clock):
    page = _came_in(owner, browser, role="owner")
    assert page.get("/observability/keys").status_code == 200
    opened(settings).accounts.change_role(1, 1, "viewer")
    clock.advance(seconds=1)
    assert page.get("/observability/keys").status_code == 403


def test_who_was_removed_is_out_at_once_and_leaves_nothing_behind(owner, browser, settings):
    page = _came_in(owner, browser, "canary@test.example", role="viewer")
    assert owner.delete("/observability/accounts/1").status_code == 204
    assert page.get("/auth/me").status_code == 401
    assert _sign_in(browser, "canary@test.example")[1].status_code == 401
    assert owner.delete("/observability/accounts/1").status_code == 404
    assert owner.get("/observability/accounts").json()["data"] == []


def test_people_of_a_project_always_have_an_owner(owner, browser):
    _came_in(owner, browser, role="owner")
    _came_in(owner, browser, "bob@test.example", role="member")
    assert owner.patch("/observability/accounts/1", json={"role": "member"}).status_code == 409
    assert owner.delete("/observability/accounts/1").status_code == 409
    assert owner.patch("/observability/accounts/2", json={"role": "owner"}).status_code == 200
    assert owner.delete("/observability/accounts/1").status_code == 204
    assert owner.delete("/observability/accounts/2").status_code == 204


def test_one_sees_where_one_is_signed_in_and_ends_it_there(owner, browser):
    here = _came_in(owner, browser, role="viewer")
    there, _ = _sign_in(browser)
    listed = here.get("/auth/sessions").json()["data"]
    assert sorted(one["isCurrent"] for one in listed) == [False, True]
    other = next(one["id"] for one in listed if not one["isCurrent"])
    assert here.delete(f"/auth/sessions/{other}").status_code == 204
    assert (here.get("/auth/me").status_code, there.get("/auth/me").status_code) == (200, 401)
    assert here.delete(f"/auth/sessions/{other}").status_code == 404
    assert owner.get("/auth/sessions").status_code == 403


def test_one_ends_every_session_but_the_one_here(owner, browser):
    here = _came_in(owner, browser, role="viewer")
    others = [_sign_in(browser)[0] for _ in range(2)]
    bob = _came_in(owner, browser, "bob@test.example")
    assert here.delete("/auth/sessions").status_code == 204
    assert [page.get("/auth/me").status_code for page in (here, *others, bob)] == [200, 401, 401, 200]
    assert [one["isCurrent"] for one in here.get("/auth/sessions").json()["data"]] == [True]
    assert owner.delete("/auth/sessions").status_code == 403


def test_an_owner_signs_somebody_out_everywhere(owner, browser):
    pages = [_came_in(owner, browser), _sign_in(browser)[0]]
    assert owner.delete("/observability/accounts/1/sessions").status_code == 204
    assert [page.get("/auth/me").status_code for page in pages] == [401, 401]
    assert _sign_in(browser)[1].status_code == 204


def test_a_new_password_ends_every_other_session(owner, browser):
    here, (there, _) = _came_in(owner, browser), _sign_in(browser)
    wrong = {"current": "wrong wrong wrong", "new": "another password"}
    assert here.post("/auth/password", json=wrong).status_code == 401
    assert here.post("/auth/password", json={**wrong, "current": PASSWORD}).status_code == 204
    assert (here.get("/auth/me").status_code, there.get("/auth/me").status_code) == (200, 401)
    assert _sign_in(browser)[1].status_code == 401
    assert _sign_in(browser, password="another password")[1].status_code == 204


def test_accounts_of_another_project_are_not_there(owner, browser, app):
    _came_in(owner, browser)
    shop_key = owner.post("/observability/projects", json={"name": "shop"}).json()["apiKey"]
    shop = TestClient(app, HOME, headers={"authorization": f"Bearer {shop_key}"})
    _token(owner)
    assert [
        shop.patch("/observability/accounts/1", json={"role": "viewer"}).status_code,
        shop.delete("/observability/accounts/1").status_code,
        shop.delete("/observability/accounts/1/sessions").status_code,
        shop.delete("/observability/invitations/2").status_code,
    ] == [404, 404, 404, 404]
    assert (shop.get("/observability/accounts").json()["data"], shop.get("/observability/invitations").json()["data"]) == (
        [], [],
    )  # fmt: skip


def test_another_sites_page_cannot_use_an_invitation_or_a_session(owner, browser):
    page = _came_in(owner, browser, role="owner")
    evil = {"origin": "http://evil.example", "sec-fetch-site": "cross-site"}
    body = {"token": _token(owner), "email": "a@test.example", "password": PASSWORD}
    assert page.post("/auth/accept", json=body, headers=evil).status_code == 403
    assert page.post("/auth/password", json={"current": PASSWORD, "new": PASSWORD}, headers=evil).status_code == 403
    assert page.delete("/observability/keys/1", headers=evil).status_code == 403
