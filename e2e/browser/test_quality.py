"""What is wrong with the data that came in, and the traces that are in no session."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from e2e.api import Api, eventually
from e2e.browser.conftest import Visit
from e2e.browser.conversations import ago, chat_turn
from e2e.server_process import ServerProcess

HOSTILE = '"><img src=x onerror=alert(1)>'
LONE = 3


def lone(number: int, **facts: Any) -> dict[str, Any]:
    trace = chat_turn("", ago(minutes=10 * (number + 1)), f"Sort mail {number}", **facts)
    return {**trace, "sessionId": None, "id": f"lone-{number}", "name": HOSTILE if number == 2 else "sort-mail"}


@pytest.fixture(scope="module")
def project(server: ServerProcess) -> Iterator[Api]:
    with server.api.new_project("quality") as api:
        api.send([chat_turn(f"request-{n}", ago(minutes=30 + n), "Hi", model="own-model") for n in range(12)])
        traces = [lone(number) for number in range(LONE)]
        answer = api.http.post("/observability/traces", json={"traces": [*traces, {"name": "x", "startTime": "soon"}]})
        assert answer.json()["accepted"] == LONE
        eventually(lambda: api.get("/quality")["withoutSession"]["traceCount"], lambda count: count == LONE)
        eventually(lambda: api.get("/quality")["refused"], bool)
        yield api


def finding(page: Page, title: str) -> Any:
    return page.get_by_role("region", name=title, exact=True)


def test_each_finding_says_what_it_is_and_what_to_do(visit: Visit, project: Api) -> None:
    page = visit(project, "/sessions")
    page.get_by_role("link", name="Quality", exact=True).click()
    for told in project.get("/quality")["findings"]:
        if told["advice"] is not None and told["code"] != "arrivals":
            expect(page.get_by_text(told["advice"])).to_be_visible()
    expect(finding(page, "Refused")).to_contain_text("startTime is not an ISO 8601 time")
    expect(page.get_by_role("region", name="What is well")).to_contain_text("No clock is ahead")
    expect(page.get_by_role("table", name="Senders")).to_contain_text("threadline")


def test_numbers_of_the_report_open_what_is_behind_them(visit: Visit, project: Api) -> None:
    page = visit(project, "/quality")
    finding(page, "Sessions of one call").get_by_role("link", name="12 sessions of one call").click()
    rows = page.get_by_role("table", name="Sessions").locator("[data-index]")
    expect(rows).to_have_count(12)
    page.go_back()

    unpriced = finding(page, "Models without a price")
    price = unpriced.get_by_role("link", name="Set a price")
    expect(price).to_have_attribute("href", "/settings/prices?model=own-model")
    unpriced.get_by_role("link", name="12 traces with own-model").click()
    expect(rows).to_have_count(12)
    page.go_back()

    finding(page, "Traces without a session").get_by_role("link", name=f"{LONE} traces").click()
    expect(page.get_by_role("table", name="Traces without a session").get_by_role("row")).to_have_count(LONE + 1)


def test_a_trace_without_a_session_is_looked_at_with_the_keyboard(visit: Visit, project: Api) -> None:
    page = visit(project, "/traces")
    expect(page.get_by_label("Why they have no session")).to_contain_text(f"{LONE} traces of 15")
    page.keyboard.press("j")
    inspector = page.get_by_role("complementary", name="Inspector")
    expect(inspector.get_by_text("lone-0")).to_be_visible()
    page.keyboard.press("j")
    expect(inspector.get_by_text("lone-1")).to_be_visible()
    inspector.get_by_role("treeitem").nth(2).click()
    expect(inspector).to_contain_text("generate-response")
    page.reload()
    expect(inspector).to_contain_text("generate-response")
    page.keyboard.press("Escape")
    expect(inspector).to_have_count(0)
    expect(page.get_by_role("link", name=HOSTILE)).to_be_visible()


def test_a_trace_in_a_session_leads_there(visit: Visit, project: Api) -> None:
    (trace,) = project.get("/sessions/request-3")["traces"]
    page = visit(project, "/sessions")
    page.goto(f"/traces?turn={trace['id']}".replace("+", "%2B"))
    page.get_by_role("link", name="open it there").click()
    page.wait_for_url("**/sessions/request-3?turn=*")


def test_an_empty_project_has_nothing_to_do(visit: Visit, server: ServerProcess) -> None:
    with server.api.new_project("no-quality") as nothing:
        page = visit(nothing, "/quality")
        expect(page.get_by_role("region", name="Arrivals")).to_contain_text("Nothing has ever arrived.")
        page.get_by_role("link", name="Traces", exact=True).click()
        expect(page.get_by_text("there is nothing to do here")).to_be_visible()
