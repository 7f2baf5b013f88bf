"""Who gets in: every route of this part with every kind of credential, and what browsers may be made to do."""

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from server.tests.identity.conftest import CHOSEN_KEY, unwatched
from threadline_server.errors import Forbidden, ThreadlineError, Unauthenticated
from threadline_server.identity import SCOPES, Principal
from threadline_server.serve import admin, gate, login, problems
from threadline_server.serve.auth import COOKIE, authorize, principal_of, principal_of_authorization
from threadline_server.serve.login_limit import LoginLimit
from threadline_server.settings import Settings

OWNER = Principal(1, "default", SCOPES, 1)
HOME = "http://127.0.0.1:4318"


@pytest.fixture
def app(identity, settings, clock):
    app = FastAPI(docs_url=None, redoc_url=None)
    problems.install(app)
    app.state.identity, app.state.settings, app.state.login_limit = identity, settings, LoginLimit(clock.monotonic)
    app.state.watch = unwatched()
    app.router.routes.extend([*login.router.routes, *admin.router.routes])
    gate.install(app)
    return app


@pytest.fixture
def client(app):
    return TestClient(app, base_url=HOME)


def _bearer(key):
    return {"authorization": f"Bearer {key}"}


# --- the table: a route that is missing here fails the build ---

CREDENTIALS = ["none", "garbage", "revoked", "ingest", "read", "admin", "all", "cookie", "cookie elsewhere"]
ROUTES = {
    ("POST", "/auth/login"): (204, 204, 204, 204, 204, 204, 204, 204, 403),
    ("POST", "/auth/logout"): (204, 204, 204, 204, 204, 204, 204, 204, 403),
    ("GET", "/auth/me"): (401, 401, 401, 200, 200, 200, 200, 200, 200),
    ("GET", "/observability/keys"): (401, 401, 401, 403, 403, 200, 200, 200, 200),
    ("POST", "/observability/keys"): (401, 401, 401, 403, 403, 201, 201, 201, 403),
    ("POST", "/observability/keys/{key_id}/rotate"): (401, 401, 401, 403, 403, 201, 201, 201, 403),
    ("DELETE", "/observability/keys/{key_id}"): (401, 401, 401, 403, 403, 204, 204, 204, 403),
    ("GET", "/observability/projects"): (401, 401, 401, 403, 403, 200, 200, 200, 200),
    ("POST", "/observability/projects"): (401, 401, 401, 403, 403, 201, 201, 201, 403),
}
BODIES = {
    ("POST", "/auth/login"): {"apiKey": CHOSEN_KEY},
    ("POST", "/observability/keys"): {"name": "new"},
    ("POST", "/observability/projects"): {"name": "new"},
}


def _headers(identity, credential):
    """Request headers for one column of the table. ``elsewhere`` is another site's page in a signed-in browser."""
    if credential == "none":
        return {}
    if credential == "garbage":
        return _bearer("pk_garbage-garbage")
    if credential == "revoked":
        issued = identity.create_key(1, name="revoked", scopes=SCOPES)
        identity.revoke_key(1, issued.key.id)
        return _bearer(issued.secret)
    if credential.startswith("cookie"):
        origin = HOME if credential == "cookie" else "http://evil.example"
        return {"cookie": f"{COOKIE}={identity.start_web_session(OWNER)}", "origin": origin}
    scopes = SCOPES if credential == "all" else {credential}
    return _bearer(identity.create_key(1, name=credential, scopes=scopes).secret)


def test_the_table_has_every_route(app):
    routes = {(method.upper(), path) for path, operations in app.openapi()["paths"].items() for method in operations}
    assert routes == set(ROUTES)


@pytest.mark.parametrize("credential", CREDENTIALS)
@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_a_route_lets_in_whom_the_table_says(identity, client, method, path, credential):
    victim = identity.create_key(1, name="victim", scopes={"read"})
    response = client.request(
        method,
        path.replace("{key_id}", str(victim.key.id)),
        json=BODIES.get((method, path)),
        headers=_headers(identity, credential),
    )
    expected = ROUTES[method, path][CREDENTIALS.index(credential)]
    assert (response.status_code, response.headers.get("www-authenticate")) == (
        expected,
        "Bearer" if expected == 401 else None,
    )
    if expected >= 400:
        assert set(response.json()["error"]) == {"code", "message", "hint"}


# --- reading the headers ---


def _principal(identity, *headers, method="POST"):
    return principal_of(identity, [(name.encode(), value.encode("latin-1")) for name, value in headers], method=method)


