"""Trends: every metric over time against the period before, each interval a door to the sessions that began in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from e2e.api import Api
from e2e.browser.analytics_world import UNPRICED, asked, listed, month, numbered_links, sessions_of
from e2e.browser.conftest import Visit
from e2e.browser.conversations import ago, chat_turn, iso
from e2e.browser.support import no_serious_axe_violations
from e2e.server_process import ServerProcess

FROM, TO = (iso(ago(days=days).replace(hour=0, minute=0, second=0)) for days in (13, 0))
BEFORE = iso(ago(days=26).replace(hour=0, minute=0, second=0))
WINDOW = f"from={FROM}&to={TO}"
METRICS = (
    "Sessions", "Turns per session", "Duration", "Active duration", "Cost per session", "Tokens per session",
    "Error rate", "Completion rate",
)  # fmt: skip


@pytest.fixture(scope="module")
def api(server: ServerProcess) -> Iterator[Api]:
    with server.api.new_project("trends") as api:
        api.send(list(month()))
        yield api


def rows(page: Page, metric: str) -> list[list[str]]:
    """The table that says what a chart draws."""
    table = page.get_by_role("region", name=f"{metric} over time", exact=True).locator("table")
    expect(table.locator("tbody tr").first).to_be_attached()
    found: list[list[str]] = table.locator("tbody tr").evaluate_all(
        "all => all.map(r => [...r.cells].map(c => c.textContent))"
    )
    return found


def test_the_intervals_are_those_of_the_api_with_the_period_before(visit: Visit, api: Api) -> None:
    page = visit(api, f"/analytics?{WINDOW}")
    for metric in METRICS:
        expect(page.get_by_role("region", name=f"{metric} over time", exact=True)).to_be_visible()
    now = asked(api, f"/analytics/sessions?{WINDOW}&interval=day&timeZone=UTC&previous=true")
    before = asked(api, f"/analytics/sessions?from={BEFORE}&to={FROM}&interval=day&timeZone=UTC")

    counts = [(int(row[1].split()[0]), int(row[2].split(": ")[1].split()[0])) for row in rows(page, "Sessions")]
    assert counts == [
        (one["totals"]["sessionCount"], old["totals"]["sessionCount"])
        for one, old in zip(now["series"], before["series"], strict=True)
    ]
    tokens = [row[1] for row in rows(page, "Tokens per session")]
    assert [float(text.split()[0].replace(",", "")) for text in tokens] == [
        pytest.approx(one["perSession"]["totalTokens"]["mean"], abs=0.01) for one in now["series"]
    ]
    errors = [row[1].split(", ")[1] for row in rows(page, "Error rate")]
    assert errors == [
        f"{one['totals']['failedSessionCount']} of {sessions} session{'' if sessions == 1 else 's'} had an error"
        for one in now["series"]
        for sessions in [one["totals"]["sessionCount"]]
    ]
    mean, past = (side["perSession"]["totalCost"]["mean"] for side in (now, now["previous"]))
    change = f"+{round((mean / past - 1) * 100):,}%"
    expect(page.get_by_role("region", name="Cost per session over time").get_by_text(change)).to_be_visible()
    no_serious_axe_violations(page)


def test_each_interval_opens_as_many_sessions_as_it_counts(visit: Visit, api: Api) -> None:
    page = visit(api, f"/analytics?{WINDOW}&interval=week")
    links = numbered_links(page.get_by_role("region", name="Sessions over time", exact=True).get_by_role("link"))
    assert len(links) >= 2
    assert {href: listed(api, href) for href in links} == {href: sessions_of(label) for href, label in links.items()}
    failed = numbered_links(page.get_by_role("region", name="Error rate over time", exact=True).get_by_role("link"))
    assert {href: listed(api, href) for href in failed} == {
        href: int(re.findall(r"([\d,]+) of [\d,]+ sessions? had an error", label)[0]) for href, label in failed.items()
    }


def test_by_keyboard_and_by_dragging_several_intervals_open_together(visit: Visit, api: Api) -> None:
    page = visit(api, f"/analytics?{WINDOW}&statistic=p90")
    chart = page.get_by_role("region", name="Turns per session over time")
    expect(page.get_by_role("button", name="p90", exact=True)).to_have_attribute("aria-pressed", "true")
    chart.get_by_role("link").first.focus()
    for key in ("Home", "ArrowRight", "Shift+ArrowRight", "Shift+ArrowRight", "Enter"):
        page.keyboard.press(key)
    expect(page.get_by_role("heading", name="Sessions", exact=True)).to_be_visible()
    days = [one["time"] for one in asked(api, f"/analytics/sessions?{WINDOW}&interval=day&timeZone=UTC")["series"]]
    assert parse_qs(urlsplit(page.url).query) == {
        "from": [days[1]], "to": [days[4]], "filter": [f'startTime >= "{days[1]}"']
    }  # fmt: skip
    page.go_back()
    chart.scroll_into_view_if_needed()
    boxes = [chart.locator(f'[data-place="{place}"]').bounding_box() for place in (2, 4)]
    assert boxes[0] is not None
    assert boxes[1] is not None
    page.mouse.move(boxes[0]["x"] + 3, boxes[0]["y"] + 20)
    page.mouse.down()
    page.mouse.move(boxes[1]["x"] + 3, boxes[1]["y"] + 20, steps=3)
    page.mouse.up()
    expect(page.get_by_role("heading", name="Sessions", exact=True)).to_be_visible()
    assert parse_qs(urlsplit(page.url).query)["from"] == [days[2]]
    assert parse_qs(urlsplit(page.url).query)["to"] == [days[5]]


def test_a_model_without_a_price_costs_an_unknown_amount_and_not_nothing(visit: Visit, api: Api) -> None:
    page = visit(api, f"/analytics?userId=u-free&{WINDOW}&groupBy=model")
    row = page.get_by_role("row", name=re.compile(UNPRICED))
    expect(row.get_by_text("-", exact=True).first).to_have_attribute("data-tip", f"No price for {UNPRICED}.")
    totals = page.get_by_label("These sessions in numbers")
    expect(totals.locator("div").filter(has_text="Cost").get_by_text("-", exact=True)).to_be_visible()
    assert "$0.00" not in page.locator("main").inner_text()


def test_one_session_and_none_are_shown_too(visit: Visit, server: ServerProcess) -> None:
    with server.api.new_project("trends-of-one") as one:
        page = visit(one, "/analytics")
        expect(page.get_by_text("No session matches")).to_be_visible()
        one.send([chat_turn("only", ago(hours=2), "Hi")])
        page.reload()
        expect(page.get_by_role("region", name="Sessions over time", exact=True).get_by_role("link")).to_have_count(1)
        expect(page.get_by_text("Choose a time range to compare")).to_be_visible()
        no_serious_axe_violations(page)
