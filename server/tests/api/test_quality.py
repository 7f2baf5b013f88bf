"""Why is my session empty? The report on what came in."""

from __future__ import annotations

import datetime as dt
import typing
from typing import Any

import orjson
import pytest
from google.protobuf.json_format import ParseDict
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest

import threadline
from threadline_server.ingest import reasons
from threadline_server.model import HOUR_NS
from threadline_server.query import quality
from threadline_server.serve import documents_quality

from . import otlp
from .running import Caller, Server

QUALITY = "/observability/quality"


def now() -> dt.datetime:
    return dt.datetime.now(dt.UTC).replace(microsecond=0)


def at(**before: float) -> str:
    return (now() - dt.timedelta(**before)).isoformat()


def trace(number: int, **facts: Any) -> dict[str, Any]:
    whole = {
        "id": f"t-{number}",
        "name": "turn",
        "startTime": at(seconds=90 - number),
        "endTime": at(seconds=89 - number),
    }
    return whole | facts


def call(**facts: Any) -> dict[str, Any]:
    return {
        "kind": "generation",
        "name": "call",
        "modelName": "gpt-4o",
        "promptTokens": 10,
        "completionTokens": 5,
    } | facts


def findings(report: dict[str, Any]) -> dict[str, str]:
    """Code -> state. The report is what its document says, and whatever is not well says what to do about it."""
    documents_quality.Quality.model_validate(report)
    for finding in report["findings"]:
        assert finding["message"]
        assert (finding["state"] == "ok" and finding["code"] == "arrivals") == (finding["advice"] is None)
    return {finding["code"]: finding["state"] for finding in report["findings"]}


def test_of_a_project_to_which_nothing_was_sent_it_says_so(caller: Caller) -> None:
    report = caller.read(QUALITY)

    assert findings(report) == {"arrivals": "wrong"}
    assert report["findings"][0]["message"] == "nothing has ever arrived"
    assert (report["lastSeen"], report["spanCount"], report["senders"], report["refused"]) == (None, 0, [], [])


def test_of_a_healthy_project_it_says_only_that_data_arrive_and_from_whom(caller: Caller) -> None:
    caller.send(*(trace(n, sessionId=f"s-{n % 2}", observations=[call()]) for n in range(4)))

    report = caller.read(QUALITY)

    assert findings(report) == {"arrivals": "ok"}
    assert (report["spanCount"], report["traceCount"], report["isSampled"]) == (8, 4, False)
    sender = {
        "spanCount": 8,
        "traceCount": 4,
        "generationCount": 4,
        "dialect": "threadline",
        "service": None,
        "scope": "observability/traces",
    }
    assert [{name: one[name] for name in sender} for one in report["senders"]] == [sender]
    assert dt.datetime.fromisoformat(report["lastSeen"]) >= now() - dt.timedelta(minutes=1)


def test_what_was_refused_is_told_by_reason_with_what_the_sender_was_answered(caller: Caller) -> None:
    caller.send(trace(1, sessionId="x" * 513), trace(2, sessionId=""), trace(3, sessionId="s"))
    caller.post("/observability/traces", b"{")
    caller.post("/v1/traces", b"\xff", kind=otlp.PROTOBUF)
    caller.post("/v1/traces", b"", kind="text/plain")
    caller.post("/api/public/ingestion", b"[")
    caller.post("/observability/traces", b"x", content_length=str(10**9))

    report = caller.read(QUALITY)

    assert {row["reason"]: row["count"] for row in report["refused"]} == {
        "invalid_session_id": 2, "unreadable_request": 3, "unsupported_media_type": 1, "too_large": 1,
    }  # fmt: skip
    session_id = next(row for row in report["refused"] if row["reason"] == "invalid_session_id")
    assert "512 characters" in session_id["example"]
    assert session_id["meaning"].startswith("the session id is longer than 512 characters")
    assert findings(report) == {"refused": "wrong", "arrivals": "ok"}


def test_where_everything_was_refused_that_is_why_nothing_is_there(caller: Caller) -> None:
    caller.post("/observability/traces", b"{")

    assert findings(caller.read(QUALITY)) == {"arrivals": "wrong", "refused": "wrong"}


