"""A project's own prices, and repricing what is stored: the numbers of every answer follow, and only where they may."""

from __future__ import annotations

import time
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import orjson
import pytest

from .running import Caller, Server

PRICES = "/observability/prices"
REPRICE = "/observability/prices/reprice"
MODEL = "house-model-7"
PATIENCE_S = 30


def call(number: int, *, model: str = MODEL, session: str = "s", **facts: Any) -> dict[str, Any]:
    """A trace of one model call: 1,000 prompt tokens of which 400 from a cache, 500 completion tokens."""
    begins = f"2026-01-{number:02d}T10:00:00Z"
    told = {
        "kind": "generation", "name": "call", "modelName": model, "startTime": begins, "endTime": f"2026-01-{number:02d}T10:00:01Z",
        "promptTokens": 1_000, "cachedTokens": 400, "completionTokens": 500, **facts,
    }  # fmt: skip
    return {"id": f"t-{number}", "name": "turn", "sessionId": session, "startTime": begins, "observations": [told]}


def set_price(caller: Caller, **price: Any) -> Any:
    answer = caller.post(PRICES, orjson.dumps({"model": MODEL, **price}))
    assert answer.status_code == 201, answer.text
    return answer.json()


def reprice(caller: Caller, **within: str) -> dict[str, Any]:
    """Reprice and wait until it is done; answers how many spans were looked at and changed."""
    answer = caller.post(REPRICE, orjson.dumps(within))
    assert answer.status_code == 202, answer.text
    return done(caller, answer.json()["id"])


def done(caller: Caller, repricing_id: int) -> dict[str, Any]:
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        found = next(one for one in caller.read(REPRICE)["data"] if one["id"] == repricing_id)
        if found["state"] != "running":
            assert found["state"] == "done"
            return found
        time.sleep(0.01)
    raise AssertionError("the repricing takes too long")


def costs(caller: Caller, session_id: str = "s") -> dict[str, Any]:
    """The cost of a session as every answer tells it."""
    detail = caller.session(session_id)
    listed = next(one for one in caller.sessions() if one["id"] == session_id)
    spans = [
        span for trace in caller.session(session_id, "/traces", ("include", "spans"))["data"] for span in trace["spans"]
    ]
    return {
        "detail": detail["totalCost"],
        "list": listed["totalCost"],
        "metrics": caller.session(session_id, "/metrics")["totalCost"],
        "traces": float(sum(Decimal(repr(trace["totalCost"])) for trace in detail["traces"])),
        "spans": float(sum(Decimal(repr(span["cost"])) for span in spans if span["cost"] is not None)),
        "models": float(sum(Decimal(repr(use["cost"])) for use in detail["models"] if use["cost"] is not None)),
        "analytics": caller.read("/observability/analytics/sessions")["totals"]["totalCost"],
    }


def everywhere(amount: float) -> dict[str, float]:
    return dict.fromkeys(("detail", "list", "metrics", "traces", "spans", "models", "analytics"), amount)


def test_a_price_set_by_the_project_is_told_back_and_prices_what_comes_in(caller: Caller) -> None:
    price = set_price(
        caller, input=3, output="15.5", cachedRead=0.3, provider="house", validFrom="2026-01-01T00:00:00Z"
    )
    shown = {
        "id": price["id"], "model": MODEL, "provider": "house", "input": 3.0, "output": 15.5, "cachedRead": 0.3,
        "cacheWrite": None, "reasoning": None, "validFrom": "2026-01-01T00:00:00.000Z", "validTo": None,
    }  # fmt: skip
    assert price == shown
    assert caller.read(PRICES) == {"data": [shown], "nextCursor": None}

    caller.send(call(1, provider="house"), call(2, provider="elsewhere", session="unknown"))

    assert caller.session("s")["totalCost"] == 0.00967  # 600 * 3 + 400 * 0.3 + 500 * 15.5 dollars per million
    assert caller.session("unknown")["unpricedModels"] == [MODEL]
    assert caller.session("unknown")["models"][0]["cost"] is None


