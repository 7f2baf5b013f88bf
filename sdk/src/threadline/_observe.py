"""``@observe``: each call of a function is a span."""

from __future__ import annotations

import functools
from collections.abc import Callable
from types import TracebackType
from typing import Any, TypeVar, overload

from threadline import _context
from threadline._functions import Course, async_stepped, code_of, sort_of, stepped
from threadline._generation import Generation
from threadline._setup import get_observability
from threadline._spans import Span, SpanKind

F = TypeVar("F", bound=Callable[..., object])

_TAKES_MORE = 0x04  # inspect.CO_VARARGS
_MOST_ITEMS = 10_000
"""Of a generator; as many as one recorded value may have."""


@overload
def observe(function: F, /) -> F: ...
@overload
def observe(
    *, name: str | None = None, kind: SpanKind = "span", capture_input: bool = True, capture_output: bool = True
) -> Callable[[F], F]: ...
def observe(
    function: F | None = None,
    /,
    *,
    name: str | None = None,
    kind: SpanKind = "span",
    capture_input: bool = True,
    capture_output: bool = True,
) -> F | Callable[[F], F]:
    """Records each call of a function as a span; by itself, ``@observe``, or with arguments, ``@observe(kind="tool")``.

    For functions, coroutine functions, generators and asynchronous generators, and for methods. The span is current
    while the function runs; outside every trace it is a trace of its own. It ends with the function: with its result as
    output, or failed by its exception, which goes on to the caller; a cancelled coroutine fails as ``CancelledError``.
    That of a generator begins with its first step and ends when it is exhausted or closed; its output is what it has
    yielded, texts joined into one, and it is current in the generator's own steps only.

    Args:
        function: What to record.
        name: Of the span; the function's own unless given.
        kind: What sort of step it is. Of a ``generation`` that is a generator, the first item is the first token.
        capture_input: Whether the arguments are recorded, by name; ``self`` and ``cls`` never are.
        capture_output: Whether the result is recorded.

    Returns:
        The function, or what makes it of one, with its signature as it was.
    """

    def decorate(function: F) -> F:
        method = function if isinstance(function, staticmethod | classmethod) else None
        inner: Any = function if method is None else method.__func__
        observed = _Observed(inner, name, kind, captures_input=capture_input, captures_output=capture_output)
        wrapper: Any = observed.wrapper()
        made: F = wrapper if method is None else type(method)(wrapper)
        return made

    return decorate if function is None else decorate(function)


class _Observed:
    """A function, and how its calls are recorded."""

    def __init__(
        self,
        function: Callable[..., Any],
        name: str | None,
        kind: SpanKind,
        *,
        captures_input: bool,
        captures_output: bool,
    ) -> None:
        self._function = function
        self._name = name or getattr(function, "__name__", None) or type(function).__name__
        self._kind: SpanKind = kind
        self._captures_input = captures_input
        self._captures_output = captures_output
        self._arguments = _Arguments(function)

    def wrapper(self) -> Any:
        sort = sort_of(self._function)
        if sort == "generator":
            return stepped(self._function, self._begin_stepping)
        if sort == "async generator":
            return async_stepped(self._function, self._begin_stepping)
        function = self._function

        @functools.wraps(function)
        def call(*args: Any, **kwargs: Any) -> Any:
            with self._begin(args, kwargs) as span:
                result = function(*args, **kwargs)
                if self._captures_output:
                    span.update(output=result)
                return result

        @functools.wraps(function)
        async def coroutine(*args: Any, **kwargs: Any) -> Any:
            with self._begin(args, kwargs) as span:
                result = await function(*args, **kwargs)
                if self._captures_output:
                    span.update(output=result)
                return result

        return coroutine if sort == "coroutine" else call

    def _begin(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Span:
        obs = get_observability()
        given = self._arguments.by_name(args, kwargs) if self._captures_input else None
        if self._kind == "generation":
            return obs.generation(self._name, input=given or None)
        return obs.span(self._name, kind=self._kind, input=given or None)

    def _begin_stepping(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Course:
        span = self._begin(args, kwargs)
        items = _Items(span, captures=self._captures_output)
        return Course(_context.Place(span, _context.session.get()), items.add, items)


class _Arguments:
    """The names of a function's arguments."""

    def __init__(self, function: Any) -> None:
        innermost = function
        while hasattr(innermost, "__wrapped__"):  # a decorator's own arguments have no names
            innermost = innermost.__wrapped__
        code = None if isinstance(innermost, functools.partial) else code_of(innermost)
        names = () if code is None else code.co_varnames
        positional = 0 if code is None else code.co_argcount
        has_object_already = hasattr(function, "__self__") or not hasattr(function, "__code__")
        self._names = names[:positional]
        self._rest = "args"
        if code is not None and code.co_flags & _TAKES_MORE:
            self._rest = names[positional + code.co_kwonlyargcount]
        self._skipped = 0
        if has_object_already:
            self._names = self._names[1:]
        elif self._names[:1] in (("self",), ("cls",)):
            self._skipped = 1

    def by_name(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
        given = dict(zip(self._names[self._skipped :], args[self._skipped :], strict=False))
        if len(args) > len(self._names):
            given[self._rest] = args[len(self._names) :]
        given.update(kwargs)
        return given


class _Items:
    """What a generator has yielded; as a context manager around all of its steps it ends the span."""

    def __init__(self, span: Span, *, captures: bool) -> None:
        self._span = span
        self._captures = captures
        self._items: list[Any] = []
        self._count = 0

    def add(self, item: Any) -> None:
        if self._count == 0 and isinstance(self._span, Generation):
            self._span.first_token()
        self._count += 1
        if self._captures and self._count <= _MOST_ITEMS:
            self._items.append(item)

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._items:
            self._span.update(output=self._output())
        self._span.__exit__(kind, error, traceback)

    def _output(self) -> object:
        missing = self._count - len(self._items)
        mark = [f"[truncated: {missing} more items]"] if missing else []
        if all(isinstance(item, str) for item in self._items):
            return "".join(self._items + mark)
        return self._items + mark