def test_traces_without_a_session_are_counted_with_examples_and_who_sent_them(caller: Caller) -> None:
    base = int((now() - dt.timedelta(minutes=1)).timestamp()) * 10**9
    spans = [
        otlp.span(number, trace=number, gen_ai__request__model="gpt-4o")
        | {"start_time_unix_nano": base, "end_time_unix_nano": base + 1}
        for number in range(1, 4)
    ]
    caller.post("/v1/traces", otlp.body(otlp.PROTOBUF, *spans, service__name="bot"), kind=otlp.PROTOBUF)
    caller.send(trace(9, sessionId="s"))

    report = caller.read(QUALITY)

    assert findings(report) == {"without_session": "wrong", "arrivals": "ok"}
    assert report["withoutSession"]["traceCount"] == 3
    assert report["withoutSession"]["senders"] == [
        {"service": "bot", "scope": None, "dialect": "genai", "traceCount": 3}
    ]
    assert {example["id"] for example in report["withoutSession"]["examples"]} == {f"{n:032x}" for n in range(1, 4)}
    assert "3 of 4 traces name no session, from bot / genai" in report["findings"][0]["message"]


@pytest.mark.parametrize(("turns", "says_so"), [(1, True), (2, False)])
def test_sessions_of_one_call_each_look_as_if_ids_were_made_per_request(
    caller: Caller, turns: int, says_so: bool
) -> None:
    caller.send(*(trace(n, sessionId=f"s-{n // turns}", observations=[call()]) for n in range(20)))

    report = caller.read(QUALITY)

    assert ("one_call_sessions" in findings(report)) is says_so
    shares = report["oneCallSessions"]
    assert (shares["sessionCount"], shares["oneCallCount"]) == ((20, 20) if says_so else (10, 0))
    assert len(shares["examples"]) == (5 if says_so else 0)


def test_models_without_a_price_are_listed_until_they_have_one(caller: Caller) -> None:
    caller.send(trace(1, sessionId="s", observations=[call(modelName="house-7"), call()]))

    report = caller.read(QUALITY)

    assert report["unpricedModels"] == [{"model": "house-7", "traceCount": 1}]
    assert findings(report)["unpriced_models"] == "warning"


def test_clocks_that_differ_are_told_with_how_far(caller: Caller) -> None:
    caller.send(
        trace(1, sessionId="s", startTime=at(hours=-1), endTime=at(hours=-1)),
        trace(2, sessionId="s", startTime=at(hours=5), endTime=at(hours=3)),
        trace(3, sessionId="s", startTime=at(hours=3), endTime=at(seconds=1)),
    )

    report = caller.read(QUALITY)

    ahead, behind = report["clocks"]["ahead"], report["clocks"]["behind"]
    assert (ahead["spanCount"], ahead["exampleTrace"]) == (1, "t-1")
    assert (behind["spanCount"], behind["exampleTrace"]) == (1, "t-2")
    assert 3_400_000 < ahead["most"] <= 3_600_000
    assert 10_800_000 <= behind["most"] < 11_000_000
    assert {"clock_ahead", "clock_behind"} <= findings(report).keys()


def test_what_no_dialect_understands_is_told_by_the_names_of_its_attributes(caller: Caller) -> None:
    base = int((now() - dt.timedelta(minutes=1)).timestamp()) * 10**9
    times = {"start_time_unix_nano": base, "end_time_unix_nano": base + 1}
    strange = otlp.span(1, trace=1, acme__llm__prompt="secret words", acme__llm__tokens=5) | times
    known = [
        otlp.span(2, trace=2, gen_ai__request__model="gpt-4o", session__id="s") | times,
        otlp.span(3, trace=2, parent=2, http__url="x") | times,
    ]
    caller.post("/v1/traces", otlp.body(otlp.PROTOBUF, strange, *known, service__name="bot"), kind=otlp.PROTOBUF)
    caller.server.fresh()

    answer = caller.get(QUALITY)
    report = answer.json()

    assert (report["notUnderstood"]["spanCount"], report["notUnderstood"]["traceCount"]) == (1, 1)
    (example,) = report["notUnderstood"]["examples"]
    assert (example["service"], sorted(example["attributes"])) == ("bot", ["acme.llm.prompt", "acme.llm.tokens"])
    assert "acme.llm.prompt" in next(one["message"] for one in report["findings"] if one["code"] == "not_understood")
    assert "secret words" not in answer.text


def test_a_report_is_of_its_window_and_says_when_something_last_came(caller: Caller) -> None:
    caller.send(trace(1, sessionId="s"))

    report = caller.read(QUALITY, ("from", at(days=9)), ("to", at(days=8)))

    assert (report["spanCount"], report["traceCount"]) == (0, 0)
    assert findings(report) == {"arrivals": "wrong"}
    assert dt.datetime.fromisoformat(report["lastSeen"]) >= now() - dt.timedelta(hours=1, minutes=2)


