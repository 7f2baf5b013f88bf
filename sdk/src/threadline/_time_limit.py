"""Runs a foreign function so that its caller waits no longer than a given time, whatever the function does.

A thread that hangs cannot be stopped, only left behind: each such thread is counted, and above a few of them nothing
more is run until one of them comes back. They are daemons, so they do not hold up the end of the program either.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

Result = TypeVar("Result")

_MOST_LEFT_BEHIND = 3


class TimeIsUp(Exception):
    """The function has not returned in time, or was not called because others hang already."""


class _Job:
    """One call, and where its answer is waited for."""

    def __init__(self, work: Callable[[], Any]) -> None:
        self.work = work
        self.answers: SimpleQueue[tuple[Any, BaseException | None]] = SimpleQueue()


class _Threads:
    """The threads of one limit; apart from it, so that they do not keep it alive."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.idents: set[int] = set()
        self.left_behind = 0


class _Worker:
    """One thread, the jobs it is given, and whether somebody waits for it still."""

    def __init__(self, threads: _Threads, name: str) -> None:
        self.jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self.is_left_behind = False
        self._threads = threads
        threading.Thread(target=self._work, name=name, daemon=True).start()

    def leave_behind(self) -> None:
        with self._threads.lock:
            self.is_left_behind = True
            self._threads.left_behind += 1
        self.jobs.put(None)

    def _work(self) -> None:
        threads = self._threads
        threads.idents.add(threading.get_ident())
        while not self.is_left_behind and (job := self.jobs.get()) is not None:
            try:
                job.answers.put((job.work(), None))
            except BaseException as failure:  # noqa: BLE001  # it is raised where somebody waits
                job.answers.put((None, failure))
            del job
        with threads.lock:
            threads.left_behind -= self.is_left_behind
            threads.idents.discard(threading.get_ident())


class TimeLimit:
    """Calls functions one after another on a thread of its own, each for ``seconds`` at most."""

    def __init__(self, seconds: float, name: str) -> None:
        self._seconds = seconds
        self._name = name
        self._begin()

    def _begin(self) -> None:
        self._process = os.getpid()
        self._threads = _Threads()
        self._worker: _Worker | None = None

    def start(self) -> None:
        """Starts the thread ahead of its first use: late in the life of an interpreter none can be started."""
        self._ready()

    def runs_here(self) -> bool:
        """Returns whether the function is being called on this thread."""
        return threading.get_ident() in self._threads.idents

    def run(self, work: Callable[[], Result]) -> Result:
        """Returns what ``work`` returns, and raises what it raises.

        Raises:
            TimeIsUp: It has not returned in time.
        """
        worker = self._ready()
        if worker is None:
            return work()
        job = _Job(work)
        worker.jobs.put(job)
        try:
            result, failure = job.answers.get(timeout=self._seconds)
        except Empty:
            self._leave_behind(worker)
            raise TimeIsUp from None
        if failure is not None:
            raise failure
        answer: Result = result
        return answer

    def __del__(self) -> None:
        if self._worker is not None:
            self._worker.jobs.put(None)

    def _ready(self) -> _Worker | None:
        """Returns who takes jobs; None where no thread can be started, so that the caller has to do without."""
        if self._process != os.getpid():
            self._begin()
        with self._threads.lock:
            if self._worker is None:
                if self._threads.left_behind >= _MOST_LEFT_BEHIND:
                    raise TimeIsUp
                try:
                    self._worker = _Worker(self._threads, self._name)
                except RuntimeError:
                    return None
            return self._worker

    def _leave_behind(self, worker: _Worker) -> None:
        with self._threads.lock:
            if self._worker is worker:
                self._worker = None
                worker.leave_behind()
