"""Workers of ``multiprocessing``, which end without the exit handlers of the interpreter."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from threadline._records import Exporter

_EXIT_TIMEOUT_S = 2.0
_LAST = -100
"""Priority: after the finalisers of the program, which may still record."""


def close_with_worker(exporter: Exporter) -> None:
    """Delivers what waits in ``exporter`` when this process ends, if it is a worker of ``multiprocessing``."""
    # Whoever is such a worker has these loaded; nobody else should pay for loading them.
    process, util = sys.modules.get("multiprocessing.process"), sys.modules.get("multiprocessing.util")
    if process is not None and util is not None and process.parent_process() is not None:
        util.Finalize(None, exporter.close, args=(_EXIT_TIMEOUT_S,), exitpriority=_LAST)