def test_a_price_of_the_project_wins_over_the_list_and_loses_to_the_sender(caller: Caller) -> None:
    caller.post(PRICES, orjson.dumps({"model": "gpt-*", "input": 1, "output": 1}))

    caller.send(call(1, model="gpt-4o", session="ours"), call(2, model="gpt-4o", session="theirs", cost=0.5))

    assert [caller.session(name)["totalCost"] for name in ("ours", "theirs")] == [0.0015, 0.5]


def test_the_same_model_provider_and_beginning_again_replace_the_price(caller: Caller) -> None:
    set_price(caller, input=1)
    second = set_price(caller, input=2)

    assert [(price["id"], price["input"]) for price in caller.read(PRICES)["data"]] == [(second["id"], 2.0)]


def test_repricing_gives_stored_spans_todays_cost_in_every_answer(caller: Caller) -> None:
    caller.send(call(1), call(2), call(3, cost=0.25))
    assert costs(caller) == everywhere(0.25)
    assert caller.session("s")["unpricedModels"] == [MODEL]
    set_price(caller, input=2, output=4)

    found = reprice(caller)

    assert (found["lookedAt"], found["changed"]) == (2, 2)
    assert costs(caller) == everywhere(0.258)  # 2 * (1,000 * 2 + 500 * 4) dollars per million, and the sender's
    assert caller.session("s")["unpricedModels"] == []


def test_repricing_again_changes_nothing(caller: Caller) -> None:
    caller.send(call(1), call(2, model="gpt-4o"))
    set_price(caller, input=2, output=4)
    reprice(caller)
    before = costs(caller), caller.session("s")

    assert reprice(caller)["changed"] == 0
    assert (costs(caller), caller.session("s")) == before


def test_without_its_price_a_model_is_unpriced_again(caller: Caller) -> None:
    price = set_price(caller, input=2, output=4)
    caller.send(call(1))
    assert caller.request("DELETE", f"{PRICES}/{price['id']}").status_code == 204
    assert caller.session("s")["totalCost"] == 0.004  # until it is repriced

    reprice(caller)

    assert caller.session("s")["unpricedModels"] == [MODEL]
    assert costs(caller) == everywhere(0.0)


def test_only_spans_that_begin_in_the_range_are_repriced(caller: Caller) -> None:
    caller.send(call(1, session="before"), call(2, session="within"), call(3, session="after"))
    set_price(caller, input=2, output=4)

    reprice(caller, **{"from": "2026-01-02T10:00:00Z", "to": "2026-01-03T10:00:00Z"})

    assert [caller.session(name)["totalCost"] for name in ("before", "within", "after")] == [0.0, 0.004, 0.0]


def test_a_span_that_is_delivered_again_has_todays_cost_too(caller: Caller) -> None:
    caller.send(call(1))
    set_price(caller, input=2, output=4)
    reprice(caller)

    caller.send(call(1))

    assert costs(caller) == everywhere(0.004)


def test_a_span_that_is_delivered_again_with_a_cost_of_its_own_has_that(caller: Caller) -> None:
    caller.send(call(1))
    set_price(caller, input=2, output=4)
    reprice(caller)

    caller.send(call(1, cost=0.75))

    assert costs(caller) == everywhere(0.75)
    reprice(caller)
    assert costs(caller) == everywhere(0.75)


def test_what_langfuse_told_in_parts_is_priced_by_the_project_too(caller: Caller) -> None:
    def event(kind: str, event_id: str, **body: Any) -> Mapping[str, Any]:
        return {"id": event_id, "type": kind, "timestamp": "2026-01-01T10:00:00Z", "body": body}

    set_price(caller, input=2, output=4)
    begin = event("trace-create", "e-1", id="t-1", sessionId="s", timestamp="2026-01-01T10:00:00Z")
    made = event(
        "generation-create", "e-2", id="g-1", traceId="t-1", model=MODEL, startTime="2026-01-01T10:00:00Z",
        endTime="2026-01-01T10:00:01Z", usage={"input": 1_000, "output": 500, "total": 1_500, "unit": "TOKENS"},
    )  # fmt: skip
    caller.post("/api/public/ingestion", orjson.dumps({"batch": [begin, made]}))
    caller.server.fresh()
    assert costs(caller) == everywhere(0.004)

    set_price(caller, input=4, output=8)
    reprice(caller)
    assert costs(caller) == everywhere(0.008)
    caller.post(
        "/api/public/ingestion", orjson.dumps({"batch": [begin, event("generation-update", "e-3", id="g-1", name="x")]})
    )
    caller.server.fresh()

    assert costs(caller) == everywhere(0.008)


