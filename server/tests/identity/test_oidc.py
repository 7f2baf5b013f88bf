"""Signing in with OpenID Connect, at a provider in another thread that keeps to the rules or does not."""

import dataclasses
import time

import pytest
from joserfc.jwk import RSAKey

from server.tests.identity.conftest import HOME
from server.tests.identity.oidc_provider import CLIENT_ID, CLIENT_SECRET, Provider, symmetric
from threadline_server.errors import StartupError
from threadline_server.serve import gate, oidc
from threadline_server.serve.oidc_client import OidcClient
from threadline_server.settings import Settings

ANOTHER_KEY = RSAKey.generate_key(2048, {"kid": "1"})
PASSWORD = "correct horse battery"


@pytest.fixture
def provider():
    made = Provider()
    yield made
    made.close()


@pytest.fixture
def app(app, provider, clock):
    app.router.routes.extend(gate._gated(route) for route in oidc.router.routes)
    app.state.oidc = OidcClient(
        provider.issuer, CLIENT_ID, CLIENT_SECRET, f"{HOME}{oidc.CALLBACK}", monotonic=clock.monotonic
    )
    return app


@pytest.fixture
def signed_in(browser, provider):
    """Goes to the provider and comes back: the browser and the answer to it."""

    def go(page=None, **departure):
        page = page or browser()
        left = page.post("/auth/oidc", json=departure)
        assert left.status_code == 200, left.text
        return page, page.get(oidc.CALLBACK, params=provider.authorize(left.json()["location"]))

    return go


@pytest.fixture
def invited(owner):
    def invite(**wanted):
        return owner.post("/observability/invitations", json=wanted).json()["link"].partition("=")[2]

    return invite


def _me(page):
    answer = page.get("/auth/me")
    return answer.json()["account"]["email"] if answer.status_code == 200 else answer.status_code


def test_who_was_invited_comes_in_and_signs_in_again_without_a_password(signed_in, invited, owner, provider):
    provider.person["name"] = "Ann"
    page, answer = signed_in(invitation=invited(role="member"), next="/analytics?interval=day")
    assert (answer.status_code, _me(page)) == (200, "ann@test.example")
    assert 'content="0;url=/analytics?interval=day"' in answer.text
    again, _ = signed_in()
    assert _me(again) == "ann@test.example"
    (account,) = owner.get("/observability/accounts").json()["data"]
    assert (account["name"], account["role"], account["hasPassword"]) == ("Ann", "member", False)
    assert provider.refusals == []


def test_an_account_with_a_password_is_found_by_its_verified_address_and_then_by_the_providers_name_for_it(
    signed_in, invited, browser, provider
):
    body = {"token": invited(), "email": "ann@test.example", "password": PASSWORD}
    assert browser().post("/auth/accept", json=body).status_code == 204
    assert _me(signed_in()[0]) == "ann@test.example"
    provider.person["email"] = "ann@married.example"
    assert _me(signed_in()[0]) == "ann@test.example"
    provider.person |= {"sub": "somebody-else", "email": "ann@test.example"}
    page, answer = signed_in()
    assert (answer.status_code, _me(page)) == (401, 401)


def test_who_was_not_invited_stays_out(signed_in):
    page, answer = signed_in()
    assert (answer.status_code, _me(page)) == (401, 401)
    assert "nobody invited this account" in answer.text


@pytest.mark.parametrize("person", [{"email_verified": False}, {"email_verified": "true"}, {"email": None}], ids=str)
def test_an_address_that_the_provider_did_not_verify_is_nobodys(signed_in, invited, browser, provider, person):
    body = {"token": invited(), "email": "ann@test.example", "password": PASSWORD}
    assert browser().post("/auth/accept", json=body).status_code == 204
    provider.person |= person
    assert signed_in()[1].status_code == 401
    assert signed_in(invitation=invited())[1].status_code == 401


def test_an_invitation_for_another_address_is_not_used_up(signed_in, invited, provider):
    token = invited(email="bob@test.example")
    assert signed_in(invitation=token)[1].status_code == 403
    provider.person["email"] = "bob@test.example"
    assert signed_in(invitation=token)[1].status_code == 200


WRONG_CLAIMS = [
    {"iss": "http://evil.example"},
    {"aud": "another-program"},
    {"aud": [CLIENT_ID, "another-program"]},
    {"aud": None},
    {"nonce": "another"},
    {"nonce": None},
    {"exp": 1},
    {"exp": None},
    {"iat": int(time.time()) + 3_600},
    {"sub": None},
    {"sub": 7},
]


@pytest.mark.parametrize(
    "claims", WRONG_CLAIMS, ids=lambda claims: f"{next(iter(claims))} {WRONG_CLAIMS.index(claims)}"
)
def test_a_token_that_is_not_for_this_sign_in_is_refused(signed_in, invited, provider, claims):
    signed_in(invitation=invited())
    provider.claims = claims
    page, answer = signed_in()
    assert (answer.status_code, _me(page)) == (401, 401)


