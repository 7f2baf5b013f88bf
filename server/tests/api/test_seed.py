"""The product description's own example, from the wire to every answer."""

from __future__ import annotations

import json

import pytest

from .running import Caller

TURNS = (
    ("10:30:00", "10:30:08", 500),
    ("10:30:15", "10:30:20", 700),
    ("10:30:45", "10:30:50", 800),
    ("10:31:00", "10:31:00", 500),
)
SEED = "conversation-abc123"


def turn(number: int, start: str, end: str, tokens: int) -> dict[str, object]:
    begin, until = f"2025-11-23T{start}Z", f"2025-11-23T{end}Z"
    return {
        "id": f"t-{number}", "name": f"chat-turn-{number}", "sessionId": SEED, "userId": "user-456",
        "startTime": begin, "endTime": until, "input": {"message": f"question {number}"}, "output": {"response": f"answer {number}"},
        "metadata": {"turn": number},
        "observations": [
            {"id": f"g-{number}", "kind": "generation", "name": "generate-response", "modelName": "house-model",
             "startTime": begin, "endTime": until, "promptTokens": tokens - 100, "completionTokens": 100, "cost": 0.0125},
        ],
    }  # fmt: skip


@pytest.fixture
def seeded(caller: Caller) -> Caller:
    assert caller.send(*(turn(number, *row) for number, row in enumerate(TURNS, start=1))) == {
        "accepted": 4,
        "rejected": [],
    }
    return caller


def test_the_seeds_four_traces_are_one_session_of_a_minute_2500_tokens_and_5_cents(seeded: Caller) -> None:
    [session] = seeded.sessions()

    assert session == {
        "id": SEED, "userId": "user-456", "userIds": ["user-456"], "title": None, "outcome": None,
        "traceCount": 4, "spanCount": 8, "generationCount": 4, "toolCount": 0, "errorCount": 0,
        "startTime": "2025-11-23T10:30:00.000Z", "endTime": "2025-11-23T10:31:00.000Z",
        "duration": 60000, "activeDuration": 60000, "segments": 1, "status": "idle",
        "promptTokens": 2100, "completionTokens": 400, "cachedTokens": 0, "reasoningTokens": 0, "totalTokens": 2500, "totalCost": 0.05,
        "models": [{"model": "house-model", "generations": 4, "promptTokens": 2100, "completionTokens": 400, "totalTokens": 2500, "cost": 0.05}],
        "unpricedModels": [], "tags": [], "metadata": {"turn": 4}, "environment": None, "release": None,
        "firstInput": "question 1", "lastOutput": "answer 4", "goals": [],
        "scores": [], "commentCount": 0, "bookmarked": False, "endedAt": None, "tools": [],
    }  # fmt: skip


def test_metrics_are_exactly_the_seeds_six(seeded: Caller) -> None:
    assert seeded.session(SEED, "/metrics") == {
        "sessionId": SEED, "userId": "user-456", "traceCount": 4, "totalTokens": 2500, "totalCost": 0.05, "duration": "1m 0s",
    }  # fmt: skip


def test_the_detail_is_the_lists_session_with_its_traces_in_time_order(seeded: Caller) -> None:
    detail = seeded.session(SEED)
    traces = detail.pop("traces")

    assert detail.pop("nextCursor") is None
    assert [detail] == seeded.sessions()
    assert [trace["name"] for trace in traces] == ["chat-turn-1", "chat-turn-2", "chat-turn-3", "chat-turn-4"]


def test_the_conversation_has_a_question_and_an_answer_per_turn(seeded: Caller) -> None:
    turns = seeded.session(SEED, "/conversation")["data"]

    said = [[(message["role"], message["content"][0]["text"]) for message in turn["messages"]] for turn in turns]
    assert said == [[("user", f"question {n}"), ("assistant", f"answer {n}")] for n in (1, 2, 3, 4)]


def test_the_export_is_a_download_of_everything(seeded: Caller) -> None:
    answer = seeded.get(f"/observability/sessions/{SEED}/export")
    whole = answer.json()
    traces = whole.pop("traces")

    assert (
        answer.headers["content-disposition"]
        == f"attachment; filename=\"session-{SEED}.json\"; filename*=UTF-8''session-{SEED}.json"
    )
    assert answer.headers["content-type"] == "application/json"
    said = {"facts": [], "givenScores": [], "givenComments": []}
    assert whole == {"format": "threadline.session/1", **seeded.sessions()[0], **said}
    assert [[span["name"] for span in trace["spans"]] for trace in traces] == [
        [f"chat-turn-{n}", "generate-response"] for n in (1, 2, 3, 4)
    ]


def test_the_export_as_jsonl_has_the_session_and_then_a_trace_per_line(seeded: Caller) -> None:
    answer = seeded.get(f"/observability/sessions/{SEED}/export", ("format", "jsonl"))
    head, *traces = map(json.loads, answer.text.splitlines())

    whole = seeded.get(f"/observability/sessions/{SEED}/export").json()
    assert answer.headers["content-type"].partition(";")[0] == "application/x-ndjson"
    assert f"session-{SEED}.jsonl" in answer.headers["content-disposition"]
    assert {**head, "traces": traces} == whole


def test_the_same_traces_again_change_nothing(seeded: Caller) -> None:
    before = seeded.session(SEED, "/export")

    seeded.send(*(turn(number, *row) for number, row in reversed(list(enumerate(TURNS, start=1)))))

    assert seeded.session(SEED, "/export") == before
