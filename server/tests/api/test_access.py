"""Who gets in: every route with every kind of credential, however its address is spelled, held against the one table."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterable, Iterator
from datetime import timedelta

import pytest
from fastapi.routing import iter_route_contexts
from fastapi.testclient import TestClient
from httpx import ASGITransport, AsyncClient, Response
from starlette.routing import Route

from threadline_server.app import Parts, build
from threadline_server.identity import SCOPES
from threadline_server.identity.registry import utc_now
from threadline_server.serve import access, gate, otlp_grpc
from threadline_server.serve.access import TABLE, Need
from threadline_server.serve.auth import COOKIE
from threadline_server.settings import Settings

from .running import ADDRESS, Server

ONLY_WHERE_THE_DASHBOARD_IS_BUILT = {"/assets/{name}", "/favicon.svg"}
REFUSED = {401, 403}
PROTECTED = [
    (method, path, rule.need)
    for path, rules in TABLE.items()
    for method, rule in rules.items()
    if rule.need != "nothing"
]
SCOPES_OF: dict[str, frozenset[str]] = {
    "ingest-only": frozenset({"ingest"}),
    "read-only": frozenset({"read"}),
    "admin": frozenset({"admin"}),
    "all": SCOPES,
    "other project": SCOPES,
    "owner": SCOPES,
    "member": frozenset({"ingest", "read", "write"}),
    "viewer": frozenset({"read"}),
}
ROLES = ("owner", "member", "viewer")
PASSWORD = "a dozen letters and more"
UNKNOWN = ("none", "garbage", "mistyped", "revoked", "expired")

_addresses = itertools.count(1)


def _new_address() -> str:
    number = next(_addresses)
    return f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}"


def _from_elsewhere(server: Server) -> TestClient:
    """A client whose address nobody had before: what it does wrong counts against nobody else."""
    return TestClient(
        server.web.app,
        ADDRESS,
        client=(_new_address(), 1),
        follow_redirects=False,
    )


Request = tuple[str, str, dict[str, str]]
"""Method, path and headers."""


def _answers(server: Server, requests: Iterable[Request], content: bytes = b"") -> list[Response]:
    """What many requests from one new address are answered, one after the other in one event loop, which is quicker."""

    async def ask() -> list[Response]:
        transport = ASGITransport(server.web.app, client=(_new_address(), 1))
        async with AsyncClient(transport=transport) as web:
            return [
                await web.request(method, f"{ADDRESS}{path}", headers=headers, content=content)
                for method, path, headers in requests
            ]

    return asyncio.run(ask())


@pytest.fixture(scope="module")
def credentials(server: Server) -> dict[str, dict[str, str]]:
    """The headers of each kind of credential."""
    project_id = server.identity.create_project("access").project.id
    other_id = server.identity.create_project("access-other").project.id
    keys = {
        name: server.identity.create_key(other_id if name == "other project" else project_id, name=name, scopes=scopes)
        for name, scopes in {**SCOPES_OF, "revoked": SCOPES}.items()
        if name not in ROLES
    }
    server.identity.revoke_key(project_id, keys["revoked"].key.id)
    soon = utc_now() + timedelta(milliseconds=20)
    keys["expired"] = server.identity.create_key(project_id, name="expired", scopes=SCOPES, expires_at=soon)
    while server.identity.authenticate(keys["expired"].secret, within_s=0):
        pass
    headers = {name: {"authorization": f"Bearer {issued.secret}"} for name, issued in keys.items()}
    for role in ROLES:
        token = server.identity.invitations.invite(project_id, role)[1]
        person = server.identity.invitations.accept(token, email=f"{role}@test.example", name=role, password=PASSWORD)
        headers[role] = {"cookie": f"{COOKIE}={server.identity.start_web_session(person)}", "origin": ADDRESS}
    right = keys["all"].secret
    mistyped = {"authorization": f"Bearer {right[:-1]}{'b' if right[-1] == 'a' else 'a'}"}
    return {"none": {}, "garbage": {"authorization": "Bearer pk_garbage-garbage"}, "mistyped": mistyped, **headers}


def _allows(need: Need, credential: str) -> bool:
    scopes = SCOPES_OF[credential]
    return need == "any" or need in scopes or (need == "write" and "admin" in scopes)


def _expected(need: Need, credential: str) -> int | None:
    """The refusal; None: let in."""
    if credential in UNKNOWN:
        return 401
    return None if _allows(need, credential) else 403


def _filled(path: str) -> str:
    segments = ("x" if segment.startswith("{") else segment for segment in path.split("/"))
    return "/".join(segments)


def _refusal(answer: Response) -> int | None:
    return answer.status_code if answer.status_code in REFUSED else None


# --- the table is whole ---


def _served(server: Server) -> set[tuple[str, str]]:
    return {
        (method, str(context.path))
        for context in iter_route_contexts(server.web.app.routes)  # type: ignore[attr-defined]
        for method in context.methods or {"GET"}
        if method != "HEAD"
    }


def test_the_table_has_every_route_and_no_other(server: Server) -> None:
    told = {(method, path) for path, rules in TABLE.items() for method in rules}
    served = _served(server)
    assert served - told == set()
    assert {path for _, path in told - served} <= ONLY_WHERE_THE_DASHBOARD_IS_BUILT


def test_the_table_has_every_method_of_grpc_and_no_other() -> None:
    assert set(otlp_grpc.METHODS) == set(access.GRPC)


def test_every_route_has_its_gate(server: Server) -> None:
    routes = server.web.app.routes  # type: ignore[attr-defined]
    assert [route for route in routes if not isinstance(route.app, gate.Gate)] == []


@pytest.mark.parametrize(
    ("path", "method", "fault"),
    [
        ("/observability/secrets", "GET", "has no row for"),
        ("/observability/sessions", "POST", "does not say who may POST"),
    ],
)
def test_an_application_with_a_route_that_the_table_does_not_have_cannot_be_built(
    path: str, method: str, fault: str
) -> None:
    app = build(Settings(), Parts(*[None] * len(Parts._fields)))  # type: ignore[arg-type]
    app.router.routes[:] = [Route(path, lambda request: Response(200), methods=[method])]
    with pytest.raises(LookupError, match=fault):
        gate.install(app)


def test_what_changes_something_is_not_asked_for_with_get() -> None:
    """But for the way back from a provider, which works with the cookie of its own sign-in only; exports change nothing."""
    noted = {(path, rule.action) for path, rules in TABLE.items() if (rule := rules.get("GET")) and rule.action}
    assert {action for _, action in noted} == {"session.export", "sessions.export", "signIn"}
    assert [path for path, action in noted if action == "signIn"] == ["/auth/oidc/callback"]


def test_whatever_needs_admin_to_change_has_an_action_for_the_audit_log() -> None:
    changing = [
        (method, path)
        for path, rules in TABLE.items()
        for method, rule in rules.items()
        if method != "GET" and rule.need in {"write", "admin"} and rule.action is None
    ]
    assert changing == []


# --- every route with every credential ---


@pytest.mark.parametrize("credential", [*UNKNOWN, *SCOPES_OF])
def test_each_route_lets_in_whom_the_table_says(
    server: Server, credentials: dict[str, dict[str, str]], credential: str
) -> None:
    # The parameter is refused by every route that reads, behind the gate: nothing runs long, and nothing is changed.
    requests = [(method, f"{_filled(path)}?nonsense=1", credentials[credential]) for method, path, _ in PROTECTED]
    # Wrong keys are counted by the address, and turned away in the end: each of these comes from another.
    answers = (
        [_answers(server, [request])[0] for request in requests]
        if credential in UNKNOWN
        else _answers(server, requests)
    )
    wrong = {}
    for (method, path, need), answer in zip(PROTECTED, answers, strict=True):
        expected = _expected(need, credential)
        if _refusal(answer) != expected or (expected == 401 and answer.headers["www-authenticate"] != "Bearer"):
            wrong[method, path] = (answer.status_code, expected)
    assert wrong == {}


def test_what_is_open_holds_nothing_of_a_project(server: Server) -> None:
    web = _from_elsewhere(server)
    caller = server.caller()
    caller.send({"id": "t", "sessionId": "canary-session", "input": "canary-text"})
    for path, rules in TABLE.items():
        if rules.get("GET") == access.OPEN:
            assert b"canary" not in web.get(f"{ADDRESS}{_filled(path)}").content


# --- however it is spelled ---


def _variants(path: str) -> Iterator[str]:
    first, *rest = path.strip("/").split("/")
    tail = "/".join(rest)
    last = path.rsplit("/", 1)[1]
    yield f"{path}/"
    yield f"/{path}"
    yield f"{path}//"
    yield path.replace("/", "//")
    yield path.replace("/", "/./")
    yield f"/healthz/..{path}"
    yield f"/assets/..{path}"
    yield f"/assets/..;{path}"
    yield f"/assets/%2e%2e{path}"
    yield f"/login/..;{path}"
    yield f"{path};"
    yield f"{path};.svg"
    yield f"{path}/..;/"
    yield f"{path}%00"
    yield f"{path}%20"
    yield f"{path}%0a"
    yield f"{path}%2f"
    yield f"{path}%3f"
    yield f"{path}.json"
    yield path.upper()
    yield path.title()
    yield f"/%{ord(first[0]):02x}{first[1:]}{'/' if tail else ''}{tail}"
    yield f"{path[: -len(last)]}%{ord(last[0]):02x}{last[1:]}"
    yield f"/{first}%2f{tail}"
    yield f"/{first}%5c{tail}"
    yield f"/{first}\\{tail}"


def _too_little(need: Need) -> str:
    """A credential that is not enough."""
    return "none" if need == "any" else "ingest-only" if need == "read" else "read-only"


def _is_page(answer: Response) -> bool:
    return answer.headers["content-type"].startswith("text/html")


def test_no_spelling_of_an_address_lets_anybody_in_whom_the_address_does_not(
    server: Server, credentials: dict[str, dict[str, str]]
) -> None:
    requests = [
        (method, f"{variant}?nonsense=1", credentials[_too_little(need)])
        for method, path, need in PROTECTED
        for variant in _variants(_filled(path))
    ]
    # 404 and 405: no route; 307: to the address as it should be, which decides; a page: the dashboard's, without data.
    let_in = [
        (method, variant, answer.status_code)
        for (method, variant, _), answer in zip(requests, _answers(server, requests), strict=True)
        if answer.status_code not in {307, 401, 403, 404, 405} and not _is_page(answer)
    ]
    assert let_in == []


@pytest.mark.parametrize(
    "headers",
    [
        {"x-http-method-override": "GET"},
        {"x-method-override": "GET"},
        {"x-original-url": "/healthz"},
        {"x-rewrite-url": "/healthz"},
        {"x-forwarded-for": "127.0.0.1"},
        {"x-forwarded-host": "127.0.0.1", "x-forwarded-proto": "https"},
        {"forwarded": "for=127.0.0.1;host=127.0.0.1"},
        {"x-real-ip": "127.0.0.1"},
    ],
    ids=lambda headers: next(iter(headers)),
)
def test_no_header_makes_a_request_another_one(
    server: Server, credentials: dict[str, dict[str, str]], headers: dict[str, str]
) -> None:
    web = _from_elsewhere(server)
    asked = [
        web.delete(f"{ADDRESS}/observability/keys/1", headers={**credentials["read-only"], **headers}).status_code,
        web.post(f"{ADDRESS}/observability/goals", headers={**credentials["read-only"], **headers}).status_code,
        web.get(f"{ADDRESS}/observability/sessions", headers=headers).status_code,
        web.get(f"{ADDRESS}/observability/keys?_method=POST", headers={**credentials["admin"], **headers}).status_code,
    ]
    assert asked == [403, 403, 401, 400]


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "get"])
def test_no_method_asks_less_than_those_that_there_are(server: Server, method: str) -> None:
    web = _from_elsewhere(server)
    answers = {
        path: answer.status_code
        for path in {path for _, path, _ in PROTECTED}
        if (answer := web.request(method, f"{ADDRESS}{_filled(path)}")).status_code not in {401, 405}
    }
    assert answers == {}


# --- guesses, other names and other sites ---


def test_who_guesses_keys_is_turned_away_everywhere_and_nobody_else(
    server: Server, credentials: dict[str, dict[str, str]]
) -> None:
    guesser, other = _from_elsewhere(server), _from_elsewhere(server)
    sessions = f"{ADDRESS}/observability/sessions"
    assert guesser.get(sessions, headers=credentials["all"]).status_code == 200

    paths = ("/observability/sessions", "/api/public/projects", "/auth/me")
    guesses = [
        guesser.get(
            f"{ADDRESS}{paths[number % 3]}", headers={"authorization": f"Bearer pk_guess-{number:04}"}
        ).status_code
        for number in range(100)
    ]
    assert guesses == [401] * 10 + [429] * 90

    refused = guesser.post(f"{ADDRESS}/v1/traces", headers=credentials["ingest-only"])
    assert (refused.status_code, int(refused.headers["retry-after"]) in range(1, 61)) == (429, True)
    assert guesser.get(sessions, headers=credentials["all"]).status_code == 200
    assert other.get(sessions, headers=credentials["read-only"]).status_code == 200


def test_a_key_that_is_not_there_and_one_that_is_over_get_the_same_answer(
    server: Server, credentials: dict[str, dict[str, str]]
) -> None:
    answers = [
        _from_elsewhere(server).get(f"{ADDRESS}/observability/sessions", headers=credentials[name])
        for name in UNKNOWN
        if name != "none"
    ]
    told = {(answer.status_code, answer.content, tuple(answer.headers.items())) for answer in answers}
    assert len(told) == 1


HOSTS = (
    "evil.example", "evil.example:4318", "127.0.0.1.evil.example", "127.0.0.1.nip.example", "localhost.evil.example",
    "evil.example:80@127.0.0.1", "127.0.0.1@evil.example", "evil.example#127.0.0.1", "evil.example/127.0.0.1", "127.0.0.1:",
    "127.0.0.1:x", "127.0.0.1:4318:4318", "127.0.0.1:999999", "127.0.0.1,evil.example", "127.0.0.1 evil.example", "127.1",
    "2130706433", "0x7f000001", "0177.0.0.1", "0.0.0.0", "[::]", "[::ffff:127.0.0.1]", "::1", "[::1", "[::1].evil.example",
    "localhost..", ".localhost", "local host", "169.254.169.254", "*", "",
)  # fmt: skip
ONE_OF_EACH_KIND = (
    ("GET", "/"), ("GET", "/healthz"), ("GET", "/openapi.json"), ("GET", "/assets/x.js"), ("GET", "/nothing"), ("POST", "/auth/login"),
    ("POST", "/v1/traces"), ("POST", "/api/public/ingestion"), ("GET", "/info"), ("GET", "/observability/sessions"),
    ("GET", "/observability/live"), ("POST", "/observability/keys"),
)  # fmt: skip


def test_a_name_that_is_not_the_servers_is_refused_on_every_kind_of_route(
    server: Server, credentials: dict[str, dict[str, str]]
) -> None:
    requests = [
        (method, path, {**credentials["all"], "host": host}) for host in HOSTS for method, path in ONE_OF_EACH_KIND
    ]
    answered = [
        (headers["host"], path, answer.status_code)
        for (_, path, headers), answer in zip(requests, _answers(server, requests), strict=True)
        if answer.status_code != 421
    ]
    assert (len(HOSTS) > 30, answered) == (True, [])


@pytest.mark.parametrize("header", ["x-forwarded-host", "forwarded", "x-host", "x-original-host"])
def test_what_a_header_says_of_the_host_changes_nothing(server: Server, header: str) -> None:
    ours, evil = {"host": "127.0.0.1", header: "evil.example"}, {"host": "evil.example", header: "127.0.0.1"}
    assert server.web.get(f"{ADDRESS}/healthz", headers=ours).status_code == 200
    assert server.web.get(f"{ADDRESS}/healthz", headers=evil).status_code == 421


CROSS_SITE = (
    {"origin": "http://evil.example"},
    {"origin": "null"},
    {"origin": "http://127.0.0.1:9999"},
    {"origin": f"{ADDRESS}.evil.example"},
    {"sec-fetch-site": "cross-site"},
    {"sec-fetch-site": "same-site"},
    {"sec-fetch-site": "none"},
    {"origin": ADDRESS, "sec-fetch-site": "cross-site"},
    {},
)


def test_another_sites_page_cannot_make_a_signed_in_browser_change_anything(
    server: Server, credentials: dict[str, dict[str, str]]
) -> None:
    requests = [
        (method, _filled(path), {"cookie": credentials["owner"]["cookie"], **sent, "content-type": kind})
        for method, path, _ in PROTECTED
        if method != "GET"
        for sent in CROSS_SITE
        for kind in ("application/json", "text/plain")
    ]
    done = [
        (*request, answer.status_code)
        for request, answer in zip(requests, _answers(server, requests, b"{}"), strict=True)
        if answer.status_code != 403
    ]
    assert done == []


def test_no_answer_lets_another_sites_page_read_it(server: Server, credentials: dict[str, dict[str, str]]) -> None:
    asking = {"origin": "http://evil.example", "access-control-request-method": "DELETE"}
    for method in ("GET", "OPTIONS"):
        for _, path in ONE_OF_EACH_KIND:
            answer = server.web.request(method, f"{ADDRESS}{path}?nonsense=1", headers={**credentials["all"], **asking})
            assert [name for name in answer.headers if name.startswith("access-control")] == []


# --- what the audit log has of sessions ---


def test_erasing_and_exporting_are_in_the_audit_log_without_a_word_of_what_was_said(server: Server) -> None:
    caller = server.caller()
    caller.send(
        {"id": "t-1", "sessionId": "canary-session", "input": "canary-text"},
        {"id": "t-2", "sessionId": "canary-session-2", "userId": "canary-user", "input": "canary-text"},
    )
    for path in ("sessions/canary-session/export", "export?format=csv&q=canary-text", "export?format=jsonl"):
        assert caller.get(f"/observability/{path}").status_code == 200
    receipts = [
        caller.request("DELETE", f"/observability/{path}").json()
        for path in ("sessions/canary-session", "users/canary-user")
    ]
    log = caller.get("/observability/audit")
    session, user = (receipt["digest"] for receipt in receipts)
    assert [(event["action"], event["target"]) for event in reversed(log.json()["data"])] == [
        ("session.export", f"session {session}"),
        ("sessions.export", "format csv, filtered"),
        ("sessions.export", "format jsonl, all"),
        ("session.erase", f"session {session}"),
        ("user.erase", f"user {user}"),
    ]
    assert "canary" not in log.text


def test_a_definition_that_is_gone_is_named_in_the_audit_log_as_it_was(server: Server) -> None:
    caller = server.caller()
    made = {
        "goals": {"name": "checkout", "when": {"tag": "paid"}},
        "views": {"name": "dear ones", "filter": "cost > 1"},
        "alerts/rules": {"name": "too dear", "when": {"session": "totalCost", "above": 1}},
        "prices": {"model": "own-model", "input": "1"},
    }
    numbers = {}
    for path, body in made.items():
        answer = caller.request("POST", f"/observability/{path}", json=body)
        assert answer.status_code == 201, answer.text
        numbers[path] = answer.json()["id"]
        assert caller.request("DELETE", f"/observability/{path}/{numbers[path]}").status_code == 204
    told = [(event["action"], event["target"]) for event in caller.get("/observability/audit").json()["data"]]
    assert [event for event in reversed(told) if event[0].endswith(".delete")] == [
        ("goal.delete", f"goal {numbers['goals']} (checkout)"),
        ("view.delete", f"view {numbers['views']} (dear ones)"),
        ("alertRule.delete", f"rule {numbers['alerts/rules']} (too dear)"),
        ("price.delete", f"price {numbers['prices']} (own-model)"),
    ]
