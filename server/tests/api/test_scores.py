"""Scores of sessions, traces and spans: over the API, in telemetry and from other products' SDKs, in the rows of their sessions."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from .running import Caller

BEGIN = "2025-11-23T10:30:00Z"
BEGIN_NS = 1_763_893_800_000_000_000
SCORES = "/observability/scores"


def turn(trace_id: str = "t-1", session: str = "s-1") -> dict[str, Any]:
    step = {"id": "g-1", "name": "step", "startTime": BEGIN, "endTime": BEGIN}
    return {
        "id": trace_id,
        "name": "turn",
        "sessionId": session,
        "startTime": BEGIN,
        "endTime": BEGIN,
        "observations": [step],
    }


def give(caller: Caller, **score: Any) -> Any:
    return caller.post(SCORES, orjson.dumps(score))


def shown(caller: Caller, below: str) -> list[dict[str, Any]]:
    """The scores of a session or trace, without what differs from run to run."""
    return [{name: value for name, value in score.items() if name not in ("id", "time")}
            for score in caller.read(f"/observability/{below}/scores")["data"]]  # fmt: skip


def score(**facts: Any) -> dict[str, Any]:
    unsaid = dict.fromkeys(("sessionId", "traceId", "spanId", "comment", "source"))
    return {"about": "session", **unsaid, **facts}


@pytest.mark.parametrize(
    ("value", "kind", "mean", "labels"),
    [(0.75, "numeric", 0.75, []), (5, "numeric", 5.0, []), (True, "boolean", 1.0, ["true"]), (False, "boolean", 0.0, ["false"]),
     ("good", "category", None, ["good"])],
)  # fmt: skip
def test_a_score_of_a_session_is_in_its_row(
    value: Any, kind: str, mean: float | None, labels: list[str], caller: Caller
) -> None:
    caller.send(turn())

    answer = give(caller, name="help", value=value, sessionId="s-1", comment="why", source="user")

    assert answer.status_code == 201
    assert caller.session("s-1")["scores"] == [{"name": "help", "count": 1, "mean": mean, "labels": labels}]
    assert caller.sessions()[0]["scores"] == caller.session("s-1")["scores"]
    assert shown(caller, "sessions/s-1") == [
        score(sessionId="s-1", name="help", kind=kind, value=value, comment="why", source="user")
    ]


def test_scores_of_traces_and_spans_are_their_sessions_too(caller: Caller) -> None:
    caller.send(turn("t-1"), turn("t-2"), turn("t-3", "other"))
    give(caller, name="help", value=1, traceId="t-1")
    give(caller, name="help", value=0.5, traceId="t-2", spanId="g-1")
    give(caller, name="tone", value="rude", sessionId="s-1")
    give(caller, name="help", value=0, traceId="t-3")

    assert caller.session("s-1")["scores"] == [
        {"name": "help", "count": 2, "mean": 0.75, "labels": []},
        {"name": "tone", "count": 1, "mean": None, "labels": ["rude"]},
    ]
    assert [one["name"] for one in shown(caller, "sessions/s-1")] == ["tone", "help", "help"]
    assert shown(caller, "traces/t-2") == [
        score(about="span", traceId="t-2", spanId="g-1", name="help", kind="numeric", value=0.5)
    ]


def test_the_same_id_again_changes_the_score_and_delete_takes_it_back(caller: Caller) -> None:
    caller.send(turn())
    give(caller, id="mine", name="help", value=1, sessionId="s-1")
    give(caller, id="mine", name="help", value=3, sessionId="s-1")
    assert caller.session("s-1")["scores"] == [{"name": "help", "count": 1, "mean": 3.0, "labels": []}]

    assert caller.request("DELETE", f"{SCORES}/mine").status_code == 204
    assert caller.session("s-1")["scores"] == []
    assert caller.request("DELETE", f"{SCORES}/mine").status_code == 404


def test_a_score_follows_its_trace_into_another_session(caller: Caller) -> None:
    caller.send(turn("t-1", "before"))
    give(caller, name="help", value=1, traceId="t-1")

    caller.send({**turn("t-1", "after"), "endTime": "2025-11-23T10:31:00Z"})

    assert [(session["id"], len(session["scores"])) for session in caller.sessions()] == [("after", 1)]


@pytest.mark.parametrize("target", ["span", "session"])
def test_an_evaluation_event_of_a_span_is_a_score(target: str, caller: Caller) -> None:
    event = evaluation({"threadline.score.target": target, "threadline.score.id": "one"})
    for _ in range(2):  # what comes again is the same score
        send_otlp(caller, "traces", {"events": [event]})

    assert caller.session("s-1")["scores"] == [{"name": "Relevance", "count": 1, "mean": 4.0, "labels": ["relevant"]}]
    told = score(
        traceId="0" * 31 + "1", name="Relevance", kind="category", value="relevant", comment="on topic", source="judge"
    )
    place = {"about": "session"} if target == "session" else {"about": "span", "spanId": "0" * 15 + "1"}
    assert shown(caller, "sessions/s-1") == [told | place]


def test_an_evaluation_record_beside_a_trace_or_of_a_session_alone_is_a_score_and_no_turn(caller: Caller) -> None:
    caller.send(turn())
    send_otlp(caller, "traces", {})
    for ids in ({"traceId": "0" * 31 + "1", "spanId": "0" * 15 + "1"}, {}):
        event = evaluation({"session.id": "s-1"})
        send_otlp(caller, "logs", {"eventName": event["name"], "attributes": event["attributes"],
                                                  "timeUnixNano": event["timeUnixNano"], **ids})  # fmt: skip

    session = caller.session("s-1")
    assert (session["traceCount"], session["scores"]) == (
        2,
        [{"name": "Relevance", "count": 2, "mean": 4.0, "labels": ["relevant"]}],
    )
    assert len(list(caller.pages("/observability/traces"))) == 2


def evaluation(more: dict[str, str]) -> dict[str, Any]:
    texts = {
        "gen_ai.evaluation.name": "Relevance", "gen_ai.evaluation.score.label": "relevant",
        "gen_ai.evaluation.explanation": "on topic", "threadline.score.source": "judge", **more,
    }  # fmt: skip
    attributes: list[dict[str, Any]] = [{"key": key, "value": {"stringValue": text}} for key, text in texts.items()]
    attributes.append({"key": "gen_ai.evaluation.score.value", "value": {"doubleValue": 4}})
    return {"name": "gen_ai.evaluation.result", "timeUnixNano": str(BEGIN_NS + 1), "attributes": attributes}


def send_otlp(caller: Caller, signal: str, entry: dict[str, Any]) -> None:
    """One span or log record as OTLP/JSON; a span is of session s-1."""
    if signal == "traces":
        session = {"key": "session.id", "value": {"stringValue": "s-1"}}
        entry = {
            "traceId": "0" * 31 + "1", "spanId": "0" * 15 + "1", "name": "turn", "attributes": [session],
            "startTimeUnixNano": str(BEGIN_NS), "endTimeUnixNano": str(BEGIN_NS + 1_000_000_000), **entry,
        }  # fmt: skip
    group, entries = {"traces": ("Spans", "spans"), "logs": ("Logs", "logRecords")}[signal]
    body = {f"resource{group}": [{f"scope{group}": [{entries: [entry]}]}]}
    answer = caller.post(f"/v1/{signal}", orjson.dumps(body))
    assert (answer.status_code, answer.json()) == (200, {})
    caller.server.fresh()


@pytest.mark.parametrize(
    "body",
    [{}, {"name": "x"}, {"name": "", "value": 1, "sessionId": "s-1"}, {"name": "x", "value": 1}, {"name": "x", "value": "", "sessionId": "s-1"},
     {"name": "x", "value": None, "sessionId": "s-1"}, {"name": "x", "value": [1], "sessionId": "s-1"},
     {"name": "x", "value": 1, "sessionId": "s-1", "traceId": "t-1"}, {"name": "x", "value": 1, "sessionId": "s-1", "spanId": "g-1"},
     {"name": "x" * 201, "value": 1, "sessionId": "s-1"}, {"name": "x", "value": 1, "sessionId": "s-1", "stars": 5}],
)  # fmt: skip
def test_what_is_no_score_is_400(body: dict[str, Any], caller: Caller) -> None:
    caller.send(turn())

    assert give(caller, **body).status_code == 400
    assert caller.session("s-1")["scores"] == []


def test_what_is_not_there_or_anothers_is_404(caller: Caller) -> None:
    caller.send(turn())
    give(caller, id="mine", name="x", value=1, sessionId="s-1")
    stranger = caller.server.caller()

    assert [give(stranger, name="x", value=1, sessionId="s-1").status_code, give(stranger, name="x", value=1, traceId="t-1").status_code,
            stranger.request("DELETE", f"{SCORES}/mine").status_code, stranger.get("/observability/sessions/s-1/scores").status_code] == [404] * 4  # fmt: skip
    assert len(caller.session("s-1")["scores"]) == 1


def test_scores_go_with_what_is_erased(caller: Caller) -> None:
    caller.send(turn("t-1"), turn("t-2", "s-2"))
    for place in ({"sessionId": "s-1"}, {"traceId": "t-1"}, {"sessionId": "s-2"}):
        give(caller, name="x", value=1, **place)

    caller.request("DELETE", "/observability/sessions/s-1")

    assert caller.get("/observability/traces/t-1/scores").status_code == 404
    assert len(shown(caller, "sessions/s-2")) == 1
