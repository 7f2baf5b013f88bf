"""Exports that carry log records come out as their facts say, whatever order they come in and however often."""

import random

import pytest

from . import recordings
from .recordings import Sent, facts, pieces, regrouped, requests

BY_RECORDS_ALONE = ("codex-cli", "claude-code-logs", "gemini-cli")
WITH_LOGS = [case for case in recordings.CASES if case not in (*BY_RECORDS_ALONE, "oi-openai-root-grpc")]
CLAUDE_CODE = ("claude-code", "claude-code-logs")
"""The same conversation, told by spans and records, and by records alone; what a model call was given is told by neither."""


def send(caller, sent):
    for one in sent:
        answer = caller.post(f"/v1/{one.signal}", one.body, one.kind)
        assert (answer.status_code, answer.content in (b"", b"{}")) == (200, True)
    caller.server.fresh()


def told(caller):
    """Every session with its turns, in the words of the facts."""
    return {session["id"]: of_session(caller, session) for session in caller.sessions()}


def of_session(caller, session):
    traces = {trace["id"]: trace for trace in caller.session(session["id"], "/traces", ("include", "spans"))["data"]}
    turns = caller.session(session["id"], "/conversation")["data"]
    return {
        "userId": session["userId"],
        "firstInput": session["firstInput"],
        "lastOutput": session["lastOutput"],
        "spanCount": session["spanCount"],
        "turns": [of_turn(turn, traces[turn["traceId"]]) for turn in turns],
    }


def of_turn(turn, trace):
    said = [message for message in turn["messages"] if message["content"] or message.get("toolCalls")]
    texts = {
        role: [part["text"] for message in said if message["role"] == role for part in message["content"]]
        for role in ("user", "assistant")
    }
    calls = [span for span in trace["spans"] if span["kind"] == "generation" and span["status"] == "ok"]
    return {
        "traceId": turn["traceId"],
        "user": texts["user"],
        "assistant": texts["assistant"],
        "error": turn["status"] == "error",
        "tools": [call["name"] for message in said for call in message.get("toolCalls", [])],
        "calls": [
            (call["modelName"].rpartition("/")[2], call["promptTokens"], call["completionTokens"]) for call in calls
        ],
        "inputs": [bool(call["input"]) for call in calls],
        "outputs": [bool(call["output"]) for call in calls],
    }


def expected(case):
    """The same from the facts; the system prompt's and the other texts' place is the conversation's own."""
    return {
        session["sessionId"]: {
            "userId": session["userId"],
            "firstInput": session["turns"][0]["user"],
            "lastOutput": next(turn["assistant"] for turn in reversed(session["turns"]) if turn["assistant"]),
            "turns": [
                {
                    "traceId": turn["traceIds"][0],
                    "user": [turn["user"]],
                    "assistant": [turn["assistant"]] if turn["assistant"] else [],
                    "error": turn["error"],
                    "tools": turn["tools"],
                    "calls": [
                        (call["model"], call["promptTokens"], call["completionTokens"]) for call in turn["calls"]
                    ],
                    "inputs": [True for _ in turn["calls"]],
                    "outputs": [True for _ in turn["calls"]],
                }
                for turn in session["turns"]
            ],
        }
        for session in facts(case)["sessions"]
    }


def with_one_model(wanted, found):
    """The facts with that name of each call's model that came out, if it is one of its names; null tokens are open."""
    for session_id, session in wanted.items():
        for turn, came in zip(session["turns"], found.get(session_id, {"turns": []})["turns"], strict=False):
            turn["calls"] = [
                (
                    made[0] if made[0] in models else models,
                    made[1] if prompt is None else prompt,
                    made[2] if completion is None else completion,
                )
                for (models, prompt, completion), made in zip(turn["calls"], came["calls"], strict=False)
            ] + turn["calls"][len(came["calls"]) :]
    return wanted


def without_counts(found):
    return {key: {k: v for k, v in session.items() if k != "spanCount"} for key, session in found.items()}


@pytest.mark.parametrize("case", [case for case in WITH_LOGS if case not in CLAUDE_CODE])
def test_an_export_with_log_records_says_what_its_facts_say(case, caller):
    send(caller, requests(case))

    found = without_counts(told(caller))

    assert found == with_one_model(expected(case), found)


@pytest.mark.parametrize("case", WITH_LOGS)
def test_log_records_are_no_spans(case, caller):
    spans = [entry for signal, entry in pieces(requests(case)) if signal == "traces"]
    send(caller, requests(case))

    assert sum(session["spanCount"] for session in caller.sessions()) == len(spans)
    assert caller.stored_spans() == len(spans)


@pytest.mark.parametrize("case", recordings.CASES)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_any_order_and_repetition_of_spans_and_records_ends_in_the_same_answers(case, seed, server):
    plain, other = server.caller(), server.caller()
    recorded = requests(case)

    send(plain, recorded)
    send(other, regrouped(pieces(recorded), random.Random(seed)))

    assert everything(other) == everything(plain) != []


@pytest.mark.parametrize("case", WITH_LOGS)
@pytest.mark.parametrize("first", ["logs", "traces"])
def test_logs_may_come_before_and_after_the_spans_and_twice(case, first, server):
    plain, other = server.caller(), server.caller()
    recorded = requests(case)
    order = sorted(recorded, key=lambda one: one.signal != first)

    send(plain, recorded)
    send(other, order)
    once = everything(other)
    send(other, order[::-1])

    assert once == everything(other) == everything(plain)


