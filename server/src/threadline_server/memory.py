"""How this process keeps its memory, threads and files: garbage collection, what the C library does with what was freed, and what
libraries are told.

Taking in spans makes and drops buffers of some hundred kilobytes all the time. By default the C library maps each anew and
gives it back at once, so that the kernel clears the same pages again and again: 10 of 85 microseconds a span in a decoding
process. So freed memory is kept for the next buffer, within what was in use at one time anyhow. What is as large as a body of
megabytes is not: it is seldom, and would stay for good. The engine's own allocator is told to keep less, too, and Arrow to use
none of its own.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import os
import resource
import sys
from importlib.abc import MetaPathFinder
from typing import Final

GC_THRESHOLDS: Final = (100_000, 50, 100)
"""Decoding makes many short-lived containers and no cycles; the usual thresholds would look through them all the time."""
_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8
"""The switches' numbers in glibc's ``malloc.h``."""
_KEPT_BYTES: Final = 4 << 20
"""A larger buffer is mapped by itself and given back; as much may stay free at the end of the heap."""
_ENGINE_ALLOCATOR: Final = ("JE_MALLOC_CONF", "dirty_decay_ms:1000")
"""What the embedded engine freed is given back after a second instead of five: 60 MB after a large request, at no more work."""
_ARRAYS_ALLOCATOR: Final = ("ARROW_DEFAULT_MEMORY_POOL", "system")
"""Columns come from the C library. Arrow's own allocator keeps what any thread freed for that thread: 150 MB after 100,000 sessions
came, of which nothing was in use. No slower: the C library is told here to keep what is small enough."""
_LINEAR_ALGEBRA: Final = ("OPENBLAS_NUM_THREADS", "1")
"""None is done here; else each process that loads NumPy begins with a thread for every processor that spins: 80 ms of CPU of a start."""
_ARENAS: Final = 2
_MOST_FILES: Final = 65_536


def keep_freed() -> None:
    """To be called before other threads start."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):  # another C library has no such switches
            library = ctypes.CDLL(None)
            library.mallopt(_MMAP_THRESHOLD, _KEPT_BYTES)
            library.mallopt(_TRIM_THRESHOLD, _KEPT_BYTES)
            library.mallopt(_ARENA_MAX, _ARENAS)


def tell_libraries() -> None:
    """To be called before the engine, Arrow and NumPy are loaded, which read this then. What somebody has set stands."""
    for told in (_ENGINE_ALLOCATOR, _ARRAYS_ALLOCATOR, _LINEAR_ALGEBRA):
        os.environ.setdefault(*told)


def most_files() -> int:
    """Have as many files open as this process may ask for, connections among them, and tell how many those are."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, _MOST_FILES)
    if soft < wanted:
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def collect_seldom() -> None:
    """To be called once everything is imported, before the work begins."""
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)
    gc.enable()


class _NoPandas(MetaPathFinder):
    def find_spec(self, fullname: str, path: object, target: object = None) -> None:
        if fullname == "pandas":
            raise ModuleNotFoundError("No module named 'pandas' here: see threadline_server.memory", name=fullname)


def leave_out_pandas() -> None:
    """To be called before the first array. It is installed since the engine's package asks for it, and used by nothing here;
    yet pyarrow and the driver would import it: a third of a second, and 45 MB in each process."""
    if not any(isinstance(finder, _NoPandas) for finder in sys.meta_path):
        sys.meta_path.insert(0, _NoPandas())
