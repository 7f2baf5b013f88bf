"""Two sessions side by side: their turns, what differs in them, and how one gets there."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from playwright.sync_api import Locator, Page, expect

from e2e.api import Api
from e2e.browser.axe import no_serious_axe_violations
from e2e.browser.conftest import Visit
from e2e.browser.conversations import ago, chat_turn
from e2e.server_process import ServerProcess

A, B = "first/küche?", 'second "50%"#'
LONG = ("long-a", "long-b")
HOSTILE = "<img src=x onerror=alert(1)> \u202eevil **bold**"
HEBREW = ("שלום, איפה החבילה שלי היום?", "שלום, איפה המכתב שלי היום?")
LONG_TURNS = 120
DIFFERENT = 110


def call(argument: int) -> dict[str, Any]:
    made = {"id": "c-1", "type": "function", "function": {"name": "lookup_order", "arguments": f'{{"id": {argument}}}'}}
    return {"kind": "generation", "name": "choose", "modelName": "gpt-4o", "promptTokens": 10, "completionTokens": 5,
            "input": {"messages": [{"role": "user", "content": "When will it arrive?"}]},
            "output": {"role": "assistant", "content": None, "tool_calls": [made]}}  # fmt: skip


def turns(session_id: str, *said: tuple[str, str], days: int, **facts: Any) -> list[dict[str, Any]]:
    begin = ago(days=days)
    return [
        chat_turn(session_id, begin + timedelta(minutes=n), asked, answered, **{"userId": "u-12", **facts})
        for n, (asked, answered) in enumerate(said)
    ]


@pytest.fixture(scope="module")
def project(server: ServerProcess) -> Iterator[Api]:
    with server.api.new_project("compare-sessions") as api:
        a = turns(
            A, ("Where is my parcel?", "It left the depot **this morning**."), ("When will it arrive?", "Tomorrow, before noon."),
            (HEBREW[0], "כן"), ("Thank you!", HOSTILE), days=3, release="v1",
        )  # fmt: skip
        b = turns(
            B, ("where is my  parcel?", "It left the depot **this morning**."), ("When will it arrive?", "Tomorrow, after six."),
            (HEBREW[1], "כן"), ("Refund me, please.", "I may not do that."), ("Thank you!", HOSTILE), days=1, release="v2",
        )  # fmt: skip
        a[1]["observations"].insert(0, {**call(1182), **{name: a[1][name] for name in ("startTime", "endTime")}})
        b[1]["observations"][0] |= {"promptTokens": 1100, "modelName": "a-model-nobody-prices"}
        b[3] |= {"error": {"type": "Forbidden", "message": HOSTILE}, "name": "refund"}
        both = [
            turns(
                name,
                *((f"Question {n}", f"Answer {n}" + (name if n == DIFFERENT else "")) for n in range(LONG_TURNS)),
                days=2,
                userId="u-3",
            )
            for name in LONG
        ]
        api.send([*a, *b, *both[0], *both[1]])
        yield api


def address(a: str, b: str, **more: str) -> str:
    return f"/compare?{urlencode({'a': a, 'b': b, **more})}"


def position(page: Page, number: int) -> Locator:
    return page.get_by_role("article", name=f"Position {number}", exact=True)


def test_turns_stand_side_by_side_with_what_differs(visit: Visit, project: Api) -> None:
    page = visit(project, address(A, B))
    expect(page.get_by_text("5 positions: 3 with the same input, 1 with the same name, 1 only in B")).to_be_visible()
    expect(page.get_by_role("link", name="Session A: Where is my parcel?")).to_be_visible()
    numbers = page.get_by_role("table", name="Numbers of both sessions").get_by_role("row")
    expect(numbers.nth(3)).to_contain_text("+1.1k tok")
    expect(numbers.nth(3).get_by_role("cell").nth(4)).to_have_text("-")

    same, second = position(page, 1), position(page, 2)
    expect(same).to_contain_text("Input differs")
    expect(same.locator("del")).to_have_text(["Where", " "])
    expect(same.locator("ins")).to_have_text(["where", "  "])
    expect(second).to_contain_text("Output and tool calls differ")
    expect(second.locator("del")).to_have_text(["before noon"])
    expect(second.locator("ins")).to_have_text(["after six"])
    expect(second).to_contain_text("+985 tok")
    tool = second.get_by_role("button", name="lookup_order")
    expect(tool).to_have_attribute("aria-expanded", "false")
    tool.click()
    expect(second).to_contain_text("No result of this call was sent.")

    hebrew = position(page, 3)
    expect(hebrew.locator("del")).to_have_text(["החבילה"])
    assert hebrew.locator("del").evaluate("element => getComputedStyle(element).direction") == "rtl"
    alone = position(page, 4)
    expect(alone).to_contain_text("Only in B")
    expect(alone.get_by_label("A: no such turn")).to_be_visible()
    expect(alone.get_by_role("note", name="Error")).to_contain_text("<img src=x onerror=alert(1)>")
    expect(position(page, 5)).to_contain_text("Same words")
    expect(position(page, 5).get_by_text("bold", exact=True)).to_have_count(2)
    expect(page.locator("img[src=x]")).to_have_count(0)
    no_serious_axe_violations(page)


def test_the_keyboard_goes_from_difference_to_difference(visit: Visit, project: Api) -> None:
    page = visit(project, address(*LONG))
    expect(page.get_by_text(f"{LONG_TURNS} positions")).to_be_visible()
    page.keyboard.press("n")
    found = position(page, DIFFERENT + 1)
    expect(found).to_be_in_viewport()
    expect(found).to_have_attribute("aria-current", "true")
    expect(found.locator("ins")).to_have_count(1)
    expect(page.get_by_role("status").filter(has_text=f"Position {DIFFERENT + 1} of {LONG_TURNS}")).to_be_visible()

    page.reload()
    expect(found).to_be_in_viewport()
    found.get_by_role("link", name=f"Turn {DIFFERENT + 1} of B").click()
    page.wait_for_url("**/sessions/long-b?turn=*")


def test_two_selected_sessions_are_compared(visit: Visit, project: Api) -> None:
    page = visit(project, "/sessions")
    rows = page.get_by_role("table", name="Sessions").locator("[data-index]")
    expect(rows).to_have_count(4)
    bar = page.get_by_role("region", name="Selected sessions")
    for text in ("v2", "v1"):
        page.get_by_role("row").filter(has_text=A if text == "v1" else B).get_by_role("checkbox").click()
    bar.get_by_role("link", name="Compare").click()
    expect(page.get_by_role("textbox", name="First session")).to_have_value(A)
    expect(page.get_by_role("textbox", name="Second session")).to_have_value(B)
    expect(position(page, 1)).to_be_visible()


def test_a_session_is_compared_with_the_one_before_of_its_user(visit: Visit, project: Api) -> None:
    page = visit(project, f"/sessions/{quote(B, safe='')}", expected="404")
    page.get_by_role("button", name="Compare with another session").click()
    page.get_by_role("link", name="The session before, of the same user").click()
    expect(page.get_by_role("textbox", name="First session")).to_have_value(A)

    page.go_back()
    page.get_by_role("button", name="Compare with another session").click()
    page.get_by_role("textbox", name="Compare with the session of this id").fill("nobody")
    page.keyboard.press("Enter")
    expect(page.get_by_text("the first, 'nobody'")).to_be_visible()


def test_on_a_telephone_the_turns_stand_one_below_the_other(visit: Visit, project: Api) -> None:
    page = visit(project, address(A, B), viewport={"width": 390, "height": 844})
    sides = [position(page, 2).get_by_role("region", name=f"{side}: turn 2") for side in "AB"]
    expect(sides[1]).to_be_attached()
    upper, lower = (side.bounding_box() for side in sides)
    assert upper is not None
    assert lower is not None
    assert upper["y"] + upper["height"] <= lower["y"]
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
