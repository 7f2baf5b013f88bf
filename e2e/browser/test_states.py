"""Pages that have nothing to show, or cannot: they say why and what to do."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import expect

from e2e.api import Api
from e2e.browser.conftest import Visit
from e2e.browser.conversations import ago, chat_turn
from e2e.browser.sample import sample
from e2e.server_process import ServerProcess

GONE = r"net::ERR_|Failed to load resource"
NOT_FOUND = r"status of 404"


def test_an_empty_project_teaches_how_to_send_and_turns_into_the_list_by_itself(visit: Visit, project: Api) -> None:
    page = visit(project)
    expect(page.get_by_role("heading", name="No session yet")).to_be_visible()
    expect(page.get_by_role("status").filter(has_text="Nothing has arrived in the last hour")).to_be_visible()
    libraries = page.get_by_role("tablist", name="What the program uses").get_by_role("tab")
    expect(libraries).to_have_text(
        ["Python", "OpenAI", "OpenTelemetry", "LangGraph", "Vercel AI SDK", "Langfuse SDK", "LangSmith SDK", "curl"]
    )
    expect(page.get_by_label("Program", exact=True)).to_contain_text('dsn="http://pk_...@')
    libraries.first.press("ArrowLeft")
    expect(page.get_by_label("With curl", exact=True)).to_contain_text(f"curl {project.url}/observability/traces")
    page.get_by_role("button", name="Make a key to send with").click()
    key = page.get_by_label("API key", exact=True).input_value()
    command = page.get_by_label("With curl", exact=True).inner_text()
    assert f"Bearer {key}" in command
    expect(page.get_by_role("table")).to_have_count(0)

    subprocess.run(["sh", "-c", command], check=True, capture_output=True, timeout=20)
    expect(page.get_by_role("table", name="Sessions").get_by_role("link", name="Hello!")).to_be_visible()


def test_an_empty_list_says_what_was_received_without_a_session_and_what_was_refused(
    visit: Visit, project: Api
) -> None:
    sent = project.http.post("/observability/traces", json={"traces": [{"name": "lost"}, {"sessionId": ""}]})
    assert (sent.status_code, sent.json()["accepted"]) == (200, 1)
    page = visit(project)
    said = page.get_by_role("status").filter(has_text="In the last hour")
    expect(said).to_contain_text("1 span arrived and 1 was refused")
    expect(said).to_contain_text("send a session id with them")
    (reason,) = sent.json()["rejected"]
    expect(said.get_by_role("listitem")).to_contain_text(f"1 {reason['reason']}:")


def test_a_page_whose_file_is_gone_says_so_and_leaves_the_rest_of_the_dashboard_there(
    visit: Visit, project: Api
) -> None:
    """As after an update of the server, in a page that was opened before."""
    project.send(
        [{"id": "t", "name": "chat-turn", "sessionId": "s", "userId": "u", "input": "Hello!", "output": "Hi."}]
    )
    page = visit(project, "/sessions", expected=f"{GONE}|A file of this page cannot be fetched")
    for name in ("SessionPage", "Palette"):
        page.route(f"**/assets/{name}-*.js", lambda route: route.abort())
    fault = page.get_by_role("alert").filter(has_text="A file of this page cannot be fetched. ")
    expect(page.get_by_role("table", name="Sessions").get_by_role("link")).to_have_count(1)  # now it listens to keys

    page.keyboard.press("Control+k")
    expect(fault).to_contain_text("Cannot open the palette")
    expect(fault).to_contain_text("was updated since the page was opened: reload the page")
    fault.get_by_role("button", name="Try again").click()
    expect(fault).to_have_count(0)
    expect(page.get_by_role("table", name="Sessions").get_by_role("link")).to_have_count(1)
    page.reload()
    page.get_by_role("table", name="Sessions").get_by_role("link").click()
    expect(fault).to_be_visible()
    page.get_by_role("link", name="Users").click()
    expect(page.get_by_role("table", name="Users")).to_be_visible()


def test_a_session_that_is_not_there_says_so_and_leads_back(visit: Visit, project: Api) -> None:
    page = visit(project, "/sessions/no%2Fsuch", expected=NOT_FOUND)
    expect(page.get_by_role("heading", name="There is no such session")).to_be_visible()
    expect(page.get_by_text("no/such")).to_be_visible()
    page.get_by_role("link", name="All sessions").click()
    expect(page).to_have_url(f"{project.url}/sessions")


def test_another_projects_session_is_not_there(visit: Visit, server: ServerProcess, project: Api) -> None:
    with server.api.new_project("somebody-else") as other:
        other.send([chat_turn("theirs", ago(minutes=1), "A secret")])
        page = visit(project, "/sessions/theirs", expected=NOT_FOUND)
        expect(page.get_by_role("heading", name="There is no such session")).to_be_visible()
        expect(page.get_by_text("A secret")).to_have_count(0)


@pytest.mark.parametrize("path", ["/nowhere", "/sessions/%E0%A4%A"])
def test_an_address_without_a_page_says_so_and_leads_back(visit: Visit, project: Api, path: str) -> None:
    page = visit(project, path, expected=NOT_FOUND)
    expect(page.get_by_role("heading", name="There is no page here")).to_be_visible()
    page.get_by_role("link", name="All sessions").click()
    expect(page).to_have_url(f"{project.url}/sessions")


def test_a_server_that_is_away_is_said_and_the_list_comes_back_with_it(visit: Visit, tmp_path: Path) -> None:
    with ServerProcess(tmp_path / "data") as server:
        server.api.send(sample())
        page = visit(server.api, expected=GONE)
        rows = page.get_by_role("table", name="Sessions").get_by_role("link")
        expect(rows).to_have_count(7)
        server.stop()

        page.get_by_role("columnheader", name="Cost").get_by_role("button").click()
        page.get_by_role("button", name="Time range: All time").click()
        page.get_by_role("button", name="Last hour").click()
        alert = page.get_by_role("alert")
        expect(alert).to_contain_text("The server does not answer. Is it running, and is this machine online?")
        alert.get_by_role("button", name="Try again").click()
        expect(alert).to_be_visible()
        server.start()
        expect(rows).to_have_count(2)
        expect(alert).to_have_count(0)


def test_a_list_keeps_what_it_shows_while_the_server_is_away(visit: Visit, project: Api) -> None:
    project.send(sample())
    page = visit(project, expected=GONE)
    rows = page.get_by_role("table", name="Sessions").get_by_role("link")
    expect(rows).to_have_count(7)
    with page.expect_event("requestfailed"):
        page.route("**/observability/**", lambda route: route.abort())
    expect(rows).to_have_count(7)


def test_a_session_that_cannot_be_loaded_offers_to_try_again(visit: Visit, project: Api) -> None:
    project.send([chat_turn("parcel", ago(minutes=1), "Where is my parcel?")])
    page = visit(project, "/login", expected=GONE)
    page.route("**/conversation?**", lambda route: route.abort())
    page.goto("/sessions/parcel")
    alert = page.get_by_role("alert").filter(has_text="Cannot load the conversation")
    expect(alert).to_contain_text("The server does not answer.")
    expect(page.get_by_role("heading", name="Where is my parcel?")).to_be_visible()
    page.unroute("**/conversation?**")
    alert.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("feed").get_by_role("group", name="User")).to_have_text("UserWhere is my parcel?")
