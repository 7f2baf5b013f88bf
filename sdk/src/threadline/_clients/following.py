"""Following a stream while the program reads it: the program keeps the library's own object."""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Self

from threadline._clients.answers import Assembler, Json
from threadline._clients.calls import Call


class Reading:
    """What both followers share: the events that came, and the end of the call."""

    def __init__(self, call: Call, assembler: Assembler) -> None:
        self._call = call
        self._assembler = assembler
        self._has_said_anything = False
        self.is_waiting = False
        """The program waits for the next event, so a closed response is the stream's business, not the program's."""

    def take(self, event: Any) -> None:
        with self._call.guard:
            says_something = self._assembler.take(event)
            if says_something and not self._has_said_anything:
                self._has_said_anything = True
                self._call.first_token()

    def end(self) -> None:
        if not self._call.generation.has_ended:
            self._call.end(self._whole())

    def fail(self, error: BaseException) -> None:
        if not self._call.generation.has_ended:
            self._call.fail(error, self._whole())

    def _whole(self) -> Json | None:
        with self._call.guard:
            return self._assembler.whole()
        return None

    @contextmanager
    def closing(self) -> Iterator[None]:
        """Around the closing of the response: the end of the call, unless the next event is just being read."""
        try:
            yield
        finally:
            if not self.is_waiting:
                self.end()


class Follower:
    """Stands in a ``Stream`` for the iterator that its events come from."""

    def __init__(self, events: Iterator[Any], reading: Reading) -> None:
        self._events = events
        self._reading = reading

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Any:
        reading = self._reading
        reading.is_waiting = True
        try:
            event = next(self._events)
        except StopIteration:
            reading.end()
            raise
        except BaseException as error:
            reading.fail(error)
            raise
        finally:
            reading.is_waiting = False
        reading.take(event)
        return event

    def __del__(self) -> None:
        self._reading.end()


class AsyncFollower:
    """Stands in an ``AsyncStream`` for the iterator that its events come from."""

    def __init__(self, events: AsyncIterator[Any], reading: Reading) -> None:
        self._events = events
        self._reading = reading

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Any:
        reading = self._reading
        reading.is_waiting = True
        try:
            event = await anext(self._events)
        except StopAsyncIteration:
            reading.end()
            raise
        except BaseException as error:
            reading.fail(error)
            raise
        finally:
            reading.is_waiting = False
        reading.take(event)
        return event

    def __del__(self) -> None:
        self._reading.end()


def follow(stream: Any, call: Call) -> None:
    """Ends ``call`` when ``stream`` is read, breaks, is closed or is forgotten."""
    assembler = call.wire.assembler()
    if assembler is None:
        call.end()
        return
    events = stream._iterator  # noqa: SLF001
    if isinstance(events, Follower | AsyncFollower):
        return
    reading = Reading(call, assembler)
    follower = AsyncFollower if hasattr(events, "__anext__") else Follower
    stream._iterator = follower(events, reading)  # noqa: SLF001
    # Every way to close a stream, those of the helpers included, ends in its response being closed.
    around(stream.response, ("close", "aclose"), reading.closing)


def around(thing: Any, methods: tuple[str, ...], block: Callable[[], AbstractContextManager[None]]) -> None:
    """Puts ``block`` around whichever of the methods is called first on this one object, and that once."""
    found = {name: method for name in methods if (method := getattr(type(thing), name, None)) is not None}

    def restore() -> None:
        # They hold the object that holds them, which only the garbage collector could free.
        for name in found:
            thing.__dict__.pop(name, None)

    for name, method in found.items():
        setattr(thing, name, _surrounded(thing, method, block, restore))


def _surrounded(
    thing: Any, method: Any, block: Callable[[], AbstractContextManager[None]], before: Callable[[], None]
) -> Callable[..., Any]:
    def surrounded(*args: Any, **kwargs: Any) -> Any:
        before()
        with block():
            return method(thing, *args, **kwargs)

    async def surrounded_async(*args: Any, **kwargs: Any) -> Any:
        before()
        with block():
            return await method(thing, *args, **kwargs)

    return surrounded_async if inspect.iscoroutinefunction(method) else surrounded
