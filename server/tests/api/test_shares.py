"""Links to a session: what they open, until when, and that they open nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx import Response

from threadline_server.serve.access import TABLE

from .running import ADDRESS, Caller, Server

MINE = 'order 1182/küche "次"%2F?#'
SHARES = "/observability/sessions/mine/shares"
READ_BY_SHARE = {
    "/observability/sessions/{session_id:id}",
    "/observability/sessions/{session_id:id}/traces",
    "/observability/sessions/{session_id:id}/traces/{trace_id:id}",
    "/observability/sessions/{session_id:id}/conversation",
}


def _trace(trace_id: str, session_id: str, text: str) -> dict[str, Any]:
    return {"id": trace_id, "sessionId": session_id, "input": {"message": text}, "output": {"response": text}}


@pytest.fixture
def project(caller: Caller) -> Caller:
    caller.send(_trace("t-1", "mine", "shown"), _trace("t-2", "other", "canary"))
    return caller


@pytest.fixture
def browser(server: Server) -> Iterator[TestClient]:
    with TestClient(server.web.app, ADDRESS, client=("10.200.0.1", 1), follow_redirects=False) as web:
        yield web


def _share(project: Caller, **body: str) -> dict[str, Any]:
    answer = project.request("POST", SHARES, json=body)
    assert answer.status_code == 201, answer.text
    shared: dict[str, Any] = answer.json()
    return shared


def _open(browser: TestClient, link: str) -> Response:
    return browser.post("/auth/share", json={"token": link.partition("#")[2]})


def _in_days(days: float) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).isoformat()


def test_a_link_is_told_once_and_listed_without_its_secret(project: Caller, server: Server) -> None:
    shared = _share(project)
    assert shared["link"].startswith(f"{server.settings.endpoint}/share#")
    assert len(shared["link"].partition("#")[2]) == 33
    (listed,) = project.read(SHARES)["data"]
    assert listed == {key: value for key, value in shared.items() if key != "link"}
    assert (listed["sessionId"], listed["createdBy"], listed["lastOpenedAt"]) == ("mine", "test", None)
    lifetime = datetime.fromisoformat(listed["expiresAt"]) - datetime.fromisoformat(listed["createdAt"])
    assert lifetime == timedelta(days=7)
    assert project.read("/observability/sessions/other/shares")["data"] == []


def test_a_browser_that_opens_the_link_reads_the_session_and_its_traces(project: Caller, browser: TestClient) -> None:
    shared = _share(project)
    opened = _open(browser, shared["link"])
    assert opened.json() == {"id": shared["id"], "sessionId": "mine", "expiresAt": shared["expiresAt"]}
    cookie = opened.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert "max-age" not in cookie
    headers = {"threadline-share": str(shared["id"])}
    assert browser.get(f"/auth/share/{shared['id']}").json() == opened.json()
    for path in ("", "/traces", "/traces/t-1", "/conversation"):
        answer = browser.get(f"/observability/sessions/mine{path}", headers=headers)
        assert (answer.status_code, "shown" in answer.text) == (200, True)
        assert (answer.headers["cache-control"], answer.headers["referrer-policy"]) == ("no-store", "no-referrer")
    assert project.read(SHARES)["data"][0]["lastOpenedAt"] is not None


def test_the_id_of_a_session_may_be_any_text(caller: Caller, browser: TestClient) -> None:
    caller.send(_trace("t-1", MINE, "shown"))
    quoted = "order%201182%2Fk%C3%BCche%20%22%E6%AC%A1%22%252F%3F%23"
    answer = caller.request("POST", f"/observability/sessions/{quoted}/shares")
    assert answer.status_code == 201
    assert _open(browser, answer.json()["link"]).json()["sessionId"] == MINE
    headers = {"threadline-share": str(answer.json()["id"])}
    assert browser.get(f"/observability/sessions/{quoted}", headers=headers).json()["id"] == MINE


def test_a_link_opens_no_other_route_whoever_else_the_browser_is(project: Caller, browser: TestClient) -> None:
    shared = _share(project)
    _open(browser, shared["link"])
    browser.headers["threadline-share"] = str(shared["id"])
    # Signed in with every scope beside: who says that they read by a share does only that.
    assert browser.post("/auth/login", json={"apiKey": project.headers["authorization"][7:]}).status_code == 204
    wrong = {}
    for path, rules in TABLE.items():
        for method, rule in rules.items():
            if rule.need == "nothing" or (method == "GET" and path in READ_BY_SHARE):
                continue
            filled = "/".join(
                "mine" if "session_id" in part else "t-1" if part[:1] == "{" else part for part in path.split("/")
            )
            answer = browser.request(method, filled, headers={"origin": ADDRESS})
            if answer.status_code != 401 or "canary" in answer.text:
                wrong[method, path] = answer.status_code
    assert wrong == {}
    shared_rules = {path for path, rules in TABLE.items() for rule in rules.values() if rule.is_shared}
    assert shared_rules == READ_BY_SHARE


@pytest.mark.parametrize(
    "path", ["other", "other/traces", "other/traces/t-2", "other/conversation", "mine/traces/t-2", "mine%2F..%2Fother", "Mine"]
)  # fmt: skip
def test_a_link_opens_no_other_session_and_no_trace_of_one(project: Caller, browser: TestClient, path: str) -> None:
    shared = _share(project)
    _open(browser, shared["link"])
    answer = browser.get(f"/observability/sessions/{path}", headers={"threadline-share": str(shared["id"])})
    assert (answer.status_code, "canary" in answer.text) == (404, False)


def test_the_same_session_id_in_another_project_is_another_session(
    project: Caller, server: Server, browser: TestClient
) -> None:
    other = server.caller()
    other.send(_trace("t-9", "mine", "canary"))
    shared = _share(project)
    _open(browser, shared["link"])
    headers = {"threadline-share": str(shared["id"])}
    assert "canary" not in browser.get("/observability/sessions/mine/traces", headers=headers).text
    assert browser.get("/observability/sessions/mine/traces/t-9", headers=headers).status_code == 404
    assert other.request("DELETE", f"{SHARES}/{shared['id']}").status_code == 404
    assert other.read(SHARES)["data"] == []


def test_the_cookie_does_nothing_without_the_header_nor_the_header_without_its_cookie(
    project: Caller, browser: TestClient
) -> None:
    one, two = _share(project), _share(project)
    _open(browser, one["link"])
    path = "/observability/sessions/mine"
    assert browser.get(path).status_code == 401
    for share_id in (str(two["id"]), "0", "", "x", f"{one['id']} ", "9" * 400):
        assert browser.get(path, headers={"threadline-share": share_id}).status_code == 401
    browser.cookies.set(f"threadline_share_{two['id']}", one["link"].partition("#")[2])
    assert browser.get(path, headers={"threadline-share": str(two["id"])}).status_code == 401


def test_a_link_that_is_revoked_shuts_out_at_once_who_reads_by_it(project: Caller, browser: TestClient) -> None:
    shared, kept = _share(project), _share(project)
    _open(browser, shared["link"])
    _open(browser, kept["link"])
    headers = {"threadline-share": str(shared["id"])}
    assert browser.get("/observability/sessions/mine", headers=headers).status_code == 200
    assert project.request("DELETE", f"{SHARES}/{shared['id']}").status_code == 204
    assert browser.get("/observability/sessions/mine", headers=headers).status_code == 401
    assert browser.get(f"/auth/share/{shared['id']}").status_code == 401
    assert _open(browser, shared["link"]).status_code == 401
    assert [share["id"] for share in project.read(SHARES)["data"]] == [kept["id"]]
    assert project.request("DELETE", f"{SHARES}/{shared['id']}").status_code == 404
    assert browser.get("/observability/sessions/mine", headers={"threadline-share": str(kept["id"])}).status_code == 200


def test_a_link_ends_by_itself(project: Caller, browser: TestClient, server: Server) -> None:
    shared = _share(project, expiresAt=(datetime.now(UTC) + timedelta(milliseconds=300)).isoformat())
    _open(browser, shared["link"])
    headers = {"threadline-share": str(shared["id"])}
    while browser.get("/observability/sessions/mine", headers=headers).status_code == 200:
        pass
    assert browser.get("/observability/sessions/mine", headers=headers).status_code == 401
    assert datetime.now(UTC) >= datetime.fromisoformat(shared["expiresAt"])
    assert project.read(SHARES)["data"] == []


@pytest.mark.parametrize("days", [-1, 0, 91])
def test_a_link_has_an_end_within_ninety_days(project: Caller, days: float) -> None:
    answer = project.request("POST", SHARES, json={"expiresAt": _in_days(days)})
    assert (answer.status_code, "90 days" in answer.json()["error"]["message"]) == (400, True)


def test_only_who_may_write_makes_and_revokes_links(project: Caller, server: Server) -> None:
    reader = server.caller(project.project_id, ("read", "ingest"))
    shared = _share(project)
    assert [share["id"] for share in reader.read(SHARES)["data"]] == [shared["id"]]
    assert reader.request("POST", SHARES).status_code == 403
    assert reader.request("DELETE", f"{SHARES}/{shared['id']}").status_code == 403
    assert project.request("POST", "/observability/sessions/nowhere/shares").status_code == 404


def test_a_session_that_is_erased_takes_its_links_along(project: Caller, browser: TestClient) -> None:
    shared = _share(project)
    _open(browser, shared["link"])
    assert project.request("DELETE", "/observability/sessions/mine").status_code in {200, 202}
    assert browser.get(f"/auth/share/{shared['id']}").status_code == 401
    assert _open(browser, shared["link"]).status_code == 401


def test_the_audit_log_has_who_made_and_revoked_a_link_and_not_its_secret(project: Caller) -> None:
    shared = _share(project)
    project.request("DELETE", f"{SHARES}/{shared['id']}")
    revoked, created = project.read("/observability/audit")["data"][:2]
    assert [created["action"], revoked["action"]] == ["share.create", "share.revoke"]
    assert f"share {shared['id']}" in created["target"]
    assert shared["link"].partition("#")[2] not in created["target"]


def test_another_sites_page_cannot_have_a_browser_open_a_link(project: Caller, browser: TestClient) -> None:
    token = _share(project)["link"].partition("#")[2]
    answer = browser.post("/auth/share", json={"token": token}, headers={"origin": "https://evil.example"})
    assert (answer.status_code, "set-cookie" in answer.headers) == (403, False)
