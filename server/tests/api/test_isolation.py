"""Law 8: the project comes from the key; whatever another project holds answers 404 or nothing."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from . import otlp
from .running import Caller, Server

IDS = ["shared", "it's", "a/b", "nul\0", "🙂"]
OF_SESSION = ["", "/traces", "/conversation", "/metrics", "/export"]
LISTS = ["sessions", "traces", "analytics/sessions"]
BEGIN = "2025-11-23T10:30:00Z"
PROPERTY = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def trace(session_id: str, who: str, tokens: int) -> dict[str, Any]:
    return {
        "id": f"trace of {session_id}", "name": who, "sessionId": session_id, "userId": who, "tags": [who], "metadata": {"who": who},
        "environment": who, "startTime": BEGIN, "endTime": BEGIN, "input": f"{who} asks", "output": f"{who} is answered",
        "project": "default", "projectId": 1,
        "observations": [{"id": "o", "modelName": who, "promptTokens": tokens, "completionTokens": 0, "cost": 0.5}],
    }  # fmt: skip


@pytest.fixture(scope="module")
def neighbours(server: Server) -> tuple[Caller, Caller]:
    """Two projects with the same ids."""
    ours, theirs = server.caller(), server.caller()
    ours.send(*(trace(session_id, "OURS", 100) for session_id in IDS))
    theirs.send(*(trace(session_id, "THEIRS", 7) for session_id in [*IDS, "only theirs"]))
    return ours, theirs


@pytest.mark.parametrize("session_id", IDS)
@pytest.mark.parametrize("below", OF_SESSION)
def test_the_same_session_id_is_another_session_in_another_project(
    session_id: str, below: str, neighbours: tuple[Caller, Caller]
) -> None:
    path = f"/observability/sessions/{quote(session_id, safe='')}{below}"

    texts = [caller.get(path).text for caller in neighbours]

    assert [("OURS" in text, "THEIRS" in text) for text in texts if below != "/metrics"] == [
        (True, False),
        (False, True),
    ][: 2 * (below != "/metrics")]
    assert [caller.session(session_id, "/metrics")["totalTokens"] for caller in neighbours] == [100, 7]


@pytest.mark.parametrize("below", OF_SESSION)
def test_a_session_of_another_project_is_answered_like_one_that_is_nowhere(
    below: str, neighbours: tuple[Caller, Caller]
) -> None:
    ours, _ = neighbours
    theirs = ours.get(f"/observability/sessions/only%20theirs{below}")
    nowhere = ours.get(f"/observability/sessions/only%20nowhere{below}")

    assert (theirs.status_code, theirs.content) == (404, nowhere.content)


def test_a_trace_of_another_project_is_answered_like_one_that_is_nowhere(neighbours: tuple[Caller, Caller]) -> None:
    ours, _ = neighbours
    theirs, nowhere = (ours.get(f"/observability/traces/trace%20of%20only%20{word}") for word in ("theirs", "nowhere"))

    assert (theirs.status_code, theirs.content) == (404, nowhere.content)


@pytest.mark.parametrize("session_id", IDS)
def test_the_same_trace_id_is_another_trace_in_another_project(
    session_id: str, neighbours: tuple[Caller, Caller]
) -> None:
    path = f"/observability/traces/{quote(f'trace of {session_id}', safe='')}"

    assert [caller.read(path)["userId"] for caller in neighbours] == ["OURS", "THEIRS"]


filters = st.lists(
    st.sampled_from(
        [("userId", "THEIRS"), ("environment", "THEIRS"), ("model", "THEIRS"), ("tag", "THEIRS"), ("metadata.who", "THEIRS"),
         ("minTokens", "0"), ("from", "2000-01-01"), ("to", "2100-01-01"), ("hasError", "false"), ("maxTokens", "7")]
    ),
    max_size=4, unique=True,
)  # fmt: skip


@PROPERTY
@given(pairs=filters, route=st.sampled_from(LISTS))
def test_no_filter_shows_another_projects_data(
    pairs: list[tuple[str, str]], route: str, neighbours: tuple[Caller, Caller]
) -> None:
    ours, _ = neighbours

    answer = ours.get(f"/observability/{route}", *pairs)

    assert answer.status_code == 200
    assert "THEIRS" not in answer.text


def test_totals_cover_one_project(neighbours: tuple[Caller, Caller]) -> None:
    totals = [caller.read("/observability/analytics/sessions")["totals"] for caller in neighbours]

    assert [(one["sessionCount"], one["totalTokens"], one["userCount"]) for one in totals] == [(5, 500, 1), (6, 42, 1)]


def test_a_cursor_of_another_project_leads_into_ones_own(neighbours: tuple[Caller, Caller]) -> None:
    ours, theirs = neighbours
    cursor = theirs.read("/observability/sessions", ("limit", "1"))["nextCursor"]

    assert "THEIRS" not in ours.get("/observability/sessions", ("cursor", cursor)).text


@pytest.mark.parametrize("kind", [otlp.PROTOBUF, otlp.JSON])
def test_what_a_payload_says_of_projects_does_not_matter(kind: str, server: Server) -> None:
    sender, bystander = server.caller(), server.caller()
    span = otlp.span(1, session__id="s", project=str(bystander.project_id), project__id=bystander.project_id)

    sender.post(
        otlp.PATH, otlp.body(kind, span, project=str(bystander.project_id)), kind, x_project=str(bystander.project_id)
    )
    sender.post(f"/observability/traces?project={bystander.project_id}", orjson.dumps(trace("t", "SENDER", 1)))
    server.fresh()

    assert [len(caller.sessions()) for caller in (sender, bystander)] == [2, 0]


def test_two_keys_of_one_project_see_the_same(neighbours: tuple[Caller, Caller]) -> None:
    ours, _ = neighbours
    colleague = ours.server.caller(ours.project_id)

    assert colleague.sessions() == ours.sessions()
