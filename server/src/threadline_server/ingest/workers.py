"""Where bodies are decoded: processes beside the server's, since decoding never lets go of the interpreter.

The server's own process is left to HTTP, the engine and the roll-up, none of which holds the interpreter for long
(measured on two cores: docs/adr/0008). A worker holds no data, no file and no port: it may die at any moment, and it ends by
itself when its server does.

The first ones are copies of the server's process, made while that has imported what decodes and nothing else: they share its
memory, and no start imports the same three times. One that takes a dead one's place begins anew: by then there are threads.
"""

from __future__ import annotations

import fcntl
import gc
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from multiprocessing import active_children, get_context, parent_process
from multiprocessing.connection import wait
from typing import Final, Literal, Self, TypeAlias, TypeVar

from threadline_server import memory
from threadline_server.ingest.warm_up import warm_up
from threadline_server.watching.log_lines import configure

log = logging.getLogger(__name__)

_Result = TypeVar("_Result")

PIPE_BYTES: Final = 1024 * 1024
"""What Linux lets anybody ask for."""
Method: TypeAlias = Literal["fork", "spawn"]
"""How a process comes to be: as a copy of this one, or by beginning anew."""

USUAL: Final = 2
"""Workers, unless set or there are fewer processors: two decode about as fast as one thread commits."""


def usual_workers() -> int:
    """Two; one where this process may use one processor only."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(USUAL, usable)


class Workers:
    """Runs what is picklable in one of ``count`` processes; 0: anything at all, in a thread of this process."""

    def __init__(self, count: int, log_format: str = "text", method: Method = "spawn") -> None:
        self.count = count
        self._log_format = log_format
        self._lock = threading.Lock()
        self._is_stopped = False
        self._pool = self._made(method)

    @classmethod
    def copied(cls, count: int, log_format: str) -> Self:
        """Workers that are copies of this process as it is now, with everything imported and tried once.

        To be called before this process has threads, data or ports.
        """
        if count == 0 or sys.platform != "linux":  # elsewhere the system's own libraries do not bear to be copied
            made = cls(count, log_format)
            made.start()
            return made
        warm_up()
        gc.freeze()
        made = cls(count, log_format, "fork")
        made.submit(int).result()  # with the first work all of them are made
        return made

    def start(self) -> None:
        """Have the workers ready before the first request: each imports and tries everything once."""
        for _ in range(max(1, self.count)):
            self.submit(warm_up)

    def submit(self, work: Callable[[], _Result]) -> Future[_Result]:
        """What ``work`` returns or raises, or ``BrokenExecutor`` where its process was killed meanwhile.

        Raises RuntimeError after ``stop``.
        """
        with self._lock:
            try:
                return self._pool.submit(work)
            except BrokenProcessPool:
                if self._is_stopped:
                    raise RuntimeError("stopped") from None
                log.warning("a decoding process has died; starting another")
                self._pool = self._made("spawn")
                return self._pool.submit(work)

    def fault(self) -> str | None:
        """Why nothing can be decoded now; None where it can. Where all processes are gone, others are started for the next time."""
        if self._is_stopped:
            return "decoding has ended: the server is stopping"
        if self.count == 0 or active_children():
            return None
        self.submit(int)
        return "all decoding processes have died; others are starting"

    def stop(self) -> None:
        """Finish what was submitted and end the processes."""
        with self._lock:
            self._is_stopped = True
            pool = self._pool
        pool.shutdown()

    def _made(self, method: Method) -> Executor:
        if self.count == 0:
            return ThreadPoolExecutor(1, thread_name_prefix="decode")
        pool = ProcessPoolExecutor(
            self.count,
            mp_context=get_context(method),
            initializer=_begin,
            initargs=(logging.getLogger().level, self._log_format),
        )
        _widen_pipes(pool)
        return pool


def _widen_pipes(pool: ProcessPoolExecutor) -> None:
    """Let a usual body, and what becomes of it, lie in the pipes as a whole: Linux' 64 KiB have both ends wait for each other ten
    times for each, every time for the interpreter too. Where the system does not let us, they stay as they are."""
    for queue in ("_call_queue", "_result_queue"):
        reader = getattr(getattr(pool, queue, None), "_reader", None)
        if reader is not None and hasattr(fcntl, "F_SETPIPE_SZ"):
            with suppress(OSError):
                fcntl.fcntl(reader.fileno(), fcntl.F_SETPIPE_SZ, PIPE_BYTES)


def _begin(log_level: int, log_format: str) -> None:
    """In a worker, first of all."""
    # Signals that a terminal or a service manager sends to all of us are the server's to act on.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    threading.Thread(target=_end_with_the_server, name="server-watch", daemon=True).start()
    configure(log_level, log_format)
    memory.leave_out_pandas()
    memory.keep_freed()
    memory.collect_seldom()


def _end_with_the_server() -> None:
    server = parent_process()
    if server is None:
        sys.exit("BUG: a decoding process without a server")
    wait([server.sentinel])
    os._exit(0)
