"""How far long work of the command line is."""

from __future__ import annotations

import sys
import time
from typing import Final

import typer

from threadline_server.watching.log_lines import one_line

TELL_EVERY_S: Final = 0.5


class Progress:
    """What was moved, on standard error: again and again where somebody watches, and at the end."""

    def __init__(self, name: str) -> None:
        self._name, self._bytes, self._entries = one_line(name), 0, ""
        self._began = self._told = time.monotonic()
        self._is_watched = sys.stderr.isatty()

    def add(self, count: int, entries: str) -> None:
        """``count`` more bytes; ``entries`` is what they are by now, such as ``12 lines`` or ``40 %``."""
        self._bytes += count
        self._entries = entries
        now = time.monotonic()
        if self._is_watched and now - self._told > TELL_EVERY_S:
            self._told = now
            typer.echo(f"\r\x1b[K{self._line()}", err=True, nl=False)

    def end(self) -> None:
        typer.echo(f"{chr(13)}\x1b[K{self._line()}" if self._is_watched else self._line(), err=True)

    def _line(self) -> str:
        megabytes = self._bytes / 1e6
        passed_s = max(time.monotonic() - self._began, 0.001)
        parts = (self._entries, f"{megabytes:.1f} MB", f"{passed_s:.1f} s", f"{megabytes / passed_s:.1f} MB/s")
        return f"{self._name}: {', '.join(filter(None, parts))}"