@pytest.mark.parametrize("value", [f"Bearer {CHOSEN_KEY}", f"bearer  {CHOSEN_KEY} ", f"BEARER {CHOSEN_KEY}"])
def test_the_scheme_may_be_spelled_in_any_case(identity, value):
    assert _principal(identity, ("authorization", value)) == OWNER
    assert principal_of_authorization(identity, value) == OWNER


@pytest.mark.parametrize(
    "value", ["", "Bearer", CHOSEN_KEY, f"Basic {CHOSEN_KEY}", f"Bearer {CHOSEN_KEY}x", "Bearer pk_\xff"]
)
def test_any_other_authorization_is_refused(identity, value):
    with pytest.raises(Unauthenticated):
        _principal(identity, ("authorization", value))


def test_two_authorizations_are_none(identity):
    with pytest.raises(Unauthenticated):
        _principal(identity, ("authorization", f"Bearer {CHOSEN_KEY}"), ("authorization", "Bearer pk_another-key"))


def test_a_wrong_key_is_not_made_good_by_a_cookie(identity):
    cookie = f"{COOKIE}={identity.start_web_session(OWNER)}"
    with pytest.raises(Unauthenticated):
        _principal(identity, ("authorization", "Bearer pk_wrong-wrong"), ("cookie", cookie), method="GET")


def test_the_cookie_is_found_among_those_of_other_programs(identity):
    token = identity.start_web_session(OWNER)
    cookie = f'a="b; {{"x":1}}; not{COOKIE}=1; {COOKIE}={token}; z'
    assert _principal(identity, ("cookie", cookie), method="GET") == OWNER
    assert _principal(identity, ("cookie", "a=b"), ("cookie", f"{COOKIE}={token}"), method="GET") == OWNER


def test_an_unknown_key_and_a_revoked_one_get_the_same_answer(identity, client):
    issued = identity.create_key(1, name="revoked", scopes=SCOPES)
    identity.revoke_key(1, issued.key.id)
    answers = [client.get("/auth/me", headers=_bearer(key)) for key in (issued.secret, "pk_unknown-key")]
    assert answers[0].content == answers[1].content


def test_a_missing_scope_is_named(identity):
    issued = identity.create_key(1, name="ci", scopes={"ingest"})
    headers = [(b"authorization", f"Bearer {issued.secret}".encode())]
    assert authorize(identity, headers, need="ingest").key_id == 2
    with pytest.raises(Forbidden) as refusal:
        authorize(identity, headers, need="read")
    assert (refusal.value.message, refusal.value.hint) == (
        "cannot do this with this key: it needs the scope read and the key has ingest",
        "Make a key with it: threadline keys create --scope read",
    )


ORIGINS = [
    ((("origin", HOME),), True),
    ((("sec-fetch-site", "same-origin"),), True),
    ((("origin", HOME), ("sec-fetch-site", "same-origin")), True),
    ((("origin", "http://evil.example"),), False),
    ((("origin", "http://127.0.0.1:9999"),), False),
    ((("origin", "http://127.0.0.1:4318.evil.example"),), False),
    ((("origin", "null"),), False),
    ((("origin", ""),), False),
    ((("origin", "http://[evil"),), False),
    ((("origin", HOME), ("sec-fetch-site", "cross-site")), False),
    ((("origin", "http://evil.example"), ("sec-fetch-site", "same-origin")), False),
    ((("sec-fetch-site", "same-site"),), False),
    ((("sec-fetch-site", "none"),), False),
]


def _is_let_in(*arguments, **options):
    try:
        return bool(_principal(*arguments, **options))
    except Forbidden:
        return False


@pytest.mark.parametrize(("headers", "is_ours"), [*ORIGINS, ((), False)])
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "post", "BREW"])
def test_with_a_cookie_only_our_own_pages_may_change_things(identity, headers, is_ours, method):
    cookie = ("cookie", f"{COOKIE}={identity.start_web_session(OWNER)}")
    assert _is_let_in(identity, ("host", "127.0.0.1:4318"), cookie, *headers, method=method) == is_ours


@pytest.mark.parametrize(("headers", "is_ours"), [*ORIGINS, ((), True)])
def test_without_authentication_other_sites_may_not_change_things_but_programs_may(opened, tmp_path, headers, is_ours):
    identity = opened(Settings(data_dir=tmp_path / "open", insecure_no_auth=True))
    assert _is_let_in(identity, ("host", "127.0.0.1:4318"), *headers, method="POST") == is_ours
    assert _is_let_in(identity, ("host", "127.0.0.1:4318"), *headers, method="GET")


