"""Making a client record: it becomes an instance of a class below its own, whose requests are recorded."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from threadline._clients.answers import Wire
from threadline._clients.calls import Call
from threadline._clients.following import follow
from threadline._clients.providers import provider_of
from threadline._clients.raw import follow_raw
from threadline._setup import get_observability

if TYPE_CHECKING:
    from threadline._clients.answers import Json

Client = TypeVar("Client")
Wires: TypeAlias = Mapping[str, Wire]
"""By the end of a route's address, such as ``/chat/completions``."""


def wrap_client(client: Client, library: str, wires: Wires) -> Client:
    """Makes ``client`` record its calls, and what is copied from it too.

    Raises:
        TypeError: It is no client of the library.
    """
    kind: Any = type(client)
    if hasattr(kind, "threadline_wires"):
        return client
    bases = {base.__name__ for base in kind.__mro__ if base.__module__.partition(".")[0] == library}
    if bases.isdisjoint({"SyncAPIClient", "AsyncAPIClient"}):
        raise TypeError(
            f"cannot wrap a {kind.__name__}: it is no client of {library!r}; "
            f"`pip install {library}` and give one of its clients"
        )
    recorded = _async_class(kind) if "AsyncAPIClient" in bases else _sync_class(kind)
    recorded.threadline_wires = wires
    client.__class__ = recorded
    return client


@cache
def _sync_class(kind: Any) -> Any:
    class Recorded(kind):  # type: ignore[misc]
        def request(self, *args: Any, **kwargs: Any) -> Any:
            request = _begin(self, args, kwargs)
            if request is None:
                return super().request(*args, **kwargs)
            with request.call:
                answer = super().request(*request.args, **request.kwargs)
                request.answered(answer)
            return answer

    return _named_as(kind, Recorded)


@cache
def _async_class(kind: Any) -> Any:
    class Recorded(kind):  # type: ignore[misc]
        async def request(self, *args: Any, **kwargs: Any) -> Any:
            request = _begin(self, args, kwargs)
            if request is None:
                return await super().request(*args, **kwargs)
            with request.call:
                answer = await super().request(*request.args, **request.kwargs)
                request.answered(answer)
            return answer

    return _named_as(kind, Recorded)


def _named_as(kind: Any, recorded: Any) -> Any:
    """Returns ``recorded`` under its base's name: what a program prints and logs of its client stays as it was."""
    for name in ("__module__", "__name__", "__qualname__", "__doc__"):
        setattr(recorded, name, getattr(kind, name))
    return recorded


class _Request:
    """A request on its way: its call, and the arguments that it is made with."""

    def __init__(self, call: Call, body: Json, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self.call = call
        self.args = args
        self.kwargs = kwargs
        self._is_stream = bool(body.get("stream"))

    def answered(self, answer: Any) -> None:
        """Notes the answer, or follows it where it is still to come."""
        with self.call.guard:
            if hasattr(answer, "http_response"):
                follow_raw(answer, self.call, is_stream=self._is_stream)
            elif hasattr(answer, "_iterator"):
                follow(answer, self.call)
            elif hasattr(answer, "model_dump") and not self.call.is_told:
                self.call.end(self.call.wire.plain(answer))
            else:
                self.call.end()


def _begin(client: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> _Request | None:
    """Begins the call that a request is; None where it is of a kind that is not recorded."""
    obs = get_observability()
    with obs._recorder.guard:  # noqa: SLF001
        options = kwargs["options"] if "options" in kwargs else args[1]
        wire = _wire(client.threadline_wires, options)
        if wire is None:
            return None
        body = _given({**options.json_data, **(options.extra_json or {})})
        call = Call(obs, wire, body, provider_of(client))
        parse = options.post_parser
        if callable(parse):
            options = copy.copy(options)
            options.post_parser = _parser(parse, call)
            args, kwargs = (args[:1], {**kwargs, "options": options})
        return _Request(call, body, args, kwargs)
    return None


def _wire(wires: Wires, options: Any) -> Wire | None:
    if options.method.lower() != "post" or not isinstance(options.json_data, Mapping):
        return None
    path = options.url.partition("?")[0]
    return next((wire for ending, wire in wires.items() if path.endswith(ending)), None)


def _given(body: Json) -> Json:
    """Returns the fields that are sent: the libraries mark those that are not by a value of their own."""
    return {name: value for name, value in body.items() if type(value).__name__ not in {"Omit", "NotGiven"}}


def _parser(parse: Any, call: Call) -> Any:
    """Returns ``parse``, which makes the program's types of an answer, with the answer noted before it.

    It fails where the model's words do not fit those types; what the answer cost counts all the same.
    """

    def parser(answer: Any) -> Any:
        with call.guard:
            if hasattr(answer, "model_dump"):
                call.tell(call.wire.plain(answer))
        return parse(answer)

    return parser
