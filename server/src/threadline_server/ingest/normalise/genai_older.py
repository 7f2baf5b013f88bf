"""Messages as earlier versions of OpenTelemetry's GenAI conventions, and OpenLLMetry, put them on a span.

Source: https://opentelemetry.io/docs/specs/semconv/gen-ai/ 1.28 to 1.36: one span event per message, ``gen_ai.user.message``,
``gen_ai.choice``; before: ``gen_ai.prompt`` and ``gen_ai.completion``, as one text or, in OpenLLMetry, as one attribute per
field. Google's instrumentation put what a tool was given and gave back under ``code.function.*``. All other facts of a span
stand under the names that ``genai`` reads.
"""

from __future__ import annotations

from typing import Any, Final

from threadline_server import messages
from threadline_server.ingest.normalise.draft import Draft, plain_text
from threadline_server.ingest.normalise.flattened import FlatList, FlatLists, in_order, unflatten
from threadline_server.ingest.normalise.genai import opened, read_messages
from threadline_server.messages import Message
from threadline_server.model import RawEvent, RawSpan

NAME: Final = "genai"
PREFIXES: Final = (
    "gen_ai.prompt", "gen_ai.completion", "gen_ai.content.", "gen_ai.choice", "gen_ai.system.message", "gen_ai.user.message",
    "gen_ai.assistant.message", "gen_ai.tool.message", "gen_ai.client.inference.operation.details", "code.function.parameters.",
    "code.function.return.",
)  # fmt: skip

_PROMPT: Final = "gen_ai.prompt."
_COMPLETION: Final = "gen_ai.completion."
_LISTS: Final = FlatLists(_PROMPT, _COMPLETION)
_CONTENT: Final = "gen_ai.event.content"
_GIVEN: Final = "code.function.parameters."
_GAVE: Final = "code.function.return.value"
_ROLES: Final = frozenset({"system", "user", "assistant", "tool"})


def read(span: RawSpan, draft: Draft) -> None:
    attributes = span.attributes
    if span.events:
        _read_events(span.events, draft, is_whole=span.name != span.events[0].name)
    lists = _LISTS.gather(attributes, draft.shape_of(attributes))
    if _PROMPT in lists and not draft.input_messages:
        draft.input_messages = _flat_messages(lists[_PROMPT], "user")
        draft.stored.update(lists[_PROMPT].names if draft.input_messages else ())
    if _COMPLETION in lists and not draft.output_messages:
        draft.output_messages = _flat_messages(lists[_COMPLETION], "assistant")
        draft.stored.update(lists[_COMPLETION].names if draft.output_messages else ())
    for name, offer in (("gen_ai.prompt", draft.offer_input), ("gen_ai.completion", draft.offer_output)):
        value = attributes.get(name)
        if value is not None:
            offer(name, value, is_json=isinstance(value, str) and value[:1] in ("[", "{"))
    if draft.kind == "tool":
        _read_function(attributes, draft)


def _read_function(attributes: dict[str, Any], draft: Draft) -> None:
    """What a tool was called with, a parameter each, and what it returned."""
    names = [name for name in attributes if name.startswith(_GIVEN) and name.endswith(".value")]
    if names:
        given = {name.removeprefix(_GIVEN).removesuffix(".value"): attributes[name] for name in names}
        draft.offer_input(names[0], given, is_json=False)
        draft.stored.update(names)
    draft.offer_output(_GAVE, attributes.get(_GAVE), is_json=False)


def _flat_messages(sent: FlatList, role: str) -> list[Message]:
    found: list[Message] = []
    for row in sent.layout:
        tree = unflatten(sent.row(row))
        spelled: dict[str, Any] = {
            "role": plain_text(tree.get("role")) or role,
            "content": opened(tree.get("content")),
        }
        for key in ("tool_call_id", "name", "function_call"):
            if tree.get(key):
                spelled[key] = tree[key]
        calls = in_order(tree.get("tool_calls"))
        if calls:
            spelled["tool_calls"] = calls
        found += messages.read([spelled], role)
    return found


def _read_events(events: tuple[RawEvent, ...], draft: Draft, *, is_whole: bool) -> None:
    """One event per message (``gen_ai.user.message``, ``gen_ai.choice``), or one that tells the whole call.

    ``is_whole``: all events of a call, not the one of a log record. Without a choice the assistant's last words are the answer.
    """
    given: list[Message] = []
    answered: list[Message] = []
    for event in events:
        if not event.name.startswith("gen_ai."):
            continue
        attributes = _told(event.attributes)
        word = event.name[len("gen_ai.") :]
        if word == "client.inference.operation.details":
            read_messages(attributes, draft)
        elif word == "choice":
            answered += _event_message(attributes.get("message", attributes), attributes, "assistant")
        elif word.removesuffix(".message") in _ROLES:
            given += _event_message(attributes.get("content"), attributes, word.removesuffix(".message"))
        elif word == "content.prompt":
            given += messages.read(opened(attributes.get("gen_ai.prompt")), "user")
        elif word == "content.completion":
            answered += messages.read(opened(attributes.get("gen_ai.completion")), "assistant")
    if is_whole and not answered:
        end = len(given)
        while end and given[end - 1]["role"] == "assistant":
            end -= 1
        given, answered = given[:end], given[end:]
    draft.input_messages = draft.input_messages or given
    draft.output_messages = draft.output_messages or answered


def _told(attributes: dict[str, Any]) -> dict[str, Any]:
    """Azure's libraries put all that an event says into one attribute, as JSON."""
    held = opened(attributes.get(_CONTENT))
    return {**attributes, **held} if isinstance(held, dict) else attributes


def _event_message(content: Any, attributes: dict[str, Any], role: str) -> list[Message]:
    held = opened(content)
    if isinstance(held, dict) and isinstance(held.get("content"), dict) and "parts" in held["content"]:
        held = held["content"]  # Google's content, which names its role itself
    if isinstance(held, dict) and ("content" in held or "tool_calls" in held or "parts" in held):
        return messages.read([{"role": role, **held}], role)
    if isinstance(held, dict):
        held = [held]
    spelled: dict[str, Any] = {"role": role, "content": held}
    if role == "tool":
        spelled["tool_call_id"] = attributes.get("id", attributes.get("tool_call_id"))
    calls = opened(attributes.get("tool_calls"))
    if isinstance(calls, list):
        spelled["tool_calls"] = calls
    return messages.read([spelled], role)
