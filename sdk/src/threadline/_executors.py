"""An executor whose jobs run where they were submitted, as far as sessions and traces go."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import ParamSpec, TypeVar

from threadline import _context
from threadline._functions import bound

P = ParamSpec("P")
R = TypeVar("R")


class BoundExecutor(Executor):
    """Passes everything on to an executor of threads, each job bound to what is current when it is submitted."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor

    def submit(self, fn: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> Future[R]:
        return self._executor.submit(bound(fn, _context.place()), *args, **kwargs)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: FBT001, FBT002  # as in Executor
        self._executor.shutdown(wait, cancel_futures=cancel_futures)
