"""One trace as a turn's messages, in the order in which they were said."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from threadline_server.messages import Message, message_text
from threadline_server.model import LOG
from threadline_server.query.conversation import tools
from threadline_server.query.conversation.calls import Call, calls_of, decode, received, sent
from threadline_server.query.conversation.history import Heard
from threadline_server.query.conversation.rows import TurnSpan, TurnTrace
from threadline_server.query.conversation.tools import ToolRun
from threadline_server.query.conversation.tree import Tree


class Said(msgspec.Struct, gc=False):
    """A message, when it was said, and by which span."""

    at: tuple[int, int, int]
    message: Message


def messages_of(trace: TurnTrace, spans: Sequence[TurnSpan], heard: Heard) -> list[Message]:
    """The messages of a trace; ``heard`` knows the traces before it and learns this one."""
    ordered = sorted((span for span in spans if span.kind != LOG), key=lambda span: (span.start_ns, span.until_ns))
    tree = Tree(ordered)
    outermost = [span for span in tree.outermost() if span.kind not in ("tool", "event")]
    calls = calls_of(ordered, tree) or _as_call(outermost)
    heard.begin_trace()
    said = _what_calls_said(calls, heard, {span.span_id: at for at, span in enumerate(ordered)}, whole=trace.is_first)
    alone = _what_tools_said(ordered, tree, calls, said)
    for each in alone:
        heard.hear(each.message)
    said += alone
    said += _what_records_said([span for span in spans if span.kind == LOG], heard)
    said.sort(key=lambda each: each.at)
    told = [each.message for each in said]
    return _with_question(_with_answer(told, calls, outermost), calls, outermost)


def _as_call(outermost: Sequence[TurnSpan]) -> list[Call]:
    """A trace without model calls: what it was given and what it gave back stand for one."""
    asked = next((span for span in outermost if span.input or span.input_messages), None)
    gave = next((span for span in reversed(outermost) if span.output or span.output_messages), None)
    calls = [Call(asked, sent(asked), [])] if asked is not None else []
    if gave is not None:
        calls.append(Call(gave, [], _last_answer(received(gave))))
    return calls


def _last_answer(found: Sequence[Message]) -> list[Message]:
    return [message for message in found if message["role"] == "assistant" and _says_something(message)][-1:]


def _says_something(message: Message) -> bool:
    return any(part["type"] != "reasoning" for part in message["content"])


def _what_calls_said(calls: Sequence[Call], heard: Heard, places: dict[str, int], *, whole: bool) -> list[Said]:
    """New input at a call's start, its output at its end; equal times keep the order of the spans."""
    steps = []
    for at, call in enumerate(calls):
        place = places[call.span.span_id]
        if call.input:
            steps.append(((call.span.start_ns, place, 0), at))
        if call.output:
            steps.append(((call.span.until_ns, place, 1), at))
    said = []
    for time, at in sorted(steps):
        call = calls[at]
        if time[2] == 0:
            new = heard.news(call.input, whole=whole)
            whole = False
        else:
            new = call.output
            heard.answered()
        model = {"modelName": call.span.model} if call.span.model and time[2] == 1 else {}
        for message in new:
            extra = model if message["role"] == "assistant" else {}
            said.append(Said(time, {**message, **extra, "spanId": call.span.span_id}))
    return said


def _what_tools_said(spans: Sequence[TurnSpan], tree: Tree, calls: Sequence[Call], said: Sequence[Said]) -> list[Said]:
    """The tool spans that no call's input tells of; those that one tells of lend it their span."""
    around = tree.above(call.span.span_id for call in calls)
    ran = {span.span_id: span for span in spans if span.kind == "tool" and span.span_id not in around}
    inner = tree.below(ran)
    toolbox = tools.Toolbox(calls)
    results = [each for each in said if each.message["role"] == "tool"]
    for each in results:
        each.message = toolbox.named(each.message)
    failures = {span.parent_id: span for span in reversed(spans) if span.status == "error"}
    runs = tools.runs_of([span for span in ran.values() if span.span_id not in inner], toolbox, failures)
    tools.match(runs, [each.message for each in results])
    for each in results:
        toolbox.answer(each.message)
    places = {span.span_id: at for at, span in enumerate(spans)}
    calls_a_model = any(span.kind == "generation" for span in spans)
    found = []
    for run in runs:
        if run.told is not None:
            run.told.update(spanId=run.span.span_id, name=run.told.get("name") or run.result["name"])
            continue
        place = places[run.span.span_id]
        if calls_a_model and toolbox.is_untold(run) and not _asked_for(run, calls, said):
            found.append(Said((run.span.start_ns, place, 0), {**tools.message_of(run), "spanId": run.span.span_id}))
        message = toolbox.answer(run.result, decode(run.span.input))
        found.append(Said((run.span.until_ns, place, 1), {**message, "spanId": run.span.span_id}))
    return found


def _asked_for(run: ToolRun, calls: Sequence[Call], said: Sequence[Said]) -> bool:
    """Add the call of this run to the answer that asked for it: of its siblings' the last that was begun before it."""
    before = [
        call.span
        for call in calls
        if call.span.parent_id == run.span.parent_id and call.span.start_ns <= run.span.start_ns
    ]
    asking = max(before, key=lambda span: span.start_ns, default=None)
    answers = [
        each.message
        for each in said
        if asking is not None and each.message["spanId"] == asking.span_id and each.message["role"] == "assistant"
    ]
    if answers:
        answers[-1]["toolCalls"] = [*answers[-1].get("toolCalls", ()), tools.call_of(run)]
    return bool(answers)


def _what_records_said(logs: Sequence[TurnSpan], heard: Heard) -> list[Said]:
    """Log records of no span, as coding agents write them: each message is told once, so all of them are news."""
    said = []
    for at, log in enumerate(logs):
        model = {"modelName": log.model} if log.model else {}
        for message in (*sent(log), *received(log)):
            heard.hear(message)
            extra = model if message["role"] == "assistant" else {}
            said.append(Said((log.start_ns, -1, at), {**message, **extra, "spanId": log.span_id}))
    return said


def _with_question(told: list[Message], calls: Sequence[Call], outermost: Sequence[TurnSpan]) -> list[Message]:
    """What the program was asked, where no model call carries it; beside model calls, only words (see ``_with_answer``)."""
    if any(message["role"] == "user" for message in told):
        return told
    for span in outermost:
        question = next((message for message in reversed(sent(span)) if message["role"] == "user"), None)
        if question is not None:
            text = message_text(question)
            if any(text == message_text(other) for call in calls for other in call.input if other["role"] == "user"):
                return told
            if any(call.input for call in calls) and _is_bare_json(text):
                return told
            first = next((at for at, message in enumerate(told) if message["role"] != "system"), len(told))
            return [*told[:first], {**question, "spanId": span.span_id}, *told[first:]]
    return told


def _is_bare_json(text: str) -> bool:
    return text[:1] in ("{", "[")


def _with_answer(told: list[Message], calls: Sequence[Call], outermost: Sequence[TurnSpan]) -> list[Message]:
    """What the program answered, where no model call carries it.

    Where the model only called tools, a value of the program's own shape is no answer to the user but what the program works with.
    """
    if any(_last_answer(call.output) for call in calls):
        return told
    called = any(call.output for call in calls)
    for span in reversed(outermost):
        for answer in _last_answer(received(span)):
            if called and _is_bare_json(message_text(answer)):
                return told
            return [*told, {**answer, "spanId": span.span_id}]
    return told
