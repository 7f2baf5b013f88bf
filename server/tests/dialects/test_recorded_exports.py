"""Every recorded export of a real library comes out as its facts say, as far as spans carry them."""

import json
import pathlib
from collections import defaultdict

import orjson
import pytest

from threadline_server import messages
from threadline_server.ingest.decode import otlp_json, otlp_protobuf
from threadline_server.ingest.normalise import normalise
from threadline_server.model import Span

HERE = pathlib.Path(__file__).parent
CASES = sorted(path.parent.name for path in HERE.glob("*/facts.json"))
TEXTS_IN_LOGS = {
    "otel-genai-openai-event", "otel-openai-v2-latest-event", "otel-openai-v2-legacy", "js-otel-openai", "adk-litellm",
    "otel-botocore-bedrock", "otel-google-genai-event", "otel-google-genai-legacy",
    "semantic-kernel",
}  # fmt: skip
USERS_IN_LOGS = {"adk-gemini", "adk-litellm"}
TOOLS_IN_LOGS = {
    "otel-openai-v2-legacy", "js-otel-openai", "otel-botocore-bedrock", "otel-google-genai-event", "otel-google-genai-legacy",
    "traceloop-ollama",
}  # fmt: skip
REWRITES_THE_PROMPT = {"smolagents"}
RECORDED_NS = 1_796_000_000_000_000_000
"""A while after the recordings."""


def read(case):
    """All spans of a case, by trace, each trace in the order of its starts."""
    traces = defaultdict(list)
    for request in sorted(HERE.joinpath(case).glob("request-*.json")):
        sent = json.loads(request.read_bytes())
        if not sent["path"].endswith(("/traces", "TraceService/Export")):
            continue
        body = request.with_name(sent["body"])
        decode = otlp_json.decode if body.suffix == ".json" else otlp_protobuf.decode
        spans, drops, received = decode(body.read_bytes(), now_ns=RECORDED_NS)
        assert (drops, received) == ([], len(spans))
        for raw in spans:
            span = normalise(raw)
            assert isinstance(span, Span)
            traces[span.trace_id].append(span)
    return {trace_id: sorted(spans, key=lambda span: span.start_ns) for trace_id, spans in traces.items()}


def calls_of(spans):
    """The model calls that were answered; one that two instrumentations watched is the one that began last."""
    made = [span for span in spans if span.kind == "generation" and span.error is None]
    last = {span.response_id: span for span in made}
    return [span for span in made if not span.response_id or last[span.response_id] is span]


def said(normalised, value, role):
    return messages.read(orjson.loads(normalised or value or b"null"), role)


def tools_of(spans):
    """The tools that were called: by a span of their own, else as the model's answer names them."""
    named = []
    for span in spans:
        attributes = orjson.loads(span.attributes or b"{}")
        if span.kind == "tool":
            named.append(attributes.get("tool.name") or attributes.get("gen_ai.tool.name") or span.name)
        if span.kind == "generation":
            for message in said(span.output_messages, span.output, "assistant"):
                named += [call["name"] for call in message.get("toolCalls", [])]
    return list(dict.fromkeys(name for name in named if name != "final_answer"))


def user_text(case, spans):
    """What the last model call was asked; where the framework writes that prompt, what the root was."""
    if case in REWRITES_THE_PROMPT and not spans[0].parent_id:
        return spans[0].input_text
    asked = [span.input_text for span in spans if span.input_text and span.kind == "generation"]
    asked = asked or [span.input_text for span in spans if span.input_text]
    return asked[-1].removeprefix("New task:\n") if asked else None


def assistant_text(spans):
    said = [span.output_text for span in spans if span.kind == "generation" and span.output_text]
    return (said or [span.output_text for span in spans if span.output_text] or [None])[-1]


