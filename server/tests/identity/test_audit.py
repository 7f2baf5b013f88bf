"""The audit log: whatever was done is there, nobody can change it, and a secret or what was said never is."""

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import create_engine
from sqlalchemy.exc import DBAPIError

from server.tests.identity.conftest import CHOSEN_KEY, HOME
from threadline_server.errors import Unavailable
from threadline_server.serve.access import ACTIONS

NOW = "2026-11-23T10:30:00.000Z"
PASSWORD = "correct horse battery"


def _log(owner, **wanted):
    answer = owner.get("/observability/audit", params=wanted)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


def _told(owner, **wanted):
    return [(event["action"], event["target"]) for event in _log(owner, **wanted)]


def test_an_event_says_who_did_what_when_and_from_where(owner):
    owner.post("/observability/keys", json={"name": "ci", "scopes": ["read"]})
    assert _log(owner) == [
        {
            "id": 1,
            "time": NOW,
            "actor": {"kind": "key", "id": 1, "name": "first key"},
            "address": "testclient",
            "action": "key.create",
            "target": "key 2 (ci): read",
        }
    ]


def test_what_is_done_to_keys_projects_and_people_is_there_the_newest_first(owner, browser):
    page = browser()
    owner.post("/observability/keys", json={"name": "ci"})
    owner.post("/observability/keys/2/rotate")
    owner.delete("/observability/keys/3")
    owner.post("/observability/projects", json={"name": "shop"})
    link = owner.post("/observability/invitations", json={"role": "owner"}).json()["link"]
    person = {"email": "ann@test.example", "password": PASSWORD}
    page.post("/auth/accept", json={"token": link.partition("=")[2], **person})
    page.patch("/observability/accounts/1", json={"role": "member"})
    page.post("/auth/password", json={"current": PASSWORD, "new": PASSWORD[::-1]})
    browser().post("/auth/login", json={**person, "password": PASSWORD[::-1]})
    owner.delete("/observability/accounts/1/sessions")
    owner.delete("/observability/accounts/1")
    events = _log(owner)
    assert [(event["action"], event["target"], event["actor"]["name"]) for event in reversed(events)] == [
        ("key.create", "key 2 (ci): ingest", "first key"),
        ("key.rotate", "key 2 (ci): by key 3", "first key"),
        ("key.revoke", "key 3 (ci)", "first key"),
        ("project.create", "project 2 (shop)", "first key"),
        ("invitation.create", "invitation 1: owner", "first key"),
        ("invitation.accept", "", "ann@test.example"),
        ("account.role", "account 1 (ann@test.example): member", "ann@test.example"),
        ("account.password", "", "ann@test.example"),
        ("signIn", "", "ann@test.example"),
        ("account.signOut", "account 1 (ann@test.example)", "first key"),
        ("account.remove", "account 1 (ann@test.example)", "first key"),
    ]


def test_what_was_refused_is_not_there(owner, browser):
    owner.delete("/observability/keys/99")
    owner.post("/observability/keys", json={"name": ""})
    browser().post("/auth/login", json={"apiKey": "pk_wrong-wrong"})
    browser().delete("/observability/keys/1")
    assert _log(owner) == []


def test_what_is_not_in_the_log_has_no_answer(owner, identity, monkeypatch):
    def fail(*_, **__):
        raise Unavailable("cannot change the keys and projects: their database cannot be written now")

    monkeypatch.setattr(identity.audit, "add", fail)
    answer = owner.post("/observability/keys", json={"name": "ci"})
    assert (answer.status_code, "apiKey" in answer.text) == (503, False)


@pytest.mark.of_a_file
@pytest.mark.parametrize("statement", ["UPDATE audit_events SET target = 'x'", "DELETE FROM audit_events"])
def test_the_database_refuses_to_change_or_remove_an_event(owner, settings, statement):
    owner.post("/observability/keys", json={"name": "ci"})
    engine = create_engine(f"sqlite:///{settings.data_dir}/identity.db")
    with engine.connect() as connection, pytest.raises(DBAPIError, match="append-only"):
        connection.exec_driver_sql(statement)
    engine.dispose()
    assert len(_log(owner)) == 1


def test_pages_go_back_in_time_and_an_action_can_be_chosen(owner):
    for name in "abc":
        owner.post("/observability/keys", json={"name": name})
    owner.delete("/observability/keys/2")
    first = owner.get("/observability/audit", params={"limit": 3}).json()
    assert [event["id"] for event in first["data"]] == [4, 3, 2]
    rest = owner.get("/observability/audit", params={"limit": 3, "cursor": first["nextCursor"]}).json()
    assert ([event["id"] for event in rest["data"]], rest["nextCursor"]) == ([1], None)
    assert _told(owner, action="key.revoke") == [("key.revoke", "key 2 (a)")]
    assert [
        owner.get("/observability/audit", params=wrong).status_code
        for wrong in ({"action": "x"}, {"cursor": "x"}, {"limit": 0}, {"from": "x"})
    ] == [400] * 4


def test_each_action_that_there_is_can_be_chosen(owner):
    assert {_log(owner, action=action) == [] for action in ACTIONS} == {True}


def test_events_are_chosen_by_who_and_when(owner, browser, clock):
    link = owner.post("/observability/invitations", json={"role": "owner"}).json()["link"]
    clock.advance(hours=1)
    page = browser()
    page.post("/auth/accept", json={"token": link.partition("=")[2], "email": "a_b@test.example", "password": PASSWORD})
    clock.advance(hours=1)
    page.post("/observability/keys", json={"name": "ci"})
    invited, accepted, made = 1, 2, 3

    def ids(**wanted):
        return [event["id"] for event in _log(owner, **wanted)]

    assert ids(actor="account") == [made, accepted]
    assert (ids(actorName="FIRST"), ids(actorName="A_B@"), ids(actorName="a%b"), ids(actorName="axb")) == (
        [invited], [made, accepted], [], [],
    )  # fmt: skip
    assert ids(**{"from": "2026-11-23T11:30:00Z"}) == [made, accepted]
    assert ids(to="2026-11-23T11:30:00Z") == [invited]
    between = {"from": "2026-11-23T12:30:00+01:00", "to": "2026-11-23T12:30:00Z"}
    assert ids(**between) == [accepted]
    assert ids(actor="account", action="key.create", actorName="test.example") == [made]
    assert [
        owner.get("/observability/audit", params=wrong).status_code
        for wrong in ({"actor": "x"}, {"actorName": "x" * 301}, {"to": "yesterday"}, {"until": "2026-11-23"})
    ] == [400] * 4


def test_a_project_sees_its_own_events_only(owner, app):
    shop_key = owner.post("/observability/projects", json={"name": "shop"}).json()["apiKey"]
    shop = TestClient(app, HOME, headers={"authorization": f"Bearer {shop_key}"})
    assert (_told(shop), len(_log(owner))) == ([], 1)


def test_no_secret_is_in_the_log(owner, browser, settings):
    key = owner.post("/observability/keys", json={"name": "ci", "scopes": ["admin"]}).json()["apiKey"]
    link = owner.post("/observability/invitations", json={}).json()["link"]
    token = link.partition("=")[2]
    browser().post("/auth/accept", json={"token": token, "email": "ann@test.example", "password": PASSWORD})
    browser().post("/auth/login", json={"apiKey": CHOSEN_KEY})
    kept = owner.get("/observability/audit").text
    assert [secret for secret in (key, token, PASSWORD, CHOSEN_KEY) if secret in kept] == []
    assert len(_log(owner)) == 4
