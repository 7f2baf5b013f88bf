"""Conversations as people would tell them, and the spans that programs of many habits make of them.

``Plan`` is the truth: turns of messages. ``render`` writes it as traces and spans in a ``Habit``; the fold has to give the
plan back, whatever the habit.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from itertools import count

from hypothesis import strategies as st

from threadline_server.query.conversation import TurnSpan, TurnTrace

MODEL = "gpt-4o"


@dataclass(frozen=True)
class Step:
    """The model asks for tools: (name, argument, outcome) of each."""

    words: str
    uses: tuple[tuple[str, int, str], ...]


@dataclass(frozen=True)
class TurnPlan:
    system: str
    user: str
    steps: tuple[Step, ...]
    ending: str
    """The answer; empty where the last model call fails."""


@dataclass(frozen=True)
class Habit:
    history: str
    """growing: all that was said; window: the end of it; stateless: nothing but this turn."""
    dialect: str
    """normalised, openai or semconv: how a call's messages are written."""
    wrapper: str
    """none, agent or generation: what stands around the calls and repeats their words."""
    has_call_ids: bool
    has_tool_spans: bool
    has_twins: bool
    retries: bool
    has_past: bool
    """The conversation began before it was traced."""


words = st.sampled_from(["yes", "ok", "no", "Weather?", "Order 7", "Thanks!"])
tools = st.tuples(
    st.sampled_from(["get_weather", "lookup"]), st.integers(0, 3), st.sampled_from(["18C", "shipped", '{"n": 1}'])
)
steps = st.builds(Step, st.sampled_from(["", "One moment."]), st.lists(tools, min_size=1, max_size=2).map(tuple))
turns = st.builds(
    TurnPlan,
    st.sampled_from(["", "Be kind.", "Be kind.", "Be brief."]),
    words,
    st.lists(steps, max_size=2).map(tuple),
    st.sampled_from(["", "ok", "Done.", "It is so."]),
)
plans = st.lists(turns, min_size=1, max_size=6)
habits = st.builds(
    Habit,
    st.sampled_from(["growing", "window", "stateless"]),
    st.sampled_from(["normalised", "openai", "semconv"]),
    st.sampled_from(["none", "agent", "generation"]),
    st.booleans(),
    st.booleans(),
    st.booleans(),
    st.booleans(),
    st.booleans(),
)

PAST = [
    {"role": "user", "content": [{"type": "text", "text": "Hi"}]},
    {"role": "assistant", "content": [{"type": "text", "text": "Hi, who is there?"}]},
]
_WINDOW = 5


@dataclass
class Rendered:
    traces: list[TurnTrace] = field(default_factory=list)
    spans: list[TurnSpan] = field(default_factory=list)
    expected: list[list[dict]] = field(default_factory=list)


def text(role, words):
    return {"role": role, "content": [{"type": "text", "text": words}] if words else []}


