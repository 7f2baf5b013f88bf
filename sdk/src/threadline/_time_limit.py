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
    """One call, and whether somebody still waits for its answer."""

    def __init__(self, work: Callable[[], Any]) -> None:
        self.work = work
        self.answers: SimpleQueue[tuple[Any, BaseException | None]] = SimpleQueue()
        self.is_left_behind = False


class TimeLimit:
    """Calls functions one after another on a thread of its own, each for ``seconds`` at most."""

    def __init__(self, seconds: float, name: str) -> None:
        self._seconds = seconds
        self._name = name
        self._begin()

    def _begin(self) -> None:
        self._process = os.getpid()
        self._lock = threading.RLock()
        self._jobs: SimpleQueue[_Job | None] | None = None
        self._left_behind = 0
        self._threads: set[int] = set()

    def start(self) -> None:
        """Starts the thread ahead of its first use: late in the life of an interpreter none can be started."""
        self._ready()

    def runs_here(self) -> bool:
        """Returns whether the function is being called on this thread."""
        return threading.get_ident() in self._threads

    def run(self, work: Callable[[], Result]) -> Result:
        """Returns what ``work`` returns, and raises what it raises.

        Raises:
            TimeIsUp: It has not returned in time.
        """
        jobs = self._ready()
        if jobs is None:
            return work()
        job = _Job(work)
        jobs.put(job)
        try:
            result, failure = job.answers.get(timeout=self._seconds)
        except Empty:
            self._leave_behind(job, jobs)
            raise TimeIsUp from None
        if failure is not None:
            raise failure
        answer: Result = result
        return answer

    def __del__(self) -> None:
        if self._jobs is not None:
            self._jobs.put(None)

    def _ready(self) -> SimpleQueue[_Job | None] | None:
        """Returns where jobs go; None where no thread can be started, so that the caller has to do without."""
        if self._process != os.getpid():
            self._begin()
        with self._lock:
            if self._jobs is None:
                if self._left_behind >= _MOST_LEFT_BEHIND:
                    raise TimeIsUp
                jobs: SimpleQueue[_Job | None] = SimpleQueue()
                thread = threading.Thread(target=_work, args=(jobs, self._came_back), name=self._name, daemon=True)
                try:
                    thread.start()
                except RuntimeError:
                    return None
                self._jobs = jobs
                if thread.ident is not None:
                    self._threads.add(thread.ident)
            return self._jobs

    def _leave_behind(self, job: _Job, jobs: SimpleQueue[_Job | None]) -> None:
        with self._lock:
            job.is_left_behind = True
            self._left_behind += 1
            if self._jobs is jobs:
                self._jobs = None

    def _came_back(self) -> None:
        with self._lock:
            self._left_behind -= 1
            self._threads.discard(threading.get_ident())


def _work(jobs: SimpleQueue[_Job | None], came_back: Callable[[], None]) -> None:
    while (job := jobs.get()) is not None:
        try:
            job.answers.put((job.work(), None))
        except BaseException as failure:  # noqa: BLE001  # it is raised where somebody waits
            job.answers.put((None, failure))
        if job.is_left_behind:
            came_back()
            return
        del job
