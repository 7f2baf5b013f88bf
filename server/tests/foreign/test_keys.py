"""An SDK of another vendor puts our key where it puts its own."""

from __future__ import annotations

import base64

import pytest

from server.tests.api import otlp
from server.tests.api.running import Caller

from .events import event, moment, request

EVENTS = request([event(1, "span-create", 1, id="o", traceId="t", startTime=moment(1))]).body
RUN = b'{"id": "r", "start_time": "2026-11-23T07:00:00Z", "name": "run"}'
WAYS = {
    "/api/public/ingestion": (EVENTS, 207),
    "/runs": (RUN, 202),
    "/api/v1/runs": (RUN, 202),
    "/v1/traces/ingest": (b'{"data": []}', 200),
    "/v1/traces": (b"{}", 200),
    "/api/public/otel/v1/traces": (b"{}", 200),
    "/otel/v1/traces": (b"{}", 200),
    "/api/v1/otel/v1/traces": (b"{}", 200),
}


def basic(user: str, password: str) -> dict[str, str]:
    return {"authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


def post(caller: Caller, path: str, body: bytes, headers: dict[str, str]) -> int:
    anybody = Caller(caller.server, caller.project_id, {})
    return anybody.request(
        "POST", path, content=body, headers={"content-type": "application/json", **headers}
    ).status_code


@pytest.mark.parametrize("path", WAYS)
def test_a_key_is_taken_as_bearer_as_either_part_of_basic_and_as_x_api_key(path: str, caller: Caller) -> None:
    body, good = WAYS[path]
    key = caller.headers["authorization"].removeprefix("Bearer ")
    ways = [caller.headers, basic(key, "sk-lf-x"), basic("pk-lf-x", key), basic(key, key), {"x-api-key": key}]

    assert [post(caller, path, body, dict(headers)) for headers in ways] == [good] * len(ways)


@pytest.mark.parametrize("path", WAYS)
def test_a_wrong_key_is_401_wherever_it_stands(path: str, caller: Caller) -> None:
    body, _ = WAYS[path]
    ways = [{}, basic("pk-lf-x", "sk-lf-x"), basic("", ""), {"authorization": "Basic é"}, {"x-api-key": "pk_wrong"}]
    headers = [{name: value.encode("latin-1") for name, value in way.items()} for way in ways]

    assert [post(caller, path, body, each) for each in headers] == [401] * len(ways)  # type: ignore[arg-type]


@pytest.mark.parametrize("path", WAYS)
def test_a_key_that_may_only_read_is_403(path: str, caller: Caller) -> None:
    reader = caller.server.caller(caller.project_id, scopes=["read"])

    assert post(caller, path, WAYS[path][0], dict(reader.headers)) == 403


def test_another_site_s_page_cannot_use_the_basic_credentials_that_a_browser_remembers(caller: Caller) -> None:
    key = caller.headers["authorization"].removeprefix("Bearer ")
    from_a_page = {**basic(key, ""), "origin": "https://elsewhere.example", "sec-fetch-site": "cross-site"}

    assert post(caller, "/api/public/ingestion", EVENTS, from_a_page) == 403


def test_langfuse_s_check_of_its_keys_answers_the_key_s_own_project(caller: Caller) -> None:
    [project] = caller.read("/api/public/projects")["data"]

    assert project["id"] == str(caller.project_id)
    assert project["name"].startswith("p-")


def test_what_an_sdk_asks_before_it_has_a_key_needs_none(caller: Caller) -> None:
    anybody = Caller(caller.server, caller.project_id, {})

    assert anybody.read("/api/public/health")["status"] == "OK"
    for path in ("/info", "/api/v1/info"):
        assert anybody.read(path)["batch_ingest_config"]["use_multipart_endpoint"] is True


@pytest.mark.parametrize("path", [path for path in WAYS if path.endswith("/otel/v1/traces")])
def test_otlp_at_another_vendor_s_address_is_the_same(path: str, caller: Caller) -> None:
    answer = caller.post(path, otlp.body(otlp.PROTOBUF, otlp.span(1, session__id="s")), otlp.PROTOBUF)
    caller.server.fresh()

    assert (answer.status_code, caller.session("s")["spanCount"]) == (200, 1)