def everything(caller):
    """All that the API says of a project's sessions."""
    return [
        [session, *(caller.session(session["id"], below) for below in ("/traces", "/conversation", "/metrics"))]
        for session in sorted(caller.sessions(), key=lambda session: session["id"])
    ]


@pytest.mark.parametrize("case", WITH_LOGS)
def test_records_without_their_spans_still_tell_the_words(case, caller):
    send(caller, [one for one in requests(case) if one.signal == "logs"])

    sessions = told(caller)

    with_ids = {"otel-genai-openai-event", "adk-gemini", "adk-litellm", "claude-code"}
    said = {key: [turn["user"] for turn in session["turns"]] for key, session in sessions.items()}
    wanted = {
        session["sessionId"]: [[turn["user"]] for turn in session["turns"]] for session in facts(case)["sessions"]
    }
    assert said == (wanted if case in with_ids else {})
    assert caller.stored_spans() == 0


def test_metrics_are_counted_and_nothing_of_them_is_stored(caller):
    metrics = [one for one in requests("otel-openai-v2-legacy") if one.signal == "metrics"]
    assert len(metrics) == 1

    send(caller, metrics)
    send(caller, [Sent("metrics", b'{"resourceMetrics":[]}', "application/json")])

    counts = caller.read("/observability/ingestion")
    assert counts == {"received": 0, "stored": 0, "rejected": {}, "ignored": {"metric": counts["ignored"]["metric"]}}
    assert counts["ignored"]["metric"] > 0
    assert caller.sessions() == []


def said_by(message):
    texts = [part["text"] for part in message["content"]]
    return message["role"], texts, [(call["name"], call["arguments"]) for call in message.get("toolCalls", [])]


@pytest.mark.parametrize("case", CLAUDE_CODE)
def test_claude_code_is_told_once_whether_by_spans_and_records_or_by_records(case, caller):
    send(caller, requests(case))
    wanted = facts(case)["sessions"][0]
    session = caller.session(wanted["sessionId"])
    turns = caller.session(session["id"], "/conversation")["data"]

    asked = [("user", [turn["user"]], []) for turn in wanted["turns"]]
    look_up = ("Bash", {"command": "echo 18C and cloudy", "description": "Look up the weather"})
    assert [[said_by(message) for message in turn["messages"]] for turn in turns] == [
        [asked[0], ("assistant", [wanted["turns"][0]["assistant"]], [])],
        [
            asked[1],
            ("assistant", [], [look_up]),
            ("tool", [], []),
            ("assistant", [wanted["turns"][1]["assistant"]], []),
        ],
        [asked[2]],
    ]
    assert [turn["status"] for turn in turns] == ["ok", "ok", "error"]
    numbers = ("promptTokens", "completionTokens", "cachedTokens", "totalCost", "generationCount", "toolCount")
    assert [session[name] for name in numbers] == [397, 38, 64, 0.0016122, 4, 1]


@pytest.mark.parametrize("case", CLAUDE_CODE)
def test_a_trace_says_what_its_records_say_alike_in_lists_with_spans_and_in_exports(case, caller):
    send(caller, requests(case))
    session = caller.sessions()[0]
    turns = facts(case)["sessions"][0]["turns"]

    listed = caller.session(session["id"], "/traces")["data"]
    with_spans = caller.session(session["id"], "/traces", ("include", "spans"))["data"]
    exported = caller.session(session["id"], "/export")["traces"]

    expected = [
        [
            [{"role": role, "content": [{"type": "text", "text": text}]}] if text else None
            for role, text in (("user", turn["user"]), ("assistant", turn["assistant"]))
        ]
        for turn in turns
    ]
    for traces in (listed, with_spans, exported):
        assert [[trace["input"], trace["output"]] for trace in traces] == expected


def test_the_records_of_gemini_cli_make_a_conversation_whatever_traces_they_name_and_its_spans_none(caller):
    send(caller, requests("gemini-cli"))
    (wanted,) = facts("gemini-cli")["sessions"]
    (session,) = caller.sessions()
    (turn,) = caller.session(session["id"], "/conversation")["data"]

    first, second, third = wanted["turns"]
    look_up = ("run_shell_command", {"command": "echo 18C and cloudy", "description": "Look up the weather"})
    assert [said_by(message) for message in turn["messages"]] == [
        ("user", [first["user"]], []),
        ("assistant", [first["assistant"]], []),
        ("user", [second["user"]], []),
        ("assistant", [], [look_up]),
        ("tool", [], []),
        ("assistant", [second["assistant"]], []),
        ("user", [third["user"]], []),
    ]
    numbers = (
        "traceCount",
        "promptTokens",
        "completionTokens",
        "cachedTokens",
        "generationCount",
        "toolCount",
        "errorCount",
    )
    assert [session[name] for name in numbers] == [1, 301, 43, 64, 4, 1, 1]
    assert (session["id"], session["userId"]) == (wanted["sessionId"], None)
    outside = [trace for trace in caller.pages("/observability/traces") if trace["sessionId"] is None]
    assert sum(trace["spanCount"] for trace in outside) == 6
