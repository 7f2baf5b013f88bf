"""Pydantic Logfire's instrumentations, and Pydantic AI where it differs from the GenAI names that it mostly writes.

Source: https://logfire.pydantic.dev/docs/, ``logfire._internal.integrations`` (OpenAI, Anthropic, OpenAI Agents) and
``pydantic_ai.models.instrumented`` (versions 1 to 5 of its format). A span's name is a template; ``logfire.msg`` is what it says.
"""

from __future__ import annotations

from typing import Any, Final

from threadline_server import messages
from threadline_server.ingest import json_text
from threadline_server.ingest.normalise.draft import Draft, plain_text
from threadline_server.ingest.normalise.genai import opened
from threadline_server.ingest.normalise.shape import Names
from threadline_server.messages import Message
from threadline_server.model import Attributes, Kind, RawSpan

NAME: Final = "logfire"
PREFIXES: Final = (
    "logfire.",
    "pydantic_ai.",
    "all_messages_events",
    "final_result",
    "operation.cost",
    "request_data",
    "response_data",
)

_BY_TEMPLATE: Final[tuple[tuple[str, Kind], ...]] = (
    ("Function: {", "tool"),
    ("Agent run: {", "agent"),
    ("Responses API with ", "generation"),
    ("Chat completion with ", "generation"),
    ("Chat Completion with ", "generation"),
    ("Message with ", "generation"),
    ("Completion with ", "generation"),
    ("Embedding Creation with ", "embedding"),
    ("running tool: ", "tool"),
)
_PLAIN: Final[Names] = (("gen_ai.response.model", "model"), ("gen_ai.request.model", "model"))
_OF_AGENTS: Final[Names] = (("group_id", "session_id"),)
_NULL: Final = "null"


def read(span: RawSpan, draft: Draft) -> None:
    attributes = span.attributes
    get = attributes.get
    if draft.kind is None:
        draft.kind = _kind(attributes)
    if draft.kind == "tool":
        draft.name = plain_text(get("gen_ai.tool.name")) or plain_text(get("name"))
    elif "{" in span.name and not draft.name:
        draft.name = plain_text(get("logfire.msg"))
    if "agent_trace_id" in attributes:
        draft.offer_texts(attributes, _OF_AGENTS)
    draft.offer_tags(get("logfire.tags"))
    draft.offer_cost("operation.cost", get("operation.cost"))
    if draft.kind == "generation":
        _read_call(attributes, draft)
    elif draft.kind == "tool":
        _read_tool(attributes, draft)
    else:
        _read_run(attributes, draft)
    if span.status == "error":
        draft.error_message = _error(json_text.load_object(get("error")))


def _kind(attributes: Attributes) -> Kind | None:
    if "gen_ai.operation.name" in attributes:
        return _OPERATIONS.get(plain_text(attributes["gen_ai.operation.name"]))
    template = plain_text(attributes.get("logfire.msg_template")) or plain_text(attributes.get("logfire.msg"))
    for beginning, kind in _BY_TEMPLATE:
        if template.startswith(beginning):
            return kind
    return "agent" if "agent_name" in attributes and "all_messages_events" in attributes else None


_OPERATIONS: Final[dict[str, Kind]] = {
    "chat": "generation", "generate_content": "generation", "text_completion": "generation", "responses": "generation",
    "execute_tool": "tool", "invoke_agent": "agent",
}  # fmt: skip


def _read_call(attributes: Attributes, draft: Draft) -> None:
    """A model call: as events in one array, or as the provider's own request and response."""
    get = attributes.get
    told = opened(get("events"))
    if isinstance(told, list) and not (draft.input_messages or draft.output_messages):
        given, answered = _parted([event for event in told if isinstance(event, dict)])
        draft.input_messages = _said(given, "user")
        draft.output_messages = _said(answered, "assistant")
    draft.offer_texts(attributes, _PLAIN)
    if not draft.response_id and get("response_id") != _NULL:
        draft.response_id = plain_text(get("response_id"))
    asked, answer = json_text.load_object(get("request_data")), json_text.load_object(get("response_data"))
    if asked:
        draft.model = draft.model or plain_text(asked.get("model"))
    usages = (get("gen_ai.usage.raw"), get("usage"), answer.get("usage") if answer else None)
    usage = next((held for value in usages if (held := json_text.load_object(value))), None)
    if usage:
        draft.offer_usage(usage)
    for name in ("request_data", "raw_input"):
        draft.offer_input(name, get(name), is_json=True)
    for name in ("response_data", "response"):
        draft.offer_output(name, get(name), is_json=True)


def _parted(events: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """What went in and what came out: choices, else what the assistant says at the end."""
    choices = [event for event in events if event.get("event.name") == "gen_ai.choice"]
    if choices:
        return [event for event in events if event.get("event.name") != "gen_ai.choice"], choices
    end = len(events)
    while end and _speaker(events[end - 1]) == "assistant":
        end -= 1
    return events[:end], events[end:]


def _speaker(event: dict[str, Any]) -> Any:
    inner = event.get("message")
    return (inner.get("role") if isinstance(inner, dict) else None) or event.get("role") or _role(event)


def _role(event: dict[str, Any]) -> str:
    return plain_text(event.get("event.name")).removeprefix("gen_ai.").removesuffix(".message")


def _said(events: list[dict[str, Any]], role: str) -> list[Message]:
    found: list[Message] = []
    for event in events:
        inner = event.get("message")
        held = inner if isinstance(inner, dict) else event
        said = held.get("role") or (role if event.get("event.name") == "gen_ai.choice" else _role(event)) or role
        spelled = {key: value for key, value in held.items() if key != "event.name"} | {"role": said}
        if said == "tool" and "id" in held:
            spelled["tool_call_id"] = held["id"]
        found += messages.read([spelled], role)
    return found


def _read_tool(attributes: Attributes, draft: Draft) -> None:
    get = attributes.get
    for name in ("tool_arguments", "input"):
        draft.offer_input(name, get(name), is_json=_is_json(get(name)))
    for name in ("tool_response", "output"):
        draft.offer_output(name, get(name), is_json=_is_json(get(name)))


def _read_run(attributes: Attributes, draft: Draft) -> None:
    """An agent's run: what it was asked beyond the history that it began with, and its result."""
    get = attributes.get
    history, events = opened(get("pydantic_ai.all_messages")), opened(get("all_messages_events"))
    asked: list[Message] = []
    if isinstance(history, list):
        first = get("pydantic_ai.new_message_index")
        new = messages.read(history[first if type(first) is int else 0 :], "user")
        asked = [message for message in new if message["role"] == "user"][:1]
    elif isinstance(events, list):
        said = _said([event for event in events if isinstance(event, dict)], "user")
        asked = [message for message in said if message["role"] == "user"][-1:]
    draft.input_messages = draft.input_messages or asked
    draft.offer_output("final_result", get("final_result"), is_json=_is_json(get("final_result")))


def _is_json(value: Any) -> bool:
    return isinstance(value, str) and value[:1] in ("{", "[", '"')


def _error(told: dict[str, Any] | None) -> str:
    """What the OpenAI Agents SDK says of a failure: the reason where it has one."""
    if not told:
        return ""
    data = told.get("data")
    return (plain_text(data.get("error")) if isinstance(data, dict) else "") or plain_text(told.get("message"))
