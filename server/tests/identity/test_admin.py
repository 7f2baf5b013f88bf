import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from server.tests.identity.conftest import CHOSEN_KEY, unwatched
from threadline_server.identity import SCOPES, Principal
from threadline_server.serve import admin, gate, problems

NOW = "2026-11-23T10:30:00.000Z"
FIRST_KEY = {
    "id": 1,
    "name": "first key",
    "prefix": "pk_chos",
    "scopes": ["admin", "ingest", "read"],
    "createdAt": NOW,
    "lastUsedAt": NOW,
    "expiresAt": None,
    "revokedAt": None,
    "rotatedTo": None,
}


@pytest.fixture
def client(identity):
    # Noted at once, so that what a list shows does not depend on a thread.
    identity._later.submit = lambda write, *arguments: write(*arguments)
    app = FastAPI(docs_url=None, redoc_url=None)
    problems.install(app)
    app.state.identity, app.state.watch = identity, unwatched()
    app.router.routes.extend(admin.router.routes)
    gate.install(app)
    return TestClient(app, headers={"authorization": f"Bearer {CHOSEN_KEY}"})


def test_a_new_key_is_shown_once_and_then_by_its_prefix(client, identity):
    response = client.post("/observability/keys", json={"name": "ci", "scopes": ["read", "ingest"]})
    secret = response.json()["apiKey"]
    shown = {
        "id": 2,
        "name": "ci",
        "prefix": secret[:7],
        "scopes": ["ingest", "read"],
        "createdAt": NOW,
        "lastUsedAt": None,
        "expiresAt": None,
        "revokedAt": None,
        "rotatedTo": None,
    }
    assert (response.status_code, response.json()) == (201, {**shown, "apiKey": secret})
    assert response.headers["cache-control"] == "no-store"
    assert client.get("/observability/keys").json() == {"data": [FIRST_KEY, shown], "nextCursor": None}
    assert identity.authenticate(secret) == Principal(1, "default", frozenset({"ingest", "read"}), 2)


def test_a_key_may_only_send_unless_more_is_asked_for(client):
    assert client.post("/observability/keys", json={"name": "ci"}).json()["scopes"] == ["ingest"]


def test_the_list_of_keys_is_read_page_by_page(client, identity):
    for name in ("a", "b", "c"):
        identity.create_key(1, name=name, scopes={"read"})
    names, cursor = [], None
    while True:
        page = client.get("/observability/keys", params={"limit": 3} | ({"cursor": cursor} if cursor else {})).json()
        names.append([key["name"] for key in page["data"]])
        cursor = page["nextCursor"]
        if cursor is None:
            break
    assert names == [["first key", "a", "b"], ["c"]]


def test_a_revoked_key_is_refused_at_once_and_stays_in_the_list(client, identity):
    secret = client.post("/observability/keys", json={"name": "ci", "scopes": ["admin"]}).json()["apiKey"]
    other = {"authorization": f"Bearer {secret}"}
    assert client.get("/observability/keys", headers=other).status_code == 200
    assert client.delete("/observability/keys/2").status_code == 204
    assert client.get("/observability/keys", headers=other).status_code == 401
    assert [key["revokedAt"] for key in client.get("/observability/keys").json()["data"]] == [None, NOW]


@pytest.mark.parametrize("key_id", ["2", "99", "0", "-1", "1.0", "x", "%00", "²", "9" * 10, "9" * 99, "pk_chos"])
def test_what_is_not_a_key_of_this_project_cannot_be_found(client, identity, key_id):
    made = identity.create_project("shop")
    response = client.delete(f"/observability/keys/{key_id}")
    assert (response.status_code, response.json()["error"]["code"]) == (404, "not_found")
    assert identity.authenticate(made.first_key.secret) is not None


def test_a_project_sees_itself_only(client):
    made = client.post("/observability/projects", json={"name": "shop"})
    secret = made.json()["apiKey"]
    assert (made.status_code, made.json()) == (201, {"id": 2, "name": "shop", "createdAt": NOW, "apiKey": secret})
    theirs = {"authorization": f"Bearer {secret}"}
    assert client.get("/observability/projects").json() == {
        "data": [{"id": 1, "name": "default", "createdAt": NOW}],
        "nextCursor": None,
    }
    assert client.get("/observability/projects", headers=theirs).json() == {
        "data": [{"id": 2, "name": "shop", "createdAt": NOW}],
        "nextCursor": None,
    }
    assert [key["id"] for key in client.get("/observability/keys", headers=theirs).json()["data"]] == [2]


def test_a_new_projects_key_has_every_scope(client, identity):
    secret = client.post("/observability/projects", json={"name": "shop"}).json()["apiKey"]
    assert identity.authenticate(secret) == Principal(2, "shop", SCOPES, 2)


def test_the_name_of_a_project_is_given_once(client):
    response = client.post("/observability/projects", json={"name": "default"})
    assert (response.status_code, response.json()) == (
        409,
        {
            "error": {
                "code": "conflict",
                "message": "cannot create project default: there is one of this name",
                "hint": "Choose another name.",
            }
        },
    )


@pytest.mark.parametrize(
    ("method", "path", "body", "message"),
    [
        ("GET", "/keys?limt=5", None, "cannot use parameter 'limt': unknown; valid ones: limit, cursor"),
        ("GET", "/keys?limit=0", None, "cannot read the request: query limit: Input should be greater than or equal to 1"),
        ("GET", "/keys?cursor=x", None, "cannot use the cursor: it is not one that this route answered"),
        ("GET", "/projects?limit=1", None, "cannot use parameter 'limit': unknown; this route takes none"),
        ("POST", "/keys", {}, "cannot read the request: body name: Field required"),
        ("POST", "/keys", {"name": "a", "scope": []}, "cannot read the request: body scope: Extra inputs are not permitted"),
        ("POST", "/keys", {"name": ""}, "cannot create the key: its name must be 1 to 100 printable characters"),
        ("POST", "/keys", {"name": "a", "scopes": ["all"]}, "cannot create the key: its scopes must be one or more of ingest, read, admin"),
        ("POST", "/projects", {"name": "A"}, "cannot create the project: its name must be 1 to 63 of a-z, 0-9, dot, dash and underscore, beginning with a letter or digit"),
    ],
)  # fmt: skip
def test_a_mistake_is_named(client, method, path, body, message):
    response = client.request(method, f"/observability{path}", json=body)
    assert (response.status_code, response.json()["error"]["message"]) == (400, message)