def test_of_a_great_deal_the_newest_spans_are_looked_at(caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    caller.send(*(trace(n, sessionId="s", startTime=at(hours=10 - n), endTime=at(hours=10 - n)) for n in range(6)))
    monkeypatch.setattr(quality, "SAMPLE", 4)

    report = caller.read(QUALITY)

    assert (report["spanCount"], report["isSampled"], report["traceCount"]) == (4, True, 6)
    assert report["clocks"]["behind"]["most"] < 9 * HOUR_NS // 1_000_000


@pytest.mark.parametrize(
    ("pairs", "told"),
    [
        ([("from", "2026-01-02"), ("to", "2026-01-01")], "from must lie before to"),
        ([("from", "2025-01-01"), ("to", "2026-01-01")], "by at most 31 days"),
        ([("since", "1")], "'since': unknown"),
        ([("from", "yesterday")], "'yesterday' is not a time"),
    ],
)
def test_a_window_that_cannot_be_is_refused(caller: Caller, pairs: list[tuple[str, str]], told: str) -> None:
    answer = caller.get(QUALITY, *pairs)

    assert answer.status_code == 400
    assert told in answer.json()["error"]["message"]


def test_a_project_hears_of_itself_only(server: Server) -> None:
    one, other = server.caller(), server.caller()
    one.send(trace(1, observations=[call(modelName="house-7")]))
    one.post("/observability/traces", orjson.dumps({"traces": 5}))

    assert findings(other.read(QUALITY)) == {"arrivals": "wrong"}


def drop_report(report_id: str, service: str = "shop", **spans: int) -> dict[str, Any]:
    """As the SDK sends it."""

    def attribute(key: str, value: str) -> dict[str, Any]:
        return {"key": key, "value": {"stringValue": value}}

    points = [
        {
            "attributes": [
                attribute("threadline.drop.reason", reason),
                attribute("threadline.drop.report_id", report_id),
            ],
            "timeUnixNano": str(int(now().timestamp()) * 10**9),
            "asInt": str(count),
        }
        for reason, count in spans.items()
    ]
    metric = {"name": "threadline.sdk.spans.dropped", "sum": {"dataPoints": points, "isMonotonic": True}}
    resource = {"attributes": [attribute("service.name", service)]}
    return {"resourceMetrics": [{"resource": resource, "scopeMetrics": [{"metrics": [metric]}]}]}


@pytest.mark.parametrize("kind", [otlp.JSON, otlp.PROTOBUF])
def test_what_clients_dropped_is_told_by_reason_and_once_however_often_they_report_it(
    caller: Caller, kind: str
) -> None:
    reports = [drop_report("r-1", queue_full=3), drop_report("r-1", queue_full=3), drop_report("r-2", queue_full=4)]
    for report in [*reports, drop_report("r-3", "bot", spool_full=1, sampled_out=90, of_the_future=1)]:
        body = orjson.dumps(report)
        if kind == otlp.PROTOBUF:
            body = ParseDict(report, ExportMetricsServiceRequest()).SerializeToString()
        assert caller.post("/v1/metrics", body, kind=kind).status_code == 200
    caller.send(trace(1, sessionId="s"))

    report = caller.read(QUALITY)

    assert {row["reason"]: (row["spanCount"], row["services"]) for row in report["dropped"]} == {
        "sampled_out": (90, ["bot"]),
        "queue_full": (7, ["shop"]),
        "of_the_future": (1, ["bot"]),
        "spool_full": (1, ["bot"]),
    }
    assert (findings(report), report["refused"]) == ({"dropped": "wrong", "arrivals": "ok"}, [])
    assert report["findings"][0]["message"].startswith("clients dropped 9 spans in bot, shop: 7 as queue_full (spans")


def test_what_clients_were_told_to_leave_out_is_no_finding(caller: Caller) -> None:
    caller.post("/v1/metrics", orjson.dumps(drop_report("r-1", sampled_out=90)), kind=otlp.JSON)
    caller.send(trace(1, sessionId="s"))

    assert findings(caller.read(QUALITY)) == {"arrivals": "ok"}


@pytest.mark.parametrize(
    "report",
    [
        drop_report("", queue_full=1),
        drop_report("r" * 65, queue_full=1),
        drop_report("r-1", queue_full=0),
        drop_report("r-1", queue_full=1 << 53),
        drop_report("r-1", **{"x" * 65: 1}),
        {"resourceMetrics": [{"scopeMetrics": [{"metrics": [{"name": "threadline.sdk.spans.dropped"}]}]}]},
    ],
)
def test_a_report_of_drops_that_makes_no_sense_is_no_drop(caller: Caller, report: dict[str, Any]) -> None:
    assert caller.post("/v1/metrics", orjson.dumps(report), kind=otlp.JSON).status_code == 200
    assert caller.read(QUALITY)["dropped"] == []


def test_every_reason_of_the_sdk_is_explained() -> None:
    assert set(typing.get_args(threadline.DropReason)) <= set(reasons.BY_CLIENTS)
