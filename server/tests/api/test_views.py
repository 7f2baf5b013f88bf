"""Saved views, and what a filter can ask for."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from threadline_server.identity import views
from threadline_server.query.expression import parse
from threadline_server.query.fields import ALIASES, FIELDS

from .running import Caller, Server

VIEWS, FILTERS = "/observability/views", "/observability/filters"
USUAL = {"page": "sessions", "filter": "", "q": "", "sort": "lastActivity", "order": "desc", "columns": []}


def save(caller: Caller, **body: Any) -> Any:
    return caller.post(VIEWS, orjson.dumps(body))


def change(caller: Caller, view_id: Any, **body: Any) -> Any:
    sent = {"content": orjson.dumps(body), "headers": {"content-type": "application/json"}}
    return caller.request("PUT", f"{VIEWS}/{view_id}", **sent)


def without_times(view: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in view.items() if name not in ("createdAt", "updatedAt")}


def test_a_view_comes_back_as_it_was_saved_and_changed_and_then_is_gone(caller: Caller) -> None:
    whole = {
        "name": "Dear & failed", "page": "analytics", "filter": "cost > 0.5 and errors > 0", "q": '"new york" -refund', "sort": "totalCost",
        "order": "asc", "columns": ["cost", "duration"],
    }  # fmt: skip

    saved = save(caller, **whole)
    assert (saved.status_code, without_times(saved.json())) == (201, {"id": saved.json()["id"], **whole})
    changed = change(caller, saved.json()["id"], name="Plain")
    assert (changed.status_code, without_times(changed.json())) == (
        200,
        {"id": saved.json()["id"], **USUAL, "name": "Plain"},
    )
    assert caller.read(VIEWS) == {"data": [changed.json()], "nextCursor": None}

    assert caller.request("DELETE", f"{VIEWS}/{saved.json()['id']}").status_code == 204
    assert caller.read(VIEWS) == {"data": [], "nextCursor": None}


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"name": ""}, "a view's name"), ({"name": " a"}, "a view's name"), ({"name": "a\nb"}, "a view's name"), ({"name": "a" * 201}, "a view's name"),
        ({"name": "v", "filter": "cst > 1"}, "cannot read 'filter' at position 0"), ({"name": "v", "q": "-a"}, "there is no word to look for"),
        ({"name": "v", "sort": "name"}, "'name' is unknown"), ({"name": "v", "order": "up"}, "'up' is unknown"),
        ({"name": "v", "page": "x"}, "'x' is unknown"), ({"name": "v", "columns": [""]}, "columns"), ({"name": "v", "more": 1}, "more"),
        ({"name": "v", "columns": ["c"] * 51}, "columns"), ({}, "name"),
    ],
)  # fmt: skip
def test_what_would_not_work_is_not_saved(body: dict[str, Any], told: str, caller: Caller) -> None:
    answer = save(caller, **body)

    assert answer.status_code == 400
    assert told in answer.json()["error"]["message"]
    assert caller.read(VIEWS)["data"] == []


def test_a_name_stands_for_one_view_of_the_project(caller: Caller, server: Server) -> None:
    first = save(caller, name="mine").json()
    second = save(caller, name="other").json()

    assert save(caller, name="mine").status_code == 409
    assert change(caller, second["id"], name="mine").status_code == 409
    assert change(caller, first["id"], name="mine", q="word").status_code == 200
    assert save(server.caller(), name="mine").status_code == 201


def test_another_project_sees_and_changes_nothing(caller: Caller, server: Server) -> None:
    view_id, other = save(caller, name="mine").json()["id"], server.caller()

    assert other.read(VIEWS)["data"] == []
    assert change(other, view_id, name="theirs").status_code == 404
    assert other.request("DELETE", f"{VIEWS}/{view_id}").status_code == 404
    assert [view["name"] for view in caller.read(VIEWS)["data"]] == ["mine"]


@pytest.mark.parametrize("view_id", ["0", "7", "99999999999", "-1", "x", "²"])
def test_a_view_that_is_not_there_is_404(view_id: str, caller: Caller) -> None:
    assert (
        change(caller, view_id, name="a").status_code,
        caller.request("DELETE", f"{VIEWS}/{view_id}").status_code,
    ) == (404, 404)


def test_saving_needs_admin_and_looking_read(caller: Caller, server: Server) -> None:
    reader = server.caller(caller.project_id, ["read"])
    sender = server.caller(caller.project_id, ["ingest"])

    assert (save(reader, name="a").status_code, reader.get(VIEWS).status_code, sender.get(VIEWS).status_code) == (
        403,
        200,
        403,
    )


def test_a_project_has_no_more_views_than_fit_in_a_menu(caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "MAX_VIEWS", 1)
    save(caller, name="a")

    assert save(caller, name="b").status_code == 409


def test_everything_that_is_described_can_be_asked_for(caller: Caller) -> None:
    told = caller.read(FILTERS)

    assert [field["name"].removesuffix(".<key>") for field in told["fields"]] == list(FIELDS)
    assert {alias for field in told["fields"] for alias in field["aliases"]} == set(ALIASES)
    for example in told["examples"]:
        parse(example, "filter", goals=["checkout"])


def trace(number: int, **facts: Any) -> dict[str, Any]:
    begun = f"2026-11-20T10:00:{number:02d}Z"
    return {"id": f"t{number}", "sessionId": f"s{number}", "startTime": begun, "endTime": begun, **facts}


def test_values_are_those_of_the_projects_sessions_the_most_frequent_first(caller: Caller, server: Server) -> None:
    server.caller().send(trace(0, tags=["elsewhere"], userId="elsewhere"))
    caller.send(
        trace(1, tags=["web", "Beta"], environment="live", userId="u1", name="ask", metadata={"plan": "pro", "seats": 3}),
        trace(2, tags=["web"], environment="live", userId="u2", name="ask", metadata={"plan": "free"}),
        trace(3, tags=["web-2"], userId="u1", name="pay", observations=[
            {"id": "g", "kind": "generation", "modelName": "m-1", "startTime": "2026-11-20T10:00:03Z", "endTime": "2026-11-20T10:00:03Z"},
            {"id": "x", "kind": "tool", "name": "look", "startTime": "2026-11-20T10:00:03Z", "endTime": "2026-11-20T10:00:03Z"}]),
    )  # fmt: skip

    def values(field: str, *pairs: tuple[str, str]) -> list[tuple[Any, int]]:
        found = caller.read(f"{FILTERS}/{field}/values", *pairs)
        return [(entry["value"], entry["sessionCount"]) for entry in found["data"]]

    assert values("tag") == [("web", 2), ("Beta", 1), ("web-2", 1)]
    assert values("tag", ("prefix", "b")) == [("Beta", 1)]
    assert values("tags", ("prefix", "web"), ("limit", "1")) == [("web", 2)]
    assert (values("environment"), values("user.id"), values("step")) == (
        [("live", 2)], [("u1", 2), ("u2", 1)], [("ask", 2), ("pay", 1)],
    )  # fmt: skip
    assert (values("model"), values("tool"), values("status")) == ([("m-1", 1)], [("look", 1)], [("idle", 3)])
    assert (values("metadata"), values("metadata.plan", ("prefix", "p"))) == ([("plan", 2), ("seats", 1)], [("pro", 1)])
    assert (values("metadata.seats"), values("metadata.none"), values("score"), values("goal")) == (
        [(3, 1)],
        [],
        [],
        [],
    )


@pytest.mark.parametrize(("field", "told"), [("cst", "cost"), ("cost", None), ("x' OR 1", None)])
def test_values_of_what_has_none_are_404(field: str, told: str | None, caller: Caller) -> None:
    answer = caller.get(f"{FILTERS}/{field.replace(' ', '%20')}/values")

    assert answer.status_code == 404
    assert told is None or told in answer.json()["error"]["hint"]