@pytest.mark.parametrize(
    "signed_with", [("RS256", ANOTHER_KEY), symmetric(CLIENT_SECRET)], ids=["another key", "a secret"]
)
def test_a_token_that_the_provider_did_not_sign_is_refused(signed_in, invited, provider, signed_with):
    signed_in(invitation=invited())
    provider.signed_with = signed_with
    assert signed_in()[1].status_code == 401


def test_another_browser_cannot_end_the_sign_in_of_this_one(browser, provider):
    left = browser().post("/auth/oidc", json={})
    back = provider.authorize(left.json()["location"])
    assert browser().get(oidc.CALLBACK, params=back).status_code == 401
    assert len(provider.codes) == 1


def test_coming_back_works_once_and_within_ten_minutes(signed_in, invited, browser, provider, clock):
    signed_in(invitation=invited())
    page = browser()
    back = provider.authorize(page.post("/auth/oidc", json={}).json()["location"])
    cookie = {"cookie": f"{oidc.COOKIE}={back['state']}"}
    assert page.get(oidc.CALLBACK, params=back, headers=cookie).status_code == 200
    assert page.get(oidc.CALLBACK, params=back, headers=cookie).status_code == 401
    late = provider.authorize(page.post("/auth/oidc", json={}).json()["location"])
    clock.advance(minutes=10, seconds=1)
    assert page.get(oidc.CALLBACK, params=late).status_code == 401


@pytest.mark.parametrize("parameters", [{}, {"code": "x"}, {"state": "x"}, {"error": "access_denied", "state": "x"}])
def test_coming_back_with_nothing_signs_nobody_in(browser, parameters):
    answer = browser().get(oidc.CALLBACK, params=parameters)
    assert (answer.status_code, "set-cookie" in answer.headers) == (401, False)


def test_the_cookie_of_the_way_is_for_the_way_only(browser):
    cookie = browser().post("/auth/oidc", json={}).headers["set-cookie"].split("; ")
    assert cookie[1:] == ["HttpOnly", "Max-Age=600", "Path=/auth/oidc", "SameSite=lax"]


@pytest.mark.parametrize(
    "address", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:x", "/\n/x"]
)
def test_the_way_back_leads_to_no_other_site(signed_in, invited, address):
    _, answer = signed_in(invitation=invited(), next=address)
    assert 'content="0;url=/"' in answer.text


def test_what_is_shown_is_text(signed_in, invited):
    _, answer = signed_in(invitation=invited(), next='/"><script>alert(1)</script>')
    assert "<script>" not in answer.text


def test_another_sites_page_cannot_begin_a_sign_in(browser):
    assert browser().post("/auth/oidc", json={}, headers={"origin": "http://evil.example"}).status_code == 403


@pytest.mark.parametrize(
    "document",
    [{"issuer": "http://evil.example"}, {"token_endpoint": None}, {"jwks_uri": "http://evil.example/jwks"}],
    ids=str,
)
def test_a_provider_that_describes_itself_wrongly_is_not_used(browser, provider, document):
    provider.document = document
    assert browser().post("/auth/oidc", json={}).status_code == 503


def test_a_provider_that_does_not_answer_is_unavailable(browser, app):
    app.state.oidc = OidcClient("http://127.0.0.1:1", CLIENT_ID, None, HOME)
    assert browser().post("/auth/oidc", json={}).status_code == 503


def test_a_server_without_a_provider_says_so(browser, app):
    assert browser().get("/auth/methods").json() == {"oidc": True}
    app.state.oidc = None
    assert browser().get("/auth/methods").json() == {"oidc": False}
    assert browser().post("/auth/oidc", json={}).status_code == 404


def test_the_settings_name_a_provider_whole_and_over_https():
    whole = {"oidc_issuer": "https://id.example", "oidc_client_id": "x"}
    assert oidc.client_of(Settings(**whole)) is not None
    assert oidc.client_of(Settings()) is None
    for wrong in (
        {"oidc_issuer": "https://id.example"},
        {"oidc_client_id": "x"},
        {**whole, "oidc_issuer": "http://id.example"},
    ):
        with pytest.raises(StartupError):
            Settings(**wrong)


def test_what_it_is_set_to_is_for_those_who_administer(owner, browser, app, settings):
    unset = {"issuer": None, "clientId": None, "hasClientSecret": False, "redirectAddress": f"{HOME}{oidc.CALLBACK}"}
    assert owner.get("/observability/oidc").json() == unset
    told = {"oidc_issuer": "https://id.test", "oidc_client_id": "us", "oidc_client_secret": "a secret"}
    app.state.settings = dataclasses.replace(settings, public_url="https://obs.test", **told)
    answer = owner.get("/observability/oidc")
    assert answer.json() == {
        "issuer": "https://id.test",
        "clientId": "us",
        "hasClientSecret": True,
        "redirectAddress": f"https://obs.test{oidc.CALLBACK}",
    }
    assert browser().get("/observability/oidc").status_code == 401
