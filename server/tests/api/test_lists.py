"""What a list refuses, and that its pages stay put while data arrives."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from threadline_server.query import choosing, filters

from . import world
from .running import Caller, Server

SESSIONS, TRACES, ANALYTICS = "/observability/sessions", "/observability/traces", "/observability/analytics/sessions"
BEGIN = "2025-11-23T10:30:00Z"
KNOWN = {
    SESSIONS: [*choosing.PARAMETERS, "limit", "cursor", "sort", "order", "metadata.<key>"],
    TRACES: [*filters.names(filters.TRACE_FILTERS), "limit", "cursor", "sort", "order", "include", "metadata.<key>"],
    ANALYTICS: [
        *choosing.PARAMETERS,
        "interval",
        "timeZone",
        "completionGoal",
        "groupBy",
        "groupLimit",
        "histogram",
        "previous",
        "metadata.<key>",
    ],
}
KNOWN |= {f"{SESSIONS}/s{below}": names for below, names in {
    "": [], "/traces": ["limit", "cursor", "order", "include"], "/conversation": ["limit", "cursor"], "/metrics": [], "/export": ["format"],
}.items()}  # fmt: skip
KNOWN |= {f"{TRACES}/t": [], "/observability/ingestion": [], f"{SESSIONS}/s/goals": []}


def trace(number: int, *, session: str | None = None, at: str = BEGIN) -> dict[str, Any]:
    return {"id": f"t-{number}", "name": "turn", "sessionId": session or f"s-{number}", "startTime": at, "endTime": at}


def error(caller: Caller, path: str, *pairs: tuple[str, str]) -> dict[str, Any]:
    answer = caller.get(path, *pairs)
    assert answer.status_code == 400
    told: dict[str, Any] = answer.json()["error"]
    return told


@pytest.mark.parametrize("path", KNOWN)
def test_an_unknown_parameter_is_400_and_the_answer_names_the_valid_ones(path: str, caller: Caller) -> None:
    names = ["x", "user_id", "From", "metadata.", "q'; --", "limit ", "\0", "🙂"]
    told = [error(caller, path, (name, "1")) for name in names]

    valid = [
        *sorted(known for known in KNOWN[path] if "<" not in known),
        *(known for known in KNOWN[path] if "<" in known),
    ]
    hint = f"Valid parameters: {', '.join(valid)}." if valid else "This route takes no parameters."
    assert [(one["code"], one["hint"]) for one in told] == [("unknown_parameter", hint)] * len(names)


@pytest.mark.parametrize("path", [SESSIONS, TRACES])
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("sort", "x"), ("sort", "end_time DESC; --"), ("order", "up"), ("limit", "0"), ("limit", "201"), ("limit", "x"), ("from", "now"),
        ("to", "'"), ("minCost", "-1"), ("maxTokens", "1.5"), ("hasError", "maybe"), ("cursor", "x"), ("cursor", "' OR 1=1 --"),
        ("cursor", "\0"), ("cursor", "🙂"), ("cursor", "W10"), ("cursor", "eyJ9"),
    ],
)  # fmt: skip
def test_a_value_that_cannot_be_read_is_400_and_the_answer_names_the_parameter(
    path: str, name: str, value: str, caller: Caller
) -> None:
    told = error(caller, path, (name, value))

    assert told["code"] == "bad_request"
    assert f"'{name}'" in told["message"]


def test_a_cursor_of_another_sort_is_400(caller: Caller) -> None:
    caller.send(trace(1), trace(2))
    cursor = caller.read(SESSIONS, ("limit", "1"))["nextCursor"]

    assert "another sort" in error(caller, SESSIONS, ("cursor", cursor), ("sort", "duration"))["message"]
    assert "another sort" in error(caller, SESSIONS, ("cursor", cursor), ("order", "asc"))["message"]
    assert "another sort" in error(caller, TRACES, ("cursor", cursor))["message"]


def test_an_empty_project_has_empty_lists(caller: Caller) -> None:
    assert caller.read(SESSIONS) == {"data": [], "nextCursor": None}
    assert caller.read(TRACES) == {"data": [], "nextCursor": None}


def test_a_page_that_holds_the_last_row_leads_nowhere(caller: Caller) -> None:
    caller.send(*(trace(number) for number in range(4)))

    first = caller.read(SESSIONS, ("limit", "2"))
    second = caller.read(SESSIONS, ("limit", "2"), ("cursor", first["nextCursor"]))

    assert [len(first["data"]), len(second["data"]), second["nextCursor"]] == [2, 2, None]


@pytest.mark.parametrize("sort", ["lastActivity", "startTime", "totalTokens"])
@pytest.mark.parametrize("order", ["asc", "desc"])
def test_pages_hold_what_was_there_once_while_data_arrives(sort: str, order: str, caller: Caller) -> None:
    caller.send(*(trace(number, at=f"2025-11-23T10:{10 + number}:00Z") for number in range(12)))
    before = world.ordered(caller.sessions(), sort, order)
    seen: list[dict[str, Any]] = []
    cursor: list[tuple[str, str]] = []
    arriving = iter(range(100, 200))
    while True:
        page = caller.read(SESSIONS, ("sort", sort), ("order", order), ("limit", "3"), *cursor)
        seen += page["data"]
        if page["nextCursor"] is None:
            break
        cursor = [("cursor", page["nextCursor"])]
        caller.send(trace(next(arriving), at="2025-11-20T00:00:00Z"), trace(next(arriving), at="2025-11-24T00:00:00Z"))

    there_before = {entry["id"] for entry in before}
    assert [entry for entry in seen if entry["id"] in there_before] == before
    assert len({entry["id"] for entry in seen}) == len(seen)


def test_a_sessions_traces_page_in_time_order_with_their_spans(caller: Caller) -> None:
    sent = [trace(number, session="s", at=f"2025-11-23T10:30:{59 - number}Z") for number in range(7)]
    caller.send(*(one | {"observations": [{"id": f"o {one['id']}"}]} for one in sent))
    path = f"{SESSIONS}/s/traces"

    pages = list(caller.pages(path, ("limit", "3"), ("include", "spans")))

    assert [one["id"] for one in pages] == [f"t-{number}" for number in reversed(range(7))]
    assert [[span["id"] for span in one["spans"]][1:] for one in pages] == [[f"o {one['id']}"] for one in pages]
    assert [one["id"] for one in caller.pages(path, ("limit", "2"), ("order", "desc"))] == [
        f"t-{number}" for number in range(7)
    ]
    assert "spans" not in next(caller.pages(path))


@pytest.mark.parametrize(("chosen", "count"), [
    ((), 60), ((("name", "rare"),), 4), ((("to", "2025-11-22T07:00:00Z"),), 55), ((("from", "2025-11-22T07:30:00Z"),), 4),
    ((("to", "1901-01-02"),), 0),
], ids=str)  # fmt: skip
def test_pages_of_the_newest_traces_are_those_of_all_from_the_other_end(
    chosen: tuple[tuple[str, str], ...], count: int, caller: Caller
) -> None:
    """The newest hours are looked at first: some have many versions of a trace, some a trace that moved to another hour, some none."""
    begun = [datetime(2025, 11, 20, tzinfo=UTC) + timedelta(hours=number, minutes=number % 3) for number in range(60)]
    sent = [
        trace(number, at=at.isoformat()) | {"name": "rare" if number % 17 == 0 else "usual"}
        for number, at in enumerate(begun)
    ]
    caller.send(*sent)
    for _ in range(3):
        caller.send(*sent[50:])  # once more each, as another version
    early = (begun[0] + timedelta(minutes=30)).isoformat()
    caller.send(*(one | {"startTime": early} for one in sent[40:45]))  # these began long before

    oldest_first = [one["id"] for one in caller.pages(TRACES, *chosen, ("order", "asc"), ("limit", "200"))]

    for limit in ("1", "2", "50"):
        found = [one["id"] for one in caller.pages(TRACES, *chosen, ("limit", limit))]
        assert found == oldest_first[::-1]
    assert len(oldest_first) == count


def test_a_window_is_an_overlap_to_the_millisecond(caller: Caller) -> None:
    caller.send({**trace(1, at="2025-11-23T10:30:00Z"), "endTime": "2025-11-23T10:40:00Z"})
    windows = [
        ("2025-11-23T10:00:00Z", "2025-11-23T10:30:00Z", 0), ("2025-11-23T10:00:00Z", "2025-11-23T10:30:00.001Z", 1),
        ("2025-11-23T10:32:00Z", "2025-11-23T10:33:00Z", 1), ("2025-11-23T10:40:00Z", "2025-11-23T11:00:00Z", 1),
        ("2025-11-23T10:40:00.001Z", "2025-11-23T11:00:00Z", 0), ("2025-11-23T11:40:00+01:00", "2025-11-23T12:00:00+01:00", 1),
        ("2025-11-23T10:33:00Z", "2025-11-23T10:32:00Z", 1), ("1901-01-02", "2261-12-31", 1),
    ]  # fmt: skip

    assert [len(caller.sessions(("from", start), ("to", end))) for start, end, _ in windows] == [
        count for *_, count in windows
    ]


def test_more_than_a_page_of_a_sessions_traces_is_reached_from_its_detail(server: Server) -> None:
    caller = server.caller()
    caller.send(
        *(
            trace(number, session="s", at=f"2025-11-23T10:{number // 60:02d}:{number % 60:02d}Z")
            for number in range(120)
        )
    )

    detail = caller.session("s")
    second = caller.read(f"{SESSIONS}/s/traces", ("limit", "70"), ("cursor", detail["nextCursor"]))

    assert second["nextCursor"] is None
    assert [one["id"] for one in [*detail["traces"], *second["data"]]] == [f"t-{number}" for number in range(120)]
    assert [len(turn) for turn in (detail["traces"], caller.session("s", "/export")["traces"])] == [50, 120]
    assert len(list(caller.pages(f"{SESSIONS}/s/conversation", ("limit", "7")))) == 120
