"""Nothing that arrives in telemetry runs, loads, or becomes markup: it is shown as the text that it is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from e2e.api import Api, eventually, session_path
from e2e.browser.conftest import Visit
from e2e.browser.conversations import ago, generation, iso
from e2e.server_process import ServerProcess

PAYLOADS = (
    "<script>window.ran = 1</script>",
    "<img src=x onerror=window.ran=1>",
    "<svg onload=window.ran=1>",
    "\"><iframe srcdoc='<script>parent.ran=1</script>'>",
    "'-window.ran=1-'",
    "<a href=javascript:window.ran=1>go</a>",
    "[go](javascript:window.ran=1)",
    "![x](https://evil.example/pixel.png)",
    "[go](data:text/html,<script>window.ran=1</script>)",
    "<style>body{background:url(//evil.example/)}</style>",
    "<base href=//evil.example/>",
    "<form action=//evil.example/><button>pay</button></form>",
    "{{constructor.constructor('window.ran=1')()}}",
    "${window.ran=1}",
    "</textarea></title></script><script>window.ran=1</script>",
    "<math><mtext><style><img src=x onerror=window.ran=1></style>",
    "&lt;script&gt;window.ran=1&lt;/script&gt;",
    "javascript:window.ran=1",
)
FORBIDDEN = "script:not([src^='/assets/']), iframe, base, form[action], object, embed, svg[onload], img:not([src='/favicon.svg'])"


def hostile(text: str) -> dict[str, Any]:
    """A trace that says ``text`` wherever a trace can say something."""
    call = {"id": "c-1", "type": "function", "function": {"name": text, "arguments": {text: text}}}
    messages = [
        {"role": "system", "content": text},
        {"role": "user", "content": text},
        {"role": text, "content": text},
        {"role": "assistant", "content": text, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c-1", "content": text},
        {"role": "user", "content": [{"type": "image_url", "image_url": {"url": text}}, {"type": text, "text": text}]},
    ]
    times = {"startTime": iso(ago(minutes=2)), "endTime": iso(ago(minutes=1))}
    fault = {"type": text, "message": text, "stack": text}
    step = {**generation(messages, text, model=text), "name": text, "provider": text, "error": fault, **times}
    return {
        "id": f"t-{PAYLOADS.index(text)}",
        "name": text,
        "sessionId": text,
        "userId": text,
        "tags": [text],
        "metadata": {text: text},
        "environment": text,
        "release": text,
        "input": {"message": text},
        "output": text,
        "error": fault,
        text: text,
        **times,
        "observations": [{**step, "id": "g-1", "modelParameters": {text: text}, text: text}],
    }


def is_harmless(page: Page) -> None:
    """Neither did it run, nor is there an element that only it could have made."""
    assert page.evaluate("window.ran") is None
    expect(page.locator(FORBIDDEN)).to_have_count(0)
    outwards = page.locator("a").evaluate_all(
        """all => all.map(link => [new URL(link.getAttribute('href') ?? '', location.href), link.getAttribute('rel')])
            .filter(([address]) => address.origin !== location.origin).map(([address, rel]) => [address.protocol, rel])"""
    )
    assert all(link == ["https:", "noopener noreferrer nofollow"] for link in outwards)


@pytest.fixture(scope="module")
def hostile_project(server: ServerProcess) -> Iterator[Api]:
    with server.api.new_project("hostile") as api:
        api.send([hostile(text) for text in PAYLOADS])
        alone = {**hostile(PAYLOADS[0]), "id": "t-alone", "sessionId": None}
        assert api.http.post("/observability/traces", json={"traces": [alone]}).json()["accepted"] == 1
        eventually(lambda: api.get("/quality")["withoutSession"]["traceCount"], lambda count: count == 1)
        for text in PAYLOADS:
            goal = {"name": text, "when": {"tag": text}}
            assert api.http.post("/observability/goals", json=goal).status_code == 201
        yield api


def test_hostile_text_stays_text_in_the_list(visit: Visit, hostile_project: Api) -> None:
    page = visit(hostile_project, "/sessions?sort=startTime&order=asc")
    rows = page.get_by_role("table", name="Sessions").get_by_role("row")
    expect(rows).to_have_count(len(PAYLOADS) + 1)
    shown = [rows.nth(place + 1).get_by_role("cell").all_inner_texts()[2:4] for place in range(len(PAYLOADS))]
    assert sorted(shown) == sorted([f"“{text}”\n{text}", text] for text in PAYLOADS)
    is_harmless(page)


def test_hostile_text_stays_text_on_the_page_of_its_session(visit: Visit, hostile_project: Api) -> None:
    page = visit(hostile_project)
    for place, text in enumerate(PAYLOADS):
        page.goto(f"{session_path(text)}?turn=t-{place}&span=g-1")
        expect(page.get_by_role("heading", level=1)).to_have_text(text)
        said = page.get_by_role("feed", name="Conversation").get_by_role("article", name="Turn 1")
        expect(said.get_by_role("note", name="Error")).to_have_text(f"{text}: {text}")
        panel = page.get_by_role("complementary", name="Inspector")
        folded = said.get_by_role("button", expanded=False)
        for _ in range(folded.count()):
            folded.first.click()
        panel.get_by_role("button", name="Attributes").click()
        expect(panel.get_by_role("region", name="Error")).to_contain_text(f"{text}: {text}")
        is_harmless(page)


FIRST, SECOND = (quote(text, safe="") for text in PAYLOADS[:2])
PAGES = {
    "/users": "table",
    f"/users/{FIRST}": "heading",
    "/traces": "table",
    "/quality": "table",
    f"/compare?a={FIRST}&b={SECOND}": "heading",
    "/analytics?groupBy=user": "table",
    "/analytics?groupBy=tag": "table",
    "/analytics/costs?groupBy=traceName": "table",
    "/analytics/goals": "table",
    "/journeys?steps=100&least=1": "listitem",
    "/settings/audit": "listitem",
}
"""Addresses, and what on the page has the words of telemetry or of people in it."""


@pytest.mark.parametrize("address", PAGES)
def test_hostile_text_stays_text_wherever_else_it_is_shown(address: str, visit: Visit, hostile_project: Api) -> None:
    page = visit(hostile_project, address)
    expect(page.locator("main").get_by_role(PAGES[address]).filter(has_text="window.ran").first).to_be_visible()  # type: ignore[arg-type]
    is_harmless(page)
