"""Faults on request, for whoever wants to see what the server does about them: in the store's place, and in no other.

``THREADLINE_FAULTS`` holds a JSON array of ``Fault``; without it nothing here is ever called. Calls are counted from 1 for each
fault by itself, in the order in which they reach the store.
"""

from __future__ import annotations

import errno
import os
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Final, Literal

import msgspec

from threadline_server.errors import StartupError

VARIABLE: Final = "THREADLINE_FAULTS"
KILLED: Final = 137


class Fault(msgspec.Struct, frozen=True):
    """What happens at the ``nth`` call of a kind, and at the ``times`` - 1 that follow."""

    do: Literal["disk full", "input/output error", "wait", "die before", "die after"]
    call: Literal["", "insert", "migrate", "read", "roll up", "write"] = ""
    """Any, unless named."""
    name: str = ""
    """Of the table or block; any, unless named."""
    nth: int = 1
    times: int = 1
    seconds: float = 0


class Faults:
    """Counts the calls; safe from several threads."""

    def __init__(self, faults: Sequence[Fault] = ()) -> None:
        self._lock = threading.Lock()
        self.set(faults)

    def set(self, faults: Sequence[Fault]) -> None:
        """These from now on, and no others."""
        with self._lock:
            self._faults = list(faults)
            self._seen = [0] * len(self._faults)

    @contextmanager
    def around(self, call: str, name: str) -> Iterator[None]:
        """To be entered where the store is called, inside of what translates the errors of the disk."""
        due = self._due(call, name)
        for fault in due:
            _before(fault)
        yield
        if any(fault.do == "die after" for fault in due):
            os._exit(KILLED)

    def _due(self, call: str, name: str) -> list[Fault]:
        due = []
        with self._lock:
            for place, fault in enumerate(self._faults):
                if fault.call in ("", call) and fault.name in ("", name):
                    self._seen[place] += 1
                    if fault.nth <= self._seen[place] < fault.nth + fault.times:
                        due.append(fault)
        return due


def _before(fault: Fault) -> None:
    match fault.do:
        case "disk full":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        case "input/output error":
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        case "wait":
            time.sleep(fault.seconds)
        case "die before":
            os._exit(KILLED)
        case "die after":
            pass


def asked_for(environment: Mapping[str, str]) -> Faults | None:
    """Those of ``THREADLINE_FAULTS``. Raises StartupError for what is none."""
    text = environment.get(VARIABLE)
    if not text:
        return None
    try:
        return Faults(msgspec.json.decode(text, type=list[Fault]))
    except msgspec.DecodeError as error:
        raise StartupError(f"cannot use {VARIABLE}: {error}", hint="Unset it: it is for tests.") from error
