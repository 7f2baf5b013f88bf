"""Any callable of a program: what sort it is, and how it runs with something of ours current.

A generator shares the context of whoever advances it, so what is current inside must not be so between its steps. Each step
is taken at the generator's own place, and that of its consumer is put back after it.
"""

from __future__ import annotations

import functools
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import AbstractContextManager, nullcontext
from types import CodeType
from typing import Any, Literal, NamedTuple, TypeAlias

from threadline import _context

Sort: TypeAlias = Literal["function", "coroutine", "generator", "async generator"]

# inspect's CO_*: importing that module would cost as much as all of this package.
_SORTS: dict[int, Sort] = {0x20: "generator", 0x80: "coroutine", 0x200: "async generator"}


def _ignore(item: object) -> None:
    pass


class Course(NamedTuple):
    """How one call of a generator function runs."""

    place: _context.Place
    """What is current in its first step; each further step starts from what the one before has made of it."""
    note: Callable[[Any], object] = _ignore
    """Is given each item before it goes out."""
    around: AbstractContextManager[object] = nullcontext()
    """Is entered before the first step and left after the last."""


Begin: TypeAlias = Callable[[tuple[Any, ...], dict[str, Any]], Course]


def code_of(function: Any) -> CodeType | None:
    """Returns the code that a call of ``function`` runs; None where that is not written in Python."""
    while isinstance(function, functools.partial):
        function = function.func
    is_function = hasattr(function, "__code__") or hasattr(function, "__func__")
    called = function if is_function or not callable(function) else type(function).__call__
    code: CodeType | None = getattr(getattr(called, "__func__", called), "__code__", None)
    return code


def sort_of(function: Any) -> Sort:
    """Returns what a call of ``function`` returns: a generator, a coroutine, or its result."""
    flags = getattr(code_of(function), "co_flags", 0)
    return next((sort for flag, sort in _SORTS.items() if flags & flag), "function")


def bound(function: Callable[..., Any], place: _context.Place) -> Callable[..., Any]:
    """Returns ``function`` as it runs at ``place``, wherever and however often it is called."""
    sort = sort_of(function)
    if sort == "generator":
        return stepped(function, lambda *_: Course(place))
    if sort == "async generator":
        return async_stepped(function, lambda *_: Course(place))

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        outside = _context.go_to(place)
        try:
            return function(*args, **kwargs)
        finally:
            _context.go_to(outside)

    @functools.wraps(function)
    async def coroutine(*args: Any, **kwargs: Any) -> Any:
        outside = _context.go_to(place)
        try:
            return await function(*args, **kwargs)
        finally:
            _context.go_to(outside)

    return coroutine if sort == "coroutine" else call


def stepped(function: Callable[..., Any], begin: Begin) -> Callable[..., Any]:
    """Returns a generator function that does what ``function`` does, each call as ``begin`` says."""

    @functools.wraps(function)
    def generator(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
        course = begin(args, kwargs)
        with course.around:
            return (yield from _steps(function(*args, **kwargs), course))

    return generator


def _steps(generator: Generator[Any, Any, Any], course: Course) -> Generator[Any, Any, Any]:
    place = course.place
    resume, value = generator.send, None
    while True:
        outside = _context.go_to(place)
        try:
            item = resume(value)
        except StopIteration as stop:
            return stop.value
        finally:
            place = _context.go_to(outside)
        course.note(item)
        try:
            value = yield item
            resume = generator.send
        except GeneratorExit:
            outside = _context.go_to(place)
            try:
                generator.close()
            finally:
                _context.go_to(outside)
            raise
        except BaseException as error:  # noqa: BLE001  # the generator's to handle
            resume, value = generator.throw, error


def async_stepped(function: Callable[..., Any], begin: Begin) -> Callable[..., Any]:
    """Returns an asynchronous generator function that does what ``function`` does, each call as ``begin`` says."""

    @functools.wraps(function)
    async def async_generator(*args: Any, **kwargs: Any) -> AsyncGenerator[Any, Any]:
        course = begin(args, kwargs)
        with course.around:
            generator = function(*args, **kwargs)
            place = course.place
            resume, value = generator.asend, None
            while True:
                outside = _context.go_to(place)
                try:
                    item = await resume(value)
                except StopAsyncIteration:
                    return
                finally:
                    place = _context.go_to(outside)
                course.note(item)
                try:
                    value = yield item
                    resume = generator.asend
                except GeneratorExit:
                    outside = _context.go_to(place)
                    try:
                        await generator.aclose()
                    finally:
                        _context.go_to(outside)
                    raise
                except BaseException as error:  # noqa: BLE001  # the generator's to handle
                    resume, value = generator.athrow, error

    return async_generator