class Renderer:
    def __init__(self, habit: Habit) -> None:
        self.habit = habit
        self.done = Rendered()
        self.history = list(PAST) if habit.has_past and habit.history == "growing" else []
        self.clock = count(1_000_000_000, 1_000_000)
        self.ids = count(1)
        self.system = ""

    def turn(self, plan: TurnPlan) -> None:
        number = len(self.done.traces)
        trace_id, started = f"trace-{number}", next(self.clock)
        said = [] if plan.system in ("", self.system) else [text("system", plan.system)]
        self.system = plan.system
        if number == 0:
            said += self.history
        before, mark = list(self.history), len(self.done.spans)
        root = f"root-{number}"
        now = [text("user", plan.user)]
        for step in plan.steps:
            self.call(plan, trace_id, root, before, now, self.asking(step))
            now += self.results(trace_id, root, step, now[-1])
        answer = text("assistant", plan.ending) if plan.ending else None
        self.call(plan, trace_id, root, before, now, answer)
        self.history = before + now
        ended = next(self.clock)
        if self.habit.wrapper == "agent":
            given = {"message": plan.user, "stream": False}
            self.span((trace_id, root, ""), "agent", "turn", (started, ended), given, plan.ending or None)
        assert len(self.done.spans) > mark
        self.done.traces.append(
            TurnTrace(trace_id, "turn", started, ended, status="ok" if plan.ending else "error", is_first=number == 0)
        )
        self.done.expected.append([self.shown(message) for message in (*said, *now)])

    def shown(self, message):
        past = any(message is each for each in PAST)
        return {**message, "modelName": MODEL} if message["role"] == "assistant" and not past else message

    def asking(self, step: Step):
        calls = [
            {
                "id": f"call-{next(self.ids)}" if self.habit.has_call_ids else None,
                "name": name,
                "arguments": {"n": number},
            }
            for name, number, _ in step.uses
        ]
        return {**text("assistant", step.words), "toolCalls": calls}

    def results(self, trace_id, root, step, asking):
        results = []
        for call, (name, number, outcome) in zip(asking["toolCalls"], step.uses, strict=True):
            identity = {} if call["id"] is None else {"toolCallId": call["id"]}
            results.append({**text("tool", outcome), **identity, "name": name})
            if self.habit.has_tool_spans:
                place, times = (trace_id, f"tool-{next(self.ids)}", root), (next(self.clock), next(self.clock))
                self.span(place, "tool", name, times, {"n": number}, outcome)
        return results

    def call(self, plan, trace_id, root, before, now, answer) -> None:
        past = {"growing": before, "window": before[-_WINDOW:], "stateless": []}[self.habit.history]
        given = [*([text("system", plan.system)] if plan.system else []), *past, *now]
        span_id, response = f"call-{next(self.ids)}", f"response-{next(self.ids)}" if answer else ""
        if self.habit.retries:
            self.generation(trace_id, f"{span_id}-first", root, given, None, "", (next(self.clock), next(self.clock)))
        outer, start, end, closed = (next(self.clock) for _ in range(4))
        parent = root
        if self.habit.wrapper == "generation":
            parent = f"{span_id}-around"
            self.generation(trace_id, parent, root, given, answer, "", (outer, closed))
        self.generation(trace_id, span_id, parent, given, answer, response, (start, end))
        if self.habit.has_twins and answer:
            self.generation(trace_id, f"{span_id}-twin", parent, given, answer, response, (start, end))
        if answer:
            now.append(answer)

    def generation(self, trace_id, span_id, parent, given, answer, response, times) -> None:
        sent = [written(unnamed(message), self.habit.dialect) for message in given]
        got = [] if answer is None else [written(answer, self.habit.dialect)]
        self.done.spans.append(
            TurnSpan(
                trace_id, span_id, parent, "generation", "chat", *times,
                status="ok" if answer else "error", model=MODEL, response_id=response,
                input_messages=encoded(sent) if self.habit.dialect != "openai" else b"",
                output_messages=encoded(got) if self.habit.dialect != "openai" and got else b"",
                input=encoded({"messages": sent}) if self.habit.dialect == "openai" else b"",
                output=encoded({"choices": [{"message": each} for each in got]}) if self.habit.dialect == "openai" and got else b"",
            )
        )  # fmt: skip

    def span(self, place, kind, name, times, given, gave) -> None:
        self.done.spans.append(
            TurnSpan(  # type: ignore[call-arg]  # mypy cannot count what is unpacked
                *place, kind, name, *times,
                input=encoded(given), output=b"" if gave is None else encoded(gave),
            )
        )  # fmt: skip


def encoded(value) -> bytes:
    return json.dumps(value).encode()


def unnamed(message):
    """A tool's result as most callers send it: where it has the call's id, it has no name."""
    return {key: message[key] for key in message if key != "name"} if "toolCallId" in message else message


def written(message, dialect):
    """A message in the words of a dialect."""
    if dialect == "normalised":
        return message
    words = message["content"][0]["text"] if message["content"] else None
    calls = message.get("toolCalls", [])
    if dialect == "semconv":
        if message["role"] == "tool":
            answer = {
                "type": "tool_call_response",
                "id": message.get("toolCallId"),
                "response": words,
                "name": message.get("name"),
            }
            return {"role": "tool", "parts": [answer]}
        parts = [{"type": "text", "content": words}] if words else []
        parts += [{"type": "tool_call", **call} for call in calls]
        return {"role": message["role"], "parts": parts}
    result = {"role": message["role"], "content": words}
    if calls:
        result["tool_calls"] = [
            {
                "id": call["id"],
                "type": "function",
                "function": {"name": call["name"], "arguments": json.dumps(call["arguments"])},
            }
            for call in calls
        ]
    if message["role"] == "tool":
        result |= {"tool_call_id": message.get("toolCallId"), "name": message.get("name")}
    return result


def render(plan: list[TurnPlan], habit: Habit) -> Rendered:
    renderer = Renderer(habit)
    for turn in plan:
        renderer.turn(turn)
    return renderer.done
