"""How a server starts: the processes that decode first, then all that it is made of."""

from __future__ import annotations

import gc
from collections.abc import Callable

from threadline_server import memory
from threadline_server.settings import Settings
from threadline_server.watching.log_lines import configure


def start(settings: Settings, *, on_ready: Callable[[Settings], None]) -> None:
    """Run a server until SIGTERM or SIGINT; calls ``on_ready`` as ``app.serve`` does. Raises StartupError."""
    gc.disable()  # until everything is there: nothing of what is imported would be found to be garbage
    configure(settings.log_level.upper(), settings.log_format)
    memory.keep_freed()
    from threadline_server.ingest.workers import Workers, usual_workers

    count = usual_workers() if settings.decode_workers is None else settings.decode_workers
    workers = Workers.copied(count, settings.log_format)
    try:
        from threadline_server.app import serve

        serve(settings, workers, on_ready=on_ready)
    finally:
        workers.stop()  # where the start was refused, too: none is left to the interpreter's end
