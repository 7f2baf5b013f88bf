"""What a call of a model asked and what came back, in words that all providers share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol

from threadline._spans import SpanKind

Json = Mapping[str, Any]


class Usage(NamedTuple):
    """Tokens; None for what the provider does not tell."""

    prompt: int | None = None
    """With what was read from and written to the cache."""
    completion: int | None = None
    """With what was reasoning."""
    cached: int | None = None
    cache_write: int | None = None
    reasoning: int | None = None
    prompt_audio: int | None = None
    completion_audio: int | None = None


class Asked(NamedTuple):
    """A request's body, taken apart."""

    model: str | None
    input: Json
    """In the provider's own shape: its messages, and the tools that the model may call."""
    parameters: Json


class Answer(NamedTuple):
    """A whole answer, taken apart."""

    output: object
    """In the provider's own shape."""
    model: str | None = None
    response_id: str | None = None
    finish_reasons: tuple[str, ...] = ()
    usage: Usage = Usage()
    failure: str | None = None
    """Why the model could not answer, where the provider says so in an answer of its own instead of an HTTP error."""


class Assembler(Protocol):
    """Puts the events of a stream together again."""

    def take(self, event: Any) -> bool:
        """Adds one event and returns whether the model says something in it."""
        ...

    def whole(self) -> Json:
        """Returns what came so far, in the shape that the answer has when it is not streamed."""
        ...


class Wire(Protocol):
    """One route of a provider's API."""

    @property
    def operation(self) -> str:
        """OpenTelemetry's word for what is done, such as ``chat``."""
        ...

    @property
    def kind(self) -> SpanKind:
        """What the call's span is."""
        ...

    def asked(self, body: Json) -> Asked:
        """Takes a request's body apart."""
        ...

    def plain(self, answer: Any) -> Json:
        """Returns an answer of the library's types as JSON's."""
        ...

    def answer(self, whole: Json) -> Answer:
        """Takes a whole answer apart."""
        ...

    def assembler(self) -> Assembler | None:
        """Returns what puts a stream of this route together; None where there are none."""
        ...


def plain(value: Any) -> Json:
    """Returns a model of pydantic's as a dictionary, without what is null."""
    if isinstance(value, Mapping):
        return value
    found: Json = value.model_dump(exclude_none=True, warnings=False)
    return found


def count(usage: Any, *path: str) -> int | None:
    """Returns the number of tokens at ``path``; None where there is none."""
    for key in path:
        usage = usage.get(key) if isinstance(usage, Mapping) else None
    return usage if isinstance(usage, int) else None


def text(value: Any) -> str | None:
    """Returns a text that is not empty."""
    return value if isinstance(value, str) and value else None


def chosen(body: Json, names: frozenset[str]) -> Json:
    """Returns the fields of ``body`` with these names that say something."""
    return {name: value for name, value in body.items() if name in names and value is not None}


_CREDENTIALS = frozenset({"authorization", "authorization_token", "headers"})


def asked_of(body: Json, inputs: frozenset[str], parameters: frozenset[str]) -> Asked:
    """What a request asks, told by the names of its input and of its parameters; credentials of its tools are left out."""
    said = chosen(body, inputs)
    tools = {name: without_credentials(said[name]) for name in ("tools", "mcp_servers") if name in said}
    return Asked(text(body.get("model")), {**said, **tools}, chosen(body, parameters))


def without_credentials(tools: Any) -> Any:
    """Returns definitions of tools without what opens remote ones: MCP servers are named together with their keys."""
    if not isinstance(tools, list | tuple):
        return tools
    return [
        {name: value for name, value in tool.items() if name not in _CREDENTIALS}
        if isinstance(tool, Mapping) and not _CREDENTIALS.isdisjoint(tool)
        else tool
        for tool in tools
    ]
