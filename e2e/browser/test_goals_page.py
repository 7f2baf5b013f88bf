"""Goals: defined, changed and removed beside their effect, which is shown before it is saved."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from e2e.api import Api
from e2e.browser.analytics_world import listed, month, numbered_links, sessions_of
from e2e.browser.conftest import Visit
from e2e.browser.support import no_serious_axe_violations
from e2e.server_process import ServerProcess

WHENS: dict[str, dict[str, Any]] = {
    "a tag": {"tag": "t-1"},
    "a name": {"traceName": "pay"},
    "metadata": {"metadata": {"channel": "web", "plan": "pro"}},
    "an outcome": {"outcome": "solved"},
    "an error-free end": {"errorFree": True},
    "a score": {"score": {"name": "quality", "min": 0.5, "label": "good"}},
    "a sequence": {"sequence": [{"traceName": "chat-turn"}, {"traceName": "pay"}, {"errorFree": True}]},
}
ROUTE = "/goals"


@pytest.fixture(scope="module")
def api(server: ServerProcess) -> Iterator[Api]:
    with server.api.new_project("goals-page") as api:
        api.send(list(month()))
        yield api


def fill(page: Page, when: dict[str, Any], at: int | None = None) -> None:
    """The form as somebody fills it in to say ``when``."""
    of = "" if at is None else f" of condition {at + 1}"
    [(kind, value)] = when.items()
    page.get_by_label(f"Kind{of}", exact=True).select_option(kind)
    if kind == "metadata":
        for number, (key, one) in enumerate(value.items(), 1):
            if number > 1:
                page.get_by_role("button", name="and another pair").click()
            suffix = f" {number}" if number > 1 else ""
            page.get_by_label(f"Key{suffix}{of}", exact=True).fill(key)
            page.get_by_label(f"Value{suffix}{of}", exact=True).fill(one)
    elif kind == "score":
        page.get_by_label(f"Score{of}", exact=True).fill(value["name"])
        page.get_by_label(f"At least{of}", exact=True).fill(str(value["min"]))
        page.get_by_label(f"Label{of}", exact=True).fill(value["label"])
    elif kind != "errorFree":
        label = {"tag": "Tag", "traceName": "Name of the turn", "outcome": "Outcome"}[kind]
        page.get_by_label(f"{label}{of}", exact=True).fill(value)


def test_every_kind_of_condition_is_defined_in_the_form_and_comes_back_as_it_was(visit: Visit, api: Api) -> None:
    page = visit(api, "/analytics")
    page.get_by_role("link", name="Analytics of goals").click()
    expect(page.get_by_text("There is no goal yet.")).to_be_visible()
    for name, when in WHENS.items():
        page.get_by_role("button", name="New goal").click()
        page.get_by_label("Name", exact=True).fill(name)
        if "sequence" in when:
            for _ in when["sequence"][1:]:
                page.get_by_role("button", name="Then", exact=True).click()
            for at, condition in enumerate(when["sequence"]):
                fill(page, condition, at)
        else:
            fill(page, when)
        page.get_by_role("button", name="Add the goal").click()
        expect(page.get_by_role("rowheader", name=name)).to_be_visible()
    assert {one["name"]: one["when"] for one in api.get(ROUTE)["data"]} == WHENS
    page.get_by_role("button", name="Edit a sequence").click()
    expect(page.get_by_label("Name of the turn of condition 2")).to_have_value("pay")
    page.get_by_role("button", name="Save the goal").click()
    expect(page.get_by_role("button", name="Save the goal")).to_have_count(0)
    assert {one["name"]: one["when"] for one in api.get(ROUTE)["data"]} == WHENS
    no_serious_axe_violations(page)

    told = {one["goal"]: one for one in api.get("/analytics/goals")["goals"]}
    cells = (
        page.get_by_role("table", name="Goals")
        .locator("tbody tr")
        .evaluate_all("all => all.map(r => [...r.cells].slice(1, 6).map(c => c.innerText.trim()))")
    )
    assert cells == [
        [
            f"{round(one['rate'] * 100, 1):g}%", str(one["reached"]), str(one["closed"] - one["reached"]), str(one["open"]),
            "-" if one["turns"]["p50"] is None else f"{one['turns']['p50']:g} turn{'' if one['turns']['p50'] == 1 else 's'}",
        ]
        for one in (told[name] for name in WHENS)
    ]  # fmt: skip
    doors = numbered_links(page.get_by_role("table", name="Goals").get_by_role("link"))
    assert {href: listed(api, href) for href in doors} == {href: sessions_of(label) for href, label in doors.items()}


def test_the_effect_of_what_is_not_saved_is_shown_and_nothing_else_changes(visit: Visit, api: Api) -> None:
    saved = _posted(api, ROUTE, {"name": "paid", "when": {"traceName": "pay"}})
    page = visit(api, f"/analytics/goals?edit={saved['id']}&userId=u-1")
    effect = page.get_by_role("region", name="Effect")
    expect(effect).to_contain_text("as it is saved")
    before = _effect(api, {"traceName": "pay"})
    expect(effect.locator("dd").first).to_have_text(str(before["reached"]))
    page.get_by_label("Name of the turn", exact=True).fill("chat-turn")
    after = _effect(api, {"traceName": "chat-turn"})
    assert after["reached"] > before["reached"]
    expect(effect.locator("dd").first).to_have_text(f"{after['reached']}was {before['reached']}")
    assert next(one for one in api.get(ROUTE)["data"] if one["name"] == "paid")["when"] == {"traceName": "pay"}
    page.get_by_label("Name of the turn", exact=True).fill("")
    expect(effect).to_contain_text("Complete the condition")
    expect(page.get_by_role("button", name="Save the goal")).to_be_disabled()
    page.get_by_label("Name of the turn", exact=True).fill("chat-turn")
    page.get_by_role("button", name="Save the goal").click()
    row = page.get_by_role("table", name="Goals").get_by_role("row", name="paid")
    expect(row.get_by_role("cell").nth(1)).to_have_text(str(after["reached"]))
    page.get_by_role("button", name="Delete paid").click()
    page.get_by_role("button", name="Delete the goal").click()
    expect(page.get_by_role("rowheader", name="paid")).to_have_count(0)
    assert "paid" not in [one["name"] for one in api.get(ROUTE)["data"]]


def test_who_may_only_read_sees_the_effect_and_no_form(visit: Visit, api: Api) -> None:
    key = _posted(api, "/keys", {"name": "reader", "scopes": ["read"]})["apiKey"]
    page = visit(Api(api.url, key), "/analytics/goals?edit=new")
    expect(page.get_by_role("heading", name="Analytics")).to_be_visible()
    expect(page.get_by_role("button", name="New goal")).to_have_count(0)
    expect(page.get_by_label("Name", exact=True)).to_have_count(0)


def _effect(api: Api, when: dict[str, Any]) -> dict[str, Any]:
    return _posted(api, "/analytics/goals?userId=u-1", {"when": when})


def _posted(api: Api, path: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = api.http.post(f"/observability{path}", json=body)
    answer.raise_for_status()
    found: dict[str, Any] = answer.json()
    return found