def test_a_project_prices_and_reprices_itself_only(server: Server) -> None:
    one, other = server.caller(), server.caller()
    for caller in (one, other):
        caller.send(call(1))
    price = set_price(one, input=2, output=4)
    reprice(one)

    assert other.request("DELETE", f"{PRICES}/{price['id']}").status_code == 404
    assert other.read(PRICES)["data"] == other.read(REPRICE)["data"] == []
    assert (costs(one), costs(other)) == (everywhere(0.004), everywhere(0.0))


@pytest.mark.parametrize(
    ("price", "told"),
    [
        ({"model": "", "input": 1}, "it names no model"),
        ({"model": "m"}, "it has neither input nor output"),
        ({"model": "m" * 201, "input": 1}, "its model must be at most 200 printable characters"),
        ({"model": "m\n", "input": 1}, "its model must be at most 200 printable characters"),
        ({"model": "m", "input": -1}, "input must be 0 to 1000000 dollars per million tokens"),
        ({"model": "m", "output": 1e7}, "output must be 0 to 1000000 dollars per million tokens"),
        ({"model": "m", "input": 1, "cachedRead": "0.0000001"}, "cached read must be 0 to 1000000"),
        ({"model": "m", "input": "NaN"}, "body input"),
        ({"model": "m", "input": 1, "price": 2}, "body price"),
        ({"model": "m", "input": 1, "validFrom": "tomorrow"}, "cannot read 'validFrom': 'tomorrow' is not a time"),
        ({"model": "m", "input": 1, "validTo": "0001-01-01"}, "the year 1 is out of range"),
        ({"model": "m", "input": 1, "validTo": 5}, "body validTo"),
        (
            {"model": "m", "input": 1, "validFrom": "2026-01-02T00:00:00Z", "validTo": "2026-01-02T00:00:00Z"},
            "it ends before it begins",
        ),
    ],
)
def test_what_is_no_price_is_refused_and_the_answer_says_why(caller: Caller, price: dict[str, Any], told: str) -> None:
    answer = caller.post(PRICES, orjson.dumps(price))

    assert answer.status_code == 400
    assert told in answer.json()["error"]["message"]
    assert caller.read(PRICES)["data"] == []


def test_a_reader_may_look_at_prices_and_not_change_them(server: Server, caller: Caller) -> None:
    reader = server.caller(caller.project_id, ["read"])

    assert [reader.get(path).status_code for path in (PRICES, REPRICE)] == [200, 200]
    refused = [
        reader.post(PRICES, b'{"model": "m", "input": 1}'),
        reader.post(REPRICE, b"{}"),
        reader.request("DELETE", f"{PRICES}/1"),
    ]
    assert [answer.status_code for answer in refused] == [403] * 3
    assert server.caller(caller.project_id, ["ingest"]).get(PRICES).status_code == 403


@pytest.mark.parametrize("price_id", ["0", "99999", "x", "²", "9" * 30, "-1"])
def test_a_price_that_is_not_there_cannot_be_removed(caller: Caller, price_id: str) -> None:
    assert caller.request("DELETE", f"{PRICES}/{price_id}").status_code == 404


def test_a_range_that_ends_before_it_begins_is_refused(caller: Caller) -> None:
    answer = caller.post(REPRICE, b'{"from": "2026-01-02T00:00:00Z", "to": "2026-01-01T00:00:00Z"}')

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "bad_request")
