"""Rules on sessions that run: they fire once, clear, are told to webhooks, and forget what was erased."""

from __future__ import annotations

import itertools
import random
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from .receiver import Receiver, receiving
from .running import PATIENCE_S, Caller

ALERTS, RULES = "/observability/alerts", "/observability/alerts/rules"
OF_THE_FEED = ("deliveryTries", "nextTryAt")
SECRET = "a secret of the test, long enough"
PAGE = Path(__file__).parents[3] / "docs" / "reference" / "api.md"


def iso(seconds: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def turn(number: int, session: str = "s-1", *tools: dict[str, Any], cost: float = 0.0, **more: Any) -> dict[str, Any]:
    began = time.time() - 60 + number
    call = {"id": f"{session}-{number}-g", "kind": "generation", "modelName": "m", "cost": cost, "promptTokens": 10}
    observations = [call, *tools]
    return {
        "id": f"{session}-{number}", "name": "turn", "sessionId": session, "startTime": iso(began), "endTime": iso(began + 1),
        "observations": observations, **more,
    }  # fmt: skip


def tool(number: int, arguments: Any = None, *, name: str = "search", ago_s: float = 30, **more: Any) -> dict[str, Any]:
    began = time.time() - ago_s + number
    given = {"id": f"tool-{number}", "kind": "tool", "name": name, "startTime": iso(began), "endTime": iso(began + 1)}
    return given | ({} if arguments is None else {"input": arguments}) | more


def add(caller: Caller, when: dict[str, Any], name: str = "rule", **more: Any) -> dict[str, Any]:
    answer = caller.post(RULES, orjson.dumps({"name": name, "when": when, **more}))
    assert answer.status_code == 201, answer.text
    return answer.json()


def put(caller: Caller, rule_id: int, body: dict[str, Any]) -> Any:
    return caller.request(
        "PUT", f"{RULES}/{rule_id}", content=orjson.dumps(body), headers={"content-type": "application/json"}
    )


def feed(caller: Caller, *pairs: tuple[str, str]) -> list[dict[str, Any]]:
    """The feed, once everything is tried."""
    caller.server.fresh()
    assert caller.server.alerting.watcher.wait_until_tried(PATIENCE_S)
    return list(caller.pages(ALERTS, *pairs))


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as made:
        yield made


@pytest.mark.parametrize(
    ("when", "value"),
    [
        ({"session": "totalCost", "above": 0.5}, 0.75),
        ({"session": "totalTokens", "above": 29}, 30),
        ({"session": "traceCount", "above": 2}, 3),
        ({"session": "duration", "above": 2_999}, 3_000),
        ({"session": "activeDuration", "above": 2_999}, 3_000),
        ({"session": "errorCount", "above": 0}, 1),
        ({"session": "toolCount", "above": 2}, 3),
        ({"session": "sameToolCalls", "above": 2}, 3),
    ],
    ids=lambda given: given["session"] if isinstance(given, dict) else "",
)
def test_a_session_over_a_threshold_fires_once_however_its_data_comes(
    when: dict[str, Any], value: float, caller: Caller
) -> None:
    rule = add(caller, when)
    again = [{"q": "same"}] * 3
    traces = [
        turn(0, cost=0.25),
        turn(1, "s-1", *(tool(n, words) for n, words in enumerate(again)), cost=0.25),
        turn(2, cost=0.25, error={"type": "E", "message": "m"}),
    ]
    assert feed(caller) == []
    order = [*traces, *traces]
    random.Random(1).shuffle(order)
    for trace in order:
        caller.send(trace)

    (event,) = feed(caller)
    assert event["metric"] == when["session"]
    assert (event["rule"], event["sessionId"], event["threshold"]) == (
        {"id": rule["id"], "name": "rule"}, "s-1", when["above"],
    )  # fmt: skip
    assert event["threshold"] < event["value"] <= value
    assert (event["state"], event["clearedAt"], event["delivery"]) == ("firing", None, "none")


@pytest.mark.parametrize(
    ("arguments", "longest"),
    [
        ([{"q": 1}, {"q": 1}, {"q": 2}, {"q": 1}, {"q": 1}], 2),
        ([{"q": 1}, {"q": 1}, {"q": 1}], 3),
        ([None, None, None, None], 0),
        ([{"q": 1}, {"q": 2}, {"q": 3}, {"q": 3}, {"q": 3}, {"q": 3}], 4),
    ],
)
def test_a_loop_is_one_tool_called_with_the_same_arguments_in_a_row(
    arguments: list[Any], longest: int, caller: Caller
) -> None:
    for least in range(len(arguments) + 1):
        add(caller, {"session": "sameToolCalls", "above": least}, f"over {least}")
    caller.send(turn(0, "s-1", *(tool(n, words) for n, words in enumerate(arguments))))

    assert sorted(event["threshold"] for event in feed(caller)) == list(range(longest))
    assert {event["value"] for event in feed(caller)} == ({longest} if longest else set())


def test_a_tool_call_that_does_not_end_fires_by_the_clock_alone_and_clears_when_it_ends(caller: Caller) -> None:
    add(caller, {"session": "openToolCall", "above": 60_000}, "long")
    add(caller, {"session": "openToolCall", "above": 3_600_000}, "longer")
    add(caller, {"session": "openToolCall", "above": 38_000}, "soon")
    begun = tool(0, {"q": 1}, ago_s=30, endTime=None)
    caller.send(turn(0, "s-1", begun, endTime=None))
    before = [event["rule"]["name"] for event in feed(caller)]
    caller.send(turn(0, "s-2", tool(0, {"q": 1}, ago_s=120, endTime=None, id="other"), endTime=None))
    deadline = time.monotonic() + PATIENCE_S
    while len(found := feed(caller)) < 3 and time.monotonic() < deadline:
        time.sleep(0.1)

    assert before == []
    assert {(event["rule"]["name"], event["sessionId"]) for event in found} == {
        ("long", "s-2"), ("soon", "s-2"), ("soon", "s-1"),
    }  # fmt: skip
    caller.send(turn(0, "s-1", tool(0, {"q": 1}, ago_s=30, endTime=iso(time.time()))))
    assert [event["sessionId"] for event in feed(caller, ("state", "cleared"))] == ["s-1"]


def test_what_was_repriced_below_the_threshold_clears_and_may_fire_again(caller: Caller) -> None:
    add(caller, {"session": "errorCount", "above": 0})
    failed, mended = turn(0, error={"type": "E", "message": "m"}), turn(0, endTime=iso(time.time()))
    caller.send(failed)
    states = [[event["state"] for event in feed(caller)]]
    caller.send(mended)
    states.append([event["state"] for event in feed(caller)])
    caller.send(turn(1, error={"type": "E", "message": "m"}))
    states.append([event["state"] for event in feed(caller)])

    assert states == [["firing"], ["cleared"], ["firing", "cleared"]]


def test_a_rule_holds_of_sessions_that_run_already_and_only_of_those_its_filters_choose(caller: Caller) -> None:
    caller.send(turn(0, "s-1", tags=["vip"], metadata={"tier": "gold"}), turn(0, "s-2", tags=["vip"]), turn(0, "s-3"))
    when = {"session": "traceCount", "above": 0}
    add(caller, when, "all")
    add(caller, when, "gold", filters={"tag": ["vip"], "metadata.tier": "gold"})
    add(caller, when, "off", enabled=False)

    found = sorted((event["rule"]["name"], event["sessionId"]) for event in feed(caller))
    assert found == [("all", "s-1"), ("all", "s-2"), ("all", "s-3"), ("gold", "s-1")]


def test_a_rule_that_is_added_while_the_rules_are_read_is_tried_too(
    caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    caller.send(turn(0, "s-1"))
    rules = caller.server.alerting.watcher._rules
    enabled = rules.enabled

    def read_and_added(*arguments: Any) -> Any:
        monkeypatch.setattr(rules, "enabled", enabled)
        found = enabled(*arguments)
        add(caller, {"session": "traceCount", "above": 0}, "meanwhile")
        return found

    monkeypatch.setattr(rules, "enabled", read_and_added)
    add(caller, {"session": "traceCount", "above": 99}, "first")

    assert [event["rule"]["name"] for event in feed(caller)] == ["meanwhile"]


def test_rules_on_windows_fire_once_and_clear(caller: Caller) -> None:
    caller.post("/observability/goals", orjson.dumps({"name": "paid", "when": {"traceName": "pay"}}))
    caller.send(turn(0, "s-1", cost=1.5), turn(0, "s-2", cost=0.5, error={"type": "E", "message": "m"}))
    caller.patch("/observability/sessions/s-1", {"ended": True})
    hour = {"window": 3_600_000}
    whens = {
        "cost": {"aggregate": "totalCost", "above": 1.75, **hour},
        "tokens": {"aggregate": "totalTokens", "above": 19, **hour},
        "sessions": {"aggregate": "sessionCount", "below": 3, **hour},
        "errors": {"aggregate": "errorRate", "above": 0.4, **hour},
        "too few": {"aggregate": "errorRate", "above": 0.4, "minSessions": 3, **hour},
        "completion": {"aggregate": "completionRate", "below": 0.5, "goal": "paid", **hour},
        "quiet": {"aggregate": "totalCost", "above": 2, **hour},
    }
    for name, when in whens.items():
        add(caller, when, name)
    found = {event["rule"]["name"]: (event["value"], event["sessionId"], event["state"]) for event in feed(caller)}
    caller.send(turn(0, "s-3"))
    add(caller, {"session": "traceCount", "above": 99}, "makes windows be looked at")
    cleared = [event["rule"]["name"] for event in feed(caller, ("state", "cleared"))]

    assert found == {
        "cost": (2.0, None, "firing"), "tokens": (20.0, None, "firing"), "sessions": (2.0, None, "firing"),
        "errors": (0.5, None, "firing"), "completion": (0.0, None, "firing"),
    }  # fmt: skip
    assert sorted(cleared) == ["errors", "sessions"]


def test_the_feed_is_paged_filtered_and_acknowledged_and_a_project_sees_its_own_only(caller: Caller) -> None:
    first, second = (add(caller, {"session": "traceCount", "above": n}, f"over {n}") for n in (0, 1))
    for number in range(5):
        caller.send(turn(0, f"s-{number}"), turn(1, f"s-{number}"))
    everything = feed(caller)
    ids = [event["id"] for event in everything]
    stranger = caller.server.caller()
    seen = caller.post(f"{ALERTS}/{ids[0]}/acknowledge", b"").json()

    assert (len(ids), ids) == (10, sorted(ids, reverse=True))
    assert [event["id"] for event in caller.pages(ALERTS, ("limit", "3"))] == ids
    assert {event["rule"]["id"] for event in feed(caller, ("ruleId", str(first["id"])))} == {first["id"]}
    assert len(feed(caller, ("sessionId", "s-3"))) == 2
    assert feed(caller, ("acknowledged", "true")) == [seen]
    assert seen["acknowledgedAt"] == caller.post(f"{ALERTS}/{ids[0]}/acknowledge", b"").json()["acknowledgedAt"]
    assert caller.request("DELETE", f"{RULES}/{second['id']}").status_code == 204
    assert {event["state"] for event in feed(caller, ("ruleId", str(second["id"])))} == {"cleared"}
    assert list(stranger.pages(ALERTS)) == list(stranger.pages(RULES)) == []
    assert stranger.post(f"{ALERTS}/{ids[0]}/acknowledge", b"").status_code == 404
    assert stranger.request("DELETE", f"{RULES}/{first['id']}").status_code == 404
    assert caller.get(ALERTS, ("state", "odd")).status_code == caller.get(ALERTS, ("cursor", "x")).status_code == 400


def test_who_may_do_what(caller: Caller) -> None:
    rule = add(caller, {"session": "traceCount", "above": 0})
    caller.send(turn(0))
    (event,) = feed(caller)
    table = {
        ("GET", ALERTS): (403, 200, 403),
        ("POST", f"{ALERTS}/{event['id']}/acknowledge"): (200, 403, 403),
        ("GET", RULES): (403, 200, 403),
        ("POST", RULES): (403, 403, 422),
        ("PUT", f"{RULES}/{rule['id']}"): (403, 403, 422),
        ("POST", f"{RULES}/{rule['id']}/test"): (403, 403, 400),
        ("DELETE", f"{RULES}/{rule['id']}"): (403, 403, 204),
    }
    found = {}
    for method, path in table:
        answers = [
            caller.server.caller(caller.project_id, [scope]).request(method, path).status_code
            for scope in ("ingest", "read", "admin")
        ]
        found[method, path] = tuple(answers)
    assert {key: tuple(400 if code == 422 else code for code in codes) for key, codes in table.items()} == found
    assert caller.server.web.get(ALERTS).status_code == caller.server.web.get("/observability/live").status_code == 401


@pytest.mark.parametrize(
    "body",
    [
        {"when": {}},
        {"when": {"session": "nothing", "above": 1}},
        {"when": {"session": "totalCost", "above": -1}},
        {"when": {"session": "totalCost", "above": True}},
        {"when": {"session": "totalCost", "above": 1, "below": 2}},
        {"when": {"aggregate": "totalCost", "above": 1}},
        {"when": {"aggregate": "totalCost", "above": 1, "below": 1, "window": 60_000}},
        {"when": {"aggregate": "totalCost", "above": 1, "window": 1}},
        {"when": {"aggregate": "completionRate", "below": 1, "window": 60_000}},
        {"when": {"aggregate": "completionRate", "below": 1, "window": 60_000, "goal": "none"}},
        {"filters": {"from": "2025-11-23"}},
        {"filters": {"unheard": "1"}},
        {"filters": {"minCost": 1}},
        {"filters": {"minCost": "much"}},
        {"name": ""},
        {"name": "a\nb"},
        {"webhook": {"url": "ftp://example.com"}},
        {"webhook": {"url": "http://127.1/"}},
        {"webhook": {"url": "http://example.com", "secret": "short"}},
        {"unheard": 1},
    ],
    ids=str,
)
def test_what_is_no_rule_is_refused(body: dict[str, Any], caller: Caller) -> None:
    whole = {"name": "rule", "when": {"session": "totalCost", "above": 1}, **body}

    assert caller.post(RULES, orjson.dumps(whole)).status_code == 400
    assert list(caller.pages(RULES)) == []


def test_erasing_a_session_or_user_erases_their_alerts(caller: Caller) -> None:
    add(caller, {"session": "traceCount", "above": 0})
    caller.send(turn(0, "s-canary-1", userId="u"), turn(0, "s-canary-2"), turn(0, "s-kept"))
    before = len(feed(caller))
    caller.request("DELETE", "/observability/sessions/s-canary-2")
    caller.request("DELETE", "/observability/users/u")

    assert before == 3
    assert [event["sessionId"] for event in feed(caller)] == ["s-kept"]
    files = list(caller.server.settings.data_dir.glob("identity.db*"))
    assert files
    assert [file.name for file in files if b"s-canary" in file.read_bytes()] == []


def test_a_webhook_is_told_what_fired_and_cleared_signed_and_in_order(caller: Caller, receiver: Receiver) -> None:
    add(caller, {"session": "errorCount", "above": 0}, webhook={"url": f"{receiver.url}/hook?a=1", "secret": SECRET})
    caller.send(turn(0, error={"type": "E", "message": "m"}))
    receiver.wait_for(1)
    caller.send(turn(0, endTime=iso(time.time())))
    fired, cleared = receiver.wait_for(2)
    deadline = time.monotonic() + PATIENCE_S
    while feed(caller)[0]["delivery"] != "delivered" and time.monotonic() < deadline:
        time.sleep(0.05)

    (event,) = feed(caller)
    assert cleared.told == {
        "id": f"alert-{event['id']}-cleared", "type": "alert.cleared", "time": event["clearedAt"],
        "alert": {name: event[name] for name in event if name not in OF_THE_FEED} | {"delivery": "waiting"},
    }  # fmt: skip
    assert (fired.told["type"], fired.told["alert"]["state"]) == ("alert.fired", "firing")
    assert (fired.path, fired.headers["threadline-delivery"]) == ("/hook?a=1", fired.told["id"])
    snippet = re.search(r"```python\n(import hashlib.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert snippet is not None
    names: dict[str, Any] = {}
    exec(snippet[1], names)
    for call in (fired, cleared):
        header = call.headers["threadline-signature"]
        assert names["is_from_threadline"](SECRET, header, call.body)
        assert not names["is_from_threadline"](SECRET, header, call.body + b" ")
        assert not names["is_from_threadline"]("another secret of this test", header, call.body)
        assert not names["is_from_threadline"](SECRET, header, call.body, now=time.time() + 3_600)


def test_what_is_not_answered_with_2xx_is_sent_again_under_the_same_id_and_redirects_are_not_followed(
    caller: Caller, receiver: Receiver
) -> None:
    receiver.statuses = [500, 302, 404]
    add(caller, {"session": "traceCount", "above": 0}, webhook={"url": f"{receiver.url}/hook"})
    caller.send(turn(0))
    calls = receiver.wait_for(4)

    assert {call.path for call in calls} == {"/hook"}
    assert len({call.headers["threadline-delivery"] for call in calls}) == 1
    assert "threadline-signature" not in calls[0].headers


def test_the_feed_tells_how_often_a_webhook_was_told_in_vain_and_when_it_is_told_next(
    caller: Caller, receiver: Receiver
) -> None:
    receiver.statuses = [500] * 1_000
    add(caller, {"session": "traceCount", "above": 0}, webhook={"url": f"{receiver.url}/hook"})
    caller.send(turn(1))
    receiver.wait_for(2)
    tries, next_at = 0, None
    while tries == 0:
        ((tries, next_at, state),) = [(one["deliveryTries"], one["nextTryAt"], one["delivery"]) for one in feed(caller)]
        assert state == "waiting"
    assert next_at is not None
    receiver.statuses.clear()
    deadline = time.monotonic() + PATIENCE_S
    while feed(caller)[0]["delivery"] != "delivered" and time.monotonic() < deadline:
        pass
    (told,) = feed(caller)
    assert (told["delivery"], told["deliveryTries"], told["nextTryAt"]) == ("delivered", 0, None)


def test_a_secret_is_never_shown_and_is_gone_with_its_address(caller: Caller, receiver: Receiver) -> None:
    body = {
        "name": "rule",
        "when": {"session": "traceCount", "above": 9},
        "webhook": {"url": receiver.url, "secret": SECRET},
    }
    rule = add(caller, **{key: body[key] for key in ("when", "name", "webhook")})  # type: ignore[arg-type]
    shown = [rule["webhook"]]
    for hook in (
        {"url": receiver.url},
        {"url": f"{receiver.url}/other"},
        {"url": f"{receiver.url}/other", "secret": SECRET},
    ):
        answer = put(caller, rule["id"], body | {"webhook": hook})
        assert SECRET not in answer.text
        shown.append(answer.json()["webhook"])
    shown.append(put(caller, rule["id"], body | {"webhook": None}).json()["webhook"])

    assert [hook and hook["hasSecret"] for hook in shown] == [True, True, False, True, None]
    assert SECRET not in caller.get(RULES).text


def test_a_webhook_can_be_tried(caller: Caller, receiver: Receiver) -> None:
    rule = add(caller, {"session": "traceCount", "above": 9}, webhook={"url": receiver.url, "secret": SECRET})
    receiver.statuses = [204, 302]
    answers = [caller.post(f"{RULES}/{rule['id']}/test", b"").json() for _ in range(2)]

    assert answers == [
        {"delivered": True, "status": 204, "problem": None},
        {"delivered": False, "status": 302, "problem": "HTTP status 302"},
    ]
    assert [call.told["type"] for call in receiver.calls] == ["alert.test"] * 2


def test_a_changed_condition_judges_anew_and_an_unchanged_one_does_not_fire_again(caller: Caller) -> None:
    rule = add(caller, {"session": "traceCount", "above": 1})
    caller.send(turn(0), turn(1))
    states = [[event["state"] for event in feed(caller)]]
    for above in (1, 5, 0):
        put(caller, rule["id"], {"name": "renamed", "when": {"session": "traceCount", "above": above}})
        states.append([event["state"] for event in feed(caller)])

    assert states == [["firing"], ["firing"], ["cleared"], ["firing", "cleared"]]
    assert len(list(itertools.chain(feed(caller)))) == 2
