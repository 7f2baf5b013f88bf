"""Goals over the API: defined, changed and removed by whoever may, and true of past sessions at once, everywhere they are shown."""

from __future__ import annotations

import time
from typing import Any

import orjson
import pytest

from threadline_server.identity import goals as kept

from .running import Caller

PATH = "/observability/goals"
BEGIN = 1_763_893_800
GOAL = {"name": "checkout", "when": {"traceName": "pay"}}


def turn(number: int, name: str, *, session: str = "s-1", at: int = BEGIN, **more: Any) -> dict[str, Any]:
    return {
        "id": f"{session}-{number}", "name": name, "sessionId": session, "startTime": iso(at + 60 * number),
        "endTime": iso(at + 60 * number + 2), **more,
    }  # fmt: skip


def iso(seconds: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def call(cost: float, tokens: int) -> list[dict[str, Any]]:
    return [{"id": "g", "kind": "generation", "modelName": "m", "promptTokens": tokens, "cost": cost}]


def put(caller: Caller, goal_id: int, body: Any) -> Any:
    return caller.request(
        "PUT", f"{PATH}/{goal_id}", content=orjson.dumps(body), headers={"content-type": "application/json"}
    )


def define(caller: Caller, body: Any) -> Any:
    return caller.post(PATH, orjson.dumps(body))


@pytest.fixture
def shop(caller: Caller) -> Caller:
    """A session that pays in its second turn, one that does not, and one that began just now."""
    caller.send(
        turn(0, "search", observations=call(0.25, 10)),
        turn(1, "pay", observations=call(0.5, 20), tags=["vip"], metadata={"channel": "web"}),
        turn(2, "bye", observations=call(1, 30)),
        turn(0, "search", session="s-2"),
        turn(0, "search", session="s-3", at=int(time.time())),
    )
    return caller


def test_a_goal_is_true_of_past_sessions_at_once_and_everywhere(shop: Caller) -> None:
    assert define(shop, GOAL).status_code == 201

    assert {one["id"]: one["goals"] for one in shop.sessions()} == {"s-1": ["checkout"], "s-2": [], "s-3": []}
    assert shop.session("s-1")["goals"] == shop.session("s-1", "/export")["goals"] == ["checkout"]
    assert [one["id"] for one in shop.sessions(("goal", "checkout"))] == ["s-1"]
    assert shop.read("/observability/analytics/sessions", ("goal", "checkout"))["totals"]["sessionCount"] == 1
    assert shop.patch("/observability/sessions/s-1", {"title": "Parcel"}).json()["goals"] == ["checkout"]


def test_a_change_of_a_goal_changes_the_completion_of_the_past_at_once(shop: Caller) -> None:
    goal_id = define(shop, GOAL).json()["id"]
    window = ("to", iso(BEGIN + 86_400))
    before = shop.read("/observability/analytics/sessions", window)["completion"]
    changed = put(shop, goal_id, {"name": "checkout", "when": {"traceName": "search"}})
    after = shop.read("/observability/analytics/sessions", window)["completion"]
    shop.request("DELETE", f"{PATH}/{goal_id}")

    assert changed.json()["when"] == {"traceName": "search"}
    assert before == {"reached": 1, "closed": 2, "open": 0, "rate": 0.5}
    assert after == {"reached": 2, "closed": 2, "open": 0, "rate": 1}
    assert shop.read("/observability/analytics/sessions", window)["completion"] == {
        "reached": 0, "closed": 0, "open": 0, "rate": None,
    }  # fmt: skip


def test_a_session_tells_when_it_reached_a_goal_after_how_many_turns_and_at_what_cost(shop: Caller) -> None:
    define(shop, GOAL)
    define(shop, {"name": "refund", "when": {"tag": "refund"}})

    unknown = dict.fromkeys(("reachedAt", "turns", "duration", "totalTokens", "totalCost"))
    missed = {"goal": "refund", "state": "notReached", **unknown}
    assert shop.session("s-1", "/goals") == {
        "data": [
            {
                "goal": "checkout", "state": "reached", "reachedAt": "2025-11-23T10:31:02.000Z", "turns": 2,
                "duration": 62_000, "totalTokens": 30, "totalCost": 0.75,
            },
            missed,
        ],
        "nextCursor": None,
    }  # fmt: skip
    assert shop.session("s-2", "/goals")["data"] == [{"goal": "checkout", "state": "notReached", **unknown}, missed]
    assert [one["state"] for one in shop.session("s-3", "/goals")["data"]] == ["open", "open"]
    assert shop.get("/observability/sessions/none/goals").status_code == 404


def test_an_active_session_is_open_until_it_reaches_the_goal_or_its_caller_ends_it(shop: Caller) -> None:
    define(shop, GOAL)
    route = "/observability/analytics/goals"
    states = [shop.read(route)["goals"][0]]
    shop.patch("/observability/sessions/s-3", {"ended": True})
    states.append(shop.read(route)["goals"][0])
    shop.send(turn(1, "pay", session="s-3", at=int(time.time())))
    states.append(shop.read(route)["goals"][0])

    assert [(one["reached"], one["closed"], one["open"], one["rate"]) for one in states] == [
        (1, 2, 1, 1 / 2),
        (1, 3, 0, 1 / 3),
        (2, 3, 0, 2 / 3),
    ]
    assert states[0]["turns"] == {"p50": 2, "p90": 2}
    assert states[0]["duration"] == {"p50": 62_000, "p90": 62_000}
    assert states[0]["totalCost"] == {"p50": 0.75, "p90": 0.75}


def test_what_the_caller_said_of_the_session_reaches_a_goal(shop: Caller) -> None:
    define(shop, {"name": "solved", "when": {"outcome": "solved"}})
    define(shop, {"name": "gold", "when": {"tag": "gold"}})
    define(shop, {"name": "phone", "when": {"metadata": {"channel": "phone", "vip": True}}})
    shop.patch(
        "/observability/sessions/s-2",
        {"outcome": "solved", "tags": ["gold"], "metadata": {"channel": "phone", "vip": True}},
    )

    results = shop.session("s-2", "/goals")["data"]
    assert shop.session("s-2")["goals"] == ["solved", "gold", "phone"]
    assert [(one["state"], one["turns"]) for one in results] == [("reached", 1), ("reached", None), ("reached", None)]
    assert results[0]["reachedAt"] is not None


def test_a_score_reaches_a_goal_when_it_is_given_and_leaves_it_when_it_is_taken_back(shop: Caller) -> None:
    define(shop, {"name": "helpful", "when": {"score": {"name": "helpful", "min": 0.5}}})
    define(
        shop,
        {
            "name": "paid well",
            "when": {"sequence": [{"traceName": "pay"}, {"score": {"name": "helpful", "label": "true"}}]},
        },
    )
    before = shop.session("s-1")["goals"]
    given = shop.post("/observability/scores", orjson.dumps({"name": "helpful", "value": True, "sessionId": "s-1"}))
    shop.server.fresh()
    after, results = shop.session("s-1")["goals"], shop.session("s-1", "/goals")["data"]
    shop.request("DELETE", f"/observability/scores/{given.json()['id']}")
    shop.server.fresh()

    assert (before, after, shop.session("s-1")["goals"]) == ([], ["helpful", "paid well"], [])
    assert [(one["state"], one["turns"] is None) for one in results] == [("reached", True), ("reached", False)]


@pytest.mark.parametrize("name", ["' OR 1=1 --", "{x:String}", "a/b, c", "🙂👩‍👩‍👧", "/*where*/", "\\", "x" * 200])
def test_a_name_is_any_text(name: str, shop: Caller) -> None:
    define(shop, {"name": name, "when": {"traceName": "pay"}})

    assert shop.session("s-1")["goals"] == [name]
    assert [one["id"] for one in shop.sessions(("goal", name))] == ["s-1"]


def test_goals_are_listed_oldest_first_and_changed_by_their_id(caller: Caller) -> None:
    ids = [define(caller, {"name": name, "when": {"tag": name}}).json()["id"] for name in ("b", "a")]
    put(caller, ids[0], {"name": "c", "when": {"sequence": [{"tag": "x"}, {"errorFree": True}]}})
    listed = caller.read(PATH)

    assert [(one["id"], one["name"], one["when"]) for one in listed["data"]] == [
        (ids[0], "c", {"sequence": [{"tag": "x"}, {"errorFree": True}]}),
        (ids[1], "a", {"tag": "a"}),
    ]
    assert listed["nextCursor"] is None


def test_a_name_is_unique_in_its_project_only(caller: Caller) -> None:
    first, second = (define(caller, {**GOAL, "name": name}).json()["id"] for name in ("a", "b"))

    assert [
        define(caller, {**GOAL, "name": "a"}).status_code,
        put(caller, second, {**GOAL, "name": "a"}).status_code,
    ] == [409] * 2
    assert put(caller, first, {**GOAL, "name": "a"}).status_code == 200
    assert define(caller.server.caller(), {**GOAL, "name": "a"}).status_code == 201


def test_a_project_has_no_more_goals_than_a_list_can_try(caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "MAX_GOALS", 1)

    assert [define(caller, {**GOAL, "name": name}).status_code for name in ("a", "b")] == [201, 409]


def test_another_projects_goal_is_not_there(caller: Caller) -> None:
    goal_id = define(caller, GOAL).json()["id"]
    other = caller.server.caller()

    assert other.read(PATH)["data"] == []
    assert put(other, goal_id, GOAL).status_code == other.request("DELETE", f"{PATH}/{goal_id}").status_code == 404
    assert [one["name"] for one in caller.read(PATH)["data"]] == ["checkout"]


@pytest.mark.parametrize("goal_id", ["0", "-1", "none", "9999999999", "99999999999"])
def test_a_goal_that_is_not_there_is_404(goal_id: str, caller: Caller) -> None:
    assert caller.request("DELETE", f"{PATH}/{goal_id}").status_code == 404


def test_to_define_a_goal_needs_the_scope_admin_and_to_look_at_it_read(caller: Caller) -> None:
    reader = caller.server.caller(caller.project_id, ["read"])

    assert [define(reader, GOAL).status_code, reader.get(PATH).status_code] == [403, 200]
    assert caller.server.caller(caller.project_id, ["ingest"]).get(PATH).status_code == 403


def test_who_may_only_send_can_still_say_what_a_session_came_to(shop: Caller) -> None:
    define(shop, GOAL)
    sender = shop.server.caller(shop.project_id, ["ingest"])

    assert sender.patch("/observability/sessions/s-1", {"outcome": "solved"}).json()["goals"] == ["checkout"]


WRONG: list[tuple[Any, str]] = [
    ({}, "when"),
    ({"tag": "a", "traceName": "b"}, "when"),
    ({"unheardOf": "x"}, "when"),
    ({"tag": ""}, "when.tag"),
    ({"tag": 5}, "when.tag"),
    ({"traceName": "x" * 501}, "when.traceName"),
    ({"metadata": {}}, "when.metadata"),
    ({"metadata": {"k": [1]}}, "when.metadata.k"),
    ({"metadata": {"k": None}}, "when.metadata.k"),
    ({"metadata": {str(key): 1 for key in range(11)}}, "when.metadata"),
    ({"outcome": ""}, "when.outcome"),
    ({"errorFree": False}, "when.errorFree"),
    ({"sequence": []}, "when.sequence"),
    ({"sequence": [{"tag": "a"}]}, "when.sequence"),
    ({"sequence": [{"tag": "a"}] * 11}, "when.sequence"),
    ({"sequence": [{"tag": "a"}, {"tag": 5}]}, "when.sequence[1].tag"),
    ({"sequence": [{"tag": "a"}, {"sequence": [{"tag": "a"}, {"tag": "b"}]}]}, "when.sequence[1]"),
    ({"sequence": [{"errorFree": True}, {"tag": "a"}]}, "when.sequence"),
    ({"sequence": [{"score": {"name": "n", "min": 1}}, {"tag": "a"}]}, "when.sequence"),
    ({"score": {"name": "n"}}, "when.score"),
    ({"score": {"min": 1}}, "when.score.name"),
    ({"score": {"name": "n", "least": 1}}, "when.score"),
    ({"score": {"name": "n", "min": True}}, "when.score.min"),
    ({"score": {"name": "n", "max": "1"}}, "when.score.max"),
    ({"score": {"name": "n", "label": ""}}, "when.score.label"),
]


@pytest.mark.parametrize(("when", "field"), WRONG)
def test_a_condition_that_cannot_be_is_400_and_names_the_field(when: Any, field: str, caller: Caller) -> None:
    answer = define(caller, {"name": "x", "when": when})

    assert (answer.status_code, f"'{field}'" in answer.json()["error"]["message"]) == (400, True), answer.text


@pytest.mark.parametrize("name", ["", "   ", "x" * 201, "a\nb", "nul\0"])
def test_a_name_that_cannot_be_is_400(name: str, caller: Caller) -> None:
    answer = define(caller, {**GOAL, "name": name})

    assert (answer.status_code, "'name'" in answer.json()["error"]["message"]) == (400, True)


def test_a_goal_that_is_not_defined_is_400_wherever_it_is_named(shop: Caller) -> None:
    define(shop, GOAL)
    for path, parameter in [
        ("sessions", "goal"),
        ("analytics/sessions", "completionGoal"),
        ("analytics/journeys", "goal"),
    ]:
        answer = shop.get(f"/observability/{path}", (parameter, "checkuot"))
        assert (answer.status_code, answer.json()["error"]["hint"]) == (400, "Its goals: checkout."), path


@pytest.mark.parametrize(
    "when",
    [
        {"traceName": "pay"},
        {"tag": "vip"},
        {"metadata": {"channel": "web"}},
        {"outcome": "solved"},
        {"errorFree": True},
        {"score": {"name": "quality", "min": 0.5}},
        {"sequence": [{"traceName": "search"}, {"tag": "vip"}, {"errorFree": True}]},
    ],
    ids=lambda when: next(iter(when)),
)
def test_a_definition_has_the_effect_that_it_was_previewed_with(when: dict[str, Any], shop: Caller) -> None:
    define(shop, {"name": "searched", "when": {"traceName": "search"}})
    shop.patch("/observability/sessions/s-1", {"outcome": "solved"})
    shop.post("/observability/scores", orjson.dumps({"sessionId": "s-2", "name": "quality", "value": 0.75}))

    seen = [previewed(shop, when, params) for params in ("", "?goal=searched", f"?to={iso(BEGIN + 86_400)}")]
    defined_before = shop.read(PATH)["data"]
    define(shop, {"name": "new", "when": when})
    done = [
        next(one for one in shop.get(f"{PREVIEW}{params}").json()["goals"] if one["goal"] == "new")
        for params in ("", "?goal=searched", f"?to={iso(BEGIN + 86_400)}")
    ]

    assert [one["name"] for one in defined_before] == ["searched"]
    assert [{**one, "goal": "new"} for one in seen] == done


def test_a_preview_among_no_sessions_is_of_none_and_a_wrong_one_is_refused(shop: Caller) -> None:
    nothing = {"p50": None, "p90": None}
    assert previewed(shop, {"tag": "vip"}, "?userId=nobody") == {
        "reached": 0, "closed": 0, "open": 0, "rate": None, "turns": nothing, "duration": nothing, "totalCost": nothing,
    }  # fmt: skip
    refused = shop.post(PREVIEW, orjson.dumps({"when": {"mood": "good"}}))
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "bad_request")
    assert "'when'" in refused.json()["error"]["message"]
    assert shop.post(f"{PREVIEW}?limit=3", orjson.dumps({"when": {"tag": "vip"}})).status_code == 400


PREVIEW = "/observability/analytics/goals"


def previewed(caller: Caller, when: dict[str, Any], params: str = "") -> dict[str, Any]:
    answer: dict[str, Any] = caller.post(PREVIEW + params, orjson.dumps({"when": when})).json()
    return {name: value for name, value in answer.items() if name not in {"from", "to"}}