def told(case, turn, traces):
    """The turn in the words of the facts, as the spans tell it; what the facts leave open stays open."""
    spans = [span for trace_id in turn["traceIds"] for span in traces[trace_id]]
    calls = calls_of(spans)
    found = {
        "traceIds": turn["traceIds"],
        "user": user_text(case, spans),
        "assistant": assistant_text(spans),
        "error": any(span.error is not None for span in spans),
        "tools": tools_of(spans),
        "calls": [
            {
                "model": call.model,
                "promptTokens": call.usage and call.usage.prompt,
                "completionTokens": call.usage and call.usage.completion,
            }
            for call in calls
        ],
    }
    if case in TEXTS_IN_LOGS:
        found |= {"user": turn["user"], "assistant": turn["assistant"]}
    if case in TOOLS_IN_LOGS:
        found |= {"tools": turn["tools"]}
    return {key: None if turn[key] is None else value for key, value in found.items()}


def expected(turn, found):
    """The facts of a turn; of the names that a call's model may have, the one that came out, if it is among them."""
    calls = []
    for call, made in zip(turn["calls"], found["calls"], strict=False):
        model = made["model"] if made["model"] in call["model"] else call["model"]
        tokens = {key: made[key] if call[key] is None else call[key] for key in ("promptTokens", "completionTokens")}
        calls.append({"model": model, **tokens})
    return {**turn, "calls": calls + turn["calls"][len(calls) :]}


@pytest.mark.parametrize("case", CASES)
def test_a_recorded_export_says_what_its_facts_say(case):
    facts = json.loads(HERE.joinpath(case, "facts.json").read_bytes())
    traces = read(case)
    for session in facts["sessions"]:
        for turn in session["turns"]:
            found = told(case, turn, traces)
            assert found == expected(turn, found)


@pytest.mark.parametrize("case", CASES)
def test_every_trace_of_a_turn_names_its_session_and_its_user_and_no_other(case):
    facts = json.loads(HERE.joinpath(case, "facts.json").read_bytes())
    traces = read(case)
    for session in facts["sessions"]:
        for trace_id in (trace_id for turn in session["turns"] for trace_id in turn["traceIds"]):
            spans = traces[trace_id]
            assert {span.session_id for span in spans} - {""} == {session["sessionId"]}
            told = session["userId"] and case not in USERS_IN_LOGS
            assert {span.user_id for span in spans} - {""} == ({session["userId"]} if told else set())


@pytest.mark.parametrize("case", CASES)
def test_normalised_messages_read_the_same_when_they_are_read_again(case):
    for span in (span for spans in read(case).values() for span in spans):
        for role, held in (("user", span.input_messages), ("assistant", span.output_messages)):
            if held:
                assert messages.read(orjson.loads(held), role) == orjson.loads(held)


PROGRAM = [
    {"user": "Hello, my name is Ada.", "assistant": "Hello Ada! How can I help you today?", "error": False, "tools": [],
     "calls": [(21, 9, 0)]},
    {"user": "What is the weather in Paris?", "assistant": "It is 18C and cloudy in Paris.", "error": False,
     "tools": ["get_weather"], "calls": [(120, 17, 64), (160, 12, 128)]},
    {"user": "Please trigger a failure now.", "assistant": None, "error": True, "tools": [], "calls": []},
    {"user": "Say goodbye to Bob.", "assistant": "Goodbye Bob, see you soon!", "error": False, "tools": [],
     "calls": [(33, 6, 0)]},
]  # fmt: skip
"""What every recorded program did, turn by turn; of a call its prompt, completion and cached tokens."""
WITHOUT_A_SESSION = {"litellm-otel": (1, 2, 1, 1), "mlflow": (1, 1, 1, 1)}
"""How many traces each turn is, in exports that name no session: nothing is told of them in their facts."""


@pytest.mark.parametrize("case", WITHOUT_A_SESSION)
def test_an_export_that_names_no_session_still_tells_what_was_said_and_used(case):
    traces = sorted(read(case).values(), key=lambda spans: spans[0].start_ns)
    assert {span.session_id for spans in traces for span in spans} == {""}
    for turn, count in zip(PROGRAM, WITHOUT_A_SESSION[case], strict=True):
        spans, traces = [span for spans in traces[:count] for span in spans], traces[count:]
        assert {
            "user": user_text(case, spans),
            "assistant": assistant_text(spans),
            "error": any(span.error is not None for span in spans),
            "tools": tools_of(spans),
            "calls": [(call.usage.prompt, call.usage.completion, call.usage.cached) for call in calls_of(spans)],
        } == turn
    assert traces == []