@pytest.mark.parametrize(
    ("host", "origin"), [("a.example", "https://a.example"), ("A.example:443", "https://a.example")]
)
def test_default_ports_do_not_matter(identity, host, origin):
    cookie = ("cookie", f"{COOKIE}={identity.start_web_session(OWNER)}")
    assert _is_let_in(identity, ("host", host), cookie, ("origin", origin), method="POST")


def test_without_authentication_a_key_still_decides_the_project(opened, tmp_path):
    identity = opened(Settings(data_dir=tmp_path / "open", insecure_no_auth=True))
    shop = identity.create_project("shop")
    assert _principal(identity).project_name == "default"
    assert _principal(identity, ("authorization", f"Bearer {shop.first_key.secret}")).project_name == "shop"
    with pytest.raises(ThreadlineError):
        _principal(identity, ("authorization", "Bearer pk_wrong-wrong"))


# --- signing in and out ---


def test_a_key_is_exchanged_for_a_cookie_that_scripts_cannot_read(client):
    response = client.post("/auth/login", json={"apiKey": CHOSEN_KEY})
    cookie, *attributes = response.headers["set-cookie"].split("; ")
    assert (response.status_code, response.content, cookie.split("=")[0]) == (204, b"", COOKIE)
    assert attributes == ["HttpOnly", "Max-Age=2592000", "Path=/", "SameSite=strict"]
    assert CHOSEN_KEY not in cookie
    assert client.get("/auth/me").json() == {
        "project": {"id": 1, "name": "default"},
        "scopes": ["admin", "ingest", "read"],
        "account": None,
    }


@pytest.mark.parametrize(
    ("settings_", "address"),
    [(Settings(), "https://127.0.0.1"), (Settings(public_url="https://threadline.example"), "http://127.0.0.1")],
)
def test_over_https_the_cookie_is_secure(app, settings_, address):
    app.state.settings = settings_
    response = TestClient(app, base_url=address).post("/auth/login", json={"apiKey": CHOSEN_KEY})
    assert response.headers["set-cookie"].endswith("; Secure")


def test_a_login_link_works_once(client, identity):
    token = identity.create_login_token(OWNER)
    answers = [client.post("/auth/login", json={"token": token}).status_code for _ in range(2)]
    assert answers == [204, 401]
    assert client.get("/auth/me").status_code == 200


def test_a_key_that_may_not_read_cannot_sign_in(client, identity):
    issued = identity.create_key(1, name="ci", scopes={"ingest"})
    assert client.post("/auth/login", json={"apiKey": issued.secret}).status_code == 403


def test_signing_out_ends_the_session_and_not_only_the_cookie(client):
    client.post("/auth/login", json={"apiKey": CHOSEN_KEY})
    copy = {"cookie": f"{COOKIE}={client.cookies[COOKIE]}"}
    response = client.post("/auth/logout")
    assert (response.status_code, response.headers["set-cookie"].split("; ")[2]) == (204, "Max-Age=0")
    assert COOKIE not in client.cookies
    assert client.get("/auth/me", headers=copy).status_code == 401


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"apiKey": None},
        {"apiKey": CHOSEN_KEY, "token": "x"},
        {"apiKey": 1},
        {"key": "x"},
        [],
        None,
        {"token": "x" * 999},
    ],
)
def test_a_login_that_is_not_understood_is_a_bad_request(client, body):
    response = client.post("/auth/login", json=body)
    assert (response.status_code, response.json()["error"]["code"]) == (400, "bad_request")


def test_a_form_of_another_site_cannot_sign_a_browser_in(client):
    body = '{"apiKey": "' + CHOSEN_KEY + '"}'
    assert client.post("/auth/login", content=body, headers={"content-type": "text/plain"}).status_code == 400
    assert client.post("/auth/login", json={"apiKey": CHOSEN_KEY}, headers={"origin": "null"}).status_code == 403


def test_after_ten_bad_logins_the_address_waits_and_another_does_not(app, clock):
    guesser, other = (TestClient(app, base_url=HOME, client=(address, 1)) for address in ("10.0.0.1", "10.0.0.2"))
    wrong, right = {"apiKey": "pk_wrong-wrong"}, {"apiKey": CHOSEN_KEY}
    assert [guesser.post("/auth/login", json=wrong).status_code for _ in range(11)] == [401] * 10 + [429]

    refused = guesser.post("/auth/login", json=right)
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "60")
    assert refused.json() == {
        "error": {
            "code": "too_many_requests",
            "message": "cannot sign in: 10 wrong keys or links came from this address within a minute",
            "hint": "Try again in 60 s.",
        }
    }
    assert other.post("/auth/login", json=right).status_code == 204
    clock.advance(minutes=1)
    assert guesser.post("/auth/login", json=right).status_code == 204
